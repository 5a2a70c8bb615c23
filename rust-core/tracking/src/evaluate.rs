//! From samples to one camera pose per frame: what a re-render follows.
//!
//! Works on a whole take after the fact: it interpolates between what was measured and predicts nothing. What
//! the tracker marked bad or lost is never used; the camera is held there, and the report says so.

mod curve;
mod digest;
mod smooth;
mod timeline;

use cyclorama_outcome::{Classify, Kind};
use cyclorama_space::{LensState, SensorSize};
use cyclorama_time::{FrameNumber, FrameRate, Timecode};
use serde::Serialize;

use crate::{CameraFrame, CameraPath, Sample};
use curve::{Curve, Origin};

pub use digest::{digest, path_digest};
pub use smooth::Smoothing;

/// How to make a path from samples.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluateOptions {
    /// Frames per second of the path. Absent: the rate of the timecode, else the tracker's own where it is a
    /// usual one.
    pub rate: Option<FrameRate>,
    /// The subject to follow. Absent: the one with most poses.
    pub subject: Option<String>,
    /// Sensor where the tracker says none.
    pub default_sensor: SensorSize,
    /// Focal length where the tracker says none, mm.
    pub default_focal_length_mm: f64,
    /// Longest gap that is bridged by interpolation, seconds; the camera is held over longer ones.
    pub longest_gap_seconds: f64,
    /// Which stretch to follow when the timecode jumps.
    pub segment: SegmentChoice,
    /// Takes tracker noise out without delay. Off unless asked for.
    pub smooth: Option<Smoothing>,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        Self {
            rate: None,
            subject: None,
            default_sensor: SensorSize { width_mm: 36.0, height_mm: 20.25 },
            default_focal_length_mm: 35.0,
            longest_gap_seconds: 1.0,
            segment: SegmentChoice::Longest,
            smooth: None,
        }
    }
}

/// Which stretch of a take to follow when its timecode jumps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SegmentChoice {
    /// The one with most samples.
    #[default]
    Longest,
    /// The first.
    First,
    /// The one with this number, counted from 0.
    Number(usize),
}

/// Where a path's frames come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PathReport {
    /// Frames of the path.
    pub frames: u64,
    /// Whether frames are placed by timecode; else by arrival.
    pub by_timecode: bool,
    /// Frames over a gap between samples, interpolated.
    pub interpolated: u64,
    /// Frames where the tracker was lost or bad, or the gap too long: the last good pose is held.
    pub held: u64,
    /// Samples that fell on a frame that had one already; the last good one was used.
    pub duplicates: u64,
    /// Samples without timecode among samples with one: they stand nowhere and were left out.
    pub unplaced: u64,
    /// Stretches of continuous timecode in the take.
    pub segments: Vec<Segment>,
    /// The stretch that was used.
    pub segment: usize,
    /// Frames whose sensor size is the default.
    pub default_sensor: u64,
    /// Frames whose focal length is the default.
    pub default_focal_length: u64,
    /// Whether the samples came at another rate than the path's.
    pub resampled: bool,
}

/// A stretch of continuous time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// Samples in it.
    pub samples: u64,
    /// First timecode of it.
    pub first_timecode: Option<Timecode>,
    /// Last timecode of it.
    pub last_timecode: Option<Timecode>,
}

/// A path and where its frames come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    /// One entry per frame.
    pub path: CameraPath,
    /// Where they come from.
    pub report: PathReport,
}

/// Why no path can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// No sample has a usable pose.
    #[error("no subject has a usable pose")]
    NoPose,
    /// The subject asked for is not there.
    #[error("there is no usable pose of `{subject}`; there are {}", present.join(", "))]
    NoSuchSubject {
        /// What was asked for.
        subject: String,
        /// Those with poses.
        present: Vec<String>,
    },
    /// The segment asked for is not there.
    #[error("there is no segment {number}; the take has {segments}")]
    NoSuchSegment {
        /// What was asked for.
        number: usize,
        /// How many there are.
        segments: usize,
    },
    /// Nothing says how many frames make a second.
    #[error("the samples have no timecode and come at no usual frame rate")]
    RateNeeded,
    /// More frames than a day at 60 frames per second.
    #[error("the path would have {frames} frames")]
    TooLong {
        /// How many it would be.
        frames: i64,
    },
}

impl Classify for EvaluateError {
    fn kind(&self) -> Kind {
        match self {
            Self::NoSuchSubject { .. } | Self::NoSuchSegment { .. } => Kind::NotFound,
            _ => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::RateNeeded => Some("give the frame rate with --rate".into()),
            _ => None,
        }
    }
}

/// One camera pose per frame.
///
/// # Errors
/// When there is no usable pose, no frame rate, or the path would be longer than a day.
pub fn camera_path(samples: &[Sample], options: &EvaluateOptions) -> Result<CameraPath, EvaluateError> {
    evaluate(samples, options).map(|evaluated| evaluated.path)
}

/// One camera pose per frame, and where each comes from.
///
/// # Errors
/// As [`camera_path`].
pub fn evaluate(samples: &[Sample], options: &EvaluateOptions) -> Result<Evaluated, EvaluateError> {
    let subject = subject(samples, options)?;
    let of_subject: Vec<&Sample> = samples.iter().filter(|sample| *sample.subject == *subject).collect();
    let timeline = timeline::of(&of_subject, options)?;
    let mut report = PathReport {
        by_timecode: timeline.first_timecode.is_some(),
        duplicates: timeline.duplicates,
        unplaced: timeline.unplaced,
        segments: timeline.segments,
        segment: timeline.segment,
        resampled: timeline.resampled,
        ..PathReport::default()
    };
    let rate = timeline.rate;
    let last = timeline.points.last().map_or(0, |point| point.nanos);
    let count = rate.frame_at(last).0 + 1;
    if count > LONGEST {
        return Err(EvaluateError::TooLong { frames: count });
    }
    let curve = Curve::new(&timeline.points, timeline.period_nanos, options.longest_gap_seconds);
    let mut curve = curve.ok_or(EvaluateError::NoPose)?;
    let mut frames = Vec::with_capacity(count as usize);
    for frame in (0..count).map(FrameNumber) {
        let at = curve.at(rate.nanos_at(frame));
        match at.origin {
            Origin::Measured => {}
            Origin::Interpolated => report.interpolated += 1,
            Origin::Held => report.held += 1,
        }
        let lens = with_defaults(at.lens, options, &mut report);
        let timecode = timeline.first_timecode.map(|first| first.plus_frames(frame.0));
        frames.push(CameraFrame { frame, timecode, pose: at.pose, lens });
    }
    report.frames = frames.len() as u64;
    if let Some(smoothing) = options.smooth {
        smooth::apply(&mut frames, smoothing);
    }
    Ok(Evaluated { path: CameraPath { subject, rate, frames }, report })
}

/// A day at 60 frames per second.
const LONGEST: i64 = 24 * 3600 * 60;

/// The subject asked for, or the one with most usable poses (the first of several with as many).
fn subject(samples: &[Sample], options: &EvaluateOptions) -> Result<String, EvaluateError> {
    let mut counts: Vec<(&str, u64)> = Vec::new();
    for sample in samples.iter().filter(|sample| timeline::is_usable(sample)) {
        match counts.iter_mut().find(|(subject, _)| *subject == &*sample.subject) {
            Some((_, count)) => *count += 1,
            None => counts.push((&sample.subject, 1)),
        }
    }
    match &options.subject {
        Some(asked) if counts.iter().any(|(subject, _)| subject == asked) => Ok(asked.clone()),
        Some(asked) if !counts.is_empty() => Err(EvaluateError::NoSuchSubject {
            subject: asked.clone(),
            present: counts.iter().map(|(subject, _)| (*subject).to_owned()).collect(),
        }),
        _ => {
            let most = counts.iter().map(|(_, count)| *count).max().ok_or(EvaluateError::NoPose)?;
            let first = counts.iter().find(|(_, count)| *count == most);
            first.map(|(subject, _)| (*subject).to_owned()).ok_or(EvaluateError::NoPose)
        }
    }
}

fn with_defaults(mut lens: LensState, options: &EvaluateOptions, report: &mut PathReport) -> LensState {
    if lens.sensor.is_none() {
        lens.sensor = Some(options.default_sensor);
        report.default_sensor += 1;
    }
    if lens.focal_length_mm.is_none_or(|focal| !focal.is_finite() || focal <= 0.0) {
        lens.focal_length_mm = Some(options.default_focal_length_mm);
        report.default_focal_length += 1;
    }
    lens
}

#[cfg(test)]
mod tests;

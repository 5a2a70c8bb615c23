//! Where samples stand in time: by timecode, or by arrival brought to the tracker's own steady rate.

use cyclorama_space::{LensState, Pose};
use cyclorama_time::{FrameNumber, FrameRate, Timecode};

use super::{EvaluateError, EvaluateOptions, Segment, SegmentChoice};
use crate::{Sample, Status};

/// The samples of one segment in time.
pub(super) struct Timeline {
    /// In order of time, no two at the same; the first at 0.
    pub(super) points: Vec<Point>,
    /// Frames per second of the path.
    pub(super) rate: FrameRate,
    /// Time between two samples when none is missing.
    pub(super) period_nanos: i64,
    /// Label of the path's first frame.
    pub(super) first_timecode: Option<Timecode>,
    pub(super) segments: Vec<Segment>,
    pub(super) segment: usize,
    pub(super) duplicates: u64,
    pub(super) unplaced: u64,
    pub(super) resampled: bool,
}

/// One sample in time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// Since the first one.
    pub(super) nanos: i64,
    /// `None` where the tracker was lost or bad.
    pub(super) pose: Option<Pose>,
    pub(super) lens: LensState,
}

/// Whether a sample has a pose that may be used.
pub(super) fn is_usable(sample: &Sample) -> bool {
    let finite = |pose: &Pose| pose.position.is_finite() && pose.rotation.is_normalized();
    !matches!(sample.status, Status::Bad | Status::Lost) && sample.pose.as_ref().is_some_and(finite)
}

/// A backward step of more frames than this is a jump; up to it, datagrams overtook each other.
const OVERTAKEN_FRAMES: i64 = 4;
/// A forward step in timecode of more seconds than this is a jump.
const JUMP_SECONDS: i64 = 10;

/// Brings samples of one subject into time.
pub(super) fn of(samples: &[&Sample], options: &EvaluateOptions) -> Result<Timeline, EvaluateError> {
    let labelled = samples.iter().filter(|sample| sample.timecode.is_some()).count();
    if labelled * 2 > samples.len() { by_timecode(samples, options) } else { by_arrival(samples, options) }
}

fn by_timecode(samples: &[&Sample], options: &EvaluateOptions) -> Result<Timeline, EvaluateError> {
    let labelled: Vec<(&Sample, Timecode)> =
        samples.iter().filter_map(|sample| sample.timecode.map(|label| (*sample, label))).collect();
    let (segments, ranges) = segments(&labelled);
    let segment = choose(&segments, options.segment)?;
    let chosen = &labelled[ranges[segment].clone()];
    let (_, origin) = chosen[0];
    let mut frames: Vec<(i64, &Sample)> = Vec::with_capacity(chosen.len());
    let (mut last, mut at) = (origin, 0);
    for (sample, label) in chosen {
        at += label.frames_since(last);
        last = *label;
        frames.push((at, sample));
    }
    // Stable, so that of one frame's samples the last that arrived stays last.
    frames.sort_by_key(|(frame, _)| *frame);
    let first = frames.first().map_or(0, |(frame, _)| *frame);
    let counted = origin.rate();
    // The same labels may count another rate (24 for 23.976): frames are then the same, only slower.
    let rate = options.rate.unwrap_or(counted);
    let same_labels = rate.nominal() == counted.nominal();
    let clock = if same_labels { rate } else { counted };
    let nanos = |frame: i64| clock.nanos_at(FrameNumber(frame - first));
    let (points, duplicates) = merged(frames.iter().map(|(frame, sample)| (nanos(*frame), *sample)));
    Ok(Timeline {
        points,
        rate,
        period_nanos: clock.nanos_at(FrameNumber(1)),
        first_timecode: relabelled(origin.plus_frames(first), rate, same_labels),
        segments,
        segment,
        duplicates,
        unplaced: (samples.len() - labelled.len()) as u64,
        resampled: !same_labels,
    })
}

/// The label of the path's first frame at the path's rate.
fn relabelled(first: Timecode, rate: FrameRate, same_labels: bool) -> Option<Timecode> {
    if same_labels && first.rate() == rate {
        return Some(first);
    }
    let drop_frame = first.is_drop_frame() && rate.has_drop_frame();
    if same_labels {
        return Timecode::new(
            first.hours(),
            first.minutes(),
            first.seconds(),
            first.frames(),
            rate,
            drop_frame,
        )
        .ok();
    }
    let nanos = first.rate().nanos_at(first.frame_of_day());
    Timecode::from_frame(rate.frame_at(nanos), rate, drop_frame).ok()
}

/// Stretches in which timecode runs on.
fn segments(labelled: &[(&Sample, Timecode)]) -> (Vec<Segment>, Vec<std::ops::Range<usize>>) {
    let mut ranges = Vec::new();
    let mut start = 0;
    // The furthest label so far, so that a run of overtaken datagrams does not creep backwards.
    let mut furthest = labelled[0].1;
    for (index, (_, label)) in labelled.iter().enumerate().skip(1) {
        let step = label.frames_since(furthest);
        let jump = i64::from(label.rate().nominal()) * JUMP_SECONDS;
        if label.rate() != furthest.rate() || step < -OVERTAKEN_FRAMES || step > jump {
            ranges.push(start..index);
            start = index;
            furthest = *label;
        } else if step > 0 {
            furthest = *label;
        }
    }
    ranges.push(start..labelled.len());
    let segment = |range: &std::ops::Range<usize>| Segment {
        samples: range.len() as u64,
        first_timecode: Some(labelled[range.start].1),
        last_timecode: Some(labelled[range.end - 1].1),
    };
    (ranges.iter().map(segment).collect(), ranges)
}

fn choose(segments: &[Segment], choice: SegmentChoice) -> Result<usize, EvaluateError> {
    match choice {
        SegmentChoice::First => Ok(0),
        SegmentChoice::Number(number) if number < segments.len() => Ok(number),
        SegmentChoice::Number(number) => {
            Err(EvaluateError::NoSuchSegment { number, segments: segments.len() })
        }
        SegmentChoice::Longest => {
            let longest = segments.iter().map(|segment| segment.samples).max().unwrap_or(0);
            Ok(segments.iter().position(|segment| segment.samples == longest).unwrap_or(0))
        }
    }
}

fn by_arrival(samples: &[&Sample], options: &EvaluateOptions) -> Result<Timeline, EvaluateError> {
    let (indices, period) = &steps(samples, options.rate);
    let own_rate = if *period > 0.0 { 1e9 / period } else { 0.0 };
    let near = |rate: &FrameRate| (rate.as_f64() / own_rate - 1.0).abs() < NEAR_ENOUGH;
    let rate = match options.rate {
        Some(rate) => rate,
        // The nearest of them: 23.976 and 24 are a tenth of a percent apart.
        None => USUAL
            .into_iter()
            .filter(near)
            .min_by(|a, b| (a.as_f64() - own_rate).abs().total_cmp(&(b.as_f64() - own_rate).abs()))
            .ok_or(EvaluateError::RateNeeded)?,
    };
    // A tracker that runs at the path's rate is taken as locked to it: one sample, one frame.
    let locked = near(&rate);
    let time = |index: i64| {
        if locked { rate.nanos_at(FrameNumber(index)) } else { (index as f64 * period).round() as i64 }
    };
    let (points, duplicates) =
        merged(indices.iter().zip(samples).map(|(index, sample)| (time(*index), *sample)));
    let segments = vec![Segment { samples: samples.len() as u64, first_timecode: None, last_timecode: None }];
    Ok(Timeline {
        points,
        rate,
        period_nanos: time(1),
        first_timecode: None,
        segments,
        segment: choose(
            &[Segment { samples: 1, first_timecode: None, last_timecode: None }],
            options.segment,
        )?,
        duplicates,
        unplaced: 0,
        resampled: !locked,
    })
}

/// Trackers are taken to run at a rate they are within half a percent of.
const NEAR_ENOUGH: f64 = 0.005;

const USUAL: [FrameRate; 8] = [
    FrameRate::FPS_24,
    FrameRate::FPS_23_976,
    FrameRate::FPS_25,
    FrameRate::FPS_30,
    FrameRate::FPS_29_97,
    FrameRate::FPS_50,
    FrameRate::FPS_60,
    FrameRate::FPS_59_94,
];

/// For each sample its number on the tracker's own beat, gaps counted; and the beat in nanoseconds.
///
/// Networks only make datagrams late. So the beat is held against the earliest arrivals: up to nine tenths of a
/// beat late is jitter, more is a gap, and as much early is the end of a stall whose length was counted already.
fn steps(samples: &[&Sample], expected: Option<FrameRate>) -> (Vec<i64>, f64) {
    let arrived: Vec<i64> = samples.iter().map(|sample| sample.arrived.nanos()).collect();
    let Some(beat) = beat(&arrived, expected) else {
        return ((0i64..).take(samples.len()).collect(), 0.0);
    };
    let mut indices = Vec::with_capacity(samples.len());
    let (mut index, mut earliest) = (0i64, arrived[0] as f64);
    for (i, now) in arrived.iter().enumerate() {
        if i > 0 {
            earliest += beat;
            let late = (*now as f64 - earliest) / beat;
            let shift = if late >= 0.9 {
                (late + 0.1).floor()
            } else if late <= -0.9 {
                (late - 0.1).ceil()
            } else {
                0.0
            };
            // A clock that jumps by days is no gap to be filled.
            let shift = shift.clamp(-1e6, 1e6);
            index += (1 + shift as i64).max(0);
            earliest += shift * beat;
            // Down at once, up slowly: follows a tracker's clock that runs a little off the rate.
            let rest = *now as f64 - earliest;
            earliest += if rest < 0.0 { rest } else { rest.min(beat) * 0.001 };
        }
        indices.push(index);
    }
    let whole = arrived[arrived.len() - 1].saturating_sub(arrived[0]) as f64;
    (indices, if index > 0 { whole / index as f64 } else { beat })
}

/// The usual time between two samples: the median over stretches long enough for jitter to vanish in, brought
/// to a known rate where one is near. `None` while there are not two samples apart.
fn beat(arrived: &[i64], expected: Option<FrameRate>) -> Option<f64> {
    let stretch = (arrived.len() / 4).clamp(1, 16);
    let mut lengths: Vec<i64> = arrived
        .iter()
        .zip(arrived.iter().skip(stretch))
        .map(|(from, to)| to.saturating_sub(*from))
        .filter(|length| *length > 0)
        .collect();
    lengths.sort_unstable();
    let measured = *lengths.get(lengths.len() / 2)? as f64 / stretch as f64;
    let known = expected.into_iter().chain(USUAL).map(|rate| 1e9 / rate.as_f64());
    let nearest = known.min_by(|a, b| (a - measured).abs().total_cmp(&(b - measured).abs()));
    Some(nearest.filter(|beat| (beat / measured - 1.0).abs() < 0.03).unwrap_or(measured))
}

/// Points at strictly increasing times. Of several at one time the last usable one stays.
fn merged<'a>(timed: impl Iterator<Item = (i64, &'a Sample)>) -> (Vec<Point>, u64) {
    let mut points: Vec<Point> = Vec::new();
    let (mut duplicates, mut lens) = (0, LensState::default());
    for (nanos, sample) in timed {
        lens = carried(sample.lens, &lens);
        let pose = sample.pose.filter(|_| is_usable(sample));
        let point = Point { nanos, pose, lens };
        match points.last_mut() {
            Some(last) if last.nanos >= nanos => {
                duplicates += 1;
                if pose.is_some() || last.pose.is_none() {
                    *last = Point { nanos: last.nanos, ..point };
                }
            }
            _ => points.push(point),
        }
    }
    (points, duplicates)
}

/// Sensor and focal length stay as last said: trackers send them less often than poses.
fn carried(lens: LensState, before: &LensState) -> LensState {
    LensState {
        sensor: lens.sensor.or(before.sensor),
        focal_length_mm: lens.focal_length_mm.or(before.focal_length_mm),
        anamorphic_squeeze: lens.anamorphic_squeeze.or(before.anamorphic_squeeze),
        ..lens
    }
}

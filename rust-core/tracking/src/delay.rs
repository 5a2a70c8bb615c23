//! How late the picture is behind the tracking: the stop-and-whip measurement.
//!
//! The operator rests, whips the camera to one side and rests again. How far the picture moved from each frame to
//! the next is held against how far the tracker turned in the same time, shifted by every delay in question; the
//! best match, refined between the steps, is the delay. Neither side needs calibrating: only shapes are compared.

mod book;
mod frames;

use cyclorama_outcome::{Classify, Kind};
use cyclorama_space::PanTiltRoll;
use serde::Serialize;

use crate::motion::Motion;

pub use book::{DelayBook, DelayBookError, DelayEntry};
pub use frames::{FrameMotion, Picture};

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DelayOptions {
    /// Delays looked at, seconds either way; greater than 0.
    pub longest: f64,
}

impl Default for DelayOptions {
    fn default() -> Self {
        Self { longest: 1.0 }
    }
}

/// A measured delay.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Delay {
    /// How much later than the tracking the picture shows a motion, milliseconds; negative: earlier.
    pub delay_ms: f64,
    /// The same in frames of the picture.
    pub delay_frames: f64,
    /// How well both agree there, 0 (not at all) to 1 (exactly).
    pub quality: f64,
    /// Standard error to expect from the disagreement that is left, milliseconds.
    pub uncertainty_ms: f64,
    /// Frames that were compared.
    pub frames: usize,
    /// Frames per second of the picture.
    pub frame_rate: f64,
    /// The picture moves against the tracked pan: where x grows to the right, as it should.
    pub opposed: bool,
}

/// Why there is no delay to tell.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DelayError {
    /// A line of the image motion is not two numbers.
    #[error("line {line} is not `t,dx` in numbers")]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// Times of the image motion must grow.
    #[error("the time in line {line} is not later than the one before")]
    Order {
        /// Counted from 1.
        line: usize,
    },
    /// Too few frames lie where the tracker was heard.
    #[error("only {frames} frames of the picture lie within the tracking")]
    TooShort {
        /// How many there are.
        frames: usize,
    },
    /// The tracker did not pan, or the picture did not move.
    #[error("{0} did not move")]
    Still(&'static str),
    /// Too few frames show how they moved: blurred, without texture, or cut together from different shots.
    #[error("only {clear} of {frames} frames show how the picture moved")]
    Blurred {
        /// How many do.
        clear: usize,
        /// How many there are.
        frames: usize,
    },
    /// Nothing matches.
    #[error("the picture does not move as the tracker does (agreement {quality:.2}, wanted {wanted})")]
    Unclear {
        /// The best agreement, 0 to 1.
        quality: f64,
        /// What it takes.
        wanted: f64,
    },
    /// The best match lies at the end of what was looked at.
    #[error("the best match lies at {delay_ms:.0} ms, the end of what was looked at")]
    OutOfRange {
        /// Where it lies.
        delay_ms: f64,
    },
}

impl Classify for DelayError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Line { .. } | Self::Order { .. } => {
                "give seconds and pixels moved since the frame before, one frame a line".to_owned()
            }
            Self::TooShort { .. } => "record at least two seconds, with both on the same clock".to_owned(),
            Self::Blurred { .. } => {
                "point the camera at something with upright edges, light it for a short shutter, and whip less fast"
                    .to_owned()
            }
            Self::Still(_) | Self::Unclear { .. } => {
                "rest for a second, whip the camera to one side, rest again; keep the picture sharp"
                    .to_owned()
            }
            Self::OutOfRange { .. } => {
                "look further with --longest, or check that both share a clock".to_owned()
            }
        })
    }
}

/// Agreement below this is no match.
const WANTED: f64 = 0.7;
/// Steps per frame of the picture in which delays are tried.
const STEPS: f64 = 8.0;
/// Fewer frames than this say nothing.
const FEWEST: usize = 12;

/// Reads image motion from CSV `t,dx`: seconds, and pixels moved since the frame before. A first line that does
/// not start with a number is the header.
///
/// # Errors
/// [`DelayError`] naming the line.
pub fn read_image_motion(text: &str) -> Result<Vec<(f64, f64)>, DelayError> {
    let mut frames: Vec<(f64, f64)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() || line.starts_with('#') || (index == 0 && line.starts_with(char::is_alphabetic)) {
            continue;
        }
        let mut numbers =
            line.split(',').map(|field| field.trim().parse().ok().filter(|n: &f64| n.is_finite()));
        let (Some(Some(time)), Some(Some(moved))) = (numbers.next(), numbers.next()) else {
            return Err(DelayError::Line { line: index + 1 });
        };
        if frames.last().is_some_and(|(last, _)| time <= *last) {
            return Err(DelayError::Order { line: index + 1 });
        }
        frames.push((time, moved));
    }
    Ok(frames)
}

/// Measures how much later `image` (time of each frame, and pixels moved since the one before) shows the motion
/// that the tracker reported as `track`. Both times are seconds on one clock.
///
/// # Errors
/// [`DelayError`] when there is no clear answer; a doubtful one is never given.
pub fn measure(track: &Motion, image: &[(f64, f64)], options: &DelayOptions) -> Result<Delay, DelayError> {
    let pan = Pan::new(track);
    if image.len() < FEWEST {
        return Err(DelayError::TooShort { frames: image.len() });
    }
    let mut periods: Vec<f64> = image.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    periods.sort_unstable_by(f64::total_cmp);
    let period = periods[periods.len() / 2];
    // Frames after a hole in the picture moved for longer than one period: left out.
    let whole: Vec<(f64, f64, f64)> = image
        .windows(2)
        .filter(|pair| pair[1].0 - pair[0].0 < 1.5 * period)
        .map(|pair| (pair[0].0, pair[1].0, pair[1].1))
        .collect();
    let step = period / STEPS;
    let reach = (options.longest / step).ceil() as i64;
    let at = |delay: f64| agreement(&pan, &whole, delay);
    let tried: Vec<(f64, Match)> =
        (-reach..=reach).filter_map(|index| Some((index as f64 * step, at(index as f64 * step)?))).collect();
    let most = tried.iter().map(|(_, found)| found.frames).max().unwrap_or(0);
    if most < FEWEST {
        return Err(DelayError::TooShort { frames: most });
    }
    if tried.iter().all(|(_, found)| found.turned < 0.5_f64.to_radians()) {
        return Err(DelayError::Still("the tracker"));
    }
    if whole.iter().all(|(.., moved)| moved.abs() < 1e-9) {
        return Err(DelayError::Still("the picture"));
    }
    // Of delays that leave only a corner of the recording to compare, none is believed.
    let sound = |index: &usize| tried[*index].1.frames * 2 >= most;
    let quality = |index: usize| tried[index].1.correlation.abs();
    let best = (0..tried.len()).filter(sound).max_by(|a, b| quality(*a).total_cmp(&quality(*b))).unwrap_or(0);
    let (delay, found) = tried[best];
    if best == 0 || best + 1 == tried.len() {
        return Err(DelayError::OutOfRange { delay_ms: delay * 1e3 });
    }
    if quality(best) < WANTED {
        return Err(DelayError::Unclear { quality: quality(best), wanted: WANTED });
    }
    let (shift, height, bend) = peak(quality(best - 1), quality(best), quality(best + 1));
    let delay = delay + shift * step;
    // How far noise of this size moves the top of a peak this sharp.
    let quality = height.min(1.0);
    let spread = (1.0 - quality * quality) / (found.frames as f64 * quality * bend.max(1e-12));
    Ok(Delay {
        delay_ms: delay * 1e3,
        delay_frames: delay / period,
        quality,
        uncertainty_ms: spread.sqrt() * step * 1e3,
        frames: found.frames,
        frame_rate: 1.0 / period,
        opposed: found.correlation < 0.0,
    })
}

/// How well the picture's motion agrees with the tracker's at one delay.
#[derive(Clone, Copy, Debug)]
struct Match {
    correlation: f64,
    frames: usize,
    /// Range of the tracked motion between frames, radians.
    turned: f64,
}

fn agreement(pan: &Pan, image: &[(f64, f64, f64)], delay: f64) -> Option<Match> {
    let pairs = || {
        image
            .iter()
            .filter_map(|(from, to, moved)| Some((pan.at(to - delay)? - pan.at(from - delay)?, *moved)))
    };
    let (mut count, mut a_sum, mut b_sum) = (0usize, 0.0, 0.0);
    let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
    for (a, b) in pairs() {
        (count, a_sum, b_sum) = (count + 1, a_sum + a, b_sum + b);
        (least, greatest) = (least.min(a), greatest.max(a));
    }
    if count < 2 {
        return None;
    }
    let (a_mean, b_mean) = (a_sum / count as f64, b_sum / count as f64);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (a, b) in pairs() {
        let (a, b) = (a - a_mean, b - b_mean);
        (aa, bb, ab) = (aa + a * a, bb + b * b, ab + a * b);
    }
    let correlation = if aa > 0.0 && bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 };
    Some(Match { correlation, frames: count, turned: greatest - least })
}

/// Top of the parabola through three equidistant values: place in steps, height, and bend (positive).
fn peak(before: f64, at: f64, after: f64) -> (f64, f64, f64) {
    let bend = 2.0 * at - before - after;
    if bend <= 1e-15 {
        return (0.0, at, 0.0);
    }
    let shift = (0.5 * (after - before) / bend).clamp(-0.5, 0.5);
    (shift, at + 0.25 * (after - before) * shift, bend)
}

/// Tracked pan over time, unwrapped, radians.
struct Pan(Vec<(f64, f64)>);

impl Pan {
    fn new(track: &Motion) -> Self {
        let mut turned: Vec<(f64, f64)> = Vec::with_capacity(track.points().len());
        for (time, pose) in track.points() {
            let pan = PanTiltRoll::from_quaternion(pose.rotation).pan.radians();
            let last = turned.last().map_or(pan, |(_, last)| *last);
            let turns = ((last - pan) / std::f64::consts::TAU).round();
            turned.push((*time, pan + turns * std::f64::consts::TAU));
        }
        Self(turned)
    }

    /// Pan at `time` by a cubic through the four readings around it; `None` outside the recording.
    fn at(&self, time: f64) -> Option<f64> {
        let points = &self.0;
        let after = points.partition_point(|(t, _)| *t <= time);
        if after == 0 || after >= points.len() {
            return None;
        }
        let slope =
            |from: usize, to: usize| (points[to].1 - points[from].1) / (points[to].0 - points[from].0);
        let ((t0, a), (t1, b)) = (points[after - 1], points[after]);
        let (left, right) =
            (slope(after.saturating_sub(2), after), slope(after - 1, (after + 1).min(points.len() - 1)));
        let (span, u) = (t1 - t0, (time - t0) / (t1 - t0));
        let (u2, u3) = (u * u, u * u * u);
        Some(
            a * (2.0 * u3 - 3.0 * u2 + 1.0)
                + b * (3.0 * u2 - 2.0 * u3)
                + span * (left * (u3 - 2.0 * u2 + u) + right * (u3 - u2)),
        )
    }
}

#[cfg(test)]
mod tests;

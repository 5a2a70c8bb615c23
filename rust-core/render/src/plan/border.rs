//! Where a job is cut into ranges: at the camera's own cuts first, then where the camera is slow.
//!
//! A renderer with a temporal history shows a seam where a range begins. At a cut nobody can see one, and where the
//! camera is slow the history settles best. A pure function of the camera path.

use cyclorama_time::FrameNumber;
use cyclorama_tracking::{CameraFrame, CameraPath};
use serde::{Deserialize, Serialize};

use super::{FrameRange, LONGEST_RANGE};

/// Where two ranges meet, and why there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Border {
    /// The first frame of the later range.
    pub frame: FrameNumber,
    /// Why it is here.
    pub reason: BorderReason,
    /// Share of the picture that the camera's motion into this frame changes (see [`picture_change`]).
    pub change: f64,
}

/// Why a border is where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BorderReason {
    /// The camera cuts here: both sides differ anyway, and no history is carried over.
    Cut,
    /// The camera is slower here than where an even division would have put it.
    Slow,
    /// An even division; no place nearby is better.
    Even,
}

/// How much of the picture a camera's motion between two frames changes, roughly: 0 for a still camera, 1 when it
/// turns by its whole field of view, travels two metres, or doubles its focal length.
pub fn picture_change(before: &CameraFrame, after: &CameraFrame) -> f64 {
    const DISTANCE_M: f64 = 2.0;
    let focal = |frame: &CameraFrame| frame.lens.focal_length_mm.filter(|mm| *mm > 0.0).unwrap_or(35.0);
    let width = before.lens.sensor.map_or(36.0, |sensor| sensor.width_mm);
    let view = (2.0 * (width / (2.0 * focal(before))).atan()).max(0.01);
    let turn = before.pose.rotation.angle_between(after.pose.rotation);
    let turn = turn.min(std::f64::consts::TAU - turn);
    let travel = before.pose.position.distance(after.pose.position);
    turn / view + travel / DISTANCE_M + (focal(after) / focal(before)).log2().abs()
}

/// The ranges of `frames`, about `chunk` long each, and the borders between them.
pub(super) fn place(frames: FrameRange, chunk: u32, camera: &CameraPath) -> (Vec<FrameRange>, Vec<Border>) {
    let changes = Changes { camera };
    let (mut ranges, mut borders) = (Vec::new(), Vec::new());
    for shot in changes.shots(frames) {
        if shot.first > frames.first {
            borders.push(changes.border(shot.first, BorderReason::Cut));
        }
        let mut first = shot.first;
        for piece in shot.chunks(chunk).iter().skip(1) {
            let border = changes.slowest(piece.first, window(piece.count()));
            ranges.push(FrameRange { first, last: FrameNumber(border.frame.0 - 1) });
            first = border.frame;
            borders.push(border);
        }
        ranges.push(FrameRange { first, last: shot.last });
    }
    (ranges, borders)
}

/// How far a border may move: a quarter of a range, and never so far that a range becomes too long.
fn window(length: u64) -> i64 {
    let room = u64::from(LONGEST_RANGE).saturating_sub(length + 1) / 2;
    (length / 4).min(room) as i64
}

struct Changes<'a> {
    camera: &'a CameraPath,
}

impl Changes<'_> {
    /// Change of the picture from the frame before into `frame`; 0 where the path has not both.
    fn into(&self, frame: i64) -> f64 {
        let pair = self.camera.at(FrameNumber(frame - 1)).zip(self.camera.at(FrameNumber(frame)));
        pair.map_or(0.0, |(before, after)| picture_change(before, after))
    }

    fn border(&self, frame: FrameNumber, reason: BorderReason) -> Border {
        Border { frame, reason, change: self.into(frame.0) }
    }

    /// A change that is large, and out of line with those on both sides: no camera accelerates so.
    fn is_cut(&self, frame: i64) -> bool {
        const LARGE: f64 = 0.25;
        const OUT_OF_LINE: f64 = 5.0;
        let change = self.into(frame);
        change > LARGE && change > OUT_OF_LINE * self.into(frame - 1).max(self.into(frame + 1))
    }

    fn shots(&self, frames: FrameRange) -> Vec<FrameRange> {
        let mut shots = Vec::new();
        let mut first = frames.first;
        for cut in (frames.first.0 + 1..=frames.last.0).filter(|frame| self.is_cut(*frame)) {
            shots.push(FrameRange { first, last: FrameNumber(cut - 1) });
            first = FrameNumber(cut);
        }
        shots.push(FrameRange { first, last: frames.last });
        shots
    }

    /// The place within `window` of `even` where the camera is clearly slower, or `even` itself.
    fn slowest(&self, even: FrameNumber, window: i64) -> Border {
        const CLEARLY: f64 = 0.8;
        let here = self.into(even.0);
        let places = even.0 - window..=even.0 + window;
        let slowest = places
            .map(|frame| (self.into(frame), frame))
            .min_by(|a, b| a.0.total_cmp(&b.0).then((a.1 - even.0).abs().cmp(&(b.1 - even.0).abs())));
        match slowest {
            Some((change, frame)) if change < here * CLEARLY => {
                self.border(FrameNumber(frame), BorderReason::Slow)
            }
            _ => self.border(even, BorderReason::Even),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::camera;
    use cyclorama_space::{DQuat, DVec3};
    use proptest::prelude::*;

    fn frames(count: i64) -> FrameRange {
        FrameRange { first: FrameNumber(0), last: FrameNumber(count - 1) }
    }

    #[test]
    fn a_cut_is_a_border_and_slow_places_are_preferred() {
        let mut path = camera(0, 100);
        for frame in &mut path.frames {
            // Even motion, but for a rest at 39 and 40 and a cut at 70.
            let x = frame.frame.0.min(38) as f64 * 0.1 + (frame.frame.0 - 40).max(0) as f64 * 0.1;
            let cut = if frame.frame.0 >= 70 { 50.0 } else { 0.0 };
            frame.pose.position = DVec3::new(x + cut, 0.0, 1.7);
        }
        let (ranges, borders) = place(frames(100), 40, &path);
        let found: Vec<_> = borders.iter().map(|border| (border.frame.0, border.reason)).collect();
        assert_eq!(found, [(39, BorderReason::Slow), (70, BorderReason::Cut)], "{ranges:?}");
    }

    #[test]
    fn a_fast_pan_is_no_cut() {
        let mut path = camera(0, 40);
        for frame in &mut path.frames {
            frame.pose.rotation = DQuat::from_rotation_z(0.4 * frame.frame.0 as f64);
        }
        assert_eq!(Changes { camera: &path }.shots(frames(40)).len(), 1);
        assert!(picture_change(&path.frames[0], &path.frames[1]) > 0.35, "it is fast");
    }

    proptest! {
        #[test]
        fn ranges_always_cover_all_frames_once(
            count in 1i64..600, chunk in 1u32..241, jumps in prop::collection::vec((0i64..600, 0.0f64..30.0), 0..6)
        ) {
            let mut path = camera(0, count as usize);
            for (from, by) in jumps {
                for frame in path.frames.iter_mut().filter(|frame| frame.frame.0 >= from) {
                    frame.pose.position.x += by;
                }
            }
            let (ranges, borders) = place(frames(count), chunk, &path);
            let covered: Vec<_> = ranges.iter().flat_map(|range| range.iter()).collect();
            prop_assert_eq!(covered, frames(count).iter().collect::<Vec<_>>());
            prop_assert!(ranges.iter().all(|range| range.count() <= u64::from(LONGEST_RANGE)));
            let starts: Vec<_> = ranges.iter().skip(1).map(|range| range.first).collect();
            prop_assert_eq!(borders.iter().map(|border| border.frame).collect::<Vec<_>>(), starts);
        }
    }
}

//! The house's timecode: from LTC that somebody hears, or from the wall clock where there is none.
//!
//! [`LtcReader`] turns sound into labels, [`House`] says the label of any time near the last one heard. Nothing here
//! opens a sound card or a file; docs/decisions/0009 tells why.

mod ltc;

use cyclorama_time::{FrameNumber, FrameRate, StageTime, Timecode};

use crate::clock::WallReference;
pub use ltc::{Label, LtcReader};

/// Timecode that keeps running for a while when its source falls silent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct House {
    heard: Option<(StageTime, Timecode)>,
}

/// Without a source the label runs on for so long, nanoseconds.
const FLYWHEEL: i64 = 5_000_000_000;
/// A day, nanoseconds.
const DAY: i64 = 86_400_000_000_000;

impl House {
    /// Takes a label whose frame began at `began`.
    pub fn hear(&mut self, began: StageTime, label: Timecode) {
        self.heard = Some((began, label));
    }

    /// The label of the frame that `time` lies in; `None` when nothing was heard for five seconds.
    pub fn label(&self, time: StageTime) -> Option<Timecode> {
        let (began, label) = self.heard?;
        let since = time.nanos_since(began);
        (since.saturating_abs() <= FLYWHEEL).then(|| label.plus_frames(label.rate().frame_at(since).0))
    }
}

/// The label of `time` where the wall clock is the house's clock: frames since midnight of a day that begins
/// `ahead_nanos` before UTC's (east is positive). Counts drop-frame where the rate does. `None` where the rate has
/// no labels.
pub fn wall_label(
    wall: &WallReference,
    time: StageTime,
    rate: FrameRate,
    ahead_nanos: i64,
) -> Option<Timecode> {
    let utc = wall.utc.nanos().checked_add(time.nanos_since(wall.stage))?;
    let of_day = utc.checked_add(ahead_nanos)?.rem_euclid(DAY);
    let FrameNumber(frame) = rate.frame_at(of_day);
    Timecode::from_frame(FrameNumber(frame), rate, rate.has_drop_frame()).ok()
}

#[cfg(test)]
mod tests {
    use cyclorama_time::UtcTime;

    use super::*;

    #[test]
    fn a_label_runs_on_by_frames_and_stops_when_its_source_is_long_gone() {
        let rate = FrameRate::FPS_25;
        let label = Timecode::new(10, 0, 0, 24, rate, false).expect("a label");
        let mut house = House::default();
        assert_eq!(house.label(StageTime::from_nanos(0)), None);
        house.hear(StageTime::from_nanos(1_000_000_000), label);
        let at = |nanos| house.label(StageTime::from_nanos(nanos)).map(|label| label.to_string());
        assert_eq!(at(1_000_000_000).as_deref(), Some("10:00:00:24"));
        assert_eq!(at(1_039_999_999).as_deref(), Some("10:00:00:24"));
        assert_eq!(at(1_040_000_000).as_deref(), Some("10:00:01:00"));
        assert_eq!(at(999_999_999).as_deref(), Some("10:00:00:23"), "what came just before");
        assert_eq!(at(6_000_000_001), None);
    }

    #[test]
    fn the_wall_clock_is_a_timecode_of_the_day_also_in_drop_frame() {
        let wall = WallReference {
            stage: StageTime::from_nanos(0),
            // 1:00:00 of some day, UTC.
            utc: UtcTime::from_nanos(20_000 * DAY + DAY / 24),
            within_nanos: 0,
        };
        let label = |rate, ahead| {
            wall_label(&wall, StageTime::from_nanos(0), rate, ahead).expect("a label").to_string()
        };
        assert_eq!(label(FrameRate::FPS_25, 0), "01:00:00:00");
        assert_eq!(label(FrameRate::FPS_25, 2 * DAY / 24), "03:00:00:00");
        // 107 892 frames are 3 599.9964 s: an hour of the clock is three milliseconds into the next frame.
        assert_eq!(label(FrameRate::FPS_29_97, 0), "01:00:00;00");
        assert_eq!(label(FrameRate::FPS_25, -2 * DAY / 24), "23:00:00:00");
    }
}

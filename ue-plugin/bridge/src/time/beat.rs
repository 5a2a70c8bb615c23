//! The beat this process runs by: what the genlock said last, and where in a frame of it a moment is.
//!
//! An engine has one time step, and so one beat at most; where two are made, the one that was waited for last counts. What is told
//! here is the clock that the genlock follows, not when the engine drew: that is later by what it waited and worked.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use cyclorama_time::{FrameRate, StageTime};

use super::BeatPhase;
use crate::tracking::shared::locked;

/// A beat that nobody waited for successfully for so long is not followed, nanoseconds.
const LOST: i64 = 1_000_000_000;

static LATEST: Mutex<Option<(u64, Beat)>> = Mutex::new(None);

/// What a genlock holds, to say how its waits went. Dropped, there is no beat.
pub(crate) struct Follower {
    number: u64,
    rate: FrameRate,
    by_tracker: bool,
}

/// A beat, as it was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beat {
    rate: FrameRate,
    by_tracker: bool,
    /// Number and begin of the frame that came last.
    frame: Option<(i64, StageTime)>,
    /// The last wait had its frame.
    comes: bool,
}

impl Follower {
    pub(crate) fn new(rate: FrameRate, by_tracker: bool) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        Self { number: NUMBERS.fetch_add(1, Ordering::Relaxed), rate, by_tracker }
    }

    /// A frame came, and when it began.
    pub(crate) fn came(&self, frame: i64, begins: StageTime) {
        self.tell(Some((frame, begins)), true);
    }

    /// A wait ended without a frame.
    pub(crate) fn did_not_come(&self) {
        self.tell(None, false);
    }

    fn tell(&self, frame: Option<(i64, StageTime)>, comes: bool) {
        let Self { number, rate, by_tracker } = *self;
        let mut latest = locked(&LATEST);
        let before = latest.filter(|(whose, _)| *whose == number).and_then(|(_, beat)| beat.frame);
        *latest = Some((number, Beat { rate, by_tracker, frame: frame.or(before), comes }));
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut latest = locked(&LATEST);
        if latest.is_some_and(|(whose, _)| whose == self.number) {
            *latest = None;
        }
    }
}

/// The beat that is followed; nothing where none is, or it was not waited for yet.
pub(super) fn latest() -> Option<Beat> {
    locked(&LATEST).map(|(_, beat)| beat)
}

impl Beat {
    /// Where in its frame `now` is.
    pub(super) fn phase(&self, now: StageTime) -> BeatPhase {
        let since = self.frame.map(|(_, begins)| now.nanos_since(begins));
        let length = self.rate.frame_nanos().max(1);
        let (whole, part) =
            since.map_or((0, 0), |since| (since.div_euclid(length), since.rem_euclid(length)));
        BeatPhase {
            frame: self.frame.map_or(0, |(frame, _)| frame.saturating_add(whole)),
            phase: part as f64 / length as f64,
            rate_numerator: self.rate.numerator(),
            rate_denominator: self.rate.denominator(),
            locked: u32::from(self.is_locked(now)),
            follows_tracker: u32::from(self.by_tracker),
        }
    }

    /// The sentence for people.
    pub(super) fn words(&self, now: StageTime) -> String {
        let whose = if self.by_tracker { "the tracker's beat" } else { "the house's beat" };
        if !self.is_locked(now) {
            return format!("Genlock: {whose} does not come; the engine runs free");
        }
        let phase = self.phase(now);
        let (rate, per_cent) = (self.rate.as_f64(), (phase.phase * 100.0).floor());
        format!(
            "Genlock: locked to {whose}, {rate:.3} frames a second; now {per_cent:.0} % into frame {}",
            phase.frame
        )
    }

    fn is_locked(&self, now: StageTime) -> bool {
        self.comes && self.frame.is_some_and(|(_, begins)| now.nanos_since(begins) < LOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(frame: Option<(i64, i64)>, comes: bool) -> Beat {
        let frame = frame.map(|(number, nanos)| (number, StageTime::from_nanos(nanos)));
        Beat { rate: FrameRate::FPS_25, by_tracker: false, frame, comes }
    }

    fn at(nanos: i64) -> StageTime {
        StageTime::from_nanos(nanos)
    }

    #[test]
    fn a_moment_is_so_far_into_the_frame_that_runs_then() {
        let beat = beat(Some((100, 1_000_000_000)), true);
        for (now, frame, phase) in [
            (1_000_000_000, 100, 0.0),
            (1_010_000_000, 100, 0.25),
            (1_039_999_999, 100, 0.999_999_975),
            (1_040_000_000, 101, 0.0),
            (1_150_000_000, 103, 0.75),
            // The frame was told a moment before it begins, as one that is read early is.
            (999_000_000, 99, 0.975),
        ] {
            let told = beat.phase(at(now));
            assert_eq!((told.frame, told.locked), (frame, 1), "{now}");
            assert!((told.phase - phase).abs() < 1e-12 && told.phase < 1.0, "{now}: {told:?}");
            assert_eq!((told.rate_numerator, told.rate_denominator, told.follows_tracker), (25, 1, 0));
        }
    }

    #[test]
    fn a_beat_that_does_not_come_or_is_waited_for_no_more_is_not_followed() {
        let came = Some((100, 0));
        for (beat, now, locked) in [
            (beat(came, true), 999_999_999, 1),
            (beat(came, true), 1_000_000_000, 0),
            (beat(came, false), 1_000_000, 0),
            (beat(None, false), 0, 0),
        ] {
            assert_eq!(beat.phase(at(now)).locked, locked, "{beat:?} at {now}");
            let says = beat.words(at(now));
            assert_eq!(says.contains("runs free"), locked == 0, "{says}");
        }
    }

    #[test]
    fn people_read_whose_beat_it_is_its_rate_and_where_in_the_frame_they_are() {
        let house = beat(Some((7, 0)), true);
        assert_eq!(
            house.words(at(10_000_000)),
            "Genlock: locked to the house's beat, 25.000 frames a second; now 25 % into frame 7"
        );
        let tracker = Beat { by_tracker: true, comes: false, ..house };
        assert_eq!(tracker.words(at(0)), "Genlock: the tracker's beat does not come; the engine runs free");
    }
}

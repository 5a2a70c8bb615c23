//! When an engine's frames are, and when to read for them: the beat of the output.
//!
//! Frames of a rational rate follow each other exactly. Where they begin is the house's time (ST 2059 aligns frames
//! to the PTP epoch) or the beat of a genlocked tracker, followed gently. Samples that land near the read point are
//! a stutter in waiting: then the read point moves, the frame's own time does not.

use cyclorama_time::{FrameNumber, FrameRate, StageTime};
use serde::Serialize;

use crate::{
    clock::{FramePhase, PhaseHealth, WallReference},
    live::Genlock,
};

/// Where frames begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// At the PTP epoch, by this machine's wall clock.
    #[default]
    House,
    /// With the samples of the trackers, which are genlocked themselves.
    Tracker,
}

/// The beat of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickOptions {
    /// Frames per second.
    pub rate: FrameRate,
    /// Where frames begin.
    pub origin: Origin,
    /// Frames are evaluated for so long after they begin, nanoseconds: the wall's latency.
    pub horizon_nanos: i64,
    /// Frames begin so much later, nanoseconds.
    pub shift_nanos: i64,
}

/// A frame that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its number since the origin.
    pub frame: FrameNumber,
    /// Frames that were passed over because nobody asked in time.
    pub skipped: i64,
    /// When it begins.
    pub begins: StageTime,
    /// What it is evaluated for.
    pub at: StageTime,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Ticks {
    options: TickOptions,
    genlock: Genlock,
    anchored: bool,
    next: Option<FrameNumber>,
    phase: FramePhase,
    /// The origin the phase is measured against.
    measured: StageTime,
    read_late: i64,
}

/// Of a difference to the house's time so much is made up in a frame, and no more than this many nanoseconds.
const SHARE: i64 = 16;
const FURTHEST: i64 = 100_000;
/// More samples than this at the read point are too many.
const TOO_MANY: f64 = 0.02;

impl Ticks {
    /// A beat that begins at `now`; `wall` places it where the house's time counts.
    pub fn new(options: TickOptions, now: StageTime, wall: Option<&WallReference>) -> Self {
        let epoch = wall.filter(|_| options.origin == Origin::House).map(WallReference::ptp_epoch);
        let origin = epoch.unwrap_or(now).plus_nanos(options.shift_nanos);
        let genlock = Genlock { rate: options.rate, origin };
        Self {
            options,
            genlock,
            anchored: epoch.is_some(),
            next: None,
            phase: FramePhase::new(options.rate, origin),
            measured: origin,
            read_late: 0,
        }
    }

    /// What it was made with.
    pub fn options(&self) -> &TickOptions {
        &self.options
    }

    /// Says again where the house's time is: the beat follows, gently.
    pub fn set_wall(&mut self, wall: &WallReference) {
        if self.options.origin == Origin::House {
            self.aim(wall.ptp_epoch().plus_nanos(self.options.shift_nanos));
        }
    }

    /// Takes when a sample arrived and when it was taken.
    pub fn sample(&mut self, arrived: StageTime, taken: StageTime) {
        self.phase.take(arrived.plus_nanos(-self.read_late));
        if self.options.origin == Origin::Tracker {
            self.aim(taken.plus_nanos(self.options.shift_nanos));
        }
    }

    /// The frame to read for at `now`, if one is due.
    pub fn due(&mut self, now: StageTime) -> Option<Due> {
        let reading = now.plus_nanos(-self.read_late);
        let newest = self.genlock.frame(reading);
        let next = self.next(reading);
        if newest < next {
            return None;
        }
        self.next = Some(newest.plus(1));
        let begins = self.genlock.at(newest);
        self.move_read_point();
        let at = begins.plus_nanos(self.options.horizon_nanos);
        Some(Due { frame: newest, skipped: newest.0 - next.0, begins, at })
    }

    /// When to ask again.
    pub fn wake(&mut self, now: StageTime) -> StageTime {
        let next = self.next(now.plus_nanos(-self.read_late));
        self.genlock.at(next).plus_nanos(self.read_late)
    }

    /// How samples land against the read point.
    pub fn phase(&self) -> Option<PhaseHealth> {
        self.phase.health()
    }

    /// How much later than its begin a frame is read for, nanoseconds.
    pub fn read_late_nanos(&self) -> i64 {
        self.read_late
    }

    /// The frame that comes next; the one after `reading` where none came yet.
    fn next(&mut self, reading: StageTime) -> FrameNumber {
        *self.next.get_or_insert(self.genlock.frame(reading).plus(1))
    }

    /// Turns the beat towards one that has a frame at `target`.
    fn aim(&mut self, target: StageTime) {
        let frame = self.options.rate.frame_nanos();
        let nearest = self.genlock.at(self.genlock.frame(target.plus_nanos(frame / 2)));
        let off = target.nanos_since(nearest);
        let step = if self.anchored { (off / SHARE).clamp(-FURTHEST, FURTHEST) } else { off };
        if !self.anchored {
            self.next = None;
        }
        self.anchored = true;
        self.genlock.origin = self.genlock.origin.plus_nanos(step);
        if self.genlock.origin.nanos_since(self.measured).abs() > 500_000 {
            self.measured = self.genlock.origin;
            self.phase = FramePhase::new(self.options.rate, self.measured);
        }
    }

    /// Away from where samples land, by half a frame at most.
    fn move_read_point(&mut self) {
        let Some(health) = self.phase.health().filter(|health| health.at_risk > TOO_MANY) else { return };
        let half = self.options.rate.frame_nanos() / 2;
        let late = self.read_late + health.suggested_shift_nanos;
        if health.suggested_shift_nanos > 0 && late <= half {
            self.read_late = late;
            self.phase = FramePhase::new(self.options.rate, self.measured);
        }
    }
}

#[cfg(test)]
mod tests {
    use cyclorama_time::UtcTime;

    use super::*;

    fn options(origin: Origin) -> TickOptions {
        let rate = FrameRate::new(24_000, 1_001).expect("a rate");
        TickOptions { rate, origin, horizon_nanos: 80_000_000, shift_nanos: 0 }
    }

    fn wall() -> WallReference {
        WallReference {
            stage: StageTime::from_nanos(0),
            utc: UtcTime::from_nanos(1_764_000_000_123_456_789),
            within_nanos: 1_000,
        }
    }

    #[test]
    fn every_frame_of_a_rational_rate_is_due_once_and_none_early() {
        let mut ticks = Ticks::new(options(Origin::House), StageTime::from_nanos(0), Some(&wall()));
        let (mut now, mut last) = (StageTime::from_nanos(0), None);
        for _ in 0..5_000 {
            now = ticks.wake(now);
            let due = ticks.due(now).expect("it is time");
            assert!(due.begins <= now && now.nanos_since(due.begins) < 2_000_000);
            assert_eq!(due.at, due.begins.plus_nanos(80_000_000));
            assert_eq!(due.skipped, 0);
            assert!(last.is_none_or(|last: FrameNumber| due.frame.0 == last.0 + 1));
            assert_eq!(ticks.due(now), None, "once");
            last = Some(due.frame);
        }
    }

    #[test]
    fn two_machines_with_one_time_have_their_frames_at_the_same_moment() {
        let mut early = Ticks::new(options(Origin::House), StageTime::from_nanos(0), Some(&wall()));
        // Another machine: its stage clock began 5 s and a bit later.
        let other = WallReference { stage: StageTime::from_nanos(-5_000_000_123), ..wall() };
        let mut late = Ticks::new(options(Origin::House), StageTime::from_nanos(0), Some(&other));
        let (mut now, mut there) =
            (StageTime::from_nanos(9_000_000_000), StageTime::from_nanos(3_999_999_877));
        (now, there) = (early.wake(now), late.wake(there));
        let (first, second) = (early.due(now).expect("due"), late.due(there).expect("due"));
        assert_eq!(first.frame, second.frame, "and by the same number");
        let (a, b) = (early.genlock, late.genlock);
        let apart = a.at(FrameNumber(1_000_000)).nanos_since(b.at(FrameNumber(1_000_000)));
        assert_eq!(apart, 5_000_000_123, "the same frame, each on its own clock");
    }

    #[test]
    fn a_beat_follows_its_tracker_and_reads_away_from_its_samples() {
        let mut ticks = Ticks::new(options(Origin::Tracker), StageTime::from_nanos(0), None);
        let rate = ticks.options().rate;
        let mut read = Vec::new();
        for frame in 0..2_000 {
            let taken = StageTime::from_nanos(7_000_000 + rate.nanos_at(FrameNumber(frame)));
            // Arrives within half a millisecond of the read point.
            let arrived = taken.plus_nanos(200_000 * (frame % 3));
            ticks.sample(arrived, taken);
            if let Some(due) = ticks.due(arrived.plus_nanos(5_000_000)) {
                let off = due.begins.nanos_since(taken).abs();
                assert!(frame < 10 || off < 1_000, "frame {frame} is {off} ns off the tracker's");
                read.push(ticks.read_late_nanos());
            }
        }
        let late = *read.last().expect("frames");
        assert!((500_000..20_000_000).contains(&late), "reads {late} ns after the frame begins");
        assert!(ticks.phase().expect("known").at_risk < TOO_MANY);
    }

    #[test]
    fn frames_nobody_asked_for_in_time_are_counted() {
        let mut ticks = Ticks::new(options(Origin::House), StageTime::from_nanos(0), Some(&wall()));
        let now = ticks.wake(StageTime::from_nanos(0));
        assert!(ticks.due(now).is_some());
        let much_later = now.plus_nanos(ticks.options().rate.nanos_at(FrameNumber(10)) + 1_000_000);
        assert_eq!(ticks.due(much_later).map(|due| due.skipped), Some(9));
    }
}

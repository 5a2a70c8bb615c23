//! Keeps samples out that no camera on a stage could have made, until several of them agree.
//!
//! A sample is held against where the last two put it. The room it has is what cameras can accelerate, plus what
//! this tracker is usually off by: a whip pan passes at once, a flipped axis or a borrowed marker does not.

use cyclorama_space::{DVec3, Pose, rotation};
use cyclorama_time::StageTime;

/// What is usual is the median of so many.
const USUAL: usize = 32;
/// More than any head, crane or operator does: m/s2 and rad/s2.
const ACCELERATION: f64 = 60.0;
const TURNING: f64 = 250.0;
/// Room that is always there: metres and radians.
const ROOM: (f64, f64) = (0.004, 0.004);
/// So many times the usual error is still no outlier (about eight standard deviations).
const TIMES_USUAL: f64 = 12.0;
/// So many implausible samples that agree with each other are the truth.
const AGREEING: u32 = 4;
/// After so long nothing is implausible, seconds.
const LONGEST: f64 = 0.5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    Sound,
    /// Keep it out.
    Outlier,
    /// It and those kept out before are sound; the subject is elsewhere.
    Jump,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate {
    track: Track,
    kept_out: Track,
    agreeing: u32,
    errors: [(f64, f64); USUAL],
    count: usize,
    usual: (f64, f64),
    beat: Beat,
}

/// The usual distance of samples.
#[derive(Clone, Copy, Debug, Default)]
struct Beat {
    newest: Option<StageTime>,
    /// Seconds.
    period: f64,
    steps: u32,
}

/// The last sample and the speed it came with.
#[derive(Clone, Debug, Default)]
struct Track {
    last: Option<(StageTime, Pose)>,
    step: f64,
    /// The speed is known: there was a sample just before the last.
    moving: bool,
    linear: DVec3,
    angular: DVec3,
}

impl Gate {
    pub(super) fn judge(&mut self, at: StageTime, pose: &Pose) -> Judgement {
        let usual = self.usual();
        self.beat.take(at);
        let beat = self.beat;
        // How fast it moves the second sample tells: it may have been caught in the middle of a move.
        match self.track.error(at, pose, &beat).filter(|_| self.track.moving && beat.is_known()) {
            Some((error, step)) if !fits(error, step, usual) => {
                let agrees = self
                    .kept_out
                    .error(at, pose, &beat)
                    .is_some_and(|(error, step)| fits(error, step, usual));
                self.agreeing = if agrees { self.agreeing + 1 } else { 1 };
                if self.agreeing < AGREEING {
                    self.kept_out.go_on(at, pose, &beat);
                    return Judgement::Outlier;
                }
                self.kept_out.go_on(at, pose, &beat);
                self.track = std::mem::take(&mut self.kept_out);
                self.agreeing = 0;
                Judgement::Jump
            }
            error => {
                if let Some((error, _)) = error {
                    self.errors[self.count % USUAL] = error;
                    self.count += 1;
                }
                self.track.go_on(at, pose, &beat);
                self.kept_out = Track::default();
                self.agreeing = 0;
                Judgement::Sound
            }
        }
    }

    /// The tracker was lost: where it is found again is not held against where it was.
    pub(super) fn interrupt(&mut self) {
        self.track = Track::default();
        self.kept_out = Track::default();
        self.agreeing = 0;
    }

    /// The usual error of going on as before, metres and radians, and seconds between samples.
    pub(super) fn usual(&self) -> (f64, f64, f64) {
        (self.usual.0, self.usual.1, self.track.step)
    }

    /// Brings the usual error up to date, now and then.
    pub(super) fn learn(&mut self) {
        if self.count > USUAL && !self.count.is_multiple_of(8) {
            return;
        }
        let known = self.count.min(USUAL);
        let median = |of: fn(&(f64, f64)) -> f64| {
            let mut values = [0.0; USUAL];
            for (value, error) in values.iter_mut().zip(&self.errors[..known]) {
                *value = of(error);
            }
            let values = &mut values[..known];
            if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(known / 2, f64::total_cmp).1 }
        };
        self.usual = (median(|error| error.0), median(|error| error.1));
    }
}

impl Beat {
    fn take(&mut self, at: StageTime) {
        let step = self.newest.map(|newest| at.nanos_since(newest) as f64 * 1e-9);
        self.newest = Some(at);
        let Some(step) = step.filter(|step| *step > 0.0 && *step <= LONGEST) else { return };
        self.steps = self.steps.saturating_add(1);
        // The mean at first, so that one bunch at the start says little.
        let share = f64::from(self.steps.min(16));
        // A dropout is no beat, unless all that was known was a bunch.
        let most = if self.is_known() { 8.0 * self.period } else { LONGEST };
        self.period += (step.min(most) - self.period) / share;
    }

    fn is_known(&self) -> bool {
        self.steps >= 8
    }

    /// A distance in whole periods: samples that a busy machine delivers in a bunch were not taken in one.
    fn regular(&self, step: f64) -> f64 {
        if self.is_known() { (step / self.period).round().max(1.0) * self.period } else { step }
    }
}

impl Track {
    /// How far the pose is from where it should be, metres and radians, after how many seconds. `None` where
    /// nothing can be said.
    fn error(&self, at: StageTime, pose: &Pose, beat: &Beat) -> Option<((f64, f64), f64)> {
        let (last, before) = self.last?;
        let step = at.nanos_since(last) as f64 * 1e-9;
        if step > LONGEST {
            return None;
        }
        let step = beat.regular(step);
        let position = before.position + self.linear * step;
        let turned = rotation::from_vector(self.angular * step) * before.rotation;
        let error = (pose.position.distance(position), rotation::angle_between(turned, pose.rotation));
        Some((error, step))
    }

    fn go_on(&mut self, at: StageTime, pose: &Pose, beat: &Beat) {
        let speed = self.last.map(|(last, before)| (at.nanos_since(last) as f64 * 1e-9, before));
        match speed {
            // Before the beat is known a bunch would make a speed of hundreds of metres a second.
            Some((step, before)) if beat.is_known() && step > 0.0 && step <= LONGEST => {
                let step = beat.regular(step);
                self.step = step;
                self.moving = true;
                self.linear = (pose.position - before.position) / step;
                self.angular = rotation::to_vector(pose.rotation * before.rotation.conjugate()) / step;
            }
            _ => {
                self.moving = false;
                (self.linear, self.angular) = (DVec3::ZERO, DVec3::ZERO);
            }
        }
        self.last = Some((at, *pose));
    }
}

fn fits(error: (f64, f64), step: f64, usual: (f64, f64, f64)) -> bool {
    let square = step * step;
    error.0 <= ROOM.0 + ACCELERATION * square + TIMES_USUAL * usual.0
        && error.1 <= ROOM.1 + TURNING * square + TIMES_USUAL * usual.1
}

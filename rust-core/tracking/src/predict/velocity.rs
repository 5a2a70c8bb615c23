//! What a predictor knows of the motion at one moment: velocities smoothed over several lengths of time.
//!
//! Smoothing times are in seconds, so the same learnt habits hold at any tracker rate.

use cyclorama_space::{DVec3, Pose};

use super::{baseline::turn, is_pause, is_reading};
use crate::motion::between;

/// How many velocities are kept.
pub(super) const COUNT: usize = 7;

/// Smoothing time constants, seconds. The first is the newest step itself.
const TIME_CONSTANTS: [f64; COUNT] = [0.0, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64];

/// The newest step is taken over at least this long, so that fast trackers do not drown it in noise.
pub(super) const SHORTEST_STEP: f64 = 1.0 / 61.0;

/// The axes of a camera.
pub(super) const AXES: [DVec3; 3] = [DVec3::X, DVec3::Y, DVec3::Z];

/// Readings kept to reach back [`SHORTEST_STEP`], up to about 1000 readings a second.
const RECENT: usize = 18;

/// Velocities per smoothing time; m/s for positions, rad/s (stage axes) for rotations.
pub(super) type Features = [DVec3; COUNT];

/// One value for each axis of the camera, in stage axes.
pub(super) type Levers = [DVec3; 3];

/// The running velocities of one subject.
#[derive(Clone, Debug)]
pub(super) struct Velocities {
    recent: [(f64, Pose); RECENT],
    count: usize,
    usual_step: f64,
    pub(super) linear: Features,
    pub(super) angular: Features,
    /// How fast a point one metre out along each axis of the camera moves by the turning alone, over the newest
    /// step, m/s.
    pub(super) levers: Levers,
    /// Of the newest step alone, however short: m/s, and rad/s in stage axes.
    pub(super) straight: [DVec3; 2],
}

/// What a new reading meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    /// Not later than the one before, or not in finite numbers: ignored.
    Ignored,
    /// The first one, or the first after a pause: nothing is known of the motion.
    Fresh,
    /// Went on in rhythm, this many seconds after the one before.
    Went(f64),
}

impl Default for Velocities {
    fn default() -> Self {
        Self {
            recent: [(0.0, Pose::IDENTITY); RECENT],
            count: 0,
            usual_step: 0.0,
            linear: [DVec3::ZERO; COUNT],
            angular: [DVec3::ZERO; COUNT],
            levers: [DVec3::ZERO; 3],
            straight: [DVec3::ZERO; 2],
        }
    }
}

impl Velocities {
    /// The newest reading.
    pub(super) fn newest(&self) -> Option<(f64, Pose)> {
        (self.count > 0).then(|| self.recent[0])
    }

    /// Takes a reading.
    pub(super) fn observe(&mut self, seconds: f64, pose: &Pose) -> Step {
        if !is_reading(seconds, pose) {
            return Step::Ignored;
        }
        let Some((last, before)) = self.newest() else {
            self.remember(seconds, pose);
            return Step::Fresh;
        };
        let step = seconds - last;
        if step <= 0.0 || !step.is_finite() {
            return Step::Ignored;
        }
        if self.usual_step > 0.0 && is_pause(step, self.usual_step) {
            let usual_step = self.usual_step;
            *self = Self { usual_step, ..Self::default() };
            self.remember(seconds, pose);
            return Step::Fresh;
        }
        self.usual_step = if self.usual_step > 0.0 { 0.9 * self.usual_step + 0.1 * step } else { step };
        self.remember(seconds, pose);
        let (linear, angular) =
            ((pose.position - before.position) / step, turn(before.rotation, pose.rotation) / step);
        self.straight = [linear, angular];
        for (index, constant) in TIME_CONSTANTS.iter().enumerate().skip(1) {
            let weight = -libm::expm1(-step / constant);
            self.linear[index] += (linear - self.linear[index]) * weight;
            self.angular[index] += (angular - self.angular[index]) * weight;
        }
        let (then, span) = self.a_step_ago().unwrap_or((before, step));
        self.linear[0] = (pose.position - then.position) / span;
        self.angular[0] = turn(then.rotation, pose.rotation) / span;
        self.levers = AXES.map(|axis| (pose.rotation * axis - then.rotation * axis) / span);
        Step::Went(step)
    }

    fn remember(&mut self, seconds: f64, pose: &Pose) {
        self.recent.copy_within(0..RECENT - 1, 1);
        self.recent[0] = (seconds, *pose);
        self.count = (self.count + 1).min(RECENT);
    }

    /// The pose [`SHORTEST_STEP`] or one step ago, whichever is longer, and how many seconds that is.
    fn a_step_ago(&self) -> Option<(Pose, f64)> {
        let (now, _) = self.newest()?;
        let known = &self.recent[..self.count];
        let target = (now - SHORTEST_STEP).min(known.get(1)?.0);
        let older = known.iter().position(|(time, _)| *time <= target).unwrap_or(self.count - 1);
        let ((t1, b), (t0, a)) = (known[older - 1], known[older]);
        let at = ((target - t0) / (t1 - t0)).clamp(0.0, 1.0);
        Some((between(a, b, at), now - (t0 + (t1 - t0) * at)))
    }
}

//! The default predictor: learns, while it runs, how this camera moves.
//!
//! For each axis group (position, rotation) the displacement over the horizon is a weighted sum of velocities
//! smoothed over 0 to 640 ms. The weights start from what cameras usually do and are refitted at every reading
//! by the error made (known one horizon later) and by how much the output would shake. Where motion cannot be
//! foretold the weights shrink and the pose is held; where it is smooth they reach full velocity.

use std::collections::VecDeque;

use cyclorama_space::{DVec3, Pose};

use super::{
    Predictor,
    baseline::{moved, turn},
    prior::{Beliefs, Group},
    regression::Regression,
    velocity::{COUNT, Features, Step, Velocities},
};
use crate::motion::between;

/// Evidence loses half its weight in this time, seconds.
const HALF_LIFE: f64 = 4.0;

/// Errors one after another share more of their motion than the horizon alone says: velocities look back too.
const OVERLAP: f64 = 2.0;

/// How much shaking of the rotation counts against error, falling with the horizon (seconds, weight):
/// near predictions are good and must be calm, far ones shake little beside their error.
const CALM: [(f64, f64); 4] = [(0.04, 0.18), (0.08, 0.19), (0.16, 0.12), (0.25, 0.08)];

/// Readings that may wait for their horizon to come: enough for 2000 readings a second at half a second.
const WAITING: usize = 1024;

/// Learns online; see the module.
pub struct Adaptive {
    velocities: Velocities,
    beliefs: Beliefs,
    horizon: f64,
    calm: f64,
    position: Option<Regression>,
    rotation: Option<Regression>,
    waiting: VecDeque<Waiting>,
    shake: [Option<Moment>; 2],
}

/// A reading whose outcome is not known yet.
#[derive(Clone, Copy)]
struct Waiting {
    seconds: f64,
    pose: Pose,
    linear: Features,
    angular: Features,
}

/// What the output's second difference needs of a past reading.
#[derive(Clone, Copy)]
struct Moment {
    pose: Pose,
    angular: Features,
}

impl Adaptive {
    /// A predictor at its best around `horizon` seconds ahead (10 ms to 500 ms; others are clamped), starting
    /// from what the recorded cameras did.
    pub fn new(horizon: f64) -> Self {
        Self::with_beliefs(horizon, Beliefs::shipped())
    }

    /// The same, starting from other beliefs.
    pub fn with_beliefs(horizon: f64, beliefs: Beliefs) -> Self {
        Self::with_calm(horizon, beliefs, 1.0)
    }

    /// The same, weighing the shaking of the rotation `calm` times as much against its error as the default does:
    /// 0 is as near to the truth as it gets, above 1 is calmer and farther off.
    pub fn with_calm(horizon: f64, beliefs: Beliefs, calm: f64) -> Self {
        Self {
            velocities: Velocities::default(),
            beliefs,
            horizon: horizon.clamp(0.01, 0.5),
            calm: calm.max(0.0),
            position: None,
            rotation: None,
            waiting: VecDeque::with_capacity(WAITING),
            shake: [None, None],
        }
    }

    /// Root mean square error to expect at the horizon from what happened lately: metres and radians.
    /// `None` before enough is known. The frame's overscan can be chosen by it.
    pub fn expected_error(&self) -> Option<(f64, f64)> {
        let rms = |fit: &Option<Regression>| fit.as_ref()?.error_variance().map(|v| (3.0 * v).sqrt());
        Some((rms(&self.position)?, rms(&self.rotation)?))
    }

    /// Learns from every waiting reading whose horizon now lies between the last reading and this one.
    fn learn_outcomes(&mut self, last: (f64, Pose), now: (f64, Pose)) {
        let (Some(position), Some(rotation)) = (&mut self.position, &mut self.rotation) else { return };
        while let Some(then) = self.waiting.front().copied() {
            let due = then.seconds + self.horizon;
            if due > now.0 + 1e-9 {
                break;
            }
            self.waiting.pop_front();
            let outcome = between(last.1, now.1, ((due - last.0) / (now.0 - last.0)).clamp(0.0, 1.0));
            position.learn(&then.linear, outcome.position - then.pose.position);
            rotation.learn(&then.angular, turn(then.pose.rotation, outcome.rotation));
        }
    }

    /// Learns how the rotation output would have shaken over the last three readings.
    fn learn_shake(&mut self, newest: &Moment) {
        if let ([Some(middle), Some(oldest)], Some(rotation)) = (&self.shake, &mut self.rotation) {
            let subject = turn(middle.pose.rotation, newest.pose.rotation)
                - turn(oldest.pose.rotation, middle.pose.rotation);
            let mut features = [DVec3::ZERO; COUNT];
            for (index, feature) in features.iter_mut().enumerate() {
                *feature = newest.angular[index] - middle.angular[index] * 2.0 + oldest.angular[index];
            }
            rotation.learn_shake(&features, subject);
        }
        self.shake = [Some(*newest), self.shake[0]];
    }

    /// Makes the fits once the rhythm is known.
    fn begin(&mut self, step: f64) {
        if self.position.is_none() {
            let overlap = OVERLAP * self.horizon / step;
            let fit = |group, calm| {
                self.beliefs.at(group, self.horizon).map(|prior| Regression::new(prior, calm, overlap))
            };
            self.position = fit(Group::Position, 0.0);
            self.rotation = fit(Group::Rotation, self.calm * calm(self.horizon));
        }
    }
}

impl Predictor for Adaptive {
    fn observe(&mut self, seconds: f64, pose: &Pose) {
        let last = self.velocities.newest();
        let step = match self.velocities.observe(seconds, pose) {
            Step::Ignored => return,
            Step::Fresh => {
                self.waiting.clear();
                self.shake = [None, None];
                return;
            }
            Step::Went(step) => step,
        };
        self.begin(step);
        let keep = libm::exp2(-step / HALF_LIFE);
        for fit in [&mut self.position, &mut self.rotation].into_iter().flatten() {
            fit.fade(keep);
        }
        if let Some(last) = last {
            self.learn_outcomes(last, (seconds, *pose));
        }
        let (linear, angular) = (self.velocities.linear, self.velocities.angular);
        self.learn_shake(&Moment { pose: *pose, angular });
        for fit in [&mut self.position, &mut self.rotation].into_iter().flatten() {
            fit.solve();
        }
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Waiting { seconds, pose: *pose, linear, angular });
    }

    fn predict(&self, ahead: f64) -> Option<Pose> {
        let (_, pose) = self.velocities.newest()?;
        let (Some(position), Some(rotation)) = (&self.position, &self.rotation) else { return Some(pose) };
        // Displacement grows about in proportion near the horizon the weights were fitted for.
        let part = ahead / self.horizon;
        let displacement = position.predict(&self.velocities.linear) * part;
        let turned = rotation.predict(&self.velocities.angular) * part;
        Some(moved(pose, displacement, turned))
    }
}

/// The jitter weight at a horizon, seconds.
fn calm(horizon: f64) -> f64 {
    let above = CALM.partition_point(|(at, _)| *at < horizon).min(CALM.len() - 1);
    let ((h0, c0), (h1, c1)) = (CALM[above.saturating_sub(1)], CALM[above]);
    if h1 <= h0 { c1 } else { c0 + (c1 - c0) * ((horizon - h0) / (h1 - h0)).clamp(0.0, 1.0) }
}

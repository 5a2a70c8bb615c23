//! The plain predictors everybody knows: the measure for the adaptive one, and a fallback a person may choose.

use cyclorama_space::{DQuat, DVec3, Pose, rotation};

use super::{Predictor, is_pause, is_reading};

/// Gives back the newest reading.
#[derive(Clone, Debug, Default)]
pub struct Hold {
    newest: Option<(f64, Pose)>,
}

impl Predictor for Hold {
    fn observe(&mut self, seconds: f64, pose: &Pose) {
        if is_reading(seconds, pose) && self.newest.is_none_or(|(last, _)| seconds > last) {
            self.newest = Some((seconds, *pose));
        }
    }

    fn predict(&self, _ahead: f64) -> Option<Pose> {
        self.newest.map(|(_, pose)| pose)
    }
}

/// Goes on as between the last two readings.
#[derive(Clone, Debug, Default)]
pub struct ConstantVelocity {
    newest: Option<(f64, Pose)>,
    step: f64,
    linear: DVec3,
    angular: DVec3,
}

impl Predictor for ConstantVelocity {
    fn observe(&mut self, seconds: f64, pose: &Pose) {
        if !is_reading(seconds, pose) {
            return;
        }
        if let Some((last, before)) = self.newest {
            let step = seconds - last;
            if step <= 0.0 {
                return;
            }
            if self.step > 0.0 && is_pause(step, self.step) {
                (self.linear, self.angular) = (DVec3::ZERO, DVec3::ZERO);
            } else {
                self.linear = (pose.position - before.position) / step;
                self.angular = turn(before.rotation, pose.rotation) / step;
                self.step = step;
            }
        }
        self.newest = Some((seconds, *pose));
    }

    fn predict(&self, ahead: f64) -> Option<Pose> {
        self.newest.map(|(_, pose)| moved(pose, self.linear * ahead, self.angular * ahead))
    }
}

/// The fixed-gain tracking filter: corrects its position by alpha and its velocity by beta of each surprise.
#[derive(Clone, Debug)]
pub struct AlphaBeta {
    alpha: f64,
    beta: f64,
    state: Option<(f64, Pose)>,
    step: f64,
    linear: DVec3,
    angular: DVec3,
}

impl AlphaBeta {
    /// Gains per reading, each 0 to 1.
    pub fn new(alpha: f64, beta: f64) -> Self {
        Self { alpha, beta, state: None, step: 0.0, linear: DVec3::ZERO, angular: DVec3::ZERO }
    }
}

impl Default for AlphaBeta {
    fn default() -> Self {
        Self::new(0.8, 0.4)
    }
}

impl Predictor for AlphaBeta {
    fn observe(&mut self, seconds: f64, pose: &Pose) {
        if !is_reading(seconds, pose) {
            return;
        }
        let Some((last, state)) = self.state else {
            self.state = Some((seconds, *pose));
            return;
        };
        let step = seconds - last;
        if step <= 0.0 {
            return;
        }
        if self.step > 0.0 && is_pause(step, self.step) {
            *self =
                Self { state: Some((seconds, *pose)), step: self.step, ..Self::new(self.alpha, self.beta) };
            return;
        }
        let expected = moved(state, self.linear * step, self.angular * step);
        let surprise = pose.position - expected.position;
        let turned = turn(expected.rotation, pose.rotation);
        self.linear += surprise * (self.beta / step);
        self.angular += turned * (self.beta / step);
        self.state = Some((seconds, moved(expected, surprise * self.alpha, turned * self.alpha)));
        self.step = step;
    }

    fn predict(&self, ahead: f64) -> Option<Pose> {
        self.state.map(|(_, pose)| moved(pose, self.linear * ahead, self.angular * ahead))
    }
}

/// The rotation vector, in stage axes, that turns `from` into `to`.
pub(super) fn turn(from: DQuat, to: DQuat) -> DVec3 {
    rotation::to_vector(to * from.conjugate())
}

/// `pose` displaced and turned, both in stage axes.
pub(super) fn moved(pose: Pose, displacement: DVec3, turned: DVec3) -> Pose {
    Pose {
        position: pose.position + displacement,
        rotation: (rotation::from_vector(turned) * pose.rotation).normalize(),
    }
}

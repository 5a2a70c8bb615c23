//! The default predictor: learns, while it runs, how this camera moves.
//!
//! For each axis group (position, rotation) the displacement over the horizon is a weighted sum of velocities
//! smoothed over 0 to 640 ms. What is tracked is seldom what the camera turns about, so the position also follows
//! where the foretold turn carries it: the lever is learnt as three more weights. The weights start from what cameras
//! usually do and are refitted at every reading by the error made (known one horizon later) and by how much the output
//! would shake: for the three axes together, and from there for each by itself. Where motion cannot be foretold the
//! weights shrink and the pose is held; where it is smooth they reach full velocity. Where going straight on or staying
//! would have been better lately, the answer leans to that.

use std::collections::VecDeque;

use cyclorama_space::{DVec3, Pose, rotation};

use super::{
    Predictor,
    baseline::{moved, turn},
    prior::{Beliefs, Group},
    regression::{Manner, Regression},
    rivals::Rivals,
    velocity::{AXES, COUNT, Features, SHORTEST_STEP, Step, Velocities},
};
use crate::motion::between;

/// Errors one after another share more of their motion than the horizon alone says: velocities look back too.
const OVERLAP: f64 = 2.0;

/// Seconds ahead from which calm counts in full, and the power with which it grows up to there.
const FULL_CALM: f64 = 0.08;
const CALM_GROWS: f64 = 0.2;

/// Weights are found anew this often, seconds, and at every reading of a tracker that leaves at least as much between its
/// readings as the second says: staler ones cost a slow tracker accuracy.
const SOLVED: f64 = 0.06;
const SLOW: f64 = 0.03;

/// By how much the regression's mean error may exceed that of going straight on, or of staying, before the answer leans to
/// them: for position and rotation. A position is judged by its greatest errors more than by its mean, and those the
/// regression keeps small.
const PLAIN: [f64; 2] = [0.3, 0.04];

/// Readings that may wait for their horizon to come: half a second of them, [`SHORTEST_STEP`] apart, and some.
const WAITING: usize = 40;

/// Weights of the position: of its velocities, of where the foretold turn carries a point a metre out along each axis
/// of the camera, and of how fast the newest step carried it there.
const PLACE: usize = COUNT + 6;

/// Features of the position, in the order of [`PLACE`].
type Places = [DVec3; PLACE];

/// What is chosen by hand. `examples/score_prediction --nested` chooses it without the recording it is scored on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// Evidence loses half its weight in this time, seconds.
    pub half_life: f64,
    /// How much the squared shaking of the rotation counts against its squared error, 0 or more: 0 is as near to the
    /// truth as it gets, more is calmer and farther off. It counts in full from 80 ms ahead on, and a little less for
    /// nearer horizons, where calm costs the most accuracy.
    pub calm: f64,
    /// How far a tracked point usually sits from what it turns about, metres: a camera's sensor from its head's axes
    /// or the hand that holds it. One standard deviation along each axis of the camera.
    pub lever: f64,
    /// How far an axis may go its own way, for position and rotation: its weights lie so many spreads of what cameras do
    /// from those that serve all three axes. Near 0 they are shared.
    pub apart: [f64; 2],
}

impl Default for Tuning {
    fn default() -> Self {
        Self { half_life: 4.0, calm: 0.32, lever: 0.2, apart: [0.7, 0.3] }
    }
}

/// Learns online; see the module.
pub struct Adaptive {
    velocities: Velocities,
    beliefs: Beliefs,
    horizon: f64,
    tuning: Tuning,
    position: Option<Regression<PLACE>>,
    rotation: Option<Regression<COUNT>>,
    /// Seconds since a reading was last learnt from, and since the weights were last found anew.
    unfitted: f64,
    unsolved: f64,
    waiting: VecDeque<Waiting>,
    shake: [Option<Moment>; 2],
    /// Of position and rotation.
    rivals: [Rivals; 2],
}

/// A reading whose outcome is not known yet.
#[derive(Clone, Copy)]
struct Waiting {
    seconds: f64,
    pose: Pose,
    places: Places,
    angular: Features,
    /// What the regressions said of it, and the newest step alone: metres and radians.
    said: [DVec3; 2],
    straight: [DVec3; 2],
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
        Self::with_tuning(horizon, beliefs, Tuning::default())
    }

    /// The same, tuned otherwise. What makes no sense is brought to the nearest value that does.
    pub fn with_tuning(horizon: f64, beliefs: Beliefs, tuning: Tuning) -> Self {
        Self {
            velocities: Velocities::default(),
            beliefs,
            horizon: horizon.clamp(0.01, 0.5),
            tuning: Tuning {
                half_life: tuning.half_life.max(0.1),
                calm: tuning.calm.max(0.0),
                lever: tuning.lever.clamp(1e-3, 10.0),
                apart: tuning.apart.map(|apart| apart.clamp(1e-3, 10.0)),
            },
            position: None,
            rotation: None,
            unfitted: 0.0,
            unsolved: SOLVED,
            waiting: VecDeque::with_capacity(WAITING),
            shake: [None, None],
            rivals: PLAIN.map(Rivals::beyond),
        }
    }

    /// Root mean square error to expect at the horizon from what happened lately: metres and radians.
    /// `None` before enough is known. The frame's overscan can be chosen by it.
    pub fn expected_error(&self) -> Option<(f64, f64)> {
        let rms = |variance: f64| (3.0 * variance).sqrt();
        let (position, rotation) = (self.position.as_ref()?, self.rotation.as_ref()?);
        Some((rms(position.error_variance()?), rms(rotation.error_variance()?)))
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
            let came = [outcome.position - then.pose.position, turn(then.pose.rotation, outcome.rotation)];
            position.learn(&then.places, came[0]);
            rotation.learn(&then.angular, came[1]);
            for (group, rivals) in self.rivals.iter_mut().enumerate() {
                rivals.judge(came[group], then.said[group], then.straight[group]);
            }
        }
    }

    /// Learns how the rotation output would have shaken over the last three readings, when that is `due`.
    fn learn_shake(&mut self, newest: &Moment, due: bool) {
        if let ([Some(middle), Some(oldest)], Some(rotation), true) = (&self.shake, &mut self.rotation, due) {
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
            let overlap = OVERLAP * self.horizon / step.max(SHORTEST_STEP);
            let Tuning { calm, lever, apart, .. } = self.tuning;
            let calm = calm * libm::pow(self.horizon / FULL_CALM, CALM_GROWS).min(1.0);
            let manner = |calm: f64, apart: f64| Manner { calm, overlap, apart };
            let position = self.beliefs.at(Group::Position, self.horizon, lever);
            self.position = position.map(|prior| Regression::new(prior, manner(0.0, apart[0])));
            let rotation = self.beliefs.at(Group::Rotation, self.horizon, lever);
            self.rotation = rotation.map(|prior| Regression::new(prior, manner(calm, apart[1])));
        }
    }

    /// Fits the weights anew to what was learnt, and remembers this reading until its outcome is known. The turn is
    /// fitted first, because the position follows it.
    fn fit(&mut self, seconds: f64, pose: &Pose) {
        let keep = libm::exp2(-self.unfitted / self.tuning.half_life);
        let slow = self.unfitted >= SLOW;
        self.unsolved += self.unfitted;
        self.unfitted = 0.0;
        let (Some(position), Some(rotation)) = (&mut self.position, &mut self.rotation) else { return };
        if slow || self.unsolved >= SOLVED {
            self.unsolved = 0.0;
            rotation.solve();
            position.solve();
        }
        let places = places(&self.velocities, pose, rotation, self.horizon);
        // What comes next weighs more than all this.
        position.fade(keep);
        rotation.fade(keep);
        self.rivals.iter_mut().for_each(|rivals| rivals.fade(keep));
        let said = [position.predict(&places), rotation.predict(&self.velocities.angular)];
        let straight = self.velocities.straight.map(|speed| speed * self.horizon);
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Waiting {
            seconds,
            pose: *pose,
            places,
            angular: self.velocities.angular,
            said,
            straight,
        });
    }
}

/// What the position's displacement over `horizon` seconds is a weighted sum of.
fn places(known: &Velocities, pose: &Pose, rotation: &Regression<COUNT>, horizon: f64) -> Places {
    let turn = rotation::from_vector(rotation.predict(&known.angular));
    let mut places = [DVec3::ZERO; PLACE];
    places[..COUNT].copy_from_slice(&known.linear);
    for (index, axis) in AXES.into_iter().enumerate() {
        let point = pose.rotation * axis;
        places[COUNT + index] = turn * point - point;
        places[COUNT + AXES.len() + index] = known.levers[index] * horizon;
    }
    places
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
        if let Some(last) = last {
            self.learn_outcomes(last, (seconds, *pose));
        }
        // More readings a second than this add cost, not knowledge.
        self.unfitted += step;
        let due = self.unfitted >= SHORTEST_STEP;
        self.learn_shake(&Moment { pose: *pose, angular: self.velocities.angular }, due);
        if due {
            self.fit(seconds, pose);
        }
    }

    fn predict(&self, ahead: f64) -> Option<Pose> {
        let (_, pose) = self.velocities.newest()?;
        let (Some(position), Some(rotation)) = (&self.position, &self.rotation) else { return Some(pose) };
        // Displacement grows about in proportion near the horizon the weights were fitted for.
        let part = ahead / self.horizon;
        let said = [
            position.predict(&places(&self.velocities, &pose, rotation, self.horizon)),
            rotation.predict(&self.velocities.angular),
        ];
        let lean = |group: usize| {
            let straight = self.velocities.straight[group] * self.horizon;
            self.rivals[group].lean(said[group], straight) * part
        };
        Some(moved(pose, lean(0), lean(1)))
    }
}

//! Where a tracked subject will be when the wall lights up.
//!
//! A [`Predictor`] is fed readings in time order and asked for the pose some time ahead of the newest one.
//! It takes time as an argument, never looks at a clock, and allocates nothing after it was made.
//! A lost tracker is never extrapolated here: whoever feeds a predictor stops feeding it, and its answers are
//! only asked for within the horizon the caller allows.

mod adaptive;
mod baseline;
pub mod fit;
mod prior;
mod prior_table;
mod regression;
mod rivals;
pub mod score;
mod velocity;

use std::{fmt, str::FromStr};

use cyclorama_space::Pose;

pub use adaptive::{Adaptive, Tuning};
pub use baseline::{AlphaBeta, ConstantVelocity, Hold};
pub use prior::{Belief, Beliefs, Group, Prior};

/// Foretells the pose of one subject.
pub trait Predictor: Send {
    /// Takes a reading: seconds on any steady clock, later than the one before, and the pose then.
    ///
    /// A reading that is not later, or not in finite numbers, is ignored. A pause much longer than the rhythm so far starts afresh.
    fn observe(&mut self, seconds: f64, pose: &Pose);

    /// The pose `ahead` seconds after the newest reading (0 gives that reading, or what the method makes of
    /// it); `None` before the first reading.
    fn predict(&self, ahead: f64) -> Option<Pose>;
}

/// The predictors by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Learns each axis group's manners online, starting from what cameras usually do. The default.
    Adaptive,
    /// The newest reading, unchanged.
    Hold,
    /// On along the last step.
    ConstantVelocity,
    /// A fixed alpha-beta filter (0.8, 0.4).
    AlphaBeta,
}

/// The name is no predictor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a predictor; use adaptive, hold, constant-velocity or alpha-beta")]
pub struct UnknownMethod(pub String);

impl Method {
    /// All of them, the default first.
    pub const ALL: [Self; 4] = [Self::Adaptive, Self::Hold, Self::ConstantVelocity, Self::AlphaBeta];

    /// The name on the command line and in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Adaptive => "adaptive",
            Self::Hold => "hold",
            Self::ConstantVelocity => "constant-velocity",
            Self::AlphaBeta => "alpha-beta",
        }
    }

    /// A fresh predictor, at its best around `horizon` seconds ahead.
    pub fn predictor(self, horizon: f64) -> Box<dyn Predictor> {
        match self {
            Self::Adaptive => Box::new(Adaptive::new(horizon)),
            Self::Hold => Box::new(Hold::default()),
            Self::ConstantVelocity => Box::new(ConstantVelocity::default()),
            Self::AlphaBeta => Box::new(AlphaBeta::default()),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        Self::ALL.into_iter().find(|m| m.name() == text).ok_or_else(|| UnknownMethod(text.to_owned()))
    }
}

/// Whether a reading is one at all.
fn is_reading(seconds: f64, pose: &Pose) -> bool {
    seconds.is_finite() && pose.is_valid()
}

/// Whether a step of `step` seconds after steps of about `usual` seconds is a pause rather than rhythm.
fn is_pause(step: f64, usual: f64) -> bool {
    step > (4.0 * usual).max(0.1)
}

#[cfg(test)]
mod tests;

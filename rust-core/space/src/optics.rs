//! The mathematics of lenses: where a ray lands on the sensor, and where a point on the sensor came from.
//!
//! The spherical model is OpenLensIO 1.0.1. Everything is in millimetres on the sensor, x right, y **down**, the
//! origin in the middle of the sensor. A point that the model cannot map is an error with its radius, never a NaN
//! and never the wrong branch of a folded polynomial. Nothing here reads files or knows encoders.

pub mod anamorphic;
mod brown_conrady;
mod model;
mod newton;
pub mod opencv;
pub mod physical;
mod roots;
pub mod stmap;
pub mod unreal;

pub use brown_conrady::BrownConrady;
pub use model::LensModel;

use cyclorama_outcome::{Classify, Kind};

/// Why a lens cannot do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OpticsError {
    /// Something must be known that is not.
    #[error("the lens has no {0}")]
    Missing(&'static str),
    /// A number that no lens has.
    #[error("{what} cannot be {value}")]
    Number {
        /// Which number.
        what: &'static str,
        /// What was given.
        value: f64,
    },
    /// Beyond the circle inside which the model is one-to-one: further out it folds back or divides by zero.
    #[error("the point is {radius_mm:.3} mm from the distortion centre; the model ends at {limit_mm:.3} mm")]
    OutsideField {
        /// How far out it lies, mm. For the inverse: measured after the model.
        radius_mm: f64,
        /// Where the model ends, mm, on the same side.
        limit_mm: f64,
    },
    /// The inverse was not found.
    #[error("the inverse at ({x_mm:.3}, {y_mm:.3}) mm does not converge")]
    NoInverse {
        /// mm, right.
        x_mm: f64,
        /// mm, down.
        y_mm: f64,
    },
}

impl Classify for OpticsError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

/// `value` if it is finite.
pub(crate) fn finite(what: &'static str, value: f64) -> Result<f64, OpticsError> {
    if value.is_finite() { Ok(value) } else { Err(OpticsError::Number { what, value }) }
}

/// `value` if it is finite and greater than zero.
pub(crate) fn positive(what: &'static str, value: f64) -> Result<f64, OpticsError> {
    if value.is_finite() && value > 0.0 { Ok(value) } else { Err(OpticsError::Number { what, value }) }
}

#[cfg(test)]
mod tests;

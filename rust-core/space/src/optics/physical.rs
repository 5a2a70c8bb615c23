//! What a lens does besides bending lines: falling light, breathing, and where its eye is.

use super::{OpticsError, positive};
use crate::{LensState, Pose};

/// The share of light at `radius_mm` from the image centre: `1 - (a1 r^2 + a2 r^4 + a3 r^6)`, 0 to 1 for a sane lens.
/// Never below zero.
pub fn exposure(falloff: [f64; 3], radius_mm: f64) -> f64 {
    let square = radius_mm * radius_mm;
    let [a1, a2, a3] = falloff;
    (1.0 - square * (a1 + square * (a2 + square * a3))).max(0.0)
}

/// The pinhole focal length of a simple lens of `focal_length_mm` focused at `distance_m`, mm: how far such a lens
/// breathes. An estimate for lenses without a calibrated table; at infinity it is the focal length itself.
///
/// # Errors
/// [`OpticsError::Number`] for a distance inside the focal length, or numbers no lens has.
pub fn breathed_focal_length_mm(focal_length_mm: f64, distance_m: f64) -> Result<f64, OpticsError> {
    let focal = positive("the focal length", focal_length_mm)?;
    if distance_m == f64::INFINITY {
        return Ok(focal);
    }
    let beyond = positive("the focus distance", distance_m)? * 1000.0 - focal;
    Ok(focal * (1.0 + focal / positive("the focus distance beyond the focal length", beyond)?))
}

/// The pose of the entrance pupil: the point that all rays of the picture aim at, and so the camera's place for a
/// renderer. The sensor's pose where the lens does not say how far ahead it is.
#[must_use]
pub fn entrance_pupil(pose: &Pose, lens: &LensState) -> Pose {
    pose.ahead(lens.entrance_pupil_m.unwrap_or(0.0))
}

//! A lens in the words of Unreal's Live Link lens role. The two centres are baked into one here, and nowhere else.
//!
//! Coefficients act on slopes, as OpenCV's do; focal lengths are shares of the sensor's sides; the principal point is
//! 0 to 1 from the upper left.

use serde::Serialize;

use super::{LensModel, OpticsError, positive};
use crate::{Distortion, DistortionDirection, LensState, SensorSize};

/// What the lens role carries for one frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LensRole {
    /// Name of the distortion model.
    pub model: &'static str,
    /// k1, k2, k3, p1, p2 of the spherical model; k1 to k6, p1, p2 of the Brown-Conrady ones. k1 to k3 stand above
    /// the line, k4 to k6 below it.
    pub distortion_parameters: Vec<f64>,
    /// Focal length over the sensor's width and height.
    pub fx_fy: [f64; 2],
    /// 0 to 1; 0.5 is the middle.
    pub principal_point: [f64; 2],
    /// How far off, in mm on the sensor, the worst point lands because the role has one centre where the lens has
    /// two. Zero for a lens whose centres coincide.
    pub baking_error_mm: f64,
}

/// The lens as Unreal is told.
///
/// # Errors
/// [`OpticsError::Missing`] without focal length or sensor; [`OpticsError::Number`] for numbers that cannot be.
pub fn lens_role(lens: &LensState) -> Result<LensRole, OpticsError> {
    let focal =
        positive("the focal length", lens.focal_length_mm.ok_or(OpticsError::Missing("focal length"))?)?;
    let sensor = lens.sensor.ok_or(OpticsError::Missing("sensor"))?;
    let (width, height) =
        (positive("the sensor width", sensor.width_mm)?, positive("the sensor height", sensor.height_mm)?);
    let [x, y] = lens.projection_offset_mm.unwrap_or_default();
    let (model, distortion_parameters) = parameters(lens.distortion.as_ref(), focal);
    Ok(LensRole {
        model,
        distortion_parameters,
        fx_fy: [focal / lens.squeeze() / width, focal / height],
        principal_point: [0.5 + x / width, 0.5 + y / height],
        baking_error_mm: baking_error(lens, sensor)?,
    })
}

fn parameters(distortion: Option<&Distortion>, focal: f64) -> (&'static str, Vec<f64>) {
    const SPHERICAL: &str = "Spherical";
    let Some(Distortion { direction, radial: [l1, l2, l3, l4, l5, l6], tangential: [p1, p2] }) = distortion
    else {
        return (SPHERICAL, vec![0.0; 5]);
    };
    let square = focal * focal;
    let [first, second, third] = [square, square * square, square * square * square];
    let above = [l1 * first, l3 * second, l5 * third];
    let below = [l2 * first, l4 * second, l6 * third];
    let tangential = [p1 * focal, p2 * focal];
    match direction {
        DistortionDirection::UndistortedToDistorted if below == [0.0; 3] => {
            (SPHERICAL, [&above[..], &tangential].concat())
        }
        DistortionDirection::UndistortedToDistorted => {
            ("Brown-Conrady U-D", [&above[..], &below, &tangential].concat())
        }
        DistortionDirection::DistortedToUndistorted => {
            ("Brown-Conrady D-U", [&above[..], &below, &tangential].concat())
        }
    }
}

/// The largest difference, over the sensor, between the lens and the same lens without its distortion offset. Points
/// that neither can map do not count.
fn baking_error(lens: &LensState, sensor: SensorSize) -> Result<f64, OpticsError> {
    const STEPS: i32 = 16;
    let (true_lens, baked) =
        (LensModel::new(lens)?, LensModel::new(&LensState { distortion_offset_mm: None, ..*lens })?);
    let along = |step: i32, side: f64| f64::from(2 * step - STEPS) / f64::from(2 * STEPS) * side;
    let mut most = 0.0_f64;
    for step in 0..(STEPS + 1) * (STEPS + 1) {
        let (column, row) = (step % (STEPS + 1), step / (STEPS + 1));
        let point = [along(column, sensor.width_mm), along(row, sensor.height_mm)];
        if let (Ok(a), Ok(b)) = (true_lens.distort(point), baked.distort(point)) {
            most = most.max(libm::hypot(a[0] - b[0], a[1] - b[1]));
        }
    }
    Ok(most)
}

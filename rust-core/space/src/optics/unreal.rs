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

/// A lens as a live stream carries it: what [`LensRole`] says, without the error, and without memory of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiveRole {
    /// Name of the distortion model.
    pub model: &'static str,
    /// As many of these as the model has count; the others are zero.
    pub parameters: [f64; 8],
    /// How many those are.
    pub count: usize,
    /// Focal length over the sensor's width and height.
    pub fx_fy: [f64; 2],
    /// 0 to 1; 0.5 is the middle.
    pub principal_point: [f64; 2],
}

/// The lens as Unreal is told.
///
/// # Errors
/// [`OpticsError::Missing`] without focal length or sensor; [`OpticsError::Number`] for numbers that cannot be.
pub fn lens_role(lens: &LensState) -> Result<LensRole, OpticsError> {
    let LiveRole { model, parameters, count, fx_fy, principal_point } = live_role(lens)?;
    let sensor = lens.sensor.ok_or(OpticsError::Missing("sensor"))?;
    Ok(LensRole {
        model,
        distortion_parameters: parameters[..count].to_vec(),
        fx_fy,
        principal_point,
        baking_error_mm: baking_error(lens, sensor)?,
    })
}

/// The lens for one sample of a live stream.
///
/// # Errors
/// As [`lens_role`].
pub fn live_role(lens: &LensState) -> Result<LiveRole, OpticsError> {
    let focal =
        positive("the focal length", lens.focal_length_mm.ok_or(OpticsError::Missing("focal length"))?)?;
    let sensor = lens.sensor.ok_or(OpticsError::Missing("sensor"))?;
    let (width, height) =
        (positive("the sensor width", sensor.width_mm)?, positive("the sensor height", sensor.height_mm)?);
    let [x, y] = lens.projection_offset_mm.unwrap_or_default();
    let (model, parameters, count) = parameters(lens.distortion.as_ref(), focal);
    Ok(LiveRole {
        model,
        parameters,
        count,
        fx_fy: [focal / lens.squeeze() / width, focal / height],
        principal_point: [0.5 + x / width, 0.5 + y / height],
    })
}

fn parameters(distortion: Option<&Distortion>, focal: f64) -> (&'static str, [f64; 8], usize) {
    const SPHERICAL: &str = "Spherical";
    let Some(Distortion { direction, radial: [l1, l2, l3, l4, l5, l6], tangential: [p1, p2] }) = distortion
    else {
        return (SPHERICAL, [0.0; 8], 5);
    };
    let square = focal * focal;
    let [first, second, third] = [square, square * square, square * square * square];
    let [k1, k2, k3] = [l1 * first, l3 * second, l5 * third];
    let below = [l2 * first, l4 * second, l6 * third];
    let [k4, k5, k6] = below;
    let [p1, p2] = [p1 * focal, p2 * focal];
    match direction {
        DistortionDirection::UndistortedToDistorted if below == [0.0; 3] => {
            (SPHERICAL, [k1, k2, k3, p1, p2, 0.0, 0.0, 0.0], 5)
        }
        DistortionDirection::UndistortedToDistorted => {
            ("Brown-Conrady U-D", [k1, k2, k3, k4, k5, k6, p1, p2], 8)
        }
        DistortionDirection::DistortedToUndistorted => {
            ("Brown-Conrady D-U", [k1, k2, k3, k4, k5, k6, p1, p2], 8)
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

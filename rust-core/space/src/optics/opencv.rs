//! OpenCV's camera matrix and distortion coefficients as a lens, and back.
//!
//! OpenCV's coefficients act on slopes (x/z), OpenLensIO's on millimetres: with F the focal length, radial terms of
//! r^2n are divided by F^2n, and the tangential terms by **F**. (They multiply products of two coordinates, of which
//! one F is the scale of the result.)

use serde::{Deserialize, Serialize};

use super::{OpticsError, finite, positive};
use crate::{Distortion, DistortionDirection, LensState, SensorSize};

/// A calibration as OpenCV gives it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// Focal lengths, pixels.
    pub fx: f64,
    /// Focal length down the picture, pixels.
    pub fy: f64,
    /// Principal point, pixels; see [`PixelOrigin`].
    pub cx: f64,
    /// Principal point, pixels down.
    pub cy: f64,
    /// k1 to k6 in OpenCV's numbering: k1, k2, k3 above the line, k4, k5, k6 below it.
    #[serde(default)]
    pub k: [f64; 6],
    /// p1, p2.
    #[serde(default)]
    pub p: [f64; 2],
    /// Width and height of the picture, pixels.
    pub image: [u32; 2],
}

/// Where pixel coordinates begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PixelOrigin {
    /// At the corner of the picture: its middle is (width / 2, height / 2). What OpenLensIO's conversion assumes.
    #[default]
    Corner,
    /// At the centre of the first pixel, as OpenCV's corner finders measure: half a pixel less.
    PixelCentre,
}

impl PixelOrigin {
    fn middle(self, pixels: u32) -> f64 {
        let middle = f64::from(pixels) * 0.5;
        match self {
            Self::Corner => middle,
            Self::PixelCentre => middle - 0.5,
        }
    }
}

/// Focal lengths that differ by less than this, relatively, are one.
const SAME: f64 = 1e-9;

/// The lens of an OpenCV calibration on a sensor of this size. Where the two focal lengths differ in millimetres, the
/// difference is kept, exactly, as the squeeze; [`LensState::squeeze`] shows it.
///
/// # Errors
/// [`OpticsError::Number`] for numbers that no lens has.
pub fn to_lens(camera: &Camera, sensor: SensorSize, origin: PixelOrigin) -> Result<LensState, OpticsError> {
    let [width, height] = sides(camera.image)?;
    let pitch_x = positive("the sensor width", sensor.width_mm)? / width;
    let pitch_y = positive("the sensor height", sensor.height_mm)? / height;
    let across = positive("fx", camera.fx)? * pitch_x;
    let focal = positive("fy", camera.fy)? * pitch_y;
    let ratio = focal / across;
    let squeeze = (ratio - 1.0).abs() > SAME;
    let [k1, k2, k3, k4, k5, k6] = camera.k;
    let square = focal * focal;
    let [first, second, third] = [square, square * square, square * square * square];
    let distortion = Distortion {
        direction: DistortionDirection::UndistortedToDistorted,
        radial: [k1 / first, k4 / first, k2 / second, k5 / second, k3 / third, k6 / third],
        tangential: camera.p.map(|p| p / focal),
    };
    for value in distortion.radial.into_iter().chain(distortion.tangential) {
        finite("a distortion coefficient", value)?;
    }
    Ok(LensState {
        focal_length_mm: Some(focal),
        sensor: Some(sensor),
        anamorphic_squeeze: squeeze.then_some(ratio),
        projection_offset_mm: Some([
            finite("cx", camera.cx - origin.middle(camera.image[0]))? * pitch_x,
            finite("cy", camera.cy - origin.middle(camera.image[1]))? * pitch_y,
        ]),
        distortion: Some(distortion),
        ..LensState::default()
    })
}

/// The lens as OpenCV would say it, for a picture of `image` pixels.
///
/// # Errors
/// [`OpticsError::Missing`] without focal length or sensor; [`OpticsError::Number`] when the distortion runs the other
/// way or about another centre than the projection: OpenCV has no word for either.
pub fn from_lens(lens: &LensState, image: [u32; 2], origin: PixelOrigin) -> Result<Camera, OpticsError> {
    let [width, height] = sides(image)?;
    let focal =
        positive("the focal length", lens.focal_length_mm.ok_or(OpticsError::Missing("focal length"))?)?;
    let sensor = lens.sensor.ok_or(OpticsError::Missing("sensor"))?;
    let [per_x, per_y] = [
        width / positive("the sensor width", sensor.width_mm)?,
        height / positive("the sensor height", sensor.height_mm)?,
    ];
    let (mut k, mut p) = ([0.0; 6], [0.0; 2]);
    if let Some(distortion) = lens.distortion.filter(bends) {
        if distortion.direction != DistortionDirection::UndistortedToDistorted {
            return Err(OpticsError::Missing("distortion from undistorted to distorted, OpenCV's direction"));
        }
        if lens.distortion_offset_mm.is_some_and(|offset| offset != [0.0; 2]) {
            return Err(OpticsError::Missing("common centre of projection and distortion, as OpenCV needs"));
        }
        let [l1, l2, l3, l4, l5, l6] = distortion.radial;
        let square = focal * focal;
        let [first, second, third] = [square, square * square, square * square * square];
        k = [l1 * first, l3 * second, l5 * third, l2 * first, l4 * second, l6 * third];
        p = distortion.tangential.map(|q| q * focal);
    }
    let [x, y] = lens.projection_offset_mm.unwrap_or_default();
    Ok(Camera {
        fx: focal / lens.squeeze() * per_x,
        fy: focal * per_y,
        cx: x * per_x + origin.middle(image[0]),
        cy: y * per_y + origin.middle(image[1]),
        k,
        p,
        image,
    })
}

fn sides(image: [u32; 2]) -> Result<[f64; 2], OpticsError> {
    Ok([
        positive("the picture's width", f64::from(image[0]))?,
        positive("the picture's height", f64::from(image[1]))?,
    ])
}

fn bends(distortion: &Distortion) -> bool {
    distortion.radial != [0.0; 6] || distortion.tangential != [0.0; 2]
}

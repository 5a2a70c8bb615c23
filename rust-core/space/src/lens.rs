//! What is known of a lens at one moment.

use serde::{Deserialize, Serialize};

/// Everything a tracker may say about the lens. Absent means not said, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LensState {
    /// Pinhole focal length, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal_length_mm: Option<f64>,
    /// Active sensor, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensor: Option<SensorSize>,
    /// Focus distance, m; infinite where the lens says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus_distance_m: Option<f64>,
    /// f-number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f_stop: Option<f64>,
    /// T-number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t_stop: Option<f64>,
    /// Entrance pupil ahead of the sensor along the view direction, m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrance_pupil_m: Option<f64>,
    /// Encoder positions, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoders: Option<Encoders>,
    /// Encoder counts as the tracker sent them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_encoders: Option<RawEncoders>,
    /// Image centre against the sensor centre, mm (x right, y down).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projection_offset_mm: Option<[f64; 2]>,
    /// Distortion centre against the image centre, mm (x right, y down).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distortion_offset_mm: Option<[f64; 2]>,
    /// Distortion model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distortion: Option<Distortion>,
}

/// Active sensor area, mm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SensorSize {
    /// mm, greater than zero.
    pub width_mm: f64,
    /// mm, greater than zero.
    pub height_mm: f64,
}

/// Normalised encoder positions, each 0 to 1: focus 0 is far, iris 0 is open, zoom 0 is wide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Encoders {
    /// 0 far, 1 near.
    pub focus: Option<f64>,
    /// 0 open, 1 closed.
    pub iris: Option<f64>,
    /// 0 wide, 1 tele.
    pub zoom: Option<f64>,
}

/// Encoder counts as sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawEncoders {
    /// Focus ring counts.
    pub focus: Option<u32>,
    /// Iris ring counts.
    pub iris: Option<u32>,
    /// Zoom ring counts.
    pub zoom: Option<u32>,
}

/// OpenLensIO 1.0.1 distortion: radial terms alternate numerator and denominator, tangential p1, p2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distortion {
    /// Which way the model maps.
    pub direction: DistortionDirection,
    /// k1 to k6 (units mm^-2, mm^-4 ...); terms that were not given are zero, which changes nothing.
    pub radial: [f64; 6],
    /// p1, p2.
    pub tangential: [f64; 2],
}

/// Which way a distortion model maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DistortionDirection {
    /// Distorted image point to undistorted ("Brown-Conrady D-U").
    DistortedToUndistorted,
    /// Undistorted to distorted, OpenCV's direction ("Brown-Conrady U-D").
    UndistortedToDistorted,
}

impl LensState {
    /// Horizontal field of view in degrees, when focal length and sensor are known.
    pub fn horizontal_fov_degrees(&self) -> Option<f64> {
        let (focal, sensor) = (self.focal_length_mm?, self.sensor?);
        (focal > 0.0).then(|| 2.0 * libm::atan(sensor.width_mm / (2.0 * focal)).to_degrees())
    }
}

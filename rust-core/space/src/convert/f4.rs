//! Mo-Sys F4: centimetres in the stage's axes and signs; focal lengths in pixels of a 1920 wide image.

use glam::DVec3;

use crate::{Angle, PanTiltRoll, Pose};

/// Width of the image F4 counts its focal lengths and centre shifts in, pixels.
pub const IMAGE_WIDTH_PX: f64 = 1920.0;

/// What an F4 packet says of the camera, in its own units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// X right, Y forward, height, cm.
    pub position_cm: [f64; 3],
    /// Positive to the left, as the stage.
    pub pan: Angle,
    /// Positive up.
    pub tilt: Angle,
    /// Positive clockwise seen from behind the camera.
    pub roll: Angle,
}

/// The stage pose of a reading.
pub fn to_stage(reading: &Reading) -> Pose {
    let Reading { position_cm, pan, tilt, roll } = *reading;
    Pose::new(DVec3::from_array(position_cm) / 100.0, PanTiltRoll { pan, tilt, roll })
}

/// The reading an F4 tracker would give for a pose: pan and roll within half a turn, tilt within a quarter.
pub fn from_stage(pose: &Pose) -> Reading {
    let PanTiltRoll { pan, tilt, roll } = PanTiltRoll::from_quaternion(pose.rotation);
    Reading { position_cm: (pose.position * 100.0).to_array(), pan, tilt, roll }
}

/// Focal length in mm of `focal_px` (pixels of a 1920 wide image) on a sensor `sensor_width_mm` wide.
pub fn focal_length_mm(focal_px: f64, sensor_width_mm: f64) -> f64 {
    focal_px * sensor_width_mm / IMAGE_WIDTH_PX
}

/// The inverse of [`focal_length_mm`]: pixels of a 1920 wide image.
pub fn focal_px(focal_length_mm: f64, sensor_width_mm: f64) -> f64 {
    focal_length_mm * IMAGE_WIDTH_PX / sensor_width_mm
}

/// Horizontal field of view of `focal_px`; needs no sensor.
pub fn horizontal_fov(focal_px: f64) -> Angle {
    Angle::from_radians(2.0 * libm::atan2(IMAGE_WIDTH_PX, 2.0 * focal_px))
}

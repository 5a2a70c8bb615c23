//! FreeD: millimetres in the stage's axes, pan positive to the right.

use glam::DVec3;

use crate::{Angle, PanTiltRoll, Pose};

/// What a FreeD D1 message says of the camera, in its own units and signs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// X right, Y forward, Z up, mm.
    pub position_mm: [f64; 3],
    /// Positive to the **right** (clockwise from above): against the stage.
    pub pan: Angle,
    /// Positive up.
    pub tilt: Angle,
    /// Positive clockwise seen from behind the camera.
    pub roll: Angle,
}

/// The stage pose of a reading. Angles past a full turn, which the wire allows, mean what they say.
pub fn to_stage(reading: &Reading) -> Pose {
    let Reading { position_mm, pan, tilt, roll } = *reading;
    Pose::new(DVec3::from_array(position_mm) / 1000.0, PanTiltRoll { pan: -pan, tilt, roll })
}

/// The reading a FreeD tracker would give for a pose: pan and roll within half a turn, tilt within a quarter.
pub fn from_stage(pose: &Pose) -> Reading {
    let PanTiltRoll { pan, tilt, roll } = PanTiltRoll::from_quaternion(pose.rotation);
    Reading { position_mm: (pose.position * 1000.0).to_array(), pan: -pan, tilt, roll }
}

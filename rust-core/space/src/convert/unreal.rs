//! Unreal: centimetres, X forward, Y right, Z up (left-handed); `FRotator` degrees or quaternion.

use glam::{DQuat, DVec3};

use crate::{Angle, PanTiltRoll, Pose};

/// `FRotator`: yaw positive to the right, pitch up, roll clockwise seen from behind.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rotator {
    /// Up positive.
    pub pitch: Angle,
    /// Right positive: against the stage's pan.
    pub yaw: Angle,
    /// Clockwise from behind positive.
    pub roll: Angle,
}

/// `FTransform` without scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transform {
    /// X forward, Y right, Z up, cm.
    pub location_cm: [f64; 3],
    /// Quaternion X, Y, Z, W in Unreal's axes and sense.
    pub rotation_xyzw: [f64; 4],
}

/// The stage pose of a location (cm) and a rotator.
pub fn rotator_to_stage(location_cm: [f64; 3], rotator: &Rotator) -> Pose {
    let rotation = PanTiltRoll { pan: -rotator.yaw, tilt: rotator.pitch, roll: rotator.roll };
    Pose::new(location_to_stage(location_cm), rotation)
}

/// Location (cm) and rotator of a stage pose. For display: at pitch +-90 degrees all roll is given to yaw.
pub fn rotator_from_stage(pose: &Pose) -> ([f64; 3], Rotator) {
    let PanTiltRoll { pan, tilt, roll } = PanTiltRoll::from_quaternion(pose.rotation);
    (location_from_stage(pose.position), Rotator { pitch: tilt, yaw: -pan, roll })
}

/// The stage pose of a location (cm) and a quaternion, which need not be exactly of length 1.
pub fn to_stage(transform: &Transform) -> Pose {
    let [x, y, z, w] = transform.rotation_xyzw;
    Pose {
        position: location_to_stage(transform.location_cm),
        rotation: DQuat::from_xyzw(-y, -x, -z, w).normalize(),
    }
}

/// Location (cm) and quaternion of a stage pose: the form for engines, with no trap at any pitch.
pub fn from_stage(pose: &Pose) -> Transform {
    let r = pose.rotation;
    Transform { location_cm: location_from_stage(pose.position), rotation_xyzw: [-r.y, -r.x, -r.z, r.w] }
}

/// Metres on the stage of a location in cm.
pub fn location_to_stage([x, y, z]: [f64; 3]) -> DVec3 {
    DVec3::new(y, x, z) / 100.0
}

/// Location in cm of a position on the stage.
pub fn location_from_stage(position: DVec3) -> [f64; 3] {
    [position.y * 100.0, position.x * 100.0, position.z * 100.0]
}

//! Bevy and other Y-up renderers: metres, X right, Y up, Z backward (right-handed), single precision.
//!
//! For drawing only. A pose that goes through here loses digits, so nothing measured comes back this way.

pub use bevy_math::Isometry3d;

use bevy_math::{Quat, Vec3};
use glam::{DQuat, DVec3};

use crate::Pose;

/// The camera's isometry in the renderer's world: an unrotated stage camera has none.
pub fn from_stage(pose: &Pose) -> Isometry3d {
    let (p, r) = (pose.position, pose.rotation);
    // Stage axes to the renderer's: Y forward becomes -Z, Z up becomes Y. A turn about X, so w stays.
    let position = DVec3::new(p.x, p.z, -p.y).as_vec3();
    let rotation = DQuat::from_xyzw(r.x, r.z, -r.y, r.w).as_quat();
    Isometry3d::new(position, rotation.normalize())
}

/// The stage pose of a renderer's camera, as exact as single precision is.
pub fn to_stage(isometry: &Isometry3d) -> Pose {
    let (p, r): (Vec3, Quat) = (isometry.translation.into(), isometry.rotation);
    let (p, r) = (p.as_dvec3(), r.as_dquat());
    Pose { position: DVec3::new(p.x, -p.z, p.y), rotation: DQuat::from_xyzw(r.x, -r.z, r.y, r.w).normalize() }
}

//! PosiStageNet: metres, X right, Y up, Z depth (left-handed); orientation as axis times angle.

use glam::{DQuat, DVec3};
use serde::{Deserialize, Serialize};

use crate::{Pose, rotation};

/// Which way a positive angle turns about its axis. The protocol's document does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sense {
    /// The left hand's rule, natural in a left-handed frame.
    #[default]
    LeftHand,
    /// The right hand's rule.
    RightHand,
}

/// A direction or speed from PSN axes to the stage's; the same function is its own inverse.
pub fn swapped([x, y, z]: [f64; 3]) -> [f64; 3] {
    [x, z, y]
}

/// The stage position of a PSN position, m.
pub fn position_to_stage(position_m: [f64; 3]) -> DVec3 {
    DVec3::from_array(swapped(position_m))
}

/// The stage pose of a PSN position (m) and orientation (axis times angle, radians).
pub fn to_stage(position_m: [f64; 3], orientation_rad: [f64; 3], sense: Sense) -> Pose {
    let turned = rotation::from_vector(DVec3::from_array(swapped(orientation_rad)));
    Pose { position: position_to_stage(position_m), rotation: in_sense(turned, sense) }
}

/// PSN position (m) and orientation (axis times angle, radians, at most half a turn) of a stage pose.
pub fn from_stage(pose: &Pose, sense: Sense) -> ([f64; 3], [f64; 3]) {
    let vector = rotation::to_vector(in_sense(pose.rotation, sense));
    (swapped(pose.position.to_array()), swapped(vector.to_array()))
}

/// Swapping two axes mirrors space, and a mirror turns left-hand turns into right-hand ones.
fn in_sense(rotation: DQuat, sense: Sense) -> DQuat {
    match sense {
        Sense::LeftHand => rotation.conjugate(),
        Sense::RightHand => rotation,
    }
}

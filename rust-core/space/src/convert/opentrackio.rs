//! OpenTrackIO: metres and degrees in the stage's own axes, as chains of transforms.

use glam::{DMat3, DQuat, DVec3};

use crate::{PanTiltRoll, Pose};

/// One link of a transform chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transform {
    /// Metres, in the frame of the link before.
    pub translation_m: [f64; 3],
    /// Pan positive to the left, tilt up, roll clockwise from behind: the stage's signs.
    pub rotation: PanTiltRoll,
    /// Scale of everything further in; `[1, 1, 1]` where the sender gives none.
    pub scale: [f64; 3],
}

impl Default for Transform {
    fn default() -> Self {
        Self { translation_m: [0.0; 3], rotation: PanTiltRoll::default(), scale: [1.0; 3] }
    }
}

/// The camera pose of a chain, outermost link (nearest the stage) first, sensor last.
///
/// Scale moves the links further in; a pose itself has none, so the innermost scale changes nothing.
/// An empty chain is the stage origin.
pub fn to_stage(chain: impl IntoIterator<Item = Transform>) -> Pose {
    let mut pose = Pose::IDENTITY;
    // The linear map so far, kept only once a link scales: rotations alone stay exact quaternions.
    let mut scaled: Option<DMat3> = None;
    for link in chain {
        let (translation, rotation) = (DVec3::from_array(link.translation_m), link.rotation.quaternion());
        pose.position += match scaled {
            Some(linear) => linear * translation,
            None => pose.rotation * translation,
        };
        let unscaled = link.scale == [1.0; 3];
        if scaled.is_some() || !unscaled {
            let before = scaled.unwrap_or_else(|| DMat3::from_quat(pose.rotation));
            let scale = DMat3::from_diagonal(DVec3::from_array(link.scale));
            scaled = Some(before * DMat3::from_quat(rotation) * scale);
        }
        pose.rotation = composed(pose.rotation, rotation);
    }
    pose
}

/// The single transform of a pose.
pub fn from_stage(pose: &Pose) -> Transform {
    Transform {
        translation_m: pose.position.to_array(),
        rotation: PanTiltRoll::from_quaternion(pose.rotation),
        scale: [1.0; 3],
    }
}

/// The first link's rotation passes through untouched, so that a chain of one keeps its bits.
fn composed(outer: DQuat, inner: DQuat) -> DQuat {
    if outer == DQuat::IDENTITY { inner } else { (outer * inner).normalize() }
}

//! OpenTrackIO: metres and degrees in the stage's own axes, as chains of transforms.

use glam::DVec3;

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
pub fn to_stage<C>(chain: C) -> Pose
where
    C: IntoIterator<Item = Transform, IntoIter: DoubleEndedIterator>,
{
    chain
        .into_iter()
        .rev()
        .fold(None, |inner: Option<Pose>, link| {
            let own = Pose::new(DVec3::from_array(link.translation_m), link.rotation);
            let scale = DVec3::from_array(link.scale);
            // The sensor's own link passes untouched, so that a chain of one keeps its bits.
            Some(inner.map_or(own, |inner| {
                own.then_inner(&Pose { position: inner.position * scale, rotation: inner.rotation })
            }))
        })
        .unwrap_or(Pose::IDENTITY)
}

/// The single transform of a pose.
pub fn from_stage(pose: &Pose) -> Transform {
    Transform {
        translation_m: pose.position.to_array(),
        rotation: PanTiltRoll::from_quaternion(pose.rotation),
        scale: [1.0; 3],
    }
}

//! Where a thing is and how it is turned.

use glam::{DQuat, DVec3};
use serde::{Deserialize, Serialize};

use crate::Angle;

/// Position and rotation of a subject in the stage frame (metres; X right, Y forward, Z up).
///
/// The rotation takes the subject's own axes to the stage's: an unrotated camera looks along +Y, +Z up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Metres.
    pub position: DVec3,
    /// Unit quaternion.
    pub rotation: DQuat,
}

/// Rotation as camera operators say it, applied intrinsically in the order pan, tilt, roll (Z, X, Y).
///
/// Positive pan turns left (X towards Y), positive tilt looks up, positive roll is clockwise seen from behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PanTiltRoll {
    /// About Z, positive to the left.
    pub pan: Angle,
    /// About X, positive up.
    pub tilt: Angle,
    /// About Y, positive clockwise from behind.
    pub roll: Angle,
}

impl Pose {
    /// At the origin, looking along +Y.
    pub const IDENTITY: Self = Self { position: DVec3::ZERO, rotation: DQuat::IDENTITY };

    /// A pose from its parts.
    pub fn new(position: DVec3, rotation: PanTiltRoll) -> Self {
        Self { position, rotation: rotation.quaternion() }
    }

    /// `inner` seen through this pose: first `inner`, then this one. Transform chains compose outermost first.
    #[must_use]
    pub fn then_inner(&self, inner: &Self) -> Self {
        Self {
            position: self.position + self.rotation * inner.position,
            rotation: (self.rotation * inner.rotation).normalize(),
        }
    }

    /// The same rotation, `metres` further along the view: from sensor to entrance pupil, and back when negative.
    #[must_use]
    pub fn ahead(&self, metres: f64) -> Self {
        Self { position: self.position + self.forward() * metres, rotation: self.rotation }
    }

    /// The pose that undoes this one: `pose.then_inner(&pose.inverse())` is the identity.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let rotation = self.rotation.conjugate();
        Self { position: -(rotation * self.position), rotation }
    }

    /// Whether every number is finite and the rotation a unit quaternion; what decoders check before they
    /// let a pose in.
    pub fn is_valid(&self) -> bool {
        self.position.is_finite() && (self.rotation.length_squared() - 1.0).abs() < 1e-6
    }

    /// Unit vector the camera looks along.
    pub fn forward(&self) -> DVec3 {
        self.rotation * DVec3::Y
    }

    /// Unit vector to the camera's right.
    pub fn right(&self) -> DVec3 {
        self.rotation * DVec3::X
    }

    /// Unit vector to the camera's top.
    pub fn up(&self) -> DVec3 {
        self.rotation * DVec3::Z
    }
}

impl PanTiltRoll {
    /// From degrees.
    pub const fn from_degrees(pan: f64, tilt: f64, roll: f64) -> Self {
        Self {
            pan: Angle::from_degrees(pan),
            tilt: Angle::from_degrees(tilt),
            roll: Angle::from_degrees(roll),
        }
    }

    /// The rotation Rz(pan) Rx(tilt) Ry(roll).
    pub fn quaternion(self) -> DQuat {
        let half = |angle: Angle| libm::sincos(angle.radians() * 0.5);
        let ((sp, cp), (st, ct), (sr, cr)) = (half(self.pan), half(self.tilt), half(self.roll));
        let about_z = DQuat::from_xyzw(0.0, 0.0, sp, cp);
        let about_x = DQuat::from_xyzw(st, 0.0, 0.0, ct);
        let about_y = DQuat::from_xyzw(0.0, sr, 0.0, cr);
        about_z * about_x * about_y
    }

    /// The angles of a rotation: tilt in -90 to 90, pan and roll in -180 to 180 degrees.
    ///
    /// Straight up or down pan and roll turn about the same line; all of it is then given to pan.
    pub fn from_quaternion(rotation: DQuat) -> Self {
        let (right, forward, up) = (rotation * DVec3::X, rotation * DVec3::Y, rotation * DVec3::Z);
        let tilt = libm::asin(forward.z.clamp(-1.0, 1.0));
        let (pan, roll) = if forward.z.abs() > 1.0 - 1e-12 {
            (libm::atan2(right.y, right.x), 0.0)
        } else {
            (libm::atan2(-forward.x, forward.y), libm::atan2(-right.z, up.z))
        };
        Self {
            pan: Angle::from_radians(pan),
            tilt: Angle::from_radians(tilt),
            roll: Angle::from_radians(roll),
        }
    }
}

#[cfg(test)]
mod tests;

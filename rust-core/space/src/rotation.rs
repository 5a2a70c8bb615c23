//! Rotations from axes and from rotation vectors, and back.
//!
//! Knows no convention: what the axes mean is said by the caller. Trigonometry by `libm` alone.

use glam::{DMat3, DQuat, DVec3};

/// Three directions that are no rotation: mirrored, flattened, or not finite.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the matrix is no rotation (determinant {determinant})")]
pub struct NotARotation {
    /// What the determinant was; a rotation has 1.
    pub determinant: f64,
}

impl cyclorama_outcome::Classify for NotARotation {
    fn kind(&self) -> cyclorama_outcome::Kind {
        cyclorama_outcome::Kind::User
    }
}

/// The rotation whose matrix has these columns: where the subject's X, Y and Z axes end up.
///
/// Lengths do not matter, so a scaled matrix is accepted, and slightly skewed axes are squared up, X first.
///
/// # Errors
/// [`NotARotation`] when the axes are mirrored, closer than about half a degree to a plane, or not finite.
pub fn from_axes(x: DVec3, y: DVec3, z: DVec3) -> Result<DQuat, NotARotation> {
    let unit = |axis: DVec3| axis / axis.length();
    let (x, y, z) = (unit(x), unit(y), unit(z));
    let determinant = DMat3::from_cols(x, y, z).determinant();
    // Written so that a NaN is refused too.
    if !matches!(determinant.partial_cmp(&0.01), Some(std::cmp::Ordering::Greater)) {
        return Err(NotARotation { determinant });
    }
    let y = unit(y - x * x.dot(y));
    Ok(DQuat::from_mat3(&DMat3::from_cols(x, y, x.cross(y))).normalize())
}

/// The rotation about `vector` by its length in radians.
pub fn from_vector(vector: DVec3) -> DQuat {
    let angle = vector.length();
    if angle < 1e-12 {
        // sin(angle/2) / angle is 1/2 to the last bit here.
        return DQuat::from_xyzw(vector.x * 0.5, vector.y * 0.5, vector.z * 0.5, 1.0).normalize();
    }
    let (sin, cos) = libm::sincos(angle * 0.5);
    let axis = vector * (sin / angle);
    DQuat::from_xyzw(axis.x, axis.y, axis.z, cos).normalize()
}

/// The axis of a rotation times its angle in radians, the short way: at most half a turn long.
pub fn to_vector(rotation: DQuat) -> DVec3 {
    let short = if rotation.w < 0.0 { -rotation } else { rotation };
    let axis = DVec3::new(short.x, short.y, short.z);
    let sin = axis.length();
    if sin < 1e-12 {
        return axis * 2.0;
    }
    axis * (2.0 * libm::atan2(sin, short.w) / sin)
}

/// The angle between two rotations in radians, 0 to half a turn.
pub fn angle_between(a: DQuat, b: DQuat) -> f64 {
    to_vector(a.conjugate() * b).length()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_rotation_vector_comes_back_while_it_is_shorter_than_half_a_turn(
            x in -1.8..1.8_f64, y in -1.8..1.8_f64, z in -1.8..1.8_f64,
        ) {
            let vector = DVec3::new(x, y, z);
            prop_assert!((to_vector(from_vector(vector)) - vector).length() < 1e-12);
            // Its negative turns alike, and must not come out as the long way round.
            prop_assert!((to_vector(-from_vector(vector)) - vector).length() < 1e-12);
        }

        #[test]
        fn tiny_rotation_vectors_keep_their_digits(x in -1e-11..1e-11_f64, y in -1e-11..1e-11_f64) {
            let vector = DVec3::new(x, y, 0.0);
            prop_assert!((to_vector(from_vector(vector)) - vector).length() <= 1e-15 * vector.length());
        }

        #[test]
        fn axes_give_the_rotation_they_came_from(
            x in -3.0..3.0_f64, y in -3.0..3.0_f64, z in -3.0..3.0_f64, scale in 1e-3..1e3_f64,
        ) {
            let rotation = from_vector(DVec3::new(x, y, z));
            let axis = |unit: DVec3| rotation * unit * scale;
            let again = from_axes(axis(DVec3::X), axis(DVec3::Y), axis(DVec3::Z)).expect("a rotation");
            prop_assert!(angle_between(rotation, again) < 1e-12);
        }
    }

    #[test]
    fn the_angle_between_a_rotation_and_its_negative_is_none() {
        let rotation = from_vector(DVec3::new(0.3, 0.2, -0.9));
        assert!(angle_between(rotation, -rotation) < 1e-15);
        assert!(
            (angle_between(DQuat::IDENTITY, rotation) - DVec3::new(0.3, 0.2, -0.9).length()).abs() < 1e-15
        );
    }

    #[test]
    fn flat_mirrored_and_broken_axes_are_no_rotation() {
        let (x, y, z) = (DVec3::X, DVec3::Y, DVec3::Z);
        assert!(from_axes(x, y, x + y).is_err());
        assert!(from_axes(x, z, y).is_err());
        assert!(from_axes(DVec3::ZERO, y, z).is_err());
        assert!(from_axes(x, y, DVec3::splat(f64::INFINITY)).is_err());
        assert_eq!(
            from_axes(x, y, DVec3::NEG_Z).expect_err("mirrored").to_string(),
            "the matrix is no rotation (determinant -1)"
        );
    }
}

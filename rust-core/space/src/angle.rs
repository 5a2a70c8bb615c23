//! Angles that know their unit.

use std::ops::{Add, Neg, Sub};

use serde::{Deserialize, Serialize};

/// An angle. Kept in degrees, as every tracker on a stage speaks, so that decoding is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Angle(f64);

impl Angle {
    /// From degrees.
    pub const fn from_degrees(degrees: f64) -> Self {
        Self(degrees)
    }

    /// From radians.
    pub fn from_radians(radians: f64) -> Self {
        Self(radians * (180.0 / std::f64::consts::PI))
    }

    /// In degrees.
    pub const fn degrees(self) -> f64 {
        self.0
    }

    /// In radians.
    pub fn radians(self) -> f64 {
        self.0 * (std::f64::consts::PI / 180.0)
    }

    /// Sine and cosine, the same bits on every machine.
    pub fn sin_cos(self) -> (f64, f64) {
        libm::sincos(self.radians())
    }

    /// The same direction in -180 (not included) to 180 degrees.
    #[must_use]
    pub fn wrapped(self) -> Self {
        let turn = libm::fmod(self.0, 360.0);
        Self(if turn > 180.0 {
            turn - 360.0
        } else if turn <= -180.0 {
            turn + 360.0
        } else {
            turn
        })
    }

    /// The same direction, with as many whole turns as bring it nearest to `other`: a pan that does not jump
    /// when it passes half a turn.
    #[must_use]
    pub fn unwrapped_near(self, other: Self) -> Self {
        Self(self.0 + 360.0 * libm::round((other.0 - self.0) / 360.0))
    }
}

impl Neg for Angle {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Add for Angle {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Angle {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn wrapping_keeps_the_direction_and_ends_within_half_a_turn(degrees in -1e5..1e5_f64) {
            let angle = Angle::from_degrees(degrees);
            let wrapped = angle.wrapped();
            prop_assert!(wrapped.degrees() > -180.0 && wrapped.degrees() <= 180.0);
            let turns = (degrees - wrapped.degrees()) / 360.0;
            prop_assert!((turns - turns.round()).abs() < 1e-9);
            prop_assert_eq!(wrapped.wrapped(), wrapped);
        }

        #[test]
        fn unwrapping_ends_within_half_a_turn_of_the_other(degrees in -180.0..180.0_f64, other in -1e4..1e4_f64) {
            let unwrapped = Angle::from_degrees(degrees).unwrapped_near(Angle::from_degrees(other));
            prop_assert!((unwrapped.degrees() - other).abs() <= 180.0 + 1e-9);
            let turns = (unwrapped.degrees() - degrees) / 360.0;
            prop_assert!((turns - turns.round()).abs() < 1e-9);
        }

        #[test]
        fn radians_come_back_as_degrees(degrees in -720.0..720.0_f64) {
            let again = Angle::from_radians(Angle::from_degrees(degrees).radians()).degrees();
            prop_assert!((again - degrees).abs() < 1e-12);
        }
    }

    #[test]
    fn half_a_turn_to_the_right_is_half_a_turn_to_the_left() {
        assert_eq!(Angle::from_degrees(-180.0).wrapped().degrees(), 180.0);
        assert_eq!(Angle::from_degrees(540.0).wrapped().degrees(), 180.0);
    }

    #[test]
    fn a_pan_that_passes_half_a_turn_does_not_jump() {
        let pan = Angle::from_degrees(-179.0).unwrapped_near(Angle::from_degrees(179.0));
        assert_eq!(pan.degrees(), 181.0);
    }

    #[test]
    fn an_angle_is_a_plain_number_of_degrees_in_files() {
        assert_eq!(serde_json::to_string(&Angle::from_degrees(12.5)).unwrap(), "12.5");
    }
}

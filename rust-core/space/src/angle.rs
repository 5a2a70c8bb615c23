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

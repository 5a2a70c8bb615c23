//! The anamorphic distortion of match-moving: "Anamorphic - Standard, Degree 4", both ways.
//!
//! Coordinates are film-back lengths divided by half its diagonal, x right, y **up**, the lens centre at the origin.
//! The map takes the distorted point to the undistorted one: turned into the axes of the cylinder, then each
//! coordinate by its own polynomial in r^2 and the even harmonics of the angle, then scaled by the two squeezes, then
//! turned back.

use glam::{DMat2, DVec2};
use serde::{Deserialize, Serialize};

use super::{OpticsError, finite, model::border, newton, positive};
use crate::{Angle, SensorSize};

/// The five terms of one coordinate: `1 + r^2 (c02 + c22 cos 2a) + r^4 (c04 + c24 cos 2a + c44 cos 4a)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terms {
    /// r^2.
    pub c02: f64,
    /// r^2 cos 2a.
    pub c22: f64,
    /// r^4.
    pub c04: f64,
    /// r^4 cos 2a.
    pub c24: f64,
    /// r^4 cos 4a.
    pub c44: f64,
}

/// The parameters as the match-move program names them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Degree4 {
    /// Terms of the horizontal coordinate.
    pub x: Terms,
    /// Terms of the vertical coordinate.
    pub y: Terms,
    /// How far the cylinder is turned against the film back; small.
    #[serde(default)]
    pub lens_rotation: Angle,
    /// Scale of x after the polynomial; 1 for none.
    #[serde(default = "one")]
    pub squeeze_x: f64,
    /// Scale of y after the polynomial.
    #[serde(default = "one")]
    pub squeeze_y: f64,
}

fn one() -> f64 {
    1.0
}

impl Default for Degree4 {
    /// No distortion at all.
    fn default() -> Self {
        let none = Terms::default();
        Self { x: none, y: none, lens_rotation: Angle::default(), squeeze_x: 1.0, squeeze_y: 1.0 }
    }
}

impl Degree4 {
    /// Whether all numbers are finite and the squeezes positive.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&self) -> Result<(), OpticsError> {
        for terms in [self.x, self.y] {
            for value in [terms.c02, terms.c22, terms.c04, terms.c24, terms.c44] {
                finite("an anamorphic term", value)?;
            }
        }
        finite("the lens rotation", self.lens_rotation.degrees())?;
        positive("the squeeze", self.squeeze_x)?;
        positive("the squeeze", self.squeeze_y).map(drop)
    }

    /// Whether the whole sensor, edge and corners included, can be mapped both ways.
    ///
    /// # Errors
    /// The first point that cannot be.
    pub fn covers(&self, sensor: SensorSize) -> Result<(), OpticsError> {
        border(sensor).map(|point| normalised(sensor, point)).try_for_each(|point| {
            self.distort(self.undistort(point)?)?;
            self.distort(point).map(drop)
        })
    }

    /// The undistorted point of a distorted one.
    ///
    /// # Errors
    /// [`OpticsError::NoInverse`] where the map folds back.
    pub fn undistort(&self, distorted: [f64; 2]) -> Result<[f64; 2], OpticsError> {
        let point = DVec2::from_array(distorted);
        let folded = OpticsError::NoInverse { x_mm: point.x, y_mm: point.y };
        self.with_slope(point).map(|(value, _)| value.to_array()).ok_or(folded)
    }

    /// The distorted point of an undistorted one: the inverse of [`Self::undistort`].
    ///
    /// # Errors
    /// [`OpticsError::NoInverse`] when none is found.
    pub fn distort(&self, undistorted: [f64; 2]) -> Result<[f64; 2], OpticsError> {
        let target = DVec2::from_array(undistorted);
        let none = OpticsError::NoInverse { x_mm: target.x, y_mm: target.y };
        // What the map does near its centre, undone, is a fair start.
        let turned = self.turned(target, -1.0) / DVec2::new(self.squeeze_x, self.squeeze_y);
        let start = self.turned(turned, 1.0);
        let found = newton::solve(start, target, |point| self.with_slope(point))
            .or_else(|| newton::solve(DVec2::ZERO, target, |point| self.with_slope(point)));
        found.map(|point| point.to_array()).ok_or(none)
    }

    /// The value and the slope where the map is one-to-one.
    fn with_slope(&self, point: DVec2) -> Option<(DVec2, DMat2)> {
        let DVec2 { x, y } = self.turned(point, -1.0);
        let (ratio_x, ratio_y) = (ratio(&self.x, x, y), ratio(&self.y, x, y));
        let straight = DVec2::new(x * ratio_x[0] * self.squeeze_x, y * ratio_y[0] * self.squeeze_y);
        let slope = DMat2::from_cols(
            DVec2::new((ratio_x[0] + x * ratio_x[1]) * self.squeeze_x, y * ratio_y[1] * self.squeeze_y),
            DVec2::new(x * ratio_x[2] * self.squeeze_x, (ratio_y[0] + y * ratio_y[2]) * self.squeeze_y),
        );
        let (sin, cos) = self.lens_rotation.sin_cos();
        let turn = DMat2::from_cols(DVec2::new(cos, sin), DVec2::new(-sin, cos));
        let slope = turn * slope * turn.transpose();
        let value = self.turned(straight, 1.0);
        (value.is_finite() && slope.determinant() > 0.0).then_some((value, slope))
    }

    fn turned(&self, point: DVec2, sense: f64) -> DVec2 {
        let (sin, cos) = self.lens_rotation.sin_cos();
        let sin = sin * sense;
        DVec2::new(point.x * cos - point.y * sin, point.x * sin + point.y * cos)
    }
}

/// The ratio of [`Terms`] at (x, y) and its derivatives by x and y. The harmonics are polynomials:
/// `r^2 cos 2a = x^2 - y^2`, `r^4 cos 4a = x^4 - 6 x^2 y^2 + y^4`.
fn ratio(terms: &Terms, x: f64, y: f64) -> [f64; 3] {
    let Terms { c02, c22, c04, c24, c44 } = *terms;
    let (square, twice) = (x * x + y * y, x * x - y * y);
    let fourth = x * x * x * x - 6.0 * x * x * y * y + y * y * y * y;
    let value = 1.0 + c02 * square + c22 * twice + square * (c04 * square + c24 * twice) + c44 * fourth;
    let along = 2.0 * x * (c02 + c22 + 2.0 * c04 * square + c24 * (twice + square))
        + c44 * (4.0 * x * x * x - 12.0 * x * y * y);
    let across = 2.0 * y * (c02 - c22 + 2.0 * c04 * square + c24 * (twice - square))
        + c44 * (4.0 * y * y * y - 12.0 * x * x * y);
    [value, along, across]
}

/// A point on the sensor (mm, y down) in the coordinates of [`Degree4`].
pub fn normalised(sensor: SensorSize, sensor_mm: [f64; 2]) -> [f64; 2] {
    let half = half_diagonal(sensor);
    [sensor_mm[0] / half, -sensor_mm[1] / half]
}

/// The inverse of [`normalised`].
pub fn on_sensor(sensor: SensorSize, normalised: [f64; 2]) -> [f64; 2] {
    let half = half_diagonal(sensor);
    [normalised[0] * half, -normalised[1] * half]
}

fn half_diagonal(sensor: SensorSize) -> f64 {
    0.5 * libm::hypot(sensor.width_mm, sensor.height_mm)
}

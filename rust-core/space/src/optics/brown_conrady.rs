//! The Brown-Conrady map of OpenLensIO, its inverse, and the circle inside which both mean something.
//!
//! With r the distance from the distortion centre:
//! `x' = x R + 2 p1 x y + p2 (r^2 + 2 x^2)`, `y' = y R + 2 p2 x y + p1 (r^2 + 2 y^2)`,
//! `R = (1 + k1 r^2 + k3 r^4 + k5 r^6) / (1 + k2 r^2 + k4 r^4 + k6 r^6)`.

use glam::{DMat2, DVec2};

use super::{OpticsError, finite, newton, roots};
use crate::Distortion;

/// One map of the plane, about the distortion centre, in millimetres. It does not know which way it is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrownConrady {
    /// k1, k3, k5 and k2, k4, k6, each after a 1.
    numerator: [f64; 4],
    denominator: [f64; 4],
    tangential: [f64; 2],
    field_mm: f64,
}

/// A map that is one-to-one up to here, mm, is so for every sensor there is.
const FURTHEST_MM: f64 = 1e4;

impl BrownConrady {
    /// The map with these coefficients.
    ///
    /// # Errors
    /// [`OpticsError::Number`] when one is not finite.
    pub fn new(distortion: &Distortion) -> Result<Self, OpticsError> {
        for value in distortion.radial {
            finite("a radial term", value)?;
        }
        for value in distortion.tangential {
            finite("a tangential term", value)?;
        }
        let [k1, k2, k3, k4, k5, k6] = distortion.radial;
        let (numerator, denominator) = ([1.0, k1, k3, k5], [1.0, k2, k4, k6]);
        let field_mm = field(numerator, denominator);
        Ok(Self { numerator, denominator, tangential: distortion.tangential, field_mm })
    }

    /// Radius in mm, before the map, up to which its radial part grows. Infinite when it always does.
    pub fn field_mm(&self) -> f64 {
        self.field_mm
    }

    /// Where `point` goes, mm from the distortion centre.
    ///
    /// # Errors
    /// [`OpticsError::OutsideField`] where the map folds back or its denominator nears zero.
    pub fn forward(&self, point: DVec2) -> Result<DVec2, OpticsError> {
        let outside = OpticsError::OutsideField { radius_mm: point.length(), limit_mm: self.field_mm };
        self.with_slope(point).map(|(value, _)| value).ok_or(outside)
    }

    /// Where `value` came from: the inverse of [`Self::forward`].
    ///
    /// # Errors
    /// [`OpticsError::OutsideField`] when no point inside the field goes there; [`OpticsError::NoInverse`] when none
    /// is found.
    pub fn inverse(&self, value: DVec2) -> Result<DVec2, OpticsError> {
        let radius = finite("a coordinate", value.length())?;
        if radius == 0.0 && self.tangential == [0.0; 2] {
            return Ok(value);
        }
        let start = if radius == 0.0 { value } else { value * (self.radius_before(radius)? / radius) };
        if self.tangential == [0.0; 2] {
            return Ok(start);
        }
        newton::solve(start, value, |point| self.with_slope(point))
            .ok_or(OpticsError::NoInverse { x_mm: value.x, y_mm: value.y })
    }

    /// The value and the slope, where the map is one-to-one.
    fn with_slope(&self, point: DVec2) -> Option<(DVec2, DMat2)> {
        let square = point.length_squared();
        // Written so that a NaN is refused too.
        if !matches!(point.length().partial_cmp(&self.field_mm), Some(std::cmp::Ordering::Less)) {
            return None;
        }
        let ([x, y], [p1, p2]) = (point.to_array(), self.tangential);
        let (ratio, change) = self.ratio(square);
        let value = DVec2::new(
            x * ratio + 2.0 * p1 * x * y + p2 * (square + 2.0 * x * x),
            y * ratio + 2.0 * p2 * x * y + p1 * (square + 2.0 * y * y),
        );
        // d(ratio)/dx = change * 2x.
        let mixed = 2.0 * x * y * change + 2.0 * p1 * x + 2.0 * p2 * y;
        let slope = DMat2::from_cols(
            DVec2::new(ratio + 2.0 * x * x * change + 2.0 * p1 * y + 6.0 * p2 * x, mixed),
            DVec2::new(mixed, ratio + 2.0 * y * y * change + 2.0 * p2 * x + 6.0 * p1 * y),
        );
        (value.is_finite() && slope.determinant() > 0.0).then_some((value, slope))
    }

    /// R at r^2 = `square`, and its derivative by r^2.
    fn ratio(&self, square: f64) -> (f64, f64) {
        let slope = |c: [f64; 4]| roots::value(&[c[1], 2.0 * c[2], 3.0 * c[3]], square);
        let above = roots::value(&self.numerator, square);
        let below = roots::value(&self.denominator, square);
        (above / below, (slope(self.numerator) * below - above * slope(self.denominator)) / (below * below))
    }

    /// The radius that the radial part brings to `target`, by bisection and Newton inside the field.
    fn radius_before(&self, target: f64) -> Result<f64, OpticsError> {
        let grown = |radius: f64| radius * self.ratio(radius * radius).0;
        let mut low = 0.0;
        let mut high = if self.field_mm.is_finite() { self.field_mm * (1.0 - 1e-9) } else { FURTHEST_MM };
        let most = grown(high);
        if most < target {
            return Err(OpticsError::OutsideField { radius_mm: target, limit_mm: most });
        }
        let mut radius = target.min(high);
        for _ in 0..200 {
            let (ratio, change) = self.ratio(radius * radius);
            let over = radius * ratio - target;
            if over > 0.0 {
                high = radius;
            } else {
                low = radius;
            }
            let newton = radius - over / (ratio + 2.0 * radius * radius * change);
            let next = if newton > low && newton < high { newton } else { low + (high - low) * 0.5 };
            if (next - radius).abs() <= f64::EPSILON * radius {
                return Ok(next);
            }
            radius = next;
        }
        Ok(radius)
    }
}

/// Where r R stops growing or R has a pole: the first sign change of
/// `(N + 2 s N') D - 2 s N D'` (the numerator of its slope, s = r^2) or of `D`.
fn field(numerator: [f64; 4], denominator: [f64; 4]) -> f64 {
    let times_slope = |c: [f64; 4]| [0.0, 2.0 * c[1], 4.0 * c[2], 6.0 * c[3]];
    let grown: [f64; 4] = std::array::from_fn(|n| numerator[n] + times_slope(numerator)[n]);
    let rising: [f64; 7] = roots::product(grown, denominator);
    let falling: [f64; 7] = roots::product(numerator, times_slope(denominator));
    let slope: [f64; 7] = std::array::from_fn(|n| rising[n] - falling[n]);
    let limit = FURTHEST_MM * FURTHEST_MM;
    [roots::first_positive(&slope, limit), roots::first_positive(&denominator, limit)]
        .into_iter()
        .flatten()
        .fold(f64::INFINITY, f64::min)
        .sqrt()
}

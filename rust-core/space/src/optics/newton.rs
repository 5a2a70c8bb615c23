//! Newton's method in the plane, with an honest end.

use glam::{DMat2, DVec2};

/// A step smaller than this, relative to the point, is the end.
const SMALL_STEP: f64 = 1e-15;
/// What may be left, relative to the target, for the point to count as found.
const RESIDUAL: f64 = 1e-12;
const MOST_STEPS: usize = 60;

/// Finds `p` with `map(p) = target`, from `start` on. `map` gives the value and the slope, or `None` where it is not
/// defined or turned over; such a step is halved. `None` when it does not converge.
pub(super) fn solve(
    start: DVec2,
    target: DVec2,
    map: impl Fn(DVec2) -> Option<(DVec2, DMat2)>,
) -> Option<DVec2> {
    let mut point = start;
    let (mut value, mut slope) = map(point)?;
    for _ in 0..MOST_STEPS {
        let rest = target - value;
        let mut step = slope.inverse() * rest;
        if !step.is_finite() {
            return None;
        }
        if step.length() <= SMALL_STEP * (1.0 + point.length()) {
            break;
        }
        let mut tried = map(point + step);
        for _ in 0..MOST_STEPS {
            match tried {
                Some((value, _)) if (target - value).length() < rest.length() => break,
                _ => step *= 0.5,
            }
            tried = map(point + step);
        }
        match tried {
            Some((next, next_slope)) if (target - next).length() < rest.length() => {
                (point, value, slope) = (point + step, next, next_slope);
            }
            // No smaller step helps: the rest is rounding, or there is no solution here.
            _ => break,
        }
    }
    ((target - value).length() <= RESIDUAL * (1.0 + target.length())).then_some(point)
}

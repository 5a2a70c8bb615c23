//! Poses and values between samples.
//!
//! Works on the samples it is given and never looks past their ends: prediction is another matter, and lives
//! with the trackers. Trigonometry by `libm`, so that a path evaluates to the same bits everywhere.

use bevy_math::VectorSpace;
use glam::{DQuat, DVec3};

use crate::{Encoders, LensState, Pose};

/// `rotation` or its negative, whichever is nearer to `reference`. Both turn alike; only one blends well.
pub fn same_hemisphere(rotation: DQuat, reference: DQuat) -> DQuat {
    if rotation.dot(reference) < 0.0 { -rotation } else { rotation }
}

/// From `a` (at 0) to `b` (at 1) by the shorter arc at constant speed.
pub fn slerp(a: DQuat, b: DQuat, at: f64) -> DQuat {
    let b = same_hemisphere(b, a);
    // The angle from sum and difference keeps its digits where acos of the dot product loses them.
    let half = libm::atan2((b - a).length(), (b + a).length());
    let angle = 2.0 * half;
    let sin = libm::sin(angle);
    if sin < 1e-9 {
        return nlerp(a, b, at);
    }
    (a * (libm::sin((1.0 - at) * angle) / sin) + b * (libm::sin(at * angle) / sin)).normalize()
}

/// From `a` (at 0) to `b` (at 1) by the shorter arc, a little slower at the ends. Good for small steps.
pub fn nlerp(a: DQuat, b: DQuat, at: f64) -> DQuat {
    let b = same_hemisphere(b, a);
    (a * (1.0 - at) + b * at).normalize()
}

/// The cubic through `from` and `to` with these slopes (change over the whole interval), at 0 to 1.
pub fn hermite<V: VectorSpace<Scalar = f64>>(from: V, slope_from: V, to: V, slope_to: V, at: f64) -> V {
    let (square, cube) = (at * at, at * at * at);
    from * (2.0 * cube - 3.0 * square + 1.0)
        + slope_from * (cube - 2.0 * square + at)
        + to * (3.0 * square - 2.0 * cube)
        + slope_to * (cube - square)
}

/// A value at its time, in seconds from any zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Keyed<V> {
    /// Seconds.
    pub time: f64,
    /// The value at that time.
    pub value: V,
}

/// The value at `time`, between `from` and `to`, on the cubic that also respects their neighbours.
///
/// Slopes come from the three samples around each end, weighted by the spacing, so that unevenly spaced
/// samples of a parabola give the parabola back. Where a neighbour is missing the slope is the interval's
/// own (or continues the curve). `time` outside the interval is taken as its nearer end.
pub fn cubic<V: VectorSpace<Scalar = f64>>(
    before: Option<Keyed<V>>,
    from: Keyed<V>,
    to: Keyed<V>,
    after: Option<Keyed<V>>,
    time: f64,
) -> V {
    let span = to.time - from.time;
    if span <= 0.0 {
        return if time < from.time { from.value } else { to.value };
    }
    let at = ((time - from.time) / span).clamp(0.0, 1.0);
    let chord = (to.value - from.value) / span;
    // Slope at `middle`, from the chords on its two sides. Each counts by the length of the other side.
    let slope = |middle: Keyed<V>, outer: Option<Keyed<V>>| {
        let Some(outer) = outer else { return chord };
        let length = (middle.time - outer.time).abs();
        if length <= 0.0 {
            return chord;
        }
        let outer_chord = (middle.value - outer.value) / (middle.time - outer.time);
        (outer_chord * span + chord * length) / (span + length)
    };
    hermite(from.value, slope(from, before) * span, to.value, slope(to, after) * span, at)
}

/// The pose at `time` between `from` and `to`: position on the [`cubic`], rotation by [`slerp`].
pub fn pose(
    before: Option<Keyed<Pose>>,
    from: Keyed<Pose>,
    to: Keyed<Pose>,
    after: Option<Keyed<Pose>>,
    time: f64,
) -> Pose {
    let position = |key: Keyed<Pose>| Keyed::<DVec3> { time: key.time, value: key.value.position };
    let span = to.time - from.time;
    let at =
        if span > 0.0 { ((time - from.time) / span).clamp(0.0, 1.0) } else { f64::from(time >= to.time) };
    Pose {
        position: cubic(before.map(position), position(from), position(to), after.map(position), time),
        rotation: slerp(from.value.rotation, to.value.rotation, at),
    }
}

/// The lens between `a` (at 0) and `b` (at 1).
///
/// Focus distance goes by its reciprocal, as focus rings do and so that infinity is a place; the rest in a
/// straight line. What only one of them says, and what has no in-between (sensor, squeeze, encoder counts,
/// the direction of the distortion), is the nearer one's.
pub fn lens(a: &LensState, b: &LensState, at: f64) -> LensState {
    let near = if at < 0.5 { a } else { b };
    LensState {
        focal_length_mm: blend(a.focal_length_mm, b.focal_length_mm, near.focal_length_mm, at),
        sensor: near.sensor,
        anamorphic_squeeze: near.anamorphic_squeeze,
        focus_distance_m: match (a.focus_distance_m, b.focus_distance_m) {
            (Some(a), Some(b)) if a != b && a > 0.0 && b > 0.0 => Some(1.0 / line(1.0 / a, 1.0 / b, at)),
            _ => near.focus_distance_m,
        },
        f_stop: blend(a.f_stop, b.f_stop, near.f_stop, at),
        t_stop: blend(a.t_stop, b.t_stop, near.t_stop, at),
        entrance_pupil_m: blend(a.entrance_pupil_m, b.entrance_pupil_m, near.entrance_pupil_m, at),
        encoders: match (a.encoders, b.encoders, near.encoders) {
            (Some(a), Some(b), Some(near)) => Some(Encoders {
                focus: blend(a.focus, b.focus, near.focus, at),
                iris: blend(a.iris, b.iris, near.iris, at),
                zoom: blend(a.zoom, b.zoom, near.zoom, at),
            }),
            (_, _, near) => near,
        },
        raw_encoders: near.raw_encoders,
        projection_offset_mm: blend_all(a.projection_offset_mm, b.projection_offset_mm, at)
            .or(near.projection_offset_mm),
        distortion_offset_mm: blend_all(a.distortion_offset_mm, b.distortion_offset_mm, at)
            .or(near.distortion_offset_mm),
        distortion: match (a.distortion, b.distortion) {
            (Some(a), Some(b)) if a.direction == b.direction => Some(crate::Distortion {
                direction: a.direction,
                radial: line_all(a.radial, b.radial, at),
                tangential: line_all(a.tangential, b.tangential, at),
            }),
            _ => near.distortion,
        },
    }
}

/// A straight line that is exact at both ends, and between equal ends.
fn line(a: f64, b: f64, at: f64) -> f64 {
    if at >= 1.0 { b } else { a + (b - a) * at }
}

fn line_all<const N: usize>(a: [f64; N], b: [f64; N], at: f64) -> [f64; N] {
    std::array::from_fn(|i| line(a[i], b[i], at))
}

fn blend(a: Option<f64>, b: Option<f64>, near: Option<f64>, at: f64) -> Option<f64> {
    a.zip(b).map_or(near, |(a, b)| Some(line(a, b, at)))
}

fn blend_all<const N: usize>(a: Option<[f64; N]>, b: Option<[f64; N]>, at: f64) -> Option<[f64; N]> {
    a.zip(b).map(|(a, b)| line_all(a, b, at))
}

#[cfg(test)]
mod tests;

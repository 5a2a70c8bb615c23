//! Poses and values between samples.
//!
//! Works on the samples it is given and never looks past their ends: prediction is another matter, and lives
//! with the trackers. Trigonometry by `libm`, so that a path evaluates to the same bits everywhere.

use bevy_math::VectorSpace;
use glam::{DQuat, DVec3};

use crate::Pose;

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

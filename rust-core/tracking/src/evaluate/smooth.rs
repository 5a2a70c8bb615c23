//! Takes tracker noise out of a finished path without delaying it.

use cyclorama_space::{DQuat, DVec3, interpolate::same_hemisphere};

use crate::CameraFrame;

/// How much to smooth: the width of a bell around each frame, which looks as far ahead as back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smoothing {
    /// Standard deviation in frames; 1 to 3 takes out noise, more takes out intention. At most 100.
    pub frames: f64,
}

/// Smooths poses; lens and labels stay. At the ends the bell is cut evenly on both sides, so that the first and
/// the last pose stay where they were measured.
pub(super) fn apply(frames: &mut [CameraFrame], smoothing: Smoothing) {
    let width = smoothing.frames.clamp(0.0, 100.0);
    if width.is_nan() || width <= 0.0 {
        return;
    }
    let reach = libm::ceil(3.0 * width) as usize;
    let bell: Vec<f64> = (0..=reach)
        .map(|distance| {
            // The factor beside the bell keeps curves as they are, which a bell alone would cut short.
            let square = (distance as f64 / width) * (distance as f64 / width);
            libm::exp(-0.5 * square) * (1.5 - 0.5 * square)
        })
        .collect();
    let poses: Vec<_> = frames.iter().map(|frame| frame.pose).collect();
    for (index, frame) in frames.iter_mut().enumerate() {
        let reach = reach.min(index).min(poses.len() - 1 - index);
        let middle = poses[index].rotation;
        let (mut position, mut turn, mut total) = (DVec3::ZERO, DVec3::ZERO, 0.0);
        for (offset, pose) in poses[index - reach..=index + reach].iter().enumerate() {
            let weight = bell[offset.abs_diff(reach)];
            position += pose.position * weight;
            turn += logarithm(middle.conjugate() * pose.rotation) * weight;
            total += weight;
        }
        frame.pose.position = position / total;
        frame.pose.rotation = (middle * exponential(turn / total)).normalize();
    }
}

/// A small rotation as axis times half angle.
fn logarithm(rotation: DQuat) -> DVec3 {
    let rotation = same_hemisphere(rotation, DQuat::IDENTITY);
    let axis = DVec3::new(rotation.x, rotation.y, rotation.z);
    let length = axis.length();
    if length < 1e-12 { axis } else { axis * (libm::atan2(length, rotation.w) / length) }
}

/// The inverse of [`logarithm`].
fn exponential(half: DVec3) -> DQuat {
    let angle = half.length();
    let (sin, cos) = libm::sincos(angle);
    let axis = if angle < 1e-12 { half } else { half * (sin / angle) };
    DQuat::from_xyzw(axis.x, axis.y, axis.z, cos)
}

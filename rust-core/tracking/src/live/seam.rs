//! From one view of a subject to another without a step: the difference at the moment of change fades out.

use cyclorama_space::{DQuat, DVec3, Pose, interpolate, rotation};
use cyclorama_time::StageTime;

/// How fast a difference fades: metres and radians per second on average. Slow beside any camera move, and slow
/// enough to be invisible on a still one.
const SPEED: (f64, f64) = (0.05, 0.03);
/// It takes between this and this many seconds.
const SHORTEST: f64 = 0.25;
const LONGEST: f64 = 5.0;

/// A fading difference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seam {
    from: StageTime,
    nanos: f64,
    position: DVec3,
    rotation: DQuat,
}

impl Seam {
    /// So that what was `before` goes on from there although it is `after` now.
    pub(super) fn new(from: StageTime, before: &Pose, after: &Pose) -> Self {
        let position = before.position - after.position;
        let rotation = (before.rotation * after.rotation.conjugate()).normalize();
        let turned = rotation::to_vector(rotation).length();
        let seconds = (position.length() / SPEED.0).max(turned / SPEED.1).clamp(SHORTEST, LONGEST);
        Self { from, nanos: seconds * 1e9, position, rotation }
    }

    /// The pose with what is left of the difference.
    pub(super) fn apply(&self, at: StageTime, pose: &Pose) -> Pose {
        let passed = (at.nanos_since(self.from) as f64 / self.nanos).clamp(0.0, 1.0);
        // Starts and ends gently.
        let left = 1.0 - passed * passed * (3.0 - 2.0 * passed);
        let turned = interpolate::slerp(DQuat::IDENTITY, self.rotation, left);
        Pose {
            position: pose.position + self.position * left,
            rotation: (turned * pose.rotation).normalize(),
        }
    }

    pub(super) fn is_over(&self, at: StageTime) -> bool {
        at.nanos_since(self.from) as f64 >= self.nanos
    }
}

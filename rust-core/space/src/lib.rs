//! Space as the stage sees it: poses, axes, units, lens state.
//!
//! Inside Cyclorama everything is metres, right-handed, X right, Y forward, Z up (OpenTrackIO's frame), f64.
//! Other conventions are met at the edge, in [`convert`], once. Trigonometry goes through `libm`, so that a
//! take replays the same on every machine.

mod angle;
pub mod convert;
pub mod interpolate;
pub mod lens;
pub mod optics;
mod pose;
pub mod rotation;

pub use angle::Angle;
pub use glam::{DMat3, DQuat, DVec2, DVec3};
pub use lens::{Distortion, DistortionDirection, Encoders, LensState, RawEncoders, SensorSize};
pub use pose::{PanTiltRoll, Pose};
pub use rotation::NotARotation;

//! Conversions between the stage frame and other conventions, one table each.
//!
//! Every table is a pair `to_stage` / `from_stage` over plain numbers whose names carry their unit. They meet
//! wire formats and files only through those numbers: no table reads a packet or knows a protocol's bytes.
//!
//! | table | position | camera looks along | up | handed | rotation |
//! |---|---|---|---|---|---|
//! | stage | m | +Y | +Z | right | pan left, tilt up, roll clockwise from behind |
//! | [`opentrackio`] | m | +Y | +Z | right | as the stage; chains, outermost first |
//! | [`freed`] | mm | +Y | +Z | right | pan **right**, tilt up, roll clockwise |
//! | [`f4`] | cm | +Y | +Z | right | as the stage |
//! | [`psn`] | m | +Z | +Y | left | axis times angle, sense is a setting |
//! | [`opencv`] | m | +Z | -Y | right | matrix, or the inverse as a Rodrigues vector |
//! | [`unreal`] | cm | +X | +Z | left | pitch, yaw, roll, or quaternion |
//! | [`usd`] | cm | -Z of the camera | +Y of the camera | right | 4x4 matrix on row vectors |
//! | [`bevy`] | m | -Z | +Y | right | single-precision isometry |

pub mod bevy;
pub mod f4;
pub mod freed;
pub mod opencv;
pub mod opentrackio;
pub mod psn;
pub mod unreal;
pub mod usd;

#[cfg(test)]
mod tests;

//! Time as a stage speaks of it: frame rates, frame numbers, timecode, and who may tell the present.
//!
//! Stage, sender and engine time are different types, so that one is never taken for another.
//! This crate never reads a clock: it defines [`Clock`], and a [`VirtualClock`] that is told the time.

mod clock;
mod instant;
mod rate;
mod timecode;

pub use clock::{Clock, VirtualClock};
pub use instant::{EngineTime, SenderTime, StageTime, UtcTime};
pub use rate::{FrameNumber, FrameRate, RateError};
pub use timecode::{Timecode, TimecodeError};

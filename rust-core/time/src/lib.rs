//! Time as a stage speaks of it: frame rates, frame numbers, timecode, and who may tell the present.
//!
//! Stage, sender and engine time are different types, so that one is never taken for another.
//! This crate never reads a clock: it defines [`Clock`], and a [`VirtualClock`] that is told the time.
//!
//! Rates are exact fractions and frames are integers, so a day of 29.97 is as exact as its first second:
//!
//! ```
//! use cyclorama_time::{FrameNumber, FrameRate, Timecode};
//!
//! let rate: FrameRate = "29.97".parse()?;
//! let label = Timecode::from_frame(FrameNumber(107_892), rate, true)?;
//! assert_eq!(label.to_string(), "01:00:00;00");
//! assert_eq!(rate.nanos_at(label.frame_of_day()), 3_599_996_400_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod instant;
mod rate;
mod timecode;
mod utc;

pub use clock::{Clock, VirtualClock};
pub use instant::{EngineTime, SenderTime, StageTime, UtcTime};
pub use rate::{FrameNumber, FrameRate, RateError};
pub use timecode::{Timecode, TimecodeError};
pub use utc::{Civil, UtcError};

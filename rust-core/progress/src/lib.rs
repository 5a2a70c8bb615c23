//! Progress of long work, and asking it to stop.
//!
//! Workers add to counters; whoever shows progress takes a [`Snapshot`]. No callbacks, no drawing, no clock:
//! the one who shows passes the time in.

mod cancel;
mod counters;

pub use cancel::Cancel;
pub use counters::{Progress, Snapshot};

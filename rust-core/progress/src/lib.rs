//! Progress of long work, and asking it to stop.
//!
//! Workers add to counters; whoever shows progress takes a [`Snapshot`]. No callbacks, no drawing, no clock:
//! the one who shows passes the time in.
//!
//! ```
//! use std::time::Duration;
//! use cyclorama_progress::{Cancel, Cancelled, Progress};
//!
//! fn render(frames: u64, progress: &Progress, cancel: &Cancel) -> Result<(), Cancelled> {
//!     progress.set_total(frames);
//!     for _ in 0..frames {
//!         cancel.check()?; // between frames is a safe point
//!         progress.add_done(1);
//!     }
//!     Ok(())
//! }
//!
//! let progress = Progress::new();
//! progress.snapshot(Duration::ZERO);
//! render(48, &progress, &Cancel::new())?;
//! let shown = progress.snapshot(Duration::from_secs(2));
//! assert_eq!((shown.done, shown.rate, shown.eta_seconds), (48, Some(24.0), Some(0.0)));
//! # Ok::<(), Cancelled>(())
//! ```

mod cancel;
mod counters;
pub mod words;

pub use cancel::{Cancel, Cancelled};
pub use counters::{Progress, Snapshot};

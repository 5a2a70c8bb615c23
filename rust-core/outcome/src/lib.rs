//! How things end: error kinds, exit codes and the retry policy.
//!
//! Every crate's error enum maps onto [`Kind`]; the command turns a [`Kind`] into an [`ExitCode`].
//! Nothing here prints, sleeps or ends a process.

mod exit;
mod kind;
pub mod retry;

pub use exit::ExitCode;
pub use kind::{Classify, Kind};

//! How things end: error kinds, exit codes and the retry policy.
//!
//! Every crate's error enum maps onto [`Kind`]; the command turns a [`Kind`] into an [`ExitCode`].
//! Nothing here prints, sleeps or ends a process.
//!
//! ```
//! use cyclorama_outcome::{Classify, ExitCode, Kind};
//!
//! #[derive(Debug, thiserror::Error)]
//! #[error("take {0} is cut off")]
//! struct CutOff(String);
//!
//! impl Classify for CutOff {
//!     fn kind(&self) -> Kind {
//!         Kind::Integrity
//!     }
//! }
//!
//! assert_eq!(ExitCode::from(CutOff("A001".into()).kind()), ExitCode::Integrity);
//! ```

mod exit;
mod held;
mod kind;
pub mod retry;

pub use exit::ExitCode;
pub use held::{is_held, says_held};
pub use kind::{Classify, Kind};

//! The working folder on this machine: what is in it, what changed, and how it is read and written safely.
//!
//! Nothing here talks to a store. [`scan`](scan::scan) looks, [`read`] reads files that others may be writing, [`state`]
//! remembers what was read so that it is not read again, and [`workspace`] writes so that a file is whole or not there.
//! Symbolic links are never followed.

mod boot;
mod home;
pub mod names;
mod patience;
pub mod read;
pub mod records;
pub mod rules;
pub mod scan;
pub mod stamp;
pub mod state;
pub mod workspace;

pub use boot::Boot;
pub use home::{HeldFolder, Home};
pub use names::{NameProblem, RelPath};
pub use patience::patiently;
pub use read::{Changing, ReadError, Steady};
pub(crate) use records::Arena;
pub use records::{Record, Records};
pub use rules::Rules;
pub use scan::{Folder, Item, Scan, ScannedFile, Trouble};
pub use stamp::Stamp;
pub use state::{State, Unsettled};
pub use workspace::{Workspace, WriteError};

/// The folder inside a working folder where Cyclorama keeps its own files. Never published, never shown as a change.
pub const OWN_FOLDER: &str = ".cyclorama";

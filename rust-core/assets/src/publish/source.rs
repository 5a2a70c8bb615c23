//! What publishing needs to know of the folder it publishes: a scan, and files that are read whole or not at all.

use std::io::{self, Read};
use std::time::Duration;

use cyclorama_content::ChunkId;

pub use crate::local::Stamp;
use crate::{RefName, local::Records, tree::Entry};

/// Something that was found in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// From the folder, names joined by `/`. Portable.
    pub path: String,
    /// What it is.
    pub kind: ScannedKind,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScannedKind {
    /// A file.
    File {
        /// How it looked.
        stamp: Stamp,
        /// Unix permission bits (0 to 0o777); none where the system has none, and those it had before stay.
        mode: Option<u32>,
    },
    /// A folder.
    Folder,
    /// A symbolic link and its target.
    Symlink(String),
}

impl Scanned {
    /// A file's bytes as it looked; 0 of anything else.
    pub(super) fn size(&self) -> u64 {
        match &self.kind {
            ScannedKind::File { stamp, .. } => stamp.size,
            ScannedKind::Folder | ScannedKind::Symlink(_) => 0,
        }
    }
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadProblem {
    /// It changed while it was read, each time it was tried.
    #[error("it keeps changing while it is read")]
    Unstable,
    /// It is not there any more.
    #[error("it is gone")]
    Gone,
    /// Reading failed.
    #[error("it cannot be read")]
    Io(#[from] io::Error),
}

/// Receives a file's bytes. It may be called several times, from the file's beginning each time; only the last
/// call counts, and only if reading as a whole succeeds.
pub type Take<'a> = dyn FnMut(&mut dyn Read, &Stamp) -> io::Result<()> + 'a;

/// The files of a folder, read so that a file that changes meanwhile is noticed.
pub trait Source: Send + Sync {
    /// Hands the file's bytes to `take` until a whole reading saw no change, and says how the file looked then.
    ///
    /// # Errors
    /// [`ReadProblem`].
    fn read(&self, path: &str, take: &mut Take<'_>) -> Result<Stamp, ReadProblem>;

    /// Looks once more for what was there before and was not found now, and gives what is there after all, as a scan would.
    /// Asked at least [`Self::grace`] after the scan.
    ///
    /// # Errors
    /// When that cannot be told.
    fn look_again(&self, missing: &[&str]) -> io::Result<Vec<Scanned>> {
        let _ = missing;
        Ok(Vec::new())
    }

    /// How long a file may not be there while somebody saves it, by removing it and moving the new one into its place.
    fn grace(&self) -> Duration {
        Duration::ZERO
    }
}

/// A version as this folder last had it: what was published from it, or brought into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// The id of the store it is from, and the ref there. Of another store or ref nothing is compared but files.
    pub origin: Option<(String, RefName)>,
    /// Its top folder.
    pub root: Option<ChunkId>,
    /// Everything in it, with how each file looked when it was read. Folders are listed; their nodes are not looked
    /// at.
    pub entries: Records,
}

/// One thing of a [`Base`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseEntry {
    /// From the folder, names joined by `/`.
    pub path: String,
    /// What it was.
    pub entry: Entry,
    /// How the file looked then; none for a file that must be read again.
    pub stamp: Option<Stamp>,
}

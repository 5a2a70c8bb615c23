//! How a publish is to be done.

use std::path::PathBuf;

use cyclorama_outcome::retry::Policy;
use cyclorama_progress::{Cancel, Progress};

use super::{AskLocks, OnConflict, PublishError};
use crate::RefName;

/// How to publish.
#[derive(Clone, Debug)]
pub struct Options {
    /// The ref to move.
    pub name: RefName,
    /// Who publishes.
    pub author: String,
    /// What they say about it.
    pub message: String,
    /// The engine's version, where known.
    pub engine: Option<String>,
    /// Who wins where both sides changed the same path.
    pub on_conflict: OnConflict,
    /// Make the ref exactly this folder, whatever others published in between.
    pub replace: bool,
    /// Find out what would be sent, and send nothing.
    pub dry_run: bool,
    /// Asks whether somebody else has locked what changed here. Without it nobody asks.
    pub locks: Option<AskLocks>,
    /// Where the journal lies between runs; without it a killed publish is taken over from the store alone. For a folder
    /// on a disk it lies with the folder's records, whatever is said here.
    pub journal: Option<PathBuf>,
    /// Where the records of a folder on a disk lie. Without it they lie in the folder, or, where that may not be written,
    /// in the store's cache on this machine.
    pub records: Option<PathBuf>,
    /// Threads that read and pack.
    pub threads: usize,
    /// Packs sent at the same time. Each that is cut off by a kill is sent again.
    pub uploads: usize,
    /// Level of compression, zstd's.
    pub level: i32,
    /// Bytes read of those to read, and bytes sent.
    pub progress: Progress,
    /// Stops at the next safe point.
    pub cancel: Cancel,
}

impl Options {
    /// Publishing to `main`, by nobody in particular.
    pub fn new() -> Self {
        Self {
            name: RefName::main(),
            author: String::new(),
            message: String::new(),
            engine: None,
            on_conflict: OnConflict::Stop,
            replace: false,
            dry_run: false,
            locks: None,
            journal: None,
            records: None,
            threads: std::thread::available_parallelism().map_or(2, usize::from),
            uploads: UPLOADS,
            level: LEVEL,
            progress: Progress::new(),
            cancel: Cancel::new(),
        }
    }

    /// Waits after a lost race, longer each time, or gives up.
    pub(super) async fn pause(&self, attempt: u32) -> Result<(), PublishError> {
        if attempt >= ATTEMPTS {
            return Err(PublishError::Crowded { name: self.name.clone(), attempts: attempt });
        }
        let policy = Policy { attempts: ATTEMPTS, ..Policy::default() };
        tokio::time::sleep(policy.ceiling_after(attempt).mul_f64(rand::random::<f64>())).await;
        Ok(())
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

/// Packs sent at the same time.
const UPLOADS: usize = 4;
/// Level 1 packs these contents as tightly as higher ones, in half the time.
const LEVEL: i32 = 1;
/// A race lost this often is given up.
const ATTEMPTS: u32 = 40;

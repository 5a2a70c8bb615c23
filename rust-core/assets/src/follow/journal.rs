//! What a followed folder remembers: the version it shows, and the steps to the next one while they are taken.

use cyclorama_content::{ChunkId, Digest};
use serde::{Deserialize, Serialize};

use crate::local::Boot;
use crate::local::stamp::is_time;
use crate::seal::hex;
use crate::{RefName, SnapshotId};

/// `.cyclorama/followed.json`: the version a folder shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    schema: String,
    /// The id of the store.
    pub store: String,
    /// The ref.
    pub name: RefName,
    /// The version in the folder.
    pub snapshot: SnapshotId,
    /// Its top folder.
    pub root: Option<ChunkId>,
    /// Versions it had before, the newest last.
    pub earlier: Vec<SnapshotId>,
    /// A version that was taken back: it is not brought in again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<SnapshotId>,
}

impl Followed {
    pub(super) fn first(store: String, name: RefName, snapshot: SnapshotId) -> Self {
        let schema = "cyclorama.followed/1".to_owned();
        Self { schema, store, name, snapshot, root: None, earlier: Vec::new(), skip: None }
    }

    /// What it becomes when a newer version is brought in.
    pub(super) fn after(&self, snapshot: SnapshotId) -> Self {
        let mut earlier = self.earlier.clone();
        earlier.push(self.snapshot);
        let surplus = earlier.len().saturating_sub(MOST_EARLIER);
        earlier.drain(..surplus);
        Self { snapshot, earlier, skip: None, ..self.clone() }
    }
}

/// `.cyclorama/applying.json`: steps from one version to the next. Taking one twice does no harm.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    pub(super) schema: String,
    /// What the folder shows once all steps are taken.
    pub(super) next: Followed,
    /// The run of this machine in which it was written, where the system tells: in another one the power may have gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) boot: Option<String>,
    pub(super) steps: Vec<Step>,
}

/// A step. Paths are names joined by `/`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub(super) enum Step {
    /// Make a folder.
    Folder { path: String },
    /// Take a file that is not wanted any more away.
    Remove {
        path: String,
        /// How it looks when nobody changed it.
        was: Look,
    },
    /// Put a staged file in place.
    Put {
        path: String,
        /// Its name in the staging folder.
        staged: String,
        content: Digest,
        /// How it looks once it is there.
        is: Look,
        mode: u32,
        /// How the file in its place looks when nobody changed it.
        was: Option<Look>,
    },
    /// Remove a folder if nothing is in it.
    RemoveFolder { path: String },
}

/// A folder's two files read and written again, for fuzzing; nothing for bytes that are neither.
pub(crate) fn rewritten(bytes: &[u8]) -> Option<Vec<u8>> {
    let followed = serde_json::from_slice::<Followed>(bytes).map(|read| serde_json::to_vec(&read));
    let applying = || serde_json::from_slice::<Journal>(bytes).map(|read| serde_json::to_vec(&read));
    followed.or_else(|_| applying()).ok()?.ok()
}

/// How a file looks without reading it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Look {
    pub(super) size: u64,
    pub(super) mtime_ns: i64,
}

impl Journal {
    pub(super) fn new(next: Followed, steps: Vec<Step>) -> Self {
        Self { schema: "cyclorama.applying/1".to_owned(), next, boot: this_boot(), steps }
    }

    /// Whether this machine has run ever since it was written, and so sees all that was.
    pub(super) fn is_of_this_boot(&self) -> bool {
        self.boot.is_some() && self.boot == this_boot()
    }
}

fn this_boot() -> Option<String> {
    Boot::current().map(|boot| hex(boot.as_bytes()))
}

impl Look {
    /// Whether a file that was made to look like this looks as `found`, on a disk that may keep coarser times.
    pub(super) fn is(&self, found: &Self) -> bool {
        self.size == found.size && is_time(found.mtime_ns, self.mtime_ns)
    }
}

const MOST_EARLIER: usize = 50;

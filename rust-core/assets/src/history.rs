//! The history of a ref: who published what, when, and how much of it was new.

use std::collections::{HashMap, HashSet, VecDeque};

use serde::Serialize;

use crate::diff::{DiffCounts, diff};
use crate::{RefName, Repository, RepositoryError, Revision, SnapshotId, StoreError};

/// One version of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// `cyclorama.log/1`.
    pub schema: &'static str,
    /// The version.
    pub snapshot: SnapshotId,
    /// What it was made from.
    pub parents: Vec<SnapshotId>,
    /// The refs that point to it.
    pub refs: Vec<RefName>,
    /// Who published it.
    pub author: String,
    /// What they said.
    pub message: String,
    /// When, in milliseconds since 1970, by that machine's clock.
    pub created_ms: u64,
    /// The engine's version, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of chunks that were new.
    pub bytes_new: u64,
    /// Bytes sent for it.
    pub bytes_uploaded: u64,
    /// What differs from its first parent, where that was asked for and is still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<DiffCounts>,
}

/// What to tell.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// Versions at most.
    pub limit: usize,
    /// Count what differs from the version before. Reads the folders that differ.
    pub count_changes: bool,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { limit: 50, count_changes: false }
    }
}

/// The history before and including `revision`, newest first. It ends where older versions were collected.
///
/// # Errors
/// [`RepositoryError`] when the revision means nothing, or a version cannot be read.
pub async fn log(
    repository: &Repository,
    revision: &Revision,
    options: LogOptions,
) -> Result<Vec<LogEntry>, RepositoryError> {
    let (head, _) = repository.resolve(revision).await?;
    let mut pointed: HashMap<SnapshotId, Vec<RefName>> = HashMap::new();
    for pointer in repository.refs().await? {
        pointed.entry(pointer.value.snapshot).or_default().push(pointer.value.name);
    }
    let (mut entries, mut queue, mut seen) = (Vec::new(), VecDeque::from([head]), HashSet::from([head]));
    while let Some(id) = queue.pop_front()
        && entries.len() < options.limit
    {
        let snapshot = match repository.snapshot(id).await {
            Ok(snapshot) => snapshot,
            Err(error) if id != head && is_collected(&error) => continue,
            Err(error) => return Err(error),
        };
        let changes = if options.count_changes {
            count_changes(repository, snapshot.parents.first(), snapshot.root, &snapshot.indexes).await?
        } else {
            None
        };
        queue.extend(snapshot.parents.iter().filter(|parent| seen.insert(**parent)));
        let stats = snapshot.stats;
        entries.push(LogEntry {
            schema: SCHEMA,
            snapshot: id,
            parents: snapshot.parents,
            refs: pointed.remove(&id).unwrap_or_default(),
            author: snapshot.author,
            message: snapshot.message,
            created_ms: snapshot.created_ms,
            engine: snapshot.engine,
            files: stats.files,
            bytes: stats.bytes,
            bytes_new: stats.bytes_new,
            bytes_uploaded: stats.bytes_uploaded,
            changes,
        });
    }
    Ok(entries)
}

async fn count_changes(
    repository: &Repository,
    parent: Option<&SnapshotId>,
    root: cyclorama_content::ChunkId,
    indexes: &[crate::IndexId],
) -> Result<Option<DiffCounts>, RepositoryError> {
    repository.load_indexes(indexes).await?;
    let before = match parent {
        None => None,
        Some(parent) => match repository.snapshot(*parent).await {
            Ok(parent) => {
                repository.load_indexes(&parent.indexes).await?;
                Some(parent.root)
            }
            Err(error) if is_collected(&error) => return Ok(None),
            Err(error) => return Err(error),
        },
    };
    match diff(repository, before, Some(root)).await {
        Ok(differences) => Ok(Some(DiffCounts::of(&differences))),
        // The parent's own folders may be on their way out.
        Err(error) if before.is_some() && is_collected(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_collected(error: &RepositoryError) -> bool {
    matches!(
        error,
        RepositoryError::Store(StoreError::NotFound { .. }) | RepositoryError::UnknownChunk { .. }
    )
}

const SCHEMA: &str = "cyclorama.log/1";

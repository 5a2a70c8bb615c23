//! What differs between two versions: only folders that differ are read.

use cyclorama_content::ChunkId;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::publish::Change;
use crate::tree::{Entry, Node, path_order};
use crate::{Repository, RepositoryError};

/// A path that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Names joined by `/`.
    pub path: String,
    /// What was done to it.
    pub change: Change,
    /// What it was.
    pub before: Option<Entry>,
    /// What it is.
    pub after: Option<Entry>,
}

/// How many files and links differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DiffCounts {
    /// New ones.
    pub added: u64,
    /// Those with another content, time or mode.
    pub changed: u64,
    /// Those that are no more.
    pub removed: u64,
}

impl DiffCounts {
    /// Counts what is no folder.
    pub fn of(differences: &[Difference]) -> Self {
        let mut counts = Self::default();
        for Difference { change, before, after, .. } in differences {
            if matches!(after.as_ref().or(before.as_ref()), Some(Entry::Folder(_))) {
                continue;
            }
            match change {
                Change::Added => counts.added += 1,
                Change::Changed => counts.changed += 1,
                Change::Removed => counts.removed += 1,
            }
        }
        counts
    }
}

/// Two folders at the same place, of which at least one is there.
struct Pair {
    path: String,
    before: Option<ChunkId>,
    after: Option<ChunkId>,
}

/// Everything that differs between two top folders, sorted by path. A folder is listed when it comes or goes; what is
/// in it is listed as well.
///
/// # Errors
/// [`RepositoryError`] when a folder cannot be read.
pub async fn diff(
    repository: &Repository,
    before: Option<ChunkId>,
    after: Option<ChunkId>,
) -> Result<Vec<Difference>, RepositoryError> {
    let mut differences = Vec::new();
    let mut level = Vec::new();
    if before != after {
        level.push(Pair { path: String::new(), before, after });
    }
    while !level.is_empty() {
        let read: Vec<_> = stream::iter(std::mem::take(&mut level))
            .map(|pair| async move {
                let (before, after) =
                    futures::try_join!(node(repository, pair.before), node(repository, pair.after))?;
                Ok::<_, RepositoryError>((pair.path, before, after))
            })
            .buffered(FOLDERS_AT_ONCE)
            .try_collect()
            .await?;
        for (path, before, after) in read {
            compare(&path, before, after, &mut differences, &mut level);
        }
    }
    differences.sort_by(|a, b| path_order(&a.path, &b.path));
    Ok(differences)
}

/// Compares two folders, both sorted by name.
fn compare(path: &str, before: Node, after: Node, out: &mut Vec<Difference>, below: &mut Vec<Pair>) {
    let mut before = before.into_entries().into_iter().peekable();
    let mut after = after.into_entries().into_iter().peekable();
    loop {
        let (old, new) = match (before.peek(), after.peek()) {
            (None, None) => return,
            (Some(old), Some(new)) if old.name() == new.name() => (before.next(), after.next()),
            (Some(old), Some(new)) if old.name() < new.name() => (before.next(), None),
            (Some(_), None) => (before.next(), None),
            (_, Some(_)) => (None, after.next()),
        };
        if old == new {
            continue;
        }
        let name = old.as_ref().or(new.as_ref()).map(Entry::name).unwrap_or_default();
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        let folders = (folder(old.as_ref()), folder(new.as_ref()));
        if folders.0 != folders.1 {
            below.push(Pair { path: path.clone(), before: folders.0, after: folders.1 });
        }
        let change = match (&old, &new) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            // The folder is there as it was; what is in it differs.
            (Some(Entry::Folder(_)), Some(Entry::Folder(_))) => continue,
            _ => Change::Changed,
        };
        out.push(Difference { path, change, before: old, after: new });
    }
}

fn folder(entry: Option<&Entry>) -> Option<ChunkId> {
    match entry {
        Some(Entry::Folder(folder)) => Some(folder.node),
        _ => None,
    }
}

async fn node(repository: &Repository, id: Option<ChunkId>) -> Result<Node, RepositoryError> {
    match id {
        Some(id) => repository.node(id).await,
        None => Ok(Node::default()),
    }
}

/// Pairs of folders read at the same time.
const FOLDERS_AT_ONCE: usize = 16;

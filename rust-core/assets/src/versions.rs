//! Moving refs by hand: making, setting, protecting and removing them, each by compare-and-swap.
//!
//! Setting a ref to an older version is how a publish is taken back. It moves forward in number, so that no follower
//! takes it for an old copy of the store.

use std::collections::HashSet;

use cyclorama_content::ChunkId;
use cyclorama_outcome::{Classify, Kind};

use crate::repository::Pointer;
use crate::{Ref, RefName, Repository, RepositoryError, Revision, RevisionError, SnapshotId, StoreError};

/// Why a ref was not moved. Nothing changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MoveError {
    /// The content store.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// There is one already.
    #[error("there is a ref `{0}` already")]
    Exists(RefName),
    /// There is none.
    #[error("there is no ref `{0}`")]
    Missing(RefName),
    /// It is protected.
    #[error("ref `{0}` is protected")]
    Protected(RefName),
    /// Others kept moving it.
    #[error("ref `{0}` was moved by somebody else at this moment")]
    Raced(RefName),
}

impl Classify for MoveError {
    fn kind(&self) -> Kind {
        match self {
            Self::Repository(source) => source.kind(),
            Self::Exists(_) => Kind::User,
            Self::Missing(_) => Kind::NotFound,
            Self::Protected(_) => Kind::Refused,
            Self::Raced(_) => Kind::Conflict,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Repository(source) => source.hint(),
            Self::Exists(name) => {
                Some(format!("move it with: cyclorama assets refs STORE set {name} VERSION"))
            }
            Self::Missing(_) => Some("see which there are with: cyclorama assets refs STORE".to_owned()),
            Self::Protected(_) => Some("use --force if you are sure".to_owned()),
            Self::Raced(_) => Some("see where it is now, and decide again".to_owned()),
        }
    }
}

/// Makes a ref that points to a version.
///
/// # Errors
/// [`MoveError::Exists`] when there is one of this name, others when the version is not there or the store fails.
pub async fn create_ref(
    repository: &Repository,
    name: &RefName,
    revision: &Revision,
    by: &str,
) -> Result<Ref, MoveError> {
    let ended = create_ref_in_turn(repository, name, revision, by).await;
    repository.end_turn().await;
    ended
}

async fn create_ref_in_turn(
    repository: &Repository,
    name: &RefName,
    revision: &Revision,
    by: &str,
) -> Result<Ref, MoveError> {
    let (snapshot, _) = repository.resolve(revision).await?;
    for _ in 0..ATTEMPTS {
        if repository.read_ref(name).await?.is_some() {
            return Err(MoveError::Exists(name.clone()));
        }
        let mut new = Ref::first(name.clone(), snapshot, by.to_owned(), now_ms(repository));
        new.gc_epoch = check_kept(repository, None, snapshot).await?;
        if repository.move_ref(None, &new).await? {
            return Ok(new);
        }
    }
    Err(MoveError::Raced(name.clone()))
}

/// Points a ref to another version, for example the one before. Returns where it was and where it is.
///
/// # Errors
/// [`MoveError::Protected`] without `force` when it is protected, [`MoveError::Raced`] when somebody else moved it
/// after it was read: their version is not thrown away unseen.
pub async fn set_ref(
    repository: &Repository,
    name: &RefName,
    revision: &Revision,
    by: &str,
    force: bool,
) -> Result<(SnapshotId, Ref), MoveError> {
    let ended = set_ref_in_turn(repository, name, revision, by, force).await;
    repository.end_turn().await;
    ended
}

async fn set_ref_in_turn(
    repository: &Repository,
    name: &RefName,
    revision: &Revision,
    by: &str,
    force: bool,
) -> Result<(SnapshotId, Ref), MoveError> {
    let first = read(repository, name).await?;
    if first.value.protected && !force {
        return Err(MoveError::Protected(name.clone()));
    }
    let before = first.value.snapshot;
    let (snapshot, _) = repository.resolve(revision).await?;
    for _ in 0..ATTEMPTS {
        let pointer = read(repository, name).await?;
        if pointer.value.snapshot != before {
            return Err(MoveError::Raced(name.clone()));
        }
        if snapshot == before {
            return Ok((before, pointer.value));
        }
        let mut new = pointer.value.moved(snapshot, by.to_owned(), now_ms(repository));
        new.gc_epoch = check_kept(repository, Some(&pointer), snapshot).await?;
        if repository.move_ref(Some(&pointer), &new).await? {
            return Ok((before, new));
        }
    }
    Err(MoveError::Raced(name.clone()))
}

/// Protects a ref against being set or removed by hand without force, or ends that. Publishing goes on.
///
/// # Errors
/// [`MoveError::Missing`] when there is none, [`MoveError::Raced`] when it is moved all the time.
pub async fn protect_ref(repository: &Repository, name: &RefName, protected: bool) -> Result<Ref, MoveError> {
    let ended = protect_ref_in_turn(repository, name, protected).await;
    repository.end_turn().await;
    ended
}

async fn protect_ref_in_turn(
    repository: &Repository,
    name: &RefName,
    protected: bool,
) -> Result<Ref, MoveError> {
    for _ in 0..ATTEMPTS {
        let pointer = read(repository, name).await?;
        if pointer.value.protected == protected {
            return Ok(pointer.value);
        }
        let old = &pointer.value;
        let mut new = old.moved(old.snapshot, old.by.clone(), old.moved_ms);
        new.protected = protected;
        if repository.move_ref(Some(&pointer), &new).await? {
            return Ok(new);
        }
    }
    Err(MoveError::Raced(name.clone()))
}

/// Removes a ref. What it pointed to stays. Returns what that was.
///
/// # Errors
/// [`MoveError::Protected`] without `force` when it is protected, [`MoveError::Raced`] when it was just moved.
pub async fn delete_ref(repository: &Repository, name: &RefName, force: bool) -> Result<Ref, MoveError> {
    let ended = delete_ref_in_turn(repository, name, force).await;
    repository.end_turn().await;
    ended
}

async fn delete_ref_in_turn(repository: &Repository, name: &RefName, force: bool) -> Result<Ref, MoveError> {
    let pointer = read(repository, name).await?;
    if pointer.value.protected && !force {
        return Err(MoveError::Protected(name.clone()));
    }
    if repository.delete_ref(&pointer).await? {
        Ok(pointer.value)
    } else {
        Err(MoveError::Raced(name.clone()))
    }
}

/// Proves that a ref may point to a version: that it is there, whatever a cache says, and that no collection is about to
/// remove something of it. Gives the collection that this holds for.
async fn check_kept(
    repository: &Repository,
    pointer: Option<&Pointer>,
    id: SnapshotId,
) -> Result<u64, RepositoryError> {
    let collected = match pointer {
        Some(pointer) => repository.collected(pointer.value.gc_epoch).await?,
        None => repository.all_collected().await?,
    };
    if collected.epoch == 0 {
        return Ok(0);
    }
    let refused = || RevisionError::Collected(id.to_string()).into();
    if collected.snapshots.contains(&id) {
        return Err(refused());
    }
    let snapshot = repository.stored_snapshot(id).await?;
    if !is_in_a_history(repository, id).await? {
        // It was published, and no ref has led to it since: what it needs may be on its way out.
        repository.load_all_indexes().await?;
        let stays = |chunk: &ChunkId| {
            repository.places(chunk).iter().any(|place| !collected.packs.contains(&place.pack))
        };
        match repository.chunks_of(snapshot.root).await {
            Ok(chunks) if chunks.iter().all(stays) => {}
            Err(error) if !matches!(error.kind(), Kind::Integrity | Kind::NotFound) => return Err(error),
            _ => return Err(refused()),
        }
    }
    Ok(collected.epoch)
}

/// Whether some ref leads to a version.
async fn is_in_a_history(repository: &Repository, id: SnapshotId) -> Result<bool, RepositoryError> {
    let refs = repository.refs().await?;
    let mut waiting: Vec<_> = refs.iter().map(|pointer| pointer.value.snapshot).collect();
    let mut seen: HashSet<_> = waiting.iter().copied().collect();
    while let Some(next) = waiting.pop() {
        if next == id {
            return Ok(true);
        }
        match repository.snapshot(next).await {
            Ok(snapshot) => {
                waiting.extend(snapshot.parents.into_iter().filter(|parent| seen.insert(*parent)));
            }
            // The history ends where it was collected.
            Err(RepositoryError::Store(StoreError::NotFound { .. })) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(false)
}

async fn read(repository: &Repository, name: &RefName) -> Result<Pointer, MoveError> {
    repository.read_ref(name).await?.ok_or_else(|| MoveError::Missing(name.clone()))
}

fn now_ms(repository: &Repository) -> u64 {
    u64::try_from(repository.now().nanos() / 1_000_000).unwrap_or(0)
}

/// Lost races before it is given up.
const ATTEMPTS: u32 = 20;

#[cfg(test)]
mod tests;

//! Index objects that are damaged or lost, written anew: each pack says itself what it holds.
//!
//! Nothing takes the place of a damaged index object by name. It is taken away, and a reader that is led to one that is
//! not there loads everything there is, as after a merge.

use std::collections::{BTreeSet, HashSet};

use cyclorama_content::ChunkId;
use cyclorama_outcome::{Classify as _, Kind};
use futures::{StreamExt as _, stream};

use super::{VerifyError, VerifyOptions};
use crate::{
    Condition, IndexId, Key, PackId, Repository, RepositoryError, StoreError,
    index::{FULL, IndexBuilder},
    pack::PackEntry,
    publish::read_pack,
    store::list_until,
};

/// Writes index objects of all that lies in packs and that no sound index object knows there, and takes damaged ones away.
/// Killed at any moment, the next run does the rest. `bad_packs` are known to be damaged.
///
/// `options` are told of each pack whose footer was read.
///
/// # Errors
/// [`VerifyError`] when the store fails, a pack that was sound cannot be read, or somebody asked to stop: no index object is
/// taken away then.
pub(super) async fn reindex(
    repository: &Repository,
    bad_packs: &BTreeSet<PackId>,
    options: &VerifyOptions,
) -> Result<Reindexed, VerifyError> {
    let goes_on = || Ok::<_, VerifyError>(options.cancel.check()?);
    goes_on()?;
    let damaged = use_sound(repository, options).await?;
    let collected = repository.all_collected().await?;
    // One object knows one place of a chunk: a sound place is never left out for one that is not.
    let (mut sound, mut doubtful) = (Writing::default(), Writing::default());
    let take = |key: &Key, size| Some((PackId::from_key(key)?, size));
    let packs = list_until(&**repository.store(), PackId::PREFIX, None, goes_on, take).await?;
    options.progress.set_total(packs.len() as u64);
    let mut reading = stream::iter(packs)
        .map(|(pack, size)| async move { (pack, read_pack(repository, pack, size).await) })
        .buffer_unordered(AT_ONCE);
    while let Some((pack, read)) = reading.next().await {
        goes_on()?;
        options.progress.add_done(1);
        let is_doubtful = bad_packs.contains(&pack) || collected.packs.contains(&pack);
        let mut stored = match read {
            Ok(stored) => stored,
            // Of a pack that was sound a moment ago the way here may be to blame: then its index is the last to be taken away.
            Err(error)
                if error.kind() == Kind::NotFound || is_doubtful && error.kind() == Kind::Integrity =>
            {
                tracing::warn!(%pack, %error, "what lies in a pack cannot be told");
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let is_known = |entry: &PackEntry| {
            let places = repository.places(&entry.id);
            places.iter().any(|place| place.pack == pack)
        };
        stored.entries.retain(|entry| !is_known(entry));
        let writing = if is_doubtful { &mut doubtful } else { &mut sound };
        writing.add(repository, pack, stored.size, stored.entries).await?;
    }
    doubtful.finish(repository).await?;
    sound.finish(repository).await?;
    let mut refused = None;
    for id in &damaged {
        // It may have been damaged on the way, that time.
        match repository.stored_index(*id).await {
            Err(error) if error.kind() == Kind::Integrity => {}
            Ok(_) | Err(RepositoryError::Store(StoreError::NotFound { .. })) => continue,
            Err(error) => return Err(error.into()),
        }
        match repository.store().delete(&id.key(), Condition::Always).await {
            Ok(_) | Err(StoreError::NotFound { .. }) => {}
            Err(error) if error.kind() == Kind::Refused => refused = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    let mended = (sound.written + doubtful.written).max(damaged.len() as u64);
    Ok(Reindexed { mended, refused })
}

/// What was written anew.
pub(super) struct Reindexed {
    /// Index objects.
    pub(super) mended: u64,
    /// Why a damaged one could not be taken away, the last that was refused.
    pub(super) refused: Option<StoreError>,
}

/// Loads every index object that is as it was written, and gives those that are not.
async fn use_sound(repository: &Repository, options: &VerifyOptions) -> Result<Vec<IndexId>, VerifyError> {
    let (mut read, mut damaged) = (Vec::new(), Vec::new());
    for id in repository.list_indexes().await? {
        options.cancel.check()?;
        match repository.stored_index(id).await {
            Ok(index) => read.push((id, index)),
            // Somebody put another one in its place since the listing.
            Err(RepositoryError::Store(StoreError::NotFound { .. })) => {}
            Err(error) if error.kind() == Kind::Integrity => damaged.push(id),
            Err(error) => return Err(error.into()),
        }
    }
    repository.use_indexes(read);
    repository.avoid_indexes(&damaged);
    Ok(damaged)
}

/// Index objects being written. Each has one place of a chunk at most, so a second place waits for the next object.
#[derive(Default)]
struct Writing {
    index: IndexBuilder,
    held: HashSet<ChunkId>,
    left: Vec<(PackId, u64, Vec<PackEntry>)>,
    written: u64,
}

impl Writing {
    async fn add(
        &mut self,
        repository: &Repository,
        pack: PackId,
        size: u64,
        entries: Vec<PackEntry>,
    ) -> Result<(), RepositoryError> {
        if self.index.len() >= FULL || !self.index.has_room_for(1) {
            self.put(repository).await?;
        }
        let (new, again): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| self.held.insert(entry.id));
        self.index.add_pack(pack, size, &new);
        if !again.is_empty() {
            self.left.push((pack, size, again));
        }
        Ok(())
    }

    /// Writes what is there, and what waits: one place of each chunk more with each object.
    async fn finish(&mut self, repository: &Repository) -> Result<(), RepositoryError> {
        self.put(repository).await?;
        while !self.left.is_empty() {
            for (pack, size, entries) in std::mem::take(&mut self.left) {
                self.add(repository, pack, size, entries).await?;
            }
            self.put(repository).await?;
        }
        Ok(())
    }

    async fn put(&mut self, repository: &Repository) -> Result<(), RepositoryError> {
        if !self.index.is_empty() {
            repository.put_index(std::mem::take(&mut self.index).finish()).await?;
            self.written += 1;
        }
        self.held.clear();
        Ok(())
    }
}

/// Footers read at the same time.
const AT_ONCE: usize = 16;

//! Index objects that are damaged or lost, written anew: each pack says itself what it holds.
//!
//! Nothing takes the place of a damaged index object by name. It is taken away, and a reader that is led to one that is
//! not there loads everything there is, as after a merge.

use std::collections::BTreeSet;

use cyclorama_outcome::{Classify as _, Kind};
use futures::{StreamExt as _, stream};

use crate::{
    Condition, IndexId, Key, PackId, Repository, RepositoryError, StoreError,
    index::{FULL, IndexBuilder},
    pack::PackEntry,
    publish::read_pack,
    store::list_as,
};

/// Writes index objects of all that lies in packs and that no sound index object knows there, and takes damaged ones away.
/// Says how many were mended so. Killed at any moment, the next run does the rest. `bad_packs` are known to be damaged.
pub(super) async fn reindex(
    repository: &Repository,
    bad_packs: &BTreeSet<PackId>,
) -> Result<u64, RepositoryError> {
    let damaged = use_sound(repository).await?;
    let collected = repository.all_collected().await?;
    // One object knows one place of a chunk: a sound place is never left out for one that is not.
    let (mut sound, mut doubtful) = (Writing::default(), Writing::default());
    let take = |key: &Key, size| Some((PackId::from_key(key)?, size));
    let packs = list_as(&**repository.store(), PackId::PREFIX, None, take).await?;
    let mut reading = stream::iter(packs)
        .map(|(pack, size)| async move { (pack, read_pack(repository, pack, size).await) })
        .buffer_unordered(AT_ONCE);
    while let Some((pack, read)) = reading.next().await {
        let mut stored = match read {
            Ok(stored) => stored,
            Err(error) if matches!(error.kind(), Kind::Integrity | Kind::NotFound) => {
                tracing::warn!(%pack, %error, "what lies in a pack cannot be told");
                continue;
            }
            Err(error) => return Err(error),
        };
        let is_known = |entry: &PackEntry| {
            let places = repository.places(&entry.id);
            places.iter().any(|place| place.pack == pack)
        };
        stored.entries.retain(|entry| !is_known(entry));
        let is_doubtful = bad_packs.contains(&pack) || collected.packs.contains(&pack);
        let writing = if is_doubtful { &mut doubtful } else { &mut sound };
        writing.add(repository, pack, stored.size, &stored.entries).await?;
    }
    doubtful.put(repository).await?;
    sound.put(repository).await?;
    for id in &damaged {
        repository.store().delete(&id.key(), Condition::Always).await?;
    }
    Ok((sound.written + doubtful.written).max(damaged.len() as u64))
}

/// Loads every index object that is as it was written, and gives those that are not.
async fn use_sound(repository: &Repository) -> Result<Vec<IndexId>, RepositoryError> {
    let (mut read, mut damaged) = (Vec::new(), Vec::new());
    for id in repository.list_indexes().await? {
        match repository.stored_index(id).await {
            Ok(index) => read.push((id, index)),
            // A collection put another one in its place since the listing.
            Err(RepositoryError::Store(StoreError::NotFound { .. })) => {}
            Err(error) if error.kind() == Kind::Integrity => damaged.push(id),
            Err(error) => return Err(error),
        }
    }
    repository.use_indexes(read);
    Ok(damaged)
}

/// Index objects being written.
#[derive(Default)]
struct Writing {
    index: IndexBuilder,
    written: u64,
}

impl Writing {
    async fn add(
        &mut self,
        repository: &Repository,
        pack: PackId,
        size: u64,
        entries: &[PackEntry],
    ) -> Result<(), RepositoryError> {
        if self.index.len() >= FULL || !self.index.has_room_for(1) {
            self.put(repository).await?;
        }
        self.index.add_pack(pack, size, entries);
        Ok(())
    }

    async fn put(&mut self, repository: &Repository) -> Result<(), RepositoryError> {
        if !self.index.is_empty() {
            repository.put_index(std::mem::take(&mut self.index).finish()).await?;
            self.written += 1;
        }
        Ok(())
    }
}

/// Footers read at the same time.
const AT_ONCE: usize = 16;

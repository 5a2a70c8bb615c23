//! Which chunks need not be sent: those in an index, those in packs that a killed publish left, those taken care of.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use cyclorama_content::ChunkId;

use super::{journal::StoredPack, read::Taken};
use crate::{
    PackId, Repository, RepositoryError, SnapshotId,
    index::{Index, IndexBuilder},
    repository::Collected,
};

/// What the store has, as far as this publish knows.
pub(super) struct Known {
    repository: Repository,
    /// What must not be counted on, whatever an index says.
    collected: Arc<Collected>,
    adopted: Index,
    /// Packs of `adopted` that hold something of this publish.
    used: Mutex<HashSet<PackId>>,
    taken: Taken,
}

impl Known {
    /// `adopted` are packs that are in the store, in no index, and not condemned.
    pub(super) fn new(
        repository: Repository,
        adopted: &[StoredPack],
        collected: Arc<Collected>,
    ) -> Result<Self, RepositoryError> {
        let mut builder = IndexBuilder::default();
        for pack in adopted {
            if builder.has_room_for(1) {
                builder.add_pack(pack.id, pack.size, &pack.entries);
            }
        }
        let adopted = Index::decode(&Bytes::from(builder.finish()))?;
        Ok(Self { repository, collected, adopted, used: Mutex::default(), taken: Taken::default() })
    }

    /// Whether the chunk must be sent, by the caller: it is told so once.
    pub(super) fn is_new(&self, id: &ChunkId) -> bool {
        if self.is_indexed(id) {
            return false;
        }
        if let Some(place) = self.adopted.find(id) {
            self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(place.pack);
            return false;
        }
        self.taken.take(id)
    }

    /// Whether the chunk is in the store or in a pack that was taken over. Asking changes nothing.
    pub(super) fn has(&self, id: &ChunkId) -> bool {
        self.is_indexed(id) || self.adopted.find(id).is_some()
    }

    /// Whether a pack of this id must not be used.
    pub(super) fn is_condemned(&self, pack: &PackId) -> bool {
        self.collected.packs.contains(pack)
    }

    /// Whether a snapshot of this id must not get a ref.
    pub(super) fn is_condemned_version(&self, snapshot: &SnapshotId) -> bool {
        self.collected.snapshots.contains(snapshot)
    }

    /// Whether the store has all of a file of these chunks, which is used then.
    pub(super) fn holds(&self, chunks: impl Iterator<Item = ChunkId> + Clone) -> bool {
        let all = chunks.clone().all(|chunk| self.has(&chunk));
        // Asking for each tells which of a killed publish's packs are of use.
        all && chunks.into_iter().all(|chunk| !self.is_new(&chunk))
    }

    /// Whether an index knows the chunk in a pack that will stay.
    fn is_indexed(&self, id: &ChunkId) -> bool {
        match self.repository.locate(id) {
            None => false,
            Some(place) if !self.collected.packs.contains(&place.pack) => true,
            Some(_) => {
                let places = self.repository.places(id);
                places.iter().any(|place| !self.collected.packs.contains(&place.pack))
            }
        }
    }

    /// The packs taken over of which something is used.
    pub(super) fn used(&self) -> HashSet<PackId> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets chunks that an index knows by now.
    pub(super) fn forget_indexed(&self) {
        self.taken.retain(|key| {
            let mut id = [0; 32];
            id[..key.len()].copy_from_slice(key);
            // Whatever follows the key, it is found by the key.
            !self.is_indexed(&ChunkId::from_bytes(id))
        });
    }
}

//! Which chunks need not be sent: those in an index, those in packs that a killed publish left, those taken care of.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use cyclorama_content::ChunkId;

use super::{journal::StoredPack, read::Taken};
use crate::{
    PackId, Repository, RepositoryError,
    index::{Index, IndexBuilder},
};

/// What the store has, as far as this publish knows.
pub(super) struct Known {
    repository: Repository,
    adopted: Index,
    /// Packs of `adopted` that hold something of this publish.
    used: Mutex<HashSet<PackId>>,
    taken: Taken,
}

impl Known {
    /// `adopted` are packs that are in the store and in no index.
    pub(super) fn new(repository: Repository, adopted: &[StoredPack]) -> Result<Self, RepositoryError> {
        let mut builder = IndexBuilder::default();
        for pack in adopted {
            if builder.has_room_for(1) {
                builder.add_pack(pack.id, pack.size, &pack.entries);
            }
        }
        let adopted = Index::decode(&Bytes::from(builder.finish()))?;
        Ok(Self { repository, adopted, used: Mutex::default(), taken: Taken::default() })
    }

    /// Whether the chunk must be sent, by the caller: it is told so once.
    pub(super) fn is_new(&self, id: &ChunkId) -> bool {
        if self.repository.locate(id).is_some() {
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
        self.repository.locate(id).is_some() || self.adopted.find(id).is_some()
    }

    /// The packs taken over of which something is used.
    pub(super) fn used(&self) -> HashSet<PackId> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets chunks that an index knows by now.
    pub(super) fn forget_indexed(&self) {
        self.taken.retain(|id| self.repository.locate(id).is_none());
    }
}

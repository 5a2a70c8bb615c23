//! What collections have condemned, as far as a writer must know, and the fence that makes every writer know it.

use std::collections::HashSet;
use std::sync::Arc;

use cyclorama_content::ChunkId;

use super::{Pointer, Repository, RepositoryError};
use crate::{
    Condition, FormatError, Key, PackId, Ref, RefName, SnapshotId, StoreError, Writers,
    gc::record::{self, Record},
    seal::Sealed,
    store::list_as,
};

/// Everything that was condemned up to an epoch. Nothing new may come to need it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collected {
    /// The epoch of the record that was read; 0 where nothing was ever collected.
    pub(crate) epoch: u64,
    pub(crate) packs: HashSet<PackId>,
    pub(crate) snapshots: HashSet<SnapshotId>,
}

/// A record of eight million packs.
const LONGEST_RECORD: u64 = 256 << 20;
/// Where it is remembered in the cache which version of a ref was looked through, by the ref's name.
const LOOKED_THROUGH: &str = "whole";

fn look(epoch: u64, root: ChunkId) -> String {
    format!("{epoch} {root}\n")
}

impl From<&Record> for Collected {
    fn from(record: &Record) -> Self {
        Self { epoch: record.epoch, packs: record.packs().collect(), snapshots: record.snapshots().collect() }
    }
}

impl Repository {
    /// What was condemned up to `epoch` at least. One request, none for epoch 0.
    ///
    /// # Errors
    /// [`RepositoryError`] when the record is damaged or lost.
    pub(crate) async fn collected(&self, epoch: u64) -> Result<Arc<Collected>, RepositoryError> {
        if epoch == 0 {
            return Ok(Arc::default());
        }
        let record = match self.record(epoch).await? {
            Some(record) => record,
            // Its place was taken by a later one.
            None => match self.newest_record().await? {
                Some(record) if record.epoch > epoch => record,
                _ => {
                    let source = FormatError::Damaged {
                        object: "garbage collection",
                        problem: "it is missing, and a ref names it",
                    };
                    return Err(RepositoryError::Damaged { key: Record::key(epoch), source });
                }
            },
        };
        Ok(Arc::new(Collected::from(&record)))
    }

    /// What was condemned up to now.
    pub(crate) async fn all_collected(&self) -> Result<Arc<Collected>, RepositoryError> {
        let record = self.newest_record().await?;
        Ok(record.map_or_else(Arc::default, |record| Arc::new(Collected::from(&record))))
    }

    /// The newest record; none where nothing was ever collected.
    pub(crate) async fn newest_record(&self) -> Result<Option<Record>, RepositoryError> {
        loop {
            let epoch = self.newest_epoch().await?;
            if epoch == 0 {
                return Ok(None);
            }
            // One that went away since was followed by a later one.
            if let Some(record) = self.record(epoch).await? {
                return Ok(Some(record));
            }
        }
    }

    /// The number of the newest record; 0 where nothing was ever collected. One request.
    pub(crate) async fn newest_epoch(&self) -> Result<u64, RepositoryError> {
        Ok(self.epochs().await?.last().copied().unwrap_or(0))
    }

    /// The epochs of all records that are there, in their order.
    pub(crate) async fn epochs(&self) -> Result<Vec<u64>, RepositoryError> {
        let take = |key: &Key, _| Record::epoch_of(key);
        Ok(list_as(&**self.store(), record::PREFIX, None, take).await?)
    }

    async fn record(&self, epoch: u64) -> Result<Option<Record>, RepositoryError> {
        let key = Record::key(epoch);
        let bytes = match self.store().get_at_most(&key, LONGEST_RECORD).await {
            Ok(object) => object.bytes,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(source) => return Err(source.into()),
        };
        let mut buffer = Vec::new();
        self.sealer()
            .open(Sealed::Collection, &epoch.to_le_bytes(), &bytes, &mut buffer)
            .and_then(|bytes| Record::decode(bytes, epoch))
            .map(Some)
            .map_err(|source| RepositoryError::Damaged { key, source })
    }

    /// Stores a record. Returns whether it is this one that is there now: of two collections only one has an epoch.
    pub(crate) async fn put_record(&self, record: &Record) -> Result<bool, RepositoryError> {
        let key = Record::key(record.epoch);
        let bytes = self.sealer().seal(Sealed::Collection, &record.epoch.to_le_bytes(), &record.encode());
        let condition = match self.format().writers {
            Writers::Many => Condition::Absent,
            Writers::Single => Condition::Always,
        };
        match self.store().put(&key, bytes.into(), condition).await {
            Ok(_) => Ok(true),
            // The answer to a write that took place may get lost, and its repetition be refused.
            Err(StoreError::Precondition { .. }) => {
                Ok(self.record(record.epoch).await?.as_ref() == Some(record))
            }
            Err(source) => Err(source.into()),
        }
    }

    /// Whether this machine has published this very version to the ref since the last collection, or found then that the store
    /// has all of it. Where nothing was ever collected there is nothing to find out. No request.
    pub(crate) async fn is_looked_through(&self, pointer: &Pointer, root: Option<ChunkId>) -> bool {
        let Ref { name, gc_epoch, .. } = &pointer.value;
        if *gc_epoch == 0 {
            return true;
        }
        let Some(root) = root else { return false };
        let known = self.0.cache.get(LOOKED_THROUGH, name.as_str()).await;
        known.is_some_and(|known| known[..] == *look(*gc_epoch, root).as_bytes())
    }

    /// Remembers that it is so, as of the record of `epoch`.
    pub(crate) async fn remember_looked_through(&self, name: &RefName, epoch: u64, root: ChunkId) {
        if epoch > 0 {
            self.0.cache.put(LOOKED_THROUGH, name.as_str(), look(epoch, root).as_bytes()).await;
        }
    }

    /// Gives up refs that somebody began to make before `since_ms` and did not end. Whoever made them begins again.
    pub(crate) async fn drop_claims(&self, since_ms: u64) -> Result<(), RepositoryError> {
        for name in self.ref_names().await? {
            if let Some(pointer) = self.read_any_ref(&name).await?
                && pointer.value.tentative
                && pointer.value.moved_ms < since_ms
            {
                self.delete_ref(&pointer).await?;
            }
        }
        Ok(())
    }

    /// Brings every ref to `epoch`, where it points stays: whoever moves a ref from now on has read it since, and so
    /// knows what was condemned. Returns the refs, those still being made included.
    pub(crate) async fn fence(&self, epoch: u64) -> Result<Vec<Ref>, RepositoryError> {
        let mut refs = Vec::new();
        for name in self.ref_names().await? {
            loop {
                let Some(pointer) = self.read_any_ref(&name).await? else { break };
                if pointer.value.gc_epoch >= epoch
                    || self.replace_ref(&pointer, &pointer.value.fenced(epoch)).await?
                {
                    refs.push(pointer.value);
                    break;
                }
            }
        }
        Ok(refs)
    }
}

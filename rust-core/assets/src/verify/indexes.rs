//! Whether index objects are there and as they were written.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::{Look, VerifyError};
use crate::{IndexId, RepositoryError, Snapshot, SnapshotId, StoreError, index::Index};

impl Look<'_> {
    /// Every index object that can be read, from the store and not from a cache. They are what is loaded then.
    pub(super) async fn indexes(
        &mut self,
        snapshots: &BTreeMap<SnapshotId, Snapshot>,
    ) -> Result<Vec<(IndexId, Arc<Index>)>, VerifyError> {
        let (mut read, mut seen, mut gone) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        loop {
            let ids = self.index_names().await?;
            // One that went away since the listing was merged into one that the listing does not know. One that is listed
            // still cannot be read.
            for id in std::mem::take(&mut gone).intersection(&ids) {
                self.found.add(id.key().to_string(), "it is listed, and is not there");
            }
            for id in ids {
                self.options.cancel.check()?;
                if !seen.insert(id) {
                    continue;
                }
                match self.repository.stored_index(id).await {
                    Ok(index) => read.push((id, index)),
                    Err(RepositoryError::Store(StoreError::NotFound { .. })) => _ = gone.insert(id),
                    Err(error) => self.note(id.key().to_string(), error)?,
                }
            }
            if gone.is_empty() {
                break;
            }
        }
        let merged: HashSet<_> = read.iter().flat_map(|(_, index)| index.supersedes().to_vec()).collect();
        let known: HashSet<_> = read.iter().map(|(id, _)| *id).collect();
        for id in snapshots.values().flat_map(|snapshot| &snapshot.indexes) {
            if !known.contains(id) && !merged.contains(id) {
                // Merged and collected since, or lost: that shows where a chunk is known by no other.
                self.missing.insert(*id);
            }
        }
        self.report.chunks = read.iter().map(|(_, index)| index.len() as u64).sum();
        self.repository.use_indexes(read.clone());
        Ok(read)
    }

    async fn index_names(&mut self) -> Result<BTreeSet<IndexId>, VerifyError> {
        let mut ids = BTreeSet::new();
        for (key, _) in self.list(IndexId::PREFIX).await? {
            match IndexId::from_key(&key) {
                Some(id) => _ = ids.insert(id),
                None => self.found.add(key.to_string(), "its name is no index object's"),
            }
        }
        Ok(ids)
    }
}

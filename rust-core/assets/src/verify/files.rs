//! Which files of which snapshots need what is damaged.

use std::collections::{BTreeMap, HashSet};

use cyclorama_content::ChunkId;
use futures::{FutureExt, future::BoxFuture};

use super::{Look, VerifyError, reason};
use crate::{
    RepositoryError, Snapshot, SnapshotId,
    tree::{Entry, FileEntry, Node},
};

/// Folders found whole, with everything below them; other snapshots that have them need no second look.
type Whole = HashSet<ChunkId>;

impl Look<'_> {
    /// Walks every snapshot, and puts each file that is hurt beside what hurts it.
    pub(super) async fn files(
        &mut self,
        snapshots: &BTreeMap<SnapshotId, Snapshot>,
    ) -> Result<(), VerifyError> {
        let mut whole = Whole::new();
        for (id, snapshot) in snapshots.iter().filter(|(id, _)| self.in_use.contains(id)).collect::<Vec<_>>()
        {
            self.folder(*id, snapshot.root, String::new(), &mut whole).await?;
        }
        // Where there was a collection, versions that no ref leads to may have lost what they were made of.
        self.is_spare = self.found.collected.epoch > 0;
        for (id, snapshot) in snapshots {
            if !self.in_use.contains(id) {
                self.folder(*id, snapshot.root, String::new(), &mut whole).await?;
            }
        }
        Ok(())
    }

    /// Whether a folder and all below it are whole.
    fn folder<'b>(
        &'b mut self,
        snapshot: SnapshotId,
        id: ChunkId,
        path: String,
        whole: &'b mut Whole,
    ) -> BoxFuture<'b, Result<bool, VerifyError>> {
        async move {
            if whole.contains(&id) {
                return Ok(true);
            }
            self.options.cancel.check()?;
            let node = match self.node(id).await {
                Ok(node) => node,
                Err(error) => {
                    let objects = self.blame(&id, &error)?;
                    for object in objects {
                        self.found.hurts(&object, &format!("{path}/"), snapshot);
                    }
                    return Ok(false);
                }
            };
            let mut is_whole = true;
            for entry in node.entries() {
                let path = if path.is_empty() {
                    entry.name().to_owned()
                } else {
                    format!("{path}/{}", entry.name())
                };
                is_whole &= match entry {
                    Entry::Symlink(_) => true,
                    Entry::File(file) => self.file(snapshot, file, &path),
                    Entry::Folder(below) => self.folder(snapshot, below.node, path, whole).await?,
                };
            }
            if is_whole {
                whole.insert(id);
            }
            Ok(is_whole)
        }
        .boxed()
    }

    fn file(&mut self, snapshot: SnapshotId, file: &FileEntry, path: &str) -> bool {
        let mut objects = HashSet::new();
        for chunk in &file.chunks {
            objects.extend(self.trouble_with(chunk));
        }
        for object in &objects {
            self.found.hurts(object, path, snapshot);
        }
        objects.is_empty()
    }

    /// The objects because of which a chunk cannot be had; none when it can.
    fn trouble_with(&mut self, chunk: &ChunkId) -> Vec<String> {
        let places = self.repository.places(chunk);
        let was_collected = |pack| self.found.is_condemned(pack);
        if self.is_spare && places.iter().all(|place| was_collected(&place.pack)) {
            return Vec::new();
        }
        if places.is_empty() {
            if self.missing.is_empty() {
                let object = format!("chunk {chunk}");
                self.found.add(&*object, "no index knows it");
                return vec![object];
            }
            let lost: Vec<_> = self.missing.iter().map(|id| id.key().to_string()).collect();
            lost.iter().for_each(|id| self.found.add(&**id, "it is missing, and a snapshot needs it"));
            return lost;
        }
        let bad = self.found.bad.get(chunk);
        let is_bad = |pack| self.found.lost.contains(pack) || bad.is_some_and(|bad| bad.contains(pack));
        if places.iter().any(|place| !is_bad(&place.pack)) {
            return Vec::new();
        }
        let collected: Vec<_> = places.iter().filter(|place| was_collected(&place.pack)).collect();
        for place in collected {
            self.found.add(place.pack.key().to_string(), "it is condemned, and a version needs it");
        }
        places.iter().map(|place| place.pack.key().to_string()).collect()
    }

    async fn node(&self, id: ChunkId) -> Result<Node, RepositoryError> {
        let fetch =
            |chunk: ChunkId| async move { self.repository.stored_node_chunk(&self.found.lost, chunk).await };
        Node::assemble(id, self.repository.ids(), fetch).await
    }

    /// The objects because of which a folder cannot be read.
    fn blame(&mut self, id: &ChunkId, error: &RepositoryError) -> Result<Vec<String>, VerifyError> {
        let chunk = match error {
            RepositoryError::WrongChunk { chunk, pack } => {
                self.found.bad_chunk(*chunk, *pack, "a chunk in it does not match its id");
                *chunk
            }
            RepositoryError::UnknownChunk { chunk } => *chunk,
            RepositoryError::Node(_) | RepositoryError::Store(crate::StoreError::NotFound { .. }) => *id,
            other => {
                let object = format!("chunk {id}");
                self.found.add(&*object, reason(other));
                return Ok(vec![object]);
            }
        };
        let objects = self.trouble_with(&chunk);
        if objects.is_empty() && !self.is_spare {
            let object = format!("chunk {id}");
            self.found.add(&*object, reason(error));
            return Ok(vec![object]);
        }
        Ok(objects)
    }
}

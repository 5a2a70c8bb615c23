//! Folders: their nodes lie together in small packs, which are fetched whole and kept.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use cyclorama_content::ChunkId;
use futures::{StreamExt, TryStreamExt, stream};

use super::{Repository, RepositoryError};
use crate::{
    PackId,
    index::Location,
    local::{Arena, Records},
    tree::{Entry, Node, path_order},
};

/// Small packs held in memory, up to a limit; those that came first go first.
#[derive(Debug, Default)]
pub(super) struct TreePacks(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    packs: HashMap<PackId, Bytes>,
    /// As they came.
    order: VecDeque<PackId>,
    /// Bytes of all.
    bytes: usize,
}

impl TreePacks {
    fn get(&self, id: PackId) -> Option<Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).packs.get(&id).cloned()
    }

    pub(super) fn keep(&self, id: PackId, bytes: Bytes) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.packs.contains_key(&id) {
            return;
        }
        held.bytes += bytes.len();
        held.packs.insert(id, bytes);
        held.order.push_back(id);
        while held.bytes > MOST_HELD
            && held.order.len() > 1
            && let Some(first) = held.order.pop_front()
        {
            let gone = held.packs.remove(&first);
            held.bytes -= gone.map_or(0, |bytes| bytes.len());
        }
    }
}

/// An entry somewhere below a folder, with its path from there: names joined by `/`.
pub type Found = (String, Entry);

impl Repository {
    /// A folder.
    ///
    /// # Errors
    /// [`RepositoryError`] when a chunk of it is missing, damaged, or makes no folder.
    pub async fn node(&self, id: ChunkId) -> Result<Node, RepositoryError> {
        Node::assemble(id, self.ids(), |chunk| self.node_chunk(chunk)).await
    }

    /// A folder, and the chunks that it is stored as.
    pub(crate) async fn node_and_chunks(&self, id: ChunkId) -> Result<(Node, Vec<ChunkId>), RepositoryError> {
        let chunks = Mutex::new(Vec::new());
        let fetch = |chunk: ChunkId| {
            chunks.lock().unwrap_or_else(PoisonError::into_inner).push(chunk);
            self.node_chunk(chunk)
        };
        let node = Node::assemble(id, self.ids(), fetch).await?;
        Ok((node, chunks.into_inner().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Every chunk below a folder, those of folders included.
    pub(crate) async fn chunks_of(&self, root: ChunkId) -> Result<HashSet<ChunkId>, RepositoryError> {
        let (mut found, mut seen, mut waiting) = (HashSet::new(), HashSet::from([root]), vec![root]);
        while let Some(id) = waiting.pop() {
            let (node, chunks) = self.node_and_chunks(id).await?;
            found.extend(chunks);
            for entry in node.into_entries() {
                match entry {
                    Entry::File(file) => found.extend(file.chunks),
                    Entry::Folder(below) if seen.insert(below.node) => waiting.push(below.node),
                    Entry::Folder(_) | Entry::Symlink(_) => {}
                }
            }
        }
        Ok(found)
    }

    /// Everything below a folder, sorted by path: each folder before what is in it. Folders for whose path `enter`
    /// says no are listed and not entered.
    ///
    /// # Errors
    /// As [`Self::node`].
    pub async fn walk(
        &self,
        root: ChunkId,
        enter: impl Fn(&str) -> bool,
    ) -> Result<Vec<Found>, RepositoryError> {
        let mut found = Vec::new();
        self.walk_each(root, enter, |path, entry| found.push((path, entry))).await?;
        found.sort_by(|(a, _), (b, _)| path_order(a, b));
        Ok(found)
    }

    /// Everything below a folder, in a form that takes little memory.
    pub(crate) async fn records_below(&self, root: ChunkId) -> Result<Records, RepositoryError> {
        let mut found = Arena::default();
        let each = |path: String, entry| {
            found.push(&path, &entry, None);
        };
        self.walk_each(root, |_| true, each).await?;
        Ok(found.into_records())
    }

    /// Hands out everything below a folder, as folders come.
    async fn walk_each(
        &self,
        root: ChunkId,
        enter: impl Fn(&str) -> bool,
        mut each: impl FnMut(String, Entry),
    ) -> Result<(), RepositoryError> {
        let mut level = vec![(String::new(), root)];
        while !level.is_empty() {
            let nodes = stream::iter(std::mem::take(&mut level))
                .map(|(path, id)| async move { self.node(id).await.map(|node| (path, node)) })
                .buffered(FOLDERS_AT_ONCE);
            let mut nodes = std::pin::pin!(nodes);
            while let Some((folder, node)) = nodes.try_next().await? {
                for entry in node.into_entries() {
                    let path = if folder.is_empty() {
                        entry.name().to_owned()
                    } else {
                        format!("{folder}/{}", entry.name())
                    };
                    if let Entry::Folder(below) = &entry
                        && enter(&path)
                    {
                        level.push((path.clone(), below.node));
                    }
                    each(path, entry);
                }
            }
        }
        Ok(())
    }

    /// A chunk of a node, by way of the whole pack where that is small.
    pub(crate) async fn node_chunk(&self, id: ChunkId) -> Result<Bytes, RepositoryError> {
        match self.locate(&id) {
            Some(place) if place.pack_size <= TREE_PACK => match self.tree_pack(&place).await {
                Ok(pack) => {
                    let stored =
                        pack.get(place.offset as usize..).and_then(|rest| rest.get(..place.stored as usize));
                    match stored.map(|stored| self.unpack(&id, &place, stored)) {
                        Some(Ok(raw)) => Ok(raw),
                        _ => self.read_chunk(&id).await,
                    }
                }
                Err(_) => self.read_chunk(&id).await,
            },
            _ => self.read_chunk(&id).await,
        }
    }

    /// A chunk of a node, from the store whatever a cache holds, and from none of the packs in `lost`.
    pub(crate) async fn stored_node_chunk(
        &self,
        lost: &HashSet<PackId>,
        id: ChunkId,
    ) -> Result<Bytes, RepositoryError> {
        let mut places = self.places(&id);
        places.retain(|place| !lost.contains(&place.pack));
        for place in places.iter().filter(|place| place.pack_size <= TREE_PACK) {
            let pack = match self.0.tree_packs.get(place.pack) {
                Some(bytes) => Ok(bytes),
                None => self.stored_object(&place.pack.key(), |bytes| place.pack.names(bytes)).await,
            };
            if let Ok(pack) = pack {
                self.0.tree_packs.keep(place.pack, pack.clone());
                let stored =
                    pack.get(place.offset as usize..).and_then(|rest| rest.get(..place.stored as usize));
                if let Some(Ok(raw)) = stored.map(|stored| self.unpack(&id, place, stored)) {
                    return Ok(raw);
                }
            }
        }
        self.read_any(&id, &places).await
    }

    async fn tree_pack(&self, place: &Location) -> Result<Bytes, RepositoryError> {
        let id = place.pack;
        if let Some(bytes) = self.0.tree_packs.get(id) {
            return Ok(bytes);
        }
        let bytes = self.object("packs", &id.to_string(), &id.key(), |bytes| id.names(bytes)).await?;
        self.0.tree_packs.keep(id, bytes.clone());
        Ok(bytes)
    }

    /// Keeps a small pack that was just written, so that its folders need not be fetched.
    pub(crate) async fn keep_tree_pack(&self, id: PackId, bytes: &Bytes) {
        self.0.cache.put("packs", &id.to_string(), bytes).await;
        self.0.tree_packs.keep(id, bytes.clone());
    }
}

/// Packs up to this size are fetched whole to read a folder. Publishers make packs of folders no larger.
pub(crate) const TREE_PACK: u64 = 4 << 20;
/// Bytes of small packs held in memory.
const MOST_HELD: usize = 16 << 20;
/// Folders read at the same time.
const FOLDERS_AT_ONCE: usize = 16;

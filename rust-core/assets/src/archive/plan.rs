//! Which packs a version needs, and which of them the other store lacks.

use std::collections::{HashMap, HashSet};

use cyclorama_content::ChunkId;
use cyclorama_progress::Cancel;

use super::ArchiveError;
use crate::tree::Entry;
use crate::{PackId, Repository, RepositoryError, Snapshot};

/// Packs of the versions that were looked at.
pub(super) struct Plan<'a> {
    source: &'a Repository,
    target: &'a Repository,
    /// Condemned in the target: nothing there may be counted on.
    condemned: &'a HashSet<PackId>,
    /// Condemned in the source, perhaps because they are damaged there: taken where there is no other place.
    given_up: &'a HashSet<PackId>,
    folders: HashSet<ChunkId>,
    /// To be copied, with their bytes.
    pub(super) new: HashMap<PackId, u64>,
    /// Of the target, with their bytes.
    pub(super) known: HashMap<PackId, u64>,
    /// Condemned in the target, and of the source: to be copied under another id, with their bytes.
    pub(super) anew: HashMap<PackId, u64>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        source: &'a Repository,
        target: &'a Repository,
        condemned: &'a HashSet<PackId>,
        given_up: &'a HashSet<PackId>,
    ) -> Self {
        let (new, known, anew) = Default::default();
        Self { source, target, condemned, given_up, folders: HashSet::new(), new, known, anew }
    }

    /// Adds what a version needs: its folders, its files, and its tables of dependencies where they are there.
    pub(super) async fn version(&mut self, version: &Snapshot, cancel: &Cancel) -> Result<(), ArchiveError> {
        let mut waiting = vec![version.root];
        while let Some(id) = waiting.pop() {
            if !self.folders.insert(id) {
                continue;
            }
            cancel.check()?;
            let (node, chunks) = self.source.node_and_chunks(id).await?;
            chunks.iter().try_for_each(|chunk| self.need(chunk))?;
            for entry in node.into_entries() {
                match entry {
                    Entry::File(file) => file.chunks.iter().try_for_each(|chunk| self.need(chunk))?,
                    Entry::Folder(below) => waiting.push(below.node),
                    Entry::Symlink(_) => {}
                }
            }
        }
        for table in &version.dependencies {
            if self.source.locate(&table.chunk).is_some() {
                self.need(&table.chunk)?;
            }
        }
        Ok(())
    }

    fn need(&mut self, chunk: &ChunkId) -> Result<(), ArchiveError> {
        let stays = |pack: &PackId| !self.condemned.contains(pack);
        let first = self.target.locate(chunk).filter(|place| stays(&place.pack));
        let there = first.or_else(|| self.target.places(chunk).into_iter().find(|place| stays(&place.pack)));
        if let Some(place) = there {
            self.known.insert(place.pack, place.pack_size);
            return Ok(());
        }
        let mut places = self.source.places(chunk);
        places.sort_by_key(|place| self.given_up.contains(&place.pack));
        // One that is copied anyway will do.
        let is_planned = |pack: &PackId| self.new.contains_key(pack) || self.anew.contains_key(pack);
        if places.iter().any(|place| is_planned(&place.pack)) {
            return Ok(());
        }
        match (places.iter().find(|place| stays(&place.pack)), places.first()) {
            (Some(place), _) => self.new.insert(place.pack, place.pack_size),
            (None, Some(place)) => self.anew.insert(place.pack, place.pack_size),
            (None, None) => return Err(RepositoryError::UnknownChunk { chunk: *chunk }.into()),
        };
        Ok(())
    }
}

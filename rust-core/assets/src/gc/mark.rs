//! What is needed, and by whom: every chunk of every version that is not on its way out, in the one place that is to
//! stay.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cyclorama_content::ChunkId;
use cyclorama_outcome::{Classify, Kind};
use futures::{StreamExt, TryStreamExt, stream};

use super::{GcError, GcOptions, view::View};
use crate::{
    IndexId, PackId, Repository, RepositoryError, Snapshot, SnapshotId,
    index::{Index, KEY},
    tree::Entry,
};

/// Who needs a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// Nobody.
    #[default]
    None,
    /// Only versions that are on their way out, or of which nobody knows.
    Held,
    /// A version that stays.
    Kept,
}

/// For each row of each index object, who needs its chunk there. A chunk that lies in several places is needed in one.
pub(super) struct Marks {
    indexes: Arc<Vec<(IndexId, Arc<Index>)>>,
    needs: Vec<Vec<Need>>,
}

impl Marks {
    /// Marks what is needed. Versions that stay must be there whole; others are taken as they are.
    pub(super) async fn of(
        repository: &Repository,
        options: &GcOptions,
        view: &View,
    ) -> Result<Self, GcError> {
        let indexes = repository.loaded_indexes();
        let needs = indexes.iter().map(|(_, index)| vec![Need::None; index.len()]).collect();
        let mut walk = Walk {
            repository,
            options,
            view,
            seen: HashMap::new(),
            trail: Vec::new(),
            marks: Self { indexes, needs },
        };
        let others = view.unkept.iter().chain(&view.waiting).collect::<Vec<_>>();
        options.progress.set_total((view.kept.len() + view.young.len() + others.len()) as u64);
        for snapshot in view.kept.values() {
            walk.folders(snapshot.root, Need::Kept).await?;
            walk.tables(snapshot, Need::Kept);
            options.progress.add_done(1);
        }
        for id in &view.young {
            walk.version(*id, Need::Kept).await?;
        }
        for id in others {
            walk.version(*id, Need::Held).await?;
        }
        Ok(walk.marks)
    }

    /// Stored bytes of chunks that stay.
    pub(super) fn bytes_kept(&self) -> u64 {
        self.rows().filter(|row| row.need == Need::Kept).map(|row| row.stored).sum()
    }

    /// Packs in which somebody needs something.
    pub(super) fn needed_packs(&self) -> HashSet<PackId> {
        self.rows().filter(|row| row.need > Need::None).map(|row| row.pack).collect()
    }

    /// By pack, the bytes in it that stay.
    pub(super) fn kept_by_pack(&self) -> HashMap<PackId, u64> {
        let mut kept = HashMap::new();
        for row in self.rows().filter(|row| row.need == Need::Kept) {
            *kept.entry(row.pack).or_default() += row.stored;
        }
        kept
    }

    /// The chunks that stay and are needed in one of these packs.
    pub(super) fn kept_in(&self, packs: &HashSet<PackId>) -> HashMap<PackId, HashSet<[u8; KEY]>> {
        let mut kept: HashMap<PackId, HashSet<_>> = HashMap::new();
        for row in self.rows().filter(|row| row.need == Need::Kept && packs.contains(&row.pack)) {
            kept.entry(row.pack).or_default().insert(row.key);
        }
        kept
    }

    fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.indexes.iter().zip(&self.needs).flat_map(|((_, index), needs)| {
            index.iter().zip(needs).map(|((key, place), need)| Row {
                key,
                pack: place.pack,
                stored: place.stored.into(),
                need: *need,
            })
        })
    }

    /// Marks a chunk in the place where it is to be; `false` where no place has it.
    ///
    /// That is the one that was condemned last, where never is later than ever, and of several the one with the greatest
    /// id. Collections that know of different records choose alike by this rule: none takes one place and leaves the
    /// chunk to another place that the other one takes.
    fn mark(&mut self, view: &View, chunk: &ChunkId, need: Need) -> bool {
        let mut best = None;
        for (number, (_, index)) in self.indexes.iter().enumerate() {
            let Some(row) = index.position(chunk) else { continue };
            let pack = index.location_at(row).pack;
            if view.packs.contains_key(&pack) {
                best = best.max(Some((view.condemned_when(&pack), pack, number, row)));
            }
        }
        let Some((_, _, number, row)) = best else { return false };
        let marked = &mut self.needs[number][row];
        *marked = need.max(*marked);
        true
    }
}

/// One row of an index object.
struct Row {
    key: [u8; KEY],
    pack: PackId,
    stored: u64,
    need: Need,
}

struct Walk<'a> {
    repository: &'a Repository,
    options: &'a GcOptions,
    view: &'a View,
    /// Folders that were walked, with all below them, and for whom.
    seen: HashMap<ChunkId, Need>,
    /// What `seen` said before the version that is being walked.
    trail: Vec<(ChunkId, Option<Need>)>,
    marks: Marks,
}

impl Walk<'_> {
    /// Marks what a version needs that no ref needs. What of it is not there need not stay.
    async fn version(&mut self, id: SnapshotId, need: Need) -> Result<(), GcError> {
        let walked = match self.repository.snapshot(id).await {
            Ok(snapshot) => {
                self.tables(&snapshot, need);
                self.folders(snapshot.root, need).await
            }
            Err(error) => Err(error.into()),
        };
        match walked {
            Err(GcError::Repository(error)) if matches!(error.kind(), Kind::Integrity | Kind::NotFound) => {
                tracing::debug!(snapshot = %id, %error, "a version without a ref is not whole");
                // Its folders were not walked to the end: others that share them are.
                for (id, before) in self.trail.drain(..).rev() {
                    match before {
                        Some(before) => self.seen.insert(id, before),
                        None => self.seen.remove(&id),
                    };
                }
            }
            other => other?,
        }
        self.options.progress.add_done(1);
        Ok(())
    }

    /// Marks what publishers learnt of a version's packages. What of it is gone is no loss.
    fn tables(&mut self, snapshot: &Snapshot, need: Need) {
        for table in &snapshot.dependencies {
            self.marks.mark(self.view, &table.chunk, need);
        }
    }

    /// Marks a folder and everything below it.
    async fn folders(&mut self, root: ChunkId, need: Need) -> Result<(), GcError> {
        self.trail.clear();
        let mut level = vec![root];
        while !level.is_empty() {
            self.options.cancel.check()?;
            level.retain(|id| self.seen.get(id).is_none_or(|before| *before < need));
            for id in &level {
                self.trail.push((*id, self.seen.insert(*id, need)));
            }
            let repository = self.repository;
            let nodes: Vec<_> = stream::iter(level)
                .map(|id| repository.node_and_chunks(id))
                .buffered(FOLDERS_AT_ONCE)
                .try_collect()
                .await?;
            level = Vec::new();
            for (node, chunks) in nodes {
                for chunk in &chunks {
                    self.chunk(chunk, need)?;
                }
                for entry in node.entries() {
                    match entry {
                        Entry::File(file) => {
                            file.chunks.iter().try_for_each(|chunk| self.chunk(chunk, need))?;
                        }
                        Entry::Folder(below) => level.push(below.node),
                        Entry::Symlink(_) => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn chunk(&mut self, chunk: &ChunkId, need: Need) -> Result<(), RepositoryError> {
        if self.marks.mark(self.view, chunk, need) {
            Ok(())
        } else {
            Err(RepositoryError::UnknownChunk { chunk: *chunk })
        }
    }
}

/// Folders read at the same time.
const FOLDERS_AT_ONCE: usize = 16;

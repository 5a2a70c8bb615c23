//! The last steps: folders, index, snapshot, and the move of the ref that makes it all visible at once.

use cyclorama_content::{ChunkId, Digest};

use super::{
    Options, PublishError, folders::Folders, journal::StoredPack, known::Known, merge::Merge, race::Race,
    send::Sender, tidy::remove_replaced,
};
use crate::{
    Ref, Repository, RepositoryError, Snapshot, SnapshotId, SnapshotStats,
    codec::Packer,
    local::Records,
    pack::PackBuilder,
    repository::{Pointer, TREE_PACK},
    unreal::{DependencyTable, KeptTable, tables_with},
};

/// What is about to be published.
pub(super) struct Commit<'a, 'b> {
    pub(super) repository: &'a Repository,
    pub(super) options: &'a Options,
    pub(super) known: &'a Known,
    pub(super) sender: &'a mut Sender<'b>,
    /// Packs of a killed publish; those of which something is used go into the index.
    pub(super) adopted: Vec<StoredPack>,
    /// Bytes of those.
    pub(super) bytes_adopted: u64,
    pub(super) folders: Folders,
    /// The version this folder had, as its top folder, and what was in it.
    pub(super) base: Option<(ChunkId, &'a Records)>,
    /// What it is now.
    pub(super) ours: ChunkId,
    pub(super) bytes_new: u64,
    /// What the packages that were read refer to.
    pub(super) learnt: DependencyTable,
    /// The contents of all packages of this folder, sorted; none where nothing was learnt.
    pub(super) packages: Vec<Digest>,
    /// The collection that this publish knows of.
    pub(super) epoch: u64,
}

/// What became visible.
#[derive(Clone, Debug)]
pub(super) struct Committed {
    pub(super) id: SnapshotId,
    pub(super) snapshot: Snapshot,
    /// Somebody else's changes are in it as well.
    pub(super) merged: bool,
    /// It was made now; otherwise it was there already, and holds all that this folder has to say.
    pub(super) written: bool,
}

impl Commit<'_, '_> {
    /// Publishes on top of `pointer`, and of whatever comes in between; `seen` is always the last that was read.
    pub(super) async fn run(
        &mut self,
        mut pointer: Option<Pointer>,
        seen: &mut Option<Pointer>,
    ) -> Result<Committed, PublishError> {
        let before = pointer.as_ref().map(|pointer| pointer.value.snapshot);
        for attempt in 1.. {
            self.options.cancel.check()?;
            let is_first = attempt == 1;
            if let Some(committed) = self.attempt(pointer.as_ref(), before, is_first).await? {
                return Ok(committed);
            }
            self.options.pause(attempt).await?;
            pointer = self.repository.read_ref(&self.options.name).await?;
            seen.clone_from(&pointer);
            let epoch = match &pointer {
                Some(pointer) => pointer.value.gc_epoch,
                None => self.repository.newest_epoch().await?,
            };
            if epoch > self.epoch {
                return Err(PublishError::Collected { name: self.options.name.clone() });
            }
        }
        unreachable!("the loop ends by returning")
    }

    /// Publishes on top of `pointer`; nothing where somebody else moved the ref first. It is looked for that beside each step:
    /// the sooner an attempt ends that will fail, the less it leaves behind. What was sent is of use to the next one.
    async fn attempt(
        &mut self,
        pointer: Option<&Pointer>,
        before: Option<SnapshotId>,
        is_first: bool,
    ) -> Result<Option<Committed>, PublishError> {
        let race = Race { repository: self.repository, name: &self.options.name, pointer };
        let theirs = match pointer {
            Some(pointer) => Some((pointer.value.snapshot, self.repository.pointed(pointer).await?)),
            None => None,
        };
        if let Some((_, theirs)) = theirs.as_ref().filter(|_| !is_first) {
            self.repository.load_indexes(&theirs.indexes).await?;
        }
        let (merged, is_lost) = tokio::join!(self.merged(theirs.as_ref()), race.is_lost(!is_first));
        let (root, mut parents, merged) = merged?;
        if let Some((id, theirs)) = &theirs
            && parents.is_empty()
            && before == Some(*id)
            && self.mends(theirs.root)
        {
            parents = vec![*id];
        }
        let (dependencies, indexes) = match theirs {
            Some((id, snapshot)) if parents.is_empty() => {
                return Ok(Some(Committed { id, snapshot, merged, written: false }));
            }
            Some((_, snapshot)) => (snapshot.dependencies, snapshot.indexes),
            None => (Vec::new(), Vec::new()),
        };
        if is_lost {
            return Ok(None);
        }
        let (dependencies, tables) =
            tables_with(self.repository, &dependencies, &self.learnt, &self.packages).await?;
        self.send_folders(root, &tables).await?;
        let looks = self.sender.is_sending();
        let (sent, is_lost) = tokio::join!(self.sender.drain(), race.is_lost(looks));
        sent?;
        if is_lost {
            return Ok(None);
        }
        self.adopt().await?;
        let (stored, is_lost) = tokio::join!(self.sender.put_index(), race.is_lost(!is_first));
        stored?;
        if is_lost {
            return Ok(None);
        }
        self.sender.end_merging().await;
        let (id, snapshot) = self.snapshot(root, parents, dependencies).await?;
        if !self.move_ref(pointer, id).await? {
            return Ok(None);
        }
        if !self.options.dry_run {
            remove_replaced(self.repository, &indexes, &snapshot.indexes).await;
        }
        Ok(Some(Committed { id, snapshot, merged, written: true }))
    }

    /// The top folder to publish over what the ref points to, and its parents: none when there is nothing to add to
    /// what is published.
    async fn merged(
        &mut self,
        theirs: Option<&(SnapshotId, Snapshot)>,
    ) -> Result<(ChunkId, Vec<SnapshotId>, bool), PublishError> {
        let Some((id, theirs)) = theirs else { return Ok((self.ours, Vec::new(), false)) };
        if self.ours == theirs.root {
            return Ok((self.ours, Vec::new(), false));
        }
        let base = self.base.map(|(base, _)| base);
        if self.options.replace || base == Some(theirs.root) {
            return Ok((self.ours, vec![*id], false));
        }
        if let Some((base, entries)) = self.base
            && self.folders.totals(&base).is_none()
        {
            // Folders that did not change need not be fetched then.
            let entries = entries.iter().map(|known| (known.path(), known.entry()));
            self.folders.build(entries, self.repository.ids());
        }
        self.repository.load_indexes(&theirs.indexes).await?;
        let mut merge = Merge {
            repository: self.repository,
            folders: &mut self.folders,
            on_conflict: self.options.on_conflict,
            conflicts: Vec::new(),
        };
        let root = merge.run(base, self.ours, theirs.root).await?;
        let mut conflicts = merge.conflicts;
        if !conflicts.is_empty() && self.options.on_conflict == super::OnConflict::Stop {
            conflicts.sort();
            return Err(PublishError::Conflicts { name: self.options.name.clone(), conflicts });
        }
        let parents = if root == theirs.root { Vec::new() } else { vec![*id] };
        Ok((root, parents, root != self.ours))
    }

    /// Whether the store lacked something of this folder, though it is what the ref pointed to before the indexes were read:
    /// what is sent again must be found by whoever reads it.
    fn mends(&self, theirs: ChunkId) -> bool {
        let lacks_folders = || self.folders.chunks_below(theirs).any(|(id, _)| !self.known.has(id));
        let has_sent = self.bytes_new > 0 || self.sender.bytes > 0 || !self.known.used().is_empty();
        self.ours == theirs && (has_sent || lacks_folders())
    }

    /// Puts the packs of a killed publish into the index, as far as something in them is used.
    async fn adopt(&mut self) -> Result<(), PublishError> {
        let used = self.known.used();
        let (used, rest): (Vec<_>, _) =
            std::mem::take(&mut self.adopted).into_iter().partition(|pack| used.contains(&pack.id));
        self.adopted = rest;
        for pack in used {
            self.bytes_adopted += pack.size;
            self.sender.add(&pack).await?;
        }
        Ok(())
    }

    /// Sends the chunks of folders and tables that the store does not have, in packs of their own.
    async fn send_folders(
        &mut self,
        root: ChunkId,
        tables: &[(ChunkId, Vec<u8>)],
    ) -> Result<(), PublishError> {
        let sealer = self.repository.sealer();
        let mut packer = Packer::new(self.options.level).map_err(PublishError::Memory)?;
        let mut pack = PackBuilder::default();
        // Sending changes other things of the same whole.
        let folders = std::mem::take(&mut self.folders);
        let tables = tables.iter().map(|(id, raw)| (id, &raw[..]));
        for (id, raw) in folders.chunks_below(root).map(|(id, raw)| (id, &raw[..])).chain(tables) {
            if !self.known.is_new(id) {
                continue;
            }
            let (codec, packed) = packer.pack(raw);
            pack.add(*id, raw.len() as u32, codec, packed, sealer);
            if pack.len() >= TREE_PACK_TARGET {
                self.send_pack(std::mem::take(&mut pack)).await?;
            }
        }
        self.folders = folders;
        self.send_pack(pack).await
    }

    async fn send_pack(&mut self, pack: PackBuilder) -> Result<(), PublishError> {
        if pack.is_empty() {
            return Ok(());
        }
        let pack = pack.finish(self.repository.sealer(), self.repository.now());
        let pack = pack.unless(|id| self.known.is_condemned(id));
        if !self.options.dry_run {
            self.repository.keep_tree_pack(pack.id, &pack.bytes).await;
        }
        self.sender.send(pack).await
    }

    async fn snapshot(
        &mut self,
        root: ChunkId,
        parents: Vec<SnapshotId>,
        dependencies: Vec<KeptTable>,
    ) -> Result<(SnapshotId, Snapshot), PublishError> {
        let created = self.repository.now().nanos() / 1_000_000;
        let mut snapshot = Snapshot::new(root, created.max(0) as u64);
        let (files, bytes) = match self.folders.totals(&root) {
            Some(totals) => totals,
            None => self.repository.node(root).await?.totals(),
        };
        snapshot.stats =
            SnapshotStats { files, bytes, bytes_new: self.bytes_new, bytes_uploaded: self.sender.bytes };
        snapshot.parents = parents;
        snapshot.dependencies = dependencies;
        snapshot.author.clone_from(&self.options.author);
        snapshot.message.clone_from(&self.options.message);
        snapshot.engine.clone_from(&self.options.engine);
        snapshot.indexes = self.repository.loaded_indexes().iter().map(|(id, _)| *id).collect();
        if self.options.dry_run {
            let bytes = snapshot.encode().map_err(RepositoryError::from)?;
            return Ok((SnapshotId::of(&bytes, self.repository.now()), snapshot));
        }
        loop {
            let id = self.repository.put_snapshot(&snapshot).await?;
            if !self.known.is_condemned_version(&id) {
                return Ok((id, snapshot));
            }
            // Made in the very millisecond of one that was condemned.
            snapshot.created_ms += 1;
        }
    }

    async fn move_ref(&self, pointer: Option<&Pointer>, id: SnapshotId) -> Result<bool, PublishError> {
        if self.options.dry_run {
            return Ok(true);
        }
        let (by, moved) = (self.options.author.clone(), self.repository.now().nanos() / 1_000_000);
        let moved = moved.max(0) as u64;
        let mut new = match pointer {
            Some(pointer) => pointer.value.moved(id, by, moved),
            None => Ref::first(self.options.name.clone(), id, by, moved),
        };
        new.gc_epoch = self.epoch;
        Ok(self.repository.move_ref(pointer, &new).await?)
    }
}

/// Packs of folders are closed well below the size up to which readers fetch them whole.
const TREE_PACK_TARGET: usize = (TREE_PACK / 2) as usize;

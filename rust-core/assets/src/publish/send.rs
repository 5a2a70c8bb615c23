//! Sending packs: several at a time, each noted in the journal once the store has it.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{
    Options, PublishError,
    journal::{Journal, StoredPack},
    known::Known,
};
use crate::{Repository, RepositoryError, index::IndexBuilder, pack::Pack};

/// What was sent so far.
pub(super) struct Sender<'a> {
    pub(super) repository: &'a Repository,
    pub(super) options: &'a Options,
    pub(super) known: Arc<Known>,
    pub(super) journal: Arc<Journal>,
    /// Packs in the store that no index object knows yet.
    pub(super) index: IndexBuilder,
    /// Bytes the store has taken, or would have.
    pub(super) bytes: u64,
}

impl<'a> Sender<'a> {
    pub(super) fn new(
        repository: &'a Repository,
        known: &Arc<Known>,
        journal: Arc<Journal>,
        options: &'a Options,
    ) -> Self {
        let index = IndexBuilder::default();
        Self { repository, options, known: Arc::clone(known), journal, index, bytes: 0 }
    }

    /// Sends what comes until nobody has more. On an error what is on its way is abandoned; what was noted stays.
    pub(super) async fn run(&mut self, mut packs: mpsc::Receiver<Pack>) -> Result<(), PublishError> {
        let mut running = JoinSet::new();
        let mut open = true;
        while open || !running.is_empty() {
            tokio::select! {
                pack = packs.recv(), if open && running.len() < self.options.uploads.max(1) => match pack {
                    Some(pack) => {
                        running.spawn(self.put(pack));
                    }
                    None => open = false,
                },
                Some(done) = running.join_next(), if !running.is_empty() => {
                    let stored = done.map_err(RepositoryError::from)??;
                    self.stored(&stored).await?;
                }
            }
        }
        Ok(())
    }

    /// Sends one pack, now.
    pub(super) async fn send(&mut self, pack: Pack) -> Result<(), PublishError> {
        let stored = self.put(pack).await?;
        self.stored(&stored).await
    }

    /// Puts a pack into the store and then into the journal.
    fn put(&self, pack: Pack) -> impl Future<Output = Result<StoredPack, PublishError>> + Send + 'static {
        let (repository, dry_run) = (self.repository.clone(), self.options.dry_run);
        let (journal, progress) = (Arc::clone(&self.journal), self.options.progress.clone());
        async move {
            let Pack { id, bytes, entries } = pack;
            let stored = StoredPack { id, size: bytes.len() as u64, entries };
            if dry_run {
                return Ok(stored);
            }
            repository.put_object(&id.key(), bytes).await?;
            progress.add_transferred(stored.size);
            let noted = tokio::task::spawn_blocking(move || journal.pack(&stored).map(|()| stored)).await;
            noted.map_err(RepositoryError::from)?.map_err(PublishError::Journal)
        }
    }

    /// Counts a pack that the store has.
    async fn stored(&mut self, pack: &StoredPack) -> Result<(), PublishError> {
        self.bytes += pack.size;
        if self.options.dry_run {
            return Ok(());
        }
        self.add(pack).await
    }

    /// Puts a pack into the next index object.
    pub(super) async fn add(&mut self, pack: &StoredPack) -> Result<(), PublishError> {
        self.index.add_pack(pack.id, pack.size, &pack.entries);
        // A first publish of terabytes: what is there already goes into an index of its own.
        if self.index.len() >= ROWS || !self.index.has_room_for(2) {
            self.put_index().await?;
            self.known.forget_indexed();
        }
        Ok(())
    }

    /// Stores an index object of all packs since the last one, and of what small ones know when there are many.
    pub(super) async fn put_index(&mut self) -> Result<(), PublishError> {
        if !self.index.is_empty() && !self.options.dry_run {
            self.merge_small();
            let (_, bytes) = self.repository.put_index(std::mem::take(&mut self.index).finish()).await?;
            self.bytes += bytes;
            self.options.progress.add_transferred(bytes);
        }
        Ok(())
    }
}

impl Sender<'_> {
    /// Takes the smaller half of many index objects into the next one, so that readers never need many.
    fn merge_small(&mut self) {
        let loaded = self.repository.loaded_indexes();
        if loaded.len() < MANY {
            return;
        }
        let mut by_size: Vec<_> = loaded.iter().collect();
        by_size.sort_by_key(|(_, index)| index.len());
        for (id, index) in by_size.into_iter().take(loaded.len() / 2) {
            let fits = self.index.len() + index.len() <= ROWS && self.index.has_room_for(index.packs().len());
            if fits && !self.index.conflicts_with(index, |_| true) {
                self.index.merge(*id, index);
            }
        }
    }
}

/// Index objects from which on small ones are merged.
const MANY: usize = 8;
/// Chunks after which an index object is stored.
const ROWS: usize = 250_000;

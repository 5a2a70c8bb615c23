//! Sending packs: several at a time, each noted in the journal once the store has it.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use super::{
    Options, PublishError,
    journal::{Journal, StoredPack},
    known::Known,
    tidy::{fits, merge_small},
};
use crate::{
    IndexId, Repository, RepositoryError,
    index::{FULL, IndexBuilder},
    pack::Pack,
};

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
    /// Small index objects that this publish stored, and that its next one takes the place of.
    stored_small: Vec<IndexId>,
    /// Packs on their way.
    running: JoinSet<Result<StoredPack, PublishError>>,
    /// Small index objects that are being put together; the bytes of what came of it.
    merging: JoinSet<u64>,
}

impl<'a> Sender<'a> {
    pub(super) fn new(
        repository: &'a Repository,
        known: &Arc<Known>,
        journal: Arc<Journal>,
        options: &'a Options,
    ) -> Self {
        Self {
            repository,
            options,
            known: Arc::clone(known),
            journal,
            index: IndexBuilder::default(),
            bytes: 0,
            stored_small: Vec::new(),
            running: JoinSet::new(),
            merging: JoinSet::new(),
        }
    }

    /// Sends what comes until nobody has more; the last of it is still on its way then. On an error what is on its way
    /// is abandoned; what was noted stays.
    pub(super) async fn run(&mut self, mut packs: mpsc::Receiver<Pack>) -> Result<(), PublishError> {
        loop {
            tokio::select! {
                pack = packs.recv(), if self.running.len() < self.options.uploads.max(1) => match pack {
                    Some(pack) => self.spawn(pack),
                    None => return Ok(()),
                },
                Some(done) = self.running.join_next(), if !self.running.is_empty() => self.settle(done).await?,
            }
        }
    }

    /// Sends one more pack beside those on their way.
    pub(super) async fn send(&mut self, pack: Pack) -> Result<(), PublishError> {
        while self.running.len() >= self.options.uploads.max(1)
            && let Some(done) = self.running.join_next().await
        {
            self.settle(done).await?;
        }
        self.spawn(pack);
        Ok(())
    }

    /// Waits until the store has every pack.
    pub(super) async fn drain(&mut self) -> Result<(), PublishError> {
        while let Some(done) = self.running.join_next().await {
            self.settle(done).await?;
        }
        Ok(())
    }

    fn spawn(&mut self, pack: Pack) {
        let put = self.put(pack);
        self.running.spawn(put);
    }

    async fn settle(
        &mut self,
        done: Result<Result<StoredPack, PublishError>, JoinError>,
    ) -> Result<(), PublishError> {
        let stored = done.map_err(RepositoryError::from)??;
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
        if self.index.len() >= FULL || !self.index.has_room_for(2) {
            self.put_index().await?;
            self.known.forget_indexed();
        }
        Ok(())
    }

    /// Whether something is on its way.
    pub(super) fn is_sending(&self) -> bool {
        !self.running.is_empty()
    }

    /// Stores an index object of all packs that the store took since the last one. It takes the place of small ones that
    /// this publish stored before, in attempts that came too late: of many attempts one is left.
    pub(super) async fn put_index(&mut self) -> Result<(), PublishError> {
        if self.index.is_empty() || self.options.dry_run {
            return Ok(());
        }
        let mut index = std::mem::take(&mut self.index);
        let loaded = self.repository.loaded_indexes();
        for id in std::mem::take(&mut self.stored_small) {
            // One that is not loaded any more has been merged by somebody else.
            if let Some((_, before)) = loaded.iter().find(|(loaded, _)| *loaded == id)
                && fits(&index, before)
            {
                index.merge(id, before);
            }
        }
        let is_small = index.len() <= SMALL;
        let id = self.store(index).await?;
        self.stored_small.extend(is_small.then_some(id));
        Ok(())
    }

    /// Puts small index objects together beside everything else; see [`merge_small`].
    pub(super) fn begin_merging(&mut self) {
        if !self.options.dry_run {
            let repository = self.repository.clone();
            self.merging.spawn(async move { merge_small(&repository).await });
        }
    }

    /// Waits until that is done.
    pub(super) async fn end_merging(&mut self) {
        while let Some(ended) = self.merging.join_next().await {
            let bytes = ended.unwrap_or_default();
            self.bytes += bytes;
            self.options.progress.add_transferred(bytes);
        }
    }

    async fn store(&mut self, index: IndexBuilder) -> Result<IndexId, RepositoryError> {
        let (id, bytes) = self.repository.put_index(index.finish()).await?;
        self.bytes += bytes;
        self.options.progress.add_transferred(bytes);
        Ok(id)
    }
}

/// Chunks of an index object that the next attempt of the same publish writes again: 28 KB.
const SMALL: usize = 1000;

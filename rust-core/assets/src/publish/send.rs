//! Sending packs: several at a time, each noted in the journal once the store has it.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use super::{
    Options, PublishError,
    journal::{Journal, StoredPack},
    known::Known,
};
use crate::{
    Repository, RepositoryError,
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
    /// Packs on their way.
    running: JoinSet<Result<StoredPack, PublishError>>,
}

impl<'a> Sender<'a> {
    pub(super) fn new(
        repository: &'a Repository,
        known: &Arc<Known>,
        journal: Arc<Journal>,
        options: &'a Options,
    ) -> Self {
        let (index, running) = (IndexBuilder::default(), JoinSet::new());
        Self { repository, options, known: Arc::clone(known), journal, index, bytes: 0, running }
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

    /// Stores an index object of all packs that the store took since the last one.
    pub(super) async fn put_index(&mut self) -> Result<(), PublishError> {
        if !self.index.is_empty() && !self.options.dry_run {
            let index = std::mem::take(&mut self.index);
            self.store(index).await?;
        }
        Ok(())
    }

    /// Puts the smaller ones of many index objects together, so that readers never need many. Only for who has just
    /// moved a ref: if everybody did it who tries to, they would leave behind the square of what they publish.
    ///
    /// The ref has moved by then, and counts on nothing of this: whoever fails here or is killed leaves it to the next.
    pub(super) async fn merge_small(&mut self) {
        let loaded = self.repository.loaded_indexes();
        if loaded.len() < MANY || self.options.dry_run {
            return;
        }
        let mut by_size: Vec<_> = loaded.iter().collect();
        by_size.sort_by_key(|(_, index)| index.len());
        let mut merged = IndexBuilder::default();
        for (id, index) in by_size {
            if is_much_larger(index.len(), merged.len()) {
                break;
            }
            let fits = merged.len() + index.len() <= FULL && merged.has_room_for(index.packs().len());
            if fits && !merged.conflicts_with(index, |_| true) {
                merged.merge(*id, index);
            }
        }
        if merged.replaces() < 2 {
            return;
        }
        if let Err(error) = self.store(merged).await {
            tracing::debug!(%error, "small index objects were not put together");
        }
    }

    async fn store(&mut self, index: IndexBuilder) -> Result<(), RepositoryError> {
        let (_, bytes) = self.repository.put_index(index.finish()).await?;
        self.bytes += bytes;
        self.options.progress.add_transferred(bytes);
        Ok(())
    }
}

/// Whether an index object of `next` chunks is so much larger than all smaller ones together, `before`, that it is not written
/// again for their sake. So a chunk is written again only when what it stands in grows by a good part, which is seldom. Were a
/// fixed number of objects put together, one of them would grow by what is new alone, and the whole be the square of that.
fn is_much_larger(next: usize, before: usize) -> bool {
    const MUCH: usize = 3;
    before > 0 && next > MUCH * before
}

/// Index objects from which on small ones are merged.
const MANY: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// Publishes of `chunks` each, one after the other: chunks written again in all, and the most index objects at a time.
    fn merged(publishes: usize, chunks: usize) -> (usize, usize) {
        let (mut objects, mut written, mut most) = (Vec::new(), 0, 0);
        for _ in 0..publishes {
            objects.push(chunks);
            most = most.max(objects.len());
            if objects.len() < MANY {
                continue;
            }
            objects.sort_unstable();
            let (mut count, mut sum) = (0, 0);
            while objects.get(count).is_some_and(|next| !is_much_larger(*next, sum)) {
                sum += objects[count];
                count += 1;
            }
            if count >= 2 {
                objects.drain(..count);
                objects.push(sum);
                written += sum;
            }
        }
        (written, most)
    }

    #[test]
    fn a_chunk_s_place_is_written_again_seldom_however_often_somebody_publishes() {
        for (publishes, times) in [(100, 6), (1_000, 8), (10_000, 11), (100_000, 14)] {
            for chunks in [1, 4, 100] {
                let (written, most) = merged(publishes, chunks);
                assert!(written <= times * publishes * chunks, "{publishes} of {chunks}: {written}");
                assert!(most <= MANY + 3, "{publishes} of {chunks}: {most} to read");
            }
        }
    }
}

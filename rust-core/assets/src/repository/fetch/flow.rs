//! Reading what a plan says: each range is one request, and its chunks are unpacked, proven and handed on while the
//! rest of it is on its way.

use std::ops;
use std::sync::Arc;

use bytes::Bytes;
use cyclorama_outcome::{Classify as _, Kind};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::{Batch, FetchPlan, Piece, Range};
use crate::codec::Codec;
use crate::repository::buffers::Buffers;
use crate::{Repository, RepositoryError, StoreError};

impl Repository {
    /// Reads what `plan` says and hands `take` every batch, on a thread that may wait for a disk. The batches of a
    /// range come in the order they lie in; several ranges come side by side, at most `at_once`. Each holds up to
    /// 4 MiB as it comes, and no more than one for each of the machine's threads another 8 MiB unpacked.
    ///
    /// # Errors
    /// The first of `take`'s errors, or [`RepositoryError`] when a chunk cannot be had. Other ranges are given up then.
    pub async fn fetch_into<E>(
        &self,
        plan: FetchPlan,
        at_once: usize,
        take: impl Fn(Batch) -> Result<(), E> + Send + Sync + 'static,
    ) -> Result<(), E>
    where
        E: From<RepositoryError> + Send + 'static,
    {
        self.flow(plan, at_once, move |batch| take(batch).map(|()| None), None).await
    }

    /// As [`Self::fetch_into`]; what `take` gives back goes to `out`.
    async fn flow<E>(
        &self,
        plan: FetchPlan,
        at_once: usize,
        take: impl Fn(Batch) -> Result<Option<Batch>, E> + Send + Sync + 'static,
        out: Option<mpsc::Sender<Batch>>,
    ) -> Result<(), E>
    where
        E: From<RepositoryError> + Send + 'static,
    {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let unpacking = Arc::new(Semaphore::new(threads));
        let shared =
            Arc::new(Shared { buffers: Buffers::default(), unpacking: Arc::clone(&unpacking), take, out });
        let (mut ranges, mut running) = (plan.ranges.into_iter(), JoinSet::new());
        let ended = loop {
            while running.len() < at_once.max(1)
                && let Some(range) = ranges.next()
            {
                let (shared, range) = (Arc::clone(&shared), Arc::new(range));
                running.spawn(Flow { repository: self.clone(), shared, range }.run());
            }
            match running.join_next().await.map(|ended| ended.map_err(RepositoryError::from)) {
                None => break Ok(()),
                Some(Ok(Ok(()))) => {}
                Some(Ok(Err(error))) => break Err(error),
                Some(Err(error)) => break Err(error.into()),
            }
        };
        // What a thread has begun it ends; nothing of it may go on behind the caller's back, or keep what it uses.
        running.shutdown().await;
        let _all = unpacking.acquire_many(threads as u32).await;
        ended
    }

    /// Starts reading; batches wait to be taken, one for each request at most.
    pub fn fetch(&self, plan: FetchPlan, at_once: usize) -> Fetch {
        let (sender, batches) = mpsc::channel(1);
        let repository = self.clone();
        let mut running = JoinSet::new();
        running.spawn(
            async move { repository.flow(plan, at_once, |batch| Ok(Some(batch)), Some(sender)).await },
        );
        Fetch { batches, running }
    }
}

/// Chunks on their way. Dropping it stops the requests.
#[derive(Debug)]
pub struct Fetch {
    batches: mpsc::Receiver<Batch>,
    running: JoinSet<Result<(), RepositoryError>>,
}

impl Fetch {
    /// The next chunks to arrive, in no particular order; `None` when all have.
    ///
    /// # Errors
    /// [`RepositoryError`] when some cannot be had.
    pub async fn next(&mut self) -> Result<Option<Batch>, RepositoryError> {
        match self.batches.recv().await {
            Some(batch) => Ok(Some(batch)),
            None => match self.running.join_next().await {
                Some(ended) => ended?.map(|()| None),
                None => Ok(None),
            },
        }
    }
}

/// What all ranges use.
struct Shared<T> {
    buffers: Buffers,
    /// Unpacks and hands on; whoever waits holds no more than what came.
    unpacking: Arc<Semaphore>,
    take: T,
    /// Where what was not taken goes.
    out: Option<mpsc::Sender<Batch>>,
}

impl<T> Shared<T> {
    async fn pass_on(&self, batch: Option<Batch>) {
        if let (Some(out), Some(batch)) = (&self.out, batch) {
            // Nobody listens when the other end was dropped, which ends this as well.
            let _ = out.send(batch).await;
        }
    }
}

/// One range on its way.
struct Flow<T> {
    repository: Repository,
    shared: Arc<Shared<T>>,
    range: Arc<Range>,
}

impl<T> Flow<T> {
    async fn run<E>(self) -> Result<(), E>
    where
        E: From<RepositoryError> + Send + 'static,
        T: Fn(Batch) -> Result<Option<Batch>, E> + Send + Sync + 'static,
    {
        let Range { pack, start, end, .. } = *self.range;
        let pieces = self.repository.store().stream_range(pack.key(), start.into(), (end - start).into());
        let mut incoming = Incoming { pieces, waiting: Bytes::new(), at: start };
        for batch in self.range.batches() {
            let mut block = self.shared.buffers.take(span(&self.range.chunks()[batch.clone()]).len());
            let came = incoming.fill(&mut block, span(&self.range.chunks()[batch.clone()])).await;
            if !came.map_err(RepositoryError::from)? || !self.hand_on(batch.clone(), block).await? {
                self.one_by_one(batch).await?;
            }
        }
        Ok(())
    }

    /// Unpacks a batch and hands it on; false when a chunk is not what it should be.
    async fn hand_on<E>(&self, batch: ops::Range<usize>, block: Vec<u8>) -> Result<bool, E>
    where
        E: From<RepositoryError> + Send + 'static,
        T: Fn(Batch) -> Result<Option<Batch>, E> + Send + Sync + 'static,
    {
        let (repository, range, shared) =
            (self.repository.clone(), Arc::clone(&self.range), Arc::clone(&self.shared));
        let turn = Arc::clone(&self.shared.unpacking).acquire_owned().await;
        let working = tokio::task::spawn_blocking(move || {
            let done = match repository.unpack_batch(&range, &range.chunks()[batch], block, &shared.buffers) {
                Some(chunks) => (shared.take)(chunks).map(|rest| (true, rest)),
                None => Ok((false, None)),
            };
            // In this order: who takes every turn is alone with what `take` holds.
            drop(shared);
            drop(turn);
            done
        });
        let (proven, rest) = working.await.map_err(RepositoryError::from)??;
        self.shared.pass_on(rest).await;
        Ok(proven)
    }

    /// Something in a batch is wrong or gone: each chunk by itself finds another copy, or says which one is lost.
    async fn one_by_one<E>(&self, batch: ops::Range<usize>) -> Result<(), E>
    where
        E: From<RepositoryError> + Send + 'static,
        T: Fn(Batch) -> Result<Option<Batch>, E> + Send + Sync + 'static,
    {
        let mut chunks = Vec::with_capacity(batch.len());
        for Piece { id, .. } in &self.range.chunks()[batch] {
            chunks.push((*id, self.repository.read_chunk(id).await?));
        }
        let shared = Arc::clone(&self.shared);
        let turn = Arc::clone(&self.shared.unpacking).acquire_owned().await;
        let working = tokio::task::spawn_blocking(move || {
            let rest = (shared.take)(chunks);
            drop(shared);
            drop(turn);
            rest
        });
        self.shared.pass_on(working.await.map_err(RepositoryError::from)??).await;
        Ok(())
    }
}

impl Repository {
    /// The chunks of a batch, or none when one of them is not what it should be. What is stored as it is stays where
    /// it came.
    fn unpack_batch(
        &self,
        range: &Range,
        batch: &[Piece],
        block: Vec<u8>,
        buffers: &Buffers,
    ) -> Option<Batch> {
        let start = batch.first()?.offset;
        let place = |piece: &Piece| {
            let begin = (piece.offset - start) as usize;
            begin..begin + piece.stored as usize
        };
        let stays = |piece: &Piece| piece.codec == Codec::Raw && self.sealer().overhead() == 0;
        let packed = batch.iter().filter(|piece| !stays(piece));
        let mut raw = buffers.take(packed.map(|piece| piece.raw as usize).sum());
        let mut opened = Vec::new();
        let proven = self.with_unpacker(|unpacker| {
            batch.iter().all(|piece| match block.get(place(piece)) {
                None => false,
                Some(stored) if stays(piece) => {
                    piece.raw == piece.stored && self.ids().of(stored) == piece.id
                }
                Some(stored) => {
                    let place = range.location(piece);
                    self.unpack_into(&piece.id, &place, stored, unpacker, &mut opened, &mut raw).is_ok()
                }
            })
        });
        if !matches!(proven, Ok(true)) {
            buffers.give(block);
            buffers.give(raw);
            return None;
        }
        let (block, mut raw) = (buffers.share(block), buffers.share(raw));
        let bytes = |piece: &Piece| match stays(piece) {
            true => block.slice(place(piece)),
            false => raw.split_to(piece.raw as usize),
        };
        Some(batch.iter().map(|piece| piece.id).zip(batch.iter().map(bytes)).collect())
    }
}

/// Where the chunks of a batch lie in their pack.
fn span(batch: &[Piece]) -> ops::Range<u32> {
    let start = batch.first().map_or(0, |piece| piece.offset);
    start..batch.iter().map(|piece| piece.offset + piece.stored).max().unwrap_or(start)
}

/// Bytes of a range as they come.
struct Incoming<'a> {
    pieces: BoxStream<'a, Result<Bytes, StoreError>>,
    /// What came and was not taken.
    waiting: Bytes,
    /// Where that begins in the pack.
    at: u32,
}

impl Incoming<'_> {
    /// Takes the bytes at `place` and passes over those before; false when they are gone, were passed over, or are not
    /// those of one object from begin to end.
    async fn fill(&mut self, block: &mut Vec<u8>, place: ops::Range<u32>) -> Result<bool, StoreError> {
        if self.at > place.start {
            return Ok(false);
        }
        while self.at < place.end {
            if self.waiting.is_empty() {
                match self.pieces.next().await {
                    Some(Ok(piece)) => self.waiting = piece,
                    None => return Ok(false),
                    Some(Err(error)) if is_of_the_object(&error) => return Ok(false),
                    Some(Err(error)) => return Err(error),
                }
            }
            let until = if self.at < place.start { place.start } else { place.end };
            let taken = self.waiting.split_to(self.waiting.len().min((until - self.at) as usize));
            if self.at >= place.start {
                block.extend_from_slice(&taken);
            }
            self.at += taken.len() as u32;
        }
        Ok(true)
    }
}

/// Gone, written anew, or damaged: another look, or another copy, may have what is wanted.
fn is_of_the_object(error: &StoreError) -> bool {
    matches!(error.kind(), Kind::NotFound | Kind::Conflict | Kind::Integrity)
}

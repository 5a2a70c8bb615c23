//! Reading many chunks: in the order they lie in, in few long requests, within bounds of memory.

use std::collections::HashSet;
use std::vec;

use bytes::Bytes;
use cyclorama_content::ChunkId;
use tokio::task::JoinSet;

use super::{Repository, RepositoryError, TRIES, buffers::Buffers};
use crate::{
    PackId, StoreError,
    codec::{Codec, Unpacker},
    index::Location,
    seal::Sealed,
};

/// Chunks that came together, each proven by its id.
pub type Batch = Vec<(ChunkId, Bytes)>;

/// What has to be asked for to have some chunks.
#[derive(Clone, Debug, Default)]
pub struct FetchPlan {
    ranges: Vec<Range>,
    /// Bytes that will cross the network.
    pub bytes: u64,
}

impl FetchPlan {
    /// How many requests it takes.
    pub fn requests(&self) -> usize {
        self.ranges.len()
    }
}

#[derive(Clone, Debug)]
struct Range {
    pack: PackId,
    pack_size: u64,
    start: u32,
    end: u32,
    /// Bytes of its chunks once they are unpacked.
    raw: usize,
    chunks: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    id: ChunkId,
    offset: u32,
    stored: u32,
    raw: u32,
    codec: Codec,
}

impl Piece {
    fn location(&self, range: &Range) -> Location {
        let Self { offset, stored, raw, codec, .. } = *self;
        Location { pack: range.pack, pack_size: range.pack_size, offset, stored, raw, codec }
    }
}

impl Repository {
    /// How to have `wanted` (each once, whatever their order) with few requests.
    ///
    /// # Errors
    /// [`RepositoryError::UnknownChunk`] when no loaded index knows one of them: load the snapshot's indexes first.
    pub fn plan(&self, wanted: impl IntoIterator<Item = ChunkId>) -> Result<FetchPlan, RepositoryError> {
        let mut seen = HashSet::new();
        let mut places = Vec::new();
        for id in wanted {
            if seen.insert(id) {
                let place = self.locate(&id).ok_or(RepositoryError::UnknownChunk { chunk: id })?;
                places.push((id, place));
            }
        }
        drop(seen);
        places.sort_by_key(|(_, place)| (place.pack, place.offset));
        let mut plan = FetchPlan::default();
        for (id, Location { pack, pack_size, offset, stored, raw, codec }) in places {
            let end = offset + stored;
            let piece = Piece { id, offset, stored, raw, codec };
            match plan.ranges.last_mut() {
                Some(last)
                    if last.pack == pack
                        && offset.saturating_sub(last.end) <= LONGEST_GAP
                        && end - last.start <= LONGEST_RANGE
                        && last.raw + raw as usize <= LARGEST_BATCH =>
                {
                    last.end = last.end.max(end);
                    last.raw += raw as usize;
                    last.chunks.push(piece);
                }
                _ => {
                    let (start, raw) = (offset, raw as usize);
                    plan.ranges.push(Range { pack, pack_size, start, end, raw, chunks: vec![piece] });
                }
            }
        }
        plan.bytes = plan.ranges.iter().map(|range| u64::from(range.end - range.start)).sum();
        Ok(plan)
    }

    /// Starts reading; at most `at_once` requests, and as many batches waiting to be taken, are held at a time.
    pub fn fetch(&self, plan: FetchPlan, at_once: usize) -> Fetch {
        Fetch {
            repository: self.clone(),
            ranges: plan.ranges.into_iter(),
            running: JoinSet::new(),
            at_once: at_once.max(1),
            buffers: Buffers::default(),
        }
    }

    /// One chunk, looked for again where it is not found: packs and indexes are rewritten while others read.
    pub(super) async fn read_chunk(&self, id: &ChunkId) -> Result<Bytes, RepositoryError> {
        let mut result = self.read_any(id, &self.places(id)).await;
        for _ in 1..TRIES {
            if !matches!(
                &result,
                Err(RepositoryError::UnknownChunk { .. }
                    | RepositoryError::Store(StoreError::NotFound { .. }))
            ) {
                break;
            }
            self.load_all_indexes().await?;
            result = self.read_any(id, &self.places(id)).await;
        }
        result
    }

    /// One chunk from the first of these places where it is whole.
    pub(super) async fn read_any(&self, id: &ChunkId, places: &[Location]) -> Result<Bytes, RepositoryError> {
        let mut result = Err(RepositoryError::UnknownChunk { chunk: *id });
        for place in places {
            result = self.read_at(id, place).await;
            if result.is_ok() {
                break;
            }
        }
        result
    }

    async fn read_at(&self, id: &ChunkId, place: &Location) -> Result<Bytes, RepositoryError> {
        let key = place.pack.key();
        let mut result = Err(RepositoryError::WrongChunk { chunk: *id, pack: place.pack });
        for _ in 0..TRIES {
            let stored = self.store().get_range(&key, place.offset.into(), place.stored.into()).await?;
            result = self.unpack(id, place, &stored);
            if result.is_ok() {
                break;
            }
        }
        result
    }

    /// A chunk from its stored form, proven by its id.
    pub(crate) fn unpack(
        &self,
        id: &ChunkId,
        place: &Location,
        stored: &[u8],
    ) -> Result<Bytes, RepositoryError> {
        let wrong = || RepositoryError::WrongChunk { chunk: *id, pack: place.pack };
        let mut unpacker = Unpacker::new().map_err(|_| wrong())?;
        let (mut opened, mut raw) = (Vec::new(), Vec::with_capacity(place.raw as usize));
        self.unpack_into(id, place, stored, &mut unpacker, &mut opened, &mut raw)?;
        Ok(raw.into())
    }

    fn unpack_into(
        &self,
        id: &ChunkId,
        place: &Location,
        stored: &[u8],
        unpacker: &mut Unpacker,
        opened: &mut Vec<u8>,
        raw: &mut Vec<u8>,
    ) -> Result<(), RepositoryError> {
        let wrong = |_| RepositoryError::WrongChunk { chunk: *id, pack: place.pack };
        let start = raw.len();
        let packed = self.sealer().open(Sealed::Chunk, id.as_bytes(), stored, opened).map_err(wrong)?;
        unpacker.unpack_into(place.codec, packed, place.raw as usize, raw).map_err(wrong)?;
        if self.ids().of(&raw[start..]) == *id {
            Ok(())
        } else {
            Err(RepositoryError::WrongChunk { chunk: *id, pack: place.pack })
        }
    }

    async fn read_range(self, range: Range, buffers: Buffers) -> Result<Batch, RepositoryError> {
        let length = u64::from(range.end - range.start);
        let read = self.store().get_range(&range.pack.key(), range.start.into(), length).await;
        let range = match read {
            Ok(bytes) => {
                let this = self.clone();
                let unpacked =
                    tokio::task::spawn_blocking(move || this.unpack_range(range, &bytes, &buffers)).await?;
                match unpacked {
                    Ok(batch) => return Ok(batch),
                    Err(range) => range,
                }
            }
            Err(StoreError::NotFound { .. }) => range,
            Err(source) => return Err(source.into()),
        };
        // Something in it is wrong or gone: each chunk by itself finds another copy, or says which one is lost.
        let mut batch = Vec::with_capacity(range.chunks.len());
        for piece in &range.chunks {
            batch.push((piece.id, self.read_chunk(&piece.id).await?));
        }
        Ok(batch)
    }

    /// Every chunk of a range in one block of memory, or the range back when one is not what it should be.
    fn unpack_range(&self, range: Range, bytes: &[u8], buffers: &Buffers) -> Result<Batch, Range> {
        let Ok(mut unpacker) = Unpacker::new() else { return Err(range) };
        let (mut opened, mut raw) = (Vec::new(), buffers.take(range.raw));
        for piece in &range.chunks {
            let start = (piece.offset - range.start) as usize;
            let Some(stored) = bytes.get(start..).and_then(|rest| rest.get(..piece.stored as usize)) else {
                return Err(range);
            };
            let place = piece.location(&range);
            if self.unpack_into(&piece.id, &place, stored, &mut unpacker, &mut opened, &mut raw).is_err() {
                return Err(range);
            }
        }
        let mut raw = buffers.share(raw);
        Ok(range.chunks.iter().map(|piece| (piece.id, raw.split_to(piece.raw as usize))).collect())
    }
}

/// Chunks on their way. Dropping it stops the requests.
#[derive(Debug)]
pub struct Fetch {
    repository: Repository,
    ranges: vec::IntoIter<Range>,
    running: JoinSet<Result<Batch, RepositoryError>>,
    at_once: usize,
    buffers: Buffers,
}

impl Fetch {
    /// The next chunks to arrive, in no particular order; `None` when all have.
    ///
    /// # Errors
    /// [`RepositoryError`] when some cannot be had; others may still come after it.
    pub async fn next(&mut self) -> Result<Option<Batch>, RepositoryError> {
        while self.running.len() < self.at_once
            && let Some(range) = self.ranges.next()
        {
            self.running.spawn(self.repository.clone().read_range(range, self.buffers.clone()));
        }
        match self.running.join_next().await {
            Some(batch) => batch?.map(Some),
            None => Ok(None),
        }
    }
}

/// Bytes nobody wants that are fetched to save a request.
const LONGEST_GAP: u32 = 128 << 10;
/// Bytes of one request.
const LONGEST_RANGE: u32 = 8 << 20;
/// Bytes of what one request brings, unpacked: what packs well must not take more memory than what does not.
pub(super) const LARGEST_BATCH: usize = 16 << 20;

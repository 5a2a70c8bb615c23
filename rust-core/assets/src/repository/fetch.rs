//! Reading many chunks: in the order they lie in, in few long requests, within bounds of memory.

mod flow;

use std::collections::HashMap;
use std::ops;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use cyclorama_content::ChunkId;

pub use self::flow::Fetch;
use super::{Repository, RepositoryError, TRIES};
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
    /// Bytes of the chunks themselves.
    pub raw: u64,
}

impl FetchPlan {
    /// How many requests it takes.
    pub fn requests(&self) -> usize {
        self.ranges.len()
    }
}

/// Chunks that are wanted, while they are being gathered.
#[derive(Debug, Default)]
pub(crate) struct Wants {
    packs: Vec<(PackId, u64)>,
    numbers: HashMap<PackId, u32>,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Range {
    pack: PackId,
    pack_size: u64,
    start: u32,
    end: u32,
    /// The chunks of the whole plan, and which of them are in it, in the order they lie in.
    all: Arc<Vec<Piece>>,
    chunks: ops::Range<usize>,
}

impl Range {
    fn chunks(&self) -> &[Piece] {
        &self.all[self.chunks.clone()]
    }

    /// Places of its chunks, in groups that are unpacked together.
    fn batches(&self) -> impl Iterator<Item = ops::Range<usize>> {
        let (chunks, mut next) = (self.chunks(), 0);
        std::iter::from_fn(move || {
            let (start, mut raw) = (next, 0);
            let first = chunks.get(start)?.offset;
            while let Some(piece) = chunks.get(next) {
                raw += piece.raw as usize;
                if next > start
                    && (raw > LARGEST_BATCH || piece.offset + piece.stored - first > LONGEST_BATCH)
                {
                    break;
                }
                next += 1;
            }
            Some(start..next)
        })
    }

    fn location(&self, piece: &Piece) -> Location {
        let Piece { offset, stored, raw, codec, .. } = *piece;
        Location { pack: self.pack, pack_size: self.pack_size, offset, stored, raw, codec }
    }
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    id: ChunkId,
    /// The number of its pack.
    pack: u32,
    offset: u32,
    stored: u32,
    raw: u32,
    codec: Codec,
}

impl Wants {
    /// Wants a chunk, which lies there. Wanting it twice is wanting it once.
    pub(crate) fn add(&mut self, id: ChunkId, place: &Location) {
        let next = self.packs.len() as u32;
        let pack = *self.numbers.entry(place.pack).or_insert_with(|| {
            self.packs.push((place.pack, place.pack_size));
            next
        });
        let Location { offset, stored, raw, codec, .. } = *place;
        self.pieces.push(Piece { id, pack, offset, stored, raw, codec });
    }

    /// How to have them with few requests.
    pub(crate) fn into_plan(self) -> FetchPlan {
        let Self { packs, mut pieces, .. } = self;
        pieces.sort_unstable_by(|a, b| {
            let place = |piece: &Piece| (packs[piece.pack as usize].0, piece.offset);
            place(a).cmp(&place(b))
        });
        pieces.dedup_by_key(|piece| piece.id);
        pieces.shrink_to_fit();
        let all = Arc::new(pieces);
        let mut plan = FetchPlan::default();
        for (at, piece) in all.iter().enumerate() {
            let ((pack, pack_size), end) = (packs[piece.pack as usize], piece.offset + piece.stored);
            match plan.ranges.last_mut() {
                Some(last)
                    if last.pack == pack
                        && piece.offset.saturating_sub(last.end) <= LONGEST_GAP
                        && end - last.start <= LONGEST_RANGE =>
                {
                    last.end = last.end.max(end);
                    last.chunks.end = at + 1;
                }
                _ => {
                    let (start, all) = (piece.offset, Arc::clone(&all));
                    plan.ranges.push(Range { pack, pack_size, start, end, all, chunks: at..at + 1 });
                }
            }
        }
        plan.bytes = plan.ranges.iter().map(|range| u64::from(range.end - range.start)).sum();
        plan.raw = all.iter().map(|piece| u64::from(piece.raw)).sum();
        plan
    }
}

impl Repository {
    /// How to have `wanted` (each once, whatever their order) with few requests.
    ///
    /// # Errors
    /// [`RepositoryError::UnknownChunk`] when no loaded index knows one of them: load the snapshot's indexes first.
    pub fn plan(&self, wanted: impl IntoIterator<Item = ChunkId>) -> Result<FetchPlan, RepositoryError> {
        let mut wants = Wants::default();
        for id in wanted {
            let place = self.locate(&id).ok_or(RepositoryError::UnknownChunk { chunk: id })?;
            wants.add(id, &place);
        }
        Ok(wants.into_plan())
    }

    /// One chunk, looked for again where it is not found: packs and indexes are rewritten while others read. Where it is
    /// damaged, it may have been sent again since the version that is read was made.
    pub(super) async fn read_chunk(&self, id: &ChunkId) -> Result<Bytes, RepositoryError> {
        let mut places = self.places(id);
        let mut result = self.read_any(id, &places).await;
        for _ in 1..TRIES {
            match &result {
                Err(RepositoryError::UnknownChunk { .. })
                | Err(RepositoryError::Store(StoreError::NotFound { .. })) => {
                    self.load_all_indexes().await?;
                    places = self.places(id);
                }
                Err(RepositoryError::WrongChunk { .. }) => {
                    let found = match self.load_all_indexes().await {
                        Ok(()) => self.places(id),
                        Err(_) => break,
                    };
                    if found == places {
                        break;
                    }
                    places = found;
                }
                _ => break,
            }
            result = self.read_any(id, &places).await;
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
            self.store().doubt(&key);
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
        let wrong = |_| RepositoryError::WrongChunk { chunk: *id, pack: place.pack };
        let mut raw = Vec::with_capacity(place.raw as usize);
        let unpacked = self.with_unpacker(|unpacker| {
            self.unpack_into(id, place, stored, unpacker, &mut Vec::new(), &mut raw)
        });
        unpacked.map_err(wrong)??;
        Ok(raw.into())
    }

    /// Lends a context that was made for another chunk: to make one takes longer than to unpack a small chunk.
    fn with_unpacker<T>(&self, work: impl FnOnce(&mut Unpacker) -> T) -> std::io::Result<T> {
        let idle = &self.0.unpackers;
        let lent = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut unpacker = lent.map_or_else(Unpacker::new, Ok)?;
        let done = work(&mut unpacker);
        idle.lock().unwrap_or_else(PoisonError::into_inner).push(unpacker);
        Ok(done)
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
}

/// Bytes nobody wants that are fetched to save a request.
const LONGEST_GAP: u32 = 128 << 10;
/// Bytes of one request. Packs are not larger as a rule; some servers read blocks whole that a request touches.
const LONGEST_RANGE: u32 = 64 << 20;
/// Bytes of a batch, unpacked: what packs well must not take more memory than what does not.
pub(super) const LARGEST_BATCH: usize = 8 << 20;
/// The same as they come.
const LONGEST_BATCH: u32 = 4 << 20;

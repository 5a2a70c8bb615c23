//! Finds the chunks of a take: by its index when it was closed, else by walking from chunk to chunk.
//!
//! Every length read from the file is held against the file's size before it is used.

use std::io::{Read, SeekFrom};

use cyclorama_content::{Digest, Hasher};

use super::{
    ReadSeek, TakeError,
    format::{
        CHUNK_HEADER_LEN, CHUNK_MARK, ChunkHeader, Codec, END_MAGIC, INDEX_MARK, INDEX_TAIL_LEN, Index,
        IndexEntry, MAGIC, MAX_INFO, START_LEN, Span, VERSION, info_digest,
    },
    layout::Fields,
};

/// What a file begins with.
pub(super) struct Start {
    pub(super) info: Vec<u8>,
    pub(super) digest: Digest,
    /// Where the first chunk stands.
    pub(super) end: u64,
}

/// A stretch of the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) from: u64,
    pub(super) to: u64,
    /// What it covers, where known.
    pub(super) span: Option<Span>,
    /// Why it cannot be read; `None` for a chunk.
    pub(super) lost: Option<&'static str>,
}

/// How the recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With its index.
    Closed,
    /// With an index that is damaged.
    IndexDamaged,
    /// Without one.
    Open,
}

/// The chunks of a file and what was found besides.
pub(super) struct Parts {
    pub(super) parts: Vec<Part>,
    pub(super) ending: Ending,
    pub(super) digest: Digest,
    /// After the last part that counts.
    pub(super) end: u64,
    pub(super) len: u64,
}

/// A chunk that passed all its checks.
pub(super) struct Chunk {
    pub(super) header: ChunkHeader,
    pub(super) payload: Vec<u8>,
    pub(super) end: u64,
}

/// Why a chunk could not be read, and where it would have ended if its header can be believed.
pub(super) struct Refused {
    pub(super) cause: &'static str,
    pub(super) header: Option<(ChunkHeader, u64)>,
}

/// A read that failed for the system's reasons or the file's.
pub(super) enum LoadError {
    Io(std::io::Error),
    Refused(Box<Refused>),
}

impl From<std::io::Error> for LoadError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

fn refuse(cause: &'static str, header: Option<(ChunkHeader, u64)>) -> LoadError {
    LoadError::Refused(Box::new(Refused { cause, header }))
}

/// Reads the start of the file. Outer errors are the system's.
pub(super) fn start(file: &mut dyn ReadSeek) -> std::io::Result<Result<Start, TakeError>> {
    let mut head = Vec::with_capacity(START_LEN);
    file.seek(SeekFrom::Start(0))?;
    (&mut *file).take(START_LEN as u64).read_to_end(&mut head)?;
    if head.get(..8) != Some(&MAGIC[..]) {
        return Ok(Err(TakeError::NotATake));
    }
    let damaged = |cause| Ok(Err(TakeError::Info { cause }));
    let mut fields = Fields(&head[8..]);
    let (Some(major), Some(_minor), Some(len), Some(digest)) =
        (fields.u16(), fields.u16(), fields.u32(), fields.digest())
    else {
        return damaged("the file ends within it");
    };
    if major != VERSION.0 {
        return Ok(Err(TakeError::Version { major }));
    }
    let len = len as usize;
    if len > MAX_INFO {
        return damaged("it declares more than it may hold");
    }
    let mut info = Vec::new();
    (&mut *file).take(len as u64).read_to_end(&mut info)?;
    if info.len() < len {
        return damaged("the file ends within it");
    }
    if info_digest(&head[..16], &info) != digest {
        return damaged("it does not match its digest");
    }
    Ok(Ok(Start { info, digest, end: (START_LEN + len) as u64 }))
}

/// Reads and checks the chunk at `from`. `before` is the chain so far, where known; `end` is where it must
/// end, where known, else no further than `len`.
pub(super) fn load(
    file: &mut dyn ReadSeek,
    (from, end): (u64, Option<u64>),
    len: u64,
    before: Option<&Digest>,
) -> Result<Chunk, LoadError> {
    let mut head = [0; CHUNK_HEADER_LEN];
    if len.saturating_sub(from) < head.len() as u64 {
        return Err(refuse("the file ends within it", None));
    }
    file.seek(SeekFrom::Start(from))?;
    file.read_exact(&mut head)?;
    let header = ChunkHeader::decode(&head).map_err(|cause| refuse(cause, None))?;
    let stated = from + (CHUNK_HEADER_LEN as u64) + u64::from(header.stored_len);
    if stated > len {
        return Err(refuse("the file ends within it", None));
    }
    let refused = |cause, header| Err(refuse(cause, Some((header, stated))));
    if end.is_some_and(|end| end != stated) {
        return refused("it does not end where the index says", header);
    }
    let mut stored = vec![0; header.stored_len as usize];
    file.read_exact(&mut stored)?;
    if ChunkHeader::check(&stored) != header.stored_check {
        return refused("its bytes do not match their check", header);
    }
    let Some(payload) = unpack(header.codec, stored, header.payload_len as usize) else {
        return refused("it does not unpack to what it declares", header);
    };
    if let Some(before) = before {
        let chain = ChunkHeader::chain(before, header.sequence, &header.span, &payload);
        if chain != header.chain {
            return refused("it does not follow from the chunk before it", header);
        }
    }
    Ok(Chunk { header, payload, end: stated })
}

/// Unpacks into exactly `len` bytes, whatever the packed bytes claim; `len` was capped by the header.
fn unpack(codec: Codec, stored: Vec<u8>, len: usize) -> Option<Vec<u8>> {
    let payload = match codec {
        Codec::Stored => stored,
        Codec::Zstd => zstd::bulk::decompress(&stored, len).ok()?,
    };
    (payload.len() == len).then_some(payload)
}

/// Finds all chunks after `start`.
pub(super) fn find(file: &mut dyn ReadSeek, start: &Start) -> std::io::Result<Parts> {
    let len = file.seek(SeekFrom::End(0))?;
    let claims_index = ends_with_mark(file, start, len)?;
    if let Some(offset) = claims_index
        && let Some(index) = read_index(file, start, offset, len)?
    {
        let ends = index.entries.iter().skip(1).map(|entry| entry.offset).chain([offset]);
        let part = |(entry, to): (&IndexEntry, u64)| Part {
            from: entry.offset,
            to,
            span: Some(entry.span),
            lost: None,
        };
        let parts = index.entries.iter().zip(ends).map(part).collect();
        return Ok(Parts { parts, ending: Ending::Closed, digest: index.digest, end: len, len });
    }
    let ending = if claims_index.is_some() { Ending::IndexDamaged } else { Ending::Open };
    walk(file, start, len, ending)
}

/// The offset the file's last bytes give for its index, when they look like the end of a closed take.
fn ends_with_mark(file: &mut dyn ReadSeek, start: &Start, len: u64) -> std::io::Result<Option<u64>> {
    if len < start.end + INDEX_TAIL_LEN as u64 {
        return Ok(None);
    }
    let mut tail = [0; 16];
    file.seek(SeekFrom::Start(len - 16))?;
    file.read_exact(&mut tail)?;
    let mut fields = Fields(&tail);
    let offset = fields.u64();
    Ok(offset.filter(|_| fields.0 == END_MAGIC))
}

fn read_index(
    file: &mut dyn ReadSeek,
    start: &Start,
    offset: u64,
    len: u64,
) -> std::io::Result<Option<Index>> {
    if offset < start.end || offset >= len {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))?;
    (&mut *file).take(len - offset).read_to_end(&mut bytes)?;
    let Some(index) = Index::decode(&bytes, offset) else { return Ok(None) };
    let first = index.entries.first().map_or(offset, |entry| entry.offset);
    let offsets = || index.entries.iter().map(|entry| entry.offset);
    let in_order = offsets().zip(offsets().skip(1).chain([offset]));
    let fits = first == start.end
        && in_order.into_iter().all(|(from, to)| to >= from.saturating_add(CHUNK_HEADER_LEN as u64))
        && index.entries.iter().map(|entry| u64::from(entry.span.records)).sum::<u64>() == index.records;
    Ok(fits.then_some(index))
}

/// Walks from chunk to chunk. Bytes that are no chunk are lost if a chunk follows, else a torn tail.
fn walk(file: &mut dyn ReadSeek, start: &Start, len: u64, ending: Ending) -> std::io::Result<Parts> {
    let (mut parts, mut before, mut at) = (Vec::<Part>::new(), Some(start.digest), start.end);
    let mut digest = Hasher::new();
    digest.update(start.digest.as_bytes());
    while at < len {
        let part = match load(file, (at, None), len, before.as_ref()) {
            Ok(chunk) => {
                before = Some(chunk.header.chain);
                digest.update(chunk.header.chain.as_bytes());
                Part { from: at, to: chunk.end, span: Some(chunk.header.span), lost: None }
            }
            Err(LoadError::Io(error)) => return Err(error),
            Err(LoadError::Refused(refused)) => {
                let (span, to) = match refused.header {
                    Some((header, end)) => {
                        before = Some(header.chain);
                        (Some(header.span), end)
                    }
                    None => {
                        before = None;
                        (None, next_mark(file, at + 1, len)?)
                    }
                };
                Part { from: at, to, span, lost: Some(refused.cause) }
            }
        };
        at = part.to;
        parts.push(part);
    }
    // What was lost at the very end of a take that was not closed is the torn tail, or the damaged index.
    let whole = parts.iter().rposition(|part| part.lost.is_none()).map_or(0, |last| last + 1);
    parts.truncate(whole);
    let end = parts.last().map_or(start.end, |part| part.to);
    let ending = if index_stands_at(file, end, len)? { Ending::IndexDamaged } else { ending };
    Ok(Parts { parts, ending, digest: digest.finish(), end, len })
}

/// Whether the bytes from `at` are as many as an index there would be, by its own word.
fn index_stands_at(file: &mut dyn ReadSeek, at: u64, len: u64) -> std::io::Result<bool> {
    let mut head = [0; 12];
    if len - at < (head.len() + INDEX_TAIL_LEN) as u64 {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut head)?;
    let mut fields = Fields(&head);
    let marked = fields.array() == Some(INDEX_MARK);
    let body = fields.u32().map_or(0, u64::from);
    Ok(marked && len - at == (head.len() + INDEX_TAIL_LEN) as u64 + body)
}

/// Where the next chunk mark stands at or after `from`, or `len`.
fn next_mark(file: &mut dyn ReadSeek, from: u64, len: u64) -> std::io::Result<u64> {
    const BLOCK: usize = 64 << 10;
    let (mut at, mut block) = (from, Vec::with_capacity(BLOCK));
    while at < len {
        block.clear();
        file.seek(SeekFrom::Start(at))?;
        (&mut *file).take(BLOCK as u64).read_to_end(&mut block)?;
        if let Some(found) = block.windows(CHUNK_MARK.len()).position(|window| window == CHUNK_MARK) {
            return Ok(at + found as u64);
        }
        if block.len() < CHUNK_MARK.len() {
            break;
        }
        // The mark may straddle two blocks.
        at += (block.len() - (CHUNK_MARK.len() - 1)) as u64;
    }
    Ok(len)
}

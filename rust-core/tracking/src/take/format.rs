//! The parts of a take file: its start, its chunks and its index, byte by byte as `docs/formats/take.md` says.
//!
//! Pure functions between bytes and values. Declared lengths are capped before anything is allocated.

use cyclorama_content::{Digest, Hasher};
use cyclorama_time::{StageTime, Timecode};

use super::layout::{Fields, put_timecode};

/// First bytes of the file. Not text, and damaged by line-ending conversion.
pub(super) const MAGIC: [u8; 8] = *b"\x89CYTAKE\n";
/// Readers refuse other major versions; minor versions only add.
pub(super) const VERSION: (u16, u16) = (1, 0);
/// Bytes before the information block.
pub(super) const START_LEN: usize = 48;
/// Longest information block.
pub(super) const MAX_INFO: usize = 1 << 20;

/// Begins every chunk; a reader that lost its place looks for it.
pub(super) const CHUNK_MARK: [u8; 8] = *b"\xf1\x0eCHUNK\x9d";
/// Bytes of a chunk header.
pub(super) const CHUNK_HEADER_LEN: usize = 136;
/// Longest payload of a chunk before compression.
pub(super) const MAX_PAYLOAD: usize = 1 << 20;
/// Longest payload as stored: what does not shrink is stored as it is.
pub(super) const MAX_STORED: usize = MAX_PAYLOAD;

/// Begins the index of a closed take.
pub(super) const INDEX_MARK: [u8; 8] = *b"\xf1\x0eINDEX\x9d";
/// Ends a closed take.
pub(super) const END_MAGIC: [u8; 8] = *b"TAKEEND\n";
/// Bytes after the index body: its digest, its place, the end mark.
pub(super) const INDEX_TAIL_LEN: usize = 32 + 8 + 8;
/// Index bytes for the whole take, after mark and body length.
const INDEX_TOTALS_LEN: usize = 8 + 4 + 32;
/// Index bytes for each chunk.
const INDEX_ENTRY_LEN: usize = 8 + 4 + 8 + 8 + 16 + 16;

/// How a chunk's payload is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Stored,
    Zstd,
}

/// Records, times and timecodes a chunk covers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Span {
    pub(super) records: u32,
    pub(super) first_arrival: StageTime,
    pub(super) last_arrival: StageTime,
    pub(super) first_timecode: Option<Timecode>,
    pub(super) last_timecode: Option<Timecode>,
}

/// The header of one chunk.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ChunkHeader {
    pub(super) sequence: u32,
    pub(super) span: Span,
    pub(super) payload_len: u32,
    pub(super) stored_len: u32,
    pub(super) codec: Codec,
    /// Identity of this chunk and all before it.
    pub(super) chain: Digest,
    /// Guards the stored bytes.
    pub(super) stored_check: [u8; 16],
}

/// A chunk's place in the file, as the index tells it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct IndexEntry {
    pub(super) offset: u64,
    pub(super) span: Span,
}

/// The index of a closed take.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Index {
    pub(super) records: u64,
    pub(super) digest: Digest,
    pub(super) entries: Vec<IndexEntry>,
}

/// The file's start up to the end of the information block, and the digest that begins the chain.
pub(super) fn encode_start(info: &[u8]) -> (Vec<u8>, Digest) {
    let mut out = Vec::with_capacity(START_LEN + info.len());
    out.extend(MAGIC);
    out.extend(VERSION.0.to_le_bytes());
    out.extend(VERSION.1.to_le_bytes());
    out.extend((info.len() as u32).to_le_bytes());
    let digest = info_digest(&out, info);
    out.extend(digest.as_bytes());
    out.extend_from_slice(info);
    (out, digest)
}

/// Identity of the start: everything of it but the digest itself.
pub(super) fn info_digest(first_sixteen: &[u8], info: &[u8]) -> Digest {
    Hasher::new().update(first_sixteen).update(info).finish()
}

impl ChunkHeader {
    /// The part of the header that is content, not storage: bytes 8 to 68.
    fn content(sequence: u32, span: &Span, payload_len: u32) -> Vec<u8> {
        let mut out = Vec::with_capacity(60);
        out.extend(sequence.to_le_bytes());
        put_span(&mut out, span);
        out.extend(payload_len.to_le_bytes());
        out
    }

    /// The digest of a chunk, chained to the one before, blind to compression.
    pub(super) fn chain(before: &Digest, sequence: u32, span: &Span, payload: &[u8]) -> Digest {
        let content = Self::content(sequence, span, payload.len() as u32);
        Hasher::new().update(before.as_bytes()).update(&content).update(payload).finish()
    }

    pub(super) fn check(stored: &[u8]) -> [u8; 16] {
        first_bytes(&Digest::of(stored))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(CHUNK_HEADER_LEN);
        out.extend(CHUNK_MARK);
        out.extend(Self::content(self.sequence, &self.span, self.payload_len));
        out.extend(self.stored_len.to_le_bytes());
        out.extend(u32::from(self.codec == Codec::Zstd).to_le_bytes());
        out.extend([0; 4]);
        out.extend(self.chain.as_bytes());
        out.extend(self.stored_check);
        let check: [u8; 8] = first_bytes(&Digest::of(&out));
        out.extend(check);
        out
    }

    /// Reads a header; `Err` says what is wrong with it.
    pub(super) fn decode(bytes: &[u8; CHUNK_HEADER_LEN]) -> Result<Self, &'static str> {
        let (checked, check) = bytes.split_at(CHUNK_HEADER_LEN - 8);
        if checked[..8] != CHUNK_MARK {
            return Err("it does not begin with the mark of a chunk");
        }
        if first_bytes::<8>(&Digest::of(checked)) != check {
            return Err("its header does not match its check");
        }
        Self::fields(&checked[8..]).ok_or("its header makes no sense")
    }

    fn fields(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let header = Self {
            sequence: fields.u32()?,
            span: span(&mut fields)?,
            payload_len: fields.u32()?,
            stored_len: fields.u32()?,
            codec: match fields.u32()? {
                0 => Codec::Stored,
                1 => Codec::Zstd,
                _ => return None,
            },
            chain: {
                if fields.u32()? != 0 {
                    return None;
                }
                fields.digest()?
            },
            stored_check: fields.array()?,
        };
        let fits = header.payload_len as usize <= MAX_PAYLOAD && header.stored_len as usize <= MAX_STORED;
        (fits && header.span.records > 0).then_some(header)
    }
}

impl Index {
    /// The index, to be written at `offset`, the end of the last chunk.
    pub(super) fn encode(&self, offset: u64) -> Vec<u8> {
        let body_len = INDEX_TOTALS_LEN + self.entries.len() * INDEX_ENTRY_LEN;
        let mut out = Vec::with_capacity(12 + body_len + INDEX_TAIL_LEN);
        out.extend(INDEX_MARK);
        out.extend((body_len as u32).to_le_bytes());
        out.extend(self.records.to_le_bytes());
        out.extend((self.entries.len() as u32).to_le_bytes());
        out.extend(self.digest.as_bytes());
        for entry in &self.entries {
            out.extend(entry.offset.to_le_bytes());
            put_span(&mut out, &entry.span);
        }
        let digest = Digest::of(&out);
        out.extend(digest.as_bytes());
        out.extend(offset.to_le_bytes());
        out.extend(END_MAGIC);
        out
    }

    /// Reads an index that stands at `offset`; `None` unless every byte of it is right.
    pub(super) fn decode(bytes: &[u8], offset: u64) -> Option<Self> {
        let (checked, tail) = bytes.split_at_checked(bytes.len().checked_sub(INDEX_TAIL_LEN)?)?;
        let mut tail = Fields(tail);
        let whole =
            tail.digest()? == Digest::of(checked) && tail.u64()? == offset && tail.array()? == END_MAGIC;
        let mut fields = Fields(checked);
        if !whole || fields.array()? != INDEX_MARK || fields.u32()? as usize != checked.len() - 12 {
            return None;
        }
        let (records, chunks, digest) = (fields.u64()?, fields.u32()? as usize, fields.digest()?);
        if fields.0.len() != chunks.checked_mul(INDEX_ENTRY_LEN)? {
            return None;
        }
        let entry = |fields: &mut Fields<'_>| Some(IndexEntry { offset: fields.u64()?, span: span(fields)? });
        let entries = (0..chunks).map(|_| entry(&mut fields)).collect::<Option<Vec<_>>>()?;
        Some(Self { records, digest, entries })
    }
}

fn put_span(out: &mut Vec<u8>, span: &Span) {
    out.extend(span.records.to_le_bytes());
    out.extend(span.first_arrival.nanos().to_le_bytes());
    out.extend(span.last_arrival.nanos().to_le_bytes());
    put_timecode(out, span.first_timecode);
    put_timecode(out, span.last_timecode);
}

fn span(fields: &mut Fields<'_>) -> Option<Span> {
    Some(Span {
        records: fields.u32()?,
        first_arrival: StageTime::from_nanos(fields.i64()?),
        last_arrival: StageTime::from_nanos(fields.i64()?),
        first_timecode: fields.timecode()?,
        last_timecode: fields.timecode()?,
    })
}

fn first_bytes<const N: usize>(digest: &Digest) -> [u8; N] {
    *digest.as_bytes().first_chunk().expect("a digest is longer than any check")
}

//! Packs: many chunks in one immutable object, with a footer that says what is in it.
//!
//! The chunks lie back to back, each packed and, in an encrypted store, sealed by itself. A fixed tail at the end
//! leads to the footer, so whoever finds a pack can read what it holds from its last bytes alone. That is how the
//! work of a killed publisher is taken over, from any machine.

use bytes::Bytes;
use cyclorama_content::{ChunkClass, ChunkId, Digest};
use cyclorama_time::UtcTime;

use crate::{
    PackId,
    codec::Codec,
    seal::{Sealed, Sealer},
    wire::{FormatError, WireReader, WireWrite},
};

/// Where a chunk lies in a pack, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PackEntry {
    /// The chunk.
    pub(crate) id: ChunkId,
    /// Where its stored form begins, in bytes.
    pub(crate) offset: u32,
    /// Bytes as stored.
    pub(crate) stored: u32,
    /// Bytes of the chunk itself.
    pub(crate) raw: u32,
    pub(crate) codec: Codec,
}

/// A finished pack.
#[derive(Clone, Debug)]
pub(crate) struct Pack {
    pub(crate) id: PackId,
    pub(crate) bytes: Bytes,
    pub(crate) entries: Vec<PackEntry>,
}

impl Pack {
    /// This pack under an id that is not taken. Two packs of one content and one millisecond have one id, and a pack
    /// that was condemned must not come back.
    pub(crate) fn unless(mut self, is_taken: impl Fn(&PackId) -> bool) -> Self {
        while is_taken(&self.id) {
            self.id = PackId::of(&self.bytes, self.id.made().plus_nanos(1_000_000));
        }
        self
    }
}

/// A pack being filled.
#[derive(Debug, Default)]
pub(crate) struct PackBuilder {
    bytes: Vec<u8>,
    entries: Vec<PackEntry>,
}

impl PackBuilder {
    /// Room for `target` bytes and the chunk that goes beyond them.
    pub(crate) fn with_target(target: usize) -> Self {
        Self { bytes: Vec::with_capacity(target + target / 8), entries: Vec::new() }
    }

    /// Bytes of stored chunks so far.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a chunk of `raw` bytes in its packed form.
    pub(crate) fn add(&mut self, id: ChunkId, raw: u32, codec: Codec, packed: &[u8], sealer: &Sealer) {
        let offset = self.bytes.len();
        sealer.seal_into(Sealed::Chunk, id.as_bytes(), packed, &mut self.bytes);
        let stored = self.bytes.len() - offset;
        let (offset, stored) = (offset as u32, stored as u32);
        self.entries.push(PackEntry { id, offset, stored, raw, codec });
    }

    /// Adds a chunk in the form it is stored in elsewhere.
    pub(crate) fn add_stored(&mut self, id: ChunkId, raw: u32, codec: Codec, stored: &[u8]) {
        let offset = self.bytes.len() as u32;
        self.bytes.extend_from_slice(stored);
        self.entries.push(PackEntry { id, offset, stored: stored.len() as u32, raw, codec });
    }

    /// Closes the pack.
    pub(crate) fn finish(self, sealer: &Sealer, made: UtcTime) -> Pack {
        let Self { mut bytes, entries } = self;
        let mut footer = Vec::with_capacity(entries.len() * 38 + 5);
        footer.put_varint(entries.len() as u64);
        for entry in &entries {
            footer.extend_from_slice(entry.id.as_bytes());
            footer.put_varint(entry.stored.into());
            footer.put_varint(u64::from(entry.raw) << 1 | entry.codec as u64);
        }
        let start = bytes.len();
        sealer.seal_into(Sealed::Footer, b"", &footer, &mut bytes);
        let length = (bytes.len() - start) as u32;
        let digest = Digest::of(&bytes[start..]);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(digest.as_bytes());
        bytes.extend_from_slice(MAGIC);
        bytes.push(VERSION);
        // A small pack must not hold on to the room of a large one for as long as somebody has it.
        if bytes.len() < bytes.capacity() / 2 {
            bytes.shrink_to_fit();
        }
        Pack { id: PackId::of(&bytes, made), bytes: bytes.into(), entries }
    }
}

/// Bytes at the end of a pack that are enough for the footer of most: ask for these first.
pub(crate) const USUAL_SUFFIX: u64 = 64 << 10;

/// Bytes of the footer and the tail together, from the last bytes of a pack of `size` bytes.
pub(crate) fn footer_length(suffix: &[u8], size: u64) -> Result<u64, FormatError> {
    let damaged = |problem| FormatError::Damaged { object: OBJECT, problem };
    let Some(tail) = suffix.last_chunk::<TAIL>() else { return Err(damaged("it is too short")) };
    let mut reader = WireReader::new(tail, OBJECT);
    let footer = u64::from(reader.u32()?);
    reader.bytes(32)?;
    reader.magic(MAGIC, VERSION)?;
    let length = footer + TAIL as u64;
    if length > size || footer > LONGEST_FOOTER {
        return Err(damaged("its footer is longer than it can be"));
    }
    Ok(length)
}

/// What a pack of `size` bytes holds, from its last bytes, of which there are at least [`footer_length`].
pub(crate) fn read_footer(suffix: &[u8], size: u64, sealer: &Sealer) -> Result<Vec<PackEntry>, FormatError> {
    let damaged = |problem| FormatError::Damaged { object: OBJECT, problem };
    let length = footer_length(suffix, size)?;
    let start = suffix.len().checked_sub(length as usize).ok_or(damaged("it ends too early"))?;
    let (footer, tail) = suffix[start..].split_at(length as usize - TAIL);
    if Digest::of(footer).as_bytes() != &tail[4..36] {
        return Err(damaged("its footer does not match its digest"));
    }
    let mut buffer = Vec::new();
    let mut reader = WireReader::new(sealer.open(Sealed::Footer, b"", footer, &mut buffer)?, OBJECT);
    let count = reader.count(34)?;
    let mut entries = Vec::with_capacity(count);
    let mut offset = 0u64;
    for _ in 0..count {
        let id = ChunkId::from_bytes(reader.array()?);
        let (stored, raw) = (reader.varint()?, reader.varint()?);
        let (codec, raw) = (if raw & 1 == 0 { Codec::Raw } else { Codec::Zstd }, raw >> 1);
        if raw == 0 || raw > u64::from(LONGEST_CHUNK) || stored > u64::from(LONGEST_CHUNK) + 64 {
            return Err(damaged("a chunk's length is out of range"));
        }
        entries.push(PackEntry { id, offset: offset as u32, stored: stored as u32, raw: raw as u32, codec });
        offset += stored;
        if offset > size.min(u32::MAX.into()) {
            return Err(damaged("its chunks are longer than itself"));
        }
    }
    reader.end()?;
    if offset + length != size {
        return Err(damaged("its chunks and footer do not add up to its length"));
    }
    Ok(entries)
}

/// No chunk is longer: the longest class, which folders' nodes keep to as well.
pub(crate) const LONGEST_CHUNK: u32 = ChunkClass::LONGEST;
const OBJECT: &str = "pack";
const MAGIC: &[u8; 7] = b"CYPACK\n";
const VERSION: u8 = 1;
/// Length of the footer, its digest, magic number and version.
const TAIL: usize = 4 + 32 + 8;
const LONGEST_FOOTER: u64 = 64 << 20;

#[cfg(test)]
mod tests;

//! Index objects: where each chunk lies. Immutable and sorted; a merged one names those it takes the place of.
//!
//! An index is searched in the form it is stored in, 28 bytes a chunk, so it costs no more memory than its file.
//! Chunks are found by the first 16 bytes of their id; the whole id is checked when the chunk is read.

mod build;

use bytes::Bytes;
use cyclorama_content::ChunkId;

pub(crate) use build::IndexBuilder;

use crate::{
    IndexId, PackId,
    codec::Codec,
    pack::LONGEST_CHUNK,
    wire::{FormatError, WireReader},
};

/// Where a chunk lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// In which pack.
    pub pack: PackId,
    /// Bytes of that pack in all.
    pub pack_size: u64,
    /// Where its stored form begins.
    pub offset: u32,
    /// Bytes as stored.
    pub stored: u32,
    /// Bytes of the chunk itself.
    pub raw: u32,
    pub(crate) codec: Codec,
}

/// One index object, ready to be searched.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    rows: Bytes,
    packs: Vec<(PackId, u64)>,
    supersedes: Vec<IndexId>,
}

impl Index {
    /// Reads an index object's bytes, unsealed.
    pub(crate) fn decode(bytes: &Bytes) -> Result<Self, FormatError> {
        let mut reader = WireReader::new(bytes, OBJECT);
        reader.magic(MAGIC, VERSION)?;
        let count = reader.count(32)?;
        let supersedes =
            (0..count).map(|_| reader.array().map(IndexId::from_bytes)).collect::<Result<_, _>>()?;
        let count = reader.count(33)?;
        if count > MOST_PACKS {
            return reader.damaged("it knows too many packs");
        }
        let packs: Vec<_> = (0..count)
            .map(|_| Ok((PackId::from_bytes(reader.array()?), reader.varint()?)))
            .collect::<Result<_, FormatError>>()?;
        let count = reader.count(ROW)?;
        let rows = reader.bytes(count * ROW)?;
        reader.end()?;
        let index = Self { rows: bytes.slice_ref(rows), packs, supersedes };
        index.check()?;
        Ok(index)
    }

    /// Chunks it knows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() / ROW
    }

    /// The packs it knows, with their bytes.
    pub(crate) fn packs(&self) -> &[(PackId, u64)] {
        &self.packs
    }

    /// The index objects whose place it takes.
    pub(crate) fn supersedes(&self) -> &[IndexId] {
        &self.supersedes
    }

    /// Where the chunk lies.
    pub(crate) fn find(&self, id: &ChunkId) -> Option<Location> {
        self.position(id).map(|at| self.location_at(at))
    }

    /// The place of the row with this number.
    pub(crate) fn location_at(&self, at: usize) -> Location {
        self.location(self.row(at))
    }

    /// The number of the chunk's row.
    pub(crate) fn position(&self, id: &ChunkId) -> Option<usize> {
        self.position_of(&id.as_bytes()[..KEY])
    }

    /// The same, by the beginning of its id.
    fn position_of(&self, key: &[u8]) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.row(middle)[..KEY].cmp(key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// Every chunk's key and place, sorted by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ([u8; KEY], Location)> + '_ {
        self.rows.chunks_exact(ROW).map(|row| {
            let mut key = [0; KEY];
            key.copy_from_slice(&row[..KEY]);
            (key, self.location(row))
        })
    }

    fn row(&self, at: usize) -> &[u8] {
        &self.rows[at * ROW..][..ROW]
    }

    fn location(&self, row: &[u8]) -> Location {
        let number = |range: std::ops::Range<usize>| {
            row[range].iter().rev().fold(0u32, |number, &byte| number << 8 | u32::from(byte))
        };
        let (pack, pack_size) = self.packs[number(16..18) as usize];
        let raw = number(25..28);
        let codec = if raw >> 23 == 0 { Codec::Raw } else { Codec::Zstd };
        Location {
            pack,
            pack_size,
            offset: number(18..22),
            stored: number(22..25),
            raw: raw & 0x7f_ffff,
            codec,
        }
    }

    fn check(&self) -> Result<(), FormatError> {
        let damaged = |problem| Err(FormatError::Damaged { object: OBJECT, problem });
        let mut before: Option<&[u8]> = None;
        for row in self.rows.chunks_exact(ROW) {
            if before.is_some_and(|before| before[..KEY] >= row[..KEY]) {
                return damaged("its rows are not sorted");
            }
            before = Some(row);
            if usize::from(u16::from_le_bytes([row[16], row[17]])) >= self.packs.len() {
                return damaged("a row names a pack that it does not list");
            }
            let place = self.location(row);
            if place.raw == 0 || place.raw > LONGEST_CHUNK {
                return damaged("a chunk's length is out of range");
            }
            if u64::from(place.offset) + u64::from(place.stored) > place.pack_size {
                return damaged("a chunk lies outside its pack");
            }
        }
        Ok(())
    }
}

const OBJECT: &str = "index";
const MAGIC: &[u8; 7] = b"CYINDX\n";
const VERSION: u8 = 1;
/// Bytes of a chunk's id that it is found by.
pub(crate) const KEY: usize = 16;
/// Key, pack number (2), offset (4), stored length (3), raw length with the codec in its top bit (3).
const ROW: usize = KEY + 12;
/// Chunks after which an index object is full: about 7 MB, which a reader fetches whole.
pub(crate) const FULL: usize = 250_000;
/// Pack numbers have two bytes.
pub(crate) const MOST_PACKS: usize = 1 << 16;

#[cfg(test)]
mod tests;

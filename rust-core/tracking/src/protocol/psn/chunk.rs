//! The chunks PosiStageNet is made of.

use super::super::wire::WireError;

/// Bytes before a chunk's data.
pub(super) const HEADER_LEN: usize = 4;

/// One chunk, borrowed from its packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// What it is, within the chunk it stands in.
    pub id: u16,
    /// Its data is chunks again.
    pub has_chunks: bool,
    /// Its data, at most 32767 bytes.
    pub data: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// The chunk `bytes` start with, and the bytes after it.
    ///
    /// # Errors
    /// `TooShort` when not even its header is there, `BadLength` when its data is not.
    pub fn split(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), WireError> {
        let (header, rest) = bytes.split_first_chunk::<HEADER_LEN>().ok_or(WireError::TooShort)?;
        let header = u32::from_le_bytes(*header);
        let length = (header >> 16) as usize & 0x7FFF;
        let (data, rest) = rest.split_at_checked(length).ok_or(WireError::BadLength)?;
        Ok((Self { id: header as u16, has_chunks: header >> 31 != 0, data }, rest))
    }

    /// Three floats; bytes after them are not looked at.
    pub(super) fn vector(&self) -> Option<[f32; 3]> {
        let [x0, x1, x2, x3, y0, y1, y2, y3, z0, z1, z2, z3] = *self.data.first_chunk()?;
        Some([[x0, x1, x2, x3], [y0, y1, y2, y3], [z0, z1, z2, z3]].map(f32::from_le_bytes))
    }

    /// One float.
    pub(super) fn float(&self) -> Option<f32> {
        self.data.first_chunk().map(|bytes| f32::from_le_bytes(*bytes))
    }

    /// A 64-bit counter.
    pub(super) fn counter(&self) -> Option<u64> {
        self.data.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
    }
}

/// Chunks that follow each other.
#[derive(Clone, Debug)]
pub struct Chunks<'a>(&'a [u8]);

impl<'a> Chunks<'a> {
    /// The chunks in `data`.
    pub const fn of(data: &'a [u8]) -> Self {
        Self(data)
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, WireError>;

    /// Ends after the first chunk that does not fit.
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let split = Chunk::split(self.0).map_err(|_| WireError::BadLength);
        self.0 = split.as_ref().map_or(&[], |(_, rest)| rest);
        Some(split.map(|(chunk, _)| chunk))
    }
}

//! Reading little-endian values from a header that may end anywhere. Nothing is copied until it is asked for.

use std::borrow::Cow;

use super::HeaderError;

/// A place in a header's bytes.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bytes of the file that are its header; 0 while that is not known.
    header: u64,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, header: 0 }
    }

    /// From now on a missing byte is asked for as part of a header of this length.
    pub(super) fn expect_header(&mut self, length: u64) {
        self.header = length;
    }

    /// Another place in the same header.
    ///
    /// # Errors
    /// [`HeaderError::Malformed`] when the place lies before the beginning.
    pub(super) fn at(&self, offset: i64, what: &'static str) -> Result<Self, HeaderError> {
        let at = usize::try_from(offset).map_err(|_| HeaderError::Malformed { what })?;
        Ok(Self { at, ..self.clone() })
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], HeaderError> {
        let end = self.at.checked_add(length).ok_or(HeaderError::Malformed { what })?;
        let Some(taken) = self.bytes.get(self.at..end) else { return Err(self.short(end, what)) };
        self.at = end;
        Ok(taken)
    }

    /// What it means that `end` lies beyond the bytes at hand: more of the file is needed, or it says nonsense.
    fn short(&self, end: usize, what: &'static str) -> HeaderError {
        let (have, end) = (self.bytes.len() as u64, end as u64);
        if self.header == 0 {
            // Still in the summary, whose length is not known before it is read.
            return HeaderError::Short { needed: end.max(have * 2) };
        }
        if have < self.header && end <= self.header {
            HeaderError::Short { needed: self.header }
        } else {
            HeaderError::Malformed { what }
        }
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], HeaderError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    pub(super) fn u16(&mut self, what: &'static str) -> Result<u16, HeaderError> {
        self.array(what).map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self, what: &'static str) -> Result<u32, HeaderError> {
        self.array(what).map(u32::from_le_bytes)
    }

    pub(super) fn i32(&mut self, what: &'static str) -> Result<i32, HeaderError> {
        self.array(what).map(i32::from_le_bytes)
    }

    pub(super) fn i64(&mut self, what: &'static str) -> Result<i64, HeaderError> {
        self.array(what).map(i64::from_le_bytes)
    }

    pub(super) fn bytes<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], HeaderError> {
        self.array(what)
    }

    /// How many items follow. Their number is not believed before their bytes are there: callers read one by one.
    pub(super) fn count(&mut self, what: &'static str) -> Result<usize, HeaderError> {
        usize::try_from(self.i32(what)?).map_err(|_| HeaderError::Malformed { what })
    }

    /// Goes past `count` items of `size` bytes each.
    pub(super) fn skip(&mut self, count: usize, size: usize, what: &'static str) -> Result<(), HeaderError> {
        let length = count.checked_mul(size).ok_or(HeaderError::Malformed { what })?;
        self.take(length, what).map(|_| ())
    }

    /// A string: a length in units with the closing zero (negative: UTF-16), then the units.
    pub(super) fn text(&mut self, what: &'static str) -> Result<Text<'a>, HeaderError> {
        let length = self.i32(what)?;
        if length >= 0 {
            let units = self.take(length as usize, what)?;
            return Ok(Text::Narrow(units.strip_suffix(&[0]).unwrap_or(units)));
        }
        let bytes = (length.unsigned_abs() as usize).checked_mul(2).ok_or(HeaderError::Malformed { what })?;
        let units = self.take(bytes, what)?;
        Ok(Text::Wide(units.strip_suffix(&[0, 0]).unwrap_or(units)))
    }

    /// How many items of at least `size` bytes can follow at most: what may be made room for in advance.
    pub(super) fn room(&self, count: usize, size: usize) -> usize {
        count.min(self.bytes.len().saturating_sub(self.at) / size.max(1))
    }
}

/// A string as it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text<'a> {
    /// One byte a character.
    Narrow(&'a [u8]),
    /// UTF-16, little-endian.
    Wide(&'a [u8]),
}

impl<'a> Text<'a> {
    /// The text. What is no UTF-8 is taken as Latin-1, and lone surrogates become the replacement character.
    pub(super) fn read(self) -> Cow<'a, str> {
        match self {
            Self::Narrow(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
            },
            Self::Wide(bytes) => {
                let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                Cow::Owned(
                    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
                )
            }
        }
    }

    /// Whether it is this name. Unreal's names do not tell capital letters apart.
    pub(super) fn is(self, name: &str) -> bool {
        match self {
            Self::Narrow(bytes) => bytes.eq_ignore_ascii_case(name.as_bytes()),
            Self::Wide(_) => self.read().eq_ignore_ascii_case(name),
        }
    }
}

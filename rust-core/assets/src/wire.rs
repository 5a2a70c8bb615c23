//! Bounded reading and writing of the store's binary objects.
//!
//! Integers are little-endian; counts and small numbers are varints (base 128, low digits first, bit 7 on all bytes
//! but the last, shortest form only). A reader never takes memory for more than the bytes it was given can hold.

use cyclorama_outcome::{Classify, Kind};

/// Why stored bytes are not what their name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// Damaged, cut off, or made up.
    #[error("this is no valid {object}: {problem}")]
    Damaged {
        /// `pack`, `index`, `folder`, ...
        object: &'static str,
        /// What does not fit.
        problem: &'static str,
    },
    /// Written by a later version of this software.
    #[error("this {object} has format version {found}, and this version reads up to {known}")]
    Version {
        /// `pack`, `index`, `folder`, ...
        object: &'static str,
        /// The version it says.
        found: u32,
        /// The latest version known here.
        known: u32,
    },
    /// The seal of an encrypted object does not open: another key, or changed bytes.
    #[error("the seal of this {object} does not open with this production's key")]
    Seal {
        /// `pack`, `index`, `folder`, ...
        object: &'static str,
    },
}

impl Classify for FormatError {
    fn kind(&self) -> Kind {
        match self {
            Self::Damaged { .. } | Self::Seal { .. } => Kind::Integrity,
            Self::Version { .. } => Kind::Refused,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Version { .. } => Some("update cyclorama on this machine".to_owned()),
            _ => None,
        }
    }
}

/// Takes values off the front of some bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WireReader<'a> {
    rest: &'a [u8],
    object: &'static str,
}

impl<'a> WireReader<'a> {
    pub(crate) fn new(bytes: &'a [u8], object: &'static str) -> Self {
        Self { rest: bytes, object }
    }

    pub(crate) fn damaged<T>(&self, problem: &'static str) -> Result<T, FormatError> {
        Err(FormatError::Damaged { object: self.object, problem })
    }

    /// The magic number of an object, and its version from 1 to `known`.
    pub(crate) fn magic(&mut self, magic: &[u8; 7], known: u8) -> Result<u8, FormatError> {
        if self.bytes(7)? != magic {
            return self.damaged("it does not begin with its magic number");
        }
        match self.u8()? {
            0 => self.damaged("its version is 0"),
            version if version <= known => Ok(version),
            version => {
                Err(FormatError::Version { object: self.object, found: version.into(), known: known.into() })
            }
        }
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], FormatError> {
        match self.rest.split_at_checked(length) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => self.damaged("it ends too early"),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, FormatError> {
        Ok(self.bytes(1)?[0])
    }

    pub(crate) fn u32(&mut self) -> Result<u32, FormatError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn varint(&mut self) -> Result<u64, FormatError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let digits = u64::from(byte & 0x7f);
            if shift == 63 && digits > 1 {
                return self.damaged("a number is too large");
            }
            value |= digits << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    return self.damaged("a number is not in its shortest form");
                }
                return Ok(value);
            }
        }
        self.damaged("a number is too long")
    }

    pub(crate) fn signed(&mut self) -> Result<i64, FormatError> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// A count of things that take at least `size` bytes each; refused when they cannot be there.
    pub(crate) fn count(&mut self, size: usize) -> Result<usize, FormatError> {
        let count = self.varint()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.rest.len() / size.max(1) => Ok(count),
            _ => self.damaged("it announces more than it holds"),
        }
    }

    pub(crate) fn text(&mut self, longest: usize) -> Result<&'a str, FormatError> {
        let length = self.count(1)?;
        if length > longest {
            return self.damaged("a text is too long");
        }
        match std::str::from_utf8(self.bytes(length)?) {
            Ok(text) => Ok(text),
            Err(_) => self.damaged("a text is not UTF-8"),
        }
    }

    /// Bytes that were not read yet.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn end(&self) -> Result<(), FormatError> {
        if self.rest.is_empty() { Ok(()) } else { self.damaged("something follows its end") }
    }
}

/// Appends values; the inverse of [`WireReader`].
pub(crate) trait WireWrite {
    fn put_varint(&mut self, value: u64);
    fn put_signed(&mut self, value: i64);
    fn put_text(&mut self, text: &str);
}

impl WireWrite for Vec<u8> {
    fn put_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.push(value as u8);
    }

    fn put_signed(&mut self, value: i64) {
        self.put_varint(((value << 1) ^ (value >> 63)) as u64);
    }

    fn put_text(&mut self, text: &str) {
        self.put_varint(text.len() as u64);
        self.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn numbers_have_one_spelling() {
        for bytes in
            [&[0x80, 0x00][..], &[0xff; 11], &[0x80; 3], &[255, 255, 255, 255, 255, 255, 255, 255, 255, 2]]
        {
            assert!(WireReader::new(bytes, "test").varint().is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_count_that_cannot_be_true_takes_no_memory() {
        let mut bytes = Vec::new();
        bytes.put_varint(u64::MAX);
        assert!(WireReader::new(&bytes, "test").count(1).is_err());
        let mut bytes = Vec::new();
        bytes.put_varint(3);
        bytes.extend([0; 11]);
        assert!(WireReader::new(&bytes, "test").count(4).is_err());
        assert_eq!(WireReader::new(&bytes, "test").count(3), Ok(3));
    }

    #[test]
    fn later_versions_are_told_from_damage() {
        let read = |bytes: &[u8]| WireReader::new(bytes, "test").magic(b"magic!!", 2);
        assert_eq!(read(b"magic!!\x02"), Ok(2));
        assert!(matches!(read(b"magic!!\x03"), Err(FormatError::Version { found: 3, known: 2, .. })));
        assert!(matches!(read(b"magic!!\x00"), Err(FormatError::Damaged { .. })));
        assert!(matches!(read(b"magic?!\x01"), Err(FormatError::Damaged { .. })));
        assert!(matches!(read(b"magi"), Err(FormatError::Damaged { .. })));
    }

    proptest! {
        #[test]
        fn values_come_back(number in any::<u64>(), signed in any::<i64>(), text in "\\PC{0,20}") {
            let mut bytes = Vec::new();
            bytes.put_varint(number);
            bytes.put_signed(signed);
            bytes.put_text(&text);
            let mut reader = WireReader::new(&bytes, "test");
            prop_assert_eq!(reader.varint(), Ok(number));
            prop_assert_eq!(reader.signed(), Ok(signed));
            prop_assert_eq!(reader.text(100), Ok(text.as_str()));
            prop_assert_eq!(reader.end(), Ok(()));
        }

        #[test]
        fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..40)) {
            let mut reader = WireReader::new(&bytes, "test");
            while reader.varint().is_ok() && reader.text(9).is_ok() && reader.signed().is_ok() {}
        }
    }
}

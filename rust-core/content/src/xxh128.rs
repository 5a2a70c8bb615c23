//! XXH3-128, as Deadline's manifests and ASC MHL write it, and the digests of a file taken in one pass.

use std::{fmt, str::FromStr};

use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use twox_hash::XxHash3_128;

use crate::{Digest, Hasher};

/// The XXH3-128 hash (seed 0) of some bytes, written as 32 lower-case hex digits. It finds accidents, not malice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Xxh128(u128);

impl Xxh128 {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(XxHash3_128::oneshot(bytes))
    }

    /// A hash from its 16 bytes in the order they are written, most significant first.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The 16 bytes, most significant first.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for Xxh128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Xxh128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Xxh128({self})")
    }
}

/// The text is not 32 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an xxh128 hash is 32 lower-case hex digits")]
pub struct ParseXxh128Error;

impl Classify for ParseXxh128Error {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

impl FromStr for Xxh128 {
    type Err = ParseXxh128Error;

    fn from_str(text: &str) -> Result<Self, ParseXxh128Error> {
        let is_hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if text.len() != 32 || !text.bytes().all(is_hex) {
            return Err(ParseXxh128Error);
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| ParseXxh128Error)
    }
}

impl Serialize for Xxh128 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Xxh128 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// What a whole file is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileDigests {
    /// Bytes.
    pub size: u64,
    /// BLAKE3-256.
    pub content: Digest,
    /// XXH3-128.
    pub xxh128: Xxh128,
}

impl FileDigests {
    /// The digests of a file that is `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self { size: bytes.len() as u64, content: Digest::of(bytes), xxh128: Xxh128::of(bytes) }
    }
}

/// Takes every digest of a file in one pass over its bytes.
///
/// ```
/// use cyclorama_content::{FileDigests, FileHasher};
///
/// let mut hasher = FileHasher::new();
/// hasher.update(b"one ").update(b"file");
/// assert_eq!(hasher.finish(), FileDigests::of(b"one file"));
/// ```
#[derive(Clone)]
pub struct FileHasher {
    content: Hasher,
    xxh128: XxHash3_128,
}

impl FileHasher {
    /// An empty hasher.
    pub fn new() -> Self {
        Self { content: Hasher::new(), xxh128: XxHash3_128::new() }
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) -> &mut Self {
        self.content.update(bytes);
        self.xxh128.write(bytes);
        self
    }

    /// The digests of everything added so far.
    pub fn finish(&self) -> FileDigests {
        FileDigests {
            size: self.content.len(),
            content: self.content.finish(),
            xxh128: Xxh128(self.xxh128.finish_128()),
        }
    }
}

impl Default for FileHasher {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FileHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileHasher({} bytes)", self.content.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// The values that the published XXH3 library gives for nothing, seed 0, and its text form.
    #[test]
    fn the_hash_of_nothing_is_the_published_one() {
        assert_eq!(Xxh128::of(b"").to_string(), "99aa06d3014798d86001c324468d497f");
    }

    #[test]
    fn text_that_is_no_hash_is_refused() {
        for text in ["", "99aa", "99AA06D3014798D86001C324468D497F", "+9aa06d3014798d86001c324468d497f"] {
            assert_eq!(text.parse::<Xxh128>(), Err(ParseXxh128Error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_pass_in_any_pieces_gives_the_digests_of_the_whole(pieces in vec(vec(any::<u8>(), 0..600), 0..6)) {
            let mut hasher = FileHasher::new();
            for piece in &pieces {
                hasher.update(piece);
            }
            prop_assert_eq!(hasher.finish(), FileDigests::of(&pieces.concat()));
        }

        #[test]
        fn text_and_bytes_come_back(bytes in any::<[u8; 16]>()) {
            let hash = Xxh128::from_bytes(bytes);
            prop_assert_eq!(hash.to_bytes(), bytes);
            prop_assert_eq!(hash.to_string().parse(), Ok(hash));
        }
    }
}

//! Names of chunks: what a store files a piece of content under.
//!
//! An id is made from the BLAKE3 digest of the raw bytes, so that a file of one chunk needs to be hashed once. With
//! a production's key the id says nothing about the content to those who lack the key: nobody can look whether
//! a known file is there, and the same file has another id in another production.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Digest, ParseDigestError};

/// The id of a chunk, written as 64 lower-case hex digits. Made by [`ChunkIds`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChunkId(Digest);

impl ChunkId {
    /// An id from its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Digest::from_bytes(bytes))
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The first 12 hex digits, for people.
    pub fn short(&self) -> String {
        self.0.short()
    }
}

impl fmt::Display for ChunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ChunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChunkId({})", self.short())
    }
}

impl FromStr for ChunkId {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, ParseDigestError> {
        text.parse().map(Self)
    }
}

/// Makes the ids of one production.
///
/// ```
/// use cyclorama_content::{ChunkIds, Digest};
///
/// let (ours, theirs) = (ChunkIds::keyed([1; 32]), ChunkIds::keyed([2; 32]));
/// assert_eq!(ours.of(b"a texture"), ours.of_digest(&Digest::of(b"a texture")));
/// assert_ne!(ours.of(b"a texture"), theirs.of(b"a texture"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ChunkIds {
    key: Option<[u8; 32]>,
}

impl ChunkIds {
    /// Ids that are the plain digest of the bytes.
    pub const fn plain() -> Self {
        Self { key: None }
    }

    /// Ids that only holders of `key` can make: the keyed BLAKE3 hash of the digest.
    pub const fn keyed(key: [u8; 32]) -> Self {
        Self { key: Some(key) }
    }

    /// The id of these raw bytes.
    pub fn of(&self, bytes: &[u8]) -> ChunkId {
        self.of_digest(&Digest::of(bytes))
    }

    /// The id of the raw bytes that have this digest.
    pub fn of_digest(&self, digest: &Digest) -> ChunkId {
        match &self.key {
            None => ChunkId(*digest),
            Some(key) => ChunkId::from_bytes(*blake3::keyed_hash(key, digest.as_bytes()).as_bytes()),
        }
    }
}

/// Keeps the key out of logs.
impl fmt::Debug for ChunkIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.key.is_some() { "ChunkIds(keyed)" } else { "ChunkIds(plain)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_ids_are_the_digest() {
        let id = ChunkIds::plain().of(b"abc");
        assert_eq!(id.as_bytes(), Digest::of(b"abc").as_bytes());
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(serde_json::to_string(&id).expect("json"), format!("\"{id}\""));
    }

    #[test]
    fn keyed_ids_are_the_keyed_hash_of_the_digest() {
        let key = [7; 32];
        let by_hand = blake3::keyed_hash(&key, Digest::of(b"abc").as_bytes());
        assert_eq!(ChunkIds::keyed(key).of(b"abc").as_bytes(), by_hand.as_bytes());
        assert_ne!(ChunkIds::keyed(key).of(b"abc"), ChunkIds::plain().of(b"abc"));
    }

    #[test]
    fn a_key_is_not_shown() {
        let text = format!("{:?}", ChunkIds::keyed([0xab; 32]));
        assert!(!text.contains("ab") && !text.contains("171"), "{text}");
    }
}

//! The object store trait: whole operations, conditional writes, bounded listings.
//!
//! [`memory`] and [`folder`] implement it, [`Prefixed`] narrows it to a part, [`Patient`] asks again where that helps,
//! [`open()`] finds one by its URL, and [`probe_conditional`] proves that its conditions hold. Nothing here knows what the
//! objects mean.

pub mod folder;
pub mod memory;
mod open;
mod patient;
mod prefixed;
mod probe;
mod single;
mod staged;
#[cfg(test)]
pub(crate) mod watched;
mod whole;

pub use open::{OpenError, open};
pub use patient::{Patient, RecordError, Written, nonce};
pub use prefixed::Prefixed;
pub(crate) use probe::{PROBE, probe_began};
pub use probe::{ProbeError, probe_conditional};
pub(crate) use single::owner_and_bytes;
pub use single::{ClaimError, SingleWriter};
pub use staged::Staged;
pub use whole::list_pages;
pub(crate) use whole::{list_as, list_until};

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use cyclorama_content::Digest;
use cyclorama_outcome::{Classify, Kind};
use futures::{StreamExt as _, stream, stream::BoxStream};

use crate::Key;

/// The version of an object. Opaque; it differs whenever the bytes differ.
///
/// A store may give the same bytes the same version again (a folder does: its version is the digest). Whoever
/// compares versions to find out whether somebody wrote puts something unique into what is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ETag(pub String);

/// What must hold for a write to happen. Checked and done as one step, also against other processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Write whatever is there.
    Always,
    /// Only when nothing is there (`If-None-Match: *`).
    Absent,
    /// Only when this version is there (`If-Match`).
    Matches(ETag),
}

impl Condition {
    /// Only when what is there is what was seen: this version, or nothing.
    pub fn unchanged(seen: Option<&ETag>) -> Self {
        seen.map_or(Self::Absent, |etag| Self::Matches(etag.clone()))
    }
}

/// An object's bytes and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// All of it.
    pub bytes: Bytes,
    /// Its version.
    pub etag: ETag,
}

/// One page of a listing, sorted by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Keys and sizes in bytes.
    pub objects: Vec<(Key, u64)>,
    /// Pass it as `start_after` for the next page; `None` at the end.
    pub next: Option<Key>,
}

/// Whether an object can be read at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sleep {
    /// It can be read.
    Awake,
    /// It sleeps in an archive, and must be asked for.
    Asleep,
    /// It was asked for, and can be read in some hours.
    Waking,
}

/// How what sleeps is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wake {
    /// How long it can be read then.
    pub days: u32,
    /// In the cheapest way, which is the slowest.
    pub cheap: bool,
}

/// The most keys one page of a listing holds.
pub const LONGEST_PAGE: usize = 1000;

/// Bytes of a piece of a range, where a store does not say otherwise.
const LONGEST_PIECE: u64 = 2 << 20;

/// A flat map from key to bytes. Every method ends within the limits its implementation documents.
#[async_trait]
pub trait Store: Send + Sync {
    /// The whole object. [`StoreError::NotFound`] when absent.
    async fn get(&self, key: &Key) -> Result<Object, StoreError>;

    /// As [`Self::get`], for what is small by its kind: an object of more than `limit` bytes is
    /// [`StoreError::TooLong`]. A store that cannot be trusted cannot fill the reader's memory then.
    async fn get_at_most(&self, key: &Key, limit: u64) -> Result<Object, StoreError> {
        let object = self.get(key).await?;
        if object.bytes.len() as u64 > limit {
            return Err(StoreError::TooLong { key: key.clone(), limit });
        }
        Ok(object)
    }

    /// `length` bytes from `offset`; fewer at the end of the object, none past it.
    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError>;

    /// As [`Self::get_range`], in pieces as they come, so that nobody has to hold a long range whole. After an error
    /// nothing more comes.
    fn stream_range(&self, key: Key, offset: u64, length: u64) -> BoxStream<'_, Result<Bytes, StoreError>> {
        let pieces = stream::try_unfold((key, offset, length), move |(key, at, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let wanted = left.min(LONGEST_PIECE);
            let bytes = self.get_range(&key, at, wanted).await?;
            let came = bytes.len() as u64;
            let left = if came < wanted { 0 } else { left - wanted };
            Ok((came > 0).then_some((bytes, (key, at.saturating_add(came), left))))
        });
        pieces.boxed()
    }

    /// Size and version without the bytes.
    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError>;

    /// Writes the whole object, atomically, if `condition` holds; [`StoreError::Precondition`] otherwise.
    async fn put(&self, key: &Key, bytes: Bytes, condition: Condition) -> Result<ETag, StoreError>;

    /// Does to `bytes` what can be done before it is decided whether they are written as `key`: a folder brings them to the disk. For
    /// whoever has something else to do meanwhile. `digest` is theirs, where it is known already.
    async fn stage(&self, key: &Key, bytes: Bytes, _digest: Option<Digest>) -> Result<Staged, StoreError> {
        Ok(Staged::new(key.clone(), bytes))
    }

    /// As [`Self::put`], of what was staged, by whichever store.
    async fn put_staged(&self, staged: &Staged, condition: Condition) -> Result<ETag, StoreError> {
        self.put(staged.key(), staged.bytes().clone(), condition).await
    }

    /// Removes the object if `condition` holds. Removing what is absent is fine under [`Condition::Always`].
    async fn delete(&self, key: &Key, condition: Condition) -> Result<(), StoreError>;

    /// Keys that start with `prefix` (any text), after `start_after`, at most `limit` of them (1 to
    /// [`LONGEST_PAGE`]; other limits are brought into that range).
    async fn list(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError>;

    /// Whether an object that is there can be read, or sleeps in an archive; with `ask` it is asked for then. In a store
    /// without archives all can be read.
    async fn wake(&self, _key: &Key, _ask: Option<Wake>) -> Result<Sleep, StoreError> {
        Ok(Sleep::Awake)
    }

    /// As [`Self::list`], for whoever wants the keys alone: sizes may be 0. A folder need not look at each file then.
    async fn list_keys(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.list(prefix, start_after, limit).await
    }

    /// The store as a person would write it, for messages. Holds no secrets.
    fn describe(&self) -> String;

    /// Whether it tries again by itself, so that what it calls a failure is final for now. Two patient layers would
    /// wait for the product of their times.
    fn is_patient(&self) -> bool {
        false
    }

    /// A place whose conditions hold when this one's do, for trying them without a trace here: the store need not be there yet. It is gone
    /// with its last handle. None where the store itself is tried.
    fn trial(&self) -> Option<Arc<dyn Store>> {
        None
    }

    /// What was read of `key` is not what its name or its digests say. Whoever gives copies of somebody else's bytes
    /// asks for them anew when it is read again.
    fn doubt(&self, _key: &Key) {}
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Nothing has this key.
    #[error("`{key}` is not in the store")]
    NotFound {
        /// The key asked for.
        key: Key,
    },
    /// What is there is longer than anything of its kind.
    #[error("`{key}` is damaged: it has more than {limit} bytes")]
    TooLong {
        /// The key asked for.
        key: Key,
        /// The most bytes that it may have.
        limit: u64,
    },
    /// The condition of a write did not hold: somebody else was first.
    #[error("`{key}` was changed by somebody else")]
    Precondition {
        /// The key asked for.
        key: Key,
    },
    /// The store refused: permissions, or a read-only place.
    #[error("the store refused access to `{key}`")]
    Refused {
        /// The key asked for.
        key: Key,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No room left.
    #[error("no space left to write `{key}`")]
    Full {
        /// The key asked for.
        key: Key,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A service refused or failed, and said so in its own words.
    #[error("the store could not {operation} `{key}`")]
    Service {
        /// `read`, `write`, `list` or `delete`.
        operation: &'static str,
        /// The key or prefix asked for.
        key: String,
        /// What the caller can do about it.
        kind: Kind,
        /// The one thing a person can do.
        hint: Option<String>,
        /// What the service said. Holds no secrets.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Any other failure below the store.
    #[error("the store could not {operation} `{key}`")]
    Io {
        /// `read`, `write`, `list` or `delete`.
        operation: &'static str,
        /// The key or prefix asked for.
        key: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Classify for StoreError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } => Kind::NotFound,
            Self::TooLong { .. } => Kind::Integrity,
            Self::Precondition { .. } => Kind::Conflict,
            Self::Refused { .. } => Kind::Refused,
            Self::Full { .. } => Kind::Internal,
            Self::Service { kind, .. } => *kind,
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::AlreadyExists
                | io::ErrorKind::NotADirectory
                | io::ErrorKind::IsADirectory
                | io::ErrorKind::DirectoryNotEmpty
                | io::ErrorKind::InvalidFilename
                | io::ErrorKind::InvalidInput => Kind::User,
                _ => Kind::Network,
            },
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Refused { .. } => {
                Some("check who owns the folder and whether it may be written".to_owned())
            }
            Self::Full { .. } => {
                Some("free some space, then repeat the command: it goes on from there".to_owned())
            }
            Self::Service { hint, .. } => hint.clone(),
            _ => None,
        }
    }
}

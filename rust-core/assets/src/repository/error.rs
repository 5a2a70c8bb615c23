//! Why a content store could not do what was asked.

use cyclorama_content::ChunkId;
use cyclorama_outcome::{Classify, Kind};

use super::RevisionError;
use crate::{
    FormatError, Key, KeyProblem, OpenFormatError, PackId, RefName, SnapshotId, SnapshotTooLong, StoreError,
    store::{ClaimError, ProbeError},
};

/// Why a content store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoryError {
    /// The object store.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// There is no content store.
    #[error("there is no content store in {store}")]
    NoStore {
        /// The object store.
        store: String,
    },
    /// There is one already.
    #[error("there is a content store in {store} already")]
    Exists {
        /// The object store.
        store: String,
    },
    /// The object store does not keep its conditions.
    #[error("the store cannot be shared by several writers")]
    Probe(#[source] ProbeError),
    /// The format file.
    #[error(transparent)]
    Format(#[from] OpenFormatError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyProblem),
    /// The name of a version means nothing here.
    #[error(transparent)]
    Revision(#[from] RevisionError),
    /// A version that no reader would take. It was not written.
    #[error("the version cannot be written")]
    Snapshot(#[from] SnapshotTooLong),
    /// An object is not what was written.
    #[error("`{key}` is damaged")]
    Damaged {
        /// Which.
        key: Key,
        /// What is wrong with it.
        #[source]
        source: FormatError,
    },
    /// An object's bytes are not those its name was made from.
    #[error("`{key}` is damaged: it does not match the digest in its name")]
    NotItself {
        /// Which.
        key: Key,
    },
    /// A folder's node makes no sense, though its bytes are as written.
    #[error("a folder is damaged")]
    Node(#[from] FormatError),
    /// No index knows the chunk.
    #[error("chunk {chunk} is in no index")]
    UnknownChunk {
        /// Which.
        chunk: ChunkId,
    },
    /// A version is lost that others are made of.
    #[error("version {} is gone from the store, and {needed_by} needs it", snapshot.short())]
    LostSnapshot {
        /// Which.
        snapshot: SnapshotId,
        /// A ref, or the version after it.
        needed_by: String,
    },
    /// What is stored for a chunk is not it.
    #[error("chunk {chunk} in pack {pack} does not match its id")]
    WrongChunk {
        /// Which.
        chunk: ChunkId,
        /// Where.
        pack: PackId,
    },
    /// A ref is older than this machine has seen it.
    #[error("ref `{name}` went back: it is at number {found}, and this machine has seen number {seen}")]
    Rollback {
        /// Which.
        name: RefName,
        /// The highest sequence number seen here.
        seen: u64,
        /// The one it has now.
        found: u64,
    },
    /// A ref that this machine has seen is not there.
    #[error("ref `{name}` is gone; this machine has seen it at number {seen}")]
    Vanished {
        /// Which.
        name: RefName,
        /// The highest sequence number seen here.
        seen: u64,
    },
    /// Somebody else writes to a store of one writer.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// A background task was lost.
    #[error("a background task was lost")]
    Task(#[from] tokio::task::JoinError),
}

impl Classify for RepositoryError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(source) => source.kind(),
            Self::NoStore { .. } => Kind::NotFound,
            Self::Exists { .. } => Kind::User,
            Self::Probe(source) => source.kind(),
            Self::Format(source) => source.kind(),
            Self::Key(source) => source.kind(),
            Self::Revision(source) => source.kind(),
            Self::Snapshot(source) => source.kind(),
            Self::Damaged { source, .. } | Self::Node(source) => source.kind(),
            Self::NotItself { .. }
            | Self::UnknownChunk { .. }
            | Self::WrongChunk { .. }
            | Self::LostSnapshot { .. }
            | Self::Rollback { .. }
            | Self::Vanished { .. } => Kind::Integrity,
            Self::Claim(source) => source.kind(),
            Self::Task(_) => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Store(source) => source.hint(),
            Self::NoStore { .. } => {
                Some("check its name, or make one with: cyclorama assets init STORE".to_owned())
            }
            Self::Probe(source) => source.hint(),
            Self::Claim(source) => source.hint(),
            Self::Format(source) => source.hint(),
            Self::Key(source) => source.hint(),
            Self::Revision(source) => source.hint(),
            Self::Snapshot(source) => source.hint(),
            Self::Damaged { source, .. } | Self::Node(source) => source.hint(),
            Self::NotItself { .. }
            | Self::UnknownChunk { .. }
            | Self::LostSnapshot { .. }
            | Self::WrongChunk { .. } => {
                Some(
                    "see what else is hurt, and how it is mended, with: cyclorama assets verify STORE --read-data"
                        .to_owned(),
                )
            }
            Self::Rollback { .. } | Self::Vanished { .. } => Some(
                "somebody may have put an old copy of the store in place: ask. If the ref was removed, or made anew, on \
                 purpose, say --accept-rollback once (-AcceptRollback to a commandlet of Unreal)"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

//! Why a version could not be brought into a folder.

use std::io;
use std::path::PathBuf;

use cyclorama_content::ChunkId;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::Cancelled;
use cyclorama_progress::words::bytes;

use super::SelectError;
use crate::local::WriteError;
use crate::{RepositoryError, StoreError};

/// Why a version could not be brought into a folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HydrateError {
    /// The store.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// What was asked for is not in the version.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// The version holds names or links that cannot be made here. Nothing was written.
    #[error("the version holds {}", named(.0))]
    Refused(Vec<(String, String)>),
    /// Files were changed by hand. Nothing was written.
    #[error("{} changed here since the last version", files(.0))]
    Edited(Vec<String>),
    /// Files were saved here while their version was on its way, and stay. The other files are in place; links,
    /// times, and what goes come with the next run.
    #[error("{} changed here while the version came", files(.0))]
    EditedMeanwhile(Vec<String>),
    /// A file could not be read, so that nobody can tell whether it was changed. Nothing was written.
    #[error("`{path}` cannot be read, so nobody can tell whether it was changed here")]
    Unreadable {
        /// Which.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The disk has no room for it. Nothing was written.
    #[error("`{}` has no room for {}: {} are missing", folder.display(), bytes(*needed), bytes(*missing))]
    NoRoom {
        /// Where it was to be.
        folder: PathBuf,
        /// Bytes that it takes at least.
        needed: u64,
        /// Bytes of them that are not free.
        missing: u64,
    },
    /// The folder.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A file's chunks are what the version lists, and the file is not what it says.
    #[error("`{path}` does not match its digest, though each of its chunks does")]
    WrongFile {
        /// Which.
        path: String,
    },
    /// A file's chunks are shorter or longer than the file.
    #[error("the chunks of `{path}` make {chunks} bytes, and the file has {size}")]
    WrongSize {
        /// Which.
        path: String,
        /// Bytes of its chunks.
        chunks: u64,
        /// Bytes of the file.
        size: u64,
    },
    /// Reading or writing a file that is not in place yet.
    #[error("`{path}` cannot be written")]
    Part {
        /// Which.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A chunk came that nobody asked for.
    #[error("chunk {0} came without being asked for")]
    Unasked(ChunkId),
    /// What was hydrated could not be remembered.
    #[error("what was hydrated could not be remembered")]
    State(#[source] io::Error),
    /// Somebody asked to stop. What is in place is whole.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A background task was lost.
    #[error("a background task was lost")]
    Task(#[from] tokio::task::JoinError),
}

impl Classify for HydrateError {
    fn kind(&self) -> Kind {
        match self {
            // The version names it, so what is not there was lost.
            Self::Repository(RepositoryError::Store(StoreError::NotFound { .. })) => Kind::Integrity,
            Self::Repository(source) => source.kind(),
            Self::Select(source) => source.kind(),
            Self::Refused(_) | Self::WrongFile { .. } | Self::WrongSize { .. } => Kind::Integrity,
            Self::Edited(_) | Self::EditedMeanwhile(_) => Kind::Conflict,
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Kind::Refused
            }
            Self::Write(source) => source.kind(),
            Self::Unreadable { .. } | Self::NoRoom { .. } => Kind::Internal,
            Self::Part { .. } | Self::Unasked(_) | Self::State(_) | Self::Task(_) => Kind::Internal,
            Self::Cancelled(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Repository(source) => source.hint(),
            Self::Select(source) => source.hint(),
            Self::Write(source) => source.hint(),
            Self::Refused(_) => Some(
                "publish it again under names that every system takes, or ask who published it".to_owned(),
            ),
            Self::Edited(_) => {
                Some("publish them first, or say whose to keep: --keep mine or --keep theirs".to_owned())
            }
            Self::EditedMeanwhile(_) => Some(
                "repeat the command, which goes on from there, and say whose to keep: --keep mine or --keep theirs"
                    .to_owned(),
            ),
            Self::Unreadable { .. } => Some(
                "close what has it open and check who may read it, or say whose to keep: --keep mine or \
                 --keep theirs"
                    .to_owned(),
            ),
            Self::NoRoom { .. } => {
                Some("free some space there, or bring a part of the version with --only".to_owned())
            }
            Self::Part { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space, then repeat the command: it goes on from there".to_owned())
            }
            _ => None,
        }
    }
}

fn named(problems: &[(String, String)]) -> String {
    match problems {
        [] => "something that cannot be made here".to_owned(),
        [(path, why)] => format!("`{path}`, which {why}"),
        [(path, why), rest @ ..] => format!("`{path}`, which {why}, and {} more like it", rest.len()),
    }
}

fn files(paths: &[String]) -> String {
    match paths {
        [] => "something was".to_owned(),
        [one] => format!("`{one}` was"),
        [first, rest @ ..] => format!("`{first}` and {} more were", rest.len()),
    }
}

//! Why a publish did not take place.

use std::io;

use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::Cancelled;

use super::merge::Conflict;
use crate::locks::{Held, LockError};
use crate::{RefName, RepositoryError};

/// Why a publish did not take place. Nothing of it is visible then; repeating it goes on where it ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The store.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// Both sides changed the same paths.
    #[error("{} here and in `{name}`", changed(conflicts))]
    Conflicts {
        /// The ref.
        name: RefName,
        /// Which, sorted.
        conflicts: Vec<Conflict>,
    },
    /// Somebody else has locked what changed, and that was to be refused. Nothing was sent.
    #[error("{}", locked(held))]
    Locked {
        /// Which, sorted.
        held: Vec<Held>,
    },
    /// Whether somebody has locked what changed cannot be told.
    #[error(transparent)]
    Locks(#[from] LockError),
    /// Others kept moving the ref.
    #[error("`{name}` was moved by others {attempts} times in a row")]
    Crowded {
        /// The ref.
        name: RefName,
        /// How often it was tried.
        attempts: u32,
    },
    /// Garbage was collected meanwhile, again and again.
    #[error("what `{name}` is made of was collected while it was published")]
    Collected {
        /// The ref.
        name: RefName,
    },
    /// Whether something that was not found is there after all cannot be told.
    #[error("the folder cannot be looked through once more")]
    Look(#[source] io::Error),
    /// The journal cannot be kept.
    #[error("the journal of this publish cannot be written")]
    Journal(#[source] io::Error),
    /// There is no memory to work with.
    #[error("there is not enough memory")]
    Memory(#[source] io::Error),
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Classify for PublishError {
    fn kind(&self) -> Kind {
        match self {
            Self::Repository(source) => source.kind(),
            Self::Conflicts { .. } | Self::Crowded { .. } | Self::Collected { .. } => Kind::Conflict,
            Self::Locked { .. } => Kind::Refused,
            Self::Locks(source) => source.kind(),
            Self::Look(source) => match source.kind() {
                io::ErrorKind::NotFound => Kind::NotFound,
                io::ErrorKind::PermissionDenied => Kind::Refused,
                _ => Kind::Internal,
            },
            Self::Journal(_) | Self::Memory(_) => Kind::Internal,
            Self::Cancelled(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Repository(source) => source.hint(),
            Self::Conflicts { .. } => Some(
                "see theirs with: cyclorama assets diff STORE; then publish with --keep mine or --keep theirs"
                    .to_owned(),
            ),
            Self::Locked { .. } => Some("ask them, or publish without --refuse-locked".to_owned()),
            Self::Locks(source) => source.hint(),
            Self::Crowded { .. } | Self::Collected { .. } => Some("publish again".to_owned()),
            _ => None,
        }
    }
}

/// `Content/Wall.uasset` was changed, or how many were.
fn changed(conflicts: &[Conflict]) -> String {
    match conflicts {
        [one] => format!("`{}` was changed", one.path),
        many => format!("{} paths were changed", many.len()),
    }
}

/// `Content/Wall.uasset` is locked by whom, or how many are.
fn locked(held: &[Held]) -> String {
    match held {
        [one] => one.to_string(),
        many => format!("{} changed paths are locked by others", many.len()),
    }
}

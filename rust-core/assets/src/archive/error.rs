//! Why a version was not copied to another store.

use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::Cancelled;

use crate::{Key, RefName, RepositoryError, SnapshotId, versions::MoveError};

/// Why a version was not copied to another store. No ref was made there, and none was moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// One of the stores.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The ref could not be made.
    #[error(transparent)]
    Ref(#[from] MoveError),
    /// What is there is a store of something else.
    #[error(
        "the store in {store} belongs to another production: it names, cuts or seals content in another way"
    )]
    Other {
        /// The store.
        store: String,
    },
    /// Both are one store.
    #[error("{store} is the very store that the version comes from")]
    Itself {
        /// The store.
        store: String,
    },
    /// No store is there, but something else.
    #[error("{store} is not empty: `{key}` lies there")]
    NotEmpty {
        /// The place.
        store: String,
        /// What lies there, or one of it.
        key: Key,
    },
    /// The ref is there and points to another version.
    #[error("there is a ref `{name}` already, and it points to another version")]
    Taken {
        /// Which.
        name: RefName,
    },
    /// The version was collected there, or left out when others were copied. That is final.
    #[error("version {} was removed from that store, or left out of it, which is final", version.short())]
    Gone {
        /// Which.
        version: SnapshotId,
    },
    /// A pack is damaged or lost in the store that the version goes to, and the one it comes from has none of that name.
    #[error(
        "`{key}` is damaged or lost in the store, and what lay in it has another name where it would come from"
    )]
    OtherName {
        /// Which.
        key: Key,
    },
    /// Somebody collected there at this moment.
    #[error("a collection came between")]
    Raced,
    /// Stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Classify for ArchiveError {
    fn kind(&self) -> Kind {
        match self {
            Self::Repository(source) => source.kind(),
            Self::Ref(source) => source.kind(),
            Self::Other { .. } | Self::Itself { .. } | Self::NotEmpty { .. } | Self::Taken { .. } => {
                Kind::User
            }
            Self::Gone { .. } => Kind::Refused,
            Self::OtherName { .. } => Kind::Integrity,
            Self::Raced => Kind::Conflict,
            Self::Cancelled(_) => Kind::Cancelled,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Repository(source) => source.hint(),
            Self::Ref(source) => source.hint(),
            Self::Other { .. } => {
                Some("name an empty place, or hydrate the version and publish it there".to_owned())
            }
            Self::Itself { .. } | Self::NotEmpty { .. } | Self::Gone { .. } => {
                Some("name an empty place".to_owned())
            }
            Self::Taken { .. } => Some("give it another name with --as, or name another place".to_owned()),
            Self::OtherName { .. } => Some(
                "give up what is damaged there, with: cyclorama assets verify STORE --read-data --condemn; then repeat this"
                    .to_owned(),
            ),
            Self::Raced => Some("repeat the command: it goes on from there".to_owned()),
            Self::Cancelled(_) => None,
        }
    }
}

//! Why something could not be written into a working folder.

use std::io;
use std::path::PathBuf;

use cyclorama_outcome::{Classify, Kind, is_held};

/// Why something could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Another process is at work in the folder.
    #[error("another cyclorama is at work in `{}`", .0.display())]
    Busy(PathBuf),
    /// There is a content store in it.
    #[error("`{}` is a content store itself", .0.display())]
    Store(PathBuf),
    /// The system refused.
    #[error("`{path}` cannot be written")]
    Io {
        /// Below the working folder.
        path: String,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// Somebody saved something there while it was on its way. That stays.
    #[error("`{path}` was changed here meanwhile")]
    Touched {
        /// Below the working folder.
        path: String,
    },
    /// This system lets nobody here make symbolic links.
    #[error("`{path}` is a symbolic link, which this system does not let you make")]
    NoLinks {
        /// Below the working folder.
        path: String,
    },
    /// A link that leads out of the folder.
    #[error("`{path}` is a link to `{target}`, outside the project")]
    LinkOutside {
        /// The link.
        path: String,
        /// Where it leads.
        target: String,
    },
}

impl Classify for WriteError {
    fn kind(&self) -> Kind {
        match self {
            Self::Busy(_) | Self::Touched { .. } => Kind::Conflict,
            Self::NoLinks { .. } => Kind::Refused,
            Self::Store(_) => Kind::User,
            Self::LinkOutside { .. } => Kind::Integrity,
            Self::Io { source, .. } => match source.kind() {
                _ if is_held(source) => Kind::Refused,
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Kind::Refused,
                io::ErrorKind::NotADirectory
                | io::ErrorKind::IsADirectory
                | io::ErrorKind::InvalidFilename
                | io::ErrorKind::AlreadyExists => Kind::User,
                _ => Kind::Internal,
            },
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Busy(_) => Some("wait until it has ended".to_owned()),
            Self::Store(_) => Some("name a folder of its own for the project".to_owned()),
            Self::NoLinks { .. } => Some("switch the developer mode of Windows on".to_owned()),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space, then repeat the command: it goes on from there".to_owned())
            }
            Self::Io { source, .. }
                if source.kind() == io::ErrorKind::PermissionDenied || is_held(source) =>
            {
                Some("close what has the file open, and check who may write there".to_owned())
            }
            _ => None,
        }
    }
}

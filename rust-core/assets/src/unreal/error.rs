//! Why a package's header could not be read.

use cyclorama_outcome::{Classify, Kind};

use super::LONGEST_HEADER;

/// Why a package's header could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// It does not begin as a package does.
    #[error("not an Unreal package")]
    NotAPackage,
    /// Git LFS left its placeholder where the package should be.
    #[error("a Git LFS placeholder, not the package itself")]
    LfsPointer,
    /// Written for a machine of the other byte order.
    #[error("a package in big-endian byte order, which is not read")]
    BigEndian,
    /// From before Unreal 4.
    #[error("a package from before Unreal 4 (file version {legacy}, object version {ue4})")]
    TooOld {
        /// The file version, negative since Unreal 4.
        legacy: i32,
        /// Unreal 4's object version.
        ue4: i32,
    },
    /// From an engine whose format is not public knowledge here.
    #[error("a package of a newer engine (file version {legacy}, object versions {ue4} and {ue5})")]
    TooNew {
        /// The file version.
        legacy: i32,
        /// Unreal 4's object version.
        ue4: i32,
        /// Unreal 5's object version.
        ue5: i32,
    },
    /// Cooked without versions: only the engine build that cooked it can read it.
    #[error("a cooked package without versions, which only its own engine build can read")]
    Unversioned,
    /// Compressed as a whole, as very old packages can be.
    #[error("a package that is compressed as a whole, which is not read")]
    Compressed,
    /// More bytes from the beginning of the file are needed.
    #[error("the package is cut short: its header needs {needed} bytes")]
    Short {
        /// How many, as far as is known.
        needed: u64,
    },
    /// A part of the header contradicts another.
    #[error("the package's header is damaged: {what}")]
    Malformed {
        /// Which part.
        what: &'static str,
    },
    /// The header claims to be longer than any is.
    #[error("the package's header claims {length} bytes; at most {LONGEST_HEADER} are read")]
    TooLong {
        /// What it claims.
        length: u64,
    },
    /// The file could not be read.
    #[error("the package could not be read: {0}")]
    Unreadable(String),
}

impl Classify for HeaderError {
    fn kind(&self) -> Kind {
        match self {
            Self::Short { .. } | Self::Malformed { .. } | Self::TooLong { .. } => Kind::Integrity,
            _ => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::LfsPointer => Some("fetch the real files first: git lfs pull".to_owned()),
            Self::Unversioned => Some("use the project's source packages, not cooked ones".to_owned()),
            _ => None,
        }
    }
}

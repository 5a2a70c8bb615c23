//! Why a take could not be written or read.

use std::{io, path::PathBuf};

use cyclorama_outcome::{Classify, Kind};

/// Why a take could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TakeError {
    /// There is no such file.
    #[error("no take at {}", path.display())]
    NotFound {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file stands there already; takes are never overwritten.
    #[error("{} exists already, and a take is never overwritten", path.display())]
    Exists {
        /// The file that stands there.
        path: PathBuf,
    },
    /// A recorder still writes it.
    #[error("{} is being recorded", path.display())]
    Busy {
        /// The take in question.
        path: PathBuf,
    },
    /// The disk is full. What was recorded before is whole.
    #[error("the disk is full; the take is whole up to record {records}")]
    DiskFull {
        /// Records that stand safely in the file.
        records: u64,
    },
    /// The disk refuses, and so much waits for it that no more fits into memory.
    #[error("the disk refuses the take and no more fits into memory, where {waiting} records wait for it")]
    NoRoom {
        /// Records that wait: they are written once the disk takes them.
        waiting: u64,
    },
    /// The file could not be read or written.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried: `create`, `read`, `write`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The bytes do not begin like a take.
    #[error("this file is not a take")]
    NotATake,
    /// Written by a later major version.
    #[error("the take has format version {major}, and this program reads version 1")]
    Version {
        /// The version it states.
        major: u16,
    },
    /// The information block at the start is damaged.
    #[error("the information at the start of the take is damaged: {cause}")]
    Info {
        /// What is wrong with it.
        cause: &'static str,
    },
    /// The information block is whole but means nothing to us.
    #[error("the information at the start of the take cannot be understood")]
    InfoMeaning(#[source] serde_json::Error),
    /// The information block is longer than the format allows.
    #[error("the information of a take may hold 1048576 bytes, not {bytes}")]
    InfoTooLong {
        /// What it would hold.
        bytes: usize,
    },
    /// A chunk does not match its check, or does not hold what it declares.
    #[error("chunk {chunk} of the take (bytes {from} to {to}) is damaged: {cause}")]
    Damaged {
        /// Its place in the take, counted from 0.
        chunk: u32,
        /// First byte of it in the file.
        from: u64,
        /// Byte after its last.
        to: u64,
        /// What is wrong with it.
        cause: &'static str,
    },
    /// More than a UDP datagram can hold.
    #[error("a datagram holds at most 65535 bytes, not {bytes}")]
    DatagramTooLong {
        /// What it would hold.
        bytes: usize,
    },
    /// A recording holds no message of its protocol.
    #[error("there is no {protocol} message in the recording")]
    NothingToImport {
        /// The protocol it was read as.
        protocol: crate::Protocol,
    },
    /// Nothing says how fast recorded messages came.
    #[error("the {protocol} recording carries no time")]
    RateNeeded {
        /// The protocol it was read as.
        protocol: crate::Protocol,
    },
}

impl Classify for TakeError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } => Kind::NotFound,
            Self::Exists { .. } | Self::Busy { .. } => Kind::Conflict,
            Self::Io { source, .. } => Classify::kind(source),
            Self::DiskFull { .. } | Self::NoRoom { .. } => Kind::Internal,
            Self::Info { .. } | Self::InfoMeaning(_) | Self::Damaged { .. } => Kind::Integrity,
            Self::NotATake
            | Self::Version { .. }
            | Self::InfoTooLong { .. }
            | Self::DatagramTooLong { .. }
            | Self::NothingToImport { .. }
            | Self::RateNeeded { .. } => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotFound { .. } => "check the path; `take list` shows the takes there are".into(),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::IsADirectory => {
                "name the take's file; `take list` shows the takes in a folder".into()
            }
            Self::Io { source, .. } => return Classify::hint(source),
            Self::Exists { .. } => "choose another name for the new take".into(),
            Self::Busy { .. } => "stop the recorder first".into(),
            Self::DiskFull { .. } | Self::NoRoom { .. } => "free space on the disk".into(),
            Self::NotATake => "a recording of raw messages becomes a take with `take import`".into(),
            Self::Version { .. } => "read it with a newer version of cyclorama".into(),
            Self::Info { .. } | Self::Damaged { .. } => {
                "`take verify` names what is lost; a recovered copy keeps the rest".into()
            }
            Self::NothingToImport { .. } => "check --protocol".into(),
            Self::RateNeeded { .. } => "give the rate of the recording with --rate".into(),
            _ => return None,
        };
        Some(hint)
    }
}

impl TakeError {
    pub(crate) fn io(doing: &'static str, path: &std::path::Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            // Windows keeps readers out of a locked file.
            _ if cfg!(windows) && source.raw_os_error() == Some(33) => Self::Busy { path },
            io::ErrorKind::NotFound if doing == "read" => Self::NotFound { path },
            io::ErrorKind::AlreadyExists => Self::Exists { path },
            _ => Self::Io { doing, path, source },
        }
    }
}

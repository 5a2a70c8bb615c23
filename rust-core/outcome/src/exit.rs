//! The exit codes of the command, a contract other people's scripts rely on.

use crate::Kind;

/// How a process ends. The numbers are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything asked for was done.
    Done = 0,
    /// A defect of ours or a failing machine.
    Internal = 1,
    /// The command line or an input is wrong.
    Usage = 2,
    /// The named thing does not exist.
    NotFound = 3,
    /// Authentication or policy refused it.
    Refused = 4,
    /// Damaged, mismatching or incomplete data.
    Integrity = 5,
    /// Network or store unreachable.
    Network = 6,
    /// Cancelled by a person or a signal.
    Cancelled = 7,
    /// Finished, but not all of it.
    Partial = 8,
}

impl From<Kind> for ExitCode {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::User => Self::Usage,
            Kind::NotFound => Self::NotFound,
            Kind::Refused | Kind::Conflict => Self::Refused,
            Kind::Integrity => Self::Integrity,
            Kind::Network | Kind::RateLimited => Self::Network,
            Kind::Cancelled => Self::Cancelled,
            Kind::Partial => Self::Partial,
            Kind::Internal => Self::Internal,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

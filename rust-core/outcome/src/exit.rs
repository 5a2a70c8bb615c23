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

impl ExitCode {
    /// All of them, by number.
    pub const ALL: [Self; 9] = [
        Self::Done,
        Self::Internal,
        Self::Usage,
        Self::NotFound,
        Self::Refused,
        Self::Integrity,
        Self::Network,
        Self::Cancelled,
        Self::Partial,
    ];

    /// The number the process ends with.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What the number means, for help pages.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Internal => "internal error",
            Self::Usage => "wrong usage or input",
            Self::NotFound => "not found",
            Self::Refused => "refused (authentication or policy)",
            Self::Integrity => "integrity (corrupt, mismatching or incomplete data)",
            Self::Network => "network or store unreachable",
            Self::Cancelled => "cancelled",
            Self::Partial => "finished, but not all of it",
        }
    }
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
        Self::from(code.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_a_promise() {
        let codes = ExitCode::ALL.map(ExitCode::code);
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!((ExitCode::Usage.code(), ExitCode::Network.code(), ExitCode::Partial.code()), (2, 6, 8));
    }

    #[test]
    fn no_error_ends_as_done() {
        for kind in Kind::ALL {
            assert_ne!(ExitCode::from(kind), ExitCode::Done, "{kind:?}");
        }
    }

    #[test]
    fn a_lost_race_is_a_refusal_and_a_slow_server_is_the_network() {
        assert_eq!(ExitCode::from(Kind::Conflict), ExitCode::Refused);
        assert_eq!(ExitCode::from(Kind::RateLimited), ExitCode::Network);
    }
}

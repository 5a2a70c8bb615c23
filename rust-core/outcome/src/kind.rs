//! Whose fault an error is, and so what the person can do about it.

use crate::is_held;

/// The kind of an error: what a caller can do about it, never how it came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// The request itself is wrong: a bad argument, an unreadable file, a value out of range.
    User,
    /// The named thing does not exist.
    NotFound,
    /// Credentials or policy refused it.
    Refused,
    /// Bytes are damaged, do not match their digest, or are incomplete.
    Integrity,
    /// A network or store could not be reached, or did not answer in time. Worth another try.
    Network,
    /// The other side asked us to slow down. Worth another try, later.
    RateLimited,
    /// Somebody else changed the thing first (a conditional write lost its race).
    Conflict,
    /// The person or the program asked to stop.
    Cancelled,
    /// The work ended, but not all of it succeeded.
    Partial,
    /// A defect of ours, or the machine failed us (disk full, no memory).
    Internal,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::User,
        Self::NotFound,
        Self::Refused,
        Self::Integrity,
        Self::Network,
        Self::RateLimited,
        Self::Conflict,
        Self::Cancelled,
        Self::Partial,
        Self::Internal,
    ];

    /// Whether the same request may succeed when it is made again.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Network | Self::RateLimited)
    }
}

/// Errors that know their [`Kind`].
pub trait Classify {
    /// What a caller can do about this error.
    fn kind(&self) -> Kind;
    /// The one thing a person can do next, where there is one. Shown after `hint:`.
    fn hint(&self) -> Option<String> {
        None
    }
}

impl<E: Classify + ?Sized> Classify for Box<E> {
    fn kind(&self) -> Kind {
        (**self).kind()
    }

    fn hint(&self) -> Option<String> {
        (**self).hint()
    }
}

/// What a failed file operation usually is. A caller that knows better says so itself.
impl Classify for std::io::Error {
    fn kind(&self) -> Kind {
        use std::io::ErrorKind;
        match self.kind() {
            _ if is_held(self) => Kind::Refused,
            ErrorKind::NotFound => Kind::NotFound,
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Kind::Refused,
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Kind::Integrity,
            ErrorKind::AlreadyExists
            | ErrorKind::InvalidInput
            | ErrorKind::InvalidFilename
            | ErrorKind::IsADirectory
            | ErrorKind::NotADirectory
            | ErrorKind::AddrInUse
            | ErrorKind::AddrNotAvailable => Kind::User,
            ErrorKind::TimedOut
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::NotConnected
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown => Kind::Network,
            _ => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        use std::io::ErrorKind;
        match self.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Some("free some space on the disk, then run the same command again".to_owned())
            }
            ErrorKind::AddrInUse => {
                Some("another program listens on this port; stop it or choose another".to_owned())
            }
            _ if is_held(self) => Some("close what has the file open, and try again".to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn only_the_network_and_its_brakes_are_worth_another_try() {
        let transient: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| kind.is_transient()).collect();
        assert_eq!(transient, [Kind::Network, Kind::RateLimited]);
    }

    #[test]
    fn kinds_have_stable_names_in_reports() {
        let names = serde_json::to_string(&Kind::ALL).unwrap();
        assert_eq!(
            names,
            r#"["user","not-found","refused","integrity","network","rate-limited","conflict","cancelled","partial","internal"]"#
        );
        assert_eq!(serde_json::from_str::<[Kind; 10]>(&names).unwrap(), Kind::ALL);
    }

    #[test]
    fn a_missing_file_is_not_found_and_a_full_disk_says_what_to_do() {
        let error = |kind: io::ErrorKind| io::Error::from(kind);
        assert_eq!(Classify::kind(&error(io::ErrorKind::NotFound)), Kind::NotFound);
        assert_eq!(Classify::kind(&error(io::ErrorKind::UnexpectedEof)), Kind::Integrity);
        let full = error(io::ErrorKind::StorageFull);
        assert_eq!(Classify::kind(&full), Kind::Internal);
        assert!(full.hint().is_some_and(|hint| hint.contains("space")));
        assert_eq!(Classify::kind(&Box::new(error(io::ErrorKind::TimedOut))), Kind::Network);
    }
}

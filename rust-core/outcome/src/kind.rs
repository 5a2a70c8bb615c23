//! Whose fault an error is, and so what the person can do about it.

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

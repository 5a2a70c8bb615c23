//! Why an export did not do what it was asked: a status for C++, a sentence for people.

use std::error::Error;

use cyclorama_outcome::{Classify, Kind};

use crate::Status;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) text: String,
}

impl Failure {
    pub(crate) fn new(status: Status, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    /// This archive was built without it.
    #[cfg(not(all(feature = "assets", feature = "render")))]
    pub(crate) fn absent() -> Self {
        let text = "this core was built without assets and rendering: run scripts/build_core --set default";
        Self::new(Status::Unsupported, text)
    }

    /// The chain of causes in one line, with the hint where there is one.
    pub(crate) fn of<E: Classify + Error>(doing: &str, error: &E) -> Self {
        let mut text = format!("failed to {doing}: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            text += &format!(": {cause}");
            source = cause.source();
        }
        if let Some(hint) = error.hint() {
            text += &format!(" (hint: {hint})");
        }
        Self { status: status_of(error.kind()), text }
    }
}

/// Nothing went wrong enough to be told: only a status.
impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self { status, text: String::new() }
    }
}

fn status_of(kind: Kind) -> Status {
    match kind {
        Kind::User => Status::User,
        Kind::NotFound => Status::NotFound,
        Kind::Refused => Status::Refused,
        Kind::Integrity => Status::Integrity,
        Kind::Network | Kind::RateLimited => Status::Network,
        Kind::Conflict => Status::Conflict,
        Kind::Cancelled => Status::Cancelled,
        Kind::Partial => Status::Partial,
        _ => Status::Internal,
    }
}

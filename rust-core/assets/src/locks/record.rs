//! What a lock says in the store, as JSON. Readers pass over fields they do not know.

use std::{fmt, time::Duration};

use cyclorama_time::UtcTime;
use serde::{Deserialize, Serialize};

use super::{Look, Pattern};
use crate::{ETag, Key};

/// Who holds a lock: a person at a machine. The tool is told and not compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The person, as the studio names them.
    pub person: String,
    /// The machine.
    pub machine: String,
    /// The program, for people.
    pub tool: String,
}

impl Owner {
    /// Whether it is the same person at the same machine.
    pub fn is_same(&self, other: &Self) -> bool {
        self.person == other.person && self.machine == other.machine
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let person = if self.person.is_empty() { "somebody" } else { &self.person };
        write!(f, "{person} at {}", self.machine)
    }
}

/// What somebody wants to lock.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Path, folder or glob.
    pub pattern: Pattern,
    /// For whom.
    pub owner: Owner,
    /// Why, for people.
    pub note: String,
    /// How long it lasts without a sign of life.
    pub lease: Duration,
    /// Take it from whoever has it. It is recorded.
    pub force: bool,
}

impl Wanted {
    /// Why somebody else's lock may be taken, if it may.
    pub(super) fn reason_to_take(
        &self,
        record: &LockRecord,
        key: &Key,
        etag: &ETag,
        look: &mut Look<'_>,
    ) -> Option<LockEnd> {
        let silent = look.watch.unchanged_for(key.clone(), etag, look.now);
        match self.force {
            true => Some(LockEnd::Forced),
            false if silent > Duration::ZERO && silent >= record.lease() => Some(LockEnd::Expired),
            false => None,
        }
    }
}

/// How a lock came to end for its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LockEnd {
    /// Nothing was heard of it for its whole lease.
    Expired,
    /// Somebody decided so.
    Forced,
}

/// Whom a lock was taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenFrom {
    /// Who had it.
    pub owner: Owner,
    /// Their note.
    pub note: String,
    /// Which holding of it that was.
    pub epoch: u64,
    /// Why it could be taken.
    pub reason: LockEnd,
}

impl TakenFrom {
    pub(super) fn new(record: &LockRecord, reason: LockEnd) -> Self {
        Self { owner: record.owner.clone(), note: record.note.clone(), epoch: record.epoch, reason }
    }
}

/// `locks/<digest>`: somebody works on this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockRecord {
    /// `cyclorama.lock/1`.
    pub schema: String,
    /// What is locked.
    pub pattern: Pattern,
    /// For whom.
    pub owner: Owner,
    /// Why, for people.
    pub note: String,
    /// Seconds it lasts without a sign of life, as watched by whoever wants it.
    pub lease_seconds: u64,
    /// 1 for the first holder, one more for each that took it over.
    pub epoch: u64,
    /// Signs of life so far.
    pub beat: u64,
    /// Makes the record's bytes its writer's own.
    pub nonce: String,
    /// When it was taken, by its owner's wall clock; for people.
    pub since: UtcTime,
    /// Whom it was taken from, where it was: more than one where it is wider than theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_from: Vec<TakenFrom>,
}

impl LockRecord {
    pub(super) fn new(
        wanted: &Wanted,
        epoch: u64,
        taken_from: Vec<TakenFrom>,
        nonce: String,
        since: UtcTime,
    ) -> Self {
        Self {
            schema: "cyclorama.lock/1".to_owned(),
            pattern: wanted.pattern.clone(),
            owner: wanted.owner.clone(),
            note: wanted.note.clone(),
            lease_seconds: wanted.lease.as_secs().max(1),
            epoch,
            beat: 0,
            nonce,
            since,
            taken_from,
        }
    }

    /// How long it lasts without a sign of life.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds)
    }

    /// Whether `owner` may go on as if it were not there.
    pub(super) fn is_open_to(&self, owner: &Owner) -> bool {
        self.owner.is_same(owner)
    }
}

/// A path that somebody else has locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The path that was asked for.
    pub path: String,
    /// Who holds it, and why.
    pub lock: LockRecord,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is locked by {}", self.path, self.lock.owner)?;
        if self.lock.note.is_empty() { Ok(()) } else { write!(f, " ({})", self.lock.note) }
    }
}

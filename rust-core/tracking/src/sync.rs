//! The cluster's sync record: what the primary evaluated at a tick, so that every node shows exactly that.
//!
//! The primary publishes one line of ASCII a tick, with the exact bits of every pose and lens, a hash, and the last
//! few records again. A follower applies ticks in order, each once, and names what was missed, altered, repeated
//! or overtaken. Nothing here evaluates, predicts or sends. The bytes are described in
//! `docs/formats/sync-record.md`.

mod base64;
mod follower;
mod record;

use std::collections::VecDeque;

use cyclorama_outcome::{Classify, Kind};

pub use follower::{Follower, FollowerHealth, Heard};
pub use record::{MOST_SUBJECTS, Record, Subject};

/// Starts every message, and names the version.
const PREFIX: &str = "cysync1.";
/// Records in a message at most.
pub const MOST_REPEATED: usize = 32;

/// Why a message or a record is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// It does not start as a sync message of a version we know.
    #[error("this is no sync message of version 1")]
    Foreign,
    /// Its text or its lengths are damaged.
    #[error("the sync message is damaged")]
    Damaged,
    /// A record does not have the hash it came with.
    #[error("a sync record was altered on its way")]
    Altered,
    /// More subjects than a record holds, or a name of more than 255 bytes.
    #[error("a sync record holds at most {MOST_SUBJECTS} subjects with names of at most 255 bytes")]
    TooLarge,
}

impl Classify for SyncError {
    fn kind(&self) -> Kind {
        match self {
            Self::TooLarge => Kind::User,
            _ => Kind::Integrity,
        }
    }
}

/// The primary's end.
#[derive(Clone, Debug)]
pub struct Publisher {
    repeat: usize,
    recent: VecDeque<Vec<u8>>,
    bytes: Vec<u8>,
    text: String,
}

impl Publisher {
    /// Each message carries the newest record and up to `repeat` before it (at most 31): so many lost in a row
    /// do no harm.
    pub fn new(repeat: usize) -> Self {
        let repeat = repeat.min(MOST_REPEATED - 1);
        let recent = VecDeque::with_capacity(repeat + 2);
        Self { repeat, recent, bytes: Vec::new(), text: String::new() }
    }

    /// The message of this tick: ASCII letters, digits, `-`, `_` and one dot.
    ///
    /// # Errors
    /// [`SyncError::TooLarge`].
    pub fn publish(&mut self, record: &Record) -> Result<&str, SyncError> {
        // A slot that is no longer repeated holds the new one.
        let mut slot = if self.recent.len() > self.repeat {
            self.recent.pop_back().unwrap_or_default()
        } else {
            Vec::new()
        };
        slot.clear();
        record.encode(&mut slot)?;
        self.recent.push_front(slot);
        self.bytes.clear();
        self.bytes.push(self.recent.len() as u8);
        for record in &self.recent {
            self.bytes.extend_from_slice(&(record.len() as u16).to_le_bytes());
            self.bytes.extend_from_slice(record);
        }
        self.text.clear();
        self.text.push_str(PREFIX);
        base64::encode(&self.bytes, &mut self.text);
        Ok(&self.text)
    }
}

#[cfg(test)]
mod tests;

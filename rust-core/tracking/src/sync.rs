//! The cluster's sync record: what the primary evaluated at a tick, so that every node shows exactly that.
//!
//! The primary publishes one line of ASCII a tick, with the exact bits of every pose and lens, each tracker's timecode,
//! the beat it runs by, a hash, and the last few records again. A follower applies ticks in order, each once, and names
//! what was missed, altered, repeated or overtaken. Nothing here evaluates, predicts or sends. The bytes are described
//! in `docs/formats/sync-record.md`.

mod base64;
mod follower;
mod lens;
mod record;
mod source;
mod wire;

use std::collections::VecDeque;

use cyclorama_outcome::{Classify, Kind};

pub use follower::{Follower, FollowerHealth, Heard};
pub use record::{MOST_SUBJECTS, Record, Subject};
pub use source::{Beat, MOST_SOURCES, Source};

/// Starts every message that is written, and names the version.
const PREFIX: &str = "cysync2.";
/// Starts those of the version before, which are still read.
const FORMER_PREFIX: &str = "cysync1.";
/// Records in a message at most.
pub const MOST_REPEATED: usize = 32;
/// Characters of a message at most. The largest record fits by itself, with lenses that say everything and names of 255
/// bytes, and so does one datagram; earlier records are repeated only as far as there is room.
pub const MOST_TEXT: usize = 48 * 1024;

/// Why a message or a record is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// It does not start as a sync message of a version we know.
    #[error("this is no sync message of version 1 or 2")]
    Foreign,
    /// Its text or its lengths are damaged.
    #[error("the sync message is damaged")]
    Damaged,
    /// A record does not have the hash it came with.
    #[error("a sync record was altered on its way")]
    Altered,
    /// More subjects or trackers than a record holds, or a name of more than 255 bytes.
    #[error(
        "a sync record holds at most {MOST_SUBJECTS} subjects of {MOST_SOURCES} trackers, with names of at most 255 bytes"
    )]
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
    most_text: usize,
    recent: VecDeque<Vec<u8>>,
    repeated: usize,
    bytes: Vec<u8>,
    text: String,
}

impl Publisher {
    /// Each message carries the newest record and up to `repeat` before it (at most 31), as far as there is room: so
    /// many lost in a row do no harm.
    pub fn new(repeat: usize) -> Self {
        Self::within(repeat, MOST_TEXT)
    }

    /// As [`Publisher::new`], for a way that carries no more than so many characters at once; at most [`MOST_TEXT`].
    pub fn within(repeat: usize, most_text: usize) -> Self {
        let repeat = repeat.min(MOST_REPEATED - 1);
        let recent = VecDeque::with_capacity(repeat + 2);
        let most_text = most_text.min(MOST_TEXT);
        Self { repeat, most_text, recent, repeated: 0, bytes: Vec::new(), text: String::new() }
    }

    /// The message of this tick: ASCII letters, digits, `-`, `_` and one dot.
    ///
    /// # Errors
    /// [`SyncError::TooLarge`], also where the record has no room by itself. Nothing of it is repeated later then.
    pub fn publish(&mut self, record: &Record) -> Result<&str, SyncError> {
        // A slot that is no longer repeated holds the new one.
        let mut slot = if self.recent.len() > self.repeat {
            self.recent.pop_back().unwrap_or_default()
        } else {
            Vec::new()
        };
        slot.clear();
        record.encode(&mut slot)?;
        if text_length(1 + 2 + slot.len()) > self.most_text {
            return Err(SyncError::TooLarge);
        }
        self.recent.push_front(slot);
        self.bytes.clear();
        self.bytes.push(0);
        for record in &self.recent {
            if text_length(self.bytes.len() + 2 + record.len()) > self.most_text {
                break;
            }
            self.bytes[0] += 1;
            self.bytes.extend_from_slice(&(record.len() as u16).to_le_bytes());
            self.bytes.extend_from_slice(record);
        }
        self.repeated = usize::from(self.bytes[0]) - 1;
        self.text.clear();
        self.text.push_str(PREFIX);
        base64::encode(&self.bytes, &mut self.text);
        Ok(&self.text)
    }

    /// How many earlier records the last message carries again.
    pub fn repeated(&self) -> usize {
        self.repeated
    }

    /// Whether earlier records were left out of the last message for want of room.
    pub fn is_short_of_room(&self) -> bool {
        self.repeated + 1 < self.recent.len()
    }
}

/// Characters of a message of so many bytes.
fn text_length(bytes: usize) -> usize {
    PREFIX.len() + (bytes * 4).div_ceil(3)
}

#[cfg(test)]
mod tests;

//! The end of a node that shows what the primary says.

use std::collections::VecDeque;

use serde::Serialize;

use super::{
    FORMER_PREFIX, MOST_REPEATED, PREFIX, SyncError, base64,
    record::{self, FORMER, HASH, Record, VERSION},
};

/// What came of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Records that are to be applied now, in order: see [`Follower::next_record`].
    pub fresh: usize,
    /// Of these, records whose own message had not come.
    pub recovered: usize,
    /// Ticks before them that nobody will learn of any more.
    pub missed: u64,
    /// The message was overtaken or is repeated: all in it was known.
    pub old: bool,
    /// A record known under the same tick has another hash: there are two primaries, or one has gone mad.
    pub contradicts: bool,
    /// The primary began to count anew.
    pub restarted: bool,
}

/// A node's count of what it heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FollowerHealth {
    /// Messages.
    pub messages: u64,
    /// Records applied.
    pub applied: u64,
    /// Records applied from a later message than their own.
    pub recovered: u64,
    /// Ticks that never came.
    pub missed: u64,
    /// Messages in which all was known: repeated or overtaken.
    pub old: u64,
    /// Messages that were damaged or altered; nothing of them was used.
    pub refused: u64,
    /// Records that contradict one of the same tick; not used.
    pub contradictions: u64,
    /// How often the primary began to count anew.
    pub restarts: u64,
}

/// A node.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    newest: Option<u64>,
    /// Tick and hash of the last records.
    known: VecDeque<(u64, [u8; HASH])>,
    bytes: Vec<u8>,
    /// Where the records to apply lie in `bytes`, oldest last.
    fresh: Vec<(usize, usize)>,
    current: Record,
    /// What is read next, so that a record that cannot be read leaves the one that is shown whole.
    next: Record,
    health: FollowerHealth,
}

/// A tick this much before the newest is a primary that started again.
const RESTART: u64 = 4 * MOST_REPEATED as u64;

impl Follower {
    /// Nothing heard yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a message. Then [`Follower::next_record`] gives the records to apply. Records of the message before that
    /// were not asked for are passed over.
    ///
    /// # Errors
    /// When the message is damaged, altered or none: nothing of it is used then.
    pub fn take(&mut self, message: &str) -> Result<Heard, SyncError> {
        self.health.messages += 1;
        self.fresh.clear();
        let heard = self.read(message);
        match heard {
            Ok(heard) => {
                self.health.recovered += heard.recovered as u64;
                self.health.missed += heard.missed;
                self.health.old += u64::from(heard.old);
                self.health.contradictions += u64::from(heard.contradicts);
                self.health.restarts += u64::from(heard.restarted);
            }
            Err(_) => {
                self.fresh.clear();
                self.health.refused += 1;
            }
        }
        heard
    }

    /// The next record to apply: each tick once, in order, none newer before an older. `None` when all are.
    pub fn next_record(&mut self) -> Option<&Record> {
        self.next_with_hash().map(|(record, _)| record)
    }

    /// As [`Follower::next_record`], with the hash the record came with.
    pub fn next_with_hash(&mut self) -> Option<(&Record, [u8; HASH])> {
        while let Some((start, length)) = self.fresh.pop() {
            // The hash was checked; a body that still cannot be read is of a version we do not know.
            if Record::decode(&self.bytes[start..start + length], &mut self.next).is_ok() {
                std::mem::swap(&mut self.current, &mut self.next);
                self.health.applied += 1;
                // The last bytes; they were checked against the rest.
                let mut hash = [0; HASH];
                hash.copy_from_slice(&self.bytes[start + length - HASH..start + length]);
                return Some((&self.current, hash));
            }
            self.health.refused += 1;
        }
        None
    }

    /// What is shown: the last record applied.
    pub fn current(&self) -> Option<&Record> {
        (self.health.applied > 0).then_some(&self.current)
    }

    /// The hash of a tick's record, for comparing nodes; `None` when it was missed or is long past.
    pub fn hash_of(&self, tick: u64) -> Option<[u8; HASH]> {
        self.known.iter().rev().find(|(known, _)| *known == tick).map(|(_, hash)| *hash)
    }

    /// What was heard so far.
    pub fn health(&self) -> FollowerHealth {
        self.health
    }

    fn read(&mut self, message: &str) -> Result<Heard, SyncError> {
        let (text, version) = match (message.strip_prefix(PREFIX), message.strip_prefix(FORMER_PREFIX)) {
            (Some(text), _) => (text, VERSION),
            (None, Some(text)) => (text, FORMER),
            (None, None) => return Err(SyncError::Foreign),
        };
        if !base64::decode(text, &mut self.bytes) {
            return Err(SyncError::Damaged);
        }
        let (mut places, mut ticks) = ([(0, 0); MOST_REPEATED], [(0, [0; HASH]); MOST_REPEATED]);
        let count = self.locate(&mut places)?;
        for (place, tick) in places[..count].iter().zip(&mut ticks) {
            *tick = record::peek(&self.bytes[place.0..place.0 + place.1], version)?;
        }
        // Newest first, one tick apart: anything else was not written by a publisher.
        if ticks[..count].windows(2).any(|pair| pair[0].0 <= pair[1].0) {
            return Err(SyncError::Damaged);
        }
        Ok(self.judge(&places[..count], &ticks[..count]))
    }

    /// Where the records lie in the bytes.
    fn locate(&self, places: &mut [(usize, usize); MOST_REPEATED]) -> Result<usize, SyncError> {
        let count = usize::from(*self.bytes.first().ok_or(SyncError::Damaged)?);
        if count == 0 || count > MOST_REPEATED {
            return Err(SyncError::Damaged);
        }
        let mut at = 1;
        for place in &mut places[..count] {
            let length = self.bytes.get(at..at + 2).and_then(|two| two.try_into().ok());
            let length = usize::from(u16::from_le_bytes(length.ok_or(SyncError::Damaged)?));
            at += 2;
            *place = (at, length);
            at += length;
            if at > self.bytes.len() {
                return Err(SyncError::Damaged);
            }
        }
        if at == self.bytes.len() { Ok(count) } else { Err(SyncError::Damaged) }
    }

    fn judge(&mut self, places: &[(usize, usize)], ticks: &[(u64, [u8; HASH])]) -> Heard {
        let mut heard = Heard::default();
        let newest_here = ticks[0].0;
        if self.newest.is_some_and(|newest| newest_here.saturating_add(RESTART) < newest) {
            heard.restarted = true;
            self.newest = None;
            self.known.clear();
        }
        heard.contradicts =
            ticks.iter().any(|(tick, hash)| self.hash_of(*tick).is_some_and(|known| known != *hash));
        let is_fresh = |tick: u64| self.newest.is_none_or(|newest| tick > newest);
        // A follower that begins does not go back: it starts with what is shown now.
        let fresh = match self.newest {
            None => 1,
            Some(_) => ticks.iter().take_while(|(tick, _)| is_fresh(*tick)).count(),
        };
        if fresh == 0 {
            heard.old = true;
            return heard;
        }
        let oldest = ticks[fresh - 1].0;
        heard.missed = self.newest.map_or(0, |newest| oldest.saturating_sub(newest).saturating_sub(1));
        heard.fresh = fresh;
        heard.recovered = fresh - 1;
        self.fresh.extend_from_slice(&places[..fresh]);
        for known in ticks[..fresh].iter().rev() {
            if self.known.len() == 2 * MOST_REPEATED {
                self.known.pop_front();
            }
            self.known.push_back(*known);
        }
        self.newest = Some(newest_here);
        heard
    }
}

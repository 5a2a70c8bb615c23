//! One record: a tick and what every subject was then, in exact bits.
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version, 2 |
//! | 1 | number of subjects |
//! | 8 | tick |
//! | 8 | stage time it was evaluated for, ns, of the primary's clock |
//! | 1 | what follows: bit 0 the beat |
//! | 1 | number of trackers |
//! | ... | the beat, trackers, subjects |
//! | 16 | first half of the BLAKE3 digest of everything before |
//!
//! A subject: flags, which tracker, length of the name, name, seven floats of pose, which lens fields follow (u16), those
//! fields. Numbers are little-endian; floats are IEEE 754 doubles, bit for bit. Version 1 has neither what follows nor
//! trackers, and is still read.

use std::sync::Arc;

use cyclorama_content::Digest;
use cyclorama_space::{DQuat, DVec3, LensState, Pose};
use cyclorama_time::StageTime;

use super::{
    SyncError, lens,
    source::{Beat, MOST_SOURCES, Source},
    wire::{Wire, floats},
};

/// Subjects of a record at most.
pub const MOST_SUBJECTS: usize = 64;
/// The version this writes.
pub(super) const VERSION: u8 = 2;
/// The version before, which this still reads.
pub(super) const FORMER: u8 = 1;
/// Bytes of the hash.
pub(super) const HASH: usize = 16;
const STALE: u8 = 1;
const BEAT: u8 = 1;
/// In place of a tracker's number: the subject comes from none of the record's.
pub(super) const NO_SOURCE: u8 = 255;

/// What a cluster shows at one tick.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Counts up by one; 0 when the primary starts.
    pub tick: u64,
    /// What it was evaluated for, on the primary's clock.
    pub at: StageTime,
    /// The beat its engine ran by at this tick; nothing where it runs by none.
    pub beat: Option<Beat>,
    /// Every tracker, in the same order each tick.
    pub sources: Vec<Source>,
    /// Every subject, in the same order each tick.
    pub subjects: Vec<Subject>,
}

/// One subject of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Its name, at most 255 bytes.
    pub name: Arc<str>,
    /// Which of the record's trackers says it; nothing where the record does not tell.
    pub source: Option<u8>,
    /// Camera (sensor) pose.
    pub pose: Pose,
    /// Lens.
    pub lens: LensState,
    /// Held, or otherwise not to be trusted.
    pub stale: bool,
}

impl Record {
    /// The hash nodes compare: equal exactly when every bit is. It is that of this version, so a record that came as
    /// version 1 has another one than it came with.
    ///
    /// # Errors
    /// [`SyncError::TooLarge`].
    pub fn hash(&self) -> Result<[u8; HASH], SyncError> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes)?;
        let mut hash = [0; HASH];
        hash.copy_from_slice(&bytes[bytes.len() - HASH..]);
        Ok(hash)
    }

    /// The tracker that says this subject, where the record tells.
    pub fn source_of(&self, subject: &Subject) -> Option<&Source> {
        self.sources.get(usize::from(subject.source?))
    }

    /// Appends the record to `out`.
    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), SyncError> {
        let start = out.len();
        if self.subjects.len() > MOST_SUBJECTS || self.sources.len() > MOST_SOURCES {
            return Err(SyncError::TooLarge);
        }
        out.extend_from_slice(&[VERSION, self.subjects.len() as u8]);
        out.extend_from_slice(&self.tick.to_le_bytes());
        out.extend_from_slice(&self.at.nanos().to_le_bytes());
        out.extend_from_slice(&[if self.beat.is_some() { BEAT } else { 0 }, self.sources.len() as u8]);
        if let Some(beat) = &self.beat {
            beat.encode(out);
        }
        self.sources.iter().for_each(|source| source.encode(out));
        for subject in &self.subjects {
            let length = u8::try_from(subject.name.len()).map_err(|_| SyncError::TooLarge)?;
            let known = |source: &u8| usize::from(*source) < self.sources.len();
            let source = subject.source.filter(known).unwrap_or(NO_SOURCE);
            out.extend_from_slice(&[if subject.stale { STALE } else { 0 }, source, length]);
            out.extend_from_slice(subject.name.as_bytes());
            let Pose { position, rotation } = subject.pose;
            floats(out, &position.to_array());
            floats(out, &rotation.to_array());
            lens::encode(out, &subject.lens);
        }
        let digest = Digest::of(&out[start..]);
        out.extend_from_slice(&digest.as_bytes()[..HASH]);
        Ok(())
    }

    /// Reads a record that fills `bytes`, into `into`, whose memory is used again.
    pub(super) fn decode(bytes: &[u8], into: &mut Self) -> Result<(), SyncError> {
        let mut wire = Wire(check(bytes)?);
        let [version, count] = wire.array()?;
        if !matches!(version, FORMER | VERSION) || usize::from(count) > MOST_SUBJECTS {
            return Err(SyncError::Foreign);
        }
        into.tick = u64::from_le_bytes(wire.array()?);
        into.at = StageTime::from_nanos(i64::from_le_bytes(wire.array()?));
        into.beat = None;
        into.sources.clear();
        if version == VERSION {
            into.decode_sources(&mut wire)?;
        }
        into.subjects.truncate(count.into());
        for index in 0..usize::from(count) {
            into.decode_subject(index, version, &mut wire)?;
        }
        if wire.0.is_empty() { Ok(()) } else { Err(SyncError::Damaged) }
    }

    fn decode_sources(&mut self, wire: &mut Wire<'_>) -> Result<(), SyncError> {
        let [follows, count] = wire.array()?;
        if follows & !BEAT != 0 || usize::from(count) > MOST_SOURCES {
            return Err(SyncError::Foreign);
        }
        if follows & BEAT != 0 {
            self.beat = Some(Beat::decode(wire)?);
        }
        for _ in 0..count {
            self.sources.push(Source::decode(wire)?);
        }
        Ok(())
    }

    fn decode_subject(&mut self, index: usize, version: u8, wire: &mut Wire<'_>) -> Result<(), SyncError> {
        let [flags] = wire.array()?;
        let source = match if version == FORMER { [NO_SOURCE] } else { wire.array()? } {
            [NO_SOURCE] => None,
            [source] if usize::from(source) < self.sources.len() => Some(source),
            _ => return Err(SyncError::Damaged),
        };
        let [length] = wire.array()?;
        let name = std::str::from_utf8(wire.take(length.into())?).map_err(|_| SyncError::Damaged)?;
        let pose =
            Pose { position: DVec3::from_array(wire.floats()?), rotation: DQuat::from_array(wire.floats()?) };
        let (lens, stale) = (lens::decode(wire)?, flags & STALE != 0);
        match self.subjects.get_mut(index) {
            Some(subject) => {
                // Names hardly ever change.
                if *subject.name != *name {
                    subject.name = name.into();
                }
                (subject.source, subject.pose, subject.lens, subject.stale) = (source, pose, lens, stale);
            }
            None => self.subjects.push(Subject { name: name.into(), source, pose, lens, stale }),
        }
        Ok(())
    }
}

/// Tick and hash of a record of this version, once its hash is known to be right.
pub(super) fn peek(bytes: &[u8], version: u8) -> Result<(u64, [u8; HASH]), SyncError> {
    let body = check(bytes)?;
    // A record of another version than its message says was not written by a publisher.
    if body.first() != Some(&version) {
        return Err(SyncError::Foreign);
    }
    let tick = body.get(2..10).and_then(|tick| tick.try_into().ok()).ok_or(SyncError::Damaged)?;
    let mut hash = [0; HASH];
    hash.copy_from_slice(&bytes[body.len()..]);
    Ok((u64::from_le_bytes(tick), hash))
}

/// Everything before the hash, if the hash is that of it.
fn check(bytes: &[u8]) -> Result<&[u8], SyncError> {
    let at = bytes.len().checked_sub(HASH).ok_or(SyncError::Damaged)?;
    let (body, hash) = bytes.split_at(at);
    if Digest::of(body).as_bytes()[..HASH] == *hash { Ok(body) } else { Err(SyncError::Altered) }
}

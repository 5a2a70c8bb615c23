//! One record: a tick and what every subject was then, in exact bits.
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version, 1 |
//! | 1 | number of subjects |
//! | 8 | tick |
//! | 8 | stage time it was evaluated for, ns, of the primary's clock |
//! | ... | subjects |
//! | 16 | first half of the BLAKE3 digest of everything before |
//!
//! A subject: flags, length of the name, name, seven floats of pose, which lens fields follow (u16), those fields.
//! Numbers are little-endian; floats are IEEE 754 doubles, bit for bit.

use std::sync::Arc;

use cyclorama_content::Digest;
use cyclorama_space::{
    DQuat, DVec3, Distortion, DistortionDirection, Encoders, LensState, Pose, RawEncoders, SensorSize,
};
use cyclorama_time::StageTime;

use super::SyncError;

/// Subjects of a record at most.
pub const MOST_SUBJECTS: usize = 64;
/// The version this writes and reads.
const VERSION: u8 = 1;
/// Bytes of the hash.
pub(super) const HASH: usize = 16;
const STALE: u8 = 1;

/// What a cluster shows at one tick.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Counts up by one; 0 when the primary starts.
    pub tick: u64,
    /// What it was evaluated for, on the primary's clock.
    pub at: StageTime,
    /// Every subject, in the same order each tick.
    pub subjects: Vec<Subject>,
}

/// One subject of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Its name, at most 255 bytes.
    pub name: Arc<str>,
    /// Camera (sensor) pose.
    pub pose: Pose,
    /// Lens.
    pub lens: LensState,
    /// Held, or otherwise not to be trusted.
    pub stale: bool,
}

impl Record {
    /// The hash nodes compare: equal exactly when every bit is.
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

    /// Appends the record to `out`.
    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), SyncError> {
        let start = out.len();
        let count = u8::try_from(self.subjects.len()).map_err(|_| SyncError::TooLarge)?;
        if usize::from(count) > MOST_SUBJECTS {
            return Err(SyncError::TooLarge);
        }
        out.extend_from_slice(&[VERSION, count]);
        out.extend_from_slice(&self.tick.to_le_bytes());
        out.extend_from_slice(&self.at.nanos().to_le_bytes());
        for subject in &self.subjects {
            let length = u8::try_from(subject.name.len()).map_err(|_| SyncError::TooLarge)?;
            out.extend_from_slice(&[if subject.stale { STALE } else { 0 }, length]);
            out.extend_from_slice(subject.name.as_bytes());
            let Pose { position, rotation } = subject.pose;
            floats(out, &position.to_array());
            floats(out, &rotation.to_array());
            encode_lens(out, &subject.lens);
        }
        let digest = Digest::of(&out[start..]);
        out.extend_from_slice(&digest.as_bytes()[..HASH]);
        Ok(())
    }

    /// Reads a record that fills `bytes`, into `into`, whose memory is used again.
    pub(super) fn decode(bytes: &[u8], into: &mut Self) -> Result<(), SyncError> {
        let body = check(bytes)?;
        let mut wire = Wire(body);
        let [version, count] = wire.array()?;
        if version != VERSION || usize::from(count) > MOST_SUBJECTS {
            return Err(SyncError::Foreign);
        }
        into.tick = u64::from_le_bytes(wire.array()?);
        into.at = StageTime::from_nanos(i64::from_le_bytes(wire.array()?));
        into.subjects.truncate(count.into());
        for index in 0..usize::from(count) {
            let [flags, length] = wire.array()?;
            let name = std::str::from_utf8(wire.take(length.into())?).map_err(|_| SyncError::Damaged)?;
            let pose = Pose {
                position: DVec3::from_array(wire.floats()?),
                rotation: DQuat::from_array(wire.floats()?),
            };
            let lens = decode_lens(&mut wire)?;
            let stale = flags & STALE != 0;
            match into.subjects.get_mut(index) {
                Some(subject) => {
                    // Names hardly ever change.
                    if *subject.name != *name {
                        subject.name = name.into();
                    }
                    (subject.pose, subject.lens, subject.stale) = (pose, lens, stale);
                }
                None => into.subjects.push(Subject { name: name.into(), pose, lens, stale }),
            }
        }
        if wire.0.is_empty() { Ok(()) } else { Err(SyncError::Damaged) }
    }
}

/// Tick and hash of a record, once its hash is known to be right.
pub(super) fn peek(bytes: &[u8]) -> Result<(u64, [u8; HASH]), SyncError> {
    let body = check(bytes)?;
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

/// Which lens fields follow is one bit each, in the order below.
fn encode_lens(out: &mut Vec<u8>, lens: &LensState) {
    // Taken apart by name, so that a new field cannot be forgotten here.
    let LensState {
        focal_length_mm,
        sensor,
        anamorphic_squeeze,
        focus_distance_m,
        f_stop,
        t_stop,
        entrance_pupil_m,
        encoders,
        raw_encoders,
        projection_offset_mm,
        distortion_offset_mm,
        distortion,
    } = lens;
    let at = out.len();
    out.extend_from_slice(&[0, 0]);
    let mut present = 0u16;
    let singles = [focal_length_mm, anamorphic_squeeze, focus_distance_m, f_stop, t_stop, entrance_pupil_m];
    for (bit, value) in singles.into_iter().enumerate() {
        if let Some(value) = value {
            present |= 1 << bit;
            floats(out, &[*value]);
        }
    }
    let sensor = sensor.map(|size| [size.width_mm, size.height_mm]);
    for (bit, pair) in [sensor, *projection_offset_mm, *distortion_offset_mm].iter().enumerate() {
        if let Some(pair) = pair {
            present |= 1 << (6 + bit);
            floats(out, pair);
        }
    }
    if let Some(Encoders { focus, iris, zoom }) = encoders {
        present |= 1 << 9;
        let all = [focus, iris, zoom];
        out.push(which(all.map(Option::is_some)));
        all.into_iter().flatten().for_each(|value| floats(out, &[*value]));
    }
    if let Some(RawEncoders { focus, iris, zoom }) = raw_encoders {
        present |= 1 << 10;
        let all = [focus, iris, zoom];
        out.push(which(all.map(Option::is_some)));
        all.into_iter().flatten().for_each(|count| out.extend_from_slice(&count.to_le_bytes()));
    }
    if let Some(Distortion { direction, radial, tangential }) = distortion {
        present |= 1 << 11;
        out.push(u8::from(*direction == DistortionDirection::UndistortedToDistorted));
        floats(out, radial);
        floats(out, tangential);
    }
    out[at..at + 2].copy_from_slice(&present.to_le_bytes());
}

fn decode_lens(wire: &mut Wire<'_>) -> Result<LensState, SyncError> {
    let present = u16::from_le_bytes(wire.array()?);
    if present >> 12 != 0 {
        return Err(SyncError::Foreign);
    }
    let has = |bit: u16| present & 1 << bit != 0;
    let mut lens = LensState::default();
    let singles = [
        &mut lens.focal_length_mm,
        &mut lens.anamorphic_squeeze,
        &mut lens.focus_distance_m,
        &mut lens.f_stop,
        &mut lens.t_stop,
        &mut lens.entrance_pupil_m,
    ];
    for (bit, single) in (0..).zip(singles) {
        if has(bit) {
            let [value] = wire.floats()?;
            *single = Some(value);
        }
    }
    if has(6) {
        let [width_mm, height_mm] = wire.floats()?;
        lens.sensor = Some(SensorSize { width_mm, height_mm });
    }
    for (bit, pair) in [(7, &mut lens.projection_offset_mm), (8, &mut lens.distortion_offset_mm)] {
        if has(bit) {
            *pair = Some(wire.floats()?);
        }
    }
    if has(9) {
        let mut encoders = Encoders::default();
        let [said] = wire.array()?;
        for (bit, value) in
            [&mut encoders.focus, &mut encoders.iris, &mut encoders.zoom].into_iter().enumerate()
        {
            if said & 1 << bit != 0 {
                *value = Some(wire.floats::<1>()?[0]);
            }
        }
        lens.encoders = Some(encoders);
    }
    if has(10) {
        let mut counts = RawEncoders::default();
        let [said] = wire.array()?;
        for (bit, count) in [&mut counts.focus, &mut counts.iris, &mut counts.zoom].into_iter().enumerate() {
            if said & 1 << bit != 0 {
                *count = Some(u32::from_le_bytes(wire.array()?));
            }
        }
        lens.raw_encoders = Some(counts);
    }
    if has(11) {
        let direction = match wire.array()? {
            [0] => DistortionDirection::DistortedToUndistorted,
            [1] => DistortionDirection::UndistortedToDistorted,
            _ => return Err(SyncError::Foreign),
        };
        lens.distortion = Some(Distortion { direction, radial: wire.floats()?, tangential: wire.floats()? });
    }
    Ok(lens)
}

fn which(present: [bool; 3]) -> u8 {
    present.iter().enumerate().fold(0, |bits, (bit, present)| bits | u8::from(*present) << bit)
}

fn floats(out: &mut Vec<u8>, values: &[f64]) {
    values.iter().for_each(|value| out.extend_from_slice(&value.to_bits().to_le_bytes()));
}

/// What is left to read.
struct Wire<'a>(&'a [u8]);

impl<'a> Wire<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], SyncError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(SyncError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SyncError> {
        self.take(N)?.try_into().map_err(|_| SyncError::Damaged)
    }

    fn floats<const N: usize>(&mut self) -> Result<[f64; N], SyncError> {
        let mut values = [0.0; N];
        for value in &mut values {
            *value = f64::from_bits(u64::from_le_bytes(self.array()?));
        }
        Ok(values)
    }
}

//! Little-endian fields: a cursor that never reads past the end, and the packed timecode.

use cyclorama_content::Digest;
use cyclorama_time::{FrameRate, Timecode};

/// Bytes of a packed timecode.
pub(super) const TIMECODE_LEN: usize = 16;

/// Reads fields from the front of some bytes; `None` once they run out.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub(super) fn digest(&mut self) -> Option<Digest> {
        self.array().map(Digest::from_bytes)
    }

    /// An unsigned integer in base 128, low digits first, at most ten bytes.
    pub(super) fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let digit = u64::from(byte & 0x7f);
            if shift == 63 && digit > 1 {
                return None;
            }
            value |= digit << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A packed timecode. Outer `None`: not a timecode at all; inner `None`: the field says there is none.
    pub(super) fn timecode(&mut self) -> Option<Option<Timecode>> {
        let [hours, minutes, seconds, frames, flags, zeros @ ..] = self.array::<8>()?;
        let (numerator, denominator) = (self.u32()?, self.u32()?);
        if zeros != [0; 3] || flags & !(PRESENT | DROP_FRAME) != 0 {
            return None;
        }
        if flags & PRESENT == 0 {
            let empty =
                [hours, minutes, seconds, frames, flags] == [0; 5] && numerator == 0 && denominator == 0;
            return empty.then_some(None);
        }
        let rate = FrameRate::new(numerator, denominator).ok()?;
        let drop_frame = flags & DROP_FRAME != 0;
        Timecode::new(hours, minutes, seconds, frames, rate, drop_frame).ok().map(Some)
    }
}

const PRESENT: u8 = 1;
const DROP_FRAME: u8 = 2;

pub(super) fn put_timecode(out: &mut Vec<u8>, timecode: Option<Timecode>) {
    let Some(label) = timecode else { return out.extend([0; TIMECODE_LEN]) };
    let flags = PRESENT | if label.is_drop_frame() { DROP_FRAME } else { 0 };
    out.extend([label.hours(), label.minutes(), label.seconds(), label.frames(), flags, 0, 0, 0]);
    out.extend(label.rate().numerator().to_le_bytes());
    out.extend(label.rate().denominator().to_le_bytes());
}

pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Signed differences as small unsigned numbers: 0, -1, 1, -2 become 0, 1, 2, 3.
pub(super) fn zigzag(value: i64) -> u64 {
    (value << 1) as u64 ^ (value >> 63) as u64
}

/// The inverse of [`zigzag`].
pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

//! What the binary protocols share: why bytes are refused, and how a run of bytes is cut into messages.
//!
//! Nothing here knows a protocol; nothing here allocates.

use std::ops::Range;

use cyclorama_outcome::{Classify, Kind};

/// Why a message was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// Fewer bytes than the smallest message.
    #[error("too few bytes for a message")]
    TooShort,
    /// The first byte or id belongs to no message of this protocol.
    #[error("not a message of this protocol")]
    WrongType,
    /// The checksum does not fit the bytes.
    #[error("checksum does not match")]
    BadChecksum,
    /// A length field points outside the message.
    #[error("a length field does not fit the message")]
    BadLength,
    /// A part that every message has is missing.
    #[error("a required part is missing")]
    MissingPart,
}

impl WireError {
    /// The stable name this cause is counted under.
    pub const fn cause(self) -> &'static str {
        match self {
            Self::TooShort => "too-short",
            Self::WrongType => "wrong-type",
            Self::BadChecksum => "bad-checksum",
            Self::BadLength => "bad-length",
            Self::MissingPart => "missing-part",
        }
    }
}

impl Classify for WireError {
    fn kind(&self) -> Kind {
        Kind::Integrity
    }
}

/// A piece of a datagram or recording. The pieces of one run of bytes follow each other without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where its bytes stand.
    pub range: Range<usize>,
    /// What they are.
    pub what: What,
}

/// What a piece of bytes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A whole message that passes its checksum and carries a sample.
    Message,
    /// A whole message of a kind that carries no sample.
    Other,
    /// Bytes between and after messages that belong to none.
    Padding,
    /// A message that must not be used.
    Damaged(WireError),
}

/// Packets a capture tool wrote as `u16` big-endian length and body, if the whole recording reads so and every
/// body starts as `is_start` says.
pub fn length_prefixed(recording: &[u8], is_start: impl Fn(&[u8]) -> bool) -> Option<Vec<Range<usize>>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < recording.len() {
        let length = usize::from(u16::from_be_bytes(*recording.get(at..)?.first_chunk()?));
        let body = recording.get(at + 2..at + 2 + length)?;
        if !is_start(body) {
            return None;
        }
        ranges.push(at + 2..at + 2 + length);
        at += 2 + length;
    }
    (!ranges.is_empty()).then_some(ranges)
}

/// Where the bytes come from, and so how far damage may be searched for the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// One datagram: a message stands where the one before it ended, or after filling of one repeated byte.
    /// Nothing is looked for inside damage, so that no part of a damaged message is ever taken for one.
    Datagram,
    /// A recording, which may have lost bytes: after damage the next message is searched for, and must be followed
    /// by the start of another, or by the end.
    Recording,
}

/// Length of the run of one repeated byte that `bytes` starts with.
pub(crate) fn filling(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| bytes.first() == Some(byte)).count()
}

/// Sum of `bytes` modulo 256.
pub(crate) fn byte_sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// The checksum byte FreeD and F4 end with: 0x40 less the sum of all bytes before it.
pub(crate) fn radamec_checksum(bytes: &[u8]) -> u8 {
    0x40u8.wrapping_sub(byte_sum(bytes))
}

/// A signed 24-bit big-endian integer.
pub(crate) const fn s24(bytes: [u8; 3]) -> i32 {
    i32::from_be_bytes([bytes[0], bytes[1], bytes[2], 0]) >> 8
}

/// An unsigned 24-bit big-endian integer.
pub(crate) const fn u24(bytes: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]])
}

/// The low 24 bits of `value`, big-endian.
pub(crate) const fn to_24(value: u32) -> [u8; 3] {
    let [_, high, middle, low] = value.to_be_bytes();
    [high, middle, low]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_four_bits_keep_their_sign() {
        assert_eq!(s24([0x7f, 0xff, 0xff]), 8_388_607);
        assert_eq!(s24([0x80, 0x00, 0x00]), -8_388_608);
        assert_eq!(s24([0xff, 0xff, 0xff]), -1);
        assert_eq!(to_24(-1i32 as u32), [0xff; 3]);
        assert_eq!(u24([0xff, 0xff, 0xff]), 0x00ff_ffff);
    }

    #[test]
    fn a_length_prefixed_recording_is_recognised_only_when_it_reads_to_its_end() {
        let recording = [0, 2, 7, 1, 0, 1, 7];
        let starts_with_seven = |body: &[u8]| body.first() == Some(&7);
        assert_eq!(length_prefixed(&recording, starts_with_seven), Some(vec![2..4, 6..7]));
        assert_eq!(length_prefixed(&recording[..6], starts_with_seven), None);
        assert_eq!(length_prefixed(&[], starts_with_seven), None);
    }
}

//! The 16-byte header in front of every OpenTrackIO payload or segment of one. Big-endian:
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 4 | `OTrk` |
//! | 4 | 1 | reserved, ignored |
//! | 5 | 1 | encoding: 1 JSON, 2 CBOR |
//! | 6 | 2 | sequence, wraps, 0 is valid |
//! | 8 | 4 | byte offset of this segment in the payload |
//! | 12 | 2 | bit 15: last segment; bits 0-14: payload bytes in this packet |
//! | 14 | 2 | Fletcher-16 over bytes 0-13 and the payload |

use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Serialize};

use super::{Encoding, fletcher};

/// Bytes of a header.
pub const HEADER_LEN: usize = 16;
/// Payload bytes one packet can carry at most.
pub const LONGEST_PAYLOAD: usize = 0x7FFF;
/// What every packet starts with.
pub const MAGIC: [u8; 4] = *b"OTrk";

/// Which checksums are accepted. Every mode accepts the right one; what else it accepts, it counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChecksumMode {
    /// Modulo 256, as published.
    #[default]
    Strict,
    /// Modulo 255 as well, as drafts had it.
    AlsoMod255,
    /// With its two bytes swapped as well.
    AlsoSwapped,
}

/// A packet whose checksum is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// How the payload is written.
    pub encoding: Encoding,
    /// Counts packets or samples, as the sender likes.
    pub sequence: u16,
    /// Where this segment starts in the whole payload.
    pub offset: u32,
    /// No segment follows.
    pub last: bool,
    /// This segment.
    pub payload: &'a [u8],
    /// The checksum is right only by the chosen [`ChecksumMode`].
    pub tolerated: bool,
}

/// Why a packet was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PacketError {
    /// It does not start with `OTrk`.
    #[error("not an OpenTrackIO packet")]
    Foreign,
    /// Shorter than a header.
    #[error("a header cut short at {0} bytes")]
    Short(usize),
    /// The header promises another length.
    #[error("a payload of {found} bytes where the header promises {promised}")]
    Length {
        /// Bytes after the header.
        found: usize,
        /// Bytes by the header.
        promised: usize,
    },
    /// The checksum is wrong.
    #[error("checksum {found:#06x} instead of {expected:#06x}")]
    Checksum {
        /// In the packet.
        found: u16,
        /// From its bytes.
        expected: u16,
    },
    /// A vendor's own or an unknown encoding.
    #[error("unknown payload encoding {0:#04x}")]
    Encoding(u8),
}

impl PacketError {
    /// A short name to count by.
    pub const fn cause(self) -> &'static str {
        match self {
            Self::Foreign => "not-opentrackio",
            Self::Short(_) | Self::Length { .. } => "length",
            Self::Checksum { .. } => "checksum",
            Self::Encoding(_) => "encoding",
        }
    }
}

impl Classify for PacketError {
    fn kind(&self) -> Kind {
        Kind::Integrity
    }
}

impl Encoding {
    /// The code in the header.
    pub const fn code(self) -> u8 {
        match self {
            Self::Json => 1,
            Self::Cbor => 2,
        }
    }
}

/// The length of the packet `bytes` start with, by its header; `None` when there is none or it is cut short.
pub fn claimed_len(bytes: &[u8]) -> Option<usize> {
    let header = bytes.first_chunk::<HEADER_LEN>()?;
    let len = HEADER_LEN + usize::from(u16::from_be_bytes([header[12], header[13]]) & 0x7FFF);
    (header.starts_with(&MAGIC) && len <= bytes.len()).then_some(len)
}

impl<'a> Packet<'a> {
    /// Reads one datagram, which holds one packet.
    ///
    /// # Errors
    /// [`PacketError`]; a packet with a wrong checksum never passes.
    #[inline]
    pub fn decode(bytes: &'a [u8], mode: ChecksumMode) -> Result<Self, PacketError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(PacketError::Foreign);
        }
        let Some((header, payload)) = bytes.split_first_chunk::<HEADER_LEN>() else {
            return Err(PacketError::Short(bytes.len()));
        };
        let length = u16::from_be_bytes([header[12], header[13]]);
        let promised = usize::from(length & 0x7FFF);
        if payload.len() != promised {
            return Err(PacketError::Length { found: payload.len(), promised });
        }
        let found = u16::from_be_bytes([header[14], header[15]]);
        let expected = fletcher::checksum(&header[..14], payload);
        let tolerated = found != expected;
        if tolerated
            && !mode.tolerates(found, expected, || fletcher::checksum_mod_255(&header[..14], payload))
        {
            return Err(PacketError::Checksum { found, expected });
        }
        let encoding = match header[5] {
            1 => Encoding::Json,
            2 => Encoding::Cbor,
            other => return Err(PacketError::Encoding(other)),
        };
        Ok(Self {
            encoding,
            sequence: u16::from_be_bytes([header[6], header[7]]),
            offset: u32::from_be_bytes([header[8], header[9], header[10], header[11]]),
            last: length & 0x8000 != 0,
            payload,
            tolerated,
        })
    }

    /// Writes the packet, its checksum always the published one, to the end of `out`.
    ///
    /// # Panics
    /// When the payload is longer than [`LONGEST_PAYLOAD`].
    pub fn encode(&self, out: &mut Vec<u8>) {
        assert!(self.payload.len() <= LONGEST_PAYLOAD, "a packet carries at most 32767 bytes");
        let start = out.len();
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[0, self.encoding.code()]);
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.offset.to_be_bytes());
        out.extend_from_slice(&(u16::from(self.last) << 15 | self.payload.len() as u16).to_be_bytes());
        let checksum = fletcher::checksum(&out[start..], self.payload);
        out.extend_from_slice(&checksum.to_be_bytes());
        out.extend_from_slice(self.payload);
    }
}

impl ChecksumMode {
    #[cold]
    fn tolerates(self, found: u16, expected: u16, mod_255: impl FnOnce() -> u16) -> bool {
        match self {
            Self::Strict => false,
            Self::AlsoMod255 => found == mod_255(),
            Self::AlsoSwapped => found == expected.swap_bytes(),
        }
    }
}

/// Cuts payloads into packets of at most a given size, each with the next sequence number.
#[derive(Clone, Copy, Debug)]
pub struct Packetizer {
    longest: usize,
    sequence: u16,
}

impl Packetizer {
    /// Packets of at most `longest` bytes, header included; the first one gets `sequence`.
    ///
    /// `longest` is brought into 17 to 32783 bytes. For Ethernet, 1472 keeps a UDP datagram whole.
    pub fn new(longest: usize, sequence: u16) -> Self {
        Self { longest: longest.clamp(HEADER_LEN + 1, HEADER_LEN + LONGEST_PAYLOAD), sequence }
    }

    /// Hands each packet of `payload` to `send`, in order. `buffer` is used again and again.
    pub fn packets(
        &mut self,
        encoding: Encoding,
        payload: &[u8],
        buffer: &mut Vec<u8>,
        mut send: impl FnMut(&[u8]),
    ) {
        let size = self.longest - HEADER_LEN;
        let count = payload.len().div_ceil(size).max(1);
        for index in 0..count {
            let segment = &payload[index * size..payload.len().min((index + 1) * size)];
            buffer.clear();
            Packet {
                encoding,
                sequence: self.sequence,
                offset: (index * size) as u32,
                last: index + 1 == count,
                payload: segment,
                tolerated: false,
            }
            .encode(buffer);
            self.sequence = self.sequence.wrapping_add(1);
            send(buffer);
        }
    }
}

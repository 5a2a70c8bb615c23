//! Mo-Sys F4: one camera sample as a list of 5-byte axis blocks, over UDP or serial.
//!
//! A [`Packet`] borrows its bytes and is checked once; its [`Axis`] blocks keep the wire bytes, known or not, so
//! that encoding what was decoded gives the same packet.
//!
//! | offset | length | field |
//! |---|---|---|
//! | 0 | 1 | 0xF4 |
//! | 1 | 1 | camera |
//! | 2 | 1 | number of axes n |
//! | 3 | 1 | status: bits 0-3 frame counter, 4 recording, 5 genlocked |
//! | 4 | 5 n | axis blocks: id, four bytes |
//! | 4 + 5 n | 1 | checksum |

use super::wire::{Origin, Piece, What, WireError, filling, radamec_checksum};

mod axis;

pub use axis::{Axis, AxisId, TimecodeField, TrackingState};

/// First byte of every packet.
pub const START: u8 = 0xF4;

/// Bytes of a packet without axes.
pub const SHORTEST: usize = HEADER + 1;

const HEADER: usize = 4;
const BLOCK: usize = 5;

/// One checked packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Header and blocks, without the checksum; always `4 + 5 n` bytes.
    bytes: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads the packet that `bytes` starts with; bytes after it are not looked at.
    ///
    /// # Errors
    /// [`WireError`] `TooShort`, `WrongType`, `BadLength` (more axes than bytes) or `BadChecksum`.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, WireError> {
        if bytes.first().is_some_and(|start| *start != START) {
            return Err(WireError::WrongType);
        }
        if bytes.len() < SHORTEST {
            return Err(WireError::TooShort);
        }
        let length = HEADER + BLOCK * usize::from(bytes[2]);
        let (Some(body), Some(checksum)) = (bytes.get(..length), bytes.get(length)) else {
            return Err(WireError::BadLength);
        };
        if radamec_checksum(body) != *checksum {
            return Err(WireError::BadChecksum);
        }
        Ok(Self { bytes: body })
    }

    /// Bytes of the whole packet, its checksum included.
    pub fn wire_len(&self) -> usize {
        self.bytes.len() + 1
    }

    /// Camera number.
    pub fn camera(&self) -> u8 {
        self.bytes[1]
    }

    /// The status byte as sent.
    pub fn status(&self) -> u8 {
        self.bytes[3]
    }

    /// Counts samples, modulo 16.
    pub fn frame_counter(&self) -> u8 {
        self.status() & 0x0F
    }

    /// The camera is recording.
    pub fn recording(&self) -> bool {
        self.status() & 0x10 != 0
    }

    /// The tracker is locked to genlock.
    pub fn genlocked(&self) -> bool {
        self.status() & 0x20 != 0
    }

    /// The axis blocks, in wire order.
    pub fn axes(&self) -> impl ExactSizeIterator<Item = Axis> + use<'a> {
        self.bytes[HEADER..]
            .as_chunks::<BLOCK>()
            .0
            .iter()
            .map(|[id, data @ ..]| Axis { id: *id, data: *data })
    }
}

/// Appends the packet of `camera` with this status byte and these axes to `out`.
///
/// # Errors
/// `BadLength` for more than 255 axes; nothing is appended then.
pub fn encode(camera: u8, status: u8, axes: &[Axis], out: &mut Vec<u8>) -> Result<(), WireError> {
    let count = u8::try_from(axes.len()).map_err(|_| WireError::BadLength)?;
    let start = out.len();
    out.extend([START, camera, count, status]);
    for Axis { id, data: [b0, b1, b2, b3] } in axes {
        out.extend([*id, *b0, *b1, *b2, *b3]);
    }
    out.push(radamec_checksum(&out[start..]));
    Ok(())
}

/// Cuts a datagram or recording into packets, padding and damage, without gaps.
///
/// A packet says its own length; where it is damaged, the length of the one before it serves, when another packet
/// starts there.
pub fn pieces(bytes: &[u8], origin: Origin) -> Pieces<'_> {
    Pieces { bytes, origin, at: 0, usual: 0 }
}

/// See [`pieces`].
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    bytes: &'a [u8],
    origin: Origin,
    at: usize,
    usual: usize,
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let start = self.at;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let (length, what) = match Packet::decode(rest) {
            Ok(packet) => {
                self.usual = packet.wire_len();
                (self.usual, What::Message)
            }
            Err(cause) => self.after_damage(rest, cause),
        };
        self.at = start + length;
        Some(Piece { range: start..self.at, what })
    }
}

impl Pieces<'_> {
    fn after_damage(&self, rest: &[u8], cause: WireError) -> (usize, What) {
        let says = rest.get(2).map_or(0, |count| SHORTEST + BLOCK * usize::from(*count));
        let goes_on = |at: usize| at == rest.len() || rest.get(at) == Some(&START);
        if let Some(stride) = [self.usual, says].into_iter().find(|at| *at >= SHORTEST && goes_on(*at)) {
            return (stride, What::Damaged(cause));
        }
        let packet_at = |at: usize| rest.get(at..).and_then(|tail| Packet::decode(tail).ok());
        let filling = filling(rest);
        if cause == WireError::WrongType && packet_at(filling).is_some() {
            return (filling, What::Padding);
        }
        let confirmed = |at: &usize| packet_at(*at).is_some_and(|packet| goes_on(*at + packet.wire_len()));
        let next = match self.origin {
            Origin::Datagram => None,
            Origin::Recording => (1..rest.len()).find(confirmed),
        };
        let trailing = next.is_none() && self.at > 0 && cause == WireError::WrongType;
        (next.unwrap_or(rest.len()), if trailing { What::Padding } else { What::Damaged(cause) })
    }
}

#[cfg(test)]
mod tests;

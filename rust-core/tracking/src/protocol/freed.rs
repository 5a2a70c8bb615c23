//! FreeD: camera samples in 29-byte D1 messages, over UDP or serial.
//!
//! Angles in 1/32768 degree, positions in 1/64 mm, lens encoders as counts; big-endian 24-bit. [`Packet`] keeps
//! the wire integers, so encoding is exact; `space` converts to stage units. Other message types (polls, status,
//! calibration) carry no sample: they are recognised and never taken for damage.
//!
//! | offset | length | field |
//! |---|---|---|
//! | 0 | 1 | type 0xD1 |
//! | 1 | 1 | camera |
//! | 2 | 3 x 3 | pan (right), tilt (up), roll (clockwise) |
//! | 11 | 3 x 3 | x, y, z (up) |
//! | 20 | 3 | zoom |
//! | 23 | 3 | focus |
//! | 26 | 2 | spare: the vendor's |
//! | 28 | 1 | checksum |

use super::wire::{Origin, Piece, What, WireError, filling, radamec_checksum, s24, to_24, u24};

mod vendor;

pub use vendor::{Ranges, UnknownVendor, Vendor};

/// Bytes of a D1 message.
pub const LEN: usize = 29;

/// Type byte of a position message.
pub const TYPE_D1: u8 = 0xD1;

/// One D1 message as it stands on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Packet {
    /// Camera number.
    pub camera: u8,
    /// Pan to the right, tilt up, roll clockwise from behind; 1/32768 degree, 24 bits signed.
    pub rotation: [i32; 3],
    /// X right, Y forward, Z up; 1/64 mm, 24 bits signed.
    pub position: [i32; 3],
    /// Zoom count, 24 bits.
    pub zoom: u32,
    /// Focus count, 24 bits.
    pub focus: u32,
    /// Whatever the vendor puts there.
    pub spare: u16,
}

impl Packet {
    /// Units of [`Packet::rotation`] in a degree.
    pub const PER_DEGREE: f64 = 32768.0;
    /// Units of [`Packet::position`] in a millimetre.
    pub const PER_MILLIMETRE: f64 = 64.0;

    /// Reads the D1 message that `bytes` starts with; bytes after it are not looked at.
    ///
    /// # Errors
    /// [`WireError`] `TooShort`, `WrongType` or `BadChecksum`.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let Some(message) = bytes.first_chunk::<LEN>() else {
            return Err(if bytes.first() == Some(&TYPE_D1) || bytes.is_empty() {
                WireError::TooShort
            } else {
                WireError::WrongType
            });
        };
        if message[0] != TYPE_D1 {
            return Err(WireError::WrongType);
        }
        if radamec_checksum(&message[..LEN - 1]) != message[LEN - 1] {
            return Err(WireError::BadChecksum);
        }
        let field = |at: usize| [message[at], message[at + 1], message[at + 2]];
        Ok(Self {
            camera: message[1],
            rotation: [s24(field(2)), s24(field(5)), s24(field(8))],
            position: [s24(field(11)), s24(field(14)), s24(field(17))],
            zoom: u24(field(20)),
            focus: u24(field(23)),
            spare: u16::from_be_bytes([message[26], message[27]]),
        })
    }

    /// The message. Fields wider than their place on the wire lose their high bits.
    pub fn encode(&self) -> [u8; LEN] {
        let mut message = [0; LEN];
        message[0] = TYPE_D1;
        message[1] = self.camera;
        let signed = self.rotation.into_iter().chain(self.position).map(i32::cast_unsigned);
        for (index, value) in signed.chain([self.zoom, self.focus]).enumerate() {
            message[2 + 3 * index..5 + 3 * index].copy_from_slice(&to_24(value));
        }
        message[26..28].copy_from_slice(&self.spare.to_be_bytes());
        message[LEN - 1] = radamec_checksum(&message[..LEN - 1]);
        message
    }
}

/// Cuts a datagram or recording into messages, padding and damage, without gaps.
///
/// Messages follow each other at 29-byte strides. Where one is damaged its stride is kept, so that its neighbours
/// survive.
pub fn pieces(bytes: &[u8], origin: Origin) -> Pieces<'_> {
    Pieces { bytes, origin, at: 0 }
}

/// See [`pieces`].
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    bytes: &'a [u8],
    origin: Origin,
    at: usize,
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let start = self.at;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let (length, what) = first_piece(rest, self.origin, start == 0);
        self.at = start + length;
        Some(Piece { range: start..self.at, what })
    }
}

fn first_piece(rest: &[u8], origin: Origin, at_start: bool) -> (usize, What) {
    match Packet::decode(rest) {
        Ok(_) => return (LEN, What::Message),
        Err(WireError::BadChecksum) => return (LEN, What::Damaged(WireError::BadChecksum)),
        Err(_) => {}
    }
    if let Some(length) = other_message(rest) {
        return (length, What::Other);
    }
    let is_message = |at: usize| rest.get(at..).is_some_and(|tail| Packet::decode(tail).is_ok());
    if rest.len() == LEN || is_message(LEN) {
        return (LEN, What::Damaged(WireError::WrongType));
    }
    if rest[0] == TYPE_D1 {
        return (rest.len(), What::Damaged(WireError::TooShort));
    }
    let filling = filling(rest);
    if filling < rest.len() && is_message(filling) {
        return (filling, What::Padding);
    }
    let confirmed = |at: usize| is_message(at) && rest.get(at + LEN).is_none_or(|next| *next == TYPE_D1);
    let next = match origin {
        Origin::Datagram => None,
        Origin::Recording => (1..rest.len()).find(|at| confirmed(*at)),
    };
    let what = match next {
        None if !at_start => What::Padding,
        None if rest.len() < LEN => What::Damaged(WireError::TooShort),
        _ => What::Damaged(WireError::WrongType),
    };
    (next.unwrap_or(rest.len()), what)
}

/// Length of the message other than D1 that `rest` starts with, where its checksum fits. Commands (D0) have 4
/// bytes and status (D2) 16; the others fill their datagram.
fn other_message(rest: &[u8]) -> Option<usize> {
    let known = match rest[0] {
        0xD0 => Some(4),
        0xD2 => Some(16),
        0xD3..=0xDB => None,
        _ => return None,
    };
    let fits = |length: &usize| {
        let body = rest.get(..*length).filter(|body| (3..=LONGEST_OTHER).contains(&body.len()));
        let parts = body.and_then(<[u8]>::split_last);
        parts.is_some_and(|(checksum, before)| radamec_checksum(before) == *checksum)
    };
    known.into_iter().chain([rest.len()]).find(fits)
}

/// No message of an unstated length is longer than this.
const LONGEST_OTHER: usize = 512;

#[cfg(test)]
mod tests;

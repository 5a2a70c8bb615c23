//! PosiStageNet 2.03: positions of stage trackers as nested chunks, multicast over UDP, little-endian.
//!
//! A packet is one DATA or INFO chunk; a frame is one or more packets with the same frame id, and [`frame`] puts
//! them together. Decoding borrows and checks the whole nesting first, so that no part of a damaged packet is used.
//! Chunks we do not know are skipped, and those longer than known are read as far as we know them.
//!
//! | chunk header bits | field |
//! |---|---|
//! | 0-15 | id |
//! | 16-30 | length of the data |
//! | 31 | data is chunks |

use super::wire::{Origin, Piece, What, WireError, filling};

mod chunk;
mod encode;
pub mod frame;

pub use chunk::{Chunk, Chunks};
pub use encode::{encode_data, encode_info};

/// Root chunk of positions.
pub const DATA: u16 = 0x6755;
/// Root chunk of names.
pub const INFO: u16 = 0x6756;

/// The largest packet a sender should make, bytes.
pub const LONGEST: usize = 1500;

const HEADER: u16 = 0;
const DATA_TRACKERS: u16 = 1;
const INFO_SYSTEM: u16 = 1;
const INFO_TRACKERS: u16 = 2;
const INFO_NAME: u16 = 0;
const HEADER_LEN: usize = 12;

/// The header of a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Header<'a> {
    /// Microseconds since the server started.
    pub timestamp_us: u64,
    /// Major and minor version of the protocol.
    pub version: [u8; 2],
    /// Counts frames, modulo 256; DATA and INFO count on their own.
    pub frame_id: u8,
    /// Packets in this frame.
    pub frame_packets: u8,
    /// Bytes of the header that we do not know; kept for exact encoding.
    pub tail: &'a [u8],
}

/// One packet, its nesting checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Packet<'a> {
    /// Positions.
    Data(Data<'a>),
    /// Names.
    Info(Info<'a>),
}

/// A DATA packet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Data<'a> {
    /// Its header.
    pub header: Header<'a>,
    trackers: &'a [u8],
}

/// An INFO packet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Info<'a> {
    /// Its header.
    pub header: Header<'a>,
    /// Name of the server, as sent: UTF-8 is not promised.
    pub system: Option<&'a [u8]>,
    trackers: &'a [u8],
}

/// What a frame says of one tracker. Absent fields were not sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tracker {
    /// Its number.
    pub id: u16,
    /// X right, Y up, Z depth, m.
    pub position: Option<[f32; 3]>,
    /// m/s along the same axes.
    pub speed: Option<[f32; 3]>,
    /// Axis times angle, rad.
    pub orientation: Option<[f32; 3]>,
    /// 0 lost to 1 certain.
    pub validity: Option<f32>,
    /// m/s^2.
    pub acceleration: Option<[f32; 3]>,
    /// Where it is sent to, m.
    pub target: Option<[f32; 3]>,
    /// When it was measured, microseconds since the server started.
    pub timestamp_us: Option<u64>,
}

impl<'a> Packet<'a> {
    /// Reads the packet that `bytes` starts with, and returns it with the bytes it takes.
    ///
    /// # Errors
    /// [`WireError`] `TooShort`, `WrongType`, `BadLength` (a chunk does not fit the one it is in) or `MissingPart`
    /// (no header).
    pub fn decode(bytes: &'a [u8]) -> Result<(Self, usize), WireError> {
        let (root, rest) = Chunk::split(bytes).map_err(|cause| wrong_root(bytes, cause))?;
        if root.id != DATA && root.id != INFO {
            return Err(WireError::WrongType);
        }
        if !root.has_chunks {
            return Err(WireError::BadLength);
        }
        let mut header = None;
        let (mut trackers, mut system) = (&[][..], None);
        let list = if root.id == DATA { DATA_TRACKERS } else { INFO_TRACKERS };
        for chunk in Chunks::of(root.data) {
            let chunk = chunk?;
            match chunk.id {
                HEADER => header = Some(Header::decode(chunk.data)?),
                id if id == list => {
                    check_list(chunk.data)?;
                    trackers = chunk.data;
                }
                INFO_SYSTEM => system = Some(chunk.data),
                _ => {}
            }
        }
        let header = header.ok_or(WireError::MissingPart)?;
        let packet = if root.id == DATA {
            Self::Data(Data { header, trackers })
        } else {
            Self::Info(Info { header, system, trackers })
        };
        Ok((packet, bytes.len() - rest.len()))
    }

    /// The packet's header.
    pub fn header(&self) -> Header<'a> {
        match self {
            Self::Data(data) => data.header,
            Self::Info(info) => info.header,
        }
    }
}

impl<'a> Header<'a> {
    fn decode(data: &'a [u8]) -> Result<Self, WireError> {
        let (known, tail) = data.split_first_chunk::<HEADER_LEN>().ok_or(WireError::BadLength)?;
        let [t0, t1, t2, t3, t4, t5, t6, t7, major, minor, frame_id, frame_packets] = *known;
        let timestamp_us = u64::from_le_bytes([t0, t1, t2, t3, t4, t5, t6, t7]);
        Ok(Self { timestamp_us, version: [major, minor], frame_id, frame_packets, tail })
    }
}

impl<'a> Data<'a> {
    /// The trackers of this packet, in wire order.
    pub fn trackers(&self) -> impl Iterator<Item = Tracker> + use<'a> {
        Chunks::of(self.trackers).flatten().map(Tracker::decode)
    }
}

impl<'a> Info<'a> {
    /// Number and name of each tracker of this packet; UTF-8 is not promised.
    pub fn names(&self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        Chunks::of(self.trackers).flatten().filter_map(|tracker| {
            let name = Chunks::of(tracker.data).flatten().find(|field| field.id == INFO_NAME)?;
            Some((tracker.id, name.data))
        })
    }
}

impl Tracker {
    /// Fields too short for their kind count as not sent.
    fn decode(chunk: Chunk<'_>) -> Self {
        let mut tracker = Self { id: chunk.id, ..Self::default() };
        for field in Chunks::of(chunk.data).flatten() {
            match field.id {
                0 => tracker.position = field.vector(),
                1 => tracker.speed = field.vector(),
                2 => tracker.orientation = field.vector(),
                3 => tracker.validity = field.float(),
                4 => tracker.acceleration = field.vector(),
                5 => tracker.target = field.vector(),
                6 => tracker.timestamp_us = field.counter(),
                _ => {}
            }
        }
        tracker
    }
}

/// A list of trackers whose fields all fit.
fn check_list(list: &[u8]) -> Result<(), WireError> {
    for tracker in Chunks::of(list) {
        for field in Chunks::of(tracker?.data) {
            field?;
        }
    }
    Ok(())
}

/// A root that does not read is of the wrong type, unless its id is one of ours.
fn wrong_root(bytes: &[u8], cause: WireError) -> WireError {
    match bytes.first_chunk() {
        Some(id) if ![DATA, INFO].contains(&u16::from_le_bytes(*id)) => WireError::WrongType,
        _ => cause,
    }
}

/// Whether `bytes` start as a packet does.
pub fn is_start(bytes: &[u8]) -> bool {
    bytes.first_chunk().is_some_and(|id| [DATA, INFO].contains(&u16::from_le_bytes(*id)))
}

/// Cuts a datagram or recording into packets, padding and damage, without gaps. A packet says its own length, and
/// keeps it when damaged if another packet, or the end, follows there.
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
        let (length, what) = match Packet::decode(rest) {
            Ok((_, length)) => (length, What::Message),
            Err(cause) => self.after_damage(rest, cause),
        };
        self.at = start + length;
        Some(Piece { range: start..self.at, what })
    }
}

impl Pieces<'_> {
    fn after_damage(&self, rest: &[u8], cause: WireError) -> (usize, What) {
        let goes_on = |at: usize| at == rest.len() || is_start(&rest[at..]);
        let packet_at = |at: usize| rest.get(at..).and_then(|tail| Packet::decode(tail).ok());
        let filling = filling(rest);
        if !is_start(rest) && packet_at(filling).is_some() {
            return (filling, What::Padding);
        }
        let says = Chunk::split(rest).ok().map(|(root, _)| chunk::HEADER_LEN + root.data.len());
        let confirmed = |at: &usize| packet_at(*at).is_some_and(|(_, length)| goes_on(*at + length));
        let next = || match self.origin {
            Origin::Datagram => None,
            Origin::Recording => (1..rest.len()).find(confirmed),
        };
        let length = says.filter(|at| goes_on(*at)).or_else(next);
        let trailing = length.is_none() && self.at > 0 && !is_start(rest);
        (length.unwrap_or(rest.len()), if trailing { What::Padding } else { What::Damaged(cause) })
    }
}

#[cfg(test)]
mod tests;

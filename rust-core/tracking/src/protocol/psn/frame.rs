//! Frames of several packets: which packets belong together, and whether all have come.
//!
//! Bounded whatever arrives: at most 255 packets and [`LONGEST_FRAME`] bytes are kept, and their room is used again.

use super::Header;

/// Bytes of a frame that are kept at most; a longer frame is dropped.
pub const LONGEST_FRAME: usize = 256 * 1024;

/// The frame that is coming in from one server, DATA or INFO.
#[derive(Debug, Default)]
pub struct Frame {
    id: Option<u8>,
    whole: bool,
    overlong: bool,
    seen: Vec<u64>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// What a packet did to its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The frame before this one was given up incomplete.
    pub dropped: bool,
    /// Where this packet leaves its own frame.
    pub state: State,
}

/// Where a packet leaves its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The same packet came before.
    Repeated,
    /// More packets are to come.
    Partial,
    /// It was the last one missing.
    Whole,
    /// The frame is longer than we keep.
    Overlong,
}

impl Frame {
    /// Takes one packet. Its bytes are kept, up to [`LONGEST_FRAME`], when `keep` says so.
    pub fn push(&mut self, header: &Header<'_>, packet: &[u8], keep: bool) -> Step {
        let digest = digest(packet);
        let same = self.id == Some(header.frame_id);
        if same && self.seen.contains(&digest) {
            return Step { dropped: false, state: State::Repeated };
        }
        // A server that never counts sends every frame under the id of the one before.
        let dropped = !same && self.id.is_some() && !self.whole;
        if !same || self.whole {
            self.start(header.frame_id);
        }
        self.seen.push(digest);
        if keep && !self.overlong {
            self.overlong = self.bytes.len() + packet.len() > LONGEST_FRAME;
            if !self.overlong {
                self.bytes.extend_from_slice(packet);
                self.ends.push(self.bytes.len());
            }
        }
        self.whole = self.seen.len() >= usize::from(header.frame_packets.max(1));
        let state = match (self.overlong, self.whole) {
            (true, _) => State::Overlong,
            (false, true) => State::Whole,
            (false, false) => State::Partial,
        };
        Step { dropped, state }
    }

    /// The packets kept of this frame, in the order they came.
    pub fn packets(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }

    fn start(&mut self, id: u8) {
        self.id = Some(id);
        self.whole = false;
        self.overlong = false;
        self.seen.clear();
        self.bytes.clear();
        self.ends.clear();
    }
}

/// Tells packets of one frame apart; no defence against forged ones, which nothing in PSN is.
fn digest(packet: &[u8]) -> u64 {
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(SPREAD).rotate_left(29);
    let (words, rest) = packet.as_chunks::<8>();
    let sum = words.iter().fold(packet.len() as u64, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    rest.iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}

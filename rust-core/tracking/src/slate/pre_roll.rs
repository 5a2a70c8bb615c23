//! The last datagrams, kept until a take begins. Bounded in time and bytes.

use std::{collections::VecDeque, net::SocketAddr};

use cyclorama_time::{StageTime, Timecode};

/// One datagram as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// When it arrived.
    pub arrived: StageTime,
    /// Who sent it.
    pub source: Option<SocketAddr>,
    /// Its payload.
    pub bytes: Vec<u8>,
    /// The timecode it carried.
    pub timecode: Option<Timecode>,
}

/// A window of datagrams that slides along.
#[derive(Debug)]
pub struct PreRoll {
    nanos: i64,
    kept: VecDeque<Kept>,
    bytes: usize,
    /// Payloads that were let go, used again.
    spare: Vec<Vec<u8>>,
}

/// Bytes kept at most, whatever arrives.
const MOST_BYTES: usize = 16 << 20;
/// Payloads kept for use again.
const MOST_SPARE: usize = 64;

impl PreRoll {
    /// Keeps `seconds` of datagrams, 0 or more.
    pub fn new(seconds: f64) -> Self {
        Self { nanos: (seconds.max(0.0) * 1e9) as i64, kept: VecDeque::new(), bytes: 0, spare: Vec::new() }
    }

    /// Keeps a datagram and lets the old go.
    pub fn push(
        &mut self,
        arrived: StageTime,
        source: Option<SocketAddr>,
        bytes: &[u8],
        timecode: Option<Timecode>,
    ) {
        let mut payload = self.spare.pop().unwrap_or_default();
        payload.clear();
        payload.extend_from_slice(bytes);
        self.bytes += payload.len();
        self.kept.push_back(Kept { arrived, source, bytes: payload, timecode });
        while let Some(oldest) = self.kept.front() {
            if arrived.nanos_since(oldest.arrived) <= self.nanos && self.bytes <= MOST_BYTES {
                break;
            }
            self.forget_oldest();
        }
    }

    /// Hands over all that is kept, oldest first, and forgets it.
    pub fn drain(&mut self) -> impl Iterator<Item = Kept> + '_ {
        self.bytes = 0;
        self.kept.drain(..)
    }

    fn forget_oldest(&mut self) {
        if let Some(kept) = self.kept.pop_front() {
            self.bytes -= kept.bytes.len();
            if self.spare.len() < MOST_SPARE {
                self.spare.push(kept.bytes);
            }
        }
    }
}

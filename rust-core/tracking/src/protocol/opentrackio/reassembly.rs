//! Puts segments together again.
//!
//! Senders number segments in two ways: one number for all segments of a sample, or the next number for each. Both are
//! taken, in any order of arrival. A payload is whole when segments of one sender follow each other without a gap from
//! byte 0 to the one marked last, with equal numbers or with consecutive ones. What stays incomplete is dropped and
//! counted, and so is everything of which it cannot be told where it belongs: a torn sample is never delivered.

use std::net::SocketAddr;

use cyclorama_time::StageTime;

use super::{Encoding, Packet};

/// Segments waiting at most, of all senders together.
const MOST_SEGMENTS: usize = 128;
/// Their payload bytes at most.
const MOST_BYTES: usize = 4 << 20;
/// A payload longer than this is never put together.
const LONGEST: usize = 1 << 18;
/// A segment waits at most this long for the others, in nanoseconds.
const LONGEST_WAIT: i64 = 500_000_000;

/// How a sender numbers its segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Numbering {
    PerSample,
    PerSegment,
}

/// A sender whose way of numbering showed.
#[derive(Debug)]
struct Known {
    source: Option<SocketAddr>,
    numbering: Numbering,
    /// When a payload was last put together this way.
    completed: Option<StageTime>,
}

impl Known {
    /// It has proven itself a moment ago.
    fn is_proven(&self, now: StageTime) -> bool {
        self.completed.is_some_and(|completed| now.nanos_since(completed) <= LONGEST_WAIT)
    }
}

#[derive(Debug)]
struct Segment {
    source: Option<SocketAddr>,
    encoding: Encoding,
    sequence: u16,
    offset: usize,
    last: bool,
    arrived: StageTime,
    bytes: Vec<u8>,
}

impl Segment {
    fn end(&self) -> usize {
        self.offset + self.bytes.len()
    }
}

/// Segments that wait for the rest of their payload.
#[derive(Debug, Default)]
pub(crate) struct Reassembly {
    waiting: Vec<Segment>,
    spare: Vec<Vec<u8>>,
    known: Vec<Known>,
    chain: Vec<usize>,
    whole: Vec<u8>,
    /// Segments dropped since this was last asked for.
    dropped: u64,
}

impl Reassembly {
    /// Takes one segment; gives the payload if it is whole now.
    pub(crate) fn segment(
        &mut self,
        arrived: StageTime,
        source: Option<SocketAddr>,
        packet: &Packet<'_>,
    ) -> Option<&[u8]> {
        self.drop_old(arrived);
        let offset = packet.offset as usize;
        if packet.payload.is_empty() || offset + packet.payload.len() > LONGEST {
            self.dropped += 1;
            return None;
        }
        if self.collides(source, packet) {
            // Two payloads with the same numbers: whatever is put together could be half of each.
            self.drop_where(|waiting| waiting.source == source);
            self.dropped += 1;
            return None;
        }
        self.make_room(packet.payload.len());
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        bytes.extend_from_slice(packet.payload);
        let Packet { encoding, sequence, last, .. } = *packet;
        self.waiting.push(Segment { source, encoding, sequence, offset, last, arrived, bytes });
        self.learn(arrived, source, sequence, offset);
        self.complete(arrived, source, encoding)
    }

    /// Segments dropped since the last call.
    pub(crate) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    fn collides(&self, source: Option<SocketAddr>, packet: &Packet<'_>) -> bool {
        self.waiting.iter().any(|waiting| {
            waiting.source == source
                && waiting.sequence == packet.sequence
                && waiting.offset == packet.offset as usize
        })
    }

    /// The same number at two places of the payload shows that numbers count samples.
    fn learn(&mut self, now: StageTime, source: Option<SocketAddr>, sequence: u16, offset: usize) {
        let shared = self.waiting.iter().any(|waiting| {
            waiting.source == source && waiting.sequence == sequence && waiting.offset != offset
        });
        if shared && !self.known.iter().any(|known| known.source == source && known.is_proven(now)) {
            self.remember(Known { source, numbering: Numbering::PerSample, completed: None });
        }
    }

    fn remember(&mut self, entry: Known) {
        match self.known.iter_mut().find(|known| known.source == entry.source) {
            Some(known) => *known = entry,
            None => {
                if self.known.len() == MOST_SEGMENTS {
                    self.known.remove(0);
                }
                self.known.push(entry);
            }
        }
    }

    fn complete(&mut self, now: StageTime, source: Option<SocketAddr>, encoding: Encoding) -> Option<&[u8]> {
        let known = self.known.iter().find(|known| known.source == source).map(|known| known.numbering);
        let numbering = [Numbering::PerSample, Numbering::PerSegment]
            .into_iter()
            .filter(|numbering| known.is_none_or(|known| known == *numbering))
            .find(|numbering| self.find_chain(source, encoding, *numbering))?;
        self.remember(Known { source, numbering, completed: Some(now) });
        self.whole.clear();
        for &index in &self.chain {
            self.whole.extend_from_slice(&self.waiting[index].bytes);
        }
        self.chain.sort_unstable();
        while let Some(index) = self.chain.pop() {
            self.spare.push(self.waiting.swap_remove(index).bytes);
        }
        Some(&self.whole)
    }

    /// Whether a payload is whole; its segments are then in `chain`, in order.
    fn find_chain(&mut self, source: Option<SocketAddr>, encoding: Encoding, numbering: Numbering) -> bool {
        let Self { waiting, chain, .. } = self;
        let step = u16::from(numbering == Numbering::PerSegment);
        let ours = |segment: &Segment| segment.source == source && segment.encoding == encoding;
        for (first, start) in waiting.iter().enumerate() {
            if !ours(start) || start.offset != 0 {
                continue;
            }
            chain.clear();
            chain.push(first);
            let mut current = start;
            while !current.last {
                let follows = |next: &&(usize, &Segment)| {
                    ours(next.1)
                        && next.1.offset == current.end()
                        && next.1.sequence == current.sequence.wrapping_add(step)
                };
                let Some((index, next)) = waiting.iter().enumerate().find(|next| follows(&next)) else {
                    break;
                };
                chain.push(index);
                current = next;
            }
            if current.last {
                return true;
            }
        }
        false
    }

    fn drop_old(&mut self, now: StageTime) {
        let is_old = |waiting: &Segment| now.nanos_since(waiting.arrived) > LONGEST_WAIT;
        // Where segments grow old and nothing was completed, the numbering was taken for another: begin anew.
        let Self { waiting, known, .. } = self;
        known.retain(|known| {
            known.is_proven(now)
                || !waiting.iter().any(|waiting| waiting.source == known.source && is_old(waiting))
        });
        self.drop_where(is_old);
    }

    /// The oldest goes first.
    fn make_room(&mut self, len: usize) {
        let mut bytes: usize = len + self.waiting.iter().map(|waiting| waiting.bytes.len()).sum::<usize>();
        while self.waiting.len() >= MOST_SEGMENTS || bytes > MOST_BYTES {
            let oldest = self.waiting.iter().enumerate().min_by_key(|(_, waiting)| waiting.arrived);
            let Some((index, _)) = oldest else { return };
            let dropped = self.waiting.swap_remove(index);
            bytes -= dropped.bytes.len();
            self.spare.push(dropped.bytes);
            self.dropped += 1;
        }
    }

    fn drop_where(&mut self, mut condition: impl FnMut(&Segment) -> bool) {
        let mut index = 0;
        while index < self.waiting.len() {
            if condition(&self.waiting[index]) {
                self.spare.push(self.waiting.swap_remove(index).bytes);
                self.dropped += 1;
            } else {
                index += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;

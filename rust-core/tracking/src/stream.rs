//! Streams: who sends what, in which order, how well, and whom we listen to.
//!
//! One state for each (protocol, address, subject). Samples are judged as they come and never held back: one that
//! was overtaken is handed on marked as such, a repeated one is not. Two senders of one subject are never
//! blended: one is used and the other raises an alarm, or stands by where it was named. Work and memory per
//! packet are bounded whatever arrives. Takes time from the samples and reads no clock.

pub(crate) mod fault;
mod sequence;
mod state;

use std::{net::SocketAddr, sync::Arc};

use cyclorama_time::StageTime;

use crate::{Protocol, Sample};
pub use fault::{Fault, FaultCause};
pub use sequence::{Sequence, Step};
use state::Stream;
pub use state::{State, StreamHealth};

/// Which senders are listened to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sources {
    /// Whoever spoke first, until it falls silent. Another one raises an alarm and is not used.
    #[default]
    FirstHeard,
    /// Only these, the preferred one first; port 0 stands for any port, address 0.0.0.0 for whoever is not named.
    /// Each rank has one sender at a time, as with [`Sources::FirstHeard`]; [`Verdict::Use`] tells the ranks
    /// apart, and redundancy chooses among them.
    Named(Vec<SocketAddr>),
}

/// How streams are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamOptions {
    /// Which senders are listened to.
    pub sources: Sources,
    /// Sample periods without a sample after which a stream is stale.
    pub stale_periods: u32,
    /// Silence after which a stream has dropped out and another sender may take its place, nanoseconds.
    pub dropout_nanos: i64,
    /// Streams kept at most. What is new beyond that replaces what has hardly spoken, or is refused.
    pub most_streams: usize,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            sources: Sources::FirstHeard,
            stale_periods: 3,
            dropout_nanos: 1_000_000_000,
            most_streams: 128,
        }
    }
}

/// What becomes of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is used.
    Use {
        /// Rank of its sender among those named; 0 where none are.
        rank: usize,
        /// It is newer than all before; else it was overtaken on its way and fills a gap.
        newest: bool,
        /// The sender has begun to count anew: what was learnt of its clock is void.
        restarted: bool,
    },
    /// It is not.
    Refuse(Refusal),
}

/// Why a sample is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It came before.
    Duplicate,
    /// It is older than the reorder window.
    TooLate,
    /// Another sender of this subject is used.
    SecondSender,
    /// Its sender is not among those named.
    NotAllowed,
    /// There are too many streams already.
    TooManyStreams,
}

/// All streams of one receiver.
#[derive(Debug)]
pub struct Streams {
    options: StreamOptions,
    streams: Vec<Stream>,
    stray: fault::Faults,
    turn: usize,
    /// Where the last sample's stream stands.
    last: usize,
}

/// A stream with fewer samples may be replaced at any time.
const PROVEN: u64 = 16;

impl Streams {
    /// Nothing heard yet.
    pub fn new(options: StreamOptions) -> Self {
        let room = options.most_streams.clamp(1, 4096);
        Self { options, streams: Vec::with_capacity(room), stray: fault::Faults::default(), turn: 0, last: 0 }
    }

    /// Judges a sample that `source` sent.
    pub fn take(&mut self, protocol: Protocol, source: Option<SocketAddr>, sample: &Sample) -> Verdict {
        self.take_from(0, protocol, source, sample)
    }

    /// Judges a sample that `source` sent to listener `lane`: lane 0 is the usual one, the others rank after all
    /// senders of it and are open to whoever speaks there first.
    pub fn take_from(
        &mut self,
        lane: usize,
        protocol: Protocol,
        source: Option<SocketAddr>,
        sample: &Sample,
    ) -> Verdict {
        let now = sample.arrived;
        let Some(rank) = self.rank(lane, source) else {
            self.stray.raise(FaultCause::NotAllowed, 1);
            return Verdict::Refuse(Refusal::NotAllowed);
        };
        let Some(index) = self.place(rank, protocol, source, sample) else {
            self.stray.raise(FaultCause::TooManyStreams, 1);
            return Verdict::Refuse(Refusal::TooManyStreams);
        };
        let step = self.streams[index].take(sample);
        if !self.is_heard(index, now) {
            self.streams[index].faults.raise(FaultCause::SecondSender, 1);
            return Verdict::Refuse(Refusal::SecondSender);
        }
        match step {
            Step::Duplicate => Verdict::Refuse(Refusal::Duplicate),
            Step::TooLate => Verdict::Refuse(Refusal::TooLate),
            step => Verdict::Use { rank, newest: step != Step::Late, restarted: step == Step::Restart },
        }
    }

    /// Every stream as it is at `now`.
    pub fn health(&self, now: StageTime) -> impl Iterator<Item = StreamHealth> + '_ {
        self.streams.iter().map(move |stream| stream.health(now, &self.options))
    }

    /// The next thing somebody should know; each cause of each stream at most once a second, with how often it
    /// happened since. Also notices silence, so it is asked from time to time. `None` when there is no more.
    pub fn poll_fault(&mut self, now: StageTime) -> Option<Fault> {
        for _ in 0..self.streams.len() {
            self.turn = (self.turn + 1) % self.streams.len();
            let stream = &mut self.streams[self.turn];
            stream.watch(now, &self.options);
            if let Some((cause, count)) = stream.faults.poll(now) {
                let subject = Some(stream.subject.clone());
                return Some(Fault { cause, count, at: now, subject, source: stream.source });
            }
        }
        let (cause, count) = self.stray.poll(now)?;
        Some(Fault { cause, count, at: now, subject: None, source: None })
    }

    /// Counts datagrams that were no sample of anybody, so that somebody hears of it.
    pub fn rubbish(&mut self, count: u64) {
        self.stray.raise(FaultCause::Rubbish, count);
    }

    fn rank(&self, lane: usize, source: Option<SocketAddr>) -> Option<usize> {
        let named = match &self.options.sources {
            Sources::FirstHeard => return Some(lane),
            Sources::Named(named) if lane > 0 => return Some(named.len() + lane - 1),
            Sources::Named(named) => named,
        };
        let source = source?;
        let is_it = |name: &SocketAddr| name.ip() == source.ip() && [0, source.port()].contains(&name.port());
        let anyone = |name: &SocketAddr| name.ip().is_unspecified();
        named.iter().position(is_it).or_else(|| named.iter().position(anyone))
    }

    /// The stream's place; a new one gets a free place, or that of the least worthy.
    fn place(
        &mut self,
        rank: usize,
        protocol: Protocol,
        source: Option<SocketAddr>,
        sample: &Sample,
    ) -> Option<usize> {
        let is_it = |stream: &Stream| {
            stream.source == source
                && stream.rank == rank
                && stream.protocol == protocol
                && is_same(&stream.subject, &sample.subject)
        };
        if let Some(index) = position_after(&self.streams, self.last, is_it) {
            self.last = index;
            return Some(index);
        }
        let stream = Stream::new(rank, protocol, source, sample);
        if self.streams.len() < self.options.most_streams.clamp(1, 4096) {
            self.streams.push(stream);
            return Some(self.streams.len() - 1);
        }
        let silent = |old: &Stream| sample.arrived.nanos_since(old.newest) > 10 * self.options.dropout_nanos;
        let weak = |old: &Stream| old.packets < PROVEN && !old.chosen || silent(old);
        let weakest = self.streams.iter().enumerate().filter(|(_, old)| weak(old));
        let (index, _) = weakest.min_by_key(|(_, old)| old.newest)?;
        self.streams[index] = stream;
        Some(index)
    }

    /// Whether this stream is the one its subject is followed by; it becomes that where there is none.
    fn is_heard(&mut self, index: usize, now: StageTime) -> bool {
        if self.streams[index].chosen {
            return true;
        }
        let me = &self.streams[index];
        let same = |other: &Stream| {
            other.chosen
                && other.rank == me.rank
                && other.protocol == me.protocol
                && is_same(&other.subject, &me.subject)
        };
        if let Some(other) = self.streams.iter().position(same) {
            let chosen = &self.streams[other];
            // A sender that was started again speaks from another port: it need not wait so long.
            let same_machine = chosen.source.map(|at| at.ip()) == me.source.map(|at| at.ip());
            let silence = now.nanos_since(chosen.newest);
            let gone = match chosen.state(now, &self.options) {
                State::DroppedOut => true,
                State::Stale => same_machine && silence > 100_000_000,
                State::Live => false,
            };
            if !gone {
                return false;
            }
            self.streams[other].chosen = false;
            self.streams[index].faults.raise(FaultCause::TookOver, 1);
        }
        self.streams[index].chosen = true;
        true
    }
}

/// Where `is_it` holds. Trackers of one machine speak in turn: the one after the last that was found is looked at first.
pub(crate) fn position_after<T>(all: &[T], last: usize, is_it: impl Fn(&T) -> bool) -> Option<usize> {
    let next = if last + 1 < all.len() { last + 1 } else { 0 };
    if all.get(next).is_some_and(&is_it) { Some(next) } else { all.iter().position(is_it) }
}

/// Subjects are made once each, so that most comparisons end here.
fn is_same(a: &Arc<str>, b: &Arc<str>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

#[cfg(test)]
mod tests;

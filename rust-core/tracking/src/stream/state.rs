//! What is kept of one stream.

use std::{net::SocketAddr, sync::Arc};

use cyclorama_time::{SenderTime, StageTime};
use serde::Serialize;

use super::{
    StreamOptions,
    fault::{FaultCause, Faults},
    sequence::{Sequence, Step},
};
use crate::{Protocol, Sample};

/// Whether samples come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// They do.
    Live,
    /// None for several periods.
    Stale,
    /// None for so long that the sender is given up.
    DroppedOut,
}

/// One stream at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamHealth {
    /// What is tracked.
    pub subject: Arc<str>,
    /// Spoken how.
    pub protocol: Protocol,
    /// By whom.
    pub source: Option<SocketAddr>,
    /// 0 for the preferred sender of its subject.
    pub rank: usize,
    /// Whether its samples are used.
    pub used: bool,
    /// Whether samples come.
    pub state: State,
    /// Samples so far.
    pub packets: u64,
    /// Samples that never came, as far as they are counted. Those that came late are not lost.
    pub lost: u64,
    /// Samples that were overtaken and came in time.
    pub late: u64,
    /// Samples that came too late.
    pub too_late: u64,
    /// Samples that came twice.
    pub duplicates: u64,
    /// How often the sender began to count anew.
    pub restarts: u64,
    /// Samples per second; absent until known.
    pub rate: Option<f64>,
    /// Mean deviation of the distance between two arrivals, nanoseconds (RFC 3550's, of arrivals alone).
    pub jitter_nanos: f64,
    /// Since the newest sample, nanoseconds.
    pub age_nanos: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) rank: usize,
    pub(super) protocol: Protocol,
    pub(super) source: Option<SocketAddr>,
    pub(super) subject: Arc<str>,
    pub(super) chosen: bool,
    pub(super) newest: StageTime,
    pub(super) packets: u64,
    pub(super) faults: Faults,
    sequence: Option<Sequence>,
    by_packets: bool,
    newest_stamp: Option<SenderTime>,
    period: Option<f64>,
    jitter: f64,
    told: State,
    lost: u64,
    late: u64,
    too_late: u64,
    duplicates: u64,
    restarts: u64,
}

impl Stream {
    pub(super) fn new(rank: usize, protocol: Protocol, source: Option<SocketAddr>, sample: &Sample) -> Self {
        // Where samples are not counted, their packets may be.
        let by_packets = sample.sequence.is_none() && sample.clocking.packet.is_some();
        let modulus = if by_packets { 1 << 16 } else { modulus(protocol) };
        let sequence = counter(sample, by_packets).map(|_| Sequence::new(modulus));
        Self {
            rank,
            protocol,
            source,
            subject: sample.subject.clone(),
            chosen: false,
            newest: sample.arrived,
            packets: 0,
            faults: Faults::default(),
            sequence,
            by_packets,
            newest_stamp: None,
            period: None,
            jitter: 0.0,
            told: State::Live,
            lost: 0,
            late: 0,
            too_late: 0,
            duplicates: 0,
            restarts: 0,
        }
    }

    pub(super) fn take(&mut self, sample: &Sample) -> Step {
        let silence = sample.arrived.nanos_since(self.newest).max(0) as f64;
        // Before a period is known, what comes clearly later is about one later.
        let passed = self.period.map(|period| silence / period).or((silence > 2e6).then_some(1.0));
        let newer = sample.sampled.zip(self.newest_stamp).is_some_and(|(at, newest)| at > newest);
        let counted = counter(sample, self.by_packets).zip(self.sequence.as_mut());
        let step = match counted {
            Some((counter, sequence)) => {
                let step = sequence.take(counter, passed, newer);
                if !sequence.counts() && step == Step::Next {
                    // Told once a second at most.
                    self.faults.raise(FaultCause::CounterRefused, 1);
                }
                step
            }
            None if self.packets == 0 => Step::First,
            // Stamps tell the order where there is no counter.
            None if sample.sampled.is_some() && sample.sampled == self.newest_stamp => Step::Duplicate,
            None if sample.sampled.is_some() && self.newest_stamp.is_some() && !newer => Step::Late,
            None => Step::Next,
        };
        self.packets += 1;
        self.count(step);
        if matches!(step, Step::First | Step::Next | Step::Gap(_) | Step::Restart) {
            self.beat(silence, step);
            self.newest = self.newest.max(sample.arrived);
            self.newest_stamp = sample.sampled.or(self.newest_stamp);
        }
        step
    }

    fn count(&mut self, step: Step) {
        match step {
            Step::First | Step::Next => {}
            Step::Gap(missing) => {
                self.lost += u64::from(missing);
                self.faults.raise(FaultCause::Loss, missing.into());
            }
            Step::Late => {
                self.lost = self.lost.saturating_sub(1);
                self.late += 1;
                self.faults.raise(FaultCause::Reordered, 1);
            }
            Step::Duplicate => {
                self.duplicates += 1;
                self.faults.raise(FaultCause::Duplicates, 1);
            }
            Step::TooLate => {
                self.too_late += 1;
                self.faults.raise(FaultCause::TooLate, 1);
            }
            Step::Restart => {
                self.restarts += 1;
                self.faults.raise(FaultCause::Restarted, 1);
            }
        }
    }

    /// The rhythm of arrivals: smoothed period, and how far they stray from it.
    fn beat(&mut self, silence: f64, step: Step) {
        let packets = match step {
            Step::Gap(missing) => f64::from(missing) + 1.0,
            Step::Next => 1.0,
            _ => return,
        };
        let period = silence / packets;
        let Some(usual) = &mut self.period else {
            // The second packet of a burst tells no period.
            self.period = (period > 50_000.0).then_some(period);
            return;
        };
        // A pause is no rhythm.
        if period < 8.0 * *usual {
            *usual += (period - *usual) / self.packets.clamp(2, 64) as f64;
            *usual = usual.max(50_000.0);
            self.jitter += ((period - *usual).abs() - self.jitter) / 16.0;
        }
    }

    /// Raises what silence and its end are worth telling.
    pub(super) fn watch(&mut self, now: StageTime, options: &StreamOptions) {
        let state = self.state(now, options);
        let cause = match (self.told, state) {
            (State::Live, State::Stale) => FaultCause::Stale,
            (State::Live | State::Stale, State::DroppedOut) => FaultCause::DroppedOut,
            (State::Stale | State::DroppedOut, State::Live) => FaultCause::Returned,
            _ => return,
        };
        self.told = state;
        if self.chosen {
            self.faults.raise(cause, 1);
        }
    }

    pub(super) fn state(&self, now: StageTime, options: &StreamOptions) -> State {
        let age = now.nanos_since(self.newest);
        let stale = self.period.map_or(options.dropout_nanos, |period| {
            (period * f64::from(options.stale_periods) + 2.0 * self.jitter) as i64
        });
        match age {
            age if age > options.dropout_nanos => State::DroppedOut,
            age if age > stale => State::Stale,
            _ => State::Live,
        }
    }

    pub(super) fn health(&self, now: StageTime, options: &StreamOptions) -> StreamHealth {
        StreamHealth {
            subject: self.subject.clone(),
            protocol: self.protocol,
            source: self.source,
            rank: self.rank,
            used: self.chosen,
            state: self.state(now, options),
            packets: self.packets,
            lost: self.lost,
            late: self.late,
            too_late: self.too_late,
            duplicates: self.duplicates,
            restarts: self.restarts,
            rate: self.period.map(|period| 1e9 / period),
            jitter_nanos: self.jitter,
            age_nanos: now.nanos_since(self.newest),
        }
    }
}

/// What counts a stream's samples.
fn counter(sample: &Sample, by_packets: bool) -> Option<u32> {
    if by_packets { sample.clocking.packet.map(u32::from) } else { sample.sequence }
}

/// After how many the protocol's counter returns to zero.
fn modulus(protocol: Protocol) -> u64 {
    match protocol {
        Protocol::F4 | Protocol::FreeD => 1 << 4,
        Protocol::Psn => 1 << 8,
        Protocol::OpenTrackIO => 1 << 32,
    }
}

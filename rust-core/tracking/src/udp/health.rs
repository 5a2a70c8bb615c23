//! How a stream is doing, for the one who watches it.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use cyclorama_time::{StageTime, Timecode};
use serde::Serialize;

use crate::{Summary, stream::StreamHealth};

/// The state of a stream at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Health {
    /// Datagrams so far.
    pub datagrams: u64,
    /// Payload bytes so far.
    pub bytes: u64,
    /// Messages used.
    pub accepted: u64,
    /// Damaged messages by cause.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Sound messages without a sample, by cause.
    pub ignored: BTreeMap<&'static str, u64>,
    /// Datagrams per second over about the last second; absent until known.
    pub rate: Option<f64>,
    /// When the last datagram arrived.
    pub last_arrival: Option<StageTime>,
    /// Last timecode.
    pub last_timecode: Option<Timecode>,
    /// Who sends, in order of appearance; at most [`MOST_SOURCES`].
    pub sources: Vec<SourceHealth>,
    /// Who is tracked by whom: losses, order, rate and jitter of each.
    pub streams: Vec<StreamHealth>,
    /// Datagrams the system dropped because nobody took them in time; absent where it does not say.
    pub dropped: Option<u64>,
    /// More than one sender was heard within the last second: the take holds both.
    pub second_sender: bool,
}

/// One sender.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceHealth {
    /// Its address.
    pub address: SocketAddr,
    /// Its datagrams.
    pub datagrams: u64,
    /// When its last one arrived.
    pub last_arrival: StageTime,
}

/// Senders listed; further ones are only part of the totals.
pub const MOST_SOURCES: usize = 16;

impl Health {
    /// Seconds since the last datagram; `None` before the first.
    pub fn age_seconds(&self, now: StageTime) -> Option<f64> {
        self.last_arrival.map(|last| now.nanos_since(last) as f64 * 1e-9)
    }

    pub(crate) fn datagram(&mut self, arrived: StageTime, source: Option<SocketAddr>, len: usize) {
        self.datagrams += 1;
        self.bytes += len as u64;
        self.last_arrival = Some(arrived);
        let Some(address) = source else { return };
        if let Some(known) = self.sources.iter_mut().find(|known| known.address == address) {
            known.datagrams += 1;
            known.last_arrival = arrived;
        } else if self.sources.len() < MOST_SOURCES {
            self.sources.push(SourceHealth { address, datagrams: 1, last_arrival: arrived });
        }
    }

    /// Keeps the rate up to date; `last` is the measurement before.
    pub(crate) fn measure(&mut self, now: StageTime, last: &mut Option<(StageTime, u64)>) {
        if let Some((then, datagrams)) = *last {
            let seconds = now.nanos_since(then) as f64 * 1e-9;
            if seconds > 0.0 {
                let latest = (self.datagrams - datagrams) as f64 / seconds;
                // About a second of memory.
                let weight = seconds.min(1.0);
                self.rate = Some(self.rate.map_or(latest, |old| old + weight * (latest - old)));
            }
        }
        *last = Some((now, self.datagrams));
    }

    pub(crate) fn judge(&mut self, now: StageTime, summary: &Summary) {
        let heard = |source: &&SourceHealth| now.nanos_since(source.last_arrival) < 1_000_000_000;
        self.second_sender = self.sources.iter().filter(heard).count() > 1;
        self.accepted = summary.accepted;
        if self.rejected != summary.rejected {
            self.rejected.clone_from(&summary.rejected);
        }
        if self.ignored != summary.ignored {
            self.ignored.clone_from(&summary.ignored);
        }
    }
}

/// A [`Health`] that one thread keeps and others look at.
#[derive(Clone, Debug, Default)]
pub struct SharedHealth(Arc<Mutex<Health>>);

impl SharedHealth {
    /// Nothing received yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The state now.
    pub fn snapshot(&self) -> Health {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn publish(&self, health: &Health) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone_from(health);
    }
}

//! Atomics in, snapshot out.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use std::time::Duration;

/// What a person is shown: how far, how fast, how long still. The same for panel, terminal and `--json`.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Snapshot {
    /// Units finished (frames, files or bytes; the work says which).
    pub done: u64,
    /// Units in all; 0 while unknown.
    pub total: u64,
    /// Bytes that crossed a network or a disk for it.
    pub transferred: u64,
    /// Units per second, smoothed; absent until known.
    pub rate: Option<f64>,
    /// Seconds left at that rate, 0 when all is done; absent until known.
    pub eta_seconds: Option<f64>,
    /// What is being worked on now, for people.
    pub items: Vec<String>,
}

/// Shared counters of one piece of long work.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    done: AtomicU64,
    total: AtomicU64,
    transferred: AtomicU64,
    items: Mutex<Vec<String>>,
    smoothing: Mutex<Smoothing>,
}

/// Units and seconds of the recent past, each fading at the same pace, so that their ratio is a rate from the
/// first moment on.
#[derive(Debug, Default)]
struct Smoothing {
    last: Option<(Duration, u64)>,
    units: f64,
    seconds: f64,
}

impl Progress {
    /// Counters at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many units there are in all.
    pub fn set_total(&self, total: u64) {
        self.0.total.store(total, Ordering::Relaxed);
    }

    /// Sets how many units are finished (for work that learns it from elsewhere).
    pub fn set_done(&self, done: u64) {
        self.0.done.store(done, Ordering::Relaxed);
    }

    /// Adds finished units.
    pub fn add_done(&self, units: u64) {
        self.0.done.fetch_add(units, Ordering::Relaxed);
    }

    /// Adds bytes moved.
    pub fn add_transferred(&self, bytes: u64) {
        self.0.transferred.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Says what is being worked on now.
    pub fn set_items(&self, items: Vec<String>) {
        *self.0.items.lock().unwrap_or_else(PoisonError::into_inner) = items;
    }

    /// The state at `now`, any monotonic time since a fixed moment. Call it at any pace, from any number of
    /// places: the rate is smoothed over about three seconds, or about ten units where those take longer.
    ///
    /// The first call starts the measuring: what was done before it, by an earlier run say, counts as done and
    /// not as speed.
    pub fn snapshot(&self, now: Duration) -> Snapshot {
        let done = self.0.done.load(Ordering::Relaxed);
        let total = self.0.total.load(Ordering::Relaxed);
        let rate = self.0.smoothing.lock().unwrap_or_else(PoisonError::into_inner).update(now, done);
        let eta_seconds = match total.saturating_sub(done) {
            0 if total > 0 => Some(0.0),
            left => rate.filter(|_| total > 0).map(|rate| left as f64 / rate),
        };
        Snapshot {
            done,
            total,
            transferred: self.0.transferred.load(Ordering::Relaxed),
            rate,
            eta_seconds,
            items: self.0.items.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Bytes that are finished and did not have to be transferred; means something where the units are bytes.
    pub fn saved(&self) -> u64 {
        let done = self.0.done.load(Ordering::Relaxed);
        done.saturating_sub(self.0.transferred.load(Ordering::Relaxed))
    }
}

impl Smoothing {
    fn update(&mut self, now: Duration, done: u64) -> Option<f64> {
        let Some((then, before)) = self.last else {
            self.last = Some((now, done));
            return None;
        };
        let seconds = now.saturating_sub(then).as_secs_f64();
        if seconds >= SHORTEST_SECONDS {
            // Slow units need a longer memory, or the rate would jump with each of them.
            let memory = self.rate().map_or(SECONDS, |rate| SECONDS.max(UNITS / rate));
            let fade = (-seconds / memory).exp();
            self.units = self.units * fade + done.saturating_sub(before) as f64;
            self.seconds = self.seconds * fade + seconds;
            self.last = Some((now, done));
        }
        self.rate()
    }

    /// Unknown until a unit was finished under our eyes.
    fn rate(&self) -> Option<f64> {
        let rate = self.units / self.seconds;
        (rate.is_finite() && rate > 0.0).then_some(rate)
    }
}

/// The rate looks back about this long ...
const SECONDS: f64 = 3.0;
/// ... or about this many units, whichever is longer.
const UNITS: f64 = 10.0;
/// Calls closer together than this see the rate of the last one: too little has happened.
const SHORTEST_SECONDS: f64 = 0.05;

#[cfg(test)]
mod tests;

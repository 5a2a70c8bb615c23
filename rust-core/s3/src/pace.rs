//! How many requests at once: more while it pays, fewer when the server asks for it.
//!
//! Additive increase, multiplicative decrease, as TCP does. The engine is pure; [`Pace`] lets callers wait for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cyclorama_time::{Clock, StageTime};
use tokio::sync::Notify;

/// The number of requests that may be on their way. Clones are the same pace.
#[derive(Clone)]
pub struct Pace {
    clock: Arc<dyn Clock>,
    engine: Arc<Mutex<Engine>>,
    freed: Arc<Notify>,
}

/// Leave to make one request; given back when dropped.
pub(crate) struct Turn {
    pace: Pace,
}

/// Requests of one operation that have been silent for longer than patience lasts. None when dropped.
pub(crate) struct Silent {
    pace: Pace,
    count: usize,
}

#[derive(Debug)]
struct Engine {
    limit: f64,
    most: f64,
    busy: usize,
    /// Those of them that nobody expects an answer to any more.
    silent: usize,
    /// No second decrease before this: one wave of refusals is one sign.
    settled: StageTime,
    /// Bytes a second of single requests, smoothed; zero until known.
    rate: f64,
    /// Has the store ever answered, whatever it said?
    heard: bool,
}

/// Requests at once before anything is known.
const FIRST: f64 = 12.0;
/// After a decrease the limit stays for so long.
const SETTLE_NS: i64 = 1_000_000_000;

impl Pace {
    /// At most `most` requests at once (at least 1).
    pub fn new(most: usize, clock: Arc<dyn Clock>) -> Self {
        let most = most.max(1) as f64;
        let engine = Engine {
            limit: FIRST.min(most),
            most,
            busy: 0,
            silent: 0,
            settled: StageTime::from_nanos(i64::MIN),
            rate: 0.0,
            heard: false,
        };
        Self { clock, engine: Arc::new(Mutex::new(engine)), freed: Arc::default() }
    }

    /// Requests allowed at once, now.
    pub fn limit(&self) -> usize {
        self.engine().limit as usize
    }

    /// Waits for a turn. First come, first served.
    pub(crate) async fn turn(&self) -> Turn {
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            if self.engine().start() {
                return Turn { pace: self.clone() };
            }
            freed.await;
        }
    }

    /// An operation's count of silent requests, none at first.
    pub(crate) fn silent(&self) -> Silent {
        Silent { pace: self.clone(), count: 0 }
    }

    /// A turn beside the limit, for a second request in place of one that is silent; not too many of those. Silent ones
    /// do not count: else a few that hang would keep all others from being asked again, the more so where the server
    /// had asked to slow down.
    pub(crate) fn extra_turn(&self) -> Option<Turn> {
        let mut engine = self.engine();
        let free = engine.busy.saturating_sub(engine.silent) < (engine.limit * 1.5) as usize + 1;
        engine.busy += usize::from(free);
        free.then(|| Turn { pace: self.clone() })
    }

    /// The server asked to slow down.
    pub(crate) fn refused(&self) {
        let now = self.clock.now();
        self.engine().refused(now);
    }

    /// A request with a body of `bytes`, in either direction, succeeded after `took`.
    pub(crate) fn succeeded(&self, bytes: u64, took: Duration) {
        self.engine().succeeded(bytes, took);
        self.freed.notify_one();
    }

    /// How long `bytes` may sit in the buffers below us on this link. Generous: four times what was seen.
    pub(crate) fn buffered(&self, bytes: u64) -> Duration {
        const UNKNOWN: f64 = 1024.0 * 1024.0;
        const BUFFERS: u64 = 4 << 20;
        let engine = self.engine();
        let rate = if engine.rate > 0.0 { engine.rate } else { UNKNOWN };
        Duration::try_from_secs_f64(4.0 * bytes.min(BUFFERS) as f64 / rate).unwrap_or(Duration::MAX)
    }

    /// The store answered, be it with a refusal.
    pub(crate) fn answered(&self) {
        self.engine().heard = true;
    }

    /// Whether the store has ever answered.
    pub(crate) fn has_been_heard(&self) -> bool {
        self.engine().heard
    }

    /// The present, by the clock that the pace was given.
    pub(crate) fn now(&self) -> StageTime {
        self.clock.now()
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.pace.engine().busy -= 1;
        self.pace.freed.notify_one();
    }
}

impl Silent {
    /// So many of the operation's requests are silent now.
    pub(crate) fn set(&mut self, count: usize) {
        let mut engine = self.pace.engine();
        engine.silent = engine.silent - self.count + count;
        self.count = count;
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        self.set(0);
    }
}

impl Engine {
    fn start(&mut self) -> bool {
        let free = self.busy < self.limit as usize;
        self.busy += usize::from(free);
        free
    }

    fn refused(&mut self, now: StageTime) {
        if now >= self.settled {
            self.limit = (self.limit / 2.0).max(1.0);
            self.settled = StageTime::from_nanos(now.nanos().saturating_add(SETTLE_NS));
        }
    }

    fn succeeded(&mut self, bytes: u64, took: Duration) {
        // More only where the limit is what holds us back.
        if self.busy + 1 >= self.limit as usize {
            self.limit = (self.limit + 1.0 / self.limit).min(self.most);
        }
        if bytes >= 64 << 10 && !took.is_zero() {
            let seen = bytes as f64 / took.as_secs_f64();
            self.rate = if self.rate > 0.0 { self.rate * 0.8 + seen * 0.2 } else { seen };
        }
    }
}

#[cfg(test)]
mod tests {
    use cyclorama_time::{UtcTime, VirtualClock};

    use super::*;

    fn engine(limit: f64) -> Engine {
        Engine {
            limit,
            most: 64.0,
            busy: 0,
            silent: 0,
            settled: StageTime::from_nanos(i64::MIN),
            rate: 0.0,
            heard: false,
        }
    }

    #[test]
    fn one_wave_of_refusals_halves_once_and_lasting_ones_lead_to_one() {
        let mut engine = engine(32.0);
        for _ in 0..20 {
            engine.refused(StageTime::from_nanos(5));
        }
        assert_eq!(engine.limit, 16.0);
        for second in 1..10 {
            engine.refused(StageTime::from_nanos(5 + second * SETTLE_NS));
        }
        assert_eq!(engine.limit, 1.0);
    }

    #[test]
    fn success_at_the_limit_raises_it_by_one_a_round_and_never_past_the_most() {
        let mut engine = engine(8.0);
        engine.busy = 7;
        for _ in 0..8 {
            engine.succeeded(0, Duration::from_millis(10));
        }
        assert!((8.9..9.1).contains(&engine.limit), "{}", engine.limit);
        for _ in 0..100_000 {
            engine.busy = 64;
            engine.succeeded(0, Duration::from_millis(10));
        }
        assert_eq!(engine.limit, 64.0);
    }

    #[test]
    fn success_far_below_the_limit_says_nothing_about_it() {
        let mut engine = engine(8.0);
        engine.succeeded(0, Duration::from_millis(10));
        assert_eq!(engine.limit, 8.0);
    }

    #[test]
    fn a_slow_link_is_given_more_time_for_its_buffers_than_a_fast_one() {
        let clock = Arc::new(VirtualClock::new(UtcTime::from_nanos(0)));
        let pace = Pace::new(4, clock);
        let unknown = pace.buffered(1 << 20);
        pace.succeeded(16 << 20, Duration::from_millis(100));
        assert!(pace.buffered(1 << 20) < Duration::from_millis(50));
        assert!(unknown > Duration::from_secs(3));
        assert_eq!(pace.buffered(0), Duration::ZERO);
    }

    #[tokio::test]
    async fn no_more_turns_than_the_limit_and_a_dropped_one_wakes_who_waits() {
        let clock = Arc::new(VirtualClock::new(UtcTime::from_nanos(0)));
        let pace = Pace::new(2, clock);
        let (first, _second) = (pace.turn().await, pace.turn().await);
        let mut third = std::pin::pin!(pace.turn());
        assert!(futures::poll!(third.as_mut()).is_pending());
        drop(first);
        assert!(futures::poll!(third.as_mut()).is_ready());
    }
}

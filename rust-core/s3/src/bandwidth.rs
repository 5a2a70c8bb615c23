//! A cap on bytes a second: a bucket that fills steadily and may be overdrawn by what is on its way.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cyclorama_time::{Clock, StageTime};

/// A cap shared by everything that moves bytes in one direction. Clones are the same cap.
#[derive(Clone)]
pub struct Bandwidth {
    clock: Arc<dyn Clock>,
    bucket: Arc<Mutex<Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    rate: f64,
    burst: f64,
    level: f64,
    filled: StageTime,
}

impl Bandwidth {
    /// At most `bytes_per_second` (at least 1), in bursts of at most a tenth of a second.
    pub fn new(bytes_per_second: u64, clock: Arc<dyn Clock>) -> Self {
        let rate = bytes_per_second.max(1) as f64;
        let burst = (rate / 10.0).max(1.0);
        let bucket = Bucket { rate, burst, level: burst, filled: clock.now() };
        Self { clock, bucket: Arc::new(Mutex::new(bucket)) }
    }

    /// Takes `bytes` and says how long to wait before they may move.
    pub fn take(&self, bytes: usize) -> Duration {
        let now = self.clock.now();
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(now, bytes as f64)
    }
}

impl std::fmt::Debug for Bandwidth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Bandwidth").field(&self.bucket).finish()
    }
}

impl Bucket {
    fn take(&mut self, now: StageTime, bytes: f64) -> Duration {
        let passed = (now.nanos().saturating_sub(self.filled.nanos())).max(0) as f64 / 1e9;
        self.filled = self.filled.max(now);
        self.level = (self.level + passed * self.rate).min(self.burst) - bytes;
        let wait = if self.level < 0.0 { -self.level / self.rate } else { 0.0 };
        Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use cyclorama_time::{UtcTime, VirtualClock};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_pattern_of_takers_moves_more_than_the_cap(
            rate in 1000_u64..1_000_000_000, takes in proptest::collection::vec((1_usize..4_000_000, 0_i64..2_000_000_000), 1..50),
        ) {
            let clock = Arc::new(VirtualClock::new(UtcTime::from_nanos(0)));
            let cap = Bandwidth::new(rate, Arc::clone(&clock) as Arc<dyn Clock>);
            let mut moved = 0.0;
            for (bytes, pause) in takes {
                clock.advance(pause);
                let wait = cap.take(bytes);
                clock.advance(i64::try_from(wait.as_nanos()).unwrap());
                moved += bytes as f64;
                // A wait is rounded to nanoseconds: one byte of slack.
                let allowed = clock.now().nanos() as f64 / 1e9 * rate as f64 + rate as f64 / 10.0 + 1.0 + 1e-6 * moved;
                prop_assert!(moved <= allowed, "{moved} of {allowed}");
            }
        }
    }

    #[test]
    fn a_steady_stream_reaches_the_cap() {
        let clock = Arc::new(VirtualClock::new(UtcTime::from_nanos(0)));
        let cap = Bandwidth::new(1_000_000, Arc::clone(&clock) as Arc<dyn Clock>);
        for _ in 0..1000 {
            let wait = cap.take(10_000);
            clock.advance(i64::try_from(wait.as_nanos()).unwrap());
        }
        let seconds = clock.now().nanos() as f64 / 1e9;
        assert!((9.8..10.0).contains(&seconds), "10 MB at 1 MB/s took {seconds} s");
    }
}

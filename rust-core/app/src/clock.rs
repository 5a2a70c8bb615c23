//! The machine's own clock, the only one that ticks by itself. Everything else takes a [`Clock`].

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use cyclorama_time::{Clock, StageTime, UtcTime};

/// Stage time from the monotonic clock, zero when this value was made; UTC from the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    zero: Instant,
}

impl SystemClock {
    /// A clock whose stage time starts now.
    #[expect(clippy::disallowed_methods, reason = "the one reader of the machine's clock")]
    pub fn new() -> Self {
        Self { zero: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> StageTime {
        StageTime::from_nanos(i64::try_from(self.zero.elapsed().as_nanos()).unwrap_or(i64::MAX))
    }

    #[expect(clippy::disallowed_methods, reason = "the one reader of the machine's clock")]
    fn utc(&self) -> UtcTime {
        let nanos = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
        };
        UtcTime::from_nanos(nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_time_starts_at_zero_and_never_steps_back() {
        let clock = SystemClock::new();
        let mut last = clock.now();
        assert!(last.seconds() < 5.0);
        for _ in 0..1000 {
            let now = clock.now();
            assert!(now >= last);
            last = now;
        }
    }

    #[test]
    fn the_wall_clock_is_past_the_year_this_was_written() {
        const START_OF_2025: f64 = 1_735_689_600.0;
        assert!(SystemClock::new().utc().seconds() > START_OF_2025);
    }
}

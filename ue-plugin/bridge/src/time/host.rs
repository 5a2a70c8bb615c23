//! Stage time in the seconds of the engine's own clock.
//!
//! The engine reads its clock first and we read ours after: between the two the thread may be interrupted, and what
//! that adds only ever makes ours look later. So of the readings of the last seconds the one with the smallest
//! difference is the true one, and the window lets two clocks drift.

use cyclorama_time::StageTime;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct HostClock {
    /// Smallest difference (ours less the engine's, seconds) of the current and of the previous window.
    current: Option<f64>,
    previous: Option<f64>,
    until: StageTime,
}

/// How long a reading counts: between one and two of these, nanoseconds.
const WINDOW: i64 = 2_000_000_000;

impl HostClock {
    /// `at` in the engine's seconds; `host_now` was read just before `now`. A reading that is no number changes
    /// nothing.
    pub(super) fn at(&mut self, now: StageTime, host_now: f64, at: StageTime) -> f64 {
        if !host_now.is_finite() {
            return host_now;
        }
        if now >= self.until {
            let gap = now.nanos_since(self.until) >= WINDOW;
            self.previous = self.current.take().filter(|_| !gap);
            self.until = now.plus_nanos(WINDOW);
        }
        let apart = now.seconds() - host_now;
        let current = self.current.map_or(apart, |known| known.min(apart));
        self.current = Some(current);
        let apart = self.previous.map_or(current, |known| known.min(current));
        at.seconds() - apart
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(seconds: f64) -> StageTime {
        StageTime::from_seconds(seconds)
    }

    #[test]
    fn an_interrupted_reading_moves_nothing_once_a_good_one_was_had() {
        let mut clock = HostClock::default();
        assert_eq!(clock.at(stage(10.0), 1_000.0, stage(9.5)), 999.5);
        // Ours was read 3 ms late.
        let late = clock.at(stage(10.103), 1_000.1, stage(10.1));
        assert!((late - 1_000.1).abs() < 1e-9, "{late}");
    }

    #[test]
    fn a_clock_that_drifts_is_followed() {
        let mut clock = HostClock::default();
        let mut worst = 0.0_f64;
        for tick in 0..6_000 {
            let ours = f64::from(tick) * 0.01;
            // 50 millionths too slow, and now and then interrupted.
            let host = 500.0 + ours * (1.0 - 50e-6);
            let late = if tick % 7 == 0 { 0.002 } else { 0.0 };
            let seen = clock.at(stage(ours + late), host, stage(ours));
            if tick > 0 {
                worst = worst.max((seen - host).abs());
            }
        }
        assert!(worst < 4.0 * 50e-6 + 1e-6, "{worst} s off");
    }

    #[test]
    fn no_number_in_no_harm_done() {
        let mut clock = HostClock::default();
        assert!(clock.at(stage(1.0), f64::NAN, stage(1.0)).is_nan());
        assert_eq!(clock.at(stage(2.0), 7.0, stage(2.0)), 7.0);
    }
}

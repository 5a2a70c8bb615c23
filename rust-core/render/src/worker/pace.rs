//! How long a host may be silent: by what its frames took so far, not by a number for all scenes.

use std::collections::VecDeque;
use std::time::Duration;

/// Limits of a host's silence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silence {
    /// While it starts, loads the scene and draws its first frames.
    pub start: Duration,
    /// Never less than this afterwards.
    pub least: Duration,
    /// The limit as a multiple of what 95 of 100 recent frames took.
    pub factor: f64,
}

impl Default for Silence {
    fn default() -> Self {
        Self { start: Duration::from_secs(300), least: Duration::from_secs(20), factor: 10.0 }
    }
}

/// The durations of the last frames of one host.
#[derive(Debug)]
pub(super) struct Pace {
    limits: Silence,
    recent: VecDeque<f64>,
}

impl Pace {
    const KEPT: usize = 64;
    const ENOUGH: usize = 5;

    pub(super) fn new(limits: Silence) -> Self {
        Self { limits, recent: VecDeque::with_capacity(Self::KEPT) }
    }

    pub(super) fn record(&mut self, seconds: f64) {
        if self.recent.len() == Self::KEPT {
            self.recent.pop_front();
        }
        self.recent.push_back(seconds);
    }

    /// What a frame takes, seconds: the middle of the recent ones; none before the first.
    pub(super) fn typical(&self) -> Option<f64> {
        let mut sorted: Vec<f64> = self.recent.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }

    /// The longest silence that is still believed to be work.
    pub(super) fn patience(&self) -> Duration {
        if self.recent.len() < Self::ENOUGH {
            return self.limits.start;
        }
        let mut sorted: Vec<f64> = self.recent.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let p95 = sorted[(sorted.len() * 95).div_ceil(100) - 1];
        let limit = Duration::try_from_secs_f64(p95 * self.limits.factor).unwrap_or(self.limits.start);
        limit.max(self.limits.least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_follows_the_recent_frames_and_has_a_floor() {
        let limits = Silence { start: Duration::from_secs(300), least: Duration::from_secs(2), factor: 10.0 };
        let mut pace = Pace::new(limits);
        assert_eq!(pace.patience(), Duration::from_secs(300), "shaders compile in the first frames");
        assert_eq!(pace.typical(), None);
        for _ in 0..10 {
            pace.record(0.1);
        }
        assert_eq!(pace.patience(), Duration::from_secs(2));
        for _ in 0..64 {
            pace.record(3.0);
        }
        assert_eq!(pace.patience(), Duration::from_secs(30));
        for _ in 0..2 {
            pace.record(60.0);
        }
        assert_eq!(pace.patience(), Duration::from_secs(30), "two outliers in 64 do not count");
        assert_eq!(pace.typical(), Some(3.0));
    }
}

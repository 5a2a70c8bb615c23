//! When to try again: bounded attempts, exponential backoff with full jitter.
//!
//! Pure: it says how long to wait; the caller waits with whatever clock it has.

use std::time::Duration;

use crate::Kind;

/// How often and how patiently a transient failure is tried again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Attempts in all, the first included. At least 1.
    pub attempts: u32,
    /// Longest wait before the second attempt; doubles with each further one.
    pub first_wait: Duration,
    /// No wait is longer than this.
    pub longest_wait: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self { attempts: 10, first_wait: Duration::from_millis(100), longest_wait: Duration::from_secs(5) }
    }
}

impl Policy {
    /// The wait before attempt `attempt + 1`, after attempt `attempt` (counted from 1) failed with `kind`.
    ///
    /// `jitter` is a random number in 0..=1 that spreads callers apart. `None`: give up.
    pub fn wait_after(&self, attempt: u32, kind: Kind, jitter: f64) -> Option<Duration> {
        if !kind.is_transient() || attempt >= self.attempts {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(31);
        let ceiling = self.first_wait.saturating_mul(1u32 << doublings).min(self.longest_wait);
        Some(ceiling.mul_f64(jitter.clamp(0.0, 1.0)))
    }
}

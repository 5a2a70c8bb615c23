//! When to try again: bounded attempts, exponential backoff with full jitter.
//!
//! Pure: it says how long to wait; the caller waits with whatever clock it has, and brings the random number.
//!
//! ```
//! use std::time::Duration;
//! use cyclorama_outcome::{Kind, retry::Policy};
//!
//! let policy = Policy { attempts: 3, ..Policy::default() };
//! assert_eq!(policy.wait_after(1, Kind::Network, 0.5), Some(Duration::from_millis(50)));
//! assert_eq!(policy.wait_after(3, Kind::Network, 0.5), None); // that was the last one
//! assert_eq!(policy.wait_after(1, Kind::Integrity, 0.5), None); // no use trying again
//! ```

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
    /// `jitter` is a random number in 0..=1 that spreads callers apart; one that is no number counts as 1.
    /// `None`: give up.
    pub fn wait_after(&self, attempt: u32, kind: Kind, jitter: f64) -> Option<Duration> {
        if !kind.is_transient() || attempt >= self.attempts {
            return None;
        }
        let jitter = if jitter.is_nan() { 1.0 } else { jitter.clamp(0.0, 1.0) };
        let ceiling = self.ceiling_after(attempt);
        // Rounding to a float and back may pass the ceiling by a hair.
        Some(Duration::try_from_secs_f64(ceiling.as_secs_f64() * jitter).unwrap_or(ceiling).min(ceiling))
    }

    /// The longest wait there can be after attempt `attempt` (counted from 1).
    pub fn ceiling_after(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        self.first_wait.saturating_mul(1 << doublings).min(self.longest_wait)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_policy() -> impl Strategy<Value = Policy> {
        (0..1000_u32, any::<Duration>(), any::<Duration>())
            .prop_map(|(attempts, first_wait, longest_wait)| Policy { attempts, first_wait, longest_wait })
    }

    fn transient() -> impl Strategy<Value = Kind> {
        proptest::sample::select(vec![Kind::Network, Kind::RateLimited])
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_its_ceiling_or_the_longest(
            policy in any_policy(), attempt in any::<u32>(), kind in transient(), jitter in any::<f64>(),
        ) {
            if let Some(wait) = policy.wait_after(attempt, kind, jitter) {
                prop_assert!(wait <= policy.ceiling_after(attempt));
                prop_assert!(wait <= policy.longest_wait);
            }
        }

        #[test]
        fn ceilings_never_shrink(policy in any_policy(), attempt in 0..100_u32) {
            prop_assert!(policy.ceiling_after(attempt) <= policy.ceiling_after(attempt + 1));
        }

        #[test]
        fn it_gives_up_after_the_attempts_it_was_given_and_not_before(policy in any_policy(), kind in transient()) {
            let tries = (1..).take_while(|attempt| policy.wait_after(*attempt, kind, 0.5).is_some()).count() + 1;
            prop_assert_eq!(tries, policy.attempts.max(1) as usize);
        }

        #[test]
        fn more_jitter_never_waits_less(policy in any_policy(), attempt in 1..50_u32, a in 0.0..1.0_f64, b in 0.0..1.0_f64) {
            let wait = |jitter| policy.wait_after(attempt, Kind::Network, jitter);
            prop_assert!(wait(a.min(b)) <= wait(a.max(b)));
        }
    }

    #[test]
    fn what_will_not_get_better_is_not_tried_again() {
        for kind in Kind::ALL.into_iter().filter(|kind| !kind.is_transient()) {
            assert_eq!(Policy::default().wait_after(1, kind, 1.0), None, "{kind:?}");
        }
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<u128> = (1..=9)
            .filter_map(|attempt| Policy::default().wait_after(attempt, Kind::Network, 1.0))
            .map(|wait| wait.as_millis())
            .collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
    }
}

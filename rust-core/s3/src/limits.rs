//! How long anything may take.

use std::time::Duration;

use cyclorama_outcome::retry::Policy;

/// The limit of every wait. The SDK has none of its own for most of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// For a connection to stand.
    pub connect: Duration,
    /// Without an answer for this long a second request is sent beside the first, and the quicker one counts.
    pub patience: Duration,
    /// For the first byte of an answer, after the request is with the system. The request is given up then.
    pub first_byte: Duration,
    /// For the next byte of a request to leave.
    pub upload_stall: Duration,
    /// For the next byte of an answer; then the rest is asked for again.
    pub download_stall: Duration,
    /// The least bytes a second of an answer, over [`Limits::download_stall`] times four.
    pub least_rate: u64,
    /// For the first answer of a store that has never answered: a wrong address is told soon, while a store that was
    /// there a moment ago is waited for.
    pub first_contact: Duration,
    /// For an operation with all its attempts. Bodies have more time: their size at [`Limits::least_upload_rate`].
    pub operation: Duration,
    /// The slowest link that a large body is expected to travel over, bytes a second.
    pub least_upload_rate: u64,
    /// When and how often a transient failure is tried again.
    pub retry: Policy,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            patience: Duration::from_millis(2500),
            first_byte: Duration::from_secs(30),
            upload_stall: Duration::from_secs(20),
            download_stall: Duration::from_secs(3),
            least_rate: 1024,
            first_contact: Duration::from_secs(20),
            operation: Duration::from_secs(120),
            least_upload_rate: 64 << 10,
            retry: Policy {
                attempts: 240,
                first_wait: Duration::from_millis(100),
                longest_wait: Duration::from_secs(2),
            },
        }
    }
}

impl Limits {
    /// The longest that an operation with a body of `bytes` may take.
    pub fn operation_of(&self, bytes: u64) -> Duration {
        self.operation.saturating_add(self.travel(bytes))
    }

    /// The longest that the bytes themselves may be on their way.
    pub fn travel(&self, bytes: u64) -> Duration {
        Duration::from_millis(bytes.saturating_mul(1000) / self.least_upload_rate.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_body_has_the_time_it_needs_on_the_slowest_link() {
        let limits = Limits::default();
        assert_eq!(limits.operation_of(0), limits.operation);
        assert_eq!(limits.operation_of(64 << 20), limits.operation + Duration::from_secs(1024));
        assert!(limits.operation_of(u64::MAX) > limits.operation);
    }
}

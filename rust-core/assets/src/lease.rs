//! Leases without clocks: whether somebody who holds a thing has fallen silent.
//!
//! A lease has no time in it. An observer that saw the same version of its record for a whole lease duration, by its
//! own clock, may take it over; a living holder changes the version at every heartbeat. So no two clocks are compared.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use cyclorama_time::StageTime;

use crate::ETag;

/// What one observer has seen of some leases, and since when unchanged.
#[derive(Debug)]
pub struct LeaseWatch<K> {
    seen: HashMap<K, (ETag, StageTime)>,
}

impl<K: Eq + Hash> LeaseWatch<K> {
    /// An observer that has seen nothing yet.
    pub fn new() -> Self {
        Self { seen: HashMap::new() }
    }

    /// Notes that the lease `of` has the version `etag` at `now`; for how long it had that version already, as far
    /// as this observer saw.
    pub fn unchanged_for(&mut self, of: K, etag: &ETag, now: StageTime) -> Duration {
        match self.seen.get(&of) {
            Some((seen, since)) if seen == etag => {
                Duration::from_nanos(u64::try_from(now.nanos_since(*since)).unwrap_or(0))
            }
            _ => {
                self.seen.insert(of, (etag.clone(), now));
                Duration::ZERO
            }
        }
    }

    /// Forgets a lease, for example since it is ours now.
    pub fn forget(&mut self, of: &K) {
        self.seen.remove(of);
    }
}

impl<K: Eq + Hash> Default for LeaseWatch<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_counts_from_the_first_look_at_a_version_and_starts_again_with_the_next() {
        let mut watch = LeaseWatch::new();
        let (first, second) = (ETag("1".to_owned()), ETag("2".to_owned()));
        let mut look = |etag: &ETag, nanos| watch.unchanged_for("a", etag, StageTime::from_nanos(nanos));
        assert_eq!(look(&first, 5), Duration::ZERO);
        assert_eq!(look(&first, 9), Duration::from_nanos(4));
        assert_eq!(look(&second, 10), Duration::ZERO);
        assert_eq!(look(&second, 3), Duration::ZERO, "a clock that steps back expires nothing");
        assert_eq!(look(&second, 17), Duration::from_nanos(7));
        watch.forget(&"a");
        assert_eq!(watch.unchanged_for("a", &second, StageTime::from_nanos(99)), Duration::ZERO);
    }
}

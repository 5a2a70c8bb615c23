//! How long samples waited here: from the moment the kernel had a packet to the moment its sample can be used.
//!
//! Counted for every sample of a run, in classes an eighth wide, so that a run of days takes no more memory than one
//! of a second. It never counts what the network or the tracker add before the packet arrived.

use serde::Serialize;

/// Classes in each doubling, as a power of two.
const FINE: u32 = 3;
/// From a nanosecond to hours.
const CLASSES: usize = (44 << FINE) as usize;

/// Counts; see the module.
#[derive(Clone, Debug)]
pub(super) struct Waits {
    counts: Box<[u64; CLASSES]>,
    longest: i64,
}

/// How late samples were, microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Lateness {
    /// So many samples.
    pub samples: u64,
    /// Half of them could be used so soon, or sooner; to within an eighth, as the others.
    pub p50_us: f64,
    /// 95 of a hundred.
    pub p95_us: f64,
    /// 99 of a hundred.
    pub p99_us: f64,
    /// The one that waited longest, exactly.
    pub longest_us: f64,
}

impl Default for Waits {
    fn default() -> Self {
        Self { counts: Box::new([0; CLASSES]), longest: 0 }
    }
}

impl Waits {
    /// Counts a sample that waited `nanos`; less than nothing counts as nothing.
    pub(super) fn count(&mut self, nanos: i64) {
        self.counts[class(nanos)] += 1;
        self.longest = self.longest.max(nanos);
    }

    pub(super) fn lateness(&self) -> Lateness {
        let samples: u64 = self.counts.iter().sum();
        let share = |share: u64| {
            let wanted = (samples * share).div_ceil(100).max(1);
            let mut seen = 0;
            let reached = self.counts.iter().position(|count| {
                seen += count;
                seen >= wanted
            });
            reached.map_or(0.0, |class| upper(class).min(self.longest as f64) * 1e-3)
        };
        Lateness {
            samples,
            p50_us: share(50),
            p95_us: share(95),
            p99_us: share(99),
            longest_us: self.longest as f64 * 1e-3,
        }
    }
}

/// The class of so many nanoseconds.
fn class(nanos: i64) -> usize {
    let nanos = nanos.max(0).unsigned_abs() + (1 << FINE);
    let doubling = nanos.ilog2() - FINE;
    let within = (nanos >> doubling) as usize - (1 << FINE);
    (((doubling as usize) << FINE) + within).min(CLASSES - 1)
}

/// The most nanoseconds of a class.
fn upper(class: usize) -> f64 {
    let (doubling, within) = (class >> FINE, class & ((1 << FINE) - 1));
    let first_after = ((within + 1 + (1 << FINE)) as u64) << doubling;
    (first_after - (1 << FINE) - 1) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hundred_waits_have_the_shares_one_counts_by_hand() {
        let mut waits = Waits::default();
        (1..=100).for_each(|wait| waits.count(wait * 10_000));
        let Lateness { samples, p50_us, p95_us, p99_us, longest_us } = waits.lateness();
        assert_eq!((samples, longest_us), (100, 1_000.0));
        for (told, truth) in [(p50_us, 500.0), (p95_us, 950.0), (p99_us, 990.0)] {
            assert!((truth..truth * 1.13).contains(&told), "{told} for {truth}");
        }
        assert_eq!(Waits::default().lateness(), Lateness::default());
    }

    proptest! {
        #[test]
        fn a_wait_lies_in_its_class_and_classes_are_narrow(nanos in any::<i64>()) {
            let class = class(nanos);
            prop_assert!(class < CLASSES);
            let hours = 1 << 43;
            if (0..hours).contains(&nanos) {
                prop_assert!(nanos as f64 <= upper(class));
                prop_assert!(upper(class) <= nanos as f64 * 1.125 + 1.0);
                prop_assert!(class == 0 || (nanos as f64) > upper(class - 1));
            }
        }
    }
}

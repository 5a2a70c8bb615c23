//! Whether so many datagrams come that it pays to take them together.
//!
//! One tracker, however fast, is never a crowd: its sample is wanted at once. Takes time as an argument.

use cyclorama_time::StageTime;

/// Counts what came in windows of [`WINDOW`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Crowd {
    begun: Option<StageTime>,
    count: usize,
    dense: bool,
    /// More of those that came together last are on their way.
    more: bool,
}

/// Nanoseconds.
const WINDOW: i64 = 20_000_000;
/// More than so many in a window, 3 000 a second, are a crowd.
const DENSE: usize = 60;
/// Where so many came together, those that belong to them have mostly come ...
const TOGETHER: usize = 8;
/// ... unless the last of them has only just come, nanoseconds.
const JUST: i64 = 25_000;

impl Crowd {
    /// `count` datagrams were taken at `now`, the last of them after `age` nanoseconds in the kernel.
    pub(super) fn came(&mut self, count: usize, age: i64, now: StageTime) {
        self.more = count < TOGETHER || age < JUST;
        let since = self.begun.map_or(i64::MAX, |begun| now.nanos_since(begun));
        if (0..WINDOW).contains(&since) {
            self.count += count;
            return;
        }
        // After a silence nothing is known of how many come.
        self.dense = (0..2 * WINDOW).contains(&since) && self.count > DENSE;
        (self.begun, self.count) = (Some(now), count);
    }

    /// Whether more will come within moments that are better taken together.
    pub(super) fn gathers(&self) -> bool {
        self.dense && self.more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two seconds of `rate` datagrams a second that come in bursts of `burst`.
    fn dense(rate: i64, burst: usize) -> bool {
        let mut crowd = Crowd::default();
        let step = 1_000_000_000 * burst as i64 / rate;
        (0..2_000_000_000 / step).for_each(|index| {
            (0..burst).for_each(|at| {
                crowd.came(1, 0, StageTime::from_nanos(index * step + at as i64 * 5_000));
            });
        });
        crowd.gathers()
    }

    #[test]
    fn thirty_two_trackers_are_a_crowd_and_one_or_four_are_none() {
        assert!(dense(32 * 240, 32) && dense(100_000, 1));
        assert!(!dense(240, 1) && !dense(1_000, 1) && !dense(4 * 240, 4) && !dense(8 * 240, 8));
    }

    #[test]
    fn after_a_silence_the_first_is_taken_at_once() {
        let mut crowd = Crowd::default();
        (0..1_000).for_each(|index| crowd.came(7, 100_000, StageTime::from_nanos(index * 1_000_000)));
        assert!(crowd.gathers());
        crowd.came(31, 5_000, StageTime::from_nanos(1_000_000_000));
        assert!(crowd.gathers(), "more are coming");
        crowd.came(31, 100_000, StageTime::from_nanos(1_000_200_000));
        assert!(!crowd.gathers(), "they are all here");
        crowd.came(1, 0, StageTime::from_nanos(5_000_000_000));
        assert!(!crowd.gathers());
    }
}

//! The camera between samples.

use cyclorama_space::{
    LensState, Pose,
    interpolate::{self, Keyed},
};

use super::timeline::Point;

/// Where a frame's pose comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// From a sample, or from between two that follow each other.
    Measured,
    /// From the two sides of a gap.
    Interpolated,
    /// From the last good sample.
    Held,
}

/// The camera at one moment.
pub(super) struct At {
    pub(super) pose: Pose,
    pub(super) lens: LensState,
    pub(super) origin: Origin,
}

/// Walks along the samples. Ask for times in increasing order.
pub(super) struct Curve {
    good: Vec<(i64, Pose, LensState)>,
    bad: Vec<i64>,
    period: i64,
    longest_gap: i64,
    /// Index of the first good sample after the last time asked for.
    next: usize,
}

impl Curve {
    /// `None` when no point has a pose.
    pub(super) fn new(points: &[Point], period: i64, longest_gap_seconds: f64) -> Option<Self> {
        let good: Vec<_> = points.iter().filter_map(|p| p.pose.map(|pose| (p.nanos, pose, p.lens))).collect();
        let bad = points.iter().filter(|p| p.pose.is_none()).map(|p| p.nanos).collect();
        let longest_gap = (longest_gap_seconds * 1e9) as i64;
        (!good.is_empty()).then_some(Self { good, bad, period, longest_gap, next: 0 })
    }

    pub(super) fn at(&mut self, nanos: i64) -> At {
        while self.good.get(self.next).is_some_and(|(time, ..)| *time <= nanos) {
            self.next += 1;
        }
        let held = |(_, pose, lens): (i64, Pose, LensState)| At { pose, lens, origin: Origin::Held };
        let Some(before) = self.next.checked_sub(1) else { return held(self.good[0]) };
        let from = self.good[before];
        if from.0 == nanos {
            return At { pose: from.1, lens: from.2, origin: Origin::Measured };
        }
        let Some(to) = self.good.get(self.next).copied() else { return held(from) };
        let gap = to.0 - from.0;
        let usual = gap <= self.period + self.period / 2;
        if self.bad_between(from.0, to.0) || (gap > self.longest_gap && !usual) {
            return held(from);
        }
        let key =
            |(time, pose, _): (i64, Pose, LensState)| Keyed { time: seconds(time - from.0), value: pose };
        let outer = |index: Option<usize>| index.and_then(|index| self.good.get(index)).copied().map(key);
        let (earlier, later) = (outer(before.checked_sub(1)), outer(Some(self.next + 1)));
        let pose = interpolate::pose(earlier, key(from), key(to), later, seconds(nanos - from.0));
        let lens = interpolate::lens(&from.2, &to.2, (nanos - from.0) as f64 / gap as f64);
        At { pose, lens, origin: if usual { Origin::Measured } else { Origin::Interpolated } }
    }

    fn bad_between(&self, from: i64, to: i64) -> bool {
        let first = self.bad.partition_point(|time| *time <= from);
        self.bad.get(first).is_some_and(|time| *time < to)
    }
}

fn seconds(nanos: i64) -> f64 {
    nanos as f64 * 1e-9
}

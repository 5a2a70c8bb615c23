//! Several senders of one subject: the preferred one while it speaks, the next within a frame when it does not.
//!
//! One is used at a time; they are never blended. What they differ by at the change fades out, so that the
//! picture makes no step, and when the preferred one has been well for a while it is used again.

use cyclorama_space::Pose;
use cyclorama_time::StageTime;

use super::{Evaluated, Live, LiveOptions, Taken, seam::Seam};
use crate::Sample;

/// How senders take turns.
#[derive(Clone, Debug, PartialEq)]
pub struct RedundantOptions {
    /// How each is evaluated.
    pub live: LiveOptions,
    /// How long a preferred sender must have been well before it is used again, nanoseconds.
    pub return_after_nanos: i64,
}

impl Default for RedundantOptions {
    fn default() -> Self {
        Self { live: LiveOptions::default(), return_after_nanos: 500_000_000 }
    }
}

/// One subject, from all its senders.
pub struct Redundant {
    options: RedundantOptions,
    lanes: Vec<Lane>,
    active: usize,
    seam: Option<Seam>,
    switches: u64,
}

/// One sender.
struct Lane {
    live: Live,
    arrived: Option<StageTime>,
    period: Option<f64>,
    stray: f64,
    well_since: Option<StageTime>,
}

/// Senders of one subject at most.
const MOST: usize = 4;

impl Redundant {
    /// No sender yet.
    pub fn new(options: RedundantOptions) -> Self {
        Self { options, lanes: Vec::new(), active: 0, seam: None, switches: 0 }
    }

    /// Takes a sample of the sender of this rank (0 is preferred; at most 4), taken at `at`.
    pub fn take(&mut self, rank: usize, at: StageTime, sample: &Sample) -> Taken {
        if rank >= MOST {
            return Taken::Ignored;
        }
        while self.lanes.len() <= rank {
            self.lanes.push(Lane::new(&self.options.live));
        }
        self.lanes[rank].take(at, sample)
    }

    /// The subject at `time`, chosen by what had arrived by `now`; `None` before its first pose.
    pub fn at(&mut self, now: StageTime, time: StageTime) -> Option<Evaluated> {
        self.choose(now, time);
        let lane = self.lanes.get_mut(self.active)?;
        let mut found = lane.live.at(time)?;
        if let Some(seam) = self.seam {
            found.pose = seam.apply(time, &found.pose);
            if seam.is_over(time) {
                self.seam = None;
            }
        }
        Some(found)
    }

    /// Lets the predictors learn from what was taken; see [`Live::learn`].
    pub fn learn(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.live.learn());
    }

    /// Rank of the sender that is used.
    pub fn active(&self) -> usize {
        self.active
    }

    /// How often another sender came to be used.
    pub fn switches(&self) -> u64 {
        self.switches
    }

    /// What one sender says, if it ever spoke.
    pub fn lane(&self, rank: usize) -> Option<&Live> {
        self.lanes.get(rank).map(|lane| &lane.live)
    }

    fn choose(&mut self, now: StageTime, time: StageTime) {
        for lane in &mut self.lanes {
            let well = lane.is_well(now);
            lane.well_since = lane.well_since.filter(|_| well).or(well.then_some(now));
        }
        let active_is_well = self.lanes.get(self.active).is_some_and(|lane| lane.well_since.is_some());
        let may = |rank: usize, lane: &Lane| {
            lane.well_since.is_some_and(|since| {
                rank == self.active
                    || !active_is_well
                    || (rank < self.active && now.nanos_since(since) >= self.options.return_after_nanos)
            })
        };
        let best = self.lanes.iter().enumerate().find(|(rank, lane)| may(*rank, lane)).map(|(rank, _)| rank);
        let Some(best) = best.filter(|best| *best != self.active) else { return };
        let before = self.lanes.get_mut(self.active).and_then(|lane| lane.live.at(time));
        let after = self.lanes[best].live.at(time);
        self.active = best;
        if let (Some(before), Some(after)) = (before, after) {
            self.switches += 1;
            let shown: Pose = self.seam.map_or(before.pose, |seam| seam.apply(time, &before.pose));
            self.seam = Some(Seam::new(time, &shown, &after.pose));
        }
    }
}

impl Lane {
    fn new(options: &LiveOptions) -> Self {
        Self { live: Live::new(options.clone()), arrived: None, period: None, stray: 0.0, well_since: None }
    }

    fn take(&mut self, at: StageTime, sample: &Sample) -> Taken {
        if let Some(before) = self.arrived {
            let step = sample.arrived.nanos_since(before).max(0) as f64;
            match &mut self.period {
                None => self.period = Some(step),
                // A dropout is no rhythm.
                Some(period) if step < 8.0 * *period => {
                    self.stray += ((step - *period).abs() - self.stray) / 16.0;
                    *period += (step - *period) / 16.0;
                }
                Some(_) => {}
            }
        }
        self.arrived = Some(self.arrived.map_or(sample.arrived, |before| before.max(sample.arrived)));
        self.live.take(at, sample)
    }

    /// Whether it speaks: the next sample is not overdue, and the newest has a pose.
    fn is_well(&self, now: StageTime) -> bool {
        let (Some(arrived), Some(period)) = (self.arrived, self.period) else { return false };
        let patience = period + (0.25 * period).max(4.0 * self.stray).min(period);
        self.live.has_pose() && now.nanos_since(arrived) as f64 <= patience
    }
}

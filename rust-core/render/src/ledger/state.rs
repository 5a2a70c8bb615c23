//! The state of a job: a pure fold of its keys and leases.

use std::collections::{BTreeMap, BTreeSet};

use cyclorama_assets::Key;
use cyclorama_time::FrameNumber;
use serde::Serialize;

use super::{LeaseRecord, LeaseState};
use crate::plan::{FrameRange, Plan};

/// What a listing says about a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobState {
    /// Frames with a commit record.
    pub committed: BTreeSet<FrameNumber>,
    /// Frames that were given up and not committed since.
    pub failed: BTreeSet<FrameNumber>,
    /// Ranges that have a lease record, whatever is in it.
    pub leased: BTreeSet<u32>,
    /// Somebody asked to stop.
    pub cancelled: bool,
}

impl JobState {
    /// Folds the names of a job's objects; `home` is the job's own key. Names it does not know are passed over.
    pub fn fold<'a>(home: &Key, keys: impl IntoIterator<Item = &'a Key>) -> Self {
        let mut state = Self::default();
        for key in keys {
            let Some(name) = key.as_str().strip_prefix(home.as_str()).and_then(|name| name.strip_prefix('/'))
            else {
                continue;
            };
            let number = |name: &str| name.strip_suffix(".json").and_then(|number| number.parse().ok());
            match name.split_once('/') {
                Some(("frames", name)) => state.committed.extend(number(name).map(FrameNumber)),
                Some(("failed", name)) => state.failed.extend(number(name).map(FrameNumber)),
                Some(("leases", name)) => state.leased.extend(name.parse::<u32>()),
                None if name == "cancelled.json" => state.cancelled = true,
                _ => {}
            }
        }
        state.failed = &state.failed - &state.committed;
        state
    }

    /// Whether `frame` needs no more work.
    pub fn is_settled(&self, frame: FrameNumber) -> bool {
        self.committed.contains(&frame) || self.failed.contains(&frame)
    }

    /// The frames of `range` that still have to be rendered, as contiguous runs.
    pub fn missing(&self, range: FrameRange) -> Vec<FrameRange> {
        range.runs(|frame| !self.is_settled(frame))
    }

    /// Whether every frame of the plan is committed or given up.
    pub fn is_settled_all(&self, plan: &Plan) -> bool {
        (self.committed.len() + self.failed.len()) as u64 >= plan.frames.count()
            && plan.frames.iter().all(|frame| self.is_settled(frame))
    }

    /// Whether every frame of the plan is committed.
    pub fn is_complete(&self, plan: &Plan) -> bool {
        self.committed.len() as u64 >= plan.frames.count()
            && plan.frames.iter().all(|frame| self.committed.contains(&frame))
    }
}

/// A lease as `status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeaseStatus {
    /// Index of the range.
    pub range: u32,
    /// Its frames.
    pub frames: FrameRange,
    /// Who holds or held it.
    pub worker: String,
    /// Which holding it is.
    pub epoch: u64,
    /// What became of it.
    pub state: LeaseState,
}

/// The state of a job as one line of `--json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// `cyclorama.job/1`.
    pub schema: &'static str,
    /// The job.
    pub job: String,
    /// Frames wanted.
    pub frames: u64,
    /// Frames that exist.
    pub committed: u64,
    /// Frames given up.
    pub failed: u64,
    /// Ranges somebody holds now.
    pub leases: Vec<LeaseStatus>,
    /// Seconds left at the speed so far; 0 at the end, `null` while unknown.
    pub eta_seconds: Option<f64>,
    /// Somebody asked to stop.
    pub cancelled: bool,
}

impl Status {
    /// Puts a state, its leases and the seconds that known frames took together.
    pub fn new(
        plan: &Plan,
        state: &JobState,
        leases: &BTreeMap<u32, LeaseRecord>,
        render_seconds: &[f64],
    ) -> Self {
        let held = |record: &&LeaseRecord| {
            let range = plan.ranges.get(record.range as usize);
            record.state == LeaseState::Held && range.is_some_and(|range| !state.missing(*range).is_empty())
        };
        let leases: Vec<_> = leases
            .values()
            .filter(held)
            .map(|record| LeaseStatus {
                range: record.range,
                frames: plan.ranges[record.range as usize],
                worker: record.worker.clone(),
                epoch: record.epoch,
                state: record.state,
            })
            .collect();
        let open = plan.frames.iter().filter(|&frame| !state.is_settled(frame)).count();
        let mean = render_seconds.iter().sum::<f64>() / render_seconds.len().max(1) as f64;
        let eta_seconds = match open {
            0 => Some(0.0),
            _ if render_seconds.is_empty() || leases.is_empty() => None,
            open => Some(open as f64 * mean / leases.len() as f64),
        };
        Self {
            schema: "cyclorama.job/1",
            job: plan.job.clone(),
            frames: plan.frames.count(),
            committed: state.committed.len() as u64,
            failed: state.failed.len() as u64,
            leases,
            eta_seconds,
            cancelled: state.cancelled,
        }
    }
}

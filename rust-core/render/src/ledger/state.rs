//! The state of a job: a pure fold of its keys and leases.

use std::collections::BTreeSet;

use cyclorama_assets::Key;
use cyclorama_progress::words;
use cyclorama_time::{FrameNumber, UtcTime};
use serde::Serialize;

use super::part::parts_of;
use super::{LeaseName, LeaseRecord, LeaseState, Part};
use crate::plan::{FrameRange, Plan};

/// What a listing says about a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobState {
    /// Frames with a commit record.
    pub committed: BTreeSet<FrameNumber>,
    /// Frames that were given up and not committed since.
    pub failed: BTreeSet<FrameNumber>,
    /// Ranges and parts of ranges that have a lease record, whatever is in it.
    pub leases: BTreeSet<LeaseName>,
    /// Marks of committed frames that were taken back and are gone.
    pub taken_back: BTreeSet<String>,
    /// Marks of committed frames that somebody began to take back; those who are through with it are in `taken_back` too.
    pub taking: BTreeSet<String>,
    /// Blocks of frames that are packed, as far as is known.
    pub packed: BTreeSet<u32>,
    /// Those among them of which nothing but their pack was seen.
    pub believed: BTreeSet<u32>,
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
            match name.split_once('/') {
                Some(("frames", name)) => state.committed.extend(frame_of(name)),
                Some(("failed", name)) => state.failed.extend(frame_of(name)),
                Some(("leases", name)) => match name.split_once('-') {
                    Some(("again", mark)) => state.taken_back.extend([mark.to_owned()]),
                    Some(("taking", mark)) => state.taking.extend([mark.to_owned()]),
                    _ => state.leases.extend(LeaseName::parse(name)),
                },
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

    /// What a lease covers as far as this listing says; none when it is no part of the plan.
    pub fn part(&self, plan: &Plan, name: LeaseName) -> Option<FrameRange> {
        let parts = parts_of(plan, name.range, &self.leases);
        parts.into_iter().find(|part| part.name == name).map(|part| part.frames)
    }

    /// The parts of ranges that miss frames, in order.
    pub fn open(&self, plan: &Plan) -> Vec<Part> {
        let misses = |frames: FrameRange| {
            let known = |set: &BTreeSet<FrameNumber>| set.range(frames.first..=frames.last).count() as u64;
            known(&self.committed) + known(&self.failed) < frames.count()
        };
        let ranges = (0..).zip(&plan.ranges).filter(|(_, range)| misses(**range));
        let parts = ranges.flat_map(|(index, _)| parts_of(plan, index, &self.leases));
        parts.filter(|part| misses(part.frames)).collect()
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

/// The frame whose number a name is.
pub(super) fn frame_of(name: &str) -> Option<FrameNumber> {
    name.strip_suffix(".json")?.parse().ok().map(FrameNumber)
}

/// A lease as `status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeaseStatus {
    /// Index of the range.
    pub range: u32,
    /// The frames it covers: all of the range, or a part.
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
    /// When its hours let work begin, while they do not and nobody works on it; else `null`.
    pub waits_until: Option<UtcTime>,
    /// All frames exist, and nobody has judged the borders between them yet.
    pub borders_unjudged: bool,
}

/// What is to be done about borders that nobody judged.
const UNJUDGED: &str =
    ", borders are not judged yet: a worker does it, or else the same render submit without --detach";

impl Status {
    /// Puts a state, the leases of its open parts and the seconds that known frames took together.
    pub fn new(
        plan: &Plan,
        state: &JobState,
        leases: &[(Part, LeaseRecord)],
        render_seconds: &[f64],
    ) -> Self {
        let leases: Vec<_> = leases
            .iter()
            .filter(|(_, record)| record.state == LeaseState::Held)
            .map(|(part, record)| LeaseStatus {
                range: part.name.range,
                frames: part.frames,
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
            waits_until: None,
            borders_unjudged: false,
        }
    }

    /// Whether there is work to do and nobody does it.
    pub fn is_idle(&self) -> bool {
        self.leases.is_empty() && !self.cancelled && self.committed + self.failed < self.frames
    }

    /// The status for people.
    pub fn sentence(&self) -> String {
        let mut said = format!("job {}: {} of {} frames committed", self.job, self.committed, self.frames);
        if self.failed > 0 {
            said += &format!(", {} given up", self.failed);
        }
        match self.eta_seconds {
            _ if self.cancelled => said += ", cancelled",
            Some(0.0) if self.borders_unjudged => said += UNJUDGED,
            Some(0.0) => {}
            Some(left) => said += &format!(", about {} left", words::seconds(left)),
            None if self.leases.is_empty() => match self.waits_until {
                Some(opens) => said += &format!(", waits until {opens:.0}"),
                None => said += ", nobody is working on it",
            },
            None => {}
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(committed: u64, failed: u64, eta_seconds: Option<f64>) -> Status {
        Status {
            schema: "cyclorama.job/1",
            job: "abc-0".into(),
            frames: 24,
            committed,
            failed,
            leases: Vec::new(),
            eta_seconds,
            cancelled: false,
            waits_until: None,
            borders_unjudged: false,
        }
    }

    #[test]
    fn a_status_is_one_sentence() {
        assert_eq!(status(24, 0, Some(0.0)).sentence(), "job abc-0: 24 of 24 frames committed");
        assert_eq!(
            status(3, 1, Some(12.4)).sentence(),
            "job abc-0: 3 of 24 frames committed, 1 given up, about 12 s left"
        );
        assert!(status(0, 0, None).sentence().ends_with("nobody is working on it"));
        let waits_until = Some("2026-11-27T20:00:00Z".parse().expect("a moment"));
        let waiting = Status { waits_until, ..status(0, 0, None) };
        assert!(waiting.sentence().ends_with("0 of 24 frames committed, waits until 2026-11-27T20:00:00Z"));
    }
}

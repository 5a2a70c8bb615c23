//! How a job goes, for people: frames a minute, what is left, who works, what went wrong, how long machines ran.
//!
//! A pure fold of the ledger's records. Moments in it are the workers' own wall clocks: fit to be looked at, and nothing is
//! decided by them.

use std::collections::{BTreeMap, BTreeSet};

use cyclorama_time::{FrameNumber, UtcTime};
use serde::Serialize;

use crate::ledger::{AttemptNote, FailedFrame, FrameRecord, JobState};

/// Frames a minute are counted over this long, s.
const WINDOW: f64 = 120.0;

/// How a job goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Frames committed a minute, over the last two minutes; absent before the first two.
    pub frames_per_minute: Option<f64>,
    /// Seconds left at that speed; 0 at the end.
    pub seconds_left: Option<f64>,
    /// Who has committed frames, the busiest first.
    pub workers: Vec<WorkerTally>,
    /// Frames that something went wrong with and that do not exist (yet), in order.
    pub bad: Vec<BadFrame>,
    /// Attempts that went wrong, also of frames that exist by now.
    pub attempts_failed: u64,
    /// Seconds from each worker's first frame's beginning to its last commit, all together.
    pub machine_seconds: f64,
}

/// What a worker did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkerTally {
    /// Its name.
    pub name: String,
    /// Frames it committed.
    pub frames: u64,
    /// Mean seconds its host took for one.
    pub seconds_per_frame: f64,
    /// Whether it holds a range now.
    pub works: bool,
}

/// A frame with a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadFrame {
    /// Its number.
    pub frame: FrameNumber,
    /// Why its last attempt failed.
    pub reason: String,
    /// No further attempt is made.
    pub given_up: bool,
}

/// What a tally is made from.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The listing.
    pub state: &'a JobState,
    /// Records of committed frames.
    pub frames: &'a BTreeMap<FrameNumber, FrameRecord>,
    /// Names of those who hold ranges.
    pub holders: &'a BTreeSet<String>,
    /// Failed attempts.
    pub notes: &'a [AttemptNote],
    /// Frames given up.
    pub failures: &'a [FailedFrame],
}

impl Tally {
    /// How a job of `total` frames goes, looked at `now`.
    pub fn new(seen: &Seen<'_>, total: u64, now: UtcTime) -> Self {
        let mut workers: BTreeMap<&str, (u64, f64, UtcTime, UtcTime)> = BTreeMap::new();
        for record in seen.frames.values() {
            let begun = moved(record.committed, -record.frame.render_seconds);
            let known = workers.entry(&record.worker).or_insert((0, 0.0, begun, record.committed));
            *known = (
                known.0 + 1,
                known.1 + record.frame.render_seconds,
                known.2.min(begun),
                known.3.max(record.committed),
            );
        }
        let machine_seconds = workers
            .values()
            .map(|(.., begun, ended)| seconds(*begun, *ended))
            .fold(0.0, |all, one| all + one);
        let mut workers: Vec<WorkerTally> = workers
            .into_iter()
            .map(|(name, (frames, drawn, ..))| WorkerTally {
                name: name.to_owned(),
                frames,
                seconds_per_frame: drawn / frames.max(1) as f64,
                works: seen.holders.contains(name),
            })
            .collect();
        for name in seen.holders {
            if !workers.iter().any(|worker| worker.name == *name) {
                workers.push(WorkerTally {
                    name: name.clone(),
                    frames: 0,
                    seconds_per_frame: 0.0,
                    works: true,
                });
            }
        }
        workers.sort_by(|a, b| b.works.cmp(&a.works).then(b.frames.cmp(&a.frames)).then(a.name.cmp(&b.name)));
        let frames_per_minute = speed(seen.frames.values(), now);
        let settled = (seen.state.committed.len() + seen.state.failed.len()) as u64;
        let left = total.saturating_sub(settled);
        let seconds_left = match (left, frames_per_minute) {
            (0, _) => Some(0.0),
            (left, Some(speed)) if speed > 0.0 => Some(left as f64 / speed * 60.0),
            _ => None,
        };
        let attempts_failed = seen.notes.len() as u64;
        Self { frames_per_minute, seconds_left, workers, bad: bad(seen), attempts_failed, machine_seconds }
    }
}

/// Frames a minute over the window before `now`, or before the newest commit when that clock is ahead.
fn speed<'a>(records: impl Iterator<Item = &'a FrameRecord>, now: UtcTime) -> Option<f64> {
    let mut moments: Vec<UtcTime> = records.map(|record| record.committed).collect();
    moments.sort_unstable();
    let (first, last) = (*moments.first()?, *moments.last()?);
    let now = now.max(last);
    let from = first.max(moved(now, -WINDOW));
    let within = moments.iter().filter(|moment| **moment > from).count();
    let span = seconds(from, now);
    (moments.len() > 1 && span > 0.0).then(|| within as f64 / span * 60.0)
}

fn bad(seen: &Seen<'_>) -> Vec<BadFrame> {
    let mut bad: BTreeMap<FrameNumber, BadFrame> = BTreeMap::new();
    let mut notes: Vec<&AttemptNote> = seen.notes.iter().collect();
    notes.sort_by_key(|note| note.at);
    for note in notes {
        let reason = note.reason.clone();
        bad.insert(note.frame, BadFrame { frame: note.frame, reason, given_up: false });
    }
    for failed in seen.failures {
        let reason = failed.reason.clone();
        bad.insert(failed.frame, BadFrame { frame: failed.frame, reason, given_up: true });
    }
    bad.into_values().filter(|bad| !seen.state.committed.contains(&bad.frame)).collect()
}

fn moved(moment: UtcTime, seconds: f64) -> UtcTime {
    UtcTime::from_nanos(moment.nanos().saturating_add((seconds * 1e9) as i64))
}

fn seconds(from: UtcTime, to: UtcTime) -> f64 {
    to.nanos_since(from) as f64 * 1e-9
}

#[cfg(test)]
mod tests {
    use cyclorama_content::Digest;

    use super::*;
    use crate::ledger::RenderedFrame;

    fn record(frame: i64, worker: &str, committed: i64) -> (FrameNumber, FrameRecord) {
        let digest = Digest::of(b"x");
        let rendered = RenderedFrame {
            frame: FrameNumber(frame),
            pass: "beauty".to_owned(),
            blob: digest,
            bytes: 1,
            pixels: digest,
            luminance: None,
            render_seconds: 2.0,
            run: None,
        };
        let record = FrameRecord {
            schema: "cyclorama.frame/1".to_owned(),
            frame: rendered,
            worker: worker.to_owned(),
            range: 0,
            epoch: 1,
            nonce: String::new(),
            committed: UtcTime::from_nanos(committed * 1_000_000_000),
        };
        (FrameNumber(frame), record)
    }

    #[test]
    fn speed_workers_reasons_and_machine_time_come_from_the_records() {
        // One worker commits a frame every three seconds, another a single one, long ago.
        let frames: BTreeMap<_, _> =
            (0..60).map(|n| record(n, "a-1", 1000 + 3 * n)).chain([record(90, "b-2", 400)]).collect();
        let state = JobState {
            committed: frames.keys().copied().collect(),
            failed: [FrameNumber(99)].into(),
            ..JobState::default()
        };
        let note = |frame, reason: &str, at| AttemptNote {
            schema: "cyclorama.attempt/1".to_owned(),
            frame: FrameNumber(frame),
            worker: "a-1".to_owned(),
            reason: reason.to_owned(),
            at: UtcTime::from_nanos(at),
        };
        let notes = [note(98, "late", 7), note(98, "early", 5), note(3, "mended", 1), note(99, "black", 2)];
        let failures = [FailedFrame {
            schema: "cyclorama.failed-frame/1".to_owned(),
            frame: FrameNumber(99),
            worker: "a-1".to_owned(),
            attempts: 3,
            reason: "it is black".to_owned(),
        }];
        let holders = ["a-1".to_owned(), "c-3".to_owned()].into();
        let seen =
            Seen { state: &state, frames: &frames, holders: &holders, notes: &notes, failures: &failures };
        let tally = Tally::new(&seen, 100, UtcTime::from_nanos(1_177_000_000_000));
        assert_eq!(tally.frames_per_minute, Some(20.0));
        assert_eq!(tally.seconds_left, Some(38.0 * 3.0));
        assert_eq!(tally.machine_seconds, 179.0 + 2.0);
        assert_eq!(tally.attempts_failed, 4);
        let names: Vec<_> =
            tally.workers.iter().map(|worker| (worker.name.as_str(), worker.frames)).collect();
        assert_eq!(names, [("a-1", 60), ("c-3", 0), ("b-2", 1)]);
        let bad: Vec<_> =
            tally.bad.iter().map(|bad| (bad.frame.0, bad.reason.as_str(), bad.given_up)).collect();
        assert_eq!(bad, [(98, "late", false), (99, "it is black", true)], "a frame that exists is not bad");
        // A minute later nothing has come: it gets slower, not stuck.
        let later = Tally::new(&seen, 100, UtcTime::from_nanos(1_237_000_000_000));
        assert!(later.frames_per_minute < Some(11.0), "{:?}", later.frames_per_minute);
        let done = Tally::new(&seen, 62, UtcTime::from_nanos(1_237_000_000_000));
        assert_eq!(done.seconds_left, Some(0.0));
    }
}

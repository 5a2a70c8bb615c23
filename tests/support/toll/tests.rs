use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use cyclorama_content::Digest;
use cyclorama_render::plan::FrameRange;
use cyclorama_time::FrameNumber;
use serde_json::json;
use tempfile::{TempDir, tempdir};

use super::{Cost, Held, Kill};
use crate::ledger_folder::JobFolder;

/// A job of one range, frames 0 to 5.
fn job() -> (TempDir, JobFolder) {
    let home = tempdir().expect("a folder");
    for part in ["leases", "frames"] {
        fs::create_dir(home.path().join(part)).expect("a folder");
    }
    let range = FrameRange { first: FrameNumber(0), last: FrameNumber(5) };
    let job = JobFolder::with(home.path(), vec![range]);
    (home, job)
}

fn lease(home: &Path, name: &str, epoch: u64) {
    let record = json!({
        "schema": "cyclorama.lease/1", "range": 0, "worker": "stage-7", "epoch": epoch, "beat": 0, "nonce": "n", "state": "held"
    });
    fs::write(home.join("leases").join(name), record.to_string()).expect("writes");
}

/// A commit record of a frame that was drawn in the run which began at `run`.
fn record(frame: i64, run: i64, epoch: u64) -> Vec<u8> {
    let digest = Digest::of(b"a picture");
    let record = json!({
        "schema": "cyclorama.frame/1", "frame": frame, "pass": "beauty", "blob": digest, "bytes": 9, "pixels": digest,
        "render_seconds": 0.1, "run": run, "worker": "stage-8", "range": 0, "epoch": epoch, "nonce": "n", "committed": 7
    });
    record.to_string().into_bytes()
}

fn commit(home: &Path, frame: i64) {
    fs::write(home.join(format!("frames/{frame:06}.json")), record(frame, 0, 1)).expect("writes");
}

fn held(missing: impl IntoIterator<Item = i64>) -> Held {
    Held { name: (0, None), epoch: 1, first: 0, missing: missing.into_iter().collect(), taken_up: None }
}

/// A worker that had committed frames 0 and 1, and whose host had drawn these when it was dead, and those in the end.
fn killed(waiting: &[i64], left: &[i64]) -> Kill {
    let set = |frames: &[i64]| frames.iter().copied().collect::<BTreeSet<i64>>();
    let committed = BTreeMap::from([(0, record(0, 0, 1)), (1, record(1, 0, 1))]);
    Kill { died: Duration::ZERO, waiting: set(waiting), left: set(left), committed, held: vec![held(2..=5)] }
}

/// Frames 0 and 1 as they were, and the others from the run of a successor that began at `run`.
fn records(run: i64) -> BTreeMap<i64, Vec<u8>> {
    (0..=5)
        .map(|frame| (frame, if frame < 2 { record(frame, 0, 1) } else { record(frame, run, 2) }))
        .collect()
}

#[test]
fn what_lay_there_and_what_the_worker_had_taken_before_is_lost() {
    assert_eq!(killed(&[], &[]).lost(&records(2)), 1, "the frame that the host was at");
    assert_eq!(killed(&[], &[2]).lost(&records(2)), 1, "the same, drawn to its end");
    assert_eq!(killed(&[3], &[3, 4]).lost(&records(2)), 3, "frame 2 was in the worker's hands");
    let idle = Kill { held: Vec::new(), ..killed(&[], &[]) };
    assert_eq!(idle.lost(&records(2)), 0);
}

#[test]
#[should_panic(expected = "drew for a dead worker")]
fn a_host_that_goes_on_for_nobody_is_told() {
    killed(&[2], &[2, 3, 4]).lost(&records(2));
}

#[test]
#[should_panic(expected = "were lost")]
fn frames_that_were_taken_and_kept_back_are_told() {
    killed(&[4], &[4, 5]).lost(&records(2));
}

#[test]
#[should_panic(expected = "frame 1 was committed and drawn again")]
fn a_successor_that_begins_before_what_was_missing_is_told() {
    killed(&[], &[2]).lost(&records(1));
}

#[test]
#[should_panic(expected = "frame 1 was committed before a kill")]
fn a_record_that_did_not_last_is_told() {
    let mut records = records(2);
    records.insert(1, record(1, 1, 2));
    killed(&[], &[2]).lost(&records);
}

#[test]
fn what_the_dead_held_is_taken_up_by_a_later_holder_or_when_nothing_of_it_is_left() {
    let (home, job) = job();
    lease(home.path(), "00000", 1);
    let held = held(2..=5);
    assert!(!held.is_taken_up(&job, &job.leases()));
    lease(home.path(), "00000-000004", 1);
    commit(home.path(), 2);
    assert!(!held.is_taken_up(&job, &job.leases()), "frame 3 waits for the dead");
    commit(home.path(), 3);
    assert!(held.is_taken_up(&job, &job.leases()), "frames 4 and 5 are another's");
    fs::remove_file(home.path().join("frames/000003.json")).expect("removes");
    lease(home.path(), "00000", 2);
    assert!(held.is_taken_up(&job, &job.leases()));
}

#[test]
fn parts_end_where_the_next_begins_and_a_split_outside_of_the_range_is_none() {
    let (home, job) = job();
    for name in ["00000", "00000-000003", "00000-000009", "taking-0f", "again-0f"] {
        lease(home.path(), name, 1);
    }
    let leases = job.leases();
    assert_eq!(leases.len(), 3);
    assert_eq!((job.covered((0, None), &leases), job.covered((0, Some(3)), &leases)), (0..=2, 3..=5));
}

#[test]
fn two_frames_for_each_at_work_and_fifteen_seconds_beyond_a_start_are_borne_and_no_more() {
    let cost = Cost {
        killed: 9,
        at_work: 3,
        lost: 6,
        most: 4,
        taken_up: Duration::from_secs(16),
        ready: Duration::from_secs(1),
    };
    cost.judge();
    for much in [Cost { lost: 7, ..cost }, Cost { taken_up: Duration::from_millis(16_001), ..cost }] {
        assert!(std::panic::catch_unwind(|| much.judge()).is_err(), "{much}");
    }
}

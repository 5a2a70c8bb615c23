//! What the stories of all farms have in common: a take, workers that die, and what must be there at the end.

use std::fs;
use std::path::Path;
use std::process::Command;

use cyclorama_tests::chaos::{Chaos, FRAMES};
use cyclorama_tests::{Cost, mosys_recording, run, text};
use cyclorama_time::FrameNumber;
use serde_json::Value;

/// The real recording as a take.
pub(super) fn import(take: &Path) {
    let _ = run(&["take", "import", "--protocol", "f4", text(&mosys_recording()), text(take)]).done();
}

/// Jobs one after the other, submitted by `submit` with a ledger of their own in `folder` and the frames, until as many
/// workers were killed as this tier wants. Says what that cost.
pub(super) fn kill_in_rounds(folder: &Path, seed: u64, submit: impl Fn(&Path, &str) -> Command) -> Cost {
    let chaos = Chaos { folder, seed, kills: 4, apart: 50..700 };
    chaos.kill_in_rounds(submit, |ledger| every_frame_has_one_record(ledger, FRAMES as usize))
}

/// How many frames the ledger's folder holds.
pub(super) fn frames(ledger: &Path) -> usize {
    let jobs = fs::read_dir(ledger.join("jobs")).into_iter().flatten().flatten();
    jobs.map(|job| fs::read_dir(job.path().join("frames")).map_or(0, Iterator::count)).sum()
}

pub(super) fn every_frame_has_one_record(ledger: &Path, wanted: usize) {
    assert_eq!(frames(ledger), wanted, "a frame has exactly one record, named by its number");
}

/// Who drew a frame of a ledger's only job, as its record says.
pub(super) fn drawn_by(ledger: &Path, frame: FrameNumber) -> String {
    let mut jobs = fs::read_dir(ledger.join("jobs")).expect("a ledger").flatten();
    let home = jobs.next().expect("a job").path();
    let record = fs::read(home.join(format!("frames/{:06}.json", frame.0))).expect("the frame is committed");
    let record: Value = serde_json::from_slice(&record).expect("a record");
    record["worker"].as_str().expect("a name").to_owned()
}

//! Workers are killed at random moments: the job still finishes, every frame is committed exactly once, and no more is lost
//! than what was in flight.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cyclorama_tests::chaos::{Chaos, FRAMES};
use cyclorama_tests::{command, run, text};
use tempfile::tempdir;

use crate::stage;

#[test]
fn a_job_finishes_although_its_workers_are_killed() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    stage::import(&take);
    let chaos = Chaos { folder: folder.path(), seed: 0xca11, kills: 2, apart: 50..500 };
    // With leases as long as they are when nobody says anything.
    let submit = |ledger: &Path, frames: &str| {
        let mut submit = command();
        submit.args(["render", "submit", text(&take), "--frames", frames, "--workers", "2"]);
        submit.args(["--size", "96x54", "--samples", "2", "--ledger", text(ledger), "--json"]);
        submit
    };
    let cost = chaos.kill_in_rounds(submit, every_frame_stands_once);
    println!("on this machine {cost}");
}

fn every_frame_stands_once(ledger: &Path) {
    let out = ledger.with_extension("frames");
    let _ = run(&["render", "frames", "--ledger", text(ledger), "--out", text(&out)]).done();
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    for entry in fs::read_dir(&out).expect("frames were written") {
        let name = entry.expect("readable").file_name().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".exr") {
            *numbers.entry(stem.to_owned()).or_default() += 1;
        }
    }
    assert_eq!(numbers.len() as u64, FRAMES, "{numbers:?}");
    for folder in [ledger, &out] {
        fs::remove_dir_all(folder).expect("nobody works there any more");
    }
}

//! Workers are killed at random moments: the job still finishes, and every frame is committed exactly once.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use cyclorama_tests::{Service, command, run, setting, text, until};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use tempfile::tempdir;

use crate::stage;

const FRAMES: u64 = 12;

#[test]
fn a_job_finishes_although_its_workers_are_killed() {
    let wanted = if setting("TEST_CHAOS").as_deref() == Some("long") { 200 } else { 20 };
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    stage::import(&take);
    let mut random = SmallRng::seed_from_u64(0xca11);
    let (mut killed, mut rendered) = (0, 0);
    for round in 0..wanted {
        let ledger = folder.path().join(format!("ledger-{round}"));
        killed += render_while_killing(&take, &ledger, &mut random);
        every_frame_stands_once(&ledger, round);
        fs::remove_dir_all(&ledger).expect("the ledger can be removed");
        rendered += FRAMES;
        if killed >= wanted && rendered >= 10 * u64::from(wanted) {
            println!("{killed} workers were killed, and each of {rendered} frames was committed once");
            return;
        }
    }
    panic!("only {killed} workers were killed in {wanted} rounds");
}

/// Submits a job and kills one of its workers at one or two random moments; gives how many were killed.
fn render_while_killing(take: &Path, ledger: &Path, random: &mut SmallRng) -> u32 {
    let mut submit = command();
    submit.args(["render", "submit", text(take), "--frames", "0-11", "--workers", "2", "--size", "96x54"]);
    submit.args(["--ledger", text(ledger), "--lease", "2", "--json"]);
    let mut submit = Service::start(submit);
    let mut killed = 0;
    for _ in 0..2 {
        let moment = Duration::from_millis(random.random_range(50..500));
        until(moment, || false);
        let mut workers = Vec::new();
        until(Duration::from_secs(5), || {
            workers = children(submit.id());
            !workers.is_empty() || !submit.runs()
        });
        if !workers.is_empty() {
            let chosen = workers[random.random_range(0..workers.len())];
            killed += u32::from(kill(chosen));
        }
    }
    let ended = submit.end_within(Duration::from_secs(120)).done();
    let job = ended.object("cyclorama.job/1");
    assert_eq!((&job["committed"], &job["failed"]), (&FRAMES.into(), &0.into()), "{}", ended.stderr);
    killed
}

fn every_frame_stands_once(ledger: &Path, round: u32) {
    let _ = run(&["render", "verify", "--ledger", text(ledger)]).done();
    let out = ledger.with_extension("frames");
    let _ = run(&["render", "frames", "--ledger", text(ledger), "--out", text(&out)]).done();
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    for entry in fs::read_dir(&out).expect("frames were written") {
        let name = entry.expect("readable").file_name().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".exr") {
            *numbers.entry(stem.to_owned()).or_default() += 1;
        }
    }
    assert_eq!(numbers.len() as u64, FRAMES, "round {round}: {numbers:?}");
    fs::remove_dir_all(&out).expect("the frames can be removed");
}

/// The processes that `parent` started, as the kernel tells it.
fn children(parent: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
    let mut found: Vec<u32> =
        list.unwrap_or_default().split_whitespace().filter_map(|id| id.parse().ok()).collect();
    // Children that other threads of the parent started stand under those threads.
    for thread in fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten() {
        let list = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        found.extend(list.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// kill -9.
fn kill(process: u32) -> bool {
    let status = std::process::Command::new("kill").args(["-9", &process.to_string()]).status();
    status.is_ok_and(|status| status.success())
}

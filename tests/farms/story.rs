//! What the stories of all farms have in common: a take, workers that die, and what must be there at the end.

use std::fs;
use std::path::Path;
use std::time::Duration;

use cyclorama_tests::processes::{kill, workers};
use cyclorama_tests::{Service, mosys_recording, run, setting, text, until};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};

/// The real recording as a take.
pub(super) fn import(take: &Path) {
    let _ = run(&["take", "import", "--protocol", "f4", text(&mosys_recording()), text(take)]).done();
}

/// Jobs of 40 frames one after the other, started by `submit` with a ledger of their own in `folder`, until as many
/// workers were killed as this tier wants. Says how many.
pub(super) fn kill_in_rounds(folder: &Path, seed: u64, submit: impl Fn(&Path) -> Service) -> u32 {
    let wanted = if setting("TEST_CHAOS").as_deref() == Some("long") { 200 } else { 20 };
    let mut random = SmallRng::seed_from_u64(seed);
    let mut killed = 0;
    for round in 0..wanted {
        let ledger = folder.join(format!("ledger-{round}"));
        let mut submit = submit(&ledger);
        for _ in 0..4 {
            killed += u32::from(kill_a_worker(&ledger, &mut submit, &mut random));
        }
        let ended = submit.end_within(Duration::from_secs(180)).done();
        let job = ended.object("cyclorama.job/1");
        assert_eq!((&job["committed"], &job["failed"]), (&40.into(), &0.into()), "{}", ended.stderr);
        let _ = run(&["render", "verify", "--ledger", text(&ledger)]).done();
        every_frame_has_one_record(&ledger, 40);
        if killed >= wanted {
            return killed;
        }
    }
    panic!("only {killed} workers were killed in {wanted} rounds");
}

/// Kills one of the workers at a random moment; false when the job ended first.
fn kill_a_worker(ledger: &Path, submit: &mut Service, random: &mut SmallRng) -> bool {
    let moment = Duration::from_millis(random.random_range(50..700));
    until(moment, || false);
    let mut found = Vec::new();
    until(Duration::from_secs(30), || {
        found = workers(ledger);
        !found.is_empty() || !submit.runs()
    });
    if found.is_empty() {
        return false;
    }
    let chosen = found[random.random_range(0..found.len())];
    kill(chosen)
}

/// How many frames the ledger's folder holds.
pub(super) fn frames(ledger: &Path) -> usize {
    let jobs = fs::read_dir(ledger.join("jobs")).into_iter().flatten().flatten();
    jobs.map(|job| fs::read_dir(job.path().join("frames")).map_or(0, Iterator::count)).sum()
}

pub(super) fn every_frame_has_one_record(ledger: &Path, wanted: usize) {
    assert_eq!(frames(ledger), wanted, "a frame has exactly one record, named by its number");
}

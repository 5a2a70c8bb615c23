//! A take rendered on a real Slurm cluster of four nodes: workers are killed, a node is lost, no frame is.

mod cluster;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cyclorama_tests::{Service, Stopwatch, command, mosys_recording, run, setting, text, until};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use tempfile::tempdir;

use self::cluster::{Cluster, NODES};
use crate::blender;

#[test]
fn workers_on_slurm_are_killed_and_every_frame_is_committed_once() {
    let wanted = if setting("TEST_CHAOS").as_deref() == Some("long") { 200 } else { 20 };
    let cluster = Cluster::start();
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    import(&take);
    let mut random = SmallRng::seed_from_u64(0x51a2);
    let mut killed = 0;
    for round in 0.. {
        let ledger = folder.path().join(format!("ledger-{round}"));
        let mut submit = submit(&cluster, &take, &ledger, "0-39");
        for _ in 0..4 {
            killed += u32::from(kill_a_worker(&ledger, &mut submit, &mut random));
        }
        let ended = submit.end_within(Duration::from_secs(180)).done();
        let job = ended.object("cyclorama.job/1");
        assert_eq!((&job["committed"], &job["failed"]), (&40.into(), &0.into()), "{}", ended.stderr);
        let _ = run(&["render", "verify", "--ledger", text(&ledger)]).done();
        every_frame_has_one_record(&ledger, 40);
        if killed >= wanted {
            break;
        }
        assert!(round < wanted, "only {killed} workers were killed in {round} rounds");
    }
    println!("{killed} workers were killed on {NODES} Slurm nodes, and no frame was lost");
}

#[test]
fn a_node_that_is_lost_loses_no_frame() {
    let mut cluster = Cluster::start();
    let folder = tempdir().expect("a temporary folder");
    let (take, ledger) = (folder.path().join("real.take"), folder.path().join("ledger"));
    import(&take);
    let submit = submit(&cluster, &take, &ledger, "0-119");
    assert!(until(Duration::from_secs(60), || frames(&ledger) > 8), "{}", cluster.complaints());
    cluster.lose_node(1);
    let lost = Stopwatch::start();
    let ended = submit.end_within(Duration::from_secs(240)).done();
    assert_eq!(ended.object("cyclorama.job/1")["committed"], 120, "{}", ended.stderr);
    let _ = run(&["render", "verify", "--ledger", text(&ledger)]).done();
    every_frame_has_one_record(&ledger, 120);
    println!("the job ended {:.1} s after the node was lost", lost.elapsed().as_secs_f64());
}

#[test]
fn blender_draws_the_take_on_slurm() {
    if !blender::is_here() {
        return;
    }
    let cluster = Cluster::start();
    let folder = tempdir().expect("a temporary folder");
    let ledger = folder.path().join("ledger");
    let mut submit = blender::submission(folder.path(), &ledger);
    submit.args(["--engine", "slurm", "--logs"]).arg(folder.path().join("logs"));
    submit.env("SLURM_CONF", cluster.configuration());
    let ended = Service::start(submit).end_within(Duration::from_secs(180)).done();
    assert_eq!(ended.object("cyclorama.job/1")["committed"], 4, "{}", ended.stderr);
    blender::blender_drew_every_frame(folder.path(), &ledger);
}

#[test]
fn a_partition_that_does_not_exist_is_told_in_slurms_own_words() {
    let cluster = Cluster::start();
    let folder = tempdir().expect("a temporary folder");
    let (take, ledger) = (folder.path().join("real.take"), folder.path().join("ledger"));
    import(&take);
    let mut command = submission(&cluster, &take, &ledger, "0-1");
    command.arg("--engine-option=--partition=nowhere");
    let ended = Service::start(command).end_within(Duration::from_secs(60)).with_code(4);
    assert!(ended.stderr.contains("sbatch") && ended.stderr.contains("partition"), "{}", ended.stderr);
}

/// The real recording as a take.
fn import(take: &Path) {
    let _ = run(&["take", "import", "--protocol", "f4", text(&mosys_recording()), text(take)]).done();
}

fn submission(cluster: &Cluster, take: &Path, ledger: &Path, frames: &str) -> Command {
    let mut submit = command();
    submit.args(["render", "submit", text(take), "--engine", "slurm", "--frames", frames, "--workers", "4"]);
    submit.args(["--size", "96x54", "--samples", "2", "--lease", "2", "--ledger", text(ledger), "--json"]);
    submit.arg("--logs").arg(ledger.with_extension("logs"));
    submit.env("SLURM_CONF", cluster.configuration());
    submit
}

fn submit(cluster: &Cluster, take: &Path, ledger: &Path, frames: &str) -> Service {
    Service::start(submission(cluster, take, ledger, frames))
}

/// Kills one of the workers at a random moment; false when the job ended first.
fn kill_a_worker(ledger: &Path, submit: &mut Service, random: &mut SmallRng) -> bool {
    let moment = Duration::from_millis(random.random_range(50..700));
    until(moment, || false);
    let mut workers = Vec::new();
    until(Duration::from_secs(30), || {
        workers = cluster::workers(ledger);
        !workers.is_empty() || !submit.runs()
    });
    if workers.is_empty() {
        return false;
    }
    let chosen = workers[random.random_range(0..workers.len())].to_string();
    Command::new("kill").args(["-9", &chosen]).status().is_ok_and(|status| status.success())
}

/// How many frames the ledger's folder holds.
fn frames(ledger: &Path) -> usize {
    let jobs = fs::read_dir(ledger.join("jobs")).into_iter().flatten().flatten();
    jobs.map(|job| fs::read_dir(job.path().join("frames")).map_or(0, Iterator::count)).sum()
}

fn every_frame_has_one_record(ledger: &Path, wanted: usize) {
    assert_eq!(frames(ledger), wanted, "a frame has exactly one record, named by its number");
}

//! A take rendered on a real Slurm cluster of four nodes: workers are killed, a node is lost, no frame is.

mod cluster;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cyclorama_tests::{Service, Stopwatch, chaos, command, run, text, until};
use tempfile::tempdir;

use self::cluster::{Cluster, NODES};
use crate::blender;
use crate::story::{every_frame_has_one_record, frames, import, kill_in_rounds};

#[test]
fn workers_on_slurm_are_killed_and_every_frame_is_committed_once() {
    let cluster = Cluster::start();
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    import(&take);
    let cost =
        kill_in_rounds(folder.path(), 0x51a2, |ledger, frames| submission(&cluster, &take, ledger, frames));
    println!("on {NODES} Slurm nodes {cost}");
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
    blender::blender_drew_every_frame(folder.path(), &ledger, "slurm");
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

fn submission(cluster: &Cluster, take: &Path, ledger: &Path, frames: &str) -> Command {
    let mut submit = command();
    submit.args(["render", "submit", text(take), "--engine", "slurm", "--frames", frames, "--workers", "4"]);
    submit.args(["--size", "96x54", "--samples", "2", "--lease", chaos::lease()]);
    submit.args(["--ledger", text(ledger), "--json"]);
    submit.arg("--logs").arg(ledger.with_extension("logs"));
    submit.env("SLURM_CONF", cluster.configuration());
    submit
}

fn submit(cluster: &Cluster, take: &Path, ledger: &Path, frames: &str) -> Service {
    Service::start(submission(cluster, take, ledger, frames))
}

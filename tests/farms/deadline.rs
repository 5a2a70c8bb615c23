//! A take rendered by genuine Deadline Cloud worker agents against a stub of the service: workers are killed, a machine
//! is lost, and success without frames is not believed.

mod farm;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cyclorama_tests::{Service, Stopwatch, chaos, command, run, text, until};
use tempfile::tempdir;

use self::farm::{AGENTS, Farm};
use crate::story::{every_frame_has_one_record, frames, import, kill_in_rounds};

#[test]
fn workers_of_genuine_agents_against_a_stub_are_killed_and_every_frame_is_committed_once() {
    let farm = Farm::start(AGENTS);
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    import(&take);
    let cost = kill_in_rounds(folder.path(), 0xdead, |ledger, frames| {
        let mut command = submission(&farm, &take, ledger, frames);
        // It is killed far more often than any real machine.
        command.arg("--engine-option=--retries=1000");
        command
    });
    assert_eq!(farm.stub.refused(), "", "every request fits the service's model");
    println!("under {AGENTS} genuine agents {cost}");
}

#[test]
fn a_machine_of_a_genuine_agent_against_a_stub_is_lost_and_no_frame_is() {
    let mut farm = Farm::start(AGENTS);
    let folder = tempdir().expect("a temporary folder");
    let (take, ledger) = (folder.path().join("real.take"), folder.path().join("ledger"));
    import(&take);
    let submit = Service::start(submission(&farm, &take, &ledger, "0-79"));
    assert!(until(Duration::from_secs(60), || frames(&ledger) > 8), "{}", farm.complaints());
    farm.lose_agent(1);
    let lost = Stopwatch::start();
    let ended = submit.end_within(Duration::from_secs(120)).done();
    assert_eq!(ended.object("cyclorama.job/1")["committed"], 80, "{}", ended.stderr);
    every_frame_has_one_record(&ledger, 80);
    println!("the job ended {:.1} s after the machine was lost", lost.elapsed().as_secs_f64());
}

#[test]
fn each_range_is_a_task_of_genuine_agents_against_a_stub() {
    let farm = Farm::start(2);
    let folder = tempdir().expect("a temporary folder");
    let (take, ledger) = (folder.path().join("real.take"), folder.path().join("ledger"));
    import(&take);
    let mut command = submission(&farm, &take, &ledger, "0-99");
    command.arg("--engine-option=--tasks=ranges");
    let ended = Service::start(command).end_within(Duration::from_secs(120)).done();
    assert_eq!(ended.object("cyclorama.job/1")["committed"], 100, "{}", ended.stderr);
    let tasks = farm.stub.events()[0]["tasks"].as_u64().expect("a number") as usize;
    assert!(tasks > 1, "{tasks} ranges");
    farm.wait_for("SUCCEEDED", tasks);
    assert_eq!((farm.came_to("SUCCEEDED"), farm.came_to("FAILED")), (tasks, 0), "{}", farm.complaints());
    assert_eq!(farm.stub.refused(), "");
}

#[test]
fn a_bundle_goes_through_the_genuine_submitter_and_a_genuine_agent_against_a_stub() {
    let farm = Farm::start(1);
    let folder = tempdir().expect("a temporary folder");
    let (take, ledger, bundle) =
        (folder.path().join("real.take"), folder.path().join("ledger"), folder.path().join("bundle"));
    import(&take);
    let mut command = base(&take, &ledger, "0-9");
    command.arg(format!("--engine-option=--bundle={}", bundle.display()));
    let submit = Service::start(command);
    assert!(until(Duration::from_secs(30), || bundle.join("template.json").exists()), "{}", submit.said());
    let mut official = farm.tool("deadline");
    official.args(["bundle", "submit", "--yes", "--farm-id", farm.stub.said("farm")]);
    official.args(["--queue-id", farm.stub.said("queue")]).arg(&bundle);
    let submitted = Service::start(official).end_within(Duration::from_secs(60)).done();
    assert!(submitted.stdout.contains("job-"), "{}", submitted.stdout);
    let ended = submit.end_within(Duration::from_secs(60)).done();
    assert_eq!(ended.object("cyclorama.job/1")["committed"], 10, "{}", ended.stderr);
    assert_eq!(farm.stub.refused(), "");
}

#[test]
fn attached_files_are_said_in_words_that_fit_the_services_model() {
    let farm = Farm::start(0);
    let folder = tempdir().expect("a temporary folder");
    let [take, ledger, project, store, bucket] =
        ["real.take", "ledger", "project", "store", "bucket"].map(|name| folder.path().join(name));
    import(&take);
    fs::create_dir_all(project.join("Content")).expect("a folder");
    fs::write(project.join("Content/Stage.umap"), "a map").expect("writes");
    let _ = run(&["assets", "init", text(&store)]).done();
    let _ = run(&["assets", "publish", text(&project), text(&store)]).done();
    let (of_farm, of_queue) = (farm.stub.said("farm"), farm.stub.said("queue"));
    let place = ["--farm", of_farm, "--queue", of_queue, "--source-root", "/mnt/project", "--json"];
    let made = run(&[&["assets", "attachments", text(&store), text(&bucket)], &place[..]].concat()).done();
    let made = made.object("cyclorama.attachments/1");
    let said = |name: &str| made[name].as_str().expect("text").to_owned();
    let mut command = submission(&farm, &take, &ledger, "0-9");
    command.arg("--detach");
    command.arg(format!("--engine-option=--attachments={}", said("manifest_path")));
    command.arg(format!("--engine-option=--attachments-hash={}", said("manifest_hash")));
    command.arg("--engine-option=--attachments-root=/mnt/project");
    let _ = Service::start(command).end_within(Duration::from_secs(60)).done();
    assert_eq!(farm.stub.refused(), "", "every request fits the service's model");
    let job = farm.stub.events()[0].clone();
    let manifest = &job["attachments"]["manifests"][0];
    assert_eq!(manifest["inputManifestPath"].as_str(), Some(said("manifest_path").as_str()), "{job}");
    assert!(bucket.join("Manifests").join(said("manifest_path")).is_file(), "the job names what is there");
    assert_eq!(job["parameters"]["Project"]["path"], "/mnt/project", "{job}");
}

#[test]
fn tasks_that_succeed_without_frames_are_not_believed_against_a_stub() {
    let farm = Farm::start(1);
    let folder = tempdir().expect("a temporary folder");
    let (take, ledger) = (folder.path().join("real.take"), folder.path().join("ledger"));
    import(&take);
    let mut command = submission(&farm, &take, &ledger, "0-9");
    command.arg("--engine-option=--program=/bin/true");
    let ended = Service::start(command).end_within(Duration::from_secs(120)).with_code(1);
    assert!(ended.stderr.contains("end without finishing a frame"), "{}", ended.stderr);
    assert!(farm.came_to("SUCCEEDED") > 1 && farm.came_to("FAILED") == 0, "the farm called it a success");
    let status = run(&["render", "status", "--ledger", text(&ledger), "--json"]);
    assert_eq!(status.object("cyclorama.job/1")["committed"], 0);
}

#[test]
fn a_queue_that_does_not_exist_is_told_in_the_services_own_words_against_a_stub() {
    let farm = Farm::start(0);
    let folder = tempdir().expect("a temporary folder");
    let (take, ledger) = (folder.path().join("real.take"), folder.path().join("ledger"));
    import(&take);
    let mut command = submission(&farm, &take, &ledger, "0-1");
    command.arg(format!("--engine-option=--queue=queue-{}", "0".repeat(32)));
    let ended = Service::start(command).end_within(Duration::from_secs(60)).with_code(3);
    assert!(ended.stderr.contains("ResourceNotFoundException: no queue"), "{}", ended.stderr);
    assert!(farm.stub.refused().contains("ResourceNotFoundException"));
    let mut command = submission(&farm, &take, &ledger, "0-1");
    command.env("AWS_SECRET_ACCESS_KEY", "somebody else's");
    let ended = Service::start(command).end_within(Duration::from_secs(60)).with_code(4);
    assert!(ended.stderr.contains("InvalidSignatureException"), "{}", ended.stderr);
}

#[test]
fn a_job_that_is_stopped_is_cancelled_at_the_stub_and_its_workers_end() {
    let farm = Farm::start(1);
    let folder = tempdir().expect("a temporary folder");
    let (take, ledger) = (folder.path().join("real.take"), folder.path().join("ledger"));
    import(&take);
    let submit = Service::start(submission(&farm, &take, &ledger, "0-599"));
    assert!(until(Duration::from_secs(60), || frames(&ledger) > 2), "{}", farm.complaints());
    let asked = Command::new("kill").args(["-TERM", &submit.id().to_string()]).status();
    assert!(asked.is_ok_and(|status| status.success()));
    let _ = submit.end_within(Duration::from_secs(60)).with_code(7);
    farm.wait_for("CANCELED", 4);
    assert!(frames(&ledger) < 600);
    assert!(fs::exists(&ledger).is_ok_and(|there| there));
}

/// A submission that says everything but where the queue is.
fn base(take: &Path, ledger: &Path, frames: &str) -> Command {
    let mut submit = command();
    submit.args([
        "render",
        "submit",
        text(take),
        "--engine",
        "deadline",
        "--frames",
        frames,
        "--workers",
        "4",
    ]);
    submit.args(["--size", "96x54", "--samples", "2", "--lease", chaos::lease()]);
    submit.args(["--ledger", text(ledger), "--json"]);
    submit
}

fn submission(farm: &Farm, take: &Path, ledger: &Path, frames: &str) -> Command {
    let mut submit = base(take, ledger, frames);
    submit.args(farm.options());
    farm.stub.reached_by(&mut submit);
    submit
}

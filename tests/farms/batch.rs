//! A take rendered by the children of AWS Batch arrays, run as processes by a stub of the service: workers are killed,
//! machines are taken back, and a complaint is made once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cyclorama_tests::processes::workers;
use cyclorama_tests::{Service, chaos, command, program, run, text, until};
use tempfile::{TempDir, tempdir};

use crate::aws::Stub;
use crate::story::{every_frame_has_one_record, frames, import, kill_in_rounds};

/// A queue, and a take to be rendered on it.
struct Queue {
    stub: Stub,
    folder: TempDir,
}

impl Queue {
    fn start() -> Self {
        let folder = tempdir().expect("a temporary folder");
        let queue = Self { stub: Stub::start("batch", &folder.path().join("stub")), folder };
        import(&queue.path("real.take"));
        queue
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn submission(&self, ledger: &Path, frames: &str, workers: &str, program: &str) -> Command {
        let take = self.path("real.take");
        let mut submit = command();
        submit.args(["render", "submit", text(&take), "--engine", "batch", "--frames", frames]);
        submit.args([
            "--size",
            "96x54",
            "--samples",
            "2",
            "--lease",
            chaos::lease(),
            "--ledger",
            text(ledger),
            "--json",
        ]);
        submit.args(["--workers", workers, "--engine-option=--definition=cyclorama"]);
        submit.args(["--engine-option=--queue=spot", &format!("--engine-option=--program={program}")]);
        self.stub.reached_by(&mut submit);
        submit
    }

    fn submit(&self, ledger: &Path, frames: &str, workers: &str) -> Service {
        Service::start(self.submission(ledger, frames, workers, text(program())))
    }

    /// Events of one kind.
    fn came_to(&self, what: &str) -> Vec<serde_json::Value> {
        self.stub.events().into_iter().filter(|event| event["what"] == what).collect()
    }
}

#[test]
fn workers_in_an_array_at_a_stub_are_killed_and_every_frame_is_committed_once() {
    let queue = Queue::start();
    let cost = kill_in_rounds(queue.folder.path(), 0xba7c, |ledger, frames| {
        queue.submission(ledger, frames, "4", text(program()))
    });
    assert_eq!(queue.stub.refused(), "", "every request fits the service's model");
    println!("in arrays of 4 {cost}");
}

#[test]
fn a_machine_that_is_taken_back_at_a_stub_is_replaced_by_the_farm_itself() {
    let queue = Queue::start();
    let ledger = queue.path("ledger");
    let submit = queue.submit(&ledger, "0-59", "3");
    assert!(until(Duration::from_secs(60), || frames(&ledger) > 4), "{}", submit.said());
    let doomed = workers(&ledger)[0].to_string();
    fs::write(queue.path("stub/take.part"), &doomed).expect("the folder can be written");
    fs::rename(queue.path("stub/take.part"), queue.path("stub/take")).expect("the folder can be written");
    let ended = submit.end_within(Duration::from_secs(120)).done();
    assert_eq!(ended.object("cyclorama.job/1")["committed"], 60, "{}", ended.stderr);
    every_frame_has_one_record(&ledger, 60);
    let again = queue.came_to("RUNNABLE");
    assert!(again.iter().any(|event| event["reason"].as_str().is_some_and(|said| said.contains("Host EC2"))));
    assert!(queue.came_to("RUNNING").iter().any(|event| event["attempt"] == 2), "by the farm, not by us");
    assert_eq!(queue.came_to("submitted").len(), 1);
}

#[test]
fn one_worker_is_a_plain_job_at_a_stub_and_is_named_by_it() {
    let queue = Queue::start();
    let ledger = queue.path("ledger");
    let submit = queue.submit(&ledger, "0-9", "1");
    let mut holders = Vec::new();
    until(Duration::from_secs(30), || {
        let status = run(&["render", "status", "--ledger", text(&ledger), "--json"]);
        let said = status.json_lines().pop().unwrap_or_default();
        holders = said["leases"].as_array().cloned().unwrap_or_default();
        !holders.is_empty()
    });
    let ended = submit.end_within(Duration::from_secs(60)).done();
    assert_eq!(ended.object("cyclorama.job/1")["committed"], 10, "{}", ended.stderr);
    let task = queue.came_to("SUCCEEDED")[0]["task"].as_str().expect("text").to_owned();
    let named = holders[0]["worker"].as_str().expect("text");
    assert_eq!(named, format!("batch-{task}.1"));
}

#[test]
fn a_worker_that_complains_is_not_started_again_by_the_farm_at_a_stub() {
    let queue = Queue::start();
    let ledger = queue.path("ledger");
    let submit = queue.submission(&ledger, "0-9", "2", "/bin/false");
    let ended = Service::start(submit).end_within(Duration::from_secs(120)).with_code(1);
    assert!(ended.stderr.contains("log stream in CloudWatch"), "{}", ended.stderr);
    assert!(queue.came_to("FAILED").iter().all(|event| event["attempt"] == 1));
}

#[test]
fn children_that_succeed_without_frames_are_not_believed_at_a_stub() {
    let queue = Queue::start();
    let ledger = queue.path("ledger");
    let submit = queue.submission(&ledger, "0-9", "2", "/bin/true");
    let ended = Service::start(submit).end_within(Duration::from_secs(120)).with_code(1);
    assert!(ended.stderr.contains("end without finishing a frame"), "{}", ended.stderr);
    assert!(queue.came_to("SUCCEEDED").len() > 1 && queue.came_to("FAILED").is_empty());
}

#[test]
fn a_queue_that_does_not_exist_is_told_in_the_services_own_words_at_a_stub() {
    let queue = Queue::start();
    let mut submit = queue.submission(&queue.path("ledger"), "0-1", "2", text(program()));
    submit.arg("--engine-option=--queue=nowhere");
    let ended = Service::start(submit).end_within(Duration::from_secs(60)).with_code(2);
    assert!(ended.stderr.contains("JobQueue nowhere not found"), "{}", ended.stderr);
}

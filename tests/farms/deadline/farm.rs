//! A farm of genuine Deadline Cloud worker agents on this machine, with a stub in place of the service.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cyclorama_tests::processes::{descendants, kill};
use cyclorama_tests::until;
use tempfile::TempDir;

use crate::aws::{Stub, installed};

/// How many agents a farm has.
pub(super) const AGENTS: usize = 3;

/// A running farm. It ends with the value.
pub(super) struct Farm {
    pub(super) stub: Stub,
    folder: TempDir,
    agents: Vec<Option<Child>>,
}

impl Farm {
    /// Starts the stub and `agents` agents.
    pub(super) fn start(agents: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let stub = Stub::start("deadline", &folder.path().join("stub"));
        let mut farm = Self { stub, folder, agents: Vec::new() };
        for number in 0..agents {
            let agent = farm.start_agent(number);
            farm.agents.push(Some(agent));
        }
        farm
    }

    /// Options by which the command finds the queue.
    pub(super) fn options(&self) -> [String; 2] {
        ["farm", "queue"].map(|what| format!("--engine-option=--{what}={}", self.stub.said(what)))
    }

    /// A machine loses its power: its agent and everything that it started are gone at once.
    pub(super) fn lose_agent(&mut self, number: usize) {
        if let Some(mut agent) = self.agents[number].take() {
            let mut doomed = descendants(agent.id());
            doomed.insert(0, agent.id());
            for process in doomed {
                kill(process);
            }
            let _ = agent.wait();
        }
    }

    /// How often a task came to `state`.
    pub(super) fn came_to(&self, state: &str) -> usize {
        self.stub.events().iter().filter(|event| event["what"] == state).count()
    }

    /// Waits until `state` was reached `times` times.
    pub(super) fn wait_for(&self, state: &str, times: usize) {
        let reached = until(Duration::from_secs(60), || self.came_to(state) >= times);
        assert!(reached, "{}\n{}", self.stub.refused(), self.complaints());
    }

    /// The end of what the agents said.
    pub(super) fn complaints(&self) -> String {
        let end = |number| {
            let text = fs::read_to_string(self.home(number).join("out")).unwrap_or_default();
            let lines: Vec<&str> = text.lines().rev().take(30).collect();
            format!("agent {number}:\n{}\n", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        };
        (0..self.agents.len()).map(end).collect()
    }

    /// A tool of the official client, reaching the stub and keeping its settings here.
    pub(super) fn tool(&self, program: &str) -> Command {
        let mut command = installed(program);
        self.stub.reached_by(&mut command).env("HOME", self.folder.path());
        command.env("DEADLINE_CLOUD_TELEMETRY_OPT_OUT", "true").stdin(Stdio::null());
        command
    }

    fn home(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("agent-{number}"))
    }

    fn start_agent(&self, number: usize) -> Child {
        let home = self.home(number);
        for part in ["logs", "kept", "sessions"] {
            fs::create_dir_all(home.join(part)).expect("the folder can be made");
        }
        let out = fs::File::create(home.join("out")).expect("the folder can be written");
        let mut agent = self.tool("deadline-worker-agent");
        agent
            .args(["--farm-id", self.stub.said("farm"), "--fleet-id", self.stub.said("fleet")])
            .args(["--run-jobs-as-agent-user", "--no-shutdown", "--no-host-metrics-logging"])
            .arg("--logs-dir")
            .arg(home.join("logs"))
            .arg("--persistence-dir")
            .arg(home.join("kept"))
            .arg("--session-root-dir")
            .arg(home.join("sessions"))
            .stderr(out.try_clone().expect("an open file"))
            .stdout(out);
        agent.spawn().expect("the worker agent is installed: scripts/test does it")
    }
}

impl Drop for Farm {
    fn drop(&mut self) {
        for number in 0..self.agents.len() {
            self.lose_agent(number);
        }
    }
}

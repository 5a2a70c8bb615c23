//! A stub of an AWS service on loopback, made from botocore's own model of it, and how it is reached.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use cyclorama_tests::{repository, setting};
use serde_json::Value;

/// The Python that has what stubs and agents need: `scripts/test` names it.
pub(super) fn python() -> PathBuf {
    let named = setting("TEST_PYTHON").map(PathBuf::from);
    named.unwrap_or_else(|| repository().join("target/python/bin/python"))
}

/// A program that was installed beside that Python.
pub(super) fn installed(program: &str) -> Command {
    Command::new(python().with_file_name(program))
}

/// A running stub. It ends with the value.
pub(super) struct Stub {
    child: Child,
    folder: PathBuf,
    said: Value,
}

impl Stub {
    /// Starts the stub of `service`; what it writes goes to `folder`.
    pub(super) fn start(service: &str, folder: &Path) -> Self {
        fs::create_dir_all(folder).expect("the folder can be made");
        let mut child = Command::new(python())
            .arg(repository().join("tests/farms/aws/stub.py"))
            .arg(service)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python is installed: scripts/test does it");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the stub says where it is");
        let said = serde_json::from_str(&line).expect("the stub starts: scripts/test installs what it needs");
        Self { child, folder: folder.to_owned(), said }
    }

    /// Something it said about itself, as in `endpoint`.
    pub(super) fn said(&self, what: &str) -> &str {
        self.said[what].as_str().expect("the stub said it")
    }

    /// What its model refused so far, one JSON line each. Nothing a test does by accident stays unseen.
    pub(super) fn refused(&self) -> String {
        fs::read_to_string(self.folder.join("refused")).expect("the stub keeps it")
    }

    /// What happened at it, oldest first.
    pub(super) fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.join("events")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("events are JSON lines")).collect()
    }

    /// Lets `command` reach the stub in place of the service, as somebody whom it knows.
    pub(super) fn reached_by<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("AWS_ENDPOINT_URL_DEADLINE", self.said("endpoint"))
            .env("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", self.said("endpoint"))
            .env("AWS_ENDPOINT_URL_BATCH", self.said("endpoint"))
            .env("AWS_DISABLE_HOST_PREFIX_INJECTION", "true")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ACCESS_KEY_ID", "AKIDSTUDIO")
            .env("AWS_SECRET_ACCESS_KEY", "a-secret-of-the-studio")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! The command under test: found once, run with arguments, judged by code, stdout and stderr.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::{repository, setting};

/// How a run of the command ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// All of stdout.
    pub stdout: String,
    /// All of stderr.
    pub stderr: String,
}

impl Ended {
    /// Passes the run on when it ended with `code`.
    ///
    /// # Panics
    /// With everything the command said, when it ended otherwise.
    #[must_use]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", head(&self.stdout), self.stderr);
        self
    }

    /// Passes the run on when it did all that was asked.
    #[must_use]
    pub fn done(self) -> Self {
        self.with_code(0)
    }

    /// Stdout as JSON lines.
    ///
    /// # Panics
    /// When a line is not JSON.
    #[must_use]
    pub fn json_lines(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout.lines().map(parse).collect()
    }

    /// The last JSON line with this schema.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn object(&self, schema: &str) -> Value {
        let found = self.json_lines().into_iter().rfind(|value| value["schema"] == schema);
        found.unwrap_or_else(|| panic!("no line with schema {schema} in:\n{}", head(&self.stdout)))
    }

    /// The error that a run with `--json` ended with.
    ///
    /// # Panics
    /// When stderr has none.
    #[must_use]
    pub fn error(&self) -> Value {
        let mut objects = self.stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let error = objects.rfind(|value| value["schema"] == "cyclorama.error/1");
        error.unwrap_or_else(|| panic!("no error in:\n{}", self.stderr))
    }
}

/// The path of the command: what `TEST_COMMAND` names, else built now (cargo's lock keeps builders apart). The whole
/// workspace is named, so that dependencies have the features they have everywhere and are not built a second time.
///
/// # Panics
/// When the command does not build.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(path) = setting("TEST_COMMAND") {
            assert!(Path::new(&path).is_file(), "TEST_COMMAND names {path}, which is not there");
            return path.into();
        }
        build()
    })
}

fn build() -> PathBuf {
    let output = Command::new(setting("CARGO").as_deref().unwrap_or("cargo"))
        .args(["build", "--quiet", "--workspace", "--bin", "cyclorama", "--message-format", "json"])
        .current_dir(repository())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "the command does not build");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo says where the command is")
}

/// The command, ready to be given arguments; it sees none of the caller's settings.
#[must_use]
pub fn command() -> Command {
    let mut command = Command::new(program());
    command.env("NO_COLOR", "1").env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// Runs the command to its end.
#[must_use]
pub fn run(arguments: &[&str]) -> Ended {
    finish(command().args(arguments))
}

/// Runs the command to its end in a folder.
#[must_use]
pub fn run_in(folder: &Path, arguments: &[&str]) -> Ended {
    finish(command().args(arguments).current_dir(folder))
}

fn finish(command: &mut Command) -> Ended {
    let output = command.output().expect("the command starts");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Enough of a long output to judge it by.
fn head(text: &str) -> String {
    text.chars().take(2_000).collect()
}

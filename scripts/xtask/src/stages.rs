//! Stages of a check run: each is one command, timed; all are run, then one table says how they went.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::say;

/// How a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Passed,
    Failed,
    Skipped,
}

impl End {
    fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// Runs stages in order and remembers how each ended.
pub(crate) struct Stages {
    root: PathBuf,
    record: Option<PathBuf>,
    ended: Vec<(String, End, Duration)>,
}

impl Stages {
    /// Stages run in `root`; each result is also appended to `record` as `name TAB end TAB seconds`.
    pub(crate) fn new(root: &Path, record: Option<PathBuf>) -> Self {
        Self { root: root.to_path_buf(), record, ended: Vec::new() }
    }

    /// Runs a command with its output on this terminal.
    pub(crate) fn command(&mut self, name: &str, program: &str, arguments: &[&str]) -> Result<()> {
        say(&format!("\n== {name}: {program} {}", arguments.join(" ")));
        let started = now();
        let status = Command::new(program)
            .args(arguments)
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("starting {program}"))?;
        self.end(name, if status.success() { End::Passed } else { End::Failed }, started.elapsed())
    }

    /// Runs a check of our own.
    pub(crate) fn check(&mut self, name: &str, check: impl FnOnce() -> Result<bool>) -> Result<()> {
        say(&format!("\n== {name}"));
        let started = now();
        let end = if check()? { End::Passed } else { End::Failed };
        self.end(name, end, started.elapsed())
    }

    /// Says loudly that a stage does not run here.
    pub(crate) fn skip(&mut self, name: &str, why: &str) -> Result<()> {
        say(&format!("\n== {name}\nSKIPPED {name}: {why}"));
        self.end(name, End::Skipped, Duration::ZERO)
    }

    fn end(&mut self, name: &str, end: End, took: Duration) -> Result<()> {
        if let Some(path) = &self.record {
            let mut file = OpenOptions::new().create(true).append(true).open(path)?;
            writeln!(file, "{name}\t{}\t{:.1}", end.word(), took.as_secs_f64())?;
        }
        self.ended.push((name.to_owned(), end, took));
        Ok(())
    }

    /// Prints the table and the closing line; true when nothing failed.
    pub(crate) fn close(&self) -> bool {
        say("");
        for (name, end, took) in &self.ended {
            say(&format!("{:>8}  {:>7.1} s  {name}", end.word(), took.as_secs_f64()));
        }
        let count = |wanted| self.ended.iter().filter(|(_, end, _)| *end == wanted).count();
        let failed = count(End::Failed);
        say(&format!(
            "stages: {} passed, {failed} failed, {} skipped",
            count(End::Passed),
            count(End::Skipped)
        ));
        failed == 0
    }
}

#[expect(clippy::disallowed_methods, reason = "a stopwatch of the development tool, not of the product")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Stages;

    #[test]
    fn one_failed_stage_fails_the_run_and_the_others_still_run() {
        let mut stages = Stages::new(Path::new("."), None);
        stages.check("bad", || Ok(false)).expect("runs");
        stages.check("good", || Ok(true)).expect("runs");
        stages.skip("absent", "no such tool").expect("runs");
        assert!(!stages.close());
        assert_eq!(stages.ended.len(), 3);
    }

    #[test]
    fn skipped_stages_do_not_fail_the_run() {
        let mut stages = Stages::new(Path::new("."), None);
        stages.skip("absent", "no such tool").expect("runs");
        assert!(stages.close());
    }
}

//! Checks of this machine before a shoot: each says what it found, what that means, and what to do.
//!
//! A check changes nothing outside the temporary folder, unless asked to fix what can be fixed safely, which
//! is creating missing folders. Each ends within two seconds.

mod machine;
mod network;
mod store;
mod worker;

use std::path::PathBuf;

use cyclorama_time::Clock;
use serde::Serialize;

use crate::{Environment, Settings};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing to do.
    Ok,
    /// Works, with a limit that may hurt.
    Warn,
    /// Something will not work.
    Fail,
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Name of the check, stable.
    pub check: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// Why it matters on a stage.
    pub meaning: &'static str,
    /// What to do, when there is something.
    pub remedy: Option<String>,
    /// Whether this run repaired it.
    pub fixed: bool,
}

/// What the checks look at.
pub struct Subject<'a> {
    /// The settings of this process.
    pub settings: &'a Settings,
    /// The variables of this process.
    pub environment: Environment,
    /// The endpoint given by a flag.
    pub endpoint: Option<&'a str>,
    /// The clock of this process.
    pub clock: &'a dyn Clock,
    /// Folder for temporary files.
    pub temporary: PathBuf,
    /// The command that workers are started with; `None` skips that check.
    pub command: Option<PathBuf>,
    /// Whether to repair what can be repaired safely.
    pub fix: bool,
}

/// Runs every check, one after the other, in a fixed order.
pub async fn examine(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = vec![
        machine::temporary_folder(subject),
        machine::takes_folder(subject),
        machine::disk_space(subject),
        machine::clock(subject),
        machine::cores(),
        network::loopback(),
        network::multicast(subject.settings.interface),
        network::ports(),
        network::receive_buffer(subject.settings.receive_buffer),
        store::ledger(subject).await,
    ];
    findings.extend(worker::starts(subject).await);
    #[cfg(feature = "render")]
    findings.extend(worker::hosts(subject.settings));
    findings
}

/// The worst verdict among `findings`.
pub fn worst(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok)
}

impl Finding {
    fn ok(check: &'static str, meaning: &'static str, found: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Ok, found: found.into(), meaning, remedy: None, fixed: false }
    }

    fn warn(self, remedy: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warn, remedy: Some(remedy.into()), ..self }
    }

    fn fail(self, remedy: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, remedy: Some(remedy.into()), ..self }
    }
}

#[cfg(test)]
mod tests;

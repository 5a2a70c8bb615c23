//! Everything cargo can check, in the order that finds cheap mistakes first.
//!
//! `scripts/test` runs this and adds what needs other tools. A missing helper is a loud skip here;
//! `scripts/test` installs the helpers first.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::stages::Stages;
use crate::{duplicates, hygiene, layers, plugin_lint, report};

/// How `cargo xtask ci` is asked.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Append each stage's result to this file, as `name TAB end TAB seconds`
    #[arg(long)]
    record: Option<PathBuf>,
    /// Stop after the checks that build nothing
    #[arg(long)]
    quick: bool,
    /// Leave out what `cargo xtask deny` checks
    #[arg(long)]
    without_deny: bool,
}

/// How `cargo xtask deny` is asked.
#[derive(clap::Args)]
pub(crate) struct DenyOptions {
    /// Append each stage's result to this file, as `name TAB end TAB seconds`
    #[arg(long)]
    record: Option<PathBuf>,
}

/// Licences, sources and advisories of all dependencies; true when nothing is wrong.
pub(crate) fn run_deny(root: &Path, options: &DenyOptions) -> Result<bool> {
    let mut stages = Stages::new(root, options.record.clone());
    deny(&mut stages)?;
    Ok(stages.close())
}

/// Runs all stages; true when none failed.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let mut stages = Stages::new(root, options.record.clone());
    stages.command("fmt", "cargo", &["fmt", "--all", "--check"])?;
    stages.check("layers", || report("layers", &layers::check(root)?))?;
    stages.check("hygiene", || report("hygiene", &hygiene::check(root)?))?;
    stages.check("duplicates", || {
        report("duplicates", &duplicates::check(root, &duplicates::Options::default())?)
    })?;
    stages.check("plugin-lint", || report("plugin-lint", &plugin_lint::check(root)?))?;
    if !options.without_deny {
        deny(&mut stages)?;
    }
    if !options.quick {
        build_and_test(&mut stages)?;
    }
    Ok(stages.close())
}

fn build_and_test(stages: &mut Stages) -> Result<()> {
    let clippy = ["clippy", "--quiet", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    stages.command("clippy", "cargo", &clippy)?;
    if has(&["nextest", "--version"]) {
        let nextest =
            ["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--status-level", "slow"];
        stages.command("tests", "cargo", &nextest)?;
    } else {
        // Without nextest the same tests run under cargo's own runner.
        stages.command(
            "tests",
            "cargo",
            &["test", "--workspace", "--locked", "--lib", "--bins", "--tests"],
        )?;
    }
    stages.command("doctests", "cargo", &["test", "--quiet", "--workspace", "--locked", "--doc"])?;
    let strict = r#"build.rustdocflags=["-D", "warnings"]"#;
    let rustdoc = [
        "--config",
        strict,
        "doc",
        "--quiet",
        "--workspace",
        "--locked",
        "--no-deps",
        "--document-private-items",
    ];
    stages.command("rustdoc", "cargo", &rustdoc)
}

fn deny(stages: &mut Stages) -> Result<()> {
    if !has(&["deny", "--version"]) {
        return stages.skip("deny", "cargo-deny is missing: cargo install cargo-deny --locked");
    }
    let quiet =
        ["deny", "--log-level", "warn", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
    stages.command("deny", "cargo", &quiet)?;
    // The advisory database lies on the network; a machine without it must still be able to test.
    let fetched = Command::new("cargo")
        .args(["deny", "--log-level", "off", "fetch", "db"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if fetched.is_ok_and(|status| status.success()) {
        stages.command("advisories", "cargo", &["deny", "--log-level", "warn", "check", "advisories"])
    } else {
        stages.skip("advisories", "the advisory database cannot be reached from this machine")
    }
}

/// Does this cargo command exist?
fn has(arguments: &[&str]) -> bool {
    let status = Command::new("cargo")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::has;

    #[test]
    fn a_cargo_command_that_does_not_exist_is_seen_as_missing() {
        assert!(has(&["--version"]));
        assert!(!has(&["no-such-command-at-all"]));
    }
}

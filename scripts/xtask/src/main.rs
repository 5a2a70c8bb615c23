//! Checks, benchmarks and housekeeping: `cargo xtask <name>`.
//!
//! Each check is one file. A check prints what is wrong and where, and the process ends with 1; it never
//! changes a file (only `bench --update` writes, between its two markers in `docs/benchmarks.md`, and `bridge`, the
//! generated C++).

mod bench;
mod bridge;
mod ci;
mod duplicates;
mod hygiene;
mod layers;
mod plugin_lint;
mod source;
mod stages;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Checks, benchmarks and housekeeping of the repository")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything cargo can check: format, lints, layers, tests, documentation, licences
    Ci(ci::Options),
    /// Licences, sources and advisories of all dependencies, by cargo-deny
    Deny(ci::DenyOptions),
    /// Does each crate use only what stands below it?
    Layers,
    /// File headers and sizes, leftovers, machine paths
    Hygiene,
    /// The same lines in two places
    Duplicates(duplicates::Options),
    /// Do the parts of the Unreal plugin agree?
    PluginLint,
    /// The generated C++ of the bridge, brought up to date
    Bridge(bridge::Options),
    /// Run the benchmarks, print ratios, keep docs/benchmarks.md true
    Bench(bench::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<bool> {
    let root = source::root()?;
    match task {
        Task::Ci(options) => ci::run(&root, &options),
        Task::Deny(options) => ci::run_deny(&root, &options),
        Task::Layers => report("layers", &layers::check(&root)?),
        Task::Hygiene => report("hygiene", &hygiene::check(&root)?),
        Task::Duplicates(options) => report("duplicates", &duplicates::check(&root, &options)?),
        Task::PluginLint => {
            let begun = stages::now();
            let findings = plugin_lint::check(&root)?;
            let took = begun.elapsed().as_secs_f64();
            let clean = report("plugin-lint", &findings)?;
            say(&format!("plugin-lint: took {took:.1} s"));
            Ok(clean)
        }
        Task::Bridge(options) => bridge::run(&root, &options),
        Task::Bench(options) => bench::run(&root, &options),
    }
}

/// Prints the findings; true when there were none.
fn report(name: &str, findings: &[String]) -> Result<bool> {
    for finding in findings {
        say(finding);
    }
    if findings.is_empty() {
        say(&format!("{name}: nothing to say"));
    } else {
        say(&format!("{name}: {} to put right", findings.len()));
    }
    Ok(findings.is_empty())
}

/// The one place that prints.
#[expect(clippy::print_stdout, reason = "a development tool talks to its terminal")]
fn say(line: &str) {
    println!("{line}");
}

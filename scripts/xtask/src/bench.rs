//! Runs the benchmarks, prints ratios and keeps `docs/benchmarks.md` true.
//!
//! A benchmark is a `harness = false` bench target that prints, per figure, one line
//! `figure NAME NANOSECONDS [of BASELINE]` with the p50 of one operation. Wall time is report only; the gate
//! is instruction counts under callgrind, held against `docs/bench-limits.toml`.

mod document;
mod gate;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::say;

/// How `cargo xtask bench` is asked.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write the results between the markers of docs/benchmarks.md
    #[arg(long)]
    update: bool,
    /// Count instructions under callgrind and hold them against the checked-in limits, instead of measuring time
    #[arg(long)]
    gate: bool,
}

/// One measured figure: nanoseconds for one operation, and the figure it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) nanoseconds: f64,
    pub(crate) baseline: Option<String>,
}

/// The bench targets, as package and target.
const BENCHES: &[(&str, &str)] = &[("cyclorama-tracking", "decode")];

/// Runs all benches; true unless a gate was broken.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    if options.gate {
        return gate::run(root, BENCHES);
    }
    let mut figures = Vec::new();
    for (package, target) in BENCHES {
        figures.extend(parse(&measure(root, package, target)?));
    }
    if figures.is_empty() {
        bail!("the benches printed no figures");
    }
    for row in rows(&figures) {
        say(&row);
    }
    if options.update {
        document::update(root, &figures)?;
    }
    Ok(true)
}

fn measure(root: &Path, package: &str, target: &str) -> Result<String> {
    let output = Command::new("cargo")
        .args(["bench", "--quiet", "--locked", "--package", package, "--bench", target])
        .current_dir(root)
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("starting cargo bench")?;
    if !output.status.success() {
        bail!("the bench {target} of {package} failed");
    }
    String::from_utf8(output.stdout).context("a bench printed something that is not text")
}

/// Reads the `figure` lines; all else in the output is for people.
fn parse(output: &str) -> Vec<Figure> {
    output
        .lines()
        .filter_map(|line| {
            let mut words = line.strip_prefix("figure ")?.split_whitespace();
            let name = words.next()?.to_owned();
            let nanoseconds = words.next()?.parse().ok()?;
            let baseline = (words.next() == Some("of")).then(|| words.next().map(str::to_owned)).flatten();
            Some(Figure { name, nanoseconds, baseline })
        })
        .collect()
}

/// The table as Markdown rows, header first.
pub(crate) fn rows(figures: &[Figure]) -> Vec<String> {
    let times: BTreeMap<&str, f64> =
        figures.iter().map(|figure| (figure.name.as_str(), figure.nanoseconds)).collect();
    let mut rows = vec!["| figure | ns per operation | ratio |".to_owned(), "|---|---:|---|".to_owned()];
    for figure in figures {
        let ratio = figure.baseline.as_ref().and_then(|name| {
            times.get(name.as_str()).map(|base| format!("{:.2} x {name}", figure.nanoseconds / base))
        });
        rows.push(format!("| {} | {:.1} | {} |", figure.name, figure.nanoseconds, ratio.unwrap_or_default()));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::{Figure, parse, rows};

    #[test]
    fn figures_are_read_and_talk_is_ignored() {
        let output = "warming up\nfigure json 700.5 of serde\nfigure serde 1100\n";
        let figures = parse(output);
        assert_eq!(figures.len(), 2);
        assert_eq!(
            figures[0],
            Figure { name: "json".into(), nanoseconds: 700.5, baseline: Some("serde".into()) }
        );
    }

    #[test]
    fn a_ratio_is_taken_within_one_run() {
        let figures = parse("figure json 550 of serde\nfigure serde 1100\n");
        assert_eq!(rows(&figures)[2], "| json | 550.0 | 0.50 x serde |");
    }
}

//! Writes measured figures between the two markers of `docs/benchmarks.md`, with what is needed to judge them:
//! command, date, commit and machine. Never a host name or a path.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Figure, rows};

const BEGIN: &str = "<!-- bench: begin -->";
const END: &str = "<!-- bench: end -->";

/// Replaces what stands between the markers.
pub(super) fn update(root: &Path, figures: &[Figure]) -> Result<()> {
    let path = root.join("docs/benchmarks.md");
    let text = fs::read_to_string(&path).context("reading docs/benchmarks.md")?;
    let mut body = vec![
        format!(
            "`cargo xtask bench --update`, {}, commit {}.",
            output("date", &["-u", "+%Y-%m-%d"])?,
            commit(root)?
        ),
        format!("Machine: {}.", machine()?),
        String::new(),
    ];
    body.extend(rows(figures));
    fs::write(&path, replace(&text, &body.join("\n"))?).context("writing docs/benchmarks.md")
}

fn replace(text: &str, body: &str) -> Result<String> {
    let (Some(begin), Some(end)) = (text.find(BEGIN), text.find(END)) else {
        bail!("docs/benchmarks.md has lost its markers {BEGIN} and {END}");
    };
    Ok(format!("{}{BEGIN}\n{body}\n{}", &text[..begin], &text[end..]))
}

fn commit(root: &Path) -> Result<String> {
    let output = Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(root).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn machine() -> Result<String> {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let cores = information.lines().filter(|line| line.starts_with("processor")).count();
    Ok(format!("{model}, {cores} cores, {}", output("rustc", &["--version"])?))
}

fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output =
        Command::new(program).args(arguments).output().with_context(|| format!("starting {program}"))?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, replace};

    #[test]
    fn only_what_stands_between_the_markers_changes() {
        let text = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let new = replace(&text, "new").expect("markers stand");
        assert_eq!(new, format!("before\n{BEGIN}\nnew\n{END}\nafter\n"));
        assert!(replace("no markers", "new").is_err());
    }
}

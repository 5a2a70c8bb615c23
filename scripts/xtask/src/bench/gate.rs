//! Holds instruction counts against checked-in limits.
//!
//! Each bench target takes `--count NAME ROUNDS` and then does nothing but that operation, that many times.
//! Two runs of different length under callgrind give the instructions of one operation, free of start-up.
//! Counts repeat to a fraction of a percent whatever else the machine does, so they can be a gate.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::say;

const FEW: u64 = 2_000;
const MANY: u64 = 12_000;

/// Counts every operation of the limits file; false when one is above its limit.
pub(super) fn run(root: &Path, benches: &[(&str, &str)]) -> Result<bool> {
    if !Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|end| end.success())
    {
        bail!("valgrind is needed to count instructions: apt-get install valgrind");
    }
    let text =
        fs::read_to_string(root.join("docs/bench-limits.toml")).context("reading docs/bench-limits.toml")?;
    let limits: BTreeMap<String, BTreeMap<String, u64>> = toml::from_str(&text)?;
    let mut good = true;
    for (package, target) in benches {
        let program = build(root, package, target)?;
        for (name, limit) in limits.get(*target).into_iter().flatten() {
            let one = (count(&program, name, MANY)? - count(&program, name, FEW)?) / (MANY - FEW);
            let verdict = if one <= *limit { "ok" } else { "ABOVE ITS LIMIT" };
            say(&format!("{name}: {one} instructions, limit {limit}: {verdict}"));
            good &= one <= *limit;
        }
    }
    Ok(good)
}

/// Builds the bench and gives the path of its program.
fn build(root: &Path, package: &str, target: &str) -> Result<String> {
    let output = Command::new("cargo")
        .args(["bench", "--quiet", "--locked", "--no-run", "--message-format", "json"])
        .args(["--package", package, "--bench", target])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("starting cargo bench")?;
    if !output.status.success() {
        bail!("the bench {target} of {package} does not build");
    }
    String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == *target)
        .find_map(|message| message["executable"].as_str().map(str::to_owned))
        .with_context(|| format!("cargo did not say where the bench {target} is"))
}

fn count(program: &str, name: &str, rounds: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", program, "--count", name])
        .arg(rounds.to_string())
        .stdin(Stdio::null())
        .output()
        .context("starting valgrind")?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("counting {name} failed: {}", text.trim());
    }
    collected(&text).with_context(|| format!("valgrind gave no count for {name}"))
}

fn collected(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(':').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::collected;

    #[test]
    fn the_count_is_read_from_what_valgrind_prints() {
        assert_eq!(collected("==1== Events    : Ir\n==1== Collected : 123456\n==1==\n"), Some(123_456));
        assert_eq!(collected("nothing"), None);
    }
}

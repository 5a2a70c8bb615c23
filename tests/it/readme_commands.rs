//! Every command that README.md shows runs as it stands there, in order, in one folder.
//!
//! Lines of `sh` blocks are run by a shell with the built command on its path. The two scripts are not run
//! here: `scripts/test` is what runs this, and it runs the whole demo as a stage of its own.

use std::fs;
use std::process::{Command, Stdio};

use cyclorama_tests::{data, free_port, program, repository, text};
use tempfile::tempdir;

const SCRIPTS: [&str; 2] = ["scripts/demo", "scripts/test"];

#[test]
fn every_readme_command_runs() {
    let readme = fs::read_to_string(repository().join("README.md")).expect("README.md");
    let folder = tempdir().expect("a temporary folder");
    let tools = tempdir().expect("a temporary folder");
    std::os::unix::fs::symlink(program(), tools.path().join("cyclorama")).expect("a link to the command");
    fs::create_dir(folder.path().join("tests")).expect("a folder");
    let data = data("");
    std::os::unix::fs::symlink(&data, folder.path().join("tests/data")).expect("a link to the data");
    let mut script = String::from("set -euo pipefail\n");
    let commands = commands(&readme);
    assert!(commands.len() >= 5, "README.md shows commands: {commands:?}");
    for line in &commands {
        script.push_str(&format!("echo '+ '{line:?} >&2\n{line}\n"));
    }
    // Two test runs on one machine must not meet on a port.
    let script = script.replace("40000", &free_port().to_string());
    let output = Command::new("bash")
        .args(["-c", &script])
        .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", text(tools.path())))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("bash starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The lines of all `sh` blocks, without comments and without the two scripts.
fn commands(readme: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
            continue;
        }
        let command = line.trim();
        let script = SCRIPTS.iter().any(|script| command.starts_with(script));
        let elsewhere = command.starts_with("cargo ") || command.starts_with("git ");
        if inside && !command.is_empty() && !command.starts_with('#') && !script && !elsewhere {
            found.push(command.to_owned());
        }
    }
    found
}

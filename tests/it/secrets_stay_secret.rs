//! Keys in the environment never come out again: not in data, not in logs, not in errors, not in files.

use std::fs;
use std::path::Path;

use cyclorama_tests::{command, text};
use tempfile::tempdir;

use crate::stage;

/// Looks like a key and stands nowhere else.
const PLANTED: &str = "pl4nted-s3cret-XQ7";

#[test]
fn a_planted_key_never_comes_out() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    stage::import(&take);
    let ledger = folder.path().join("ledger");
    let report = folder.path().join("doctor.json");
    for arguments in [
        vec!["-vv", "doctor", "--json"],
        vec!["-vv", "version", "--json"],
        vec!["-vv", "take", "show", text(&take)],
        vec!["-vv", "take", "show", "nowhere.take"],
        vec!["-vv", "render", "status", "--ledger", "s3://nowhere/at-all"],
        vec![
            "-vv",
            "render",
            "submit",
            text(&take),
            "--frames",
            "0-0",
            "--workers",
            "1",
            "--size",
            "16x9",
            "--ledger",
            text(&ledger),
        ],
    ] {
        let output = command()
            .args(&arguments)
            .env("AWS_ACCESS_KEY_ID", PLANTED)
            .env("AWS_SECRET_ACCESS_KEY", PLANTED)
            .env("AWS_SESSION_TOKEN", PLANTED)
            .env("STUDIO_TOKEN", PLANTED)
            .output()
            .expect("the command starts");
        for stream in [&output.stdout, &output.stderr] {
            assert!(!contains(stream), "{arguments:?} told the key:\n{}", String::from_utf8_lossy(stream));
        }
        fs::write(&report, &output.stdout).expect("written");
    }
    assert_clean(folder.path());
}

fn assert_clean(folder: &Path) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            assert_clean(&path);
        } else {
            assert!(!contains(&fs::read(&path).expect("readable")), "{} holds the key", path.display());
        }
    }
}

fn contains(bytes: &[u8]) -> bool {
    bytes.windows(PLANTED.len()).any(|window| window == PLANTED.as_bytes())
}

//! Machines read `--json`: every line is one object and says what it is.

use std::path::Path;

use cyclorama_tests::{run, text};
use tempfile::tempdir;

use crate::stage;

fn every_line_has_a_schema(arguments: &[&str]) {
    let ended = run(arguments);
    assert!(ended.code.is_some(), "{arguments:?}");
    let lines = ended.json_lines();
    assert!(!lines.is_empty(), "{arguments:?} printed nothing; stderr: {}", ended.stderr);
    for line in lines {
        let schema = line["schema"].as_str().unwrap_or_else(|| panic!("{arguments:?}: no schema in {line}"));
        assert!(schema.starts_with("cyclorama.") && schema.contains('/'), "{arguments:?}: {schema}");
    }
}

#[test]
fn every_json_line_carries_its_schema() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    let ledger = folder.path().join("ledger");
    every_line_has_a_schema(&["version", "--json"]);
    every_line_has_a_schema(&["doctor", "--json"]);
    every_line_has_a_schema(&[
        "take",
        "import",
        "--protocol",
        "f4",
        text(&cyclorama_tests::mosys_recording()),
        text(&take),
        "--json",
    ]);
    every_line_has_a_schema(&["take", "list", text(folder.path()), "--json"]);
    every_line_has_a_schema(&["take", "show", text(&take), "--json"]);
    every_line_has_a_schema(&["take", "verify", text(&take), "--json"]);
    render_commands(&take, &ledger, folder.path());
}

fn render_commands(take: &Path, ledger: &Path, folder: &Path) {
    every_line_has_a_schema(&[
        "render",
        "submit",
        text(take),
        "--frames",
        "0-1",
        "--workers",
        "1",
        "--size",
        "32x18",
        "--ledger",
        text(ledger),
        "--json",
    ]);
    every_line_has_a_schema(&["render", "status", "--ledger", text(ledger), "--json"]);
    every_line_has_a_schema(&["render", "verify", "--ledger", text(ledger), "--json"]);
    let out = folder.join("frames");
    every_line_has_a_schema(&["render", "frames", "--ledger", text(ledger), "--out", text(&out), "--json"]);
}

#[test]
fn the_stage_record_is_one_sample_per_line_with_the_standard_protocol_name() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    stage::import(&take);
    for line in run(&["take", "export", "--format", "opentrackio", text(&take)]).done().json_lines() {
        assert_eq!(line["protocol"]["name"], "OpenTrackIO", "{line}");
        assert!(line.get("schema").is_none(), "the pure standard format carries no field of ours");
    }
}

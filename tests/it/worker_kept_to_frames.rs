//! A worker that is kept to some frames renders the ranges that lie within them, and ends: a farm's task is one of them.

use std::fs;

use cyclorama_render::plan::FrameRange;
use cyclorama_tests::{run, text};
use tempfile::tempdir;

use crate::stage;

#[test]
fn a_worker_renders_the_ranges_within_its_frames_and_leaves_the_others_alone() {
    let folder = tempdir().expect("a temporary folder");
    let [take, ledger, bundle] = ["real.take", "ledger", "bundle"].map(|name| folder.path().join(name));
    stage::import(&take);
    let option = format!("--engine-option=--bundle={}", bundle.display());
    let submit =
        ["render", "submit", text(&take), "--engine", "deadline", "--detach", "--ledger", text(&ledger)];
    let plan =
        ["--frames", "0-99", "--size", "32x18", "--samples", "1", "--engine-option=--tasks=ranges", &option];
    let _ = run(&[&submit[..], &plan].concat()).done();
    let written = fs::read_to_string(bundle.join("template.json")).expect("the bundle is there");
    let template: serde_json::Value = serde_json::from_str(&written).expect("it is JSON");
    let rows = &template["steps"][0]["parameterSpace"]["taskParameterDefinitions"][0]["range"];
    let rows: Vec<FrameRange> = serde_json::from_value::<Vec<String>>(rows.clone())
        .expect("a list of ranges")
        .iter()
        .map(|row| row.parse().expect("a range"))
        .collect();
    assert_eq!(rows.iter().map(|row| row.count()).sum::<u64>(), 100, "{rows:?}");
    let committed_after = |frames: String| {
        let _ = run(&["render", "worker", "--ledger", text(&ledger), &format!("--frames={frames}")]).done();
        let status = run(&["render", "status", "--ledger", text(&ledger), "--json"]);
        status.object("cyclorama.job/1")["committed"].as_u64().expect("a number")
    };
    let half = FrameRange::new(rows[1].first, rows[1].first).expect("one frame");
    assert_eq!(committed_after(half.to_string()), 0, "half a range is nobody's task");
    assert_eq!(committed_after(rows[1].to_string()), rows[1].count());
    let both = FrameRange::new(rows[1].first, rows[2].last).expect("in order");
    assert_eq!(committed_after(both.to_string()), both.count());
}

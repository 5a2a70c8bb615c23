//! The demo tells the whole story and leaves what it promises.

use std::fs;
use std::path::{Path, PathBuf};

use cyclorama_tests::{run, text};
use tempfile::tempdir;

#[test]
fn the_demo_leaves_a_take_frames_a_contact_sheet_and_a_report() {
    let folder = tempdir().expect("a temporary folder");
    let out = folder.path().join("demo");
    let ended = run(&["demo", "--out", text(&out), "--frames", "0-5", "--size", "96x54", "--json"]).done();
    assert!(!ended.stderr.contains("panicked"));
    let files = files_below(&out);
    let with_end = |end: &str| files.iter().filter(|file| text(file).ends_with(end)).count();
    assert_eq!(with_end(".take"), 1, "{files:?}");
    assert_eq!(with_end(".exr"), 6, "{files:?}");
    assert!(with_end(".png") >= 1, "{files:?}");
    assert_eq!(with_end("report.html"), 1, "{files:?}");
    the_report_stands_alone(&out.join("report.html"));
}

/// One file that a mail program can carry: it loads nothing from elsewhere.
fn the_report_stands_alone(report: &Path) {
    let html = fs::read_to_string(report).expect("the report is text");
    for outside in ["src=\"http", "href=\"http", "src='http", "@import", "<script src"] {
        assert!(!html.contains(outside), "the report loads {outside}");
    }
    assert!(html.contains("data:image/"), "the pictures are inside");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

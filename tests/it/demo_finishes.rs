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
    let told = ended.object("cyclorama.demo/1");
    for same in ["set_identical", "replay_identical"] {
        assert_eq!(told[same].as_bool(), Some(true), "{same}: {told}");
    }
    assert_eq!(told["verified"].as_u64(), Some(6), "{told}");
    what_was_published_is_what_the_workers_have(&files);
}

/// The set lies in the artist's folder, and in the workers', where it came by the store.
fn what_was_published_is_what_the_workers_have(files: &[PathBuf]) {
    let sets: Vec<_> = files.iter().filter(|file| file.ends_with("Content/Set/stage.usda")).collect();
    let [one, other] = sets[..] else { panic!("the set lies in two folders: {sets:?}") };
    let (one, other) = (fs::read(one).expect("a set"), fs::read(other).expect("a set"));
    assert!(!one.is_empty() && one == other, "what was brought is what was published");
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

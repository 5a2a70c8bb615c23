//! The command as a person or a script meets it: words, exit codes, and what is left on disk.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{
    fs,
    net::UdpSocket,
    path::Path,
    process::{Command, Output, Stdio},
};

#[path = "command/stumbles.rs"]
mod stumbles;
#[path = "command/surface.rs"]
mod surface;

const RECORDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Content/demo/mosys_f4_600.f4");

/// Runs the command in `folder`, with no settings but those given.
fn cyclorama(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cyclorama"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("APPDATA", folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a failure looks like: one error line, at most one hint, nothing on stdout.
#[track_caller]
fn refused(output: &Output, expected: i32) -> String {
    let said = text(&output.stderr);
    assert_eq!(code(output), expected, "{said}");
    let errors: Vec<_> = said.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{said}");
    assert!(said.lines().filter(|line| line.starts_with("hint: ")).count() <= 1, "{said}");
    said
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_missing_file_is_not_found_and_named() {
    let folder = folder();
    for arguments in [
        &["track", "decode", "--protocol", "f4", "nothing.f4"][..],
        &["take", "show", "nothing.take"],
        &["take", "import", "--protocol", "f4", "nothing.f4", "new.take"],
        &["render", "submit", "nothing.take"],
        &["render", "status", "--ledger", "nothing.ledger"],
    ] {
        assert!(refused(&cyclorama(folder.path(), arguments), 3).contains("nothing."), "{arguments:?}");
    }
    assert_eq!(entries(folder.path()), 0);
}

#[test]
fn the_wrong_protocol_is_refused_with_the_right_one() {
    let folder = folder();
    let output = cyclorama(folder.path(), &["take", "import", "--protocol", "freed", RECORDING, "new.take"]);
    assert!(refused(&output, 2).contains("hint: 600 messages of it read as f4; use --protocol f4"));
    assert_eq!(entries(folder.path()), 0);
}

#[test]
fn a_truncated_take_is_told_apart_from_a_whole_one() {
    let folder = folder();
    let import = ["take", "import", "--protocol", "f4", RECORDING, "whole.take"];
    assert_eq!(code(&cyclorama(folder.path(), &import)), 0);
    let whole = fs::read(folder.path().join("whole.take")).unwrap();
    fs::write(folder.path().join("cut.take"), &whole[..whole.len() / 2]).unwrap();
    let shown = cyclorama(folder.path(), &["take", "show", "cut.take"]);
    assert!(text(&shown.stdout).contains("not closed"), "{}", text(&shown.stdout));
    let mut damaged = whole;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(folder.path().join("damaged.take"), damaged).unwrap();
    let verified = cyclorama(folder.path(), &["take", "verify", "whole.take", "damaged.take"]);
    assert_eq!(code(&verified), 5);
    let said = text(&verified.stdout);
    assert!(said.contains("whole.take: intact") && said.contains("damaged.take: DAMAGED"), "{said}");
    refused(&cyclorama(folder.path(), &["render", "submit", "damaged.take"]), 5);
    assert!(!folder.path().join("damaged.ledger").exists());
}

#[test]
fn a_take_is_never_overwritten() {
    let folder = folder();
    let import = ["take", "import", "--protocol", "f4", RECORDING, "shot.take"];
    assert_eq!(code(&cyclorama(folder.path(), &import)), 0);
    let before = fs::read(folder.path().join("shot.take")).unwrap();
    assert!(refused(&cyclorama(folder.path(), &import), 4).contains("never overwritten"));
    assert_eq!(fs::read(folder.path().join("shot.take")).unwrap(), before);
}

#[test]
fn a_port_in_use_is_refused_and_no_take_is_begun() {
    let folder = folder();
    let holder = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let listen = ["track", "listen", "--protocol", "f4", "--bind", &address, "--record", "new.take"];
    let said = refused(&cyclorama(folder.path(), &listen), 4);
    assert!(said.contains("in use") && said.contains("hint: "), "{said}");
    assert_eq!(entries(folder.path()), 0);
}

#[test]
fn an_unreadable_scene_is_refused_before_anything_is_written() {
    let folder = folder();
    let import = ["take", "import", "--protocol", "f4", RECORDING, "shot.take"];
    assert_eq!(code(&cyclorama(folder.path(), &import)), 0);
    fs::write(folder.path().join("scene.usda"), "this is no scene").unwrap();
    let submit = ["render", "submit", "shot.take", "--scene", "scene.usda"];
    assert!(refused(&cyclorama(folder.path(), &submit), 2).contains("scene.usda"));
    assert_eq!(entries(folder.path()), 2);
}

#[test]
fn what_a_render_lacks_is_named() {
    let folder = folder();
    let import = ["take", "import", "--protocol", "f4", RECORDING, "shot.take"];
    assert_eq!(code(&cyclorama(folder.path(), &import)), 0);
    let unreal = cyclorama(folder.path(), &["render", "submit", "shot.take", "--host", "unreal"]);
    assert!(refused(&unreal, 2).contains("needs a map, a level sequence and a preset"));
    let outside = cyclorama(folder.path(), &["render", "submit", "shot.take", "--frames", "590-700"]);
    assert!(refused(&outside, 2).contains("--frames 0-599"));
}

#[test]
fn usage_errors_end_with_2_and_help_with_0() {
    let folder = folder();
    for arguments in [&[][..], &["fly"], &["track", "decode", "--protocol", "nope", "x"], &["render"]] {
        assert_eq!(code(&cyclorama(folder.path(), arguments)), 2, "{arguments:?}");
    }
    for arguments in
        [&["--help"][..], &["help", "track", "listen"], &["render", "submit", "--help"], &["--version"]]
    {
        let output = cyclorama(folder.path(), arguments);
        assert_eq!((code(&output), output.stderr.len()), (0, 0), "{arguments:?}");
    }
}

#[test]
fn a_misspelt_setting_stops_everything_with_its_nearest_name() {
    let folder = folder();
    fs::write(folder.path().join("cyclorama.toml"), "[render]\nwokers = 3\n").unwrap();
    let said = refused(&cyclorama(folder.path(), &["version"]), 2);
    assert!(said.contains("hint: did you mean `render.workers`?"), "{said}");
}

#[test]
fn decoding_prints_a_line_per_sample_and_a_summary() {
    let folder = folder();
    let output = cyclorama(folder.path(), &["track", "decode", "--protocol", "f4", "--summary", RECORDING]);
    let lines = text(&output.stdout);
    assert_eq!((code(&output), lines.lines().count()), (0, 601));
    let summary = r#"{"schema":"cyclorama.decode-summary/1","accepted":600,"rejected":{},"ignored":{}}"#;
    assert_eq!(lines.lines().last(), Some(summary));
    assert!(lines.starts_with('{') && lines.contains(r#""name":"OpenTrackIO""#));
}

#[test]
fn every_json_line_names_its_schema() {
    let folder = folder();
    let import = ["take", "import", "--json", "--protocol", "f4", RECORDING, "shot.take"];
    for arguments in [
        &import[..],
        &["--json", "take", "show", "shot"],
        &["take", "list", "--json"],
        &["version", "--json"],
    ] {
        let output = cyclorama(folder.path(), arguments);
        assert_eq!(code(&output), 0, "{arguments:?}");
        let lines = text(&output.stdout);
        assert!(
            !lines.is_empty() && lines.lines().all(|line| line.starts_with(r#"{"schema":"cyclorama."#)),
            "{lines}"
        );
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = folder();
    let mut decode = Command::new(env!("CARGO_BIN_EXE_cyclorama"))
        .args(["track", "decode", "--protocol", "f4", RECORDING])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(decode.stdout.take());
    let output = decode.wait_with_output().unwrap();
    assert_eq!((code(&output), text(&output.stderr).as_str()), (0, ""));
}

#[test]
fn man_pages_and_completions_come_from_the_help() {
    let folder = folder();
    let pages = folder.path().join("man");
    assert_eq!(code(&cyclorama(folder.path(), &["man", pages.to_str().unwrap()])), 0);
    assert!(text(&fs::read(pages.join("cyclorama-track-listen.1")).unwrap()).contains("OpenTrackIO"));
    let script = cyclorama(folder.path(), &["completions", "bash"]);
    assert!(text(&script.stdout).contains("cyclorama__"));
}

#[test]
fn a_demo_refuses_a_folder_that_is_not_its_own() {
    let folder = folder();
    fs::create_dir(folder.path().join("photos")).unwrap();
    fs::write(folder.path().join("photos/holiday.jpg"), b"x").unwrap();
    refused(&cyclorama(folder.path(), &["demo", "--out", "photos"]), 4);
    assert_eq!(entries(&folder.path().join("photos")), 1);
}

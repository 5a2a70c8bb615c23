//! `cyclorama lens` as a person types it: a calibration comes in, is checked, leaves, and bad ones end well.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const CAMERA: &str = r#"{"fx": 1500, "fy": 1500, "cx": 1030, "cy": 570,
    "k": [-0.2, 0.05, 0.01, 0, 0, 0], "p": [0.001, 0.002], "image": [2048, 1152]}"#;

fn lens(folder: &Path, line: &str) -> Output {
    let words = line.split_whitespace();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cyclorama"));
    command
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("APPDATA", folder)
        .arg("lens")
        .args(words)
        .output()
        .expect("the command starts")
}

fn code(folder: &Path, line: &str) -> i32 {
    lens(folder, line).status.code().expect("not killed")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn an_opencv_calibration_goes_all_the_way_through() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    fs::write(here.join("camera.json"), CAMERA).expect("room");
    let import = "import --format opencv --sensor 36x20.25 camera.json prime.lens.json";
    assert_eq!(code(here, import), 0);
    assert_eq!(code(here, import), 2, "a lens file is not overwritten by accident");
    let checked = lens(here, "check prime.lens.json");
    assert_eq!(checked.status.code(), Some(0));
    assert!(said(&checked).contains("warning: there is no entrance pupil table"));

    assert_eq!(code(here, "export --format ulens --out prime.ulens prime.lens.json"), 0);
    let again = lens(here, "export --format opencv prime.ulens");
    let camera: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    let close =
        |value: &serde_json::Value, wanted: f64| (value.as_f64().expect("a number") - wanted).abs() < 1e-9;
    assert!(close(&camera["fx"], 1500.0) && close(&camera["cx"], 1030.0), "{camera}");
    assert!(close(&camera["k"][1], 0.05) && close(&camera["p"][1], 0.002), "{camera}");

    let maps = lens(here, "export --format stmap --size 64x36 --out prime prime.lens.json");
    assert_eq!(
        (maps.status.code(), said(&maps)),
        (Some(0), "prime.undistort.exr\nprime.distort.exr\n".to_owned())
    );
    assert!(here.join("prime.undistort.exr").is_file() && here.join("prime.distort.exr").is_file());
}

#[test]
fn a_lens_that_cannot_be_used_ends_with_5_and_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = r#"{"schema": "cyclorama.lens/1", "sensor": {"width_mm": 36, "height_mm": 20.25},
        "distortion_direction": "UndistortedToDistorted", "focus_m": [[0, 10], [0.5, 2], [1, 3]],
        "focal_length_mm": [[0, 0, 24]], "distortion": [[0, 0, -0.01, 0, 0, 0, 0, 0, 0, 0]]}"#;
    fs::write(folder.path().join("bad.lens.json"), text).expect("room");
    let checked = lens(folder.path(), "check --json bad.lens.json");
    assert_eq!(checked.status.code(), Some(5));
    let line: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("one JSON object");
    assert_eq!((&line["schema"], &line["usable"]), (&"cyclorama.lens-check/1".into(), &false.into()));
    let first = line["findings"][0]["message"].as_str().expect("a sentence");
    assert!(first.starts_with("table focus_m, line 3: the value 3 turns back"), "{first}");

    // Without the table that turns back, what is left folds before the corner.
    let folds = text.replace("[1, 3]", "[1, 1]");
    fs::write(folder.path().join("bad.lens.json"), folds).expect("room");
    let checked = lens(folder.path(), "check bad.lens.json");
    assert_eq!(checked.status.code(), Some(5));
    assert!(said(&checked).contains("cannot be undone up to the corner"), "{}", said(&checked));
    let maps = "export --format stmap --size 64x36 --out bad bad.lens.json";
    assert_eq!(code(folder.path(), maps), 8, "maps with holes are not all of it");
}

#[test]
fn files_that_are_missing_or_no_lens_end_with_3_and_2() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(code(folder.path(), "check none.lens.json"), 3);
    fs::write(folder.path().join("no.lens.json"), "{\n  \"schema\": 1}").expect("room");
    let checked = lens(folder.path(), "check no.lens.json");
    assert_eq!(checked.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&checked.stderr).contains("line 2 column"));
}

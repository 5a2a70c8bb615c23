//! The house's timecode as sound: from a file that somebody else's library made, and from a sound card, by ALSA's
//! recorder or what stands in for it here.

use cyclorama_tests::{data, run, text};

const LINE: &str = "ltc/libltc_25fps.wav";

#[test]
fn every_label_of_a_line_is_told_with_the_moment_its_frame_began() {
    let line = format!("ltc:{}", text(&data(LINE)));
    let lines = run(&["track", "timecode", "--rate", "25", "--json", &line]).done().json_lines();
    let labels: Vec<_> = lines.iter().map(|line| line["timecode"].as_str().expect("a label")).collect();
    // The first follows nothing, and the last has no end: one of 25 at each side.
    let wanted: Vec<_> = (1..24).map(|frame| format!("10:00:58:{frame:02}@25")).collect();
    assert_eq!(labels, wanted);
    for (line, frame) in lines.iter().zip(1..) {
        assert_eq!(line["schema"], "cyclorama.timecode/1");
        let begins = line["begins_s"].as_f64().expect("seconds");
        assert!((begins - f64::from(frame) / 25.0).abs() < 60e-6, "frame {frame} begins at {begins} s");
    }
}

#[test]
fn sound_without_timecode_ends_with_3_and_says_what_to_look_at() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let silence = folder.path().join("silence.raw");
    std::fs::write(&silence, [0; 96_000]).expect("room");
    let line = format!("ltc:{}", text(&silence));
    let ended = run(&["track", "timecode", "--rate", "25", &line]).with_code(3);
    assert!(ended.stderr.contains("the line is silent"), "{}", ended.stderr);
    let ended = run(&["track", "timecode", "--rate", "50", &line]).with_code(2);
    assert!(ended.stderr.contains("every second frame"), "{}", ended.stderr);
    let ended = run(&["track", "timecode", "--rate", "25", "ltc:nowhere.wav"]).with_code(3);
    assert!(ended.stderr.contains("nowhere.wav"), "{}", ended.stderr);
}

#[cfg(unix)]
mod card {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use cyclorama_tests::{Service, command, data, text};

    use super::LINE;

    /// The command with only `arecord` to be found, which does what `script` says; or with nothing.
    fn timecode(folder: &Path, script: Option<&str>) -> Service {
        if let Some(script) = script {
            let recorder = folder.join("arecord");
            fs::write(&recorder, format!("#!/bin/sh\n{script}\n")).expect("room");
            fs::set_permissions(&recorder, fs::Permissions::from_mode(0o755)).expect("ours");
        }
        let mut command = command();
        command.env("PATH", folder);
        command.args([
            "track",
            "timecode",
            "--rate",
            "25",
            "--ltc-sample-rate",
            "32000",
            "--json",
            "alsa:plughw:1,0",
        ]);
        Service::start(command)
    }

    #[test]
    fn a_sound_card_is_heard_through_the_recorder_and_its_refusal_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let wait = std::time::Duration::from_secs(20);
        let ended = timecode(folder.path(), None).end_within(wait).with_code(3);
        assert!(ended.stderr.contains("install alsa-utils"), "{}", ended.stderr);
        let refuses = "echo 'arecord: main:831: audio open error: No such file or directory' >&2; exit 1";
        let ended = timecode(folder.path(), Some(refuses)).end_within(wait).with_code(3);
        assert!(
            ended.stderr.contains("failed to hear plughw:1,0: audio open error: No such file"),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains("`arecord -l` lists cards"), "{}", ended.stderr);
        let raw = folder.path().join("line.raw");
        fs::write(&raw, &fs::read(data(LINE)).expect("the line")[44..]).expect("room");
        let plays = format!("exec /bin/cat '{}'", text(&raw));
        let heard = timecode(folder.path(), Some(&plays)).end_within(wait).done();
        assert_eq!(heard.json_lines().len(), 23);
    }
}

//! A real camera tracker's recording arrives over UDP, becomes a take, and is rendered again into frames that hold.

use std::fs;
use std::path::Path;

use cyclorama_tests::{run, text};
use tempfile::tempdir;

use crate::stage;

#[test]
fn a_real_recording_becomes_a_take_and_the_take_becomes_verified_frames() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");

    let heard = stage::record(&take);
    assert_eq!(heard.json_lines().len() as u64, stage::RECORDED_FRAMES, "one line per frame heard");

    let _ = run(&["take", "verify", text(&take)]).done();
    the_take_tells_what_the_recording_held(&take);
    let ledger = folder.path().join("ledger");
    rendering_commits_every_frame(&take, &ledger);
    frames_land_on_disk_and_hold(&ledger, &folder.path().join("frames"));
}

fn the_take_tells_what_the_recording_held(take: &Path) {
    let decoded =
        run(&["track", "decode", "--protocol", "f4", text(&cyclorama_tests::mosys_recording())]).done();
    let exported = run(&["take", "export", "--format", "opentrackio", text(take)]).done();
    let pose = |line: &serde_json::Value| (line["transforms"].clone(), line["lens"].clone());
    let (decoded, exported) = (decoded.json_lines(), exported.json_lines());
    assert_eq!(decoded.len(), exported.len());
    for (left, right) in decoded.iter().zip(&exported) {
        assert_eq!(pose(left), pose(right), "what came over the network is what the recording held");
    }
}

fn rendering_commits_every_frame(take: &Path, ledger: &Path) {
    let submitted = run(&[
        "render",
        "submit",
        text(take),
        "--frames",
        "10-17",
        "--workers",
        "2",
        "--size",
        "64x36",
        "--ledger",
        text(ledger),
        "--json",
    ])
    .done();
    let job = submitted.object("cyclorama.job/1");
    assert_eq!((&job["frames"], &job["committed"], &job["failed"]), (&8.into(), &8.into(), &0.into()));
    let status = run(&["render", "status", "--ledger", text(ledger), "--json"]).done();
    assert_eq!(status.object("cyclorama.job/1")["committed"], 8);
    let _ = run(&["render", "verify", "--ledger", text(ledger)]).done();
}

fn frames_land_on_disk_and_hold(ledger: &Path, out: &Path) {
    let _ = run(&["render", "frames", "--ledger", text(ledger), "--out", text(out)]).done();
    let mut names: Vec<String> = fs::read_dir(out)
        .expect("the folder of frames is there")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".exr"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 8, "{names:?}");
    for name in names {
        let image = exr::prelude::read_first_rgba_layer_from_file(
            out.join(&name),
            |size, _| vec![[0.0f32; 3]; size.area()].into_iter().map(|_| [0.0f32; 3]).collect::<Vec<_>>(),
            |_pixels, _at, _value: (f32, f32, f32, f32)| {},
        )
        .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((image.layer_data.size.width(), image.layer_data.size.height()), (64, 36), "{name}");
    }
}

#[test]
fn a_take_replays_to_the_same_samples_every_time() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    let _ = stage::record(&take);
    let export = || run(&["take", "export", "--format", "opentrackio", text(&take)]).done().stdout;
    assert_eq!(export(), export());
    let show = || run(&["take", "show", text(&take), "--json"]).done().stdout;
    assert_eq!(show(), show());
}

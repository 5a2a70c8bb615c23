//! Motion is judged the same from wherever it comes, spaces are aligned, dialects are read: through the command.

use std::fs;
use std::path::Path;
use std::time::Duration;

use cyclorama_tests::{Service, command, data, free_port, mosys_recording, repository, run, text};
use tempfile::tempdir;

use crate::stage;

const FIELDS: [&str; 6] = [
    "rotation_mean_deg",
    "rotation_p95_deg",
    "position_mean_mm",
    "position_p95_mm",
    "rotation_jitter_deg",
    "position_jitter_mm",
];

#[test]
fn every_predictor_is_scored_at_every_horizon_and_the_default_beats_the_plain_ones() {
    let motion = data("motion/fr2_desk_60hz.csv");
    let ended = run(&["track", "evaluate", text(&motion), "--horizons", "80,250", "--json"]).done();
    let lines = ended.json_lines();
    let said: Vec<_> =
        lines.iter().map(|line| (line["horizon_ms"].as_u64(), line["predictor"].as_str())).collect();
    let wanted = [80, 250].into_iter().flat_map(|horizon| {
        ["adaptive", "hold", "constant-velocity", "alpha-beta"].map(|name| (Some(horizon), Some(name)))
    });
    assert_eq!(said, wanted.collect::<Vec<_>>());
    for line in &lines {
        assert_eq!(line["schema"], "cyclorama.prediction/1");
        assert!(FIELDS.iter().all(|field| line[field].as_f64().is_some_and(|value| value >= 0.0)), "{line}");
    }
    let error = |index: usize| lines[index]["rotation_mean_deg"].as_f64().expect("a number");
    assert!(error(0) < 0.8 * error(2) && error(4) < 0.72 * error(6), "adaptive against constant velocity");
}

#[test]
fn a_take_and_its_samples_as_text_are_judged_alike() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    stage::import(&take);
    let lines = folder.path().join("real.jsonl");
    let decoded = run(&["track", "decode", "--protocol", "f4", "--summary", text(&mosys_recording())]).done();
    fs::write(&lines, decoded.stdout).expect("room");
    let judged =
        |motion: &str| run(&["track", "evaluate", motion, "--horizons", "160", "--json"]).done().json_lines();
    let (from_take, from_text) = (judged(text(&take)), judged(text(&lines)));
    for (a, b) in from_take.iter().zip(&from_text) {
        for field in FIELDS {
            let (a, b) = (a[field].as_f64().expect("a number"), b[field].as_f64().expect("a number"));
            assert!((a - b).abs() <= 1e-3 * a, "{field}: {a} from the take, {b} from its text");
        }
    }
}

#[test]
fn motion_that_is_none_is_refused_with_the_line() {
    let folder = tempdir().expect("a temporary folder");
    let bad = folder.path().join("bad.csv");
    fs::write(&bad, "t,x,y,z,qw,qx,qy,qz\n0,0,0,0,1,0,0,0\n0.1,0,zero,0,1,0,0,0\n").expect("room");
    let ended = run(&["track", "evaluate", text(&bad), "--horizons", "80"]).with_code(2);
    assert!(ended.stderr.contains("line 3"), "{}", ended.stderr);
    let ended = run(&["track", "evaluate", text(&bad), "--horizons", "9000"]).with_code(2);
    assert!(ended.stderr.contains("1 to 500"), "{}", ended.stderr);
}

#[test]
fn spaces_are_aligned_and_the_file_is_kept() {
    let folder = tempdir().expect("a temporary folder");
    let (points, kept) = (folder.path().join("points.csv"), folder.path().join("stage.toml"));
    fs::write(&points, "a,0,0,0,1,2,0\nb,4,0,0,1,6,0\nc,4,0,3,1,6,3\nd,0,2,1,-1,2,1\n").expect("room");
    let ended = run(&["track", "align", text(&points), "--save", text(&kept), "--json"]).done();
    let line = ended.object("cyclorama.align/1");
    assert!(line["rms_mm"].as_f64().expect("a number") < 1e-6, "{line}");
    assert_eq!(line["residuals"].as_array().map(Vec::len), Some(4));
    assert!(fs::read_to_string(&kept).expect("the file").contains("cyclorama.alignment/1"));
    a_take_stands_where_it_was_aligned(folder.path(), &kept);
    fs::write(&points, "a,0,0,0,1,2,0\nb,1,0,0,1,3,0\nc,2,0,0,1,4,0\n").expect("room");
    let ended = run(&["track", "align", text(&points)]).with_code(2);
    assert!(ended.stderr.contains("one line"), "{}", ended.stderr);
}

/// The points above: turned by a quarter to the left, then a metre to the right and two ahead.
fn a_take_stands_where_it_was_aligned(folder: &Path, alignment: &Path) {
    let take = folder.join("real.take");
    stage::import(&take);
    let places = |flags: &[&str]| {
        let export = ["take", "export", "--format", "csv", text(&take)];
        let csv = run(&[&export[..], flags].concat()).done().stdout;
        let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let heads = lines.next().expect("a head");
        let at = ["x", "y", "z"].map(|axis| heads.iter().position(|head| *head == axis).expect("a column"));
        lines.map(|line| at.map(|column| line[column].parse::<f64>().expect("metres"))).collect::<Vec<_>>()
    };
    let (as_tracked, aligned) = (places(&[]), places(&["--align", text(alignment)]));
    assert_eq!((as_tracked.len(), aligned.len()), (600, 600));
    for ([x, y, z], there) in as_tracked.into_iter().zip(aligned) {
        for (wanted, found) in [1.0 - y, 2.0 + x, z].into_iter().zip(there) {
            assert!((wanted - found).abs() < 1e-4, "{wanted} m, {found} m");
        }
    }
    let lens = folder.join("prime.lens.json");
    let prime = r#"{"schema": "cyclorama.lens/1", "sensor": {"width_mm": 24, "height_mm": 13.5},
        "focal_length_mm": [[0, 0, 50]]}"#;
    fs::write(&lens, prime).expect("room");
    let export = ["take", "export", "--format", "opentrackio", text(&take), "--lens", text(&lens)];
    let lines = run(&export).done().json_lines();
    assert!(lines.iter().all(|line| line["lens"]["pinholeFocalLength"] == 50.0), "the calibrated lens");
}

#[test]
fn freed_by_its_descriptor_is_the_same_motion() {
    let freed = data("freed/derived_from_mosys_f4_first600.freed");
    let descriptor = repository().join("docs/protocols/freed-as-descriptor.toml");
    let described =
        run(&["track", "decode", "--descriptor", text(&descriptor), text(&freed)]).done().json_lines();
    let decoded = run(&["track", "decode", "--protocol", "freed", text(&freed)]).done().json_lines();
    assert_eq!((described.len(), decoded.len()), (600, 600));
    for (a, b) in described.iter().zip(&decoded) {
        for (part, names) in [("translation", ["x", "y", "z"]), ("rotation", ["pan", "tilt", "roll"])] {
            for name in names {
                let of = |sample: &serde_json::Value| {
                    sample["transforms"][0][part][name].as_f64().expect("a number")
                };
                assert!((of(a) - of(b)).abs() < 1e-6, "{part} {name}");
            }
        }
    }
}

#[test]
fn a_live_tracker_is_relayed_in_another_protocol() {
    let (tracker, engine) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{}", free_port()));
    let start = |arguments: &[&str]| {
        let mut command = command();
        command.args(arguments);
        Service::start(command)
    };
    let mut listening =
        start(&["track", "listen", "--protocol", "opentrackio", "--bind", &engine, "--count", "100"]);
    listening.wait_for_word("listening");
    let target = format!("opentrackio-cbor:{engine}");
    let freed = ["--protocol", "freed", "--count", "100"];
    let mut relaying = start(
        &[&["track", "relay", "--bind", &tracker, "--to", &target, "--ahead", "80"][..], &freed].concat(),
    );
    relaying.wait_for_word("relaying");
    let _ = run(&[&["track", "send", "--to", &tracker, "--simulate", "crane"][..], &freed].concat()).done();
    let heard = listening.end_within(Duration::from_secs(20)).done().json_lines();
    let _ = relaying.end_within(Duration::from_secs(20)).done();
    assert_eq!(heard.len(), 100);
    assert!(heard.iter().all(|sample| sample["transforms"][0]["rotation"]["pan"].is_number()));
}

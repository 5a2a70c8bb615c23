//! Depth and normals are ordered, drawn, checked, and read back: ours by our reader, and by OpenEXR's own where it is installed.

use std::fs;
use std::path::Path;
use std::process::Command;

use cyclorama_render::frame::{Channel, FrameFile, open_exr};
use cyclorama_tests::{run, text};

use crate::stage::{render, with_a_take};

/// The names and kinds of channels that `exrheader` prints, or none where it is not installed.
fn by_openexr(file: &Path) -> Option<Vec<String>> {
    let printed = Command::new("exrheader").arg(file).output().ok()?;
    let lines = String::from_utf8_lossy(&printed.stdout).into_owned();
    let channels = lines.lines().skip_while(|line| !line.starts_with("channels ")).skip(1);
    Some(channels.take_while(|line| line.starts_with(' ')).map(|line| line.trim().to_owned()).collect())
}

#[test]
fn depth_and_normals_come_with_the_beauty_in_one_file_a_frame() {
    let folder = with_a_take();
    let [ledger, out] = ["ledger", "frames"].map(|name| folder.path().join(name));
    let passes = ["--passes", "beauty,normal,depth"];
    let explained = render(folder.path(), &[&["plan"], &passes[..]].concat()).done().stdout;
    let wanted = "passes: beauty (R, G, B), depth (Z, metres along the view axis), normal (N.X, N.Y, N.Z of the stage)";
    assert!(explained.contains(wanted), "{explained}");
    assert!(explained.contains("files: real.000300.exr to real.000302.exr, 3 files"), "{explained}");
    let on = ["--workers", "1", "--ledger", text(&ledger)];
    let _ = render(folder.path(), &[&["submit"], &passes[..], &on[..]].concat()).done();
    let verified = run(&["render", "verify", "--ledger", text(&ledger), "--json"]).done();
    assert_eq!(verified.json_lines()[0]["good"], 3, "{}", verified.stdout);
    let _ = run(&["render", "frames", "--ledger", text(&ledger), "--out", text(&out)]).done();
    assert_eq!(fs::read_dir(&out).expect("frames were written").count(), 3, "one file a frame");
    let path = out.join("real.000301.exr");
    let FrameFile { image, others, .. } =
        open_exr(&fs::read(&path).expect("a frame")).expect("a frame of ours");
    assert_eq!(others.iter().map(Channel::name).collect::<Vec<_>>(), ["N.X", "N.Y", "N.Z", "Z"]);
    let values: Vec<Vec<f32>> = others.iter().map(|channel| channel.values().collect()).collect();
    let [x, y, z, depth] = &values[..] else { panic!("four channels") };
    assert_eq!(depth.len(), image.pixels.len());
    for (pixel, depth) in depth.iter().enumerate() {
        let length = [x, y, z].iter().map(|axis| axis[pixel].powi(2)).sum::<f32>().sqrt();
        let wanted = if *depth > 1e9 { 0.0 } else { 1.0 };
        assert!((length - wanted).abs() < 2e-3 && *depth > 0.1, "pixel {pixel}: {length} at {depth} m");
    }
    // The camera of this take looks down at a floor of the stage: it faces up, and is a few metres away.
    let up = z.iter().filter(|up| **up > 0.99).count();
    assert!(up > depth.len() / 10, "{up} of {} pixels face up", depth.len());
    if let Some(channels) = by_openexr(&path) {
        // Numbers that are no light are said to be linear to the eye, which is for lossy compressions.
        let linear = |name: &str| if name.starts_with('N') { ", plinear" } else { "" };
        let half = |name: &str| format!("{name}, 16-bit floating-point, sampling 1 1{}", linear(name));
        let mut wanted = ["B", "G", "N.X", "N.Y", "N.Z", "R"].map(half).to_vec();
        wanted.push("Z, 32-bit floating-point, sampling 1 1".to_owned());
        assert_eq!(channels, wanted);
    } else {
        eprintln!("SKIPPED what OpenEXR's own tool says of the channels: exrheader is missing");
    }
}

#[test]
fn passes_that_a_host_does_not_draw_or_nobody_could_name_are_refused_before_anything_is_drawn() {
    let folder = with_a_take();
    let refused = render(folder.path(), &["plan", "--passes", "beauty,velocity"]).with_code(2);
    assert!(
        refused.stderr.contains("builtin does not draw the pass velocity; it draws beauty, depth and normal"),
        "{}",
        refused.stderr
    );
    let unreal = ["--host", "unreal", "--map", "/Game/M", "--sequence", "/Game/S", "--preset", "/Game/P"];
    let refused = render(folder.path(), &[&["submit", "--passes", "beauty,depth"], &unreal[..]].concat());
    let refused = refused.with_code(2);
    assert!(refused.stderr.contains("order the preset's layers by their own names"), "{}", refused.stderr);
    let planned = render(folder.path(), &[&["plan", "--passes", "beauty,worlddepth"], &unreal[..]].concat());
    assert!(planned.done().stdout.contains("worlddepth (worlddepth.*, as its host means it)"));
    for (passes, reason) in [
        ("depth", "must begin with beauty"),
        ("beauty,depth,depth", "depth is named twice"),
        ("beauty,Depth", "`Depth` is no name of a pass"),
    ] {
        let refused = render(folder.path(), &["plan", "--passes", passes]).with_code(2);
        assert!(refused.stderr.contains(reason), "{passes}: {}", refused.stderr);
    }
}

#[test]
fn a_job_of_the_beauty_alone_is_the_job_that_it_was() {
    let folder = with_a_take();
    let job = |words: &[&str]| render(folder.path(), words).done().object("cyclorama.plan/1")["job"].clone();
    let plain = job(&["plan", "--json"]);
    assert_eq!(job(&["plan", "--json", "--passes", "beauty"]), plain);
    let deep = job(&["plan", "--json", "--passes", "beauty,depth,normal"]);
    assert_ne!(deep, plain);
    assert_eq!(job(&["plan", "--json", "--passes", "beauty,normal,depth"]), deep);
}

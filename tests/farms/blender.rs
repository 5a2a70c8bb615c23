//! The demo take drawn by a real Blender: started once by each worker, checked and committed as everything else.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cyclorama_render::frame::{Header, Image, write_png};
use cyclorama_render::sheet::contact_sheet;
use cyclorama_tests::{Service, Stopwatch, command, mosys_recording, run, setting, text};
use tempfile::tempdir;

use crate::story::drawn_by;

/// Whether Blender is here; says loudly when it is not.
#[expect(clippy::print_stdout, reason = "a test that is passed over must be seen")]
pub(crate) fn is_here() -> bool {
    let here = Command::new("blender").arg("--version").output().is_ok_and(|output| output.status.success());
    if !here {
        println!("SKIPPED, nothing was drawn: Blender is not installed");
    }
    here
}

/// `render submit` of four frames of the real take in Cycles, small.
pub(crate) fn submission(folder: &Path, ledger: &Path) -> Command {
    let take = folder.join("real.take");
    let _ = run(&["take", "import", "--protocol", "f4", text(&mosys_recording()), text(&take)]).done();
    let mut submit = command();
    submit.args([
        "render",
        "submit",
        text(&take),
        "--host",
        "blender",
        "--frames",
        "300-303",
        "--workers",
        "2",
    ]);
    submit.args(["--size", "160x90", "--samples", "8", "--ledger", text(ledger), "--json"]);
    submit
}

/// Every frame passes every check, says that Blender drew it, is another picture than the one before, and was drawn by a
/// worker of this engine.
pub(crate) fn blender_drew_every_frame(folder: &Path, ledger: &Path, engine: &str) {
    let verified = run(&["render", "verify", "--ledger", text(ledger), "--json"]).done();
    assert_eq!(verified.json_lines()[0]["good"], 4, "{}", verified.stdout);
    let out = folder.join("frames");
    let _ = run(&["render", "frames", "--ledger", text(ledger), "--out", text(&out)]).done();
    let files = fs::read_dir(&out).expect("frames were written");
    let read = |file: &Path| cyclorama_render::frame::read_exr(file).expect("a frame of ours");
    let mut frames: Vec<_> = files.map(|entry| read(&entry.expect("readable").path())).collect();
    frames.sort_by_key(|(_, header)| header.frame);
    assert_eq!(frames.len(), 4);
    for (image, header) in &frames {
        assert!(
            header.software.starts_with("Blender ") && header.software.ends_with(" cycles"),
            "{header:?}"
        );
        assert_eq!((image.width, image.height), (160, 90));
        assert!(header.timecode.is_some() && header.lens.focal_length_mm.is_some(), "{header:?}");
        let worker = drawn_by(ledger, header.frame);
        assert!(engine == "local" || worker.starts_with(&format!("{engine}-")), "{worker} drew {header:?}");
    }
    assert!(frames.windows(2).all(|pair| pair[0].0.pixels != pair[1].0.pixels), "the camera moved");
    if let Some(folder) = setting("TEST_PICTURES") {
        keep_sheet(Path::new(&folder), ledger, engine, frames);
    }
}

/// The frames on one sheet, for whoever reports the tests: with timecode, and on a farm the task that drew each.
fn keep_sheet(folder: &Path, ledger: &Path, engine: &str, frames: Vec<(Image, Header)>) {
    let title = format!("{}, the demo take through {engine}", frames[0].1.software);
    let labelled = frames.into_iter().map(|(image, header)| {
        let timecode = header.timecode.map(|timecode| timecode.to_string()).unwrap_or_default();
        // A worker of this machine is called after it, which is nobody's business.
        let task = Some(drawn_by(ledger, header.frame)).filter(|_| engine != "local").unwrap_or_default();
        (format!("{}  {timecode}  {task}", header.frame.0), image)
    });
    let sheet = contact_sheet(&title, &labelled.collect::<Vec<_>>());
    fs::create_dir_all(folder).expect("the folder for pictures can be made");
    write_png(&folder.join(format!("blender-{engine}.png")), &sheet).expect("the folder can be written");
}

#[test]
fn blender_draws_the_take_with_two_local_workers() {
    if !is_here() {
        return;
    }
    let folder = tempdir().expect("a temporary folder");
    let ledger = folder.path().join("ledger");
    let began = Stopwatch::start();
    let submit = Service::start(submission(folder.path(), &ledger));
    let ended = submit.end_within(Duration::from_secs(180)).done();
    assert_eq!(ended.object("cyclorama.job/1")["committed"], 4, "{}", ended.stderr);
    println!("four frames by two Blenders took {:.1} s", began.elapsed().as_secs_f64());
    blender_drew_every_frame(folder.path(), &ledger, "local");
}

#[test]
fn a_blender_that_is_not_installed_is_told_by_name_and_ends_the_job() {
    let folder = tempdir().expect("a temporary folder");
    let ledger = folder.path().join("ledger");
    let mut submit = submission(folder.path(), &ledger);
    submit.env("CYCLORAMA_RENDER_BLENDER", "no-such-blender");
    let ended = Service::start(submit).end_within(Duration::from_secs(120));
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("no-such-blender"), "{}", ended.stderr);
}

/// Many frames of the real take in Workbench, in two sizes, so that no frame is another's.
#[test]
fn frames_of_blender_are_not_accused() {
    if !is_here() {
        return;
    }
    let each = if setting("TEST_CHAOS").as_deref() == Some("long") { 500 } else { 6 };
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    let _ = run(&["take", "import", "--protocol", "f4", text(&mosys_recording()), text(&take)]).done();
    let mut good = 0;
    for size in ["96x54", "112x64"] {
        let ledger = folder.path().join(size);
        let frames = format!("0-{}", each - 1);
        let mut submit = command();
        submit.args(["render", "submit", text(&take), "--host", "blender-workbench", "--frames", &frames]);
        submit.args(["--size", size, "--workers", "1", "--ledger", text(&ledger), "--json"]);
        let ended = Service::start(submit).end_within(Duration::from_secs(3600)).done();
        assert_eq!(ended.object("cyclorama.job/1")["committed"], each, "{}", ended.stderr);
        let verified = run(&["render", "verify", "--ledger", text(&ledger), "--json"]).done();
        good += verified.object("cyclorama.verify/1")["good"].as_u64().expect("a number");
        let told = run(&["render", "logs", "--ledger", text(&ledger), "--json"]).done();
        let accused = told.json_lines().iter().filter(|line| line["schema"] == "cyclorama.attempt/1").count();
        assert_eq!(accused, 0, "{}", told.stdout);
    }
    println!(
        "{good} frames of Blender's Workbench, none accused when it came and none when it was read again"
    );
}

/// Blender keeps nothing from one frame to the next, so its borders must look like any two frames: Cycles with its noise, and
/// Workbench.
#[test]
fn where_ranges_of_blender_meet_nobody_sees_it() {
    if !is_here() {
        return;
    }
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    let _ = run(&["take", "import", "--protocol", "f4", text(&mosys_recording()), text(&take)]).done();
    for host in ["blender", "blender-workbench"] {
        let ledger = folder.path().join(host);
        let mut submit = command();
        submit.args(["render", "submit", text(&take), "--host", host, "--frames", "300-315"]);
        submit.args(["--walk-in", "2", "--size", "96x54", "--samples", "8", "--workers", "2", "--json"]);
        submit.args(["--ledger", text(&ledger)]);
        let ended = Service::start(submit).end_within(Duration::from_secs(300)).done();
        assert_eq!(ended.object("cyclorama.job/1")["committed"], 16, "{}", ended.stderr);
        assert!(!ended.stderr.contains("began with a seam"), "nothing was mended: {}", ended.stderr);
        let verified = run(&["render", "verify", "--ledger", text(&ledger), "--json"]).done();
        let report = verified.object("cyclorama.verify/1");
        assert_eq!(report["good"], 16, "{report}");
        let seams = report["seams"].as_array().expect("borders were measured");
        let ratios: Vec<f64> = seams.iter().filter_map(|seam| seam["ratio"].as_f64()).collect();
        assert!(ratios.len() >= 3 && ratios.iter().all(|ratio| *ratio < 1.5), "{report}");
        println!("{host}: the picture changes {ratios:.2?} times as much across a border as beside it");
    }
}

use std::fs;
use std::path::{Path, PathBuf};

use cyclorama_time::UtcTime;
use cyclorama_tracking::{
    Protocol,
    take::{ImportOptions, TakeInfo, import},
};

use super::*;

const MINUTE: u32 = 60_000_000;

/// A take of a real camera's packets.
fn take(folder: &Path) -> PathBuf {
    let file = folder.join("a.take");
    if !file.exists() {
        let recording = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/mosys_f4/dev_first600.f4");
        let info = TakeInfo::new("a", Protocol::F4, UtcTime::from_nanos(0));
        let recording = fs::read(recording).expect("reads");
        import(&recording, &file, &info, ImportOptions::default()).expect("a take");
    }
    file
}

fn config(folder: &Path) -> RenderConfig {
    RenderConfig {
        take: take(folder).to_string_lossy().into_owned(),
        map: "/Game/Maps/Stage".to_owned(),
        sequence: "/Game/Shots/A".to_owned(),
        preset: "/Game/Fine".to_owned(),
        frames: "0-3".to_owned(),
        ledger: folder.join("ledger").to_string_lossy().into_owned(),
        ..RenderConfig::default()
    }
}

#[test]
fn a_plan_is_told_in_words_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let work = render_plan(&config(folder.path()));
    assert_eq!(work.render_wait(MINUTE), Status::Ok, "{}", work.render_text());
    assert!(work.render_text().starts_with("job "), "{}", work.render_text());
    assert!(!work.render_lines().is_empty());
    assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 1, "only the take");
}

#[test]
fn what_a_frames_file_is_and_holds_is_ordered_and_layers_may_be_written_as_the_preset_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let planned = |frame_format: &str, passes: &[&str]| {
        let frame_format = frame_format.to_owned();
        let work =
            render_plan(&RenderConfig { frame_format, passes: names(passes), ..config(folder.path()) });
        (work.render_wait(MINUTE), [vec![work.render_text()], work.render_lines()].concat().join("\n"))
    };
    let (status, plain) = planned("", &[]);
    assert!(status == Status::Ok && plain.contains("as OpenEXR in lin_rec709_scene"), "{plain}");
    assert_eq!(planned("EXR", &["beauty", " "]).1, plain, "it is the job that it was");
    assert!(planned("png", &[]).1.contains("as PNG in srgb_rec709_scene"));
    let (status, deep) = planned("exr", &["WorldDepth", "Mist"]);
    assert!(status == Status::Ok && deep.contains("passes: beauty (R, G, B), mist (mist.*"), "{deep}");
    for (format, passes, said) in [
        ("png", &["WorldDepth"][..], "the pass worlddepth needs EXR frames"),
        ("tiff", &[][..], "`tiff` is no format of frames"),
        ("", &["depth"][..], "does not draw the pass depth"),
        ("", &["a b"][..], "`a b` is no name of a pass"),
        ("", &["mist", "Mist"][..], "the pass mist is named twice"),
    ] {
        let (status, text) = planned(format, passes);
        assert!(status == Status::User && text.contains(said), "{text}");
    }
}

#[test]
fn what_cannot_be_rendered_is_told_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = config(folder.path());
    let panorama = PresetFacts { panorama: true, fault: String::new() };
    let circular = PresetFacts { panorama: false, fault: "a graph holds itself".to_owned() };
    for (config, status, said) in [
        (RenderConfig { facts: panorama, ..good.clone() }, Status::Refused, "draws a panorama"),
        (RenderConfig { facts: circular, ..good.clone() }, Status::Refused, "a graph holds itself"),
        (RenderConfig { take: "nowhere".to_owned(), ..good.clone() }, Status::NotFound, "nowhere"),
        (RenderConfig { sequence: String::new(), ..good.clone() }, Status::User, "level sequence"),
        (RenderConfig { frames: "a-b".to_owned(), ..good.clone() }, Status::User, "a-b"),
        (RenderConfig { engine: "moon".to_owned(), ..good.clone() }, Status::Refused, "moon"),
        (RenderConfig { command: "/no/such/cyclorama".to_owned(), ..good }, Status::Internal, "/no/such"),
    ] {
        let work = render_submit(&config);
        assert_eq!(work.render_wait(MINUTE), status, "{}", work.render_text());
        assert!(work.render_text().contains(said), "{}", work.render_text());
    }
    // The job stands in its ledger all the same, and is watched until somebody stops watching.
    let work = render_watch(&config(folder.path()).ledger, "");
    assert_eq!(work.render_wait(200_000), Status::Timeout, "{}", work.render_text());
    work.render_cancel();
    assert_eq!(work.render_wait(MINUTE), Status::Cancelled);
    let nothing = render_watch(&folder.path().join("none").to_string_lossy(), "");
    assert_eq!(nothing.render_wait(MINUTE), Status::NotFound);
    // Taken back, it has ended for everybody who watches.
    let work = render_withdraw(&config(folder.path()).ledger, "");
    assert_eq!(work.render_wait(MINUTE), Status::Ok, "{}", work.render_text());
    assert!(work.render_text().ends_with("0 of 4 frames committed, cancelled"), "{}", work.render_text());
    let work = render_watch(&config(folder.path()).ledger, "");
    assert_eq!(work.render_wait(MINUTE), Status::Partial, "{}", work.render_text());
}

#[test]
fn what_is_cancelled_before_it_was_submitted_stands_in_no_ledger() {
    let folder = tempfile::tempdir().expect("a folder");
    let order = RenderConfig { detach: true, command: "true".to_owned(), ..config(folder.path()) };
    // A machine that holds this thread up lets the work be done first: then that is no case of this, and it is tried again.
    for attempt in 0..50 {
        let ledger = folder.path().join(format!("ledger-{attempt}"));
        let order = RenderConfig { ledger: ledger.to_string_lossy().into_owned(), ..order.clone() };
        let work = render_submit(&order);
        work.render_cancel();
        if work.render_wait(MINUTE) == Status::Cancelled && !ledger.join("jobs").exists() {
            assert_eq!(work.render_text(), "cancelled: nothing was submitted");
            return;
        }
    }
    panic!("it was never cancelled in time");
}

#[test]
fn a_job_that_is_left_to_its_workers_is_done_once_they_were_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let left = RenderConfig { detach: true, workers: 2, ..config(folder.path()) };
    // A worker that has nothing to do is enough to be started.
    let work = render_submit(&RenderConfig { command: "true".to_owned(), ..left.clone() });
    assert_eq!(work.render_wait(MINUTE), Status::Ok, "{}", work.render_text());
    assert!(work.render_text().ends_with("2 workers of this machine draw it"), "{}", work.render_text());
    let work = render_submit(&RenderConfig { command: "/no/such/cyclorama".to_owned(), ..left });
    assert_eq!(work.render_wait(MINUTE), Status::NotFound, "{}", work.render_text());
}

#[test]
fn an_engine_that_no_worker_started_talks_to_nobody() {
    for (address, status) in
        [("127.0.0.1:9", Status::Refused), ("10.0.0.1:9", Status::Refused), ("here", Status::User)]
    {
        let session = host_connect(address, "Unreal 5.4");
        assert_eq!(session.host_next(&mut HostTask::default()), status, "{}", session.host_text());
        assert!(!session.host_text().is_empty());
        assert!(session.host_beat(1), "there is nothing to draw for");
        assert_eq!(session.host_wrote("x"), status);
        assert_eq!(session.host_finished(1, true, ""), status);
    }
}

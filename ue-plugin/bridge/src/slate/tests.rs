use std::{fs, net::UdpSocket, path::Path, time::Duration};

use super::*;
use crate::tracking::open_for_tests as open;

/// Looks until it is so, or a test has waited long enough.
fn until(slate: &mut Slate, holds: impl Fn(&SlateView) -> bool) -> SlateView {
    let mut view = SlateView::default();
    for _ in 0..1_000 {
        assert_eq!(slate.slate_view(&mut view), Status::Ok);
        if holds(&view) {
            return view;
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    panic!("it never was so: {view:?}");
}

fn config(folder: &Path) -> SlateConfig {
    SlateConfig {
        folder: folder.display().to_string(),
        slate: "A101".to_owned(),
        camera: "A".to_owned(),
        slate_of_tracker: true,
        pre_roll_ms: 1_000,
        settle_ms: 250,
        silence_ms: 5_000,
        ..SlateConfig::default()
    }
}

fn send(port: u16, at: usize) {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/freed/derived_from_mosys_f4_first600.freed");
    let bytes = fs::read(path).expect("a vector");
    thread_local!(static SENDER: UdpSocket = UdpSocket::bind("127.0.0.1:0").expect("a socket"));
    SENDER.with(|sender| sender.send_to(&bytes[29 * at..29 * (at + 1)], ("127.0.0.1", port))).expect("sent");
}

#[test]
fn a_take_is_rolled_noted_and_cut_and_lies_whole_in_the_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let tracking = open("protocol=freed; bind=127.0.0.1:0");
    let mut slate = slate_open(tracking.session_number());
    assert_eq!(slate.roll("", 0, ""), Status::Refused, "not before somebody wants takes");
    assert_eq!(slate.record_takes(&config(folder.path())), Status::Ok);
    let view = until(&mut slate, |view| view.recording);
    assert_eq!((view.words.as_str(), view.take), ("Ready of camera A. Nothing was recorded yet", 0));
    assert_eq!(slate.roll("", 7, "first try"), Status::Ok);
    let view = until(&mut slate, |view| view.rolling);
    assert_eq!((view.words.as_str(), view.take), ("RECORDING A101 take 7 of camera A", 7));
    for at in 0..5 {
        send(tracking.heard_port(), at);
    }
    assert_eq!(slate.roll("B", 0, ""), Status::Ok, "it is left for the thread");
    let view = until(&mut slate, |view| !view.waiting);
    assert_eq!(view.refusal, "A101 take 7 rolls already");
    assert_eq!(slate.note("boom in shot"), Status::Ok);
    until(&mut slate, |view| !view.waiting && view.refusal.is_empty());
    assert_eq!(slate.cut(), Status::Ok);
    let view = until(&mut slate, |view| view.takes == 1);
    assert_eq!(view.words, "Ready of camera A. The last one was A101 take 7");
    let report = cyclorama_tracking::take::verify(Path::new(&view.path)).expect("readable");
    assert_eq!(report.state, cyclorama_tracking::take::State::Intact);
    let notes = fs::read_to_string(folder.path().join("A101_t007.notes.jsonl")).expect("noted");
    assert!(notes.contains("boom in shot"));
    let told: Vec<_> =
        crate::events::all_for_tests().into_iter().filter(|e| e.about == "A101_t007").collect();
    assert_eq!(told.len(), 2, "begun and closed: {told:?}");
}

#[test]
fn a_folder_that_cannot_be_ends_the_recording_and_never_the_tracking() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a file");
    fs::write(&file, "x").expect("room");
    let tracking = open("protocol=freed; bind=127.0.0.1:0");
    let mut slate = slate_open(tracking.session_number());
    assert_eq!(slate.record_takes(&SlateConfig::default()), Status::User);
    assert_eq!(slate.record_takes(&config(&file)), Status::Ok);
    let view = until(&mut slate, |view| !view.recording);
    assert!(view.words.contains("record takes"), "{}", view.words);
    assert_eq!(slate.cut(), Status::Refused);
    // Tracking goes on, and a sound folder is taken at once.
    let mut feed = tracking.shared().feed();
    send(tracking.heard_port(), 0);
    let (mut pose, mut details) = ([crate::tracking::Pose::default()], [crate::tracking::Details::default()]);
    assert_eq!(feed.wait(5_000_000, &mut pose, &mut details), 1);
    assert_eq!(slate.record_takes(&config(folder.path())), Status::Ok);
    assert_eq!(slate.roll("", 0, ""), Status::Ok);
    until(&mut slate, |view| view.rolling);
}

#[test]
fn without_a_session_it_says_so() {
    let mut slate = slate_open(u64::MAX);
    assert_eq!(slate.roll("", 0, ""), Status::NotFound);
    let mut view = SlateView::default();
    assert_eq!(slate.slate_view(&mut view), Status::Ok);
    assert!(view.words.contains("no tracker is listened to"), "{}", view.words);
}

#[test]
fn a_tracker_that_is_not_heard_is_not_recorded_and_the_refusal_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let holder = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let line = format!("protocol=freed; bind={}", holder.local_addr().expect("bound"));
    let tracking = open(&line);
    let mut slate = slate_open(tracking.session_number());
    assert_eq!(slate.record_takes(&config(folder.path())), Status::Conflict);
    let view = until(&mut slate, |view| !view.refusal.is_empty());
    assert!(!view.recording && view.refusal.contains("in use by another program"), "{view:?}");
    assert_eq!(slate.roll("", 0, ""), Status::Refused);
}

use std::sync::atomic::{AtomicBool, Ordering};

use cyclorama_tracking::{ingest::Snapshot, live::LiveOptions};

use super::*;
use crate::tracking::board::board;

fn session() -> Arc<Shared> {
    Arc::new(Shared::new(board().1, LiveOptions::default(), None).0)
}

/// A share that is not there any more: whoever asks it waits.
fn never(_: &str) -> Result<LensFile, Failure> {
    loop {
        thread::park();
    }
}

fn later(seconds: i64) -> StageTime {
    time::clock().now().plus_nanos(seconds * 1_000_000_000)
}

#[test]
fn a_share_that_never_answers_holds_up_nobody_and_is_told_of() {
    let shared = session();
    let lens = Lens::begin_with(never, AGAIN, " /share/a.lens.json ", &shared);
    assert!(lens.known(&shared).is_none());
    let words = |seconds| shared.lens().words(later(seconds)).expect("it is not there");
    let told = words(0);
    assert_eq!((told.trouble, told.text.as_str()), (false, "the lens file /share/a.lens.json is being read"));
    assert!(words(6).trouble && words(6).text.contains("does not answer"), "{:?}", words(6));
    // Nothing of the session is held by who waits for the disk.
    drop(lens);
    assert_eq!((Arc::strong_count(&shared), shared.lens().words(later(0)).is_some()), (1, true));
}

/// What people were told of this path, in order.
fn told_of(path: &str) -> Vec<EventKind> {
    let told = events::all_for_tests();
    told.iter().filter(|event| event.text.contains(path)).map(|event| event.kind).collect()
}

#[test]
fn a_share_that_does_not_answer_is_told_once_where_there_is_no_tab_and_its_return_too() {
    let (shared, path) = (session(), "/share/only_told_once.lens.json");
    shared.lens().awaits(path);
    let heard = |seconds| shared.set_health(&Snapshot { at: later(seconds), ..Snapshot::default() });
    heard(0);
    assert_eq!(told_of(path), []);
    for seconds in [6, 7, 3600] {
        heard(seconds);
    }
    assert_eq!(told_of(path), [EventKind::TrackerFault]);
    // It answers at last.
    shared.lens().is_used();
    heard(3601);
    assert_eq!(told_of(path), [EventKind::TrackerFault, EventKind::TrackerBack]);
}

/// What a thread does last of all; whoever does not wait for the thread does not see it.
struct Last;

static THROUGH: AtomicBool = AtomicBool::new(false);

impl Drop for Last {
    fn drop(&mut self) {
        thread::park_timeout(Duration::from_millis(5));
        THROUGH.store(true, Ordering::SeqCst);
    }
}

fn refused(path: &str) -> Result<LensFile, Failure> {
    thread_local!(static LAST: Last = const { Last });
    LAST.with(|_| Err(Failure::new(Status::Refused, format!("{path} is not yours"))))
}

#[test]
fn whoever_ends_the_session_is_through_only_when_the_thread_is_that_waits_for_its_next_attempt() {
    let shared = session();
    let lens = Lens::begin_with(refused, Duration::from_secs(3600), "/share/b.lens.json", &shared);
    while !shared.lens().words(later(0)).is_some_and(|words| words.trouble) {
        thread::yield_now();
    }
    drop(lens);
    assert!(THROUGH.load(Ordering::SeqCst));
}

#[test]
fn a_file_that_is_not_there_is_told_once_and_used_as_soon_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.lens.json").display().to_string();
    let shared = session();
    let lens = Lens::begin_with(read, Duration::from_millis(1), &path, &shared);
    while !shared.lens().words(later(0)).is_some_and(|words| words.trouble) {
        thread::yield_now();
    }
    let why = shared.lens().words(later(0)).expect("it is not there").text;
    assert!(why.contains(&path) && why.ends_with("tried again every 2 s"), "{why}");
    let mut document = Document::new(cyclorama_space::SensorSize { width_mm: 24.0, height_mm: 13.5 });
    document.focal_length_mm = vec![vec![0.0, 0.0, 20.0], vec![0.0, 1.0, 80.0]];
    // Whole at once, as whoever writes one should.
    let fresh = folder.path().join("fresh");
    std::fs::write(&fresh, document.to_json()).expect("written");
    std::fs::rename(&fresh, &path).expect("renamed");
    let news = loop {
        if let Some(news) = lens.news(&shared) {
            break news;
        }
        thread::yield_now();
    };
    assert!(lens.known(&shared).is_some_and(|known| Arc::ptr_eq(&known, &news)));
    assert!(lens.news(&shared).is_none() && shared.lens().words(later(9)).is_none());
    assert_eq!(told_of(&path), [EventKind::TrackerFault, EventKind::TrackerBack]);
}

#[test]
fn a_session_without_a_lens_file_waits_for_none() {
    let shared = session();
    let lens = Lens::begin("  ", &shared);
    assert!(lens.known(&shared).is_none() && shared.lens().words(later(9)).is_none());
}

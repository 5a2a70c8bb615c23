//! Flags, ranges and commands, and the takes they make.

use cyclorama_time::{FrameRate, UtcTime};
use proptest::prelude::*;

use super::{
    recorder::{Session, SlatedOptions},
    *,
};
use crate::{
    DecodeOptions, Protocol,
    ingest::{Order, Told},
    replay,
    send::{Encoder, Move, Simulation},
    take::{Reader, TakeInfo},
};

/// Sample `frame` of 50 a second, with the flag as given.
fn sample(frame: i64, recording: Option<bool>) -> Sample {
    Sample { recording, ..Simulation::new(Move::Crane, FrameRate::FPS_50).sample(frame) }
}

/// The events of a run in which the flag is up where `up` says so: frame and event.
fn events(
    engine: &mut SlateEngine,
    frames: std::ops::Range<i64>,
    up: impl Fn(i64) -> Option<bool>,
) -> Vec<(i64, Event)> {
    let mut seen = Vec::new();
    for frame in frames {
        seen.extend(
            engine.sample(&sample(frame, up(frame)), None).into_iter().flatten().map(|event| (frame, event)),
        );
    }
    seen
}

fn started(slate: &str, take: u32) -> Event {
    Event::Started(TakeName { slate: slate.to_owned(), take })
}

#[test]
fn a_take_begins_with_the_flag_and_ends_once_it_stays_down() {
    let mut engine = SlateEngine::new(SlateOptions::default());
    let seen = events(&mut engine, 0..300, |frame| Some((100..200).contains(&frame)));
    // A quarter of a second after the last frame with the flag up, at 50 a second.
    assert_eq!(seen, [(100, started("slate", 1)), (212, Event::Stopped)]);
}

#[test]
fn a_flag_that_flickers_splits_no_take() {
    let mut engine = SlateEngine::new(SlateOptions::default());
    let seen = events(&mut engine, 0..300, |frame| {
        Some((100..200).contains(&frame) && frame % 5 != 0 || frame == 100)
    });
    assert_eq!(seen.len(), 2, "{seen:?}");
}

#[test]
fn a_tracker_that_repeats_its_flag_rarely_is_understood() {
    let mut engine = SlateEngine::new(SlateOptions::default());
    let seen = events(&mut engine, 0..400, |frame| (frame % 100 == 0).then_some((100..300).contains(&frame)));
    assert_eq!(seen, [(100, started("slate", 1)), (300, Event::Stopped)]);
}

#[test]
fn takes_are_counted_on_each_slate_and_a_new_slate_is_a_new_take() {
    let mut engine = SlateEngine::new(SlateOptions::default());
    engine.seen("A101", 4);
    let mut seen = Vec::new();
    for (frame, slate) in [(0, "A101"), (1, "A101"), (2, "B7"), (3, "A101")] {
        seen.extend(engine.sample(&sample(frame, Some(true)), Some(slate)).into_iter().flatten());
    }
    assert_eq!(
        seen,
        [started("A101", 5), Event::Stopped, started("B7", 1), Event::Stopped, started("A101", 6)]
    );
}

#[test]
fn slates_that_differ_in_capital_letters_alone_are_counted_as_one() {
    let mut engine = SlateEngine::new(SlateOptions::default());
    engine.seen("A101", 4);
    assert_eq!(engine.roll("a101".to_owned(), None), started("a101", 5));
    engine.command(Command::Cut, StageTime::default());
    assert_eq!(engine.roll("A101".to_owned(), None), started("A101", 6));
    assert_eq!(take_number("A101_t003", "a101"), Some(3));
    assert_eq!(take_number("Küche_T003", "KÜCHE"), Some(3));
    assert_eq!(take_number("A1010_t003", "a101"), None);
}

#[test]
fn timecode_ranges_record_their_first_and_last_frame() {
    let at = |frame| sample(frame, None).timecode.expect("a label");
    let options = SlateOptions { ranges: vec![(at(50), at(60))], settle: 0.01, ..SlateOptions::default() };
    let seen = events(&mut SlateEngine::new(options), 0..100, |_| None);
    assert_eq!(seen, [(50, started("slate", 1)), (61, Event::Stopped)]);
}

#[test]
fn commands_win_over_flags_until_they_are_followed_again() {
    let mut engine = SlateEngine::new(SlateOptions::default());
    let now = |frame| sample(frame, None).arrived;
    assert_eq!(engine.command(Command::Roll, now(0)), Some(started("slate", 1)));
    assert!(events(&mut engine, 0..500, |_| Some(false)).is_empty(), "rolls though the flag is down");
    assert_eq!(engine.command(Command::Cut, now(500)), Some(Event::Stopped));
    assert!(events(&mut engine, 500..600, |_| Some(true)).is_empty(), "cut though the flag is up");
    engine.command(Command::Follow, now(600));
    assert_eq!(events(&mut engine, 600..700, |_| Some(true)), [(600, started("slate", 2))]);
    assert_eq!(engine.command(Command::Cut, now(700)), Some(Event::Stopped));
    let seen = events(&mut engine, 700..900, |frame| Some(!(750..800).contains(&frame)));
    assert_eq!(seen, [(800, started("slate", 3))], "once the flag has been down it counts again");
}

#[test]
fn a_tracker_that_falls_silent_ends_its_take() {
    let mut engine = SlateEngine::new(SlateOptions::default());
    events(&mut engine, 0..10, |_| Some(true));
    let last = sample(9, None).arrived;
    assert_eq!(engine.tick(last.plus_nanos(4_900_000_000)), None);
    assert_eq!(engine.tick(last.plus_nanos(5_100_000_000)), Some(Event::Stopped));
    assert_eq!(engine.tick(last.plus_nanos(9_100_000_000)), None);
}

#[test]
fn names_are_safe_for_every_file_system() {
    let name = TakeName { slate: "../Szene 12/A: Küche".to_owned(), take: 7 };
    assert_eq!(name.file_stem(), "---Szene-12-A--Küche_t007");
    assert_eq!(take_number(&name.file_stem(), &name.slate), Some(7));
    assert_eq!(take_number("---Szene-12-A--Küche_t007", "other"), None);
    assert_eq!(TakeName { slate: "  ".to_owned(), take: 1000 }.file_stem(), "slate_t1000");
}

#[test]
fn the_pre_roll_is_bounded_in_time_and_bytes() {
    let mut pre_roll = PreRoll::new(1.0);
    for frame in 0..500 {
        pre_roll.push(StageTime::from_nanos(frame * 20_000_000), None, &[frame as u8; 29], None);
    }
    let kept: Vec<_> = pre_roll.drain().collect();
    assert_eq!((kept.len(), kept[0].bytes[0]), (51, (449 % 256) as u8));
    for _ in 0..1000 {
        pre_roll.push(StageTime::default(), None, &[0; 60_000], None);
    }
    assert!(pre_roll.drain().count() * 60_000 <= 16 << 20);
}

fn options(folder: &std::path::Path) -> SlatedOptions {
    SlatedOptions {
        slate: SlateOptions::default(),
        folder: folder.to_owned(),
        info: TakeInfo::new("", Protocol::F4, UtcTime::from_nanos(0)),
        pre_roll: 0.5,
    }
}

/// Runs F4 datagrams through a recorder; the flag is up in `up`.
fn run(folder: &std::path::Path, frames: i64, up: &[std::ops::Range<i64>]) -> Vec<recorder::SlatedTake> {
    let (mut session, mut closed) = (Session::new(options(folder)).expect("a folder"), Vec::new());
    let mut encoder = Encoder::new(Protocol::F4, DecodeOptions::default());
    let utc = UtcTime::from_nanos(0);
    let mut tell = |told: Told<'_>| {
        if let Told::Closed(take) = told {
            closed.push(take.clone());
        }
    };
    for frame in 0..frames {
        let sample = sample(frame, Some(up.iter().any(|range| range.contains(&frame))));
        encoder.encode(&sample, |bytes| {
            session.datagram(sample.arrived, None, bytes, sample.timecode).expect("room");
            session.sample(&sample, None, utc, &mut tell).expect("room");
            session.tick(sample.arrived, &mut tell).expect("room");
        });
    }
    session.close(&mut tell).expect("room");
    closed
}

#[test]
fn a_person_rolls_cuts_and_notes_and_no_take_is_made_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = Session::new(options(folder.path())).expect("a folder");
    let utc = UtcTime::from_nanos(0);
    let order = |session: &mut Session, order| {
        session.order(order, StageTime::default(), utc, &mut |_| ()).expect("room")
    };
    let roll =
        |take, note: &str| Order::Roll { slate: Some("B7".to_owned()), take, note: Some(note.to_owned()) };
    assert!(order(&mut session, Order::Note("early".to_owned())).is_err());
    let said = order(&mut session, roll(Some(4), "wide")).expect("rolls");
    assert_eq!(said.rolling.map(|name| name.take), Some(4));
    assert!(order(&mut session, roll(None, "again")).expect_err("it rolls").contains("B7 take 4 rolls"));
    assert_eq!(order(&mut session, Order::Cut).expect("cut").takes, 1);
    order(&mut session, Order::Note("boom in shot".to_owned())).expect("noted after the cut");
    assert!(order(&mut session, roll(Some(4), "")).expect_err("there").contains("exists"));
    let said = order(&mut session, roll(None, "")).expect("rolls");
    assert_eq!(said.rolling.map(|name| name.take), Some(5), "the next one");
    order(&mut session, Order::Cut).expect("cut");
    let first = folder.path().join("B7_t004.take");
    assert_eq!(Reader::open(&first).expect("whole").info().notes, "wide");
    assert_eq!(notes::read(&first).expect("notes")[0].text, "boom in shot");
}

#[test]
fn a_slate_goes_on_after_takes_that_are_spelt_in_other_capital_letters() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("A101_t003.take"), "theirs").expect("writes");
    let mut session = Session::new(options(folder.path())).expect("a folder");
    let mut roll = |take| {
        let order = Order::Roll { slate: Some("a101".to_owned()), take, note: None };
        let said = session.order(order, StageTime::default(), UtcTime::from_nanos(0), &mut |_| ());
        let said = said.expect("room").map(|said| said.rolling.map(|name| name.file_stem()));
        let cut = session.order(Order::Cut, StageTime::default(), UtcTime::from_nanos(0), &mut |_| ());
        cut.expect("room").expect("cut");
        said
    };
    assert_eq!(roll(None), Ok(Some("a101_t004".to_owned())));
    assert_eq!(roll(Some(3)), Err("a101 take 3 exists already".to_owned()));
    assert_eq!(roll(Some(2)), Ok(Some("a101_t002".to_owned())));
    assert_eq!(roll(None), Ok(Some("a101_t005".to_owned())), "3 and 4 are there");
}

#[test]
fn nobody_holds_a_take_any_more_when_its_end_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = Session::new(options(folder.path())).expect("a folder");
    let (utc, mut free) = (UtcTime::from_nanos(0), Vec::new());
    let mut tell = |told: Told<'_>| {
        if let Told::Closed(take) = told {
            let file = std::fs::File::options().write(true).open(&take.path).expect("there");
            free.push(file.try_lock().is_ok());
        }
    };
    let roll = Order::Roll { slate: None, take: None, note: None };
    for order in [roll, Order::Cut] {
        session.order(order, StageTime::default(), utc, &mut tell).expect("room").expect("obeyed");
    }
    assert_eq!(free, [true]);
}

#[test]
fn the_first_frames_are_never_lost_and_takes_are_numbered_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let takes = run(folder.path(), 400, &[100..150, 300..500]);
    let stems: Vec<_> = takes.iter().map(|take| take.name.file_stem()).collect();
    assert_eq!(stems, ["slate_t001", "slate_t002"]);
    for (take, first) in takes.iter().zip([75, 275]) {
        let reader = Reader::open(&take.path).expect("a whole take");
        let samples = replay::samples(&reader).expect("whole").samples;
        assert_eq!(samples[0].arrived, sample(first, None).arrived, "half a second before the flag");
        assert_eq!(samples.len() as u64, take.summary.records);
        assert_eq!(
            (reader.info().slate.as_deref(), reader.info().take),
            (Some("slate"), Some(take.name.take))
        );
    }
    // Another day, the same folder: nothing is overwritten.
    let more = run(folder.path(), 200, std::slice::from_ref(&(100..150)));
    assert_eq!(more[0].name.take, 3);
}

proptest! {
    #[test]
    fn every_take_that_begins_ends_before_the_next(
        steps in prop::collection::vec((0i64..2_000_000_000, prop::option::of(any::<bool>()), 0u8..6), 1..200),
    ) {
        let mut engine = SlateEngine::new(SlateOptions::default());
        let (mut now, mut rolling, mut last) = (StageTime::default(), false, 0);
        for (wait, flag, kind) in steps {
            now = now.plus_nanos(wait);
            let events = match kind {
                0 => [engine.command(Command::Roll, now), None],
                1 => [engine.command(Command::Cut, now), None],
                2 => [engine.command(Command::Follow, now), None],
                3 => [engine.tick(now), None],
                _ => engine.sample(&Sample { arrived: now, ..sample(0, flag) }, None),
            };
            for event in events.into_iter().flatten() {
                match event {
                    Event::Started(name) => {
                        prop_assert!(!rolling && name.take == last + 1);
                        (rolling, last) = (true, name.take);
                    }
                    Event::Stopped => {
                        prop_assert!(rolling);
                        rolling = false;
                    }
                }
            }
            prop_assert_eq!(engine.rolling().is_some(), rolling);
        }
    }
}

//! Whole days of labels, the published drop-frame values, and midnight.

use proptest::prelude::*;

use super::*;

/// Every rate with timecode, with and without drop-frame where both exist.
fn countings() -> Vec<(FrameRate, bool)> {
    let plain = [
        "23.976", "24", "25", "29.97", "30", "47.952", "48", "50", "59.94", "60", "72", "96", "100",
        "119.88", "120",
    ];
    let plain = plain.map(|text| (text.parse().expect("a rate"), false));
    plain.into_iter().chain([(FrameRate::FPS_29_97, true), (FrameRate::FPS_59_94, true)]).collect()
}

fn any_timecode() -> impl Strategy<Value = Timecode> {
    (proptest::sample::select(countings()), 0..20_000_000_i64).prop_map(|((rate, drop_frame), frame)| {
        Timecode::from_frame(FrameNumber(frame), rate, drop_frame).expect("the counting exists")
    })
}

#[test]
fn every_frame_of_a_day_has_a_label_of_its_own_that_leads_back_to_it() {
    for (rate, drop_frame) in countings() {
        let day = frames_in_day(rate, drop_frame);
        let mut before = None;
        for frame in 0..day {
            let label = Timecode::from_frame(FrameNumber(frame), rate, drop_frame).unwrap();
            assert_eq!(label.frame_of_day().0, frame, "{label} at {rate}");
            let fields = (label.hours, label.minutes, label.seconds, label.frames);
            assert!(before < Some(fields), "{label} at {rate} does not follow {before:?}");
            // The label exists: it passes the check made on labels from outside.
            assert_eq!(Timecode::new(fields.0, fields.1, fields.2, fields.3, rate, drop_frame), Ok(label));
            before = Some(fields);
        }
        let last = u8::try_from(rate.nominal() - 1).unwrap();
        assert_eq!(before, Some((23, 59, 59, last)), "the last label of a day at {rate}");
    }
}

#[test]
fn drop_frame_agrees_with_the_published_values() {
    let at =
        |frame| Timecode::from_frame(FrameNumber(frame), FrameRate::FPS_29_97, true).unwrap().to_string();
    assert_eq!(at(1799), "00:00:59;29");
    assert_eq!(at(1800), "00:01:00;02");
    assert_eq!(at(17_981), "00:09:59;29");
    assert_eq!(at(17_982), "00:10:00;00");
    assert_eq!(at(107_892), "01:00:00;00");
    assert_eq!(at(2_589_407), "23:59:59;29");
    assert_eq!(at(2_589_408), "00:00:00;00");
    let at_60 =
        |frame| Timecode::from_frame(FrameNumber(frame), FrameRate::FPS_59_94, true).unwrap().to_string();
    assert_eq!(at_60(3599), "00:00:59;59");
    assert_eq!(at_60(3600), "00:01:00;04");
}

#[test]
fn drop_frame_refuses_the_labels_it_skips_and_no_others() {
    let (rate, new) = (FrameRate::FPS_29_97, |m, s, f| Timecode::new(1, m, s, f, FrameRate::FPS_29_97, true));
    assert_eq!(new(1, 0, 0), Err(TimecodeError::Dropped { hours: 1, minutes: 1, frames: 0 }));
    assert!(new(1, 0, 1).is_err() && new(59, 0, 1).is_err());
    assert!(new(1, 0, 2).is_ok() && new(0, 0, 0).is_ok() && new(30, 0, 1).is_ok() && new(1, 1, 0).is_ok());
    assert!(Timecode::new(1, 1, 0, 0, rate, false).is_ok());
    let skipped: Vec<u8> =
        (0..60).filter(|f| Timecode::new(0, 1, 0, *f, FrameRate::FPS_59_94, true).is_err()).collect();
    assert_eq!(skipped, [0, 1, 2, 3]);
}

#[test]
fn drop_frame_exists_for_two_rates_only() {
    assert_eq!(
        Timecode::new(0, 0, 0, 0, FrameRate::FPS_25, true),
        Err(TimecodeError::NoDropFrame(FrameRate::FPS_25))
    );
    assert!(Timecode::from_frame(FrameNumber(0), FrameRate::FPS_30, true).is_err());
}

#[test]
fn rates_past_120_have_no_timecode() {
    let rate = FrameRate::new(240, 1).unwrap();
    assert_eq!(Timecode::from_frame(FrameNumber(239), rate, false), Err(TimecodeError::TooFast(rate)));
    assert_eq!(Timecode::new(0, 0, 0, 0, rate, false), Err(TimecodeError::TooFast(rate)));
}

#[test]
fn fields_past_their_end_are_refused() {
    for (h, m, s, f) in [(24, 0, 0, 0), (0, 60, 0, 0), (0, 0, 60, 0), (0, 0, 0, 25), (255, 255, 255, 255)] {
        let error = Timecode::new(h, m, s, f, FrameRate::FPS_25, false).unwrap_err();
        assert!(matches!(error, TimecodeError::OutOfRange { .. }), "{error}");
    }
}

proptest! {
    #[test]
    fn moving_on_and_counting_back_agree_within_half_a_day(label in any_timecode(), frames in -1_000_000..1_000_000_i64) {
        let day = frames_in_day(label.rate, label.drop_frame);
        prop_assume!(frames.abs() < day / 2);
        prop_assert_eq!(label.plus_frames(frames).frames_since(label), frames);
        prop_assert_eq!(label.plus_frames(frames).plus_frames(-frames), label);
    }

    #[test]
    fn a_day_later_the_label_is_the_same(label in any_timecode(), days in -1000..1000_i64) {
        let day = frames_in_day(label.rate, label.drop_frame);
        prop_assert_eq!(label.plus_frames(days * day), label);
        let far = FrameNumber(label.frame_of_day().0 + days * day);
        prop_assert_eq!(Timecode::from_frame(far, label.rate, label.drop_frame), Ok(label));
    }

    #[test]
    fn no_number_of_frames_is_too_many(label in any_timecode(), frames in any::<i64>()) {
        let moved = label.plus_frames(frames);
        prop_assert!(moved.frame_of_day().0 < frames_in_day(label.rate, label.drop_frame));
    }

    #[test]
    fn labels_come_back_from_their_text(label in any_timecode()) {
        prop_assert_eq!(Timecode::parse(&label.to_string(), label.rate), Ok(label));
        let json = serde_json::to_string(&label).unwrap();
        prop_assert_eq!(serde_json::from_str::<Timecode>(&json).unwrap(), label);
    }

    #[test]
    fn drop_frame_stays_within_five_frames_of_the_clock_all_day(frame in 0..2_589_408_i64) {
        // What drop-frame is for: the label read as a clock. It is off by the frames not yet dropped, and by the
        // 86.4 ms a day that dropping whole frames leaves over.
        let rate = FrameRate::FPS_29_97;
        let label = Timecode::from_frame(FrameNumber(frame), rate, true).unwrap();
        let read = i64::from(label.hours) * 3600 + i64::from(label.minutes) * 60 + i64::from(label.seconds);
        let clock = read * 1_000_000_000 + i64::from(label.frames) * 1_000_000_000 / 30;
        prop_assert!((clock - label.nanos_of_day()).abs() < 160_000_000, "{label}");
    }

    #[test]
    fn no_text_brings_it_down(text in "[0-9:;@/. a-z]{0,16}") {
        let _ = text.parse::<Timecode>();
        let _ = Timecode::parse(&text, FrameRate::FPS_29_97);
    }
}

#[test]
fn a_label_just_past_midnight_follows_one_just_before() {
    let at = |text: &str| Timecode::parse(text, FrameRate::FPS_25).unwrap();
    assert_eq!(at("00:00:00:03").frames_since(at("23:59:59:24")), 4);
    assert_eq!(at("23:59:59:24").frames_since(at("00:00:00:03")), -4);
    assert_eq!(at("23:59:59:24").plus_frames(1), at("00:00:00:00"));
    assert_eq!(at("00:00:00:00").plus_frames(-1), at("23:59:59:24"));
}

#[test]
fn a_range_of_labels_goes_forward_over_midnight_and_may_be_a_whole_day() {
    let at = |text: &str| Timecode::parse(text, FrameRate::FPS_25).unwrap();
    let within = |label, first, last| at(label).lies_between(at(first), at(last));
    assert!(within("00:00:00:00", "00:00:00:00", "23:59:59:24"));
    assert!(within("12:30:00:00", "00:00:00:00", "23:59:59:24"));
    assert!(within("00:10:00:00", "23:00:00:00", "01:00:00:00"));
    assert!(!within("12:00:00:00", "23:00:00:00", "01:00:00:00"));
    assert!(!within("10:00:05:01", "10:00:00:00", "10:00:05:00"));
    assert!(within("10:00:05:00", "10:00:00:00", "10:00:05:00"));
    assert!(!within("09:59:59:24", "10:00:00:00", "10:00:05:00"));
}

#[test]
fn labels_are_read_and_written_with_their_rate() {
    let label: Timecode = "15:03:47:02@25".parse().unwrap();
    assert_eq!((label.hours(), label.minutes(), label.seconds(), label.frames()), (15, 3, 47, 2));
    assert_eq!((label.rate(), label.is_drop_frame()), (FrameRate::FPS_25, false));
    assert_eq!(serde_json::to_string(&label).unwrap(), r#""15:03:47:02@25""#);
    let dropped: Timecode = "01:00:00;00@29.97".parse().unwrap();
    assert_eq!(serde_json::to_string(&dropped).unwrap(), r#""01:00:00;00@30000/1001""#);
}

#[test]
fn what_is_no_timecode_is_refused() {
    let parse = |text: &str| Timecode::parse(text, FrameRate::FPS_29_97);
    for text in [
        "",
        "1",
        "00:00:00",
        "00:00:00:00:00",
        "00:00:00:",
        "0a:00:00:00",
        "-1:00:00:00",
        "00:00:00:0000",
        "00:00;00;00",
    ] {
        assert_eq!(parse(text), Err(TimecodeError::Text(text.to_owned())), "{text}");
    }
    assert_eq!(parse("00:01:00;01"), Err(TimecodeError::Dropped { hours: 0, minutes: 1, frames: 1 }));
    assert!("15:03:47:02".parse::<Timecode>().is_err());
    assert!("15:03:47:02@soon".parse::<Timecode>().is_err());
}

//! Rates are exact over days, and read as people write them.

use proptest::prelude::*;

use super::*;

/// Every rate a stage or a camera is likely to run at.
fn common() -> Vec<FrameRate> {
    [
        "23.976", "24", "25", "29.97", "30", "47.952", "48", "50", "59.94", "60", "72", "100", "119.88",
        "120", "240", "1000",
    ]
    .map(|text| text.parse().expect("a rate"))
    .to_vec()
}

fn any_rate() -> impl Strategy<Value = FrameRate> {
    prop_oneof![
        proptest::sample::select(common()),
        (1..2002_u32, 1..=1000_u32, 0..1000_u32)
            .prop_filter_map("at most 1000", |(d, whole, more)| FrameRate::new(d * whole + more % d, d).ok()),
    ]
}

proptest! {
    #[test]
    fn the_start_of_every_frame_lies_in_it_and_the_nanosecond_before_does_not(
        rate in any_rate(), frame in -300_000_000..300_000_000_i64,
    ) {
        let frame = FrameNumber(frame);
        let start = rate.nanos_at(frame);
        prop_assert_eq!(rate.frame_at(start), frame);
        prop_assert_eq!(rate.frame_at(start - 1), frame.plus(-1));
    }

    #[test]
    fn every_moment_lies_between_the_start_of_its_frame_and_the_next(rate in any_rate(), nanos in any::<i32>()) {
        let nanos = i64::from(nanos) * 1_000_003;
        let frame = rate.frame_at(nanos);
        prop_assert!(rate.nanos_at(frame) <= nanos && nanos < rate.nanos_at(frame.plus(1)));
    }

    #[test]
    fn a_thousand_and_one_seconds_hold_a_whole_number_of_frames_forever(thousands in 0..100_000_i64) {
        // 29.97: 30000 frames in exactly 1001 s, so the grid meets the clock again and again, without drift.
        let rate = FrameRate::FPS_29_97;
        prop_assert_eq!(rate.nanos_at(FrameNumber(30_000 * thousands)), 1_001_000_000_000 * thousands);
    }

    #[test]
    fn rates_come_back_from_their_text(rate in any_rate()) {
        prop_assert_eq!(rate.to_string().parse::<FrameRate>(), Ok(rate));
        let json = serde_json::to_string(&rate).unwrap();
        prop_assert_eq!(serde_json::from_str::<FrameRate>(&json).unwrap(), rate);
    }

    #[test]
    fn a_fraction_means_the_same_in_any_terms(n in 1..1000_u32, d in 1..100_u32, times in 1..1000_u32) {
        let rate = FrameRate::new(n, d);
        prop_assert_eq!(FrameRate::new(n * times, d * times).ok(), rate.ok());
    }

    #[test]
    fn no_text_brings_it_down(text in ".{0,12}") {
        let _ = text.parse::<FrameRate>();
    }
}

#[test]
fn a_day_of_24_frames_per_second_ends_on_the_second() {
    assert_eq!(FrameRate::FPS_24.nanos_at(FrameNumber(86_400 * 24)), 86_400_000_000_000);
    // And 23.976 is 86.4 s late by then.
    assert_eq!(FrameRate::FPS_23_976.nanos_at(FrameNumber(86_400 * 24)), 86_486_400_000_000);
}

#[test]
fn frames_far_beyond_any_shoot_saturate() {
    assert_eq!(FrameRate::FPS_24.nanos_at(FrameNumber(i64::MAX)), i64::MAX);
    assert_eq!(FrameRate::FPS_24.nanos_at(FrameNumber(i64::MIN)), i64::MIN);
    assert!(FrameRate::FPS_24.frame_at(i64::MAX).0 > 200_000_000_000);
}

#[test]
fn rates_are_read_as_people_write_them() {
    let read = |text: &str| text.parse::<FrameRate>().unwrap().to_string();
    for (text, rate) in [
        ("24", "24"),
        (" 25 ", "25"),
        ("24/1", "24"),
        ("48/2", "24"),
        ("30000/1001", "30000/1001"),
        ("23.976", "24000/1001"),
        ("23.98", "24000/1001"),
        ("23.976024", "24000/1001"),
        ("29.97", "30000/1001"),
        ("29.970", "30000/1001"),
        ("47.95", "48000/1001"),
        ("47.952", "48000/1001"),
        ("59.94", "60000/1001"),
        ("119.88", "120000/1001"),
    ] {
        assert_eq!(read(text), rate, "{text}");
    }
}

#[test]
fn what_is_no_rate_is_refused() {
    for text in ["", "fps", "-24", "24.5", "23.97", "29.9", "24/", "/1", "24/1/1", "1e3", "24.000000001"] {
        assert_eq!(text.parse::<FrameRate>(), Err(RateError::Text(text.to_owned())));
    }
    for (numerator, denominator) in [(0, 1), (24, 0), (0, 0), (1001, 1)] {
        assert_eq!(
            FrameRate::new(numerator, denominator),
            Err(RateError::OutOfRange { numerator, denominator })
        );
    }
}

#[test]
fn timecode_counts_thirty_labels_at_29_97() {
    assert_eq!(FrameRate::FPS_29_97.nominal(), 30);
    assert_eq!(FrameRate::FPS_23_976.nominal(), 24);
    assert_eq!(FrameRate::FPS_25.nominal(), 25);
}

#[test]
fn a_frame_lasts_as_long_as_the_first_one() {
    assert_eq!(FrameRate::FPS_25.frame_nanos(), 40_000_000);
    assert_eq!(FrameRate::FPS_24.frame_nanos(), 41_666_666);
}

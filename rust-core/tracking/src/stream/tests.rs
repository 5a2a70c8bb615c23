//! Streams in virtual time: wraps, losses, second senders, rubbish.

use cyclorama_space::{LensState, Pose};
use cyclorama_time::SenderTime;
use proptest::prelude::*;

use super::*;
use crate::Status;

const PERIOD: i64 = 20_000_000;

fn sample(subject: &Arc<str>, arrived: i64, sequence: Option<u32>) -> Sample {
    Sample {
        subject: subject.clone(),
        arrived: StageTime::from_nanos(arrived),
        sampled: None,
        sequence,
        timecode: None,
        pose: Some(Pose::IDENTITY),
        lens: LensState::default(),
        status: Status::Unknown,
        recording: None,
        genlocked: None,
        clocking: Default::default(),
    }
}

fn address(port: u16) -> Option<SocketAddr> {
    Some(SocketAddr::from(([10, 0, 0, 1], port)))
}

fn is_used(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Use { .. })
}

fn only(streams: &Streams, now: i64) -> StreamHealth {
    let mut all = streams.health(StageTime::from_nanos(now));
    let one = all.next().expect("a stream");
    assert!(all.next().is_none(), "only one stream");
    one
}

#[test]
fn a_counter_that_wraps_loses_nothing() {
    for (protocol, first, modulus) in [
        (Protocol::OpenTrackIO, 65_000_u64, 1 << 16),
        (Protocol::OpenTrackIO, (1 << 32) - 500, 1 << 32),
        (Protocol::Psn, 0, 1 << 8),
        (Protocol::F4, 0, 1 << 4),
        (Protocol::FreeD, 3, 1 << 4),
    ] {
        let (mut streams, subject) = (Streams::new(StreamOptions::default()), "a".into());
        for n in 0..2000_i64 {
            let counter = ((first + n as u64) % modulus) as u32;
            let verdict = streams.take(protocol, address(1), &sample(&subject, n * PERIOD, Some(counter)));
            assert_eq!(verdict, Verdict::Use { rank: 0, newest: true, restarted: false }, "{protocol} {n}");
        }
        let health = only(&streams, 2000 * PERIOD);
        assert_eq!((health.packets, health.lost, health.duplicates, health.restarts), (2000, 0, 0, 0));
        assert!((health.rate.expect("known") - 50.0).abs() < 0.1);
    }
}

#[test]
fn losses_are_counted_and_what_was_only_overtaken_is_not_lost() {
    let (mut streams, subject) = (Streams::new(StreamOptions::default()), "a".into());
    let mut take = |n: i64, counter: u32| {
        streams.take(Protocol::OpenTrackIO, address(1), &sample(&subject, n * PERIOD, Some(counter)))
    };
    for n in 0..20 {
        assert!(is_used(take(n, n as u32)));
    }
    assert!(is_used(take(23, 23)));
    assert_eq!(take(24, 21), Verdict::Use { rank: 0, newest: false, restarted: false });
    assert_eq!(take(25, 21), Verdict::Refuse(Refusal::Duplicate));
    assert_eq!(take(26, 23), Verdict::Refuse(Refusal::Duplicate));
    let health = only(&streams, 26 * PERIOD);
    assert_eq!((health.lost, health.late, health.duplicates), (2, 1, 2));
}

#[test]
fn four_bits_count_losses_of_more_than_a_turn() {
    let (mut streams, subject) = (Streams::new(StreamOptions::default()), "a".into());
    for n in (0..50_i64).chain(90..100) {
        let packet = sample(&subject, n * PERIOD, Some((n % 16) as u32));
        assert!(is_used(streams.take(Protocol::FreeD, address(1), &packet)), "{n}");
    }
    assert_eq!(only(&streams, 100 * PERIOD).lost, 40);
}

#[test]
fn a_sender_that_starts_again_is_followed_from_its_second_packet() {
    let (mut streams, subject) = (Streams::new(StreamOptions::default()), "a".into());
    let mut take = |n: i64, counter: u32| {
        streams.take(Protocol::OpenTrackIO, address(1), &sample(&subject, n * PERIOD, Some(counter)))
    };
    for n in 0..20 {
        take(n, 5000 + n as u32);
    }
    assert_eq!(take(20, 0), Verdict::Refuse(Refusal::TooLate));
    assert_eq!(take(21, 1), Verdict::Use { rank: 0, newest: true, restarted: true });
    assert!(is_used(take(22, 2)));
}

#[test]
fn a_newer_stamp_tells_a_restart_at_once() {
    let (mut streams, subject) = (Streams::new(StreamOptions::default()), "a".into());
    for n in 0..20_i64 {
        let counter = if n < 10 { 5000 + n as u32 } else { n as u32 };
        let stamped = Sample {
            sampled: Some(SenderTime::from_nanos(n)),
            ..sample(&subject, n * PERIOD, Some(counter))
        };
        assert!(is_used(streams.take(Protocol::OpenTrackIO, address(1), &stamped)), "{n}");
    }
}

#[test]
fn a_counter_that_stands_still_does_not_silence_its_sender() {
    let (mut streams, subject) = (Streams::new(StreamOptions::default()), "a".into());
    let used = (0..100_i64).filter(|n| {
        is_used(streams.take(Protocol::FreeD, address(1), &sample(&subject, n * PERIOD, Some(0))))
    });
    assert!(used.count() >= 95);
    let causes: Vec<FaultCause> =
        std::iter::from_fn(|| streams.poll_fault(StageTime::from_nanos(100 * PERIOD)))
            .map(|f| f.cause)
            .collect();
    assert!(causes.contains(&FaultCause::CounterRefused), "{causes:?}");
}

#[test]
fn a_second_sender_is_alarmed_never_used_and_takes_over_only_from_the_silent() {
    let (mut streams, subject): (_, Arc<str>) = (Streams::new(StreamOptions::default()), "cam".into());
    let elsewhere = Some(SocketAddr::from(([10, 0, 0, 2], 9)));
    for n in 0..100_i64 {
        assert!(is_used(streams.take(Protocol::FreeD, address(1), &sample(&subject, n * PERIOD, None))));
        let second = streams.take(Protocol::FreeD, elsewhere, &sample(&subject, n * PERIOD + 5, None));
        assert_eq!(second, Verdict::Refuse(Refusal::SecondSender));
    }
    let now = StageTime::from_nanos(100 * PERIOD);
    let faults: Vec<Fault> = std::iter::from_fn(|| streams.poll_fault(now)).collect();
    let alarm = faults.iter().find(|fault| fault.cause == FaultCause::SecondSender).expect("an alarm");
    assert_eq!((alarm.count, alarm.source), (100, elsewhere));
    // Told once; a second later again, with what came in between.
    assert!(streams.poll_fault(now).is_none());
    let taken = (100..200_i64)
        .position(|n| is_used(streams.take(Protocol::FreeD, elsewhere, &sample(&subject, n * PERIOD, None))));
    assert_eq!(taken.expect("it takes over") as i64 * PERIOD / 1_000_000_000, 1, "after a second of silence");
    let again = streams.take(Protocol::FreeD, address(1), &sample(&subject, 200 * PERIOD, None));
    assert_eq!(again, Verdict::Refuse(Refusal::SecondSender));
}

#[test]
fn named_senders_are_ranked_and_others_refused() {
    let (first, any_port) = (SocketAddr::from(([10, 0, 0, 1], 7)), SocketAddr::from(([10, 0, 0, 2], 0)));
    let options =
        StreamOptions { sources: Sources::Named(vec![first, any_port]), ..StreamOptions::default() };
    let (mut streams, subject) = (Streams::new(options), "cam".into());
    let mut take =
        |source: SocketAddr| streams.take(Protocol::FreeD, Some(source), &sample(&subject, 0, None));
    assert_eq!(take(first), Verdict::Use { rank: 0, newest: true, restarted: false });
    assert_eq!(
        take(SocketAddr::from(([10, 0, 0, 2], 99))),
        Verdict::Use { rank: 1, newest: true, restarted: false }
    );
    assert_eq!(take(SocketAddr::from(([10, 0, 0, 1], 8))), Verdict::Refuse(Refusal::NotAllowed));
    assert_eq!(take(SocketAddr::from(([10, 0, 0, 3], 7))), Verdict::Refuse(Refusal::NotAllowed));
}

#[test]
fn silence_is_told_as_stale_then_as_dropped_out_then_as_returned() {
    let (mut streams, subject) = (Streams::new(StreamOptions::default()), "a".into());
    for n in 0..50_i64 {
        streams.take(Protocol::FreeD, address(1), &sample(&subject, n * PERIOD, None));
    }
    let mut causes = Vec::new();
    for n in 50..200_i64 {
        if n >= 150 {
            streams.take(Protocol::FreeD, address(1), &sample(&subject, n * PERIOD, None));
        }
        causes.extend(streams.poll_fault(StageTime::from_nanos(n * PERIOD)).map(|fault| fault.cause));
    }
    assert_eq!(causes, [FaultCause::Stale, FaultCause::DroppedOut, FaultCause::Returned]);
}

#[test]
fn interleaved_streams_stay_apart() {
    let mut streams = Streams::new(StreamOptions::default());
    let subjects: Vec<Arc<str>> = (0..4).map(|n| format!("freed:{n}").into()).collect();
    for n in 0..1000_i64 {
        for (index, subject) in subjects.iter().enumerate() {
            let counter = (n as u32 * 3 + index as u32 * 5) % 16;
            let packet = sample(
                subject,
                n * PERIOD + index as i64,
                Some(if index == 3 { n as u32 % 16 } else { counter }),
            );
            if index == 3 {
                assert!(is_used(streams.take(Protocol::FreeD, address(1), &packet)));
            } else {
                streams.take(Protocol::FreeD, address(1), &packet);
            }
        }
    }
    let sound =
        streams.health(StageTime::from_nanos(1000 * PERIOD)).find(|health| &*health.subject == "freed:3");
    assert_eq!(sound.expect("there").lost, 0);
}

#[test]
fn a_flood_of_strangers_does_not_push_out_who_is_known() {
    let (mut streams, subject): (_, Arc<str>) = (Streams::new(StreamOptions::default()), "cam".into());
    let strangers: Vec<Arc<str>> = (0..64).map(|n| format!("stranger:{n}").into()).collect();
    let mut seed = 1u64;
    for n in 0..300_i64 {
        // A hundred thousand a second beside fifty.
        for m in 0..2000_i64 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let stranger = &strangers[(seed >> 40) as usize % 64];
            let host = ((seed >> 32) as u32 | 1).to_be_bytes();
            let from = Some(SocketAddr::from((host, (seed >> 16) as u16)));
            streams.take(Protocol::FreeD, from, &sample(stranger, n * PERIOD + m * 10_000, None));
        }
        assert!(is_used(streams.take(
            Protocol::FreeD,
            address(1),
            &sample(&subject, n * PERIOD + PERIOD - 1, None)
        )));
    }
    assert!(streams.health(StageTime::from_nanos(300 * PERIOD)).count() <= 128);
}

proptest! {
    /// Against a plain model: a set of the numbers that came.
    #[test]
    fn every_number_is_used_once_in_any_order_within_the_window(
        order in prop::collection::vec((0u64..40, 0u8..10), 1..400), first in 0u64..70_000, bits in prop::sample::select(vec![16u32, 32]),
    ) {
        let mut sequence = Sequence::new(1 << bits);
        let mut came = std::collections::BTreeSet::new();
        let mut newest = first;
        sequence.take((first % (1 << bits)) as u32, None, false);
        came.insert(first);
        for (back, forward) in order {
            let number = if forward > 6 { newest + 1 + u64::from(forward - 7) * 3 } else { newest.saturating_sub(back).max(first) };
            let step = sequence.take((number % (1 << bits)) as u32, None, false);
            let fresh = came.insert(number);
            if number > newest {
                let expected = if number == newest + 1 { Step::Next } else { Step::Gap((number - newest - 1) as u32) };
                prop_assert_eq!(step, expected);
                newest = number;
            } else {
                prop_assert_eq!(step, if fresh { Step::Late } else { Step::Duplicate });
            }
        }
    }

    #[test]
    fn any_counters_bring_no_stream_down(
        packets in prop::collection::vec((any::<u32>(), any::<i64>(), any::<u16>()), 0..200), bits in 1u32..33,
    ) {
        let mut sequence = Sequence::new(1 << bits);
        let (mut streams, subject) = (Streams::new(StreamOptions { most_streams: 4, ..StreamOptions::default() }), "a".into());
        for (counter, arrived, port) in packets {
            sequence.take(counter, Some(arrived as f64), port % 2 == 0);
            for protocol in Protocol::ALL {
                streams.take(protocol, address(port), &sample(&subject, arrived, Some(counter)));
            }
            streams.poll_fault(StageTime::from_nanos(arrived));
            prop_assert!(streams.health(StageTime::from_nanos(arrived)).count() <= 4);
        }
    }
}

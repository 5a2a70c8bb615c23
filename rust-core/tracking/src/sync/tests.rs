//! A primary and its followers over paths that lose, repeat, reorder and alter, from a seed.

use cyclorama_space::{
    DQuat, DVec3, Distortion, DistortionDirection, Encoders, LensState, Pose, RawEncoders, SensorSize,
    rotation,
};
use cyclorama_time::StageTime;
use proptest::prelude::*;

use super::*;

struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn record(tick: u64) -> Record {
    let seconds = tick as f64 / 50.0;
    let pose = Pose {
        position: DVec3::new(libm::sin(seconds), libm::cos(seconds), 1.0 / 3.0),
        rotation: rotation::from_vector(DVec3::new(0.0, 0.1, libm::sin(seconds))),
    };
    let lens = LensState {
        focal_length_mm: Some(35.0 + libm::sin(seconds)),
        sensor: Some(SensorSize { width_mm: 36.0, height_mm: 20.25 }),
        ..LensState::default()
    };
    let subject = |name: &str| Subject { name: name.into(), pose, lens, stale: tick.is_multiple_of(7) };
    Record {
        tick,
        at: StageTime::from_nanos(tick as i64 * 20_000_000),
        subjects: vec![subject("a"), subject("b")],
    }
}

#[test]
fn eight_followers_over_bad_paths_show_the_same_hash_at_every_tick() {
    let ticks = 5000;
    let mut publisher = Publisher::new(12);
    let messages: Vec<String> =
        (0..ticks).map(|tick| publisher.publish(&record(tick)).expect("small").to_owned()).collect();
    for node in 0..8u64 {
        let mut dice = Dice(1000 + node);
        let mut follower = Follower::new();
        let mut shown = Vec::new();
        // What is on its way: when it comes, and which message.
        let mut way: Vec<(f64, usize)> = Vec::new();
        for (index, _) in messages.iter().enumerate() {
            let copies = if dice.unit() < 0.05 { 2 } else { 1 };
            for _ in 0..copies {
                let late = if dice.unit() < 0.1 { 4.0 * dice.unit() } else { 0.2 * dice.unit() };
                // The first one starts the follower.
                if index == 0 || dice.unit() > 0.2 {
                    way.push((index as f64 + late, index));
                }
            }
        }
        way.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, index) in way {
            let heard = follower.take(&messages[index]).expect("whole");
            assert!(!heard.contradicts && heard.missed == 0);
            while let Some(record) = follower.next_record() {
                shown.push((record.tick, record.hash().expect("small")));
            }
        }
        // The first message may be overtaken; the node begins with what came first.
        let (first, last) = (shown[0].0, shown[shown.len() - 1].0);
        assert!(first < 5, "{first}");
        let expected: Vec<_> =
            (first..=last).map(|tick| (tick, record(tick).hash().expect("small"))).collect();
        assert!(shown == expected, "node {node} showed every tick once, in order, with the primary's bits");
        assert!(shown.len() as u64 > ticks - 10);
        let health = follower.health();
        assert!(health.recovered > 500 && health.old > 100 && health.missed == 0, "{health:?}");
    }
}

#[test]
fn what_is_gone_for_good_is_said() {
    let mut publisher = Publisher::new(3);
    let mut follower = Follower::new();
    let mut heard = Vec::new();
    for tick in 0..30 {
        let message = publisher.publish(&record(tick)).expect("small");
        if !(10..20).contains(&tick) {
            heard.push(follower.take(message).expect("whole"));
        }
    }
    let after = heard[10];
    assert_eq!((after.missed, after.recovered, after.fresh), (7, 3, 4));
    assert_eq!(follower.health().missed, 7);
    assert!(follower.hash_of(12).is_none() && follower.hash_of(17).is_some());
}

#[test]
fn repeated_and_overtaken_messages_change_nothing() {
    let mut publisher = Publisher::new(2);
    let messages: Vec<String> =
        (0..3).map(|tick| publisher.publish(&record(tick)).expect("small").to_owned()).collect();
    let mut follower = Follower::new();
    follower.take(&messages[2]).expect("whole");
    assert_eq!(follower.next_record().map(|record| record.tick), Some(2), "it begins with what is shown now");
    for message in [&messages[2], &messages[0]] {
        assert!(follower.take(message).expect("whole").old);
        assert!(follower.next_record().is_none());
    }
    assert_eq!(follower.current(), Some(&record(2)));
}

#[test]
fn a_primary_that_starts_again_is_followed() {
    let mut follower = Follower::new();
    let mut publisher = Publisher::new(2);
    follower.take(publisher.publish(&record(100_000)).expect("small")).expect("whole");
    let heard = follower.take(Publisher::new(2).publish(&record(0)).expect("small")).expect("whole");
    assert!(heard.restarted);
    assert_eq!(follower.next_record().map(|record| record.tick), Some(0));
}

#[test]
fn two_primaries_are_noticed() {
    let mut follower = Follower::new();
    follower.take(Publisher::new(0).publish(&record(5)).expect("small")).expect("whole");
    let other = Record { at: StageTime::from_nanos(1), ..record(5) };
    let heard = follower.take(Publisher::new(0).publish(&other).expect("small")).expect("whole");
    assert!(heard.contradicts && heard.old);
    assert_eq!(follower.health().contradictions, 1);
}

#[test]
fn an_altered_message_is_refused_whatever_was_altered() {
    let mut publisher = Publisher::new(1);
    publisher.publish(&record(0)).expect("small");
    let message = publisher.publish(&record(1)).expect("small").to_owned();
    assert!(message.is_ascii() && message.len() < 700, "{}", message.len());
    for at in 0..message.len() {
        let mut bytes = message.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(bytes).expect("ASCII");
        let mut follower = Follower::new();
        let heard = follower.take(&altered);
        assert!(heard.is_err(), "letter {at}: {heard:?}");
        assert!(follower.next_record().is_none() && follower.current().is_none());
        assert_eq!(follower.health().refused, 1);
    }
    for length in 0..message.len() {
        assert!(Follower::new().take(&message[..length]).is_err());
    }
}

#[test]
fn too_much_is_refused_not_cut() {
    let many = Record { subjects: vec![record(0).subjects[0].clone(); MOST_SUBJECTS + 1], ..record(0) };
    assert_eq!(Publisher::new(0).publish(&many).err(), Some(SyncError::TooLarge));
    let mut long = record(0);
    long.subjects[0].name = "x".repeat(256).into();
    assert_eq!(Publisher::new(0).publish(&long).err(), Some(SyncError::TooLarge));
}

#[test]
fn the_bytes_are_those_of_the_document() {
    let one = Record {
        tick: 7,
        at: StageTime::from_nanos(-1),
        subjects: vec![Subject {
            name: "cam".into(),
            pose: Pose::IDENTITY,
            lens: LensState { focal_length_mm: Some(1.0), ..LensState::default() },
            stale: true,
        }],
    };
    let mut bytes = Vec::new();
    one.encode(&mut bytes).expect("small");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = concat!(
        "0101",
        "0700000000000000",
        "ffffffffffffffff",
        "0103",
        "63616d",
        "000000000000000000000000000000000000000000000000",
        "000000000000000000000000000000000000000000000000000000000000f03f",
        "0100",
        "000000000000f03f",
    );
    assert_eq!(&hex[..expected.len()], expected);
    assert_eq!(hex.len(), expected.len() + 32);
}

fn lens() -> impl Strategy<Value = LensState> {
    let number = || prop::option::of(any::<f64>());
    let pair = || prop::option::of(prop::array::uniform2(any::<f64>()));
    let count = || prop::option::of(any::<u32>());
    (
        (number(), number(), number(), number(), number(), number()),
        (pair(), pair(), pair()),
        prop::option::of((number(), number(), number())),
        prop::option::of((count(), count(), count())),
        prop::option::of((
            any::<bool>(),
            prop::array::uniform6(any::<f64>()),
            prop::array::uniform2(any::<f64>()),
        )),
    )
        .prop_map(|(singles, pairs, encoders, counts, distortion)| LensState {
            focal_length_mm: singles.0,
            anamorphic_squeeze: singles.1,
            focus_distance_m: singles.2,
            f_stop: singles.3,
            t_stop: singles.4,
            entrance_pupil_m: singles.5,
            sensor: pairs.0.map(|[width_mm, height_mm]| SensorSize { width_mm, height_mm }),
            projection_offset_mm: pairs.1,
            distortion_offset_mm: pairs.2,
            encoders: encoders.map(|(focus, iris, zoom)| Encoders { focus, iris, zoom }),
            raw_encoders: counts.map(|(focus, iris, zoom)| RawEncoders { focus, iris, zoom }),
            distortion: distortion.map(|(towards, radial, tangential)| Distortion {
                direction: if towards {
                    DistortionDirection::UndistortedToDistorted
                } else {
                    DistortionDirection::DistortedToUndistorted
                },
                radial,
                tangential,
            }),
        })
}

proptest! {
    #[test]
    fn every_bit_of_every_record_comes_back(
        tick in any::<u64>(), at in any::<i64>(),
        subjects in prop::collection::vec(
            ("[a-z:0-9é]{0,20}", prop::array::uniform3(any::<f64>()), prop::array::uniform4(any::<f64>()), lens(), any::<bool>()), 0..5,
        ),
    ) {
        let subjects = subjects.into_iter().map(|(name, position, turned, lens, stale)| Subject {
            name: name.as_str().into(),
            pose: Pose { position: DVec3::from_array(position), rotation: DQuat::from_array(turned) },
            lens,
            stale,
        });
        let record = Record { tick, at: StageTime::from_nanos(at), subjects: subjects.collect() };
        let mut follower = Follower::new();
        follower.take(Publisher::new(0).publish(&record).expect("small")).expect("whole");
        // By hash, since a NaN is not equal to itself but its bits are.
        let again = follower.next_record().expect("a record").hash().expect("small");
        prop_assert_eq!(again, record.hash().expect("small"));
    }

    #[test]
    fn no_text_brings_a_follower_down(texts in prop::collection::vec("(cysync1\\.)?[A-Za-z0-9_-]{0,80}", 0..20)) {
        let mut follower = Follower::new();
        for text in texts {
            prop_assert!(follower.take(&text).is_err());
            prop_assert!(follower.next_record().is_none());
        }
    }
}

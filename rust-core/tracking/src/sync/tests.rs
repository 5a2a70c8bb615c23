//! A primary and its followers over paths that lose, repeat, reorder and alter, from a seed.

use cyclorama_space::{
    DQuat, DVec3, Distortion, DistortionDirection, Encoders, LensState, Pose, RawEncoders, SensorSize,
    rotation,
};
use cyclorama_time::{FrameNumber, FrameRate, StageTime, Timecode};
use proptest::prelude::*;

use super::{
    record::{HASH, NO_SOURCE},
    *,
};

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
    let subject = |name: &str, source| Subject {
        name: name.into(),
        source: Some(source),
        pose,
        lens,
        stale: tick.is_multiple_of(7),
    };
    let label = |first: i64, rate, drop_frame| {
        Timecode::from_frame(FrameNumber(first + tick as i64), rate, drop_frame).ok()
    };
    Record {
        tick,
        at: StageTime::from_nanos(tick as i64 * 20_000_000),
        beat: Some(Beat { frame: tick as i64 - 3, rate: FrameRate::FPS_50 }),
        sources: vec![
            Source { id: Source::id_of("one"), timecode: label(100, FrameRate::FPS_25, false) },
            Source { id: Source::id_of("two"), timecode: label(2_589_400, FrameRate::FPS_29_97, true) },
        ],
        subjects: vec![subject("a", 0), subject("b", 1)],
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
    assert!(message.is_ascii() && message.len() < 900, "{}", message.len());
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
    let many = Record { sources: vec![record(0).sources[0]; MOST_SOURCES + 1], ..record(0) };
    assert_eq!(Publisher::new(0).publish(&many).err(), Some(SyncError::TooLarge));
    let mut long = record(0);
    long.subjects[0].name = "x".repeat(256).into();
    assert_eq!(Publisher::new(0).publish(&long).err(), Some(SyncError::TooLarge));
    assert_eq!(Publisher::within(0, 100).publish(&record(0)).err(), Some(SyncError::TooLarge));
}

/// The largest there can be.
fn largest(tick: u64) -> Record {
    let all = Some([1.0, 2.0]);
    let lens = LensState {
        focal_length_mm: Some(35.0),
        anamorphic_squeeze: Some(1.0),
        focus_distance_m: Some(2.0),
        f_stop: Some(4.0),
        t_stop: Some(4.0),
        entrance_pupil_m: Some(0.1),
        sensor: Some(SensorSize { width_mm: 36.0, height_mm: 20.25 }),
        projection_offset_mm: all,
        distortion_offset_mm: all,
        encoders: Some(Encoders { focus: Some(0.1), iris: Some(0.2), zoom: Some(0.3) }),
        raw_encoders: Some(RawEncoders { focus: Some(1), iris: Some(2), zoom: Some(3) }),
        distortion: Some(Distortion {
            direction: DistortionDirection::UndistortedToDistorted,
            radial: [0.1; 6],
            tangential: [0.1; 2],
        }),
    };
    let subject = Subject { name: "x".repeat(255).into(), lens, ..record(tick).subjects[0].clone() };
    let source = record(tick).sources[1];
    Record { subjects: vec![subject; MOST_SUBJECTS], sources: vec![source; MOST_SOURCES], ..record(tick) }
}

#[test]
fn the_largest_record_has_room_in_a_message_and_earlier_ones_as_far_as_there_is_any() {
    let mut publisher = Publisher::new(12);
    let mut follower = Follower::new();
    for tick in 0..5 {
        let message = publisher.publish(&largest(tick)).expect("the largest").to_owned();
        assert!(message.len() <= MOST_TEXT, "{}", message.len());
        assert_eq!((publisher.repeated(), publisher.is_short_of_room()), (0, tick > 0));
        follower.take(&message).expect("whole");
        assert_eq!(follower.next_record(), Some(&largest(tick)));
    }
    // Small ones again: as many as fit beside the large ones that are still to be repeated.
    let mut publisher = Publisher::within(12, 2_000);
    let mut lengths = Vec::new();
    for tick in 0..8 {
        let message = publisher.publish(&record(tick)).expect("small").to_owned();
        lengths.push(publisher.repeated());
        assert!(message.len() <= 2_000, "{}", message.len());
        follower = Follower::new();
        follower.take(&message).expect("whole");
        assert_eq!(follower.next_record(), Some(&record(tick)));
    }
    assert_eq!(lengths, [0, 1, 2, 3, 4, 4, 4, 4]);
    assert!(publisher.is_short_of_room());
}

#[test]
fn the_bytes_are_those_of_the_document() {
    let rate = FrameRate::FPS_29_97;
    let one = Record {
        tick: 7,
        at: StageTime::from_nanos(-1),
        beat: Some(Beat { frame: -2, rate: FrameRate::FPS_24 }),
        sources: vec![
            Source { id: [1, 2, 3, 4, 5, 6, 7, 8], timecode: Timecode::new(0, 1, 0, 2, rate, true).ok() },
            Source { id: [255; 8], timecode: None },
        ],
        subjects: vec![Subject {
            name: "cam".into(),
            source: Some(0),
            pose: Pose::IDENTITY,
            lens: LensState { focal_length_mm: Some(1.0), ..LensState::default() },
            stale: true,
        }],
    };
    let mut bytes = Vec::new();
    one.encode(&mut bytes).expect("small");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = concat!(
        "0201",
        "0700000000000000",
        "ffffffffffffffff",
        "0102",
        "feffffffffffffff1800000001000000",
        "010203040506070803",
        "0807000030750000e9030000",
        "ffffffffffffffff00",
        "010003",
        "63616d",
        "000000000000000000000000000000000000000000000000",
        "000000000000000000000000000000000000000000000000000000000000f03f",
        "0100",
        "000000000000f03f",
    );
    assert_eq!(&hex[..expected.len()], expected);
    assert_eq!(hex.len(), expected.len() + 32);
}

/// Lines of a file of `tests/data/sync`.
fn lines(name: &str) -> Vec<String> {
    let path = format!("{}/../../tests/data/sync/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("a vector").lines().map(str::to_owned).collect()
}

/// Tick and hash of each record that is applied.
fn applied(messages: &[String]) -> (Vec<String>, Follower) {
    let mut follower = Follower::new();
    let mut shown = Vec::new();
    for message in messages {
        follower.take(message).expect("whole");
        while let Some((record, hash)) = follower.next_with_hash() {
            let tick = record.tick;
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            shown.push(format!("{tick} {hash}"));
        }
    }
    (shown, follower)
}

#[test]
fn messages_of_the_first_version_are_read_as_they_were_then() {
    let (shown, follower) = applied(&lines("v1_f4.cysync"));
    assert_eq!(shown, lines("v1_f4.golden"));
    let record = follower.current().expect("the last");
    assert_eq!((record.tick, record.beat, record.sources.len(), record.subjects.len()), (53, None, 0, 1));
    let subject = &record.subjects[0];
    assert_eq!((&*subject.name, subject.source, record.source_of(subject)), ("f4:0", None, None));
    assert!(subject.lens.focal_length_mm.is_some());
    // The hash nodes compare stays the one it came with.
    let hash = follower.hash_of(53).expect("known");
    assert_ne!(hash, record.hash().expect("small"));
}

#[test]
fn messages_of_this_version_are_those_of_the_vectors() {
    let mut publisher = Publisher::new(2);
    let written: Vec<_> =
        (0..6).map(|tick| publisher.publish(&exact(tick)).expect("small").to_owned()).collect();
    assert_eq!(written, lines("v2_two_trackers.cysync"));
    let (shown, follower) = applied(&written);
    assert_eq!(shown, lines("v2_two_trackers.golden"));
    assert_eq!(follower.current(), Some(&exact(5)));
}

/// Values that every machine writes alike.
fn exact(tick: u64) -> Record {
    let place = |scale: f64| Pose {
        position: DVec3::new(tick as f64 * scale, -scale, 1.5),
        rotation: DQuat::from_xyzw(0.5, -0.5, 0.5, 0.5),
    };
    let mut record = record(tick);
    for (subject, scale) in record.subjects.iter_mut().zip([0.25, 8.0]) {
        subject.pose = place(scale);
        subject.lens.focal_length_mm = Some(35.0 + tick as f64 / 16.0);
    }
    if tick == 3 {
        record.beat = None;
        record.sources[1].timecode = None;
    }
    record
}

#[test]
fn a_label_of_no_day_and_a_rate_not_in_lowest_terms_are_none_of_ours() {
    let mut whole = Vec::new();
    record(7).encode(&mut whole).expect("small");
    let altered = |at: usize, bytes: &[u8]| {
        let mut body = whole[..whole.len() - HASH].to_vec();
        body[at..at + bytes.len()].copy_from_slice(bytes);
        let hash = *cyclorama_content::Digest::of(&body).as_bytes();
        body.extend_from_slice(&hash[..HASH]);
        Record::decode(&body, &mut Record::default())
    };
    assert_eq!(altered(18, &[1]), Ok(()));
    // What follows, trackers, flags of a tracker: of a version we do not know.
    for (at, byte) in [(18, 2), (19, 17), (44, 4), (44, 2)] {
        assert_eq!(altered(at, &[byte]), Err(SyncError::Foreign), "byte {at}");
    }
    // A beat of 50 written 100/2, or of none; a frame past midnight; a subject of a tracker that is not there.
    assert_eq!(altered(28, &[100, 0, 0, 0, 2, 0, 0, 0]), Err(SyncError::Damaged));
    assert_eq!(altered(28, &[0; 8]), Err(SyncError::Damaged));
    assert_eq!(altered(45, &(25 * 86_400_u32).to_le_bytes()), Err(SyncError::Damaged));
    assert_eq!(altered(79, &[2]), Err(SyncError::Damaged));
    assert_eq!(altered(79, &[NO_SOURCE]), Ok(()));
}

#[test]
fn a_record_that_cannot_be_read_leaves_what_is_shown_whole() {
    let mut follower = Follower::new();
    let mut publisher = Publisher::new(0);
    follower.take(publisher.publish(&record(1)).expect("small")).expect("whole");
    assert!(follower.next_record().is_some());
    // Rightly hashed, and of a version after ours below the head.
    let mut bytes = Vec::new();
    record(2).encode(&mut bytes).expect("small");
    bytes.truncate(bytes.len() - HASH);
    bytes[18] = 0x80;
    let hash = *cyclorama_content::Digest::of(&bytes).as_bytes();
    bytes.extend_from_slice(&hash[..HASH]);
    let mut envelope = vec![1];
    envelope.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
    envelope.extend_from_slice(&bytes);
    let mut text = PREFIX.to_owned();
    base64::encode(&envelope, &mut text);
    assert_eq!(follower.take(&text).map(|heard| heard.fresh), Ok(1));
    assert_eq!(follower.next_record(), None);
    assert_eq!((follower.current(), follower.health().refused), (Some(&record(1)), 1));
    // And a record in a message of the other version is none.
    let former = text.replace(PREFIX, FORMER_PREFIX);
    assert_eq!(Follower::new().take(&former), Err(SyncError::Foreign));
}

fn label() -> impl Strategy<Value = Option<Timecode>> {
    let rates = prop::sample::select(vec![
        (FrameRate::FPS_23_976, false),
        (FrameRate::FPS_25, false),
        (FrameRate::FPS_29_97, true),
        (FrameRate::FPS_59_94, true),
    ]);
    prop::option::of((0..10_000_000_i64, rates)).prop_map(|label| {
        label.and_then(|(frame, (rate, drop))| Timecode::from_frame(FrameNumber(frame), rate, drop).ok())
    })
}

fn sources() -> impl Strategy<Value = Vec<Source>> {
    let source = (any::<[u8; 8]>(), label()).prop_map(|(id, timecode)| Source { id, timecode });
    prop::collection::vec(source, 0..4)
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
        tick in any::<u64>(), at in any::<i64>(), beat in prop::option::of(any::<i64>()), sources in sources(),
        subjects in prop::collection::vec(
            ("[a-z:0-9é]{0,20}", prop::array::uniform3(any::<f64>()), prop::array::uniform4(any::<f64>()), lens(), any::<bool>()), 0..5,
        ),
    ) {
        let count = sources.len();
        let subjects = subjects.into_iter().enumerate().map(|(index, (name, position, turned, lens, stale))| Subject {
            name: name.as_str().into(),
            source: (index < count).then_some(index as u8),
            pose: Pose { position: DVec3::from_array(position), rotation: DQuat::from_array(turned) },
            lens,
            stale,
        });
        let beat = beat.map(|frame| Beat { frame, rate: FrameRate::FPS_59_94 });
        let at = StageTime::from_nanos(at);
        let record = Record { tick, at, beat, sources, subjects: subjects.collect() };
        let mut follower = Follower::new();
        follower.take(Publisher::new(0).publish(&record).expect("small")).expect("whole");
        // By hash, since a NaN is not equal to itself but its bits are.
        let again = follower.next_record().expect("a record");
        prop_assert_eq!((&again.sources, again.beat), (&record.sources, record.beat));
        prop_assert_eq!(again.hash().expect("small"), record.hash().expect("small"));
    }

    #[test]
    fn no_text_brings_a_follower_down(texts in prop::collection::vec("(cysync[12]\\.)?[A-Za-z0-9_-]{0,80}", 0..20)) {
        let mut follower = Follower::new();
        for text in texts {
            prop_assert!(follower.take(&text).is_err());
            prop_assert!(follower.next_record().is_none());
        }
    }
}

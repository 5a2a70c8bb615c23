use cyclorama_space::{DVec3, DistortionDirection, PanTiltRoll, Pose};
use cyclorama_time::StageTime;

use crate::{
    DecodeOptions, Decoder, Protocol, Sample, Status,
    decoder::split,
    protocol::opentrackio::{Encoding, packet::Packetizer},
};

macro_rules! data {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/opentrackio/", $name))
            .as_slice()
    };
}

fn decoder() -> Decoder {
    Decoder::new(Protocol::OpenTrackIO, DecodeOptions::default())
}

fn give(decoder: &mut Decoder, bytes: &[u8]) -> Vec<Sample> {
    let mut samples = Vec::new();
    decoder.datagram(StageTime::default(), None, bytes, &mut samples);
    samples
}

/// The samples of a recording, nothing of it rejected.
fn recorded(recording: &[u8]) -> Vec<Sample> {
    let mut decoder = decoder();
    let ranges = split(Protocol::OpenTrackIO, recording);
    let samples = ranges.into_iter().flat_map(|range| give(&mut decoder, &recording[range])).collect();
    assert!(decoder.summary().rejected.is_empty(), "{:?}", decoder.summary());
    samples
}

fn packet(json: &str, sequence: u16) -> Vec<u8> {
    let mut packet = Vec::new();
    let mut packetizer = Packetizer::new(32_000, sequence);
    packetizer
        .packets(Encoding::Json, json.as_bytes(), &mut Vec::new(), |bytes| packet.extend_from_slice(bytes));
    packet
}

#[test]
fn the_complete_example_becomes_a_sample() {
    let [sample] = &recorded(data!("complete_static.json.otrk"))[..] else { panic!("one sample") };
    assert_eq!(&*sample.subject, "urn:uuid:0cabb1d2-d17c-4c83-b3a9-11677e6a2c5b");
    assert_eq!(sample.sampled.unwrap().nanos(), 1_718_806_554_500_000_000);
    assert_eq!(sample.sequence, Some(0));
    // The example counts drop-frame at 24000/1001, which does not exist: the label is kept, the flag is not.
    assert_eq!(sample.timecode.unwrap().to_string(), "01:02:03:04");
    assert_eq!((sample.status, sample.recording, sample.genlocked), (Status::Good, Some(false), Some(true)));
    assert_eq!(sample.lens.sensor.unwrap().width_mm, 36.0);
    assert_eq!(sample.lens.focal_length_mm, Some(24.305));
    assert_eq!(sample.lens.raw_encoders.unwrap().zoom, Some(3000));
    let distortion = sample.lens.distortion.unwrap();
    assert_eq!(distortion.direction, DistortionDirection::DistortedToUndistorted);
    assert_eq!(distortion.radial, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

#[test]
fn every_recording_of_the_same_sample_gives_the_same() {
    let groups: [&[&[u8]]; 4] = [
        &[
            data!("recommended_dynamic.min.json"),
            data!("recommended_dynamic.json.otrk"),
            data!("recommended_dynamic.json.seg3.otrk"),
            data!("recommended_dynamic.cbor"),
            data!("recommended_dynamic.cbor.otrk"),
        ],
        &[
            data!("recommended_static.min.json"),
            data!("recommended_static.json.otrk"),
            data!("recommended_static.json.seg3.otrk"),
            data!("recommended_static.cbor"),
            data!("recommended_static.cbor.otrk"),
        ],
        &[
            data!("complete_dynamic.min.json"),
            data!("complete_dynamic.json.otrk"),
            data!("complete_dynamic.json.seg3.otrk"),
            data!("complete_dynamic.cbor"),
            data!("complete_dynamic.cbor.otrk"),
        ],
        &[
            data!("complete_static.min.json"),
            data!("complete_static.json.otrk"),
            data!("complete_static.json.seg3.otrk"),
            data!("complete_static.cbor"),
            data!("complete_static.cbor.otrk"),
        ],
    ];
    for group in groups {
        // How its packets were counted is not part of the sample itself.
        let uncounted = |name| {
            let mut samples = recorded(name);
            samples.iter_mut().for_each(|sample| sample.clocking.packet = None);
            samples
        };
        let first = uncounted(group[0]);
        assert_eq!(first.len(), 1);
        for other in group {
            assert_eq!(uncounted(other), first);
        }
    }
    for indented in [data!("classic_complete_static.json"), data!("generated_complete_static.json")] {
        assert_eq!(recorded(indented).len(), 1);
    }
}

#[test]
fn a_chain_composes_from_the_stage_to_the_sensor() {
    let chain = r#"{"transforms":[
        {"translation":{"x":1,"y":0,"z":0},"rotation":{"pan":90,"tilt":0,"roll":0}},
        {"translation":{"x":0,"y":2,"z":1.5},"rotation":{"pan":0,"tilt":10,"roll":0}}]}"#;
    let pose = give(&mut decoder(), &packet(chain, 0))[0].pose.unwrap();
    assert!(pose.position.abs_diff_eq(DVec3::new(-1.0, 0.0, 1.5), 1e-12));
    assert!(pose.forward().abs_diff_eq(DVec3::new(-0.984_807_753, 0.0, 0.173_648_178), 1e-9));
}

#[test]
fn a_scale_stretches_what_it_contains_and_turns_nothing() {
    let chain = r#"{"transforms":[
        {"translation":{"x":1,"y":0,"z":0},"rotation":{"pan":90},"scale":{"x":2,"y":2,"z":2}},
        {"translation":{"x":0,"y":2,"z":1},"rotation":{"pan":0},"scale":{"x":5,"y":5,"z":5}}]}"#;
    let mut decoder = decoder();
    let pose = give(&mut decoder, &packet(chain, 0))[0].pose.unwrap();
    assert!(pose.position.abs_diff_eq(DVec3::new(-3.0, 0.0, 2.0), 1e-12));
    let turned = Pose::new(DVec3::ZERO, PanTiltRoll::from_degrees(90.0, 0.0, 0.0));
    assert!(pose.rotation.abs_diff_eq(turned.rotation, 1e-12));
    assert!(decoder.summary().ignored.is_empty());
}

#[test]
fn what_the_static_block_said_holds_for_later_samples_of_its_source_only() {
    let mut decoder = decoder();
    let statics = r#"{"static":{"camera":{"activeSensorPhysicalDimensions":{"height":18,"width":24},
        "anamorphicSqueeze":{"num":2,"denom":1}}},"sourceId":"a","sourceNumber":1}"#;
    give(&mut decoder, &packet(statics, 0));
    let later = give(&mut decoder, &packet(r#"{"sourceId":"a","sourceNumber":1}"#, 1)).remove(0);
    assert_eq!(later.lens.sensor.unwrap().width_mm, 24.0);
    assert_eq!(later.lens.anamorphic_squeeze, Some(2.0));
    for other in [r#"{"sourceId":"a","sourceNumber":2}"#, r#"{"sourceId":"b","sourceNumber":1}"#, "{}"] {
        assert_eq!(give(&mut decoder, &packet(other, 2))[0].lens.sensor, None);
    }
}

#[test]
fn sources_of_one_stream_stay_apart() {
    let mut decoder = decoder();
    let messages = [
        r#"{"sourceId":"a"}"#,
        r#"{"sourceId":"a","sourceNumber":2}"#,
        r#"{"sourceId":"b","sourceNumber":1}"#,
        r#"{"sourceNumber":9}"#,
        "{}",
    ];
    let subjects: Vec<_> = messages
        .iter()
        .map(|message| give(&mut decoder, &packet(message, 0)).remove(0).subject.to_string())
        .collect();
    assert_eq!(subjects, ["a", "a#2", "b", "opentrackio:9", "opentrackio"]);
}

#[test]
fn a_datagram_that_comes_twice_is_used_once() {
    let mut decoder = decoder();
    let (first, second) = (packet(r#"{"sourceNumber":1}"#, 65_535), packet(r#"{"sourceNumber":1}"#, 0));
    let counts: Vec<usize> =
        [&first, &first, &second, &first, &second].map(|packet| give(&mut decoder, packet).len()).to_vec();
    assert_eq!(counts, [1, 0, 1, 0, 0]);
    assert_eq!(decoder.summary().ignored["duplicate"], 3);
    assert_eq!(decoder.summary().accepted, 2);
}

#[test]
fn a_sender_that_does_not_count_is_still_heard_when_nothing_moves() {
    let mut decoder = decoder();
    let still = packet(r#"{"sourceNumber":1}"#, 0);
    let mut samples = Vec::new();
    for millis in [0, 1, 150, 151, 300] {
        decoder.datagram(StageTime::from_nanos(millis * 1_000_000), None, &still, &mut samples);
    }
    assert_eq!(samples.len(), 3);
}

#[test]
fn damage_is_counted_by_cause_and_gives_no_sample() {
    let mut decoder = decoder();
    let right = packet(r#"{"sourceNumber":1}"#, 0);
    let mut damaged = right.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let malformed = packet(r#"{"sourceNumber":1"#, 0);
    for bytes in [&damaged, &right[..right.len() - 1], &malformed, &b"OTr"[..], &b"nonsense"[..]] {
        assert!(give(&mut decoder, bytes).is_empty());
    }
    let rejected: Vec<_> = decoder.summary().rejected.iter().map(|(cause, count)| (*cause, *count)).collect();
    assert_eq!(rejected, [("checksum", 1), ("length", 1), ("malformed", 1), ("not-opentrackio", 2)]);
}

#[test]
fn the_words_of_trackers_are_understood() {
    let words = [
        ("Optical Good", Status::Good),
        ("tracking", Status::Good),
        ("Optical acceptable", Status::Caution),
        ("optical UNSTABLE", Status::Bad),
        ("Lost tracking", Status::Lost),
        ("warming up", Status::Unknown),
    ];
    for (text, status) in words {
        let message = format!(r#"{{"tracker":{{"status":"{text}"}}}}"#);
        assert_eq!(give(&mut decoder(), &packet(&message, 0))[0].status, status, "{text}");
    }
}

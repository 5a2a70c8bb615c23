use cyclorama_space::{DVec3, SensorSize};
use cyclorama_time::{FrameRate, SenderTime, StageTime};

use super::*;
use crate::{DecodeOptions, Decoder, Protocol, protocol::opentrackio::decode};

fn full() -> Sample {
    Sample {
        subject: "f4:1".into(),
        arrived: StageTime::from_nanos(5),
        sampled: Some(SenderTime::from_nanos(1_718_806_554_500_000_000)),
        sequence: Some(7),
        timecode: Timecode::new(1, 2, 3, 4, FrameRate::FPS_29_97, true).ok(),
        pose: Some(Pose::new(DVec3::new(-1.5, 4.0, 1.7), PanTiltRoll::from_degrees(30.0, 10.0, 5.0))),
        lens: LensState {
            focal_length_mm: Some(35.0),
            sensor: Some(SensorSize { width_mm: 36.0, height_mm: 24.0 }),
            anamorphic_squeeze: Some(1.8),
            focus_distance_m: Some(2.5),
            f_stop: Some(2.8),
            t_stop: Some(3.1),
            entrance_pupil_m: Some(-0.1),
            encoders: Some(Encoders { focus: Some(0.25), iris: None, zoom: Some(1.0) }),
            raw_encoders: Some(RawEncoders { focus: Some(1), iris: Some(0), zoom: None }),
            projection_offset_mm: Some([0.1, -0.2]),
            distortion_offset_mm: Some([0.3, 0.4]),
            distortion: Some(Distortion {
                direction: DistortionDirection::UndistortedToDistorted,
                radial: [0.1, 0.0, -0.3, 0.0, 0.0, 0.0],
                tangential: [0.0, 0.5],
            }),
        },
        status: Status::Caution,
        recording: Some(true),
        genlocked: Some(false),
        clocking: crate::Clocking { source: Some(crate::ClockSource::Genlock), ..crate::Clocking::default() },
    }
}

fn again(sample: &Sample) -> Sample {
    let mut line = String::new();
    sample_json(sample, &mut line);
    let mut samples = Vec::new();
    let mut decoder = Decoder::new(Protocol::OpenTrackIO, DecodeOptions::default());
    decoder.datagram(sample.arrived, None, line.as_bytes(), &mut samples);
    assert!(decoder.summary().ignored.is_empty() && decoder.summary().rejected.is_empty(), "{line}");
    assert_eq!(samples.len(), 1);
    samples.remove(0)
}

#[test]
fn a_sample_comes_back_as_it_was() {
    let sample = full();
    let mut read = again(&sample);
    let (was, is) = (sample.pose.unwrap(), read.pose.unwrap());
    assert!(was.position.abs_diff_eq(is.position, 1e-12) && was.rotation.abs_diff_eq(is.rotation, 1e-12));
    read.pose = sample.pose;
    read.subject = sample.subject.clone();
    assert_eq!(read, sample);
}

#[test]
fn the_line_is_the_standard_and_nothing_else() {
    let mut line = String::new();
    sample_json(&full(), &mut line);
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert!(!line.contains('\n'));
    assert_eq!(value["protocol"], serde_json::json!({ "name": "OpenTrackIO", "version": [1, 0, 1] }));
    assert_eq!(value["timing"]["mode"], "internal");
    assert_eq!(value["static"]["camera"]["anamorphicSqueeze"], serde_json::json!({ "num": 9, "denom": 5 }));
    assert_eq!(value["lens"]["distortion"][0]["radial"], serde_json::json!([0.1, 0.0, -0.3]));
    assert!(is_uuid_urn(value["sampleId"].as_str().unwrap()));
    assert!(is_uuid_urn(value["sourceId"].as_str().unwrap()));
}

#[test]
fn ids_are_stable_and_tell_samples_and_sources_apart() {
    let ids = |sample: &Sample| {
        let mut message = Message::default();
        fill(sample, &mut message);
        (
            message.text(message.sample_id.unwrap()).to_owned(),
            message.text(message.source_id.unwrap()).to_owned(),
        )
    };
    let first = full();
    let second = Sample { sequence: Some(8), ..full() };
    let other = Sample { subject: "f4:2".into(), ..full() };
    assert_eq!(ids(&first), ids(&full()));
    assert_ne!(ids(&first).0, ids(&second).0);
    let moved = Sample { pose: Some(Pose::IDENTITY), ..full() };
    assert_ne!(ids(&first).0, ids(&moved).0);
    assert_eq!(ids(&first).1, ids(&second).1);
    assert_ne!(ids(&first).1, ids(&other).1);
    // A subject that came by OpenTrackIO keeps its source and stream.
    let source = "urn:uuid:63a60fc4-feb9-4d78-9df4-9767576ceaa5";
    assert_eq!(&*again(&Sample { subject: source.into(), ..full() }).subject, source);
    let stream = format!("{source}#12");
    assert_eq!(*again(&Sample { subject: stream.as_str().into(), ..full() }).subject, *stream);
}

#[test]
fn what_the_schema_has_no_room_for_stays_out() {
    let mut sample = full();
    sample.lens.focus_distance_m = Some(f64::INFINITY);
    sample.lens.f_stop = Some(0.0);
    sample.lens.encoders = Some(Encoders { focus: Some(1.5), iris: None, zoom: None });
    sample.lens.distortion_offset_mm = Some([f64::NAN, 0.0]);
    sample.sampled = Some(SenderTime::from_nanos(-1));
    sample.pose = Some(Pose { position: DVec3::splat(f64::NAN), ..Pose::IDENTITY });
    let mut message = Message::default();
    fill(&sample, &mut message);
    let lens = message.lens.unwrap();
    assert_eq!(
        (lens.focus_distance, lens.f_stop, lens.encoders, lens.distortion_offset),
        (None, None, None, None)
    );
    assert!(message.transforms.is_empty());
    assert_eq!(message.timing.unwrap().mode, Some(Mode::External));
}

#[test]
fn both_encodings_carry_the_same() {
    let mut exporter = Exporter::default();
    let (mut json, mut cbor) = (Message::default(), Message::default());
    decode(Encoding::Json, exporter.payload(&full(), Encoding::Json), &mut json).unwrap();
    decode(Encoding::Cbor, exporter.payload(&full(), Encoding::Cbor), &mut cbor).unwrap();
    let written = |message: &Message| {
        let mut out = Vec::new();
        encode(message, Encoding::Cbor, &mut out);
        out
    };
    assert_eq!(written(&json), written(&cbor));
}

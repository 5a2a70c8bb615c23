//! Dialects described, read, damaged and misdescribed.

use cyclorama_time::FrameRate;
use proptest::prelude::*;

use super::*;
use crate::{
    DecodeOptions, Decoder, Protocol,
    send::{Encoder, Move, Simulation},
};

/// FreeD, described: what the descriptor reads is held against the decoder written by hand.
const FREED: &str = include_str!("../../../../docs/protocols/freed-as-descriptor.toml");
const PTZ: &str = include_str!("../../../../docs/protocols/example-ptz.toml");

fn described(text: &str) -> Described {
    Described::new(Descriptor::from_toml(text).expect("a descriptor"))
}

#[test]
fn freed_described_reads_as_freed_decoded() {
    let (mut ours, mut theirs) = (described(FREED), Decoder::new(Protocol::FreeD, DecodeOptions::default()));
    let mut encoder = Encoder::new(Protocol::FreeD, DecodeOptions::default());
    let simulation = Simulation::new(Move::Handheld, FrameRate::FPS_50);
    for frame in 0..200 {
        let sample = simulation.sample(frame);
        encoder.encode(&sample, |bytes| {
            let (mut a, mut b) = (Vec::new(), Vec::new());
            ours.datagram(sample.arrived, bytes, &mut a);
            theirs.datagram(sample.arrived, None, bytes, &mut b);
            let (a, b) = (a[0].pose.expect("a pose"), b[0].pose.expect("a pose"));
            assert!(a.position.distance(b.position) < 1e-9);
            assert!(cyclorama_space::rotation::angle_between(a.rotation, b.rotation) < 1e-9);
        });
    }
    assert_eq!(ours.summary().accepted, 200);
}

#[test]
fn a_damaged_message_is_refused_and_another_kind_is_passed_over() {
    let mut stream = described(FREED);
    let message = [
        0xd1, 0x01, 0x5a, 0, 0, 0x2d, 0, 0, 0xa6, 0, 0, 0x7f, 0xff, 0x40, 0x7f, 0xff, 0x80, 0x7f, 0xff, 0xc0,
        1, 2, 3, 4, 5, 6, 0, 0, 0x32,
    ];
    let mut out = Vec::new();
    stream.datagram(StageTime::default(), &message, &mut out);
    stream.datagram(StageTime::default(), &message.repeat(3), &mut out);
    assert_eq!((out.len(), &*out[0].subject), (4, "freed:1"));
    for index in 1..message.len() {
        let mut damaged = message;
        damaged[index] ^= 0x10;
        stream.datagram(StageTime::default(), &damaged, &mut out);
    }
    let mut other = message;
    other[0] = 0xD2;
    stream.datagram(StageTime::default(), &other, &mut out);
    stream.datagram(StageTime::default(), &message[..28], &mut out);
    assert_eq!(out.len(), 4, "nothing damaged gives a sample");
    assert_eq!(stream.summary().rejected, [("bad-checksum", 28), ("length", 1)].into());
    assert_eq!(stream.summary().ignored, [("other-message", 1)].into());
}

#[test]
fn the_example_dialect_is_read_as_its_comments_say() {
    let mut stream = described(PTZ);
    // Camera 3, counter 0x2A, pan -90.00 (right), tilt 10.5, zoom 0.5, recording.
    let mut message = vec![0xA5, 0x5A, 3, 0x2A];
    message.extend((-9000i16).to_le_bytes());
    message.extend(1050i16.to_le_bytes());
    message.extend(0x2000u16.to_le_bytes());
    message.push(0b0000_0010);
    let crc = ChecksumKind::Crc16Ccitt.of(&message[2..]);
    message.extend(crc.to_le_bytes());
    let mut out = Vec::new();
    stream.datagram(StageTime::default(), &message, &mut out);
    let [sample] = &out[..] else { panic!("{:?}", stream.summary()) };
    let angles = PanTiltRoll::from_quaternion(sample.pose.expect("a pose").rotation);
    assert_eq!(
        (&*sample.subject, sample.sequence, sample.recording),
        ("example-ptz:3", Some(0x2A), Some(true))
    );
    assert!((angles.pan.degrees() - 90.0).abs() < 1e-9 || (angles.pan.degrees() + 90.0).abs() < 1e-9);
    assert!(
        (angles.pan.degrees() + 90.0).abs() < 1e-9 && (angles.tilt.degrees() - 10.5).abs() < 1e-9,
        "{angles:?}"
    );
    assert_eq!(sample.lens.encoders.and_then(|rings| rings.zoom), Some(0.5));
}

#[test]
fn known_checksums_are_made() {
    let text = b"123456789";
    assert_eq!(ChecksumKind::Crc16Ccitt.of(text), 0x29B1);
    assert_eq!(ChecksumKind::Sum8.of(text), 0xDD);
    assert_eq!(ChecksumKind::Sum16.of(text), 0x01DD);
    assert_eq!(ChecksumKind::Xor8.of(text), 0x31);
    assert_eq!(ChecksumKind::Freed.of(text), 0x63);
    assert_eq!(ChecksumKind::Fletcher16.of(&[1, 2]), 0x0403);
}

#[test]
fn numbers_are_read_as_described() {
    let read = |number, width, little, mask, bytes: &[u8]| {
        let field =
            Field { meaning: Meaning::Pan, offset: 0, width, number, little, mask, scale: 1.0, add: 0.0 };
        field.read(bytes)
    };
    assert_eq!(read(Number::Signed, 3, false, None, &[0xFF, 0xFF, 0xFE]), Some(-2.0));
    assert_eq!(read(Number::Signed, 3, true, None, &[0xFE, 0xFF, 0xFF]), Some(-2.0));
    assert_eq!(read(Number::Unsigned, 8, false, None, &[0; 8]), Some(0.0));
    assert_eq!(read(Number::Signed, 2, false, Some(0x0FF0), &[0xF8, 0x0F]), Some(-128.0));
    assert_eq!(read(Number::Unsigned, 1, false, Some(0b100), &[0b111]), Some(1.0));
    assert_eq!(read(Number::Float, 4, false, None, &1.5f32.to_be_bytes()), Some(1.5));
    assert_eq!(read(Number::Float, 8, true, None, &(-2.5f64).to_le_bytes()), Some(-2.5));
    assert_eq!(read(Number::Signed, 4, false, None, &[0; 3]), None);
}

#[test]
fn a_mistake_in_the_file_is_named_by_its_line() {
    let wrong = |from: &str, to: &str| {
        assert!(PTZ.contains(from), "{from}");
        Descriptor::from_toml(&PTZ.replacen(from, to, 1)).expect_err("a mistake")
    };
    let line_of = |what: &str| PTZ.lines().position(|line| line.contains(what)).expect("there") + 1;
    for (from, to, line, says) in [
        ("length = 13", "length = 0", line_of("length = 13"), "1 to 1472"),
        ("name = \"example-ptz\"", "name = \"a b\"", line_of("name = "), "letters"),
        ("meaning = \"tilt\"", "meaning = \"sideways\"", line_of("\"tilt\""), "unknown variant"),
        ("width = 2 # pan", "width = 9 # pan", line_of("meaning = \"pan\"") - 1, "not 9 bytes wide"),
        ("meaning = \"tilt\"", "meaning = \"pan\"", line_of("\"tilt\"") - 1, "taken by another"),
        ("offset = 11", "offset = 12", line_of("[checksum]"), "ends outside"),
        ("endian = \"little\"", "endian = ", line_of("endian = \"little\""), ""),
    ] {
        let error = wrong(from, to);
        assert!(
            error.line == line && error.what.contains(says),
            "{from} -> {to}: {error} (wanted line {line})"
        );
    }
}

proptest! {
    #[test]
    fn whatever_is_described_and_sent_no_message_makes_it_panic(
        fields in prop::collection::vec((0usize..40, 1usize..10, 0u8..3, any::<bool>(), prop::option::of(any::<u64>())), 1..6),
        length in 1usize..40,
        checked in prop::option::of((0usize..40, 0usize..40)),
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..20),
    ) {
        const NAMES: [&str; 6] = ["pan", "tilt", "x", "zoom", "camera", "sequence"];
        let mut text = format!("schema = \"cyclorama.descriptor/1\"\nname = \"fuzzed\"\nlength = {length}\n");
        if let Some((offset, to)) = checked {
            text.push_str(&format!("[checksum]\nkind = \"fletcher16\"\noffset = {offset}\nto = {to}\n"));
        }
        for ((offset, width, number, little, mask), name) in fields.iter().zip(NAMES) {
            let number = ["signed", "unsigned", "float"][usize::from(*number)];
            let endian = if *little { "little" } else { "big" };
            text.push_str(&format!("[[field]]\nmeaning = \"{name}\"\noffset = {offset}\nwidth = {width}\ntype = \"{number}\"\nendian = \"{endian}\"\n"));
            if let Some(mask) = mask {
                text.push_str(&format!("mask = {}\n", mask >> 1));
            }
        }
        if let Ok(descriptor) = Descriptor::from_toml(&text) {
            let (mut stream, mut out) = (Described::new(descriptor), Vec::new());
            for message in &messages {
                stream.datagram(StageTime::default(), message, &mut out);
                let whole: Vec<u8> = message.iter().copied().cycle().take(if message.is_empty() { 0 } else { length }).collect();
                stream.datagram(StageTime::default(), &whole, &mut out);
            }
            prop_assert!(out.iter().all(|sample| sample.pose.is_none_or(|pose| pose.is_valid())));
        }
    }

    #[test]
    fn any_text_is_a_descriptor_or_a_mistake(text in "\\PC{0,200}") {
        let _ = Descriptor::from_toml(&text);
    }
}

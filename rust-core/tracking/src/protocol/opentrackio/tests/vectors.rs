//! SMPTE's examples, read and written.

use super::*;

macro_rules! data {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/opentrackio/", $name))
            .as_slice()
    };
}

pub(super) fn read(encoding: Encoding, payload: &[u8]) -> Message {
    let mut message = Message::default();
    decode(encoding, payload, &mut message).unwrap();
    message
}

fn written(message: &Message, encoding: Encoding) -> Vec<u8> {
    let mut out = Vec::new();
    encode(message, encoding, &mut out);
    out
}

/// Compact JSON and CBOR of the same sample.
pub(super) const PAIRS: [(&[u8], &[u8]); 4] = [
    (data!("recommended_dynamic.min.json"), data!("recommended_dynamic.cbor")),
    (data!("recommended_static.min.json"), data!("recommended_static.cbor")),
    (data!("complete_dynamic.min.json"), data!("complete_dynamic.cbor")),
    (data!("complete_static.min.json"), data!("complete_static.cbor")),
];

#[test]
fn every_example_is_written_back_byte_for_byte_in_either_encoding() {
    for (json, cbor) in PAIRS {
        for message in [read(Encoding::Json, json), read(Encoding::Cbor, cbor)] {
            assert_eq!(message.notes, message::Notes::default());
            let text = String::from_utf8(written(&message, Encoding::Json)).unwrap();
            assert_eq!(text, std::str::from_utf8(json).unwrap());
            assert_eq!(written(&message, Encoding::Cbor), cbor);
        }
    }
}

#[test]
fn the_indented_examples_of_both_versions_mean_the_same_written_compactly() {
    let indented = [
        data!("classic_recommended_dynamic.json"),
        data!("classic_recommended_static.json"),
        data!("classic_complete_dynamic.json"),
        data!("classic_complete_static.json"),
        data!("generated_recommended_dynamic.json"),
        data!("generated_recommended_static.json"),
        data!("generated_complete_dynamic.json"),
        data!("generated_complete_static.json"),
    ];
    for json in indented {
        let message = read(Encoding::Json, json);
        assert_eq!(message.notes, message::Notes::default());
        // Only the white space goes: same keys, same order, same digits.
        let text = String::from_utf8(written(&message, Encoding::Json)).unwrap();
        let value: serde_json::Value = serde_json::from_slice(json).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        assert_eq!(read(Encoding::Json, text.as_bytes()).transforms.len(), message.transforms.len());
    }
}

#[test]
fn the_complete_example_has_every_field() {
    let m = read(Encoding::Json, data!("complete_static.min.json"));
    let text = |text: Option<message::Text>| text.map(|text| m.text(text)).unwrap();
    let statics = m.statics.unwrap();
    let camera = statics.camera.unwrap();
    assert_eq!(text(camera.label), "A");
    assert_eq!(camera.iso_speed, Some(4000));
    assert_eq!(camera.shutter_angle, Some(45.0));
    assert_eq!(
        m.texts(statics.lens.unwrap().calibration_history.unwrap()).collect::<Vec<_>>(),
        ["LensMaker 123", "TrackerMaker 123"]
    );
    let timing = m.timing.unwrap();
    let ptp = timing.synchronization.unwrap().ptp.unwrap();
    assert_eq!(ptp.profile, Some(message::PtpProfile::SmpteSt2059));
    assert_eq!(ptp.leader_priorities, Some([128, 128]));
    assert_eq!(ptp.leader_accuracy, Some(5e-8));
    assert_eq!(ptp.vlan, Some(100));
    assert_eq!(m.distortion.len(), 2);
    assert_eq!(m.numbers(m.distortion[0].radial), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(text(m.transforms[1].id), "Crane Arm");
    assert_eq!(m.transforms[1].scale, Some([1.0, 2.0, 3.0]));
    assert_eq!(m.global_stage.unwrap().h0, 300.0);
    assert_eq!(m.raw(m.custom.unwrap()), br#"{"pot1":2435,"button1":false}"#);
}

#[test]
fn the_packet_examples_are_cut_and_framed_byte_for_byte() {
    let whole: [(&[u8], &[u8], Encoding); 6] = [
        (data!("recommended_dynamic.json.otrk"), PAIRS[0].0, Encoding::Json),
        (data!("recommended_static.json.otrk"), PAIRS[1].0, Encoding::Json),
        (data!("complete_dynamic.json.otrk"), PAIRS[2].0, Encoding::Json),
        (data!("complete_static.json.otrk"), PAIRS[3].0, Encoding::Json),
        (data!("recommended_dynamic.cbor.otrk"), PAIRS[0].1, Encoding::Cbor),
        (data!("complete_dynamic.cbor.otrk"), PAIRS[2].1, Encoding::Cbor),
    ];
    for (packet, payload, encoding) in whole {
        let decoded = Packet::decode(packet, ChecksumMode::Strict).unwrap();
        assert_eq!((decoded.sequence, decoded.offset, decoded.last, decoded.payload), (7, 0, true, payload));
        let mut sent = Vec::new();
        packet::Packetizer::new(65_000, 7)
            .packets(encoding, payload, &mut Vec::new(), |bytes| sent.extend_from_slice(bytes));
        assert_eq!(sent, packet);
    }
    let segmented: [(&[u8], &[u8]); 4] = [
        (data!("recommended_dynamic.json.seg3.otrk"), PAIRS[0].0),
        (data!("recommended_static.json.seg3.otrk"), PAIRS[1].0),
        (data!("complete_dynamic.json.seg3.otrk"), PAIRS[2].0),
        (data!("complete_static.json.seg3.otrk"), PAIRS[3].0),
    ];
    for (recording, payload) in segmented {
        let size = packet::HEADER_LEN + payload.len() / 3 + 1;
        let mut sent = Vec::new();
        packet::Packetizer::new(size, 100).packets(Encoding::Json, payload, &mut Vec::new(), |bytes| {
            sent.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
            sent.extend_from_slice(bytes);
        });
        assert_eq!(sent, recording);
        assert_eq!(split(recording).len(), 3);
    }
}

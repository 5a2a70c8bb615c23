//! What producers get wrong, or do otherwise than we would.

use super::{vectors::read, *};

fn json(text: &str) -> Message {
    read(Encoding::Json, text.as_bytes())
}

/// CBOR of text and numbers, written by hand: `{key: {key: item}}`.
fn cbor_nested(outer: &str, inner: &str, item: &[u8]) -> Vec<u8> {
    let text = |text: &str| [&[0x60 | text.len() as u8], text.as_bytes()].concat();
    [&[0xA1][..], &text(outer), &[0xA1], &text(inner), item].concat()
}

fn f_stop(item: &[u8]) -> Option<f64> {
    read(Encoding::Cbor, &cbor_nested("lens", "fStop", item)).lens.unwrap().f_stop
}

#[test]
fn any_kind_of_number_serves_for_a_float() {
    assert_eq!(f_stop(&[0x04]), Some(4.0));
    assert_eq!(f_stop(&[0x19, 0x01, 0x00]), Some(256.0));
    assert_eq!(f_stop(&[0xF9, 0x42, 0x00]), Some(3.0));
    assert_eq!(f_stop(&[0xF9, 0x00, 0x01]), Some(2f64.powi(-24)));
    assert_eq!(f_stop(&[0xF9, 0x7B, 0xFF]), Some(65504.0));
    assert_eq!(f_stop(&[0xFA, 0x3F, 0xC0, 0x00, 0x00]), Some(1.5));
    assert_eq!(f_stop(&[0xFB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0]), Some(1.5));
    assert_eq!(json(r#"{"lens":{"fStop":4}}"#).lens.unwrap().f_stop, Some(4.0));
    // A tag in front changes nothing.
    assert_eq!(f_stop(&[0xC1, 0x04]), Some(4.0));
}

#[test]
fn whole_floats_serve_for_integers_and_others_do_not() {
    assert_eq!(json(r#"{"sourceNumber":24.0}"#).source_number, Some(24));
    assert_eq!(json(r#"{"sourceNumber":2.4e1}"#).source_number, Some(24));
    for wrong in ["24.5", "-1", "4294967296", "1e300", "\"24\"", "null", "true", "[]"] {
        let message = json(&format!(r#"{{"sourceNumber":{wrong},"tracker":{{"recording":true}}}}"#));
        assert_eq!(message.source_number, None, "{wrong}");
        assert_eq!(message.notes.wrong_fields, 1, "{wrong}");
        assert_eq!(message.tracker.unwrap().recording, Some(true));
    }
}

#[test]
fn no_number_becomes_a_value_when_it_is_none() {
    for item in
        [&[0xF9, 0x7E, 0x00][..], &[0xF9, 0x7C, 0x00], &[0xFA, 0xFF, 0x80, 0, 0], &[0xF6], &[0x61, b'4']]
    {
        assert_eq!(f_stop(item), None, "{item:x?}");
    }
    assert_eq!(json(r#"{"lens":{"fStop":1e999}}"#).lens.unwrap().f_stop, None);
}

#[test]
fn the_last_of_two_equal_keys_counts_and_is_noted() {
    let message = json(
        r#"{"sourceNumber":1,"sourceNumber":2,"transforms":[{"translation":{"x":1}}],
        "transforms":[{"translation":{"x":2,"x":3},"rotation":{}}]}"#,
    );
    assert_eq!(message.source_number, Some(2));
    assert_eq!(message.transforms.len(), 1);
    assert_eq!(message.transforms[0].translation, [3.0, 0.0, 0.0]);
    assert_eq!(message.notes.duplicate_keys, 3);
}

#[test]
fn a_chain_with_one_wrong_number_is_no_pose() {
    let message = json(
        r#"{"transforms":[{"translation":{"x":1,"y":2,"z":3},"rotation":{"pan":1,"tilt":"up","roll":0}},
            {"translation":{"x":1,"y":2,"z":3},"rotation":{"pan":1,"tilt":0,"roll":0}}],"sourceNumber":3}"#,
    );
    assert!(message.transforms.is_empty());
    assert!(message.notes.wrong_fields > 0);
    assert_eq!(message.source_number, Some(3));
}

#[test]
fn unknown_keys_are_passed_over_and_escaped_ones_are_known() {
    let message = json(
        r#"{"new":{"deep":[1,{"x":null}]},"source\u004Eumber":7,"tracker":{"slate":"a\"\u00e9\ud83c\udfa5\n"}}"#,
    );
    assert_eq!(message.source_number, Some(7));
    assert_eq!(message.text(message.tracker.unwrap().slate.unwrap()), "a\"é🎥\n");
    assert_eq!(message.notes, message::Notes::default());
}

#[test]
fn open_lengths_and_pieces_of_text_are_read() {
    let mut cbor = vec![0xBF];
    cbor.extend_from_slice(b"\x7F\x66source\x66Number\xFF\x09");
    cbor.extend_from_slice(b"\x68sampleId\x7F\x62ab\x61c\xFF");
    cbor.extend_from_slice(b"\x6Atransforms\x9F\xBF\xFF\xFF\xFF");
    let message = read(Encoding::Cbor, &cbor);
    assert_eq!(message.source_number, Some(9));
    assert_eq!(message.text(message.sample_id.unwrap()), "abc");
    assert_eq!(message.transforms.len(), 1);
}

#[test]
fn lengths_beyond_the_payload_are_an_end_in_the_middle() {
    let huge: [&[u8]; 5] = [
        &[0xBB, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        &[0xA1, 0x7B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        &[0xA1, 0x61, b'x', 0x9B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        &[0xA1, 0x61, b'x', 0x5A, 0xFF, 0xFF, 0xFF, 0xFF],
        &[0xA2, 0x61, b'x', 0x01],
    ];
    for payload in huge {
        assert!(decode(Encoding::Cbor, payload, &mut Message::default()).is_err(), "{payload:x?}");
    }
}

#[test]
fn only_the_chosen_checksum_is_tolerated_and_never_by_default() {
    let mut right = Vec::new();
    let payload = vectors::PAIRS[0].0;
    Packet { encoding: Encoding::Json, sequence: 0, offset: 0, last: true, payload, tolerated: false }
        .encode(&mut right);
    let with = |checksum: u16| [&right[..14], &checksum.to_be_bytes(), &right[16..]].concat();
    let published = u16::from_be_bytes([right[14], right[15]]);
    let variants = [
        (ChecksumMode::AlsoMod255, with(fletcher::checksum_mod_255(&right[..14], &right[16..]))),
        (ChecksumMode::AlsoSwapped, with(published.swap_bytes())),
    ];
    for (own, packet) in &variants {
        for mode in [ChecksumMode::Strict, ChecksumMode::AlsoMod255, ChecksumMode::AlsoSwapped] {
            assert_eq!(Packet::decode(packet, mode).is_ok_and(|packet| packet.tolerated), mode == *own);
            assert!(
                Packet::decode(&right, mode).is_ok_and(|packet| !packet.tolerated && packet.sequence == 0)
            );
        }
    }
    assert_eq!(ChecksumMode::default(), ChecksumMode::Strict);
}

//! Any message survives, any damage is seen, and no bytes make it panic.

use super::{dice::Dice, *};

fn written(message: &Message, encoding: Encoding) -> Vec<u8> {
    let mut out = Vec::new();
    encode(message, encoding, &mut out);
    out
}

fn tape() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..1500)
}

fn examples() -> impl Strategy<Value = (Encoding, Vec<u8>)> {
    let payloads =
        vectors::PAIRS.iter().flat_map(|(json, cbor)| [(Encoding::Json, *json), (Encoding::Cbor, *cbor)]);
    proptest::sample::select(
        payloads.map(|(encoding, payload)| (encoding, payload.to_vec())).collect::<Vec<_>>(),
    )
}

proptest! {
    #[test]
    fn decode_inverts_encode_in_both_encodings(tape in tape()) {
        let message = Dice::new(&tape).message();
        // Bit for bit: CBOR keeps every float as it is.
        let expected = written(&message, Encoding::Cbor);
        let mut read = Message::default();
        for encoding in [Encoding::Json, Encoding::Cbor] {
            let payload = written(&message, encoding);
            decode(encoding, &payload, &mut read).unwrap();
            prop_assert_eq!(read.notes, message::Notes::default());
            prop_assert_eq!(&written(&read, Encoding::Cbor), &expected);
            prop_assert_eq!(&written(&read, encoding), &payload);
        }
    }

    #[test]
    fn json_written_is_json_to_others(tape in tape()) {
        let json = written(&Dice::new(&tape).message(), Encoding::Json);
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&json).is_ok());
    }

    #[test]
    fn a_damaged_packet_never_passes(
        (encoding, payload) in examples(),
        at in any::<proptest::sample::Index>(),
        flip in 1u8..,
    ) {
        let mut packet = Vec::new();
        Packet { encoding, sequence: 9, offset: 0, last: true, payload: &payload, tolerated: false }.encode(&mut packet);
        prop_assert_eq!(Packet::decode(&packet, ChecksumMode::Strict).unwrap().payload, &payload);
        let at = at.index(packet.len());
        packet[at] ^= flip;
        prop_assert!(Packet::decode(&packet, ChecksumMode::Strict).is_err());
    }

    #[test]
    fn a_packet_cut_short_never_passes((encoding, payload) in examples(), end in any::<proptest::sample::Index>()) {
        let mut packet = Vec::new();
        Packet { encoding, sequence: 9, offset: 0, last: true, payload: &payload, tolerated: false }.encode(&mut packet);
        prop_assert!(Packet::decode(&packet[..end.index(packet.len())], ChecksumMode::Strict).is_err());
    }

    #[test]
    fn a_payload_cut_short_is_malformed((encoding, payload) in examples(), end in any::<proptest::sample::Index>()) {
        let cut = &payload[..end.index(payload.len())];
        prop_assert!(decode(encoding, cut, &mut Message::default()).is_err());
    }

    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut message = Message::default();
        let _ = Packet::decode(&bytes, ChecksumMode::AlsoMod255);
        for encoding in [Encoding::Json, Encoding::Cbor] {
            if decode(encoding, &bytes, &mut message).is_ok() {
                let _ = (written(&message, Encoding::Json), written(&message, Encoding::Cbor));
                convert::reading(&message, |_| ());
            }
        }
        for range in split(&bytes) {
            prop_assert!(range.end <= bytes.len());
        }
    }

    #[test]
    fn damaged_payloads_never_panic_and_what_is_read_can_be_written(
        (encoding, mut payload) in examples(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        for (at, byte) in damage {
            let at = at.index(payload.len());
            payload[at] = byte;
        }
        let mut message = Message::default();
        if decode(encoding, &payload, &mut message).is_ok() {
            for encoding in [Encoding::Json, Encoding::Cbor] {
                let again = written(&message, encoding);
                prop_assert!(decode(encoding, &again, &mut Message::default()).is_ok());
            }
        }
    }
}

use proptest::{collection::vec, prelude::*};

use super::*;

const UNIT: &[u8; LEN] = include_bytes!("../../../../../tests/data/freed/jwetzell_free-d_unit.freed");
const DERIVED: &[u8] = include_bytes!("../../../../../tests/data/freed/derived_from_mosys_f4_first600.freed");

fn packet() -> impl Strategy<Value = Packet> {
    let signed = || prop::array::uniform3(-0x0080_0000..0x0080_0000);
    let count = || 0..0x0100_0000u32;
    (any::<u8>(), signed(), signed(), count(), count(), any::<u16>()).prop_map(
        |(camera, rotation, position, zoom, focus, spare)| Packet {
            camera,
            rotation,
            position,
            zoom,
            focus,
            spare,
        },
    )
}

fn kinds(bytes: &[u8], origin: Origin) -> Vec<(usize, What)> {
    pieces(bytes, origin).map(|piece| (piece.range.len(), piece.what)).collect()
}

proptest! {
    #[test]
    fn decode_inverts_encode(packet in packet()) {
        prop_assert_eq!(Packet::decode(&packet.encode()), Ok(packet));
    }

    #[test]
    fn any_damaged_byte_is_refused(packet in packet(), at in 0..LEN, flip in 1u8..) {
        let mut message = packet.encode();
        message[at] ^= flip;
        prop_assert!(Packet::decode(&message).is_err());
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..128)) {
        let _ = Packet::decode(&bytes);
        for origin in [Origin::Datagram, Origin::Recording] {
            let covered: usize = kinds(&bytes, origin).iter().map(|(length, _)| length).sum();
            prop_assert_eq!(covered, bytes.len());
        }
    }

    #[test]
    fn a_damaged_message_costs_only_itself(packets in vec(packet(), 1..6), which: prop::sample::Index, flip in 1u8..) {
        let mut recording: Vec<u8> = packets.iter().flat_map(Packet::encode).collect();
        let damaged = which.index(recording.len());
        recording[damaged] ^= flip;
        let expected = packets.iter().enumerate().filter(|(index, _)| *index != damaged / LEN).map(|(_, p)| *p);
        let found = pieces(&recording, Origin::Recording).filter(|piece| piece.what == What::Message);
        let found: Vec<_> = found.map(|piece| Packet::decode(&recording[piece.range]).expect("checked")).collect();
        prop_assert_eq!(found, expected.collect::<Vec<_>>());
    }
}

#[test]
fn the_hand_made_message_reads_as_its_maker_says() {
    let packet = Packet::decode(UNIT).expect("valid");
    assert_eq!(packet.camera, 1);
    assert_eq!(packet.rotation.map(|raw| f64::from(raw) / Packet::PER_DEGREE), [180.0, 90.0, -180.0]);
    assert_eq!(
        packet.position.map(|raw| f64::from(raw) / Packet::PER_MILLIMETRE),
        [131_069.0, 131_070.0, 131_071.0]
    );
    assert_eq!((packet.zoom, packet.focus, packet.spare), (66051, 263_430, 0));
    assert_eq!(&packet.encode(), UNIT);
}

#[test]
fn six_hundred_messages_decode_and_encode_to_the_same_bytes() {
    let mut encoded = Vec::new();
    for (index, piece) in pieces(DERIVED, Origin::Recording).enumerate() {
        assert_eq!(piece.what, What::Message);
        let packet = Packet::decode(&DERIVED[piece.range]).expect("valid");
        assert_eq!(Vendor::Sony.sequence(packet.spare), Some((index % 16) as u8));
        encoded.extend(packet.encode());
    }
    assert!(encoded == DERIVED);
}

#[test]
fn negative_values_are_exact() {
    let mut message = Packet::default().encode();
    message[2..5].copy_from_slice(&[0xFF, 0xFF, 0xFF]);
    message[28] = message[28].wrapping_sub(0xFD);
    assert_eq!(Packet::decode(&message).expect("valid").rotation[0], -1);
}

#[test]
fn concatenated_padded_and_trailing_bytes_are_told_apart() {
    let one = UNIT.as_slice();
    let bytes = [one, one, &[0; 3], one, b"tail"].concat();
    let expected = [
        (29, What::Message),
        (29, What::Message),
        (3, What::Padding),
        (29, What::Message),
        (4, What::Padding),
    ];
    assert_eq!(kinds(&bytes, Origin::Datagram), expected);
}

#[test]
fn other_messages_are_recognised_by_their_own_checksum() {
    let command = |body: &[u8]| [body, &[radamec_checksum(body)]].concat();
    let bytes = [command(&[0xD0, 1, 0]), UNIT.to_vec(), command(&[0xD3, 1, 2, 3, 4, 5, 6])].concat();
    let expected = [(4, What::Other), (29, What::Message), (8, What::Other)];
    assert_eq!(kinds(&bytes, Origin::Datagram), expected);
    assert_eq!(kinds(&[0xD0, 1, 0, 0], Origin::Datagram), [(4, What::Damaged(WireError::TooShort))]);
}

#[test]
fn nothing_inside_a_damaged_datagram_is_taken_for_a_message() {
    let mut bytes = [b"xyz", UNIT.as_slice()].concat();
    assert_eq!(kinds(&bytes, Origin::Datagram), [(32, What::Damaged(WireError::WrongType))]);
    bytes.truncate(20);
    assert_eq!(kinds(&bytes, Origin::Datagram), [(20, What::Damaged(WireError::TooShort))]);
}

#[test]
fn a_recording_that_lost_bytes_goes_on_at_the_next_message() {
    let bytes = [&UNIT[7..], UNIT, UNIT].concat();
    let expected = [(22, What::Damaged(WireError::WrongType)), (29, What::Message), (29, What::Message)];
    assert_eq!(kinds(&bytes, Origin::Recording), expected);
}

#[test]
fn encoders_clamp_to_the_ends_of_their_rings() {
    let sony = Vendor::Sony.ranges().expect("sony sends counts");
    assert_eq!([0, 0x3D60, 0x7AC0, 0xFFFF].map(|count| sony.zoom_position(count)), [0.0, 0.5, 1.0, 1.0]);
    assert_eq!([0, 0x1000, 0x8000, 0xF000].map(|count| sony.focus_position(count)), [1.0, 1.0, 0.5, 0.0]);
    let panasonic = Vendor::Panasonic.ranges().expect("panasonic sends counts");
    assert_eq!([0x555, 0xFFF].map(|count| panasonic.iris_position(count)), [Some(1.0), Some(0.0)]);
    let empty = Ranges { zoom: [5, 5], ..sony };
    assert_eq!(empty.zoom_position(9), 0.0);
}

#[test]
fn the_spare_field_is_read_only_where_the_vendor_fills_it() {
    assert_eq!((Vendor::Sony.f_number(0x3190), Vendor::Sony.sequence(0x3190)), (Some(4.0), Some(3)));
    assert_eq!(Vendor::Zcam.f_number(0xF000), None);
    assert_eq!((Vendor::Generic.f_number(0x3190), Vendor::Generic.sequence(0x3190)), (None, None));
    assert_eq!((Vendor::MoSys.quality(0x0102), Vendor::Stype.quality(1)), (Some(2), None));
}

#[test]
fn vendors_go_by_their_names() {
    for vendor in Vendor::ALL {
        assert_eq!(vendor.name().parse(), Ok(vendor));
        assert_eq!(serde_json::to_value(vendor).expect("plain"), vendor.name());
    }
    assert!("Sony".parse::<Vendor>().is_err());
}

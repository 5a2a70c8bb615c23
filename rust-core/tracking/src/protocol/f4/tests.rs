use proptest::{collection::vec, prelude::*};

use super::*;

const TAKE: &[u8] = include_bytes!("../../../../../tests/data/mosys_f4/dev_first600.f4");
const GOLDEN: &str = include_str!("../../../../../tests/data/mosys_f4/dev_first600.golden.csv");
const UNIT: &[u8] = include_bytes!("../../../../../tests/data/mosys_f4/camdkit_unit_no_focal.f4");

fn axes() -> impl Strategy<Value = Vec<Axis>> {
    vec((any::<u8>(), any::<[u8; 4]>()).prop_map(|(id, data)| Axis { id, data }), 0..32)
}

fn encoded(camera: u8, status: u8, axes: &[Axis]) -> Vec<u8> {
    let mut packet = Vec::new();
    encode(camera, status, axes, &mut packet).expect("few axes");
    packet
}

fn kinds(bytes: &[u8], origin: Origin) -> Vec<(usize, What)> {
    pieces(bytes, origin).map(|piece| (piece.range.len(), piece.what)).collect()
}

proptest! {
    #[test]
    fn decode_inverts_encode(camera: u8, status: u8, axes in axes()) {
        let bytes = encoded(camera, status, &axes);
        let packet = Packet::decode(&bytes).expect("just made");
        prop_assert_eq!((packet.camera(), packet.status(), packet.wire_len()), (camera, status, bytes.len()));
        prop_assert_eq!(packet.axes().collect::<Vec<_>>(), axes);
    }

    #[test]
    fn any_damaged_byte_is_refused(axes in axes(), which: prop::sample::Index, flip in 1u8..) {
        let mut bytes = encoded(1, 0x37, &axes);
        let at = which.index(bytes.len());
        bytes[at] ^= flip;
        // A smaller axis count could leave a shorter packet whose checksum fits by chance: not in its own length.
        let refused = Packet::decode(&bytes).map_or(true, |packet| packet.wire_len() != bytes.len());
        prop_assert!(refused);
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        let started: Vec<u8> = [START, 0].into_iter().chain(bytes.iter().copied()).collect();
        for bytes in [&bytes, &started] {
            let _ = Packet::decode(bytes).map(|packet| packet.axes().count());
            for origin in [Origin::Datagram, Origin::Recording] {
                let covered: usize = kinds(bytes, origin).iter().map(|(length, _)| length).sum();
                prop_assert_eq!(covered, bytes.len());
            }
        }
    }

    #[test]
    fn blocks_keep_their_values(value in -0x0080_0000..0x0080_0000i32, count: u16, float: f32) {
        prop_assert_eq!(Axis::thousandths(AxisId::Pan, value).as_thousandths(), value);
        prop_assert_eq!(Axis::count(AxisId::Zoom, count).as_count(), count);
        prop_assert_eq!(Axis::float(AxisId::K1, float).as_float().to_bits(), float.to_bits());
    }

    #[test]
    fn timecode_blocks_keep_their_fields(rate in 0..4u8, hours in 0..64u8, minutes in 0..64u8, seconds in 0..64u8, frames in 0..64u8) {
        let field = TimecodeField { rate, hours, minutes, seconds, frames };
        prop_assert_eq!(Axis::timecode(field).as_timecode(), field);
    }
}

#[test]
fn six_hundred_real_packets_encode_to_the_same_bytes() {
    let mut encoded = Vec::new();
    for piece in pieces(TAKE, Origin::Recording) {
        let packet = Packet::decode(&TAKE[piece.range]).expect("a real packet");
        let axes: Vec<_> = packet.axes().collect();
        encode(packet.camera(), packet.status(), &axes, &mut encoded).expect("few axes");
    }
    assert!(encoded == TAKE);
}

#[test]
fn every_wire_value_of_the_real_take_agrees_with_the_golden_table() {
    let mut rows = GOLDEN.lines();
    let names: Vec<&str> = rows.next().expect("a header").split(',').collect();
    let mut packets = 0;
    for (piece, row) in pieces(TAKE, Origin::Recording).zip(rows.by_ref()) {
        let packet = Packet::decode(&TAKE[piece.range]).expect("a real packet");
        for (name, golden) in names.iter().zip(row.split(',')) {
            assert_eq!(wire_text(&packet, name), golden, "{name} of packet {packets}");
        }
        packets += 1;
    }
    assert_eq!((packets, rows.next()), (600, None));
}

/// One column of the golden table, written from the wire.
fn wire_text(packet: &Packet<'_>, column: &str) -> String {
    let axis = |id: AxisId| packet.axes().find(|axis| axis.id == id as u8).expect("every packet has it");
    let float = |id| f64::from(axis(id).as_float()).to_string();
    let thousandths = |id| (f64::from(axis(id).as_thousandths()) / 1000.0).to_string();
    let time = axis(AxisId::Timecode).as_timecode();
    let text = match column {
        "cam" => packet.camera().to_string(),
        "st" => packet.status().to_string(),
        "epd" => float(AxisId::EntrancePupil),
        "k1" => float(AxisId::K1),
        "k2" => float(AxisId::K2),
        "fovx" => float(AxisId::FocalX),
        "cx" => float(AxisId::CentreX),
        "cy" => float(AxisId::CentreY),
        "id56" => float(AxisId::UndistortedFocalX),
        "invfd" => float(AxisId::InverseFocusDistance),
        "fovy" => float(AxisId::FocalY),
        "id59" => float(AxisId::UndistortedFocalY),
        "focus_raw" => axis(AxisId::Focus).as_count().to_string(),
        "zoom_raw" => axis(AxisId::Zoom).as_count().to_string(),
        "x" => thousandths(AxisId::X),
        "y" => thousandths(AxisId::Y),
        "h" => thousandths(AxisId::Height),
        "pan" => thousandths(AxisId::Pan),
        "tilt" => thousandths(AxisId::Tilt),
        "roll" => thousandths(AxisId::Roll),
        "tc" => format!("{:02}:{:02}:{:02}:{:02}", time.hours, time.minutes, time.seconds, time.frames),
        "rate" => time.rate.to_string(),
        "status" => (axis(AxisId::TrackingState).as_tracking_state() as u8).to_string(),
        "st_bytes" => axis(AxisId::TrackingState).data.map(|byte| format!("{byte:02x}")).concat(),
        other => panic!("the golden table has a column `{other}` nobody compares"),
    };
    // Whole numbers carry their point in the table, except counts.
    let is_value =
        !matches!(column, "cam" | "st" | "focus_raw" | "zoom_raw" | "tc" | "rate" | "status" | "st_bytes");
    if is_value && !text.contains('.') { format!("{text}.0") } else { text }
}

#[test]
fn a_packet_without_a_pose_is_still_a_packet() {
    let packet = Packet::decode(UNIT).expect("valid");
    assert_eq!((packet.camera(), packet.wire_len(), packet.axes().len()), (1, 15, 2));
    assert_eq!(encoded(1, 0, &packet.axes().collect::<Vec<_>>()), UNIT);
}

#[test]
fn a_damaged_packet_costs_only_itself_wherever_it_is_hit() {
    let three = &TAKE[..315];
    for at in 105..210 {
        let mut recording = three.to_vec();
        recording[at] ^= 0x21;
        let kinds = kinds(&recording, Origin::Recording);
        assert_eq!(kinds.len(), 3, "byte {at}: {kinds:?}");
        assert!(matches!(kinds[1], (105, What::Damaged(_))), "byte {at}: {kinds:?}");
        assert!(kinds[0].1 == What::Message && kinds[2].1 == What::Message, "byte {at}: {kinds:?}");
    }
}

#[test]
fn a_recording_that_lost_bytes_goes_on_at_the_next_packet() {
    let kinds = kinds(&TAKE[50..315], Origin::Recording);
    assert_eq!(
        kinds,
        [(55, What::Damaged(WireError::WrongType)), (105, What::Message), (105, What::Message)]
    );
}

#[test]
fn a_packet_that_claims_more_axes_than_it_brings_is_refused() {
    assert_eq!(Packet::decode(&TAKE[..104]), Err(WireError::BadLength));
    assert_eq!(Packet::decode(&TAKE[..4]), Err(WireError::TooShort));
    assert_eq!(Packet::decode(&[]), Err(WireError::TooShort));
    assert_eq!(Packet::decode(&[0xD1; 29]), Err(WireError::WrongType));
}

#[test]
fn too_many_axes_are_refused_and_nothing_is_written() {
    let mut out = vec![7];
    assert_eq!(encode(1, 0, &[Axis::default(); 256], &mut out), Err(WireError::BadLength));
    assert_eq!(out, [7]);
}

#[test]
fn every_axis_is_found_by_its_byte() {
    for axis in AxisId::ALL {
        assert_eq!(AxisId::from_byte(axis as u8), Some(axis));
    }
    assert_eq!(AxisId::from_byte(0), None);
    for (number, state) in TrackingState::ALL.into_iter().enumerate() {
        assert_eq!(Axis::tracking_state(state).as_tracking_state() as usize, number);
    }
}

use proptest::{collection::vec, option, prelude::*};

use super::{
    frame::{Frame, LONGEST_FRAME, State},
    *,
};

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../../../../tests/data/psn/", $name)).as_slice()
    };
}

const ALL: [&[u8]; 8] = [
    vector!("jwetzell_decode_1_data.psn"),
    vector!("jwetzell_decode_2_info.psn"),
    vector!("jwetzell_encode_3_data.psn"),
    vector!("jwetzell_encode_4_info.psn"),
    vector!("vyv_1trackers_data_0.psn"),
    vector!("vyv_1trackers_info_0.psn"),
    vector!("vyv_8trackers_data_0.psn"),
    vector!("vyv_8trackers_info_0.psn"),
];

fn tracker() -> impl Strategy<Value = Tracker> {
    let vector = || option::of(prop::array::uniform3(-1e6f32..1e6));
    let scalars = (option::of(0f32..1.0), option::of(any::<u64>()));
    (any::<u16>(), vector(), vector(), vector(), scalars, vector(), vector()).prop_map(
        |(id, position, speed, orientation, (validity, timestamp_us), acceleration, target)| Tracker {
            id,
            position,
            speed,
            orientation,
            validity,
            acceleration,
            target,
            timestamp_us,
        },
    )
}

fn header() -> Header<'static> {
    Header { timestamp_us: 1_234_567_890, version: [2, 3], frame_id: 1, frame_packets: 1, tail: &[] }
}

fn data(bytes: &[u8]) -> Data<'_> {
    match Packet::decode(bytes) {
        Ok((Packet::Data(data), length)) if length == bytes.len() => data,
        other => panic!("not one DATA packet: {other:?}"),
    }
}

proptest! {
    #[test]
    fn decode_inverts_encode(trackers in vec(tracker(), 0..12), timestamp_us: u64, ids: [u8; 2], tail in vec(any::<u8>(), 0..5)) {
        let header = Header { timestamp_us, frame_id: ids[0], frame_packets: ids[1], tail: &tail, ..header() };
        let mut bytes = Vec::new();
        encode_data(&header, &trackers, &mut bytes).expect("short enough");
        let data = data(&bytes);
        prop_assert_eq!(data.header, header);
        prop_assert_eq!(data.trackers().collect::<Vec<_>>(), trackers);
    }

    #[test]
    fn names_survive(names in vec((any::<u16>(), vec(any::<u8>(), 0..30)), 0..8), system in option::of(vec(any::<u8>(), 0..30))) {
        let names: Vec<_> = names.iter().map(|(id, name)| (*id, name.as_slice())).collect();
        let mut bytes = Vec::new();
        encode_info(&header(), system.as_deref(), &names, &mut bytes).expect("short enough");
        let Ok((Packet::Info(info), _)) = Packet::decode(&bytes) else { panic!("not an INFO packet") };
        prop_assert_eq!(info.system, system.as_deref());
        prop_assert_eq!(info.names().collect::<Vec<_>>(), names);
    }

    /// There is no checksum, but no length may point outside and nothing may be read twice.
    #[test]
    fn a_truncated_packet_is_refused(trackers in vec(tracker(), 1..6), which: prop::sample::Index) {
        let mut bytes = Vec::new();
        encode_data(&header(), &trackers, &mut bytes).expect("short enough");
        bytes.truncate(which.index(bytes.len()));
        prop_assert!(Packet::decode(&bytes).is_err());
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200), root in prop::sample::select(vec![DATA, INFO])) {
        let length = (bytes.len() as u16) | 0x8000;
        let rooted: Vec<u8> = [root.to_le_bytes(), length.to_le_bytes()].concat().into_iter().chain(bytes.iter().copied()).collect();
        for bytes in [&bytes, &rooted] {
            for origin in [Origin::Datagram, Origin::Recording] {
                let covered: usize = pieces(bytes, origin).map(|piece| piece.range.len()).sum();
                prop_assert_eq!(covered, bytes.len());
            }
            match Packet::decode(bytes) {
                Ok((Packet::Data(data), _)) => drop(data.trackers().count()),
                Ok((Packet::Info(info), _)) => drop(info.names().count()),
                Err(_) => {}
            }
        }
    }
}

#[test]
fn every_vector_encodes_to_the_same_bytes() {
    for vector in ALL {
        let mut encoded = Vec::new();
        match Packet::decode(vector).expect("valid") {
            (Packet::Data(data), _) => {
                let trackers: Vec<_> = data.trackers().collect();
                encode_data(&data.header, &trackers, &mut encoded).expect("short enough");
            }
            (Packet::Info(info), _) => {
                let names: Vec<_> = info.names().collect();
                encode_info(&info.header, info.system, &names, &mut encoded).expect("short enough");
            }
        }
        assert_eq!(encoded, vector);
    }
}

#[test]
fn the_data_vectors_read_as_their_makers_say() {
    let hand_made = data(ALL[0]);
    let expected = Header { frame_packets: 123, ..header() };
    assert_eq!(hand_made.header, expected);
    let vector = Some([1.0, 2.0, 3.0]);
    let tracker = Tracker {
        id: 1,
        position: vector,
        speed: vector,
        orientation: vector,
        validity: Some(1.0),
        acceleration: vector,
        target: vector,
        timestamp_us: Some(1_234_567_890),
    };
    assert_eq!(hand_made.trackers().collect::<Vec<_>>(), [tracker]);
    let eight: Vec<_> = data(ALL[6]).trackers().collect();
    assert_eq!(eight.iter().map(|tracker| tracker.id).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(eight[7].position, Some([8.0, 2.0, 3.0]));
    assert_eq!(eight[7].timestamp_us, Some(123_456_796));
}

#[test]
fn the_info_vectors_name_server_and_trackers() {
    let Ok((Packet::Info(info), _)) = Packet::decode(ALL[7]) else { panic!("not an INFO packet") };
    assert_eq!(info.system, Some(b"Cyclorama test".as_slice()));
    assert_eq!(info.names().nth(7), Some((7, b"Tracker 7".as_slice())));
    assert_eq!(info.names().count(), 8);
}

#[test]
fn unknown_chunks_are_skipped_and_long_ones_read_as_far_as_known() {
    let chunk = |id: u16, nested: bool, data: &[u8]| {
        let length = data.len() as u16 | if nested { 0x8000 } else { 0 };
        [&id.to_le_bytes(), &length.to_le_bytes(), data].concat()
    };
    let position = [1f32, 2.0, 3.0, 99.0].map(f32::to_le_bytes).concat();
    let fields = [chunk(99, false, b"later"), chunk(0, false, &position)].concat();
    let list = chunk(DATA_TRACKERS, true, &chunk(5, true, &fields));
    let root = [chunk(77, true, b"\0\0\0\0"), chunk(HEADER, false, &[0; 20]), list].concat();
    let packet = chunk(DATA, true, &root);
    let data = data(&packet);
    assert_eq!(data.header.tail.len(), 8);
    let expected = Tracker { id: 5, position: Some([1.0, 2.0, 3.0]), ..Tracker::default() };
    assert_eq!(data.trackers().collect::<Vec<_>>(), [expected]);
}

#[test]
fn a_packet_without_a_header_or_of_another_kind_is_refused() {
    let root = |id: u16, flag: u16| [id.to_le_bytes(), flag.to_le_bytes()].concat();
    assert_eq!(Packet::decode(&root(DATA, 0x8000)), Err(WireError::MissingPart));
    assert_eq!(Packet::decode(&root(DATA, 0)), Err(WireError::BadLength));
    assert_eq!(Packet::decode(&root(0x6754, 0x8000)), Err(WireError::WrongType));
    assert_eq!(Packet::decode(&[0x55, 0x67]), Err(WireError::TooShort));
    assert_eq!(Packet::decode(b"OTrk\x00\x01"), Err(WireError::WrongType));
}

#[test]
fn packets_are_found_after_damage_in_a_recording_but_not_in_a_datagram() {
    let bytes = [&ALL[4][30..], ALL[6], ALL[0]].concat();
    let kinds =
        |origin| pieces(&bytes, origin).map(|piece| (piece.range.len(), piece.what)).collect::<Vec<_>>();
    let damaged = What::Damaged(WireError::WrongType);
    assert_eq!(kinds(Origin::Recording), [(70, damaged), (604, What::Message), (128, What::Message)]);
    assert_eq!(kinds(Origin::Datagram), [(bytes.len(), damaged)]);
}

#[test]
fn a_packet_too_long_for_a_chunk_is_refused_and_nothing_is_written() {
    let trackers = vec![Tracker { position: Some([0.0; 3]), ..Tracker::default() }; 2000];
    let mut out = vec![7];
    assert_eq!(encode_data(&header(), &trackers, &mut out), Err(WireError::BadLength));
    assert_eq!(out, [7]);
}

fn pushed(frame: &mut Frame, frame_id: u8, frame_packets: u8, packet: &[u8]) -> (bool, State) {
    let step = frame.push(&Header { frame_id, frame_packets, ..header() }, packet, true);
    (step.dropped, step.state)
}

#[test]
fn a_frame_is_whole_when_its_last_packet_has_come_in_any_order() {
    let mut frame = Frame::default();
    assert_eq!(pushed(&mut frame, 9, 3, b"c"), (false, State::Partial));
    assert_eq!(pushed(&mut frame, 9, 3, b"a"), (false, State::Partial));
    assert_eq!(pushed(&mut frame, 9, 3, b"c"), (false, State::Repeated));
    assert_eq!(pushed(&mut frame, 9, 3, b"b"), (false, State::Whole));
    assert_eq!(frame.packets().collect::<Vec<_>>(), [b"c", b"a", b"b"]);
    assert_eq!(pushed(&mut frame, 9, 3, b"b"), (false, State::Repeated));
}

#[test]
fn an_incomplete_frame_is_dropped_when_the_next_one_starts() {
    let mut frame = Frame::default();
    assert_eq!(pushed(&mut frame, 255, 2, b"a"), (false, State::Partial));
    assert_eq!(pushed(&mut frame, 0, 2, b"a"), (true, State::Partial));
    assert_eq!(pushed(&mut frame, 0, 2, b"b"), (false, State::Whole));
    assert_eq!(pushed(&mut frame, 1, 1, b"a"), (false, State::Whole));
}

#[test]
fn a_server_that_never_counts_its_frames_is_followed() {
    let mut frame = Frame::default();
    for packet in [b"1", b"2", b"3"] {
        assert_eq!(pushed(&mut frame, 0, 0, packet), (false, State::Whole));
    }
}

#[test]
fn a_frame_longer_than_we_keep_is_refused_and_its_memory_bounded() {
    let mut frame = Frame::default();
    let mut packet = vec![0; 30_000];
    for number in 0..LONGEST_FRAME / 30_000 {
        packet[0] = number as u8;
        assert_eq!(pushed(&mut frame, 1, 255, &packet), (false, State::Partial));
    }
    packet[0] = 200;
    assert_eq!(pushed(&mut frame, 1, 255, &packet), (false, State::Overlong));
    assert!(frame.packets().map(<[u8]>::len).sum::<usize>() <= LONGEST_FRAME);
    assert_eq!(pushed(&mut frame, 2, 1, b"a"), (true, State::Whole));
}

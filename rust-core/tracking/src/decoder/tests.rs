use cyclorama_space::{PanTiltRoll, convert};

use super::*;
use crate::{Status, protocol::psn::Tracker};

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/data/", $name)).as_slice()
    };
}

const F4: &[u8] = vector!("mosys_f4/dev_first600.f4");
const FREED: &[u8] = vector!("freed/derived_from_mosys_f4_first600.freed");

fn decode(protocol: Protocol, options: DecodeOptions, recording: &[u8]) -> (Vec<Sample>, Summary) {
    let mut decoder = Decoder::new(protocol, options);
    let mut samples = Vec::new();
    for (index, range) in split(protocol, recording).into_iter().enumerate() {
        decoder.datagram(StageTime::from_nanos(index as i64), None, &recording[range], &mut samples);
    }
    (samples, decoder.summary().clone())
}

fn decode_plain(protocol: Protocol, recording: &[u8]) -> (Vec<Sample>, Summary) {
    decode(protocol, DecodeOptions::default(), recording)
}

fn freed(vendor: freed::Vendor, packet: freed::Packet) -> Sample {
    let options = DecodeOptions { vendor, ..DecodeOptions::default() };
    let (mut samples, summary) = decode(Protocol::FreeD, options, &packet.encode());
    assert_eq!((samples.len(), summary.accepted), (1, 1));
    samples.remove(0)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn a_sample_of_more_than_two_kilobytes_in_one_datagram_is_read() {
    let datagram = vector!("opentrackio/complete_static.json.otrk");
    assert!(datagram.len() > 2_048, "{}", datagram.len());
    let mut decoder = Decoder::new(Protocol::OpenTrackIO, DecodeOptions::default());
    let mut samples = Vec::new();
    decoder.datagram(StageTime::from_nanos(1), None, datagram, &mut samples);
    assert_eq!((samples.len(), decoder.summary().rejected_total()), (1, 0));
    assert!(samples[0].pose.is_some() && samples[0].lens.sensor.is_some());
}

#[test]
fn the_real_take_becomes_samples_in_metres_and_millimetres() {
    let (samples, summary) = decode_plain(Protocol::F4, F4);
    assert_eq!((samples.len(), summary.accepted, summary.rejected_total()), (600, 600, 0));
    assert!(summary.ignored.is_empty());
    let first = &samples[0];
    assert_eq!(&*first.subject, "f4:0");
    assert_eq!(first.timecode.expect("timecode").to_string(), "15:03:47:02");
    assert_eq!((first.recording, first.genlocked, first.status), (Some(true), Some(true), Status::Good));
    assert_eq!(
        samples.iter().take(3).map(|sample| sample.sequence).collect::<Vec<_>>(),
        [Some(7), Some(8), Some(9)]
    );
    let pose = first.pose.expect("pose");
    for (metres, cm) in pose.position.to_array().into_iter().zip([-8.045, -185.355, 119.801]) {
        assert!(near(metres * 100.0, cm));
    }
    let PanTiltRoll { pan, tilt, roll } = PanTiltRoll::from_quaternion(pose.rotation);
    assert!(near(pan.degrees(), -3.031) && near(tilt.degrees(), -28.072) && near(roll.degrees(), 3.096));
    let lens = first.lens;
    assert!(near(lens.focal_length_mm.expect("focal length"), 1_517.695_922_851_562_5 * 36.0 / 1920.0));
    assert!(near(lens.focus_distance_m.expect("focus"), 1.0 / 0.432_252_019_643_783_57));
    assert!(near(lens.entrance_pupil_m.expect("pupil"), 0.149_905_413_389_205_93));
    assert!(near(lens.projection_offset_mm.expect("centre")[1], 6.896_144_866_943_359 * 36.0 / 1920.0));
    assert_eq!(lens.raw_encoders.expect("encoders").focus, Some(50091));
    let distortion = lens.distortion.expect("distortion");
    let focal_mm = lens.focal_length_mm.expect("focal length");
    assert!(near(distortion.radial[0] * focal_mm.powi(2), 0.156_809_911_131_858_83));
    assert!(near(distortion.radial[2] * focal_mm.powi(4), -0.088_158_011_436_462_4));
}

#[test]
fn the_sensor_width_scales_the_lens_and_not_its_view() {
    let wide = DecodeOptions { sensor_width_mm: 18.0, ..DecodeOptions::default() };
    let (halved, _) = decode(Protocol::F4, wide, &F4[..105]);
    let (full, _) = decode_plain(Protocol::F4, &F4[..105]);
    assert!(near(halved[0].lens.focal_length_mm.unwrap() * 2.0, full[0].lens.focal_length_mm.unwrap()));
    let view = |sample: &Sample| sample.lens.horizontal_fov_degrees().unwrap();
    assert!(near(view(&halved[0]), view(&full[0])));
}

#[test]
fn freed_derived_from_the_real_take_shows_the_same_motion() {
    let sony = DecodeOptions { vendor: freed::Vendor::Sony, ..DecodeOptions::default() };
    let (freed, summary) = decode(Protocol::FreeD, sony, FREED);
    let (f4, _) = decode_plain(Protocol::F4, F4);
    assert_eq!((freed.len(), summary.rejected_total()), (600, 0));
    for (index, (freed, f4)) in freed.iter().zip(&f4).enumerate() {
        let (freed_pose, f4_pose) = (freed.pose.expect("pose"), f4.pose.expect("pose"));
        assert!((freed_pose.position - f4_pose.position).length() < 2e-5);
        assert!(freed_pose.rotation.dot(f4_pose.rotation).abs() > 1.0 - 1e-9);
        assert_eq!(freed.sequence, Some(index as u32 % 16));
    }
}

#[test]
fn a_flipped_bit_rejects_its_message_and_no_other() {
    let cases = [
        (Protocol::F4, F4, 105, decode_plain(Protocol::F4, F4).0),
        (Protocol::FreeD, FREED, 29, decode_plain(Protocol::FreeD, FREED).0),
    ];
    for (protocol, recording, length, clean) in cases {
        for at in (0..recording.len()).step_by(997) {
            let mut damaged = recording.to_vec();
            damaged[at] ^= 0x10;
            let (samples, summary) = decode_plain(protocol, &damaged);
            assert_eq!((summary.accepted, summary.rejected_total()), (599, 1), "{protocol}, byte {at}");
            let sound = clean.iter().enumerate().filter(|(index, _)| *index != at / length);
            assert!(samples.iter().map(|s| &s.pose).eq(sound.map(|(_, sample)| &sample.pose)));
        }
    }
}

#[test]
fn a_recording_with_lengths_before_its_packets_reads_like_one_without() {
    for (protocol, recording, length) in [(Protocol::F4, F4, 105u16), (Protocol::FreeD, FREED, 29)] {
        let prefixed: Vec<u8> = recording
            .chunks(usize::from(length))
            .flat_map(|packet| length.to_be_bytes().into_iter().chain(packet.iter().copied()))
            .collect();
        assert_eq!(decode_plain(protocol, &prefixed).0, decode_plain(protocol, recording).0);
    }
}

#[test]
fn the_wrong_protocol_is_rejected_by_name() {
    let (samples, summary) = decode_plain(Protocol::F4, FREED);
    assert!(samples.is_empty() && summary.rejected.contains_key("wrong-type"));
    let (samples, summary) = decode_plain(Protocol::Psn, F4);
    assert!(samples.is_empty() && summary.rejected_total() > 0);
    let (samples, summary) = decode_plain(Protocol::FreeD, b"");
    assert!(samples.is_empty() && summary == Summary::default());
}

#[test]
fn freed_angles_beyond_half_a_turn_wrap() {
    let pan = (200.0 * freed::Packet::PER_DEGREE) as i32;
    let sample = freed(freed::Vendor::Generic, freed::Packet { rotation: [pan, 0, 0], ..Default::default() });
    let reading = convert::freed::from_stage(&sample.pose.expect("pose"));
    assert!(near(reading.pan.degrees(), -160.0));
}

#[test]
fn freed_speaks_each_vendors_dialect() {
    let zoom = |vendor, zoom| {
        freed(vendor, freed::Packet { zoom, ..Default::default() }).lens.encoders.unwrap().zoom
    };
    assert_eq!(zoom(freed::Vendor::Generic, 0x1_0000), Some(1.0));
    assert_eq!(zoom(freed::Vendor::Stype, 0x00FF_FFFF), Some(1.0));
    assert_eq!(zoom(freed::Vendor::Panasonic, 0x555), Some(0.0));
    assert_eq!(zoom(freed::Vendor::Vizrt, 0x8_0000), Some(0.0));
    let zcam = freed::Packet { zoom: 3550, focus: 25_000, spare: 0x7000 | 280, ..Default::default() };
    let zcam = freed(freed::Vendor::Zcam, zcam);
    assert_eq!((zcam.lens.focal_length_mm, zcam.lens.focus_distance_m), (Some(35.5), Some(2.5)));
    assert_eq!((zcam.lens.f_stop, zcam.sequence, zcam.lens.encoders), (Some(2.8), Some(7), None));
    let mosys = freed(freed::Vendor::MoSys, freed::Packet { spare: 2, ..Default::default() });
    assert_eq!(mosys.status, Status::Caution);
    let panasonic = freed(freed::Vendor::Panasonic, freed::Packet { spare: 0xFFF, ..Default::default() });
    assert_eq!(panasonic.lens.encoders.unwrap().iris, Some(0.0));
}

#[test]
fn a_rigs_own_ranges_replace_its_vendors() {
    let ranges = freed::Ranges { zoom: [100, 200], focus: [0, 10], iris: None };
    let options = DecodeOptions { lens_ranges: Some(ranges), ..DecodeOptions::default() };
    let packet = freed::Packet { zoom: 150, ..Default::default() };
    let (samples, _) = decode(Protocol::FreeD, options, &packet.encode());
    assert_eq!(samples[0].lens.encoders.unwrap().zoom, Some(0.5));
}

#[test]
fn f4_fields_that_are_no_numbers_are_left_out_and_counted() {
    use f4::{Axis, AxisId, TimecodeField};
    let axes = [
        Axis::float(AxisId::FocalX, f32::NAN),
        Axis::float(AxisId::InverseFocusDistance, 0.0),
        Axis::timecode(TimecodeField { rate: 1, frames: 25, ..Default::default() }),
        Axis { id: 0xEE, data: [1, 2, 3, 4] },
        Axis::thousandths(AxisId::Pan, 1000),
    ];
    let mut packet = Vec::new();
    f4::encode(3, 0, &axes, &mut packet).unwrap();
    let (samples, summary) = decode_plain(Protocol::F4, &packet);
    let lens = &samples[0].lens;
    assert_eq!((lens.focal_length_mm, lens.focus_distance_m), (None, Some(f64::INFINITY)));
    assert_eq!((samples[0].timecode, samples[0].pose.is_some()), (None, true));
    let expected = [("bad-field", 1), ("bad-timecode", 1), ("unknown-axis", 1)];
    assert_eq!(summary.ignored, BTreeMap::from(expected));
}

#[test]
fn a_lost_tracker_gives_no_pose() {
    use f4::{Axis, AxisId, TrackingState};
    let axes = [Axis::thousandths(AxisId::X, 5), Axis::tracking_state(TrackingState::OpticalLost)];
    let mut packet = Vec::new();
    f4::encode(3, 0, &axes, &mut packet).unwrap();
    let (samples, _) = decode_plain(Protocol::F4, &packet);
    assert_eq!((samples[0].status, samples[0].pose), (Status::Lost, None));
}

fn psn_data(frame_id: u8, frame_packets: u8, trackers: &[Tracker]) -> Vec<u8> {
    let header = psn::Header { frame_id, frame_packets, version: [2, 3], ..psn::Header::default() };
    let mut packet = Vec::new();
    psn::encode_data(&header, trackers, &mut packet).unwrap();
    packet
}

fn psn_tracker(id: u16) -> Tracker {
    Tracker { id, position: Some([f32::from(id), 2.0, 3.0]), ..Tracker::default() }
}

fn psn_decode(options: PsnOptions, datagrams: &[Vec<u8>]) -> (Vec<String>, Summary) {
    let options = DecodeOptions { psn: options, ..DecodeOptions::default() };
    let mut decoder = Decoder::new(Protocol::Psn, options);
    let mut samples = Vec::new();
    for datagram in datagrams {
        decoder.datagram(StageTime::default(), None, datagram, &mut samples);
    }
    (samples.iter().map(|sample| sample.subject.to_string()).collect(), decoder.summary().clone())
}

#[test]
fn psn_vectors_give_one_sample_per_tracker() {
    let (samples, summary) = decode_plain(Protocol::Psn, vector!("psn/vyv_8trackers_data_0.psn"));
    assert_eq!((samples.len(), summary.accepted), (8, 1));
    assert_eq!(&*samples[3].subject, "psn:3");
    let pose = samples[3].pose.expect("pose");
    assert_eq!(pose.position.to_array(), [4.0, 3.0, 2.0]);
    assert_eq!(samples[3].sampled.expect("time").nanos(), 123_456_792_000);
    assert_eq!(samples[3].status, Status::Good);
    let (samples, summary) = decode_plain(Protocol::Psn, vector!("psn/jwetzell_decode_1_data.psn"));
    assert_eq!((samples.len(), summary.rejected_total()), (1, 0));
}

#[test]
fn psn_trackers_are_named_by_their_server() {
    let mut decoder = Decoder::new(Protocol::Psn, DecodeOptions::default());
    let mut samples = Vec::new();
    for datagram in [vector!("psn/vyv_8trackers_info_0.psn"), vector!("psn/vyv_8trackers_data_0.psn")] {
        decoder.datagram(StageTime::default(), None, datagram, &mut samples);
    }
    assert_eq!(decoder.name_of(&samples[5].subject), Some("Tracker 5"));
    assert_eq!(decoder.name_of("psn:99"), None);
    assert_eq!(decoder.summary().accepted, 2);
}

#[test]
fn psn_packets_of_a_frame_are_used_as_they_come_and_gaps_are_counted() {
    let datagrams = [psn_data(1, 2, &[psn_tracker(1)]), psn_data(2, 1, &[psn_tracker(2)])];
    let (subjects, summary) = psn_decode(PsnOptions::default(), &datagrams);
    assert_eq!(subjects, ["psn:1", "psn:2"]);
    assert_eq!(summary.ignored, BTreeMap::from([("incomplete-frame", 1)]));
}

#[test]
fn psn_whole_frames_wait_for_all_packets_and_drop_what_is_incomplete() {
    let whole = PsnOptions { whole_frames: true, ..PsnOptions::default() };
    let packet = |frame, id| psn_data(frame, 2, &[psn_tracker(id)]);
    let datagrams = [packet(1, 1), packet(2, 1), packet(2, 1), packet(2, 2)];
    let (subjects, summary) = psn_decode(whole, &datagrams);
    assert_eq!(subjects, ["psn:1", "psn:2"]);
    assert_eq!(summary.rejected, BTreeMap::from([("incomplete-frame", 1)]));
    assert_eq!(summary.ignored, BTreeMap::from([("repeated-packet", 1)]));
}

#[test]
fn psn_frames_of_two_servers_do_not_mix() {
    let mut decoder = Decoder::new(Protocol::Psn, DecodeOptions::default());
    let mut samples = Vec::new();
    for (port, datagram) in [(1, psn_data(1, 2, &[psn_tracker(1)])), (2, psn_data(7, 1, &[psn_tracker(2)]))] {
        let source = SocketAddr::from(([127, 0, 0, 1], port));
        decoder.datagram(StageTime::default(), Some(source), &datagram, &mut samples);
    }
    assert_eq!((samples.len(), decoder.summary().ignored.len()), (2, 0));
}

#[test]
fn psn_values_that_are_no_numbers_are_left_out_and_counted() {
    let broken = Tracker { position: Some([f32::INFINITY, 0.0, 0.0]), ..psn_tracker(1) };
    let mut decoder = Decoder::new(Protocol::Psn, DecodeOptions::default());
    let mut samples = Vec::new();
    decoder.datagram(StageTime::default(), None, &psn_data(1, 1, &[broken]), &mut samples);
    assert_eq!(samples[0].pose, None);
    assert_eq!(decoder.summary().ignored, BTreeMap::from([("bad-field", 1)]));
}

#[test]
fn subjects_are_bounded() {
    let mut decoder = Decoder::new(Protocol::Psn, DecodeOptions::default());
    let mut samples = Vec::new();
    for id in 0..=u16::MAX {
        decoder.datagram(
            StageTime::default(),
            None,
            &psn_data(id as u8, 1, &[psn_tracker(id)]),
            &mut samples,
        );
    }
    assert_eq!(samples.len(), 4096);
    assert_eq!(decoder.summary().ignored["too-many-subjects"], 65536 - 4096);
}

#[test]
fn options_survive_a_file_and_may_be_absent_from_it() {
    let options = DecodeOptions { vendor: freed::Vendor::Zcam, ..DecodeOptions::default() };
    let text = serde_json::to_string(&options).unwrap();
    assert_eq!(serde_json::from_str::<DecodeOptions>(&text).unwrap(), options);
    assert_eq!(serde_json::from_str::<DecodeOptions>("{}").unwrap(), DecodeOptions::default());
}

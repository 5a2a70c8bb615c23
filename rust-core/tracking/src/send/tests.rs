//! What leaves when, in virtual time; and what other programs make of it.

use cyclorama_time::{FrameRate, StageTime, UtcTime, VirtualClock};
use proptest::prelude::*;

use super::*;
use crate::{DecodeOptions, Decoder, Status, evaluate, protocol::freed::Vendor};

fn script(count: i64) -> Script {
    let datagrams = (0..count).map(|n| Planned { nanos: n * 1000, bytes: vec![n as u8] }).collect();
    Script { datagrams, length_nanos: count * 1000 }
}

/// Everything a pacer sends, with its time.
fn drained(pacer: &mut Pacer) -> Vec<(i64, u8)> {
    let (mut now, mut sent) = (0, Vec::new());
    loop {
        match pacer.poll(now) {
            Output::Send(bytes) => sent.push((now, bytes[0])),
            Output::WakeAt(then) => {
                assert!(then >= now, "time never goes back");
                now = then;
            }
            Output::Done => return sent,
        }
    }
}

#[test]
fn datagrams_leave_at_their_recorded_distances() {
    let sent = drained(&mut Pacer::new(script(4), Pacing::default(), Impairment::default()));
    assert_eq!(sent, [(0, 0), (1000, 1), (2000, 2), (3000, 3)]);
}

#[test]
fn twice_the_speed_is_half_the_distance_and_passes_follow_each_other() {
    let pacing = Pacing { speed: 2.0, passes: Some(2), count: None };
    let sent = drained(&mut Pacer::new(script(2), pacing, Impairment::default()));
    assert_eq!(sent, [(0, 0), (500, 1), (1000, 0), (1500, 1)]);
}

#[test]
fn an_endless_script_ends_at_its_count_and_as_fast_as_possible_takes_no_time() {
    let pacing = Pacing { speed: f64::INFINITY, passes: None, count: Some(1000) };
    let sent = drained(&mut Pacer::new(script(3), pacing, Impairment::default()));
    assert_eq!(sent.len(), 1000);
    assert!(sent.iter().all(|(now, _)| *now == 0));
    assert!(sent.iter().enumerate().all(|(n, (_, byte))| usize::from(*byte) == n % 3), "in order");
}

#[test]
fn a_network_that_loses_everything_never_holds_us() {
    let pacing = Pacing { passes: None, ..Pacing::default() };
    for speed in [1.0, f64::INFINITY] {
        let impairment = Impairment { loss: 1.0, ..Impairment::default() };
        let mut pacer = Pacer::new(script(3), Pacing { speed, ..pacing }, impairment);
        let mut now = 0;
        for _ in 0..10_000 {
            match pacer.poll(now) {
                Output::WakeAt(then) => now = then,
                other => panic!("nothing is left to send, not {other:?}"),
            }
        }
    }
    assert_eq!(Pacer::new(script(0), pacing, Impairment::default()).poll(0), Output::Done);
}

#[test]
fn faults_come_as_often_as_asked_and_the_same_for_the_same_seed() {
    let impairment = Impairment {
        loss: 0.1,
        duplicate: 0.05,
        reorder: 0.02,
        jitter_nanos: 300,
        seed: 7,
        ..Impairment::default()
    };
    let run = |seed| {
        let pacing = Pacing { passes: Some(100), ..Pacing::default() };
        let mut pacer = Pacer::new(script(100), pacing, Impairment { seed, ..impairment });
        let sent = drained(&mut pacer);
        (sent, pacer.sent())
    };
    let (sent, counts) = run(7);
    assert_eq!(sent, run(7).0);
    assert_ne!(sent, run(8).0);
    assert!((900..1100).contains(&counts.lost), "{counts:?}");
    assert!((400..500).contains(&counts.duplicated), "{counts:?}");
    assert!((140..220).contains(&counts.reordered), "{counts:?}");
    assert_eq!(counts.datagrams, 10_000 - counts.lost + counts.duplicated);
    let back = |pair: &&[(i64, u8)]| (-10..0).contains(&(i32::from(pair[1].1) - i32::from(pair[0].1)));
    let overtaken = sent.windows(2).filter(back).count();
    assert!(overtaken > 50, "{overtaken} overtaken");
}

proptest! {
    #[test]
    fn nothing_is_lost_unless_asked_and_nothing_comes_early(
        seed in any::<u64>(), jitter in 0..5000i64, reorder in 0.0..1.0f64, speed in 0.1..10.0f64,
    ) {
        let impairment = Impairment { jitter_nanos: jitter, reorder, seed, ..Impairment::default() };
        let sent = drained(&mut Pacer::new(script(50), Pacing { speed, ..Pacing::default() }, impairment));
        let mut seen: Vec<_> = sent.iter().map(|(_, byte)| *byte).collect();
        seen.sort_unstable();
        prop_assert!(seen.into_iter().eq(0..50));
        for (now, byte) in sent {
            prop_assert!(now >= (f64::from(byte) * 1000.0 / speed) as i64);
        }
    }
}

/// `samples` written in `protocol` and read again.
fn there_and_back(samples: &[Sample], protocol: Protocol, options: &DecodeOptions) -> Vec<Sample> {
    let mut encoder = Encoder::new(protocol, options.clone());
    let mut decoder = Decoder::new(protocol, options.clone());
    let mut back = Vec::new();
    for planned in Script::from_samples(samples, &mut encoder).datagrams {
        decoder.datagram(StageTime::from_nanos(planned.nanos), None, &planned.bytes, &mut back);
    }
    assert_eq!(decoder.summary().rejected_total(), 0, "{:?}", decoder.summary());
    back
}

#[test]
fn every_move_in_every_protocol_is_read_back_as_it_was() {
    for motion in Move::ALL {
        let simulation = Simulation::new(motion, FrameRate::FPS_25);
        let samples: Vec<_> = (0..500).map(|frame| simulation.sample(frame)).collect();
        for protocol in Protocol::ALL {
            let back = there_and_back(&samples, protocol, &DecodeOptions::default());
            assert_eq!(back.len(), samples.len(), "{motion} in {protocol}");
            for (sample, back) in samples.iter().zip(&back) {
                let (there, here) = (sample.pose.expect("a pose"), back.pose.expect("a pose"));
                assert!(there.position.distance(here.position) < 2e-5, "{motion} in {protocol}");
                assert!(there.rotation.angle_between(here.rotation) < 3e-5, "{motion} in {protocol}");
                if matches!(protocol, Protocol::F4 | Protocol::OpenTrackIO) {
                    let focal = |sample: &Sample| sample.lens.focal_length_mm.expect("a focal length");
                    assert!((focal(sample) - focal(back)).abs() < 1e-4);
                    assert_eq!(sample.timecode, back.timecode, "{motion} in {protocol}");
                }
            }
        }
    }
}

#[test]
fn a_lost_sample_is_lost_in_every_protocol() {
    let mut sample = Simulation::new(Move::Dolly, FrameRate::FPS_25).sample(3);
    sample.status = Status::Lost;
    for protocol in Protocol::ALL {
        let back = there_and_back(std::slice::from_ref(&sample), protocol, &DecodeOptions::default());
        assert!(!back.iter().any(|back| back.pose.is_some() && back.status != Status::Lost), "{protocol}");
    }
}

#[test]
fn every_freed_vendor_reads_back_zoom_and_focus() {
    let simulation = Simulation::new(Move::Dolly, FrameRate::FPS_25);
    let sample = simulation.sample(120);
    for vendor in Vendor::ALL {
        let options = DecodeOptions { vendor, ..DecodeOptions::default() };
        let back = &there_and_back(std::slice::from_ref(&sample), Protocol::FreeD, &options)[0];
        match (back.lens.encoders, sample.lens.encoders) {
            (Some(back), Some(sample)) => {
                let near =
                    |a: Option<f64>, b: Option<f64>| (a.unwrap_or(9.0) - b.unwrap_or(-9.0)).abs() < 1e-3;
                assert!(near(back.zoom, sample.zoom) && near(back.focus, sample.focus), "{vendor:?}");
            }
            _ => assert_eq!(vendor, Vendor::Zcam, "only Z CAM sends physical values"),
        }
        if vendor == Vendor::Zcam {
            let focal = |sample: &Sample| sample.lens.focal_length_mm.expect("a focal length");
            assert!((focal(back) - focal(&sample)).abs() < 0.01);
        }
    }
}

#[test]
fn a_real_f4_recording_goes_out_as_freed_and_comes_back() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/mosys_f4/dev_first600.f4");
    let recording = std::fs::read(file).expect("the recording in tests/data");
    let mut decoder = Decoder::new(Protocol::F4, DecodeOptions::default());
    let mut samples = Vec::new();
    for planned in Script::from_recording(Protocol::F4, &recording, FrameRate::FPS_25).datagrams {
        decoder.datagram(StageTime::from_nanos(planned.nanos), None, &planned.bytes, &mut samples);
    }
    assert_eq!(samples.len(), 600);
    let back = there_and_back(&samples, Protocol::FreeD, &DecodeOptions::default());
    let path = |samples: &[Sample]| evaluate::camera_path(samples, &Default::default()).expect("a path");
    let (there, here) = (path(&samples), path(&back));
    assert_eq!((there.frames.len(), here.frames.len()), (600, 600));
    for (there, here) in there.frames.iter().zip(&here.frames) {
        assert!(there.pose.position.distance(here.pose.position) < 2e-5);
    }
}

#[test]
fn moves_are_smooth_and_end_where_they_begin() {
    for motion in Move::ALL {
        let (start, end) = (motion.pose(0.0), motion.pose(Move::SECONDS));
        assert!(start.position.distance(end.position) < 1e-9, "{motion}");
        assert!(start.rotation.angle_between(end.rotation) < 1e-6, "{motion}");
        for step in 0..20_000 {
            let at = f64::from(step) * 1e-3;
            let (here, next) = (motion.pose(at), motion.pose(at + 1e-3));
            assert!(here.position.distance(next.position) < 5e-3, "{motion} jumps at {at} s");
            assert!(here.rotation.angle_between(next.rotation) < 6e-3, "{motion} jumps at {at} s");
        }
    }
}

#[test]
fn the_sender_sends_everything_to_its_address() {
    let receiver = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    receiver.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket");
    let sender = Sender::open(&SendOptions::to(receiver.local_addr().expect("bound"))).expect("a socket");
    let pacing = Pacing { speed: f64::INFINITY, ..Pacing::default() };
    let mut pacer = Pacer::new(script(20), pacing, Impairment::default());
    let clock = VirtualClock::new(UtcTime::from_nanos(0));
    let progress = Progress::new();
    let sent = sender.run(&mut pacer, &clock, &Cancel::new(), &progress).expect("loopback");
    assert_eq!((sent.datagrams, sent.bytes), (20, 20));
    let mut buffer = [0; 8];
    for expected in 0..20 {
        assert_eq!(receiver.recv(&mut buffer).expect("a datagram"), 1);
        assert_eq!(buffer[0], expected);
    }
    let cancel = Cancel::new();
    cancel.cancel();
    let forever = Pacing { passes: None, ..pacing };
    let mut pacer = Pacer::new(script(3), forever, Impairment::default());
    assert_eq!(sender.run(&mut pacer, &clock, &cancel, &progress).expect("loopback").datagrams, 0);
}

#[test]
fn a_dropout_swallows_all_of_its_time_and_nothing_else() {
    let impairment = Impairment {
        dropout_nanos: 200_000_000,
        dropout_every_nanos: 1_000_000_000,
        ..Impairment::default()
    };
    let simulation = Simulation::new(Move::Crane, FrameRate::FPS_50);
    let mut encoder = Encoder::new(Protocol::FreeD, DecodeOptions::default());
    let script = simulation.script(150, &mut encoder);
    let mut pacer = Pacer::new(script, Pacing::default(), impairment);
    let mut left = Vec::new();
    for frame in 0..150 {
        let now = frame * 20_000_000;
        while let Output::Send(_) = pacer.poll(now) {
            left.push(frame);
        }
    }
    let wanted: Vec<i64> = (0..150).filter(|frame| frame % 50 < 40).collect();
    assert_eq!((left, pacer.sent().lost), (wanted, 30));
}

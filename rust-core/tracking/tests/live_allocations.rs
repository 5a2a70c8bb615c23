//! A sample's way from the socket to a readable pose does not touch the allocator, once its sender is known.

use std::{
    net::{SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};

use cyclorama_space::{DVec3, LensState, Pose};
use cyclorama_time::{StageTime, UtcTime, VirtualClock};
use cyclorama_tracking::{
    DecodeOptions, Decoder, Protocol, Sample, Status,
    live::{NewestPose, Tracker, TrackerOptions, newest},
    protocol::freed::Packet,
    udp::{ListenOptions, Listener},
};

#[expect(dead_code, reason = "how much memory is kept is another test's concern")]
#[path = "support/counting.rs"]
mod counting;

#[test]
fn following_a_known_sender_allocates_nothing() {
    let mut tracker = Tracker::new(TrackerOptions::default());
    let (mut writer, reader) = newest();
    let subject: std::sync::Arc<str> = "cam".into();
    let source = Some(SocketAddr::from(([10, 0, 0, 1], 40000)));
    let mut frame = 0_i64;
    let mut follow = |tracker: &mut Tracker, count: i64| {
        let before = counting::calls();
        for _ in 0..count {
            frame += 1;
            let arrived = StageTime::from_nanos(frame * 4_166_667);
            let angle = frame as f64 / 500.0;
            let pose = Pose { position: DVec3::new(libm::sin(angle), 0.0, 1.5), ..Pose::IDENTITY };
            let sample = Sample {
                subject: subject.clone(),
                arrived,
                sampled: None,
                // One in fifty is lost.
                sequence: (frame % 50 != 0).then_some((frame % 16) as u32),
                timecode: None,
                pose: (frame % 97 != 0).then_some(pose),
                lens: LensState::default(),
                status: Status::Good,
                recording: None,
                genlocked: None,
                clocking: Default::default(),
            };
            tracker.take(Protocol::FreeD, source, &sample);
            if let Some(found) = tracker.at("cam", arrived, arrived.plus_nanos(80_000_000)) {
                writer.write(&NewestPose {
                    at: found.at,
                    pose: found.pose,
                    focal_length_mm: f64::NAN,
                    focus_distance_m: f64::NAN,
                    stale: found.stale,
                });
                assert!(reader.read().is_some());
            }
            tracker.poll_fault(arrived);
        }
        counting::calls() - before
    };
    assert!(follow(&mut tracker, 1000) > 0, "the counter counts");
    // Faults name their subject by reference count, not by copy.
    assert_eq!(follow(&mut tracker, 20_000), 0);
}

#[test]
fn from_the_socket_to_a_readable_pose_nothing_is_allocated() {
    let at = SocketAddr::from(([127, 0, 0, 1], 0));
    let clock = Arc::new(VirtualClock::new(UtcTime::from_nanos(0)));
    let mut listener = Listener::bind(&ListenOptions::at(at), clock.clone()).expect("a free port");
    let sender = UdpSocket::bind(at).expect("a free port");
    sender.connect(listener.address()).expect("loopback");
    let mut decoder = Decoder::new(Protocol::FreeD, DecodeOptions::default());
    let mut tracker = Tracker::new(TrackerOptions::default());
    let (mut writer, reader) = newest();
    let mut samples = Vec::with_capacity(64);
    let mut number = 0_i32;
    let mut follow = |count: i32| {
        let before = counting::calls();
        for _ in 0..count {
            number += 1;
            clock.advance(4_166_667);
            // One in seven packets is followed by another at once: they come as a batch.
            for camera in 1..=if number % 7 == 0 { 2 } else { 1 } {
                let packet = Packet { camera, position: [number, 0, 0], ..Packet::default() };
                sender.send(&packet.encode()).expect("loopback");
            }
            for _ in 1..=if number % 7 == 0 { 2 } else { 1 } {
                let datagram = listener.recv(Duration::from_secs(5)).expect("a socket").expect("it was sent");
                samples.clear();
                decoder.datagram(datagram.arrived, datagram.source, datagram.bytes, &mut samples);
                for sample in &samples {
                    tracker.take(Protocol::FreeD, datagram.source, sample);
                    let at = sample.arrived;
                    let pose = sample.pose.expect("FreeD always has one");
                    let (focal_length_mm, focus_distance_m) = (f64::NAN, f64::NAN);
                    writer.write(&NewestPose { at, pose, focal_length_mm, focus_distance_m, stale: false });
                    assert_eq!(reader.read().expect("written").pose, pose);
                }
                tracker.learn();
            }
        }
        counting::calls() - before
    };
    follow(500);
    assert_eq!(follow(5_000), 0);
}

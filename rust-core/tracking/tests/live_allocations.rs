//! A sample's way from the stream to a readable pose does not touch the allocator, once its sender is known.

use std::net::SocketAddr;

use cyclorama_space::{DVec3, LensState, Pose};
use cyclorama_time::StageTime;
use cyclorama_tracking::{
    Protocol, Sample, Status,
    live::{NewestPose, Tracker, TrackerOptions, newest},
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

//! From the wire to a readable pose, against a plain blocking receiver in C, in the same run.
//!
//! Stands for one tracker on a stage at 240 and 1000 packets a second over loopback; for 32 trackers at 240 a second
//! on one socket; and for a tracker beside 100 000 packets of rubbish a second. Prints one line per figure. The C
//! receiver is compiled with `cc`; without one its figures are left out. `cargo bench -p cyclorama-tracking --bench
//! live [-- SECONDS] [engine|latency|streams|rubbish]`, about fifteen times SECONDS in all.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "the wire is measured on Linux"))]

use std::{hint::black_box, time::Instant};

use cyclorama_space::{DVec3, LensState, Pose};
use cyclorama_time::StageTime;
use cyclorama_tracking::{
    Protocol, Sample, Status,
    live::{NewestPose, Tracker, TrackerOptions, newest},
};

#[cfg(target_os = "linux")]
#[path = "live/wire.rs"]
mod wire;

fn main() {
    let seconds = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(4.0);
    let only = std::env::args().skip(1).find(|arg| !arg.starts_with('-') && arg.parse::<f64>().is_err());
    let only = only.as_deref();
    if only.is_none_or(|only| only == "engine") {
        engine();
    }
    #[cfg(target_os = "linux")]
    wire::run(seconds, only);
    #[cfg(not(target_os = "linux"))]
    println!("the wire is measured on Linux only ({seconds} s asked for)");
}

/// What one operation costs by itself.
fn engine() {
    let (mut writer, reader) = newest();
    let value = NewestPose {
        at: StageTime::from_nanos(1),
        pose: Pose::IDENTITY,
        focal_length_mm: 35.0,
        focus_distance_m: 2.0,
        stale: false,
    };
    writer.write(&value);
    figure("newest pose, read", || black_box(reader.read()));
    figure("newest pose, write", || writer.write(black_box(&value)));

    let mut tracker = Tracker::new(TrackerOptions::default());
    let mut frame = 0_i64;
    let subject: std::sync::Arc<str> = "cam".into();
    let mut next = || {
        frame += 1;
        let seconds = frame as f64 / 240.0;
        Sample {
            subject: subject.clone(),
            arrived: StageTime::from_nanos(frame * 4_166_667),
            sampled: None,
            sequence: None,
            timecode: None,
            pose: Some(Pose { position: DVec3::new(seconds.sin(), seconds.cos(), 1.0), ..Pose::IDENTITY }),
            lens: LensState::default(),
            status: Status::Good,
            recording: None,
            genlocked: None,
            clocking: Default::default(),
        }
    };
    figure("tracker, one sample in", || black_box(tracker.take(Protocol::FreeD, None, &next())));
    let now = StageTime::from_nanos(frame_of(&tracker));
    figure("tracker, pose 80 ms ahead", || black_box(tracker.at("cam", now, now.plus_nanos(80_000_000))));
    figure("tracker, pose 80 ms ago", || black_box(tracker.at("cam", now, now.plus_nanos(-80_000_000))));
}

/// Arrival of the newest sample.
fn frame_of(tracker: &Tracker) -> i64 {
    let zero = StageTime::from_nanos(0);
    tracker.health(zero).map(|health| -health.age_nanos).max().unwrap_or(0)
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn figure<T>(name: &str, mut run: impl FnMut() -> T) {
    const ROUNDS: u32 = 20_000;
    let mut windows: Vec<f64> = (0..31)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..ROUNDS {
                black_box(run());
            }
            start.elapsed().as_nanos() as f64 / f64::from(ROUNDS)
        })
        .collect();
    windows.sort_by(f64::total_cmp);
    println!("{name}: {:.1} ns (median of {}; least {:.1})", windows[15], windows.len(), windows[0]);
}

use cyclorama_space::{DVec3, LensState, PanTiltRoll, Pose, SensorSize};
use cyclorama_time::FrameNumber;

use super::*;
use crate::scene::demo_stage;

fn camera(frame: i64, position: [f64; 3], pan: f64, tilt: f64, roll: f64) -> CameraFrame {
    let pose = Pose::new(DVec3::from_array(position), PanTiltRoll::from_degrees(pan, tilt, roll));
    let lens = LensState {
        focal_length_mm: Some(28.4568),
        sensor: Some(SensorSize { width_mm: 36.0, height_mm: 20.25 }),
        ..LensState::default()
    };
    CameraFrame { frame: FrameNumber(frame), timecode: None, pose, lens }
}

/// Not a check: paints pictures to look at, along the demo take. `cargo test --release look -- --ignored`.
#[test]
#[ignore = "for eyes"]
fn look() {
    for (frame, x, y, z, pan, tilt, roll) in [
        (0, -0.08045, -1.85355, 1.19801, -3.031, -28.072, 3.096),
        (120, -0.06671, -1.86666, 1.20461, -11.825, -25.112, 2.646),
        (240, -0.02072, -1.86802, 1.18956, -30.977, -31.303, 2.548),
        (400, -0.08211, -1.85671, 1.20029, -2.755, -27.073, 3.049),
    ] {
        let mut painter = Painter::new(demo_stage(), (384, 216), Options::default());
        let started = std::time::Instant::now();
        let image = painter.paint(&camera(frame, [x, y, z], pan, tilt, roll));
        println!("{frame}: {:?}", started.elapsed());
        crate::frame::write_png(std::path::Path::new(&format!("/tmp/look_{frame}.png")), &image).unwrap();
    }
}

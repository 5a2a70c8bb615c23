//! The set that ships with the product: a quarter-scale LED stage at dusk.
//!
//! It stands before the tracker's zero as the recorded demo take looks at it: camera 1.2 m above the floor, looking
//! 28 degrees down, panning 30 degrees to the right and back. Lengths below are those of the full-size stage,
//! measured from the floor under the camera; [`SCALE`] and [`ORIGIN`] bring them to where they stand.

mod build;
mod set;

use cyclorama_space::{Angle, DVec3, LensState, PanTiltRoll, Pose, SensorSize};
use cyclorama_time::{FrameNumber, FrameRate};
use cyclorama_tracking::{CameraFrame, CameraPath};

use super::{Scene, Sky};
use build::Build;

/// The model's size against the stage it stands for.
const SCALE: f64 = 0.25;

/// The floor under the camera of the demo take, m.
const ORIGIN: DVec3 = DVec3::new(-0.06, -1.86, 0.0);

/// The demo stage: curved LED wall with a dusk landscape, wet concrete, truss and lamps, flight cases, and an
/// astronaut who turns on a dolly. It moves for 3000 frames and stands still after.
pub fn demo_stage() -> Scene {
    let mut build = Build::new(SCALE, ORIGIN);
    set::studio(&mut build);
    set::wall(&mut build);
    set::truss(&mut build);
    set::rails(&mut build);
    set::astronaut(&mut build);
    set::film_camera(&mut build);
    set::flight_cases(&mut build);
    set::monitors(&mut build);
    set::stands(&mut build);
    set::markers(&mut build);
    set::lamps(&mut build);
    let sky = Sky { zenith: [0.012, 0.014, 0.022], horizon: [0.016, 0.016, 0.022], ground: [0.006; 3] };
    build.finish("demo_stage", sky)
}

/// A camera move that shows the demo stage well: ten seconds, a slow pan to the right and back.
pub fn demo_camera() -> CameraPath {
    let frame = |number: i64| {
        // Eased there and back: 0, 1, 0.
        let there = (1.0 - Angle::from_degrees(number as f64 * 360.0 / 249.0).sin_cos().1) * 0.5;
        let position = DVec3::new(-0.081 + 0.060 * there, -1.856 - 0.012 * there, 1.200 - 0.010 * there);
        let rotation = PanTiltRoll::from_degrees(-3.0 - 28.0 * there, -27.6 - 3.6 * there, 3.0 - 0.5 * there);
        let lens = LensState {
            focal_length_mm: Some(28.5),
            sensor: Some(SensorSize { width_mm: 36.0, height_mm: 20.25 }),
            focus_distance_m: Some(2.0),
            f_stop: Some(4.0),
            ..LensState::default()
        };
        CameraFrame { frame: FrameNumber(number), timecode: None, pose: Pose::new(position, rotation), lens }
    };
    CameraPath { subject: "demo".to_owned(), rate: FrameRate::FPS_25, frames: (0..250).map(frame).collect() }
}

#[cfg(test)]
mod tests;

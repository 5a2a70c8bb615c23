//! Small render jobs to try workers on.

use cyclorama_content::Digest;
use cyclorama_render::frame::FrameFormat;
use cyclorama_render::plan::{Passes, PlanRequest, Planned, Size, TakeIdentity};
use cyclorama_space::{DQuat, DVec3, LensState, Pose, SensorSize};
use cyclorama_time::{FrameNumber, FrameRate, UtcTime};
use cyclorama_tracking::{CameraFrame, CameraPath};

/// A camera that moves five centimetres a frame, so that no two of its pictures are equal.
pub fn moving_camera(frames: i64) -> CameraPath {
    let lens = LensState {
        focal_length_mm: Some(35.0),
        sensor: Some(SensorSize { width_mm: 36.0, height_mm: 24.0 }),
        ..LensState::default()
    };
    let frame = |frame| CameraFrame {
        frame: FrameNumber(frame),
        timecode: None,
        pose: Pose { position: DVec3::new(0.05 * frame as f64, -4.0, 1.6), rotation: DQuat::IDENTITY },
        lens,
    };
    let frames = (0..frames).map(frame).collect();
    CameraPath { subject: "test:1".to_owned(), rate: FrameRate::FPS_24, frames }
}

/// A plan of `frames` tiny frames in ranges of `chunk`, for the fake host.
pub fn small_plan(frames: i64, chunk: u32) -> Planned {
    walked_plan(frames, chunk, 0)
}

/// The same, with `walk_in` frames ahead of each range.
pub fn walked_plan(frames: i64, chunk: u32, walk_in: u32) -> Planned {
    plan(frames, chunk, walk_in, FrameFormat::Exr, Passes::default())
}

/// A small plan whose frames have these passes.
pub fn deep_plan(frames: i64, chunk: u32, passes: Passes) -> Planned {
    plan(frames, chunk, 0, FrameFormat::Exr, passes)
}

/// A small plan whose frames are PNG files.
pub fn png_plan(frames: i64, chunk: u32) -> Planned {
    plan(frames, chunk, 0, FrameFormat::Png, Passes::default())
}

fn plan(frames: i64, chunk: u32, walk_in: u32, format: FrameFormat, passes: Passes) -> Planned {
    PlanRequest {
        take: TakeIdentity { name: "small".to_owned(), shot: None, digest: Digest::of(b"small") },
        camera: &moving_camera(frames),
        scene: "#usda 1.0\n",
        frames: None,
        size: Size { width: 16, height: 9 },
        host: "fake".to_owned(),
        samples: 1,
        chunk: Some(chunk),
        walk_in,
        history: None,
        flashes: false,
        unreal: None,
        colour_space: format.colour_space().to_owned(),
        ocio: None,
        format,
        passes,
        content: Vec::new(),
        created: UtcTime::from_nanos(0),
        nonce: 0,
    }
    .plan()
    .expect("a plan")
}

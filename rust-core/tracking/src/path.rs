//! A camera's path over whole frames: what a re-render follows.

use cyclorama_space::{LensState, Pose};
use cyclorama_time::{FrameNumber, FrameRate, Timecode};
use serde::{Deserialize, Serialize};

/// The evaluated camera of one frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraFrame {
    /// Frame number within the take; its first frame is 0.
    pub frame: FrameNumber,
    /// Timecode label of the frame, when the take has timecode.
    pub timecode: Option<Timecode>,
    /// Camera (sensor) pose in the stage frame.
    pub pose: Pose,
    /// Lens; focal length and sensor are always present (defaults named by the evaluator otherwise).
    pub lens: LensState,
}

/// Consecutive frames of one camera, in order, without gaps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraPath {
    /// The tracked subject.
    pub subject: String,
    /// Frames per second.
    pub rate: FrameRate,
    /// One entry per frame; `frames[i].frame == frames[0].frame + i`.
    pub frames: Vec<CameraFrame>,
}

impl CameraPath {
    /// The entry of `frame`, if the path covers it.
    pub fn at(&self, frame: FrameNumber) -> Option<&CameraFrame> {
        let first = self.frames.first()?.frame.0;
        self.frames.get(usize::try_from(frame.0.checked_sub(first)?).ok()?)
    }
}

//! The messages between worker and host: one JSON object a line, UTF-8, at most [`LONGEST_LINE`] bytes.
//!
//! Fields and message types that a reader does not know are passed over, so that both sides can grow.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cyclorama_space::{LensState, Pose};
use cyclorama_time::{FrameNumber, FrameRate, Timecode};
use cyclorama_tracking::CameraFrame;
use serde::{Deserialize, Serialize};

use crate::content::ContentName;
use crate::frame::{FrameFormat, Header, OcioName};
use crate::plan::{Passes, UnrealScene};

/// The protocol's version. A host of another version is refused.
pub const VERSION: u32 = 1;
/// The longest line, bytes, with its end.
pub const LONGEST_LINE: usize = 1 << 20;

/// What the worker says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ToHost {
    /// First of all.
    Hello {
        /// [`VERSION`].
        protocol: u32,
    },
    /// Load this; answered by `opened` or `error`.
    Open(Open),
    /// Draw these frames; answered by `frame` for each and `rendered` at the end.
    Render(Render),
    /// A frame that was told of is committed, or was refused: its file waits no more.
    Taken {
        /// Of which range.
        id: u64,
    },
    /// Stop after the frame in flight; answered by `rendered`.
    Cancel,
    /// End. The end of the input means the same.
    Close,
    /// A message of a later protocol.
    #[serde(other)]
    Unknown,
}

/// What to load and how to draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// The scene with its camera: a USDA file.
    pub scene: PathBuf,
    /// Picture width, pixels.
    pub width: u32,
    /// Picture height, pixels.
    pub height: u32,
    /// Samples per pixel.
    pub samples: u32,
    /// Name of the colour space the files must be in.
    pub colour_space: String,
    /// Weight of the newest frame in a temporal history, for hosts that can set it; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<f64>,
    /// What an Unreal project renders of itself; left out for other hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreal: Option<UnrealScene>,
    /// What kind of file each frame is; left out where it is an EXR.
    #[serde(default, skip_serializing_if = "FrameFormat::is_exr")]
    pub format: FrameFormat,
    /// What each frame's file must hold; left out where it is the beauty alone.
    #[serde(default, skip_serializing_if = "Passes::is_beauty_alone")]
    pub passes: Passes,
    /// Folders with published content, by name, for reading; left out where a job names none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub content: BTreeMap<ContentName, PathBuf>,
}

/// A contiguous range to draw, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Render {
    /// Repeated in everything said about this range.
    pub id: u64,
    /// The first frame to deliver.
    pub first: FrameNumber,
    /// The last frame to deliver, included.
    pub last: FrameNumber,
    /// How many frames ahead of the first to draw and throw away.
    pub walk_in: u32,
    /// Where files go: `{pass}` and `{frame}` (six digits at least) stand for the pass and the frame.
    pub output: String,
    /// What each file's header says, one entry per frame in order.
    pub headers: Vec<FrameHeader>,
    /// While so many of its frames, at least 1, are told of and not taken, no further one is begun. Left out by workers that do not
    /// say `taken`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<u32>,
}

/// What a frame's file says about itself, besides what drew it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameHeader {
    /// Name of the take.
    pub take: String,
    /// Slate or shot.
    pub shot: Option<String>,
    /// Frame number within the take.
    pub frame: FrameNumber,
    /// Timecode label.
    pub timecode: Option<Timecode>,
    /// Frames per second.
    pub rate: FrameRate,
    /// Camera pose in the stage frame.
    pub pose: Pose,
    /// Lens.
    pub lens: LensState,
    /// Name of the colour space.
    pub colour_space: String,
    /// What the job's OCIO configuration calls it; left out where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ocio: Option<OcioName>,
}

/// What the host says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum FromHost {
    /// First of all.
    Hello {
        /// [`VERSION`].
        protocol: u32,
        /// Name and version of the host.
        software: String,
    },
    /// The scene is loaded.
    Opened {
        /// The files that it is going to write, as it was told; left out by hosts that know of EXR alone.
        #[serde(default, skip_serializing_if = "FrameFormat::is_exr")]
        format: FrameFormat,
        /// What it is going to draw, as it was told; left out by hosts that know of no passes.
        #[serde(default, skip_serializing_if = "Passes::is_beauty_alone")]
        passes: Passes,
    },
    /// A frame's file is written and closed.
    Frame {
        /// Of which range.
        id: u64,
        /// The frame.
        frame: FrameNumber,
        /// `beauty`, also where the file holds more passes.
        pass: String,
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// Still at work; resets the silence limit.
    Progress {
        /// Of which range.
        id: u64,
        /// The frame being drawn.
        frame: FrameNumber,
        /// Whether it is a walk-in frame.
        #[serde(default)]
        walk_in: bool,
    },
    /// The range ended: all of it, or what was drawn before a cancel or an error.
    Rendered {
        /// Which range.
        id: u64,
    },
    /// Something went wrong. With a frame: it, and the rest of the range, is not delivered.
    Error {
        /// Of which frame, if of one.
        #[serde(default)]
        frame: Option<FrameNumber>,
        /// What, for people.
        message: String,
    },
    /// A message of a later protocol.
    #[serde(other)]
    Unknown,
}

impl FrameHeader {
    /// The camera it speaks of.
    pub(crate) fn camera(&self) -> CameraFrame {
        CameraFrame { frame: self.frame, timecode: self.timecode, pose: self.pose, lens: self.lens }
    }

    /// The header of the file, once it is known what drew it.
    pub(crate) fn drawn_by(&self, software: String) -> Header {
        let Self { take, shot, frame, timecode, rate, pose, lens, colour_space, ocio } = self.clone();
        Header { take, shot, frame, timecode, rate, pose, lens, colour_space, ocio, software }
    }
}

impl Render {
    /// The file that `frame` is expected in.
    pub fn path(&self, pass: &str, frame: FrameNumber) -> PathBuf {
        PathBuf::from(self.output.replace("{pass}", pass).replace("{frame}", &format!("{:06}", frame.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_lines_as_documented() {
        let hello = serde_json::to_string(&ToHost::Hello { protocol: 1 }).expect("JSON");
        assert_eq!(hello, r#"{"type":"hello","protocol":1}"#);
        let frame = FromHost::Frame {
            id: 3,
            frame: FrameNumber(7),
            pass: "beauty".to_owned(),
            path: "/scratch/beauty.000007.exr".into(),
            bytes: 99,
        };
        let line = r#"{"type":"frame","id":3,"frame":7,"pass":"beauty","path":"/scratch/beauty.000007.exr","bytes":99}"#;
        assert_eq!(serde_json::to_string(&frame).expect("JSON"), line);
        assert_eq!(serde_json::from_str::<FromHost>(line).expect("reads"), frame);
    }

    #[test]
    fn a_job_of_the_beauty_alone_is_told_as_ever_and_another_with_its_passes() {
        let format = FrameFormat::Exr;
        let beauty = FromHost::Opened { format, passes: Passes::default() };
        assert_eq!(serde_json::to_string(&beauty).expect("JSON"), r#"{"type":"opened"}"#);
        assert_eq!(serde_json::from_str::<FromHost>(r#"{"type":"opened"}"#).expect("reads"), beauty);
        let deep = FromHost::Opened { format, passes: "beauty,depth".parse().expect("passes") };
        let line = r#"{"type":"opened","passes":["beauty","depth"]}"#;
        assert_eq!(serde_json::to_string(&deep).expect("JSON"), line);
        assert_eq!(serde_json::from_str::<FromHost>(line).expect("reads"), deep);
        let scene = r#"{"type":"open","scene":"s","width":1,"height":1,"samples":1,"colour_space":"c"}"#;
        let ToHost::Open(open) = serde_json::from_str(scene).expect("reads") else { panic!("no open") };
        assert!(open.passes.is_beauty_alone() && open.format.is_exr());
        assert_eq!(serde_json::to_string(&ToHost::Open(open)).expect("JSON"), scene);
        let png = FromHost::Opened { format: FrameFormat::Png, passes: Passes::default() };
        let line = r#"{"type":"opened","format":"png"}"#;
        assert_eq!(serde_json::to_string(&png).expect("JSON"), line);
        assert_eq!(serde_json::from_str::<FromHost>(line).expect("reads"), png);
    }

    #[test]
    fn what_later_versions_add_is_passed_over() {
        let grown = r#"{"type":"rendered","id":3,"denoised":true}"#;
        assert_eq!(serde_json::from_str::<FromHost>(grown).expect("reads"), FromHost::Rendered { id: 3 });
        let unknown = r#"{"type":"telemetry","watts":300}"#;
        assert_eq!(serde_json::from_str::<FromHost>(unknown).expect("reads"), FromHost::Unknown);
        assert_eq!(serde_json::from_str::<ToHost>(unknown).expect("reads"), ToHost::Unknown);
    }
}

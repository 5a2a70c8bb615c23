//! What a job is: an immutable plan that says which frames are wanted, from what, drawn how.
//!
//! A pure function of its request: the same request gives the same plan and the same job. Everything a worker
//! needs is named by digest, so a plan cannot change under it. Nothing here touches a store or a clock.

mod border;
mod camera;
mod explain;
mod passes;
mod range;

use cyclorama_content::Digest;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::{FrameNumber, FrameRate, Timecode, UtcTime};
use cyclorama_tracking::CameraPath;
use serde::{Deserialize, Serialize};

use crate::content::{Content, ContentName};
use crate::frame::{FrameFormat, OcioName};
use crate::host::protocol::FrameHeader;

pub use border::{Border, BorderReason, picture_change};
pub use camera::{CameraFileError, camera_from_json, camera_to_json};
pub use passes::{BEAUTY, ChannelNames, DEPTH, NORMAL, PassError, Passes, channels_of};
pub use range::{FrameRange, ParseRangeError};

/// The schema of a stored plan.
pub const SCHEMA: &str = "cyclorama.plan/1";
/// The input that holds scene and camera as USDA.
pub const SCENE: &str = "scene.usda";
/// The input that holds the camera path bit for bit.
pub const CAMERA: &str = "camera.json";
/// The input that is an OCIO configuration, where a job has one.
pub const OCIO: &str = "config.ocio";
/// A job has at most this many frames.
pub const MOST_FRAMES: u64 = 1_000_000;
/// A range has at most this many frames, so that what a host is told about it fits one message.
pub const LONGEST_RANGE: u32 = 240;

/// Width and height of the picture, pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Pixels, 1 to 16384.
    pub width: u32,
    /// Pixels, 1 to 16384.
    pub height: u32,
}

/// The take a job renders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeIdentity {
    /// Its name, for people and file names.
    pub name: String,
    /// Slate or shot, when it has one.
    pub shot: Option<String>,
    /// Its digest.
    pub digest: Digest,
}

/// What an Unreal project renders of itself, named as the editor does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnrealScene {
    /// The map, as `/Game/Maps/Stage`.
    pub map: String,
    /// The level sequence, whose camera is the take's and whose frames have the take's numbers.
    pub sequence: String,
    /// A preset of Movie Render Queue, or a Movie Render Graph: what is drawn how, into files of the job's format.
    pub preset: String,
}

/// An OCIO configuration for a job.
#[derive(Clone, Copy, Debug)]
pub struct OcioChoice<'a> {
    /// Its text.
    pub config: &'a str,
    /// Its name of the frames' colour space.
    pub space: &'a str,
}

/// What somebody wants rendered.
#[derive(Clone, Debug)]
pub struct PlanRequest<'a> {
    /// The take.
    pub take: TakeIdentity,
    /// Its camera, for at least the frames wanted.
    pub camera: &'a CameraPath,
    /// Scene and camera as USDA text, what the host opens.
    pub scene: &'a str,
    /// Which frames; all of the camera path when absent.
    pub frames: Option<FrameRange>,
    /// Picture size.
    pub size: Size,
    /// Which host draws: `builtin`, `blender`, `unreal`.
    pub host: String,
    /// Samples per pixel, at least 1.
    pub samples: u32,
    /// Frames in a range, 1 to [`LONGEST_RANGE`]; chosen from the number of frames when absent.
    pub chunk: Option<u32>,
    /// Frames rendered and thrown away ahead of each range, for hosts with a temporal history.
    pub walk_in: u32,
    /// Temporal history of the host: the newest frame's weight, above 0 to 1. None: each frame stands alone.
    pub history: Option<f64>,
    /// The scene may flash: no frame is refused for its brightness.
    pub flashes: bool,
    /// What the host `unreal` renders.
    pub unreal: Option<UnrealScene>,
    /// Name of the colour space of the frames.
    pub colour_space: String,
    /// An OCIO configuration, and what it calls that space.
    pub ocio: Option<OcioChoice<'a>>,
    /// What kind of file each frame is.
    pub format: FrameFormat,
    /// What each frame consists of.
    pub passes: Passes,
    /// Published content that hosts need too.
    pub content: Vec<Content>,
    /// When it was asked for; kept for people, not part of the job's identity.
    pub created: UtcTime,
    /// Tells apart jobs that want the same thing. Usually 0: asking again goes on with the same job.
    pub nonce: u32,
}

/// An immutable description of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: String,
    /// Name of the job: the first digits of `digest`, and the nonce.
    pub job: String,
    /// Digest of everything below except `created`.
    pub digest: Digest,
    /// When it was asked for.
    pub created: UtcTime,
    /// The take.
    pub take: TakeIdentity,
    /// First and last frame, inclusive.
    pub frames: FrameRange,
    /// Frames per second.
    pub rate: FrameRate,
    /// Timecode of the first frame, when the take has timecode.
    pub timecode: Option<Timecode>,
    /// Picture size.
    pub size: Size,
    /// Which host draws.
    pub host: String,
    /// Samples per pixel.
    pub samples: u32,
    /// Frames rendered and thrown away ahead of each range.
    pub walk_in: u32,
    /// The run before a border draws the frame behind it as well, so that the border can be measured.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overlaps: bool,
    /// Temporal history of the host: the newest frame's weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<f64>,
    /// The scene may flash: no frame is refused for its brightness.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flashes: bool,
    /// What the host `unreal` renders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreal: Option<UnrealScene>,
    /// Name of the colour space of the frames.
    pub colour_space: String,
    /// What the OCIO configuration that is the input [`OCIO`] calls that space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ocio: Option<OcioName>,
    /// What kind of file each frame is; left out where it is an EXR, as in plans of before there was another.
    #[serde(default, skip_serializing_if = "FrameFormat::is_exr")]
    pub format: FrameFormat,
    /// The render passes each frame consists of.
    pub passes: Passes,
    /// What is leased: contiguous, in order, together all frames. A range's index is its place here.
    pub ranges: Vec<FrameRange>,
    /// Where ranges meet and why there, in order. Empty in plans of the first version.
    #[serde(default)]
    pub borders: Vec<Border>,
    /// What the host works from, stored by digest.
    pub inputs: Vec<Input>,
    /// Published content that each machine brings to itself before a host is started, each name once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Content>,
}

/// One stored input of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// [`SCENE`], [`CAMERA`] or [`OCIO`].
    pub name: String,
    /// Digest of its bytes.
    pub digest: Digest,
    /// How many bytes.
    pub bytes: u64,
}

/// A plan with the bytes of its inputs, in the order of [`Plan::inputs`].
#[derive(Clone, Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The bytes of each input.
    pub inputs: Vec<Vec<u8>>,
}

/// Why nothing can be planned from a request.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The camera path has no frames.
    #[error("the take has no camera frames to render")]
    NoCamera,
    /// Frames the take does not have.
    #[error("frames {wanted} are not all in the take, which has {available}")]
    Outside {
        /// What was asked for.
        wanted: FrameRange,
        /// What the camera path covers.
        available: FrameRange,
    },
    /// More frames than a job may have.
    #[error("{0} frames are more than the {MOST_FRAMES} a job may have")]
    TooMany(u64),
    /// A picture size no host draws.
    #[error("{}x{} is no picture size; each side has 1 to {}", .0.width, .0.height, crate::frame::LONGEST_SIDE)]
    Size(Size),
    /// A weight that is no weight.
    #[error("the history weight must be above 0 and at most 1, not {0}")]
    History(f64),
    /// A pass that the frames' format has no place for.
    #[error("the pass {0} needs EXR frames: a PNG holds the beauty alone")]
    NeedsExr(String),
    /// Two contents of one name.
    #[error("`{0}` is named twice, and hosts could not tell one from the other")]
    Twice(ContentName),
    /// A number that must be at least one and at most the number given.
    #[error("{name} must be 1 to {most}, not {value}")]
    Number {
        /// What it counts.
        name: &'static str,
        /// What was asked for.
        value: u32,
        /// The most there may be.
        most: u32,
    },
}

impl Classify for PlanError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Outside { available, .. } => Some(format!("use --frames {available} or a part of it")),
            Self::NeedsExr(_) => Some("leave the pass out, or ask for EXR".to_owned()),
            _ => None,
        }
    }
}

impl PlanRequest<'_> {
    /// The plan of this request.
    ///
    /// # Errors
    /// [`PlanError`] when frames, size or numbers are out of range.
    pub fn plan(&self) -> Result<Planned, PlanError> {
        let frames = self.checked_frames()?;
        self.check_numbers()?;
        let chunk = self.chunk.unwrap_or_else(|| self.default_chunk(frames.count()));
        let (ranges, borders) = border::place(frames, chunk, self.camera);
        let mut inputs =
            vec![(SCENE, self.scene.as_bytes().to_vec()), (CAMERA, camera_to_json(self.camera).into_bytes())];
        inputs.extend(self.ocio.as_ref().map(|ocio| (OCIO, ocio.config.as_bytes().to_vec())));
        let mut plan = Plan {
            schema: SCHEMA.to_owned(),
            job: String::new(),
            digest: Digest::from_bytes([0; 32]),
            created: UtcTime::from_nanos(0),
            take: self.take.clone(),
            frames,
            rate: self.camera.rate,
            timecode: self.camera.at(frames.first).and_then(|frame| frame.timecode),
            size: self.size,
            host: self.host.clone(),
            samples: self.samples,
            walk_in: self.walk_in,
            // Where nothing is carried from frame to frame there is nothing to measure.
            overlaps: self.walk_in > 0 || self.history.is_some(),
            history: self.history,
            flashes: self.flashes,
            unreal: self.unreal.clone(),
            colour_space: self.colour_space.clone(),
            ocio: self.ocio.as_ref().map(|ocio| OcioName {
                space: ocio.space.to_owned(),
                config: Digest::of(ocio.config.as_bytes()),
            }),
            format: self.format,
            passes: self.passes.clone(),
            ranges,
            borders,
            inputs: inputs
                .iter()
                .map(|(name, bytes)| Input {
                    name: (*name).to_owned(),
                    digest: Digest::of(bytes),
                    bytes: bytes.len() as u64,
                })
                .collect(),
            content: self.content.clone(),
        };
        plan.digest = Digest::of(&plan.to_json());
        plan.job = format!("{}-{}", plan.digest.short(), self.nonce);
        plan.created = self.created;
        Ok(Planned { plan, inputs: inputs.into_iter().map(|(_, bytes)| bytes).collect() })
    }

    /// A sixteenth of the job, so that a few workers end together; 1 to 48 frames, but a second of frames for a host with a
    /// history. Each range pays for its walk-in, and idle workers divide what is long: so eight times the walk-in where there
    /// is one, though a small job has four ranges unless they were shorter than twice the walk-in.
    fn default_chunk(&self, frames: u64) -> u32 {
        let settled = if self.history.is_some() { 24 } else { 1 };
        let quarter = frames.div_ceil(4).min(u64::from(LONGEST_RANGE)) as u32;
        let walked = self.walk_in.saturating_mul(8).min(quarter.max(self.walk_in.saturating_mul(2)));
        (frames.div_ceil(16).min(48) as u32).max(walked.clamp(settled, LONGEST_RANGE))
    }

    fn checked_frames(&self) -> Result<FrameRange, PlanError> {
        let (Some(first), Some(last)) = (self.camera.frames.first(), self.camera.frames.last()) else {
            return Err(PlanError::NoCamera);
        };
        let available = FrameRange { first: first.frame, last: last.frame };
        let wanted = self.frames.unwrap_or(available);
        if !available.contains(wanted.first) || !available.contains(wanted.last) {
            return Err(PlanError::Outside { wanted, available });
        }
        if wanted.count() > MOST_FRAMES { Err(PlanError::TooMany(wanted.count())) } else { Ok(wanted) }
    }

    fn check_numbers(&self) -> Result<(), PlanError> {
        let side = 1..=crate::frame::LONGEST_SIDE;
        if !side.contains(&self.size.width) || !side.contains(&self.size.height) {
            return Err(PlanError::Size(self.size));
        }
        if let Some(weight) = self.history
            && !(weight > 0.0 && weight <= 1.0)
        {
            return Err(PlanError::History(weight));
        }
        if let (FrameFormat::Png, Some(pass)) = (self.format, self.passes.others().next()) {
            return Err(PlanError::NeedsExr(pass.to_owned()));
        }
        let named = |(index, content): (usize, &Content)| {
            let earlier = &self.content[..index];
            earlier.iter().any(|other| other.name == content.name).then(|| content.name.clone())
        };
        if let Some(name) = self.content.iter().enumerate().find_map(named) {
            return Err(PlanError::Twice(name));
        }
        let numbers = [
            ("samples", self.samples, 65_536),
            ("frames per range", self.chunk.unwrap_or(1), LONGEST_RANGE),
            ("walk-in frames and one", self.walk_in.saturating_add(1), 1001),
        ];
        match numbers.into_iter().find(|(_, value, most)| !(1..=*most).contains(value)) {
            Some((name, value, most)) => Err(PlanError::Number { name, value, most }),
            None => Ok(()),
        }
    }
}

impl Plan {
    /// The plan as stored: JSON with its schema.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_else(|error| unreachable!("a plan is JSON: {error}"))
    }

    /// The index of the range that holds `frame`.
    pub fn range_of(&self, frame: FrameNumber) -> Option<u32> {
        let index = self.ranges.partition_point(|range| range.last < frame);
        self.ranges.get(index)?.contains(frame).then_some(index as u32)
    }

    /// How many of `walk_in` frames to render and throw away ahead of `first`: none from before a cut.
    pub fn walk_in_at(&self, first: FrameNumber, walk_in: u32) -> u32 {
        let cut = |border: &&Border| border.reason == BorderReason::Cut && border.frame <= first;
        let since_cut = self.borders.iter().rev().find(cut).map(|border| first.0.abs_diff(border.frame.0));
        since_cut.and_then(|frames| u32::try_from(frames).ok()).map_or(walk_in, |most| walk_in.min(most))
    }

    /// The frame that a run which ends with `last` draws beyond its end, to be compared with what another run draws of it; none at a cut, at
    /// the end of the job, and where the plan has no overlaps.
    pub fn overlap_after(&self, last: FrameNumber) -> Option<FrameNumber> {
        let frame = FrameNumber(last.0 + 1);
        let is_cut = |border: &Border| border.frame == frame && border.reason == BorderReason::Cut;
        (self.overlaps && self.frames.contains(frame) && !self.borders.iter().any(is_cut)).then_some(frame)
    }

    /// What the header of `frame` says; `None` when the camera has no such frame.
    pub fn header(&self, camera: &CameraPath, frame: FrameNumber) -> Option<FrameHeader> {
        let at = camera.at(frame)?;
        Some(FrameHeader {
            take: self.take.name.clone(),
            shot: self.take.shot.clone(),
            frame,
            timecode: at.timecode,
            rate: self.rate,
            pose: at.pose,
            lens: at.lens,
            colour_space: self.colour_space.clone(),
            ocio: self.ocio.clone(),
        })
    }

    /// The name of the file of `frame` in an exported sequence: `<take>.<frame, six digits>.exr`, or `.png`.
    pub fn file_name(&self, frame: FrameNumber) -> String {
        let portable = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
        let stem: String = self.take.name.chars().take(80).map(portable).collect();
        let stem = if stem.is_empty() { "frame" } else { &stem };
        format!("{stem}.{:06}.{}", frame.0, self.format.extension())
    }
}

#[cfg(test)]
pub(crate) mod tests;

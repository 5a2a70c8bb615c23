//! One tracker reading in stage terms, whatever protocol brought it.

use std::sync::Arc;

use cyclorama_space::{LensState, Pose};
use cyclorama_time::{SenderTime, StageTime, Timecode};
use serde::{Deserialize, Serialize};

/// One reading of one subject. Absent fields were not said by the tracker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The tracked thing: `f4:1`, `freed:1`, an OpenTrackIO source id, `psn:3`. Cloning it allocates nothing.
    pub subject: Arc<str>,
    /// When its datagram arrived here.
    pub arrived: StageTime,
    /// When the tracker says it sampled.
    pub sampled: Option<SenderTime>,
    /// The tracker's own counter, as far as its protocol has one.
    pub sequence: Option<u32>,
    /// Timecode of the sample.
    pub timecode: Option<Timecode>,
    /// Camera (sensor) pose in the stage frame.
    pub pose: Option<Pose>,
    /// Lens.
    pub lens: LensState,
    /// What the tracker thinks of its own reading.
    pub status: Status,
    /// The tracker says that it is recording.
    pub recording: Option<bool>,
    /// The tracker is locked to genlock or PTP.
    pub genlocked: Option<bool>,
}

/// A tracker's opinion of its reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It says nothing about it.
    #[default]
    Unknown,
    /// Tracking well.
    Good,
    /// Usable, with care.
    Caution,
    /// Not to be trusted, still moving.
    Bad,
    /// No pose: never extrapolated.
    Lost,
}

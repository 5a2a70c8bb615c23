//! One tracker reading in stage terms, whatever protocol brought it.

use std::sync::Arc;

use cyclorama_space::{LensState, Pose};
use cyclorama_time::{SenderTime, StageTime, Timecode};
use serde::{Deserialize, Serialize};

use crate::live::Offsets;

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
    /// What it says of the clock behind that.
    #[serde(default, skip_serializing_if = "Clocking::is_silent")]
    pub clocking: Clocking,
}

/// What a tracker says of the clock its samples follow. Absent means not said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clocking {
    /// What it is synchronized to.
    pub source: Option<ClockSource>,
    /// The PTP leader it follows, six bytes of its identity.
    pub leader: Option<[u8; 6]>,
    /// The PTP domain, 0 to 127.
    pub domain: Option<u8>,
    /// When the parts of the sample were taken, against its time.
    pub offsets: Option<Offsets>,
    /// The counter of its packets, which wraps at 65536; absent where a sample comes in several packets.
    pub packet: Option<u16>,
}

impl Clocking {
    /// Whether it says nothing at all.
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }
}

/// What a tracker's clock can be synchronized to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockSource {
    /// Black burst or tri-level.
    Genlock,
    /// A video signal.
    VideoIn,
    /// A PTP leader.
    Ptp,
    /// An NTP server.
    Ntp,
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

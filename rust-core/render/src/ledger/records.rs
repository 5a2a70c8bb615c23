//! The records a ledger stores, as JSON. Readers ignore fields they do not know.

use cyclorama_content::Digest;
use cyclorama_time::{FrameNumber, UtcTime};
use serde::{Deserialize, Serialize};

use crate::forecast::{Hours, OffPeak};
use crate::plan::FrameRange;

/// `leases/<range>`, `leases/<range>-<frame>`: who renders a range or what follows a split. Rewritten at every heartbeat, so its version changes while it lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRecord {
    /// `cyclorama.lease/1`.
    pub schema: String,
    /// Index of the range in the plan.
    pub range: u32,
    /// The first frame, for a part that was split off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<FrameNumber>,
    /// The worker's name, for people.
    pub worker: String,
    /// 1 for the first holder, one more for each further one.
    pub epoch: u64,
    /// Heartbeats so far.
    pub beat: u64,
    /// Unique to this holding, so that no two records of different holdings are the same bytes.
    pub nonce: String,
    /// What became of it.
    pub state: LeaseState,
    /// Its holder was asked to stop: should it be ended before it gave the lease back, no frame is to blame.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaving: bool,
    /// Given back for a holder that was seen dead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lost: bool,
    /// How its holder gets on, as of this heartbeat, once that is known. For whoever could help; nothing depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<HolderPace>,
}

impl LeaseRecord {
    /// Whether its holder is gone without a word, when somebody else may take it: it neither gave it back nor was about to.
    pub(super) fn was_lost(&self) -> bool {
        match self.state {
            LeaseState::Held => !self.leaving,
            LeaseState::Released => self.lost,
            LeaseState::Done => false,
        }
    }
}

/// How the holder of a lease gets on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderPace {
    /// Frames of the walk-in that it still has to draw before the first one that counts.
    pub ahead: u32,
    /// What a frame takes there, microseconds; one of a walk-in takes as long.
    pub frame_us: u64,
}

/// What became of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LeaseState {
    /// Somebody renders it, or died doing so.
    Held,
    /// It was given back with work left.
    Released,
    /// All of its frames are committed or given up.
    Done,
}

/// `frames/<n>.json`: the frame exists. Created once, never changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameRecord {
    /// `cyclorama.frame/1`.
    pub schema: String,
    /// The frame.
    #[serde(flatten)]
    pub frame: RenderedFrame,
    /// Who rendered it.
    pub worker: String,
    /// Under which range's lease.
    pub range: u32,
    /// Under which holding of it; 0 for a frame that was drawn beside the one who held it.
    pub epoch: u64,
    /// Unique to this record.
    pub nonce: String,
    /// When, by the worker's wall clock; for people.
    pub committed: UtcTime,
}

/// A verified frame, ready to be committed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RenderedFrame {
    /// Its number.
    pub frame: FrameNumber,
    /// The render pass.
    pub pass: String,
    /// Digest of the file's bytes.
    pub blob: Digest,
    /// Size of the file.
    pub bytes: u64,
    /// Digest of the pixels alone.
    pub pixels: Digest,
    /// Mean luminance of the picture; not known of frames that the first version committed.
    #[serde(default)]
    pub luminance: Option<f64>,
    /// How long the host took for it.
    pub render_seconds: f64,
    /// The first frame of the run in which the host drew it. A run begins cold, or after walk-in frames, so this is where
    /// a seam could be. Not known of frames that earlier versions committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<FrameNumber>,
}

/// `failed/<n>.json`: the frame was given up, with the reason of the last attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedFrame {
    /// `cyclorama.failed-frame/1`.
    pub schema: String,
    /// Its number.
    pub frame: FrameNumber,
    /// Who gave it up.
    pub worker: String,
    /// Attempts made.
    pub attempts: u32,
    /// Why, for people.
    pub reason: String,
}

/// `attempts/<n>-<nonce>.json`: something went wrong with a frame and it was tried again. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptNote {
    /// `cyclorama.attempt/1`.
    pub schema: String,
    /// The frame.
    pub frame: FrameNumber,
    /// Who tried.
    pub worker: String,
    /// What happened, for people.
    pub reason: String,
    /// When, by the worker's wall clock.
    pub at: UtcTime,
}

/// `walk-in.json`: more frames than the plan said are rendered ahead of each range. It only grows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WalkInRecord {
    /// `cyclorama.walk-in/1`.
    pub(super) schema: String,
    /// How many.
    pub(super) frames: u32,
    /// For so many runs that began with a seam. Records of the first version do not say it.
    #[serde(default)]
    pub(super) runs: u32,
}

/// `packed/<generation>/<block>`: all of these frames are committed. Its name says all that is read of it; the same whoever
/// writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PackedRecord {
    /// `cyclorama.packed/1`.
    pub(super) schema: String,
    /// Which.
    pub(super) frames: FrameRange,
}

/// `redraws/<n>.json`: somebody draws a frame that another holds, since nothing else is left to do. Once for each frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RedrawRecord {
    /// `cyclorama.redraw/1`.
    pub(super) schema: String,
    /// The frame.
    pub(super) frame: FrameNumber,
    /// Who draws it.
    pub(super) worker: String,
    /// Unique to this record.
    pub(super) nonce: String,
}

/// `hours.json`: when work on the job may be done, as whoever submitted it last said. For people: workers are told their hours when
/// they are started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HoursRecord {
    /// `cyclorama.hours/1`.
    schema: String,
    /// Not before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<UtcTime>,
    /// Only in these, as [`OffPeak::word`] writes them.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "in_a_word")]
    only: Option<OffPeak>,
}

impl HoursRecord {
    pub(super) fn new(hours: Hours) -> Self {
        Self { schema: "cyclorama.hours/1".to_owned(), not_before: hours.not_before, only: hours.only }
    }

    pub(super) fn hours(&self) -> Hours {
        Hours { not_before: self.not_before, only: self.only }
    }
}

/// Hours of each day as one word of text.
mod in_a_word {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::forecast::OffPeak;

    pub(super) fn serialize<S: Serializer>(only: &Option<OffPeak>, serializer: S) -> Result<S::Ok, S::Error> {
        only.map(|only| only.word()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<OffPeak>, D::Error> {
        let word = Option::<String>::deserialize(deserializer)?;
        word.map(|word| word.parse().map_err(D::Error::custom)).transpose()
    }
}

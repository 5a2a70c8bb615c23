//! What a take says about itself.

use cyclorama_content::Digest;
use cyclorama_time::{FrameRate, StageTime, Timecode, UtcTime};
use serde::{Deserialize, Serialize};

use super::format::Index;
use crate::{Protocol, decoder::DecodeOptions};

/// What is known of a take when its recording begins. Stored as JSON at the start of the file, never changed.
///
/// Readers ignore fields they do not know, so later versions may add some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakeInfo {
    /// The take's name, for people.
    pub name: String,
    /// Slate it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slate: Option<String>,
    /// Number of the take on that slate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<u32>,
    /// Camera, as the crew calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// Protocol of the datagrams.
    pub protocol: Protocol,
    /// How the datagrams are to be decoded; replay uses the same.
    #[serde(default)]
    pub options: DecodeOptions,
    /// Frames per second of the shoot, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<FrameRate>,
    /// Wall clock when the recording began.
    pub recorded_at: UtcTime,
    /// The program that wrote it.
    #[serde(default)]
    pub software: String,
    /// What this copy lacks, when it was recovered from a damaged take.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Lost>,
}

/// A stretch of a take that could not be recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Records that stand before it in the recovered copy.
    pub after_records: u64,
    /// How many records it held, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<u32>,
    /// Its first timecode, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_timecode: Option<Timecode>,
    /// Its last timecode, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_timecode: Option<Timecode>,
}

impl TakeInfo {
    /// A take named `name`, with everything else not said.
    pub fn new(name: impl Into<String>, protocol: Protocol, recorded_at: UtcTime) -> Self {
        Self {
            name: name.into(),
            slate: None,
            take: None,
            camera: None,
            notes: String::new(),
            protocol,
            options: DecodeOptions::default(),
            rate: None,
            recorded_at,
            software: concat!("cyclorama ", env!("CARGO_PKG_VERSION")).to_owned(),
            lost: Vec::new(),
        }
    }
}

/// What a take holds, in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakeSummary {
    /// Whether the recorder closed it. If not, it ends at its last whole chunk.
    pub closed: bool,
    /// Datagrams.
    pub records: u64,
    /// Chunks.
    pub chunks: u32,
    /// Bytes of the file that belong to the take.
    pub bytes: u64,
    /// Bytes after the last whole chunk of a take that was not closed.
    pub torn_bytes: u64,
    /// Arrival of the first datagram.
    pub first_arrival: Option<StageTime>,
    /// Arrival of the last datagram.
    pub last_arrival: Option<StageTime>,
    /// First timecode.
    pub first_timecode: Option<Timecode>,
    /// Last timecode.
    pub last_timecode: Option<Timecode>,
    /// Identity of the content, the same however it is compressed.
    pub digest: Digest,
}

impl TakeSummary {
    /// The figures of a take from its index.
    pub(super) fn of(index: &Index, closed: bool, bytes: u64, torn_bytes: u64) -> Self {
        let spans = || index.entries.iter().map(|entry| &entry.span);
        Self {
            closed,
            records: index.records,
            chunks: index.entries.len() as u32,
            bytes,
            torn_bytes,
            first_arrival: spans().next().map(|span| span.first_arrival),
            last_arrival: spans().next_back().map(|span| span.last_arrival),
            first_timecode: spans().find_map(|span| span.first_timecode),
            last_timecode: spans().rev().find_map(|span| span.last_timecode),
            digest: index.digest,
        }
    }

    /// Seconds from the first arrival to the last.
    pub fn seconds(&self) -> f64 {
        match (self.first_arrival, self.last_arrival) {
            (Some(first), Some(last)) => last.nanos_since(first) as f64 * 1e-9,
            _ => 0.0,
        }
    }
}

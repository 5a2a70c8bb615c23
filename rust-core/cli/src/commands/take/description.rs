//! A take in a few words and figures, for people and for programs.

use cyclorama_time::{FrameRate, Timecode};
use cyclorama_tracking::{Protocol, take::Reader};
use serde::{Deserialize, Serialize};

use crate::text;

/// What `take list` and `take show` tell of a take: schema `cyclorama.take/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) slate: Option<String>,
    pub(crate) take: Option<u32>,
    pub(crate) camera: Option<String>,
    pub(crate) notes: String,
    pub(crate) protocol: Protocol,
    pub(crate) rate: Option<FrameRate>,
    pub(crate) recorded_at: String,
    pub(crate) closed: bool,
    pub(crate) datagrams: u64,
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
    pub(crate) first_timecode: Option<Timecode>,
    pub(crate) last_timecode: Option<Timecode>,
    pub(crate) digest: String,
}

impl Description {
    /// Of the take that is read there: a path, or the place in a store.
    pub(crate) fn of(path: String, reader: &Reader) -> Self {
        let (info, summary) = (reader.info(), reader.summary());
        Self {
            path,
            name: info.name.clone(),
            slate: info.slate.clone(),
            take: info.take,
            camera: info.camera.clone(),
            notes: info.notes.clone(),
            protocol: info.protocol,
            rate: info.rate,
            recorded_at: text::utc(info.recorded_at),
            closed: summary.closed,
            datagrams: summary.records,
            bytes: summary.bytes,
            seconds: summary.seconds(),
            first_timecode: summary.first_timecode,
            last_timecode: summary.last_timecode,
            digest: summary.digest.to_string(),
        }
    }

    /// One line for a list.
    pub(crate) fn line(&self) -> String {
        let unfinished = if self.closed { "" } else { "  not closed" };
        format!(
            "{:<28} {:<12} {:>9} {:>9}  {}  {}{unfinished}",
            self.name,
            self.protocol.name(),
            text::seconds(self.seconds),
            text::bytes(self.bytes),
            self.timecodes(),
            self.recorded_at
        )
    }

    /// `15:03:47:02 to 15:04:11:01`, or `no timecode`.
    pub(crate) fn timecodes(&self) -> String {
        match (self.first_timecode, self.last_timecode) {
            (Some(first), Some(last)) => format!("{first} to {last}"),
            _ => "no timecode".to_owned(),
        }
    }

    /// Label and value of each thing known.
    pub(crate) fn rows(&self) -> Vec<(&'static str, String)> {
        let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "not said".to_owned());
        let mut rows = vec![
            ("take", self.name.clone()),
            (
                "slate",
                match self.take {
                    Some(number) => format!("{}, take {number}", said(&self.slate)),
                    None => said(&self.slate),
                },
            ),
            ("camera", said(&self.camera)),
            ("protocol", self.protocol.to_string()),
            ("recorded", self.recorded_at.clone()),
            ("timecode", self.timecodes()),
            ("datagrams", self.datagrams.to_string()),
            ("duration", text::seconds(self.seconds)),
            ("size", text::bytes(self.bytes)),
            ("digest", self.digest.clone()),
        ];
        if let Some(rate) = self.rate {
            rows.insert(4, ("rate", format!("{rate} frames per second")));
        }
        if !self.notes.is_empty() {
            rows.push(("notes", self.notes.clone()));
        }
        if !self.closed {
            rows.push((
                "state",
                "not closed: the recorder was stopped; whole up to its last second".to_owned(),
            ));
        }
        rows
    }
}

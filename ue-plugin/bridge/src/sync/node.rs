//! A node's end: what the primary says is what is shown, and what did not come is said aloud.

use cyclorama_time::Clock as _;
use cyclorama_tracking::sync::{Follower, FollowerHealth, Record, Source};

use super::{
    SyncBeat, SyncHeard,
    unmet::{BUSY, NO_BEAT, Unmet, unpublished},
};
use crate::{
    Status,
    events::{self, EventKind},
    failure::Failure,
    time,
    tracking::{Details, Label, Pose, convert},
};

/// See the module.
pub(crate) struct SyncNode {
    name: String,
    follower: Follower,
    unmet: Unmet,
}

impl SyncNode {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), follower: Follower::new(), unmet: Unmet::default() }
    }

    pub(super) fn hear(&mut self, message: &str) -> Result<SyncHeard, Failure> {
        let before = self.follower.current().map(|record| record.tick);
        let heard = self.follower.take(message).map_err(|error| {
            let failure = Failure::of("show what the primary says", &error);
            self.tell(EventKind::NodeAltered, &failure.text);
            failure
        })?;
        // Each in its turn, although only the last is seen: a record that cannot be read must not hide the next.
        while self.follower.next_record().is_some() {}
        if heard.restarted {
            self.tell(EventKind::PrimaryRestarted, "the primary began to count anew");
        }
        if heard.contradicts {
            let said = "a known frame came with other values: two primaries speak, or one has gone mad";
            self.tell(EventKind::TwoPrimaries, said);
        }
        if heard.missed > 0 {
            let first = before.map_or(0, |tick| tick.saturating_add(1));
            let last = first.saturating_add(heard.missed - 1);
            self.tell(EventKind::NodeMissed, &format!("frames {first} to {last} never came"));
        }
        Ok(SyncHeard {
            tick: self.follower.current().map_or(0, |record| record.tick),
            missed: heard.missed,
            fresh: u32::try_from(heard.fresh).unwrap_or(u32::MAX),
            recovered: u32::try_from(heard.recovered).unwrap_or(u32::MAX),
            old: heard.old,
            contradicts: heard.contradicts,
            restarted: heard.restarted,
        })
    }

    pub(super) fn count(&self) -> u32 {
        self.follower.current().map_or(0, |record| u32::try_from(record.subjects.len()).unwrap_or(0))
    }

    pub(super) fn name_of(&self, subject: u32) -> String {
        let of_record = |record: &Record| Some(record.subjects.get(subject as usize)?.name.to_string());
        self.follower.current().and_then(of_record).unwrap_or_default()
    }

    pub(super) fn subject(&self, number: u32) -> Option<(Pose, Details)> {
        let record = self.follower.current()?;
        let subject = record.subjects.get(number as usize)?;
        Some(convert::of_record(number, record, subject))
    }

    pub(super) fn timecode(&self, line: &str) -> Result<Label, Failure> {
        let record = self.follower.current().ok_or(Status::Timeout)?;
        let unknown = unpublished("timecode", line);
        let Some(number) = number_of(record, line) else {
            self.miss(&unknown, 0);
            return Err(Failure::new(Status::NotFound, unknown));
        };
        self.unmet.meet(&unknown);
        let label = record.sources[number].timecode.ok_or(Status::NotFound)?;
        Ok(convert::label(label, u32::try_from(number).unwrap_or(0)))
    }

    /// Something here runs by the primary's beat, which is that of the tracker of this line (no line: of the house).
    pub(super) fn awaits_beat(&self, line: &str) -> Result<(), Failure> {
        let record = self.follower.current().ok_or(Status::Timeout)?;
        let unknown = unpublished("genlock", line);
        if record.beat.is_some() {
            self.unmet.meet(&unknown);
            self.unmet.meet(NO_BEAT);
            return Ok(());
        }
        let is_unknown = !line.is_empty() && number_of(record, line).is_none();
        let text = if is_unknown { unknown.as_str() } else { NO_BEAT };
        self.miss(text, BUSY);
        Err(Failure::new(Status::NotFound, text))
    }

    fn miss(&self, text: &str, grace: i64) {
        if self.unmet.miss(text, grace, time::clock().now()) {
            self.tell(EventKind::NodeWaits, text);
        }
    }

    pub(super) fn beat(&self) -> Option<SyncBeat> {
        let beat = self.follower.current()?.beat?;
        let (rate_numerator, rate_denominator) = (beat.rate.numerator(), beat.rate.denominator());
        Some(SyncBeat { frame: beat.frame, rate_numerator, rate_denominator })
    }

    pub(super) fn hash(&self, tick: u64) -> String {
        let hex = |hash: [u8; 16]| hash.iter().map(|byte| format!("{byte:02x}")).collect();
        self.follower.hash_of(tick).map(hex).unwrap_or_default()
    }

    pub(super) fn health(&self) -> FollowerHealth {
        self.follower.health()
    }

    pub(super) fn waits(&self) -> Vec<String> {
        self.unmet.words(time::clock().now())
    }

    pub(super) fn words(&self) -> String {
        let health = self.health();
        let Some(record) = self.follower.current() else {
            return "Nothing has come from the primary yet".to_owned();
        };
        let mut words = format!("Shows frame {}", record.tick);
        for (count, what) in [
            (health.missed, "never came"),
            (health.refused, "came damaged and were not used"),
            (health.contradictions, "contradict each other: are there two primaries?"),
        ] {
            if count > 0 {
                words += &format!("; {count} {what}");
            }
        }
        for missing in self.waits() {
            words += &format!("; {missing}");
        }
        words
    }

    fn tell(&self, kind: EventKind, text: &str) {
        tracing::warn!(target: "cyclorama", "node {}: {text}", self.name);
        events::tell(kind, &self.name, text);
    }
}

/// Which of the record's trackers has this line; no line: the first.
fn number_of(record: &Record, line: &str) -> Option<usize> {
    let wanted = Source::id_of(line);
    record.sources.iter().position(|source| line.is_empty() || source.id == wanted)
}

//! The primary's end: every subject of its trackers, evaluated once a frame for one moment, as one line of text.

use std::sync::Arc;

use cyclorama_time::{Clock as _, FrameRate, StageTime};
use cyclorama_tracking::{
    live::Live,
    sync::{Beat, MOST_SOURCES, MOST_SUBJECTS, Publisher, Record, Source, Subject},
};

use super::SyncBeat;
use crate::{
    Status,
    failure::Failure,
    time,
    tracking::{directory, samples::Samples, shared::Shared},
};

/// See the module.
pub(crate) struct SyncPrimary(Option<Publishing>);

struct Publishing {
    trackers: Vec<Tracker>,
    publisher: Publisher,
    record: Record,
    is_short_of_room: bool,
}

/// A session that is published.
struct Tracker {
    id: [u8; 8],
    session: Arc<Shared>,
    samples: Samples,
    followed: Vec<Followed>,
}

struct Followed {
    subject: Arc<str>,
    /// What nodes call it.
    name: Arc<str>,
    live: Live,
}

/// Samples of a tracker that are looked at for one frame at most, so that a frame after a long pause is not late too.
const MOST_SAMPLES: usize = 4_096;
/// Nobody foretells further, microseconds.
const FARTHEST: u32 = 500_000;

impl SyncPrimary {
    pub(super) fn new(repeat: u32, first: u64) -> Self {
        Self(Some(Publishing {
            trackers: Vec::new(),
            publisher: Publisher::new(repeat as usize),
            record: Record { tick: first, ..Record::default() },
            is_short_of_room: false,
        }))
    }

    /// One that never says anything.
    pub(super) fn of_nothing() -> Self {
        Self(None)
    }

    pub(super) fn add(&mut self, session: u64, line: &str) -> Result<(), Failure> {
        let publishing = self.0.as_mut().ok_or(Status::Internal)?;
        let unknown = || Failure::new(Status::NotFound, "there is no tracker session of this number");
        let session = directory::find(session).ok_or_else(unknown)?;
        if publishing.trackers.len() >= MOST_SOURCES {
            let text = format!("a cluster has at most {MOST_SOURCES} trackers; `{line}` is one more");
            return Err(Failure::new(Status::User, text));
        }
        let samples = session.samples(None);
        publishing.trackers.push(Tracker { id: Source::id_of(line), session, samples, followed: Vec::new() });
        Ok(())
    }

    pub(super) fn run_by(&mut self, beat: &SyncBeat) -> Result<(), Failure> {
        let publishing = self.0.as_mut().ok_or(Status::Internal)?;
        publishing.record.beat = match beat.rate_numerator {
            0 => None,
            _ => {
                let rate = FrameRate::new(beat.rate_numerator, beat.rate_denominator).map_err(|error| {
                    Failure::new(Status::User, format!("failed to tell the beat: {error}"))
                })?;
                Some(Beat { frame: beat.frame, rate })
            }
        };
        Ok(())
    }

    pub(super) fn say(&mut self, ahead_us: u32, hold_ns: i64, message: &mut String) -> Result<(), Failure> {
        let publishing = self.0.as_mut().ok_or(Status::Internal)?;
        publishing.hear();
        publishing.evaluate(ahead_us, hold_ns);
        let text = publishing.publisher.publish(&publishing.record);
        message.clear();
        message.push_str(text.map_err(|error| Failure::of("write the sync record", &error))?);
        publishing.record.tick += 1;
        publishing.tell_of_room();
        Ok(())
    }
}

impl Publishing {
    fn hear(&mut self) {
        let mut known = self.trackers.iter().map(|tracker| tracker.followed.len()).sum::<usize>();
        for (number, tracker) in self.trackers.iter_mut().enumerate() {
            tracker.hear(number, &mut known);
        }
    }

    fn evaluate(&mut self, ahead_us: u32, hold_ns: i64) {
        let now = time::clock().now();
        let at = now.plus_nanos(i64::from(ahead_us.min(FARTHEST)) * 1_000);
        self.record.at = at;
        self.record.sources.clear();
        self.record.subjects.clear();
        for (number, tracker) in self.trackers.iter_mut().enumerate() {
            let spoken = tracker.session.label_at(now, at, hold_ns);
            self.record.sources.push(Source { id: tracker.id, timecode: spoken });
            tracker.evaluate(at, u8::try_from(number).ok(), &mut self.record.subjects);
        }
    }

    /// Once for each time it begins.
    fn tell_of_room(&mut self) {
        let is_short = self.publisher.is_short_of_room();
        if is_short && !self.is_short_of_room {
            let repeated = self.publisher.repeated();
            let text = "so many subjects leave room for fewer earlier frames in each message of the cluster";
            tracing::warn!(target: "cyclorama", "{text}: {repeated}");
        }
        self.is_short_of_room = is_short;
    }
}

impl Tracker {
    /// `known` subjects of all trackers have a place in the record.
    fn hear(&mut self, number: usize, known: &mut usize) {
        for (at, sample) in self.samples.try_iter().take(MOST_SAMPLES) {
            let place = match self.followed.iter().position(|followed| *followed.subject == *sample.subject) {
                Some(place) => place,
                // The record has room for no more.
                None if *known >= MOST_SUBJECTS => continue,
                None => {
                    *known += 1;
                    self.followed.push(Followed {
                        subject: sample.subject.clone(),
                        name: name_of(number, &sample.subject),
                        live: Live::new(self.session.live().clone()),
                    });
                    self.followed.len() - 1
                }
            };
            self.followed[place].live.take(at, &sample);
        }
    }

    fn evaluate(&mut self, at: StageTime, source: Option<u8>, into: &mut Vec<Subject>) {
        for Followed { name, live, .. } in &mut self.followed {
            if let Some(evaluated) = live.at(at) {
                into.push(Subject {
                    name: name.clone(),
                    source,
                    pose: evaluated.pose,
                    lens: evaluated.lens,
                    stale: evaluated.stale,
                });
            }
            live.learn();
        }
    }
}

/// Two cameras may both say they are number 1, so only the first tracker's subjects keep their names.
fn name_of(number: usize, subject: &Arc<str>) -> Arc<str> {
    if number == 0 { subject.clone() } else { format!("{subject}@{}", number + 1).into() }
}

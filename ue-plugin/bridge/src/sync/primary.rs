//! The primary's end: every subject of a session, evaluated once a frame, as one line of text.

use std::sync::Arc;

use cyclorama_time::Clock as _;
use cyclorama_tracking::{
    live::Live,
    sync::{MOST_SUBJECTS, Publisher, Record, Subject},
};

use crate::{
    Status,
    failure::Failure,
    time,
    tracking::{directory, samples::Samples, shared::Shared},
};

/// See the module.
pub(crate) struct SyncPrimary(Option<Publishing>);

struct Publishing {
    session: Arc<Shared>,
    samples: Samples,
    followed: Vec<(Arc<str>, Live)>,
    publisher: Publisher,
    record: Record,
}

/// Samples that are looked at for one frame at most, so that a frame after a long pause is not late too.
const MOST_SAMPLES: usize = 4_096;
/// Nobody foretells further, microseconds.
const FARTHEST: u32 = 500_000;

impl SyncPrimary {
    pub(super) fn new(session: u64, repeat: u32, first: u64) -> Result<Self, Failure> {
        let unknown = || Failure::new(Status::NotFound, "there is no tracker session of this number");
        let session = directory::find(session).ok_or_else(unknown)?;
        Ok(Self(Some(Publishing {
            samples: session.samples(None),
            session,
            followed: Vec::new(),
            publisher: Publisher::new(repeat as usize),
            record: Record { tick: first, ..Record::default() },
        })))
    }

    /// One that never says anything.
    pub(super) fn of_nothing() -> Self {
        Self(None)
    }

    pub(super) fn say(&mut self, ahead_us: u32, message: &mut String) -> Result<(), Failure> {
        let publishing = self.0.as_mut().ok_or(Status::Internal)?;
        publishing.hear();
        publishing.evaluate(ahead_us);
        let text = publishing.publisher.publish(&publishing.record);
        message.clear();
        message.push_str(text.map_err(|error| Failure::of("write the sync record", &error))?);
        publishing.record.tick += 1;
        Ok(())
    }
}

impl Publishing {
    fn hear(&mut self) {
        for (at, sample) in self.samples.try_iter().take(MOST_SAMPLES) {
            let known = self.followed.iter().position(|(name, _)| *name == sample.subject);
            let place = match known {
                Some(place) => place,
                // The record has room for no more.
                None if self.followed.len() >= MOST_SUBJECTS => continue,
                None => {
                    let live = Live::new(self.session.live().clone());
                    self.followed.push((sample.subject.clone(), live));
                    self.followed.len() - 1
                }
            };
            self.followed[place].1.take(at, &sample);
        }
    }

    fn evaluate(&mut self, ahead_us: u32) {
        let at = time::clock().now().plus_nanos(i64::from(ahead_us.min(FARTHEST)) * 1_000);
        self.record.at = at;
        self.record.subjects.clear();
        for (name, live) in &mut self.followed {
            if let Some(evaluated) = live.at(at) {
                self.record.subjects.push(Subject {
                    name: name.clone(),
                    pose: evaluated.pose,
                    lens: evaluated.lens,
                    stale: evaluated.stale,
                });
            }
            live.learn();
        }
    }
}

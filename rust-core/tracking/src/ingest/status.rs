//! Everything a person or a panel wants to see of an ingest at one moment.

use cyclorama_space::LensState;
use cyclorama_time::{StageTime, Timecode};

use super::{Ingest, Said, Ticks};
use crate::{
    clock::PhaseHealth,
    live::{Evaluated, SubjectStatus},
    stream::StreamHealth,
    udp::Health,
};

/// An ingest at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The moment.
    pub at: StageTime,
    /// The receiver: rate, refusals, losses, senders.
    pub health: Health,
    /// Every subject, in the order they were first heard.
    pub subjects: Vec<SubjectView>,
    /// How samples land against the output's frames, where it has some.
    pub phase: Option<PhaseHealth>,
    /// Frames are read for so long after they begin, nanoseconds.
    pub read_late_nanos: i64,
    /// The slate, where takes are recorded by it.
    pub slate: Option<Said>,
    /// The house's timecode, where there is one.
    pub house: Option<Timecode>,
}

/// One subject.
#[derive(Clone, Debug, PartialEq)]
pub struct SubjectView {
    /// What is known besides the pose.
    pub status: SubjectStatus,
    /// Its pose now; `None` before the first.
    pub evaluated: Option<Evaluated>,
    /// The stream that is used.
    pub stream: Option<StreamHealth>,
    /// A second sender says it is this subject, and is not used.
    pub second_sender: bool,
    /// Another sender stands by and is well.
    pub backup: bool,
    /// The label of now.
    pub label: Option<Timecode>,
    /// The lens now.
    pub lens: LensState,
}

impl Ingest {
    /// What is to be seen at `now`; poses are those of `ahead_nanos` later.
    pub fn snapshot(&mut self, now: StageTime, ahead_nanos: i64, ticks: Option<&Ticks>) -> Snapshot {
        let health = self.health(now).clone();
        let names: Vec<_> = self.tracker.subject_names().collect();
        let subjects = names.iter().filter_map(|name| {
            let evaluated = self.tracker.at(name, now, now.plus_nanos(ahead_nanos));
            let status = self.tracker.status(name)?;
            let of_it = || health.streams.iter().filter(|stream| stream.subject == *name);
            let lively = |stream: &&StreamHealth| stream.state == crate::stream::State::Live;
            let used = of_it().filter(|stream| stream.used && stream.rank == status.active);
            Some(SubjectView {
                stream: used.min_by_key(|stream| stream.age_nanos).cloned(),
                second_sender: of_it().filter(lively).any(|stream| !stream.used),
                backup: of_it().filter(lively).any(|stream| stream.used && stream.rank != status.active),
                label: self.tracker.label(name, now),
                lens: evaluated.map(|evaluated| evaluated.lens).unwrap_or_default(),
                evaluated,
                status,
            })
        });
        let subjects = subjects.collect();
        Snapshot {
            at: now,
            health,
            subjects,
            phase: ticks.and_then(Ticks::phase),
            read_late_nanos: ticks.map_or(0, Ticks::read_late_nanos),
            slate: None,
            house: None,
        }
    }
}

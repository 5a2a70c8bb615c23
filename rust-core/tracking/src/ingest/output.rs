//! What comes out of an ingest: samples as measured, samples foretold, or one pose of each subject a frame.

use super::{Ingest, TickOptions, Ticks, Used, sample_of, ticks::Due};
use crate::{Sample, Status, live::Evaluated};

/// What is told of subjects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// Every sample that is used, as it was measured.
    #[default]
    Measured,
    /// Every sample that is used, foretold for so many nanoseconds after it was taken.
    Ahead(i64),
    /// Every subject once a frame.
    Ticks(TickOptions),
}

/// A subject as it is told: a sample, and how it was evaluated where it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Pose, lens, time and label; a pose that is not to be trusted has the status `lost`.
    pub sample: Sample,
    /// How far it is to be trusted.
    pub evaluated: Evaluated,
}

impl Used {
    /// The sample to be told: `shown` where it was foretold, else as it was measured.
    pub fn told<'a>(&'a self, shown: Option<&'a Shown>) -> (&'a Sample, Option<&'a Evaluated>) {
        shown.map_or((&self.sample, None), |shown| (&shown.sample, Some(&shown.evaluated)))
    }
}

/// A used sample, foretold. The tracker's own time moves with the pose; its label stays that of what was measured.
/// A tracker that is lost is told as lost, without a pose.
pub(super) fn ahead(ingest: &mut Ingest, used: &Used, nanos: i64) -> Option<Shown> {
    let time = used.at.plus_nanos(nanos);
    let evaluated = ingest.at(&used.sample.subject, used.sample.arrived, time)?;
    let mut sample = used.sample.clone();
    sample.pose = (!evaluated.stale).then_some(evaluated.pose);
    sample.lens = evaluated.lens;
    sample.sampled = sample.sampled.map(|at| at.plus_nanos(nanos));
    if evaluated.stale {
        sample.status = Status::Lost;
    }
    Some(Shown { sample, evaluated })
}

/// Every subject at a frame.
pub(super) fn at_frame(ingest: &mut Ingest, due: &Due, now: cyclorama_time::StageTime, out: &mut Vec<Shown>) {
    out.clear();
    let subjects: Vec<_> = ingest.tracker.subject_names().collect();
    let wall = ingest.wall;
    for subject in subjects {
        if let Some(evaluated) = ingest.tracker.at(&subject, now, due.at) {
            let number = u32::try_from(due.frame.0.rem_euclid(1 << 32)).ok();
            let sample = sample_of(&subject, &evaluated, &ingest.tracker, number, wall.as_ref());
            out.push(Shown { sample, evaluated });
        }
    }
}

/// The beat of an output that has one.
pub(super) fn ticks(output: &Output, ingest: &Ingest, now: cyclorama_time::StageTime) -> Option<Ticks> {
    match output {
        Output::Ticks(options) => Some(Ticks::new(*options, now, ingest.wall.as_ref())),
        _ => None,
    }
}

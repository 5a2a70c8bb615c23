//! The one way from datagrams to poses that every command takes: decode, judge, calibrate, follow, evaluate.
//!
//! [`Ingest`] is fed datagrams with the time they arrived, and asked for subjects at any time. It takes time as an
//! argument and holds no socket and no file; [`run()`] drives it with both. What is recorded is what arrived; what is
//! evaluated is only what its stream lets pass, with the lens as it was calibrated.

mod disk;
mod keep;
mod lateness;
mod output;
mod receivers;
mod run;
mod speech;
mod status;
mod terms;
mod ticks;
mod unheard;

use std::{net::SocketAddr, sync::Arc};

use cyclorama_time::{StageTime, Timecode};

use crate::{
    Sample, Status, Summary,
    calibration::{Calibration, OfSubjects},
    clock::WallReference,
    lens::LensFile,
    live::{Evaluated, Taken, Tracker, TrackerOptions},
    stream::{Fault, FaultCause},
    udp::Health,
};
pub use keep::Keep;
pub use lateness::Lateness;
pub use output::{Output, Shown};
pub use receivers::{Datagram, Receivers};
pub use run::{Ran, Run, RunError, run};
use speech::Decoding;
pub use speech::Speech;
pub use status::{Snapshot, SubjectView};
pub use terms::{Limits, Order, Request, Said, Told};
pub use ticks::{Due, Origin, TickOptions, Ticks};
use unheard::Unheard;

/// What is listened to, and how.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// How the trackers speak.
    pub speech: Speech,
    /// How samples become poses.
    pub tracker: TrackerOptions,
    /// What the stage knows beside what they say.
    pub calibration: Calibration,
    /// Only this subject; absent: all.
    pub subject: Option<String>,
}

impl IngestOptions {
    /// Everything that speaks so, as it comes.
    pub fn new(speech: Speech) -> Self {
        Self {
            speech,
            tracker: TrackerOptions::default(),
            calibration: Calibration::default(),
            subject: None,
        }
    }
}

/// A sample that is used.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// As it was measured, in the wall's space and with the lens as calibrated.
    pub sample: Sample,
    /// When it was taken.
    pub at: StageTime,
    /// What became of it.
    pub taken: Taken,
}

/// See the module.
pub struct Ingest {
    options: IngestOptions,
    decoding: Decoding,
    tracker: Tracker,
    wall: Option<WallReference>,
    samples: Vec<Sample>,
    used: Vec<Used>,
    health: Health,
    rubbish: u64,
    rate: Option<(StageTime, u64)>,
    unheard: Unheard,
}

impl Ingest {
    /// Nothing heard yet.
    pub fn new(options: IngestOptions) -> Self {
        Self {
            decoding: Decoding::new(&options.speech),
            tracker: Tracker::new(options.tracker.clone()),
            wall: None,
            samples: Vec::new(),
            used: Vec::new(),
            health: Health::default(),
            rubbish: 0,
            rate: None,
            unheard: Unheard::new(&options.calibration),
            options,
        }
    }

    /// Says what this machine's wall clock shows; see [`Tracker::set_wall`].
    pub fn set_wall(&mut self, wall: WallReference) {
        self.wall = Some(wall);
        self.tracker.set_wall(wall);
    }

    /// What was said of it last.
    pub fn wall(&self) -> Option<WallReference> {
        self.wall
    }

    /// From the next datagram on the lenses are these, such as of a file that was slow to read.
    pub fn set_lenses(&mut self, lenses: OfSubjects<Arc<LensFile>>) {
        self.options.calibration.lenses = lenses;
    }

    /// Takes a datagram that came to listener `lane` (0; further ones hear redundant senders). Gives the label it
    /// carries; [`Ingest::used`] then tells its samples.
    pub fn datagram(
        &mut self,
        lane: usize,
        arrived: StageTime,
        source: Option<SocketAddr>,
        bytes: &[u8],
    ) -> Option<Timecode> {
        self.samples.clear();
        self.used.clear();
        self.health.datagram(arrived, source, bytes.len());
        self.decoding.datagram(arrived, source, bytes, &mut self.samples);
        let label = self.samples.iter().find_map(|sample| sample.timecode);
        self.health.last_timecode = label.or(self.health.last_timecode);
        let mut samples = std::mem::take(&mut self.samples);
        for sample in samples.drain(..) {
            if self.options.subject.as_deref().is_none_or(|wanted| wanted == &*sample.subject) {
                self.sample(lane, source, sample);
            }
        }
        self.samples = samples;
        label
    }

    /// The samples of the last datagram that are used.
    pub fn used(&self) -> &[Used] {
        &self.used
    }

    /// Lets the predictors learn from what was taken; see [`Tracker::learn`].
    pub fn learn(&mut self) {
        self.tracker.learn();
    }

    /// A subject at `time`, by what had arrived by `now`.
    pub fn at(&mut self, subject: &str, now: StageTime, time: StageTime) -> Option<Evaluated> {
        self.tracker.at(subject, now, time)
    }

    /// The slate a subject's tracker names.
    pub fn slate_of(&self, subject: &str) -> Option<&str> {
        self.decoding.slate_of(subject)
    }

    /// Everything of every tracker.
    pub fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// What became of the messages so far.
    pub fn summary(&self) -> &Summary {
        self.decoding.summary()
    }

    /// Says how many datagrams the system dropped, where it says so.
    pub fn dropped(&mut self, dropped: Option<u64>) {
        self.health.dropped = dropped;
    }

    /// The next thing somebody should know, each cause at most once a second.
    pub fn poll_fault(&mut self, now: StageTime) -> Option<Fault> {
        let refused = self.summary().rejected_total();
        self.tracker.rubbish(refused - self.rubbish);
        self.rubbish = refused;
        self.tracker.poll_fault(now).or_else(|| self.poll_unheard(now, false))
    }

    /// The next thing to be said of what was never heard, when listening ends.
    pub fn poll_last(&mut self, now: StageTime) -> Option<Fault> {
        self.poll_unheard(now, true)
    }

    fn poll_unheard(&mut self, now: StageTime, over: bool) -> Option<Fault> {
        let known = |name: &str| self.tracker.subjects().any(|subject| subject == name);
        self.unheard.poll(now, over, known)
    }

    /// How the streams are at `now`. Asked for some times a second, it knows the rate.
    pub fn health(&mut self, now: StageTime) -> &Health {
        self.health.measure(now, &mut self.rate);
        self.health.judge(now, self.decoding.summary());
        self.health.streams.clear();
        self.health.streams.extend(self.tracker.health(now));
        &self.health
    }

    /// Datagrams heard so far.
    pub fn datagrams(&self) -> u64 {
        self.health.datagrams
    }

    fn sample(&mut self, lane: usize, source: Option<SocketAddr>, mut sample: Sample) {
        let protocol = self.options.speech.protocol();
        let Some(admitted) = self.tracker.admit_from(lane, protocol, source, &sample) else { return };
        self.unheard.heard(sample.arrived);
        let outside = self.options.calibration.apply(&mut sample);
        let (stamp, taken) = self.tracker.follow(&admitted, &sample);
        if outside {
            self.tracker.raise(&sample.subject, FaultCause::LensOutside);
        }
        self.used.push(Used { sample, at: stamp.at, taken });
    }
}

/// A subject at a time as a sample, to be sent or printed: what is not to be trusted counts as lost.
pub(crate) fn sample_of(
    subject: &Arc<str>,
    evaluated: &Evaluated,
    tracker: &Tracker,
    sequence: Option<u32>,
    wall: Option<&WallReference>,
) -> Sample {
    let known = tracker.status(subject);
    Sample {
        subject: subject.clone(),
        arrived: evaluated.at,
        sampled: wall.and_then(|wall| wall.tai_at(evaluated.at)),
        sequence,
        timecode: tracker.label(subject, evaluated.at),
        pose: Some(evaluated.pose),
        lens: evaluated.lens,
        status: if evaluated.stale { Status::Lost } else { evaluated.status },
        recording: None,
        genlocked: known.as_ref().and_then(|known| known.genlocked),
        clocking: crate::Clocking {
            source: known.as_ref().and_then(|known| known.locked_to),
            ..crate::Clocking::default()
        },
    }
}

#[cfg(test)]
mod tests;

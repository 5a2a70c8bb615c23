//! The whole way of a sample: stream, clock, sender, subject. One value for all trackers of a receiver.

use std::{net::SocketAddr, sync::Arc};

use cyclorama_time::{StageTime, Timecode};

use super::{Evaluated, Redundant, RedundantOptions, Taken, watch::Watch};
use crate::{
    ClockSource, Protocol, Sample, Status,
    clock::{Basis, ClockHealth, ClockOptions, ClockRecovery, Reading, Stamp, WallReference},
    stream::{Fault, FaultCause, StreamHealth, StreamOptions, Streams, Verdict, position_after},
};

/// How samples become poses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrackerOptions {
    /// Whom to listen to.
    pub streams: StreamOptions,
    /// What is known of the senders' clocks. The counter's modulus follows from the protocol where absent.
    pub clock: ClockOptions,
    /// How subjects are evaluated.
    pub subjects: RedundantOptions,
    /// The senders' `genlocked` means locked to PTP also where they do not say so.
    pub locked_is_ptp: bool,
}

/// Follows all subjects of one receiver.
pub struct Tracker {
    options: TrackerOptions,
    streams: Streams,
    subjects: Vec<Subject>,
    wall: Option<WallReference>,
    /// The subject whose sample came last.
    unlearnt: Option<usize>,
    /// Where the last sample's subject stands.
    last: usize,
}

/// A sample that its stream lets pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    protocol: Protocol,
    rank: usize,
    restarted: bool,
    source: Option<SocketAddr>,
}

struct Subject {
    protocol: Protocol,
    name: Arc<str>,
    clocks: Vec<Option<ClockRecovery>>,
    redundant: Redundant,
    newest: StageTime,
    watch: Watch,
    /// The last label, and when its sample was taken.
    label: Option<(StageTime, Timecode)>,
    status: Status,
    genlocked: Option<bool>,
    source: Option<ClockSource>,
}

/// What is known of a subject besides its pose.
#[derive(Clone, Debug, PartialEq)]
pub struct SubjectStatus {
    /// Its name.
    pub name: Arc<str>,
    /// Spoken how.
    pub protocol: Protocol,
    /// The rank of the sender that is used.
    pub active: usize,
    /// How often another sender came to be used.
    pub switches: u64,
    /// Samples kept out, and jumps believed, of the sender that is used.
    pub outliers: (u64, u64),
    /// The clock of the sender that is used.
    pub clock: ClockHealth,
    /// The tracker's word on its newest sample.
    pub status: Status,
    /// The tracker says that it is locked.
    pub genlocked: Option<bool>,
    /// To what.
    pub locked_to: Option<ClockSource>,
    /// The PTP leader it follows.
    pub leader: Option<[u8; 6]>,
}

/// Subjects followed at most; the one silent longest makes room.
const MOST: usize = 64;

impl Tracker {
    /// Follows nothing yet.
    pub fn new(options: TrackerOptions) -> Self {
        let streams = Streams::new(options.streams.clone());
        Self { options, streams, subjects: Vec::new(), wall: None, unlearnt: None, last: 0 }
    }

    /// Says what this machine's wall clock shows; see [`ClockRecovery::set_wall`].
    pub fn set_wall(&mut self, wall: WallReference) {
        self.wall = Some(wall);
        let clocks = self.subjects.iter_mut().flat_map(|subject| subject.clocks.iter_mut().flatten());
        clocks.for_each(|clock| clock.set_wall(wall));
    }

    /// Takes a sample that `source` sent. `None` when its stream refuses it; else when it was taken, and what
    /// became of it.
    pub fn take(
        &mut self,
        protocol: Protocol,
        source: Option<SocketAddr>,
        sample: &Sample,
    ) -> Option<(Stamp, Taken)> {
        let admitted = self.admit(protocol, source, sample)?;
        Some(self.follow(&admitted, sample))
    }

    /// The first half of [`Tracker::take`]: whether the sample is used at all. What is in a hurry to show it as it
    /// was measured can do so now; where the subject is at a time is known after [`Tracker::follow`].
    pub fn admit(
        &mut self,
        protocol: Protocol,
        source: Option<SocketAddr>,
        sample: &Sample,
    ) -> Option<Admitted> {
        self.admit_from(0, protocol, source, sample)
    }

    /// As [`Tracker::admit`], for a sample that came to listener `lane`; see [`Streams::take_from`].
    pub fn admit_from(
        &mut self,
        lane: usize,
        protocol: Protocol,
        source: Option<SocketAddr>,
        sample: &Sample,
    ) -> Option<Admitted> {
        match self.streams.take_from(lane, protocol, source, sample) {
            Verdict::Use { rank, restarted, .. } => Some(Admitted { protocol, rank, restarted, source }),
            Verdict::Refuse(_) => None,
        }
    }

    /// The second half: when the sample was taken, and what becomes of it.
    pub fn follow(&mut self, admitted: &Admitted, sample: &Sample) -> (Stamp, Taken) {
        let Admitted { protocol, rank, restarted, source } = *admitted;
        let index = self.subject(protocol, sample);
        self.unlearnt = Some(index);
        let subject = &mut self.subjects[index];
        while subject.clocks.len() <= rank.min(15) {
            subject.clocks.push(None);
        }
        let clock = &mut subject.clocks[rank.min(15)];
        if restarted && sample.sampled.is_none() {
            *clock = None;
        }
        let options = &self.options;
        let wall = self.wall;
        let clock = clock.get_or_insert_with(|| {
            let modulus = options.clock.counter_modulus.or(counter_modulus(protocol));
            let mut clock = ClockRecovery::new(ClockOptions { counter_modulus: modulus, ..options.clock });
            if let Some(wall) = wall {
                clock.set_wall(wall);
            }
            clock
        });
        let stamp = clock.take(&Reading {
            arrived: sample.arrived,
            sampled: sample.sampled,
            counter: sample.sequence,
            ptp_locked: sample.genlocked == Some(true)
                && (options.locked_is_ptp || sample.clocking.source == Some(ClockSource::Ptp)),
        });
        let health = clock.health();
        subject.newest = subject.newest.max(sample.arrived);
        let taken = subject.redundant.take(rank, stamp.at, sample);
        subject.watch.sample(source, sample, taken, &health);
        subject.learn_of(rank, stamp.at, sample);
        (stamp, taken)
    }

    /// Lets the predictors learn from what was taken: what nobody waits for, to be done once samples are handed
    /// on. It is made up for later where it is left out.
    pub fn learn(&mut self) {
        if let Some(index) = self.unlearnt.take()
            && let Some(subject) = self.subjects.get_mut(index)
        {
            subject.redundant.learn();
        }
    }

    /// A subject at `time`, by what had arrived by `now`.
    pub fn at(&mut self, subject: &str, now: StageTime, time: StageTime) -> Option<Evaluated> {
        let known = self.subjects.iter_mut().find(|known| *known.name == *subject)?;
        let found = known.redundant.at(now, time);
        known.watch.switches(known.redundant.switches());
        found
    }

    /// The label of the frame that a subject's tracker would number `time` with; `None` where it sends none.
    pub fn label(&self, subject: &str, time: StageTime) -> Option<Timecode> {
        let (at, label) = self.known(subject)?.label?;
        // The nearest frame: a sample's time wanders by what its clock is off.
        let nanos = time.nanos_since(at).saturating_add(label.rate().frame_nanos() / 2);
        Some(label.plus_frames(label.rate().frame_at(nanos).0))
    }

    /// What is known of a subject besides its pose.
    pub fn status(&self, subject: &str) -> Option<SubjectStatus> {
        let known = self.known(subject)?;
        let active = known.redundant.active();
        let clock = known.clocks.get(active).and_then(Option::as_ref);
        Some(SubjectStatus {
            name: known.name.clone(),
            protocol: known.protocol,
            active,
            switches: known.redundant.switches(),
            outliers: known.redundant.lane(active).map_or((0, 0), super::Live::outliers),
            clock: clock.map_or_else(ClockHealth::default, ClockRecovery::health),
            status: known.status,
            genlocked: known.genlocked,
            locked_to: known.source,
            leader: known.watch.leader(),
        })
    }

    /// Says something about a subject that is to be told as a fault.
    pub fn raise(&mut self, subject: &str, cause: FaultCause) {
        if let Some(known) = self.subjects.iter_mut().find(|known| *known.name == *subject) {
            known.watch.raise(cause, 1);
        }
    }

    /// Counts datagrams that were no sample of anybody; see [`Streams::rubbish`].
    pub fn rubbish(&mut self, count: u64) {
        self.streams.rubbish(count);
    }

    /// The subjects followed.
    pub fn subjects(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().map(|subject| &*subject.name)
    }

    /// The subjects' names, as they can be kept.
    pub(crate) fn subject_names(&self) -> impl Iterator<Item = Arc<str>> {
        self.subjects.iter().map(|subject| subject.name.clone())
    }

    /// The senders of a subject and how well their clocks are known, by rank.
    pub fn clocks(&self, subject: &str) -> impl Iterator<Item = (usize, ClockHealth)> + '_ {
        let clocks = self.known(subject).into_iter().flat_map(|known| known.clocks.iter().enumerate());
        clocks.filter_map(|(rank, clock)| Some((rank, clock.as_ref()?.health())))
    }

    /// Every stream as it is at `now`.
    pub fn health(&self, now: StageTime) -> impl Iterator<Item = StreamHealth> + '_ {
        self.streams.health(now)
    }

    /// The next thing somebody should know; see [`Streams::poll_fault`].
    pub fn poll_fault(&mut self, now: StageTime) -> Option<Fault> {
        self.streams.poll_fault(now).or_else(|| {
            let mut subjects = self.subjects.iter_mut();
            subjects.find_map(|subject| subject.watch.poll(now, &subject.name))
        })
    }

    /// Whether any sender's time rests on more than arrivals.
    pub fn has_clock(&self, subject: &str) -> bool {
        self.clocks(subject).any(|(_, health)| health.basis > Basis::Arrival)
    }

    fn known(&self, subject: &str) -> Option<&Subject> {
        self.subjects.iter().find(|known| *known.name == *subject)
    }

    fn subject(&mut self, protocol: Protocol, sample: &Sample) -> usize {
        let is_it = |known: &Subject| known.protocol == protocol && known.name == sample.subject;
        if let Some(index) = position_after(&self.subjects, self.last, is_it) {
            self.last = index;
            return index;
        }
        let subject = Subject {
            protocol,
            name: sample.subject.clone(),
            clocks: Vec::new(),
            redundant: Redundant::new(self.options.subjects.clone()),
            newest: sample.arrived,
            watch: Watch::default(),
            label: None,
            status: Status::Unknown,
            genlocked: None,
            source: None,
        };
        if self.subjects.len() < MOST {
            self.subjects.push(subject);
            return self.subjects.len() - 1;
        }
        let silent = self.subjects.iter().enumerate().min_by_key(|(_, known)| known.newest);
        let index = silent.map_or(0, |(index, _)| index);
        self.subjects[index] = subject;
        index
    }
}

impl Subject {
    /// Remembers what its sender says besides the pose; the sender that is used has the word.
    fn learn_of(&mut self, rank: usize, at: StageTime, sample: &Sample) {
        if rank != self.redundant.active() {
            return;
        }
        self.status = sample.status;
        self.genlocked = sample.genlocked;
        self.source = sample.clocking.source;
        if let Some(label) = sample.timecode {
            self.label = Some((at, label));
        }
    }
}

/// Frame counters that count a sender's frames.
fn counter_modulus(protocol: Protocol) -> Option<u32> {
    match protocol {
        Protocol::F4 | Protocol::FreeD => Some(1 << 4),
        Protocol::Psn => Some(1 << 8),
        Protocol::OpenTrackIO => None,
    }
}

//! The whole way of a sample: stream, clock, sender, subject. One value for all trackers of a receiver.

use std::{net::SocketAddr, sync::Arc};

use cyclorama_time::StageTime;

use super::{Evaluated, Redundant, RedundantOptions, Taken};
use crate::{
    Protocol, Sample,
    clock::{Basis, ClockHealth, ClockOptions, ClockRecovery, Reading, Stamp, WallReference},
    stream::{Fault, StreamHealth, StreamOptions, Streams, Verdict},
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
    /// The senders' `genlocked` means locked to PTP, as OpenTrackIO's `synchronization.locked` with source ptp.
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
}

/// A sample that its stream lets pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    protocol: Protocol,
    rank: usize,
    restarted: bool,
}

struct Subject {
    protocol: Protocol,
    name: Arc<str>,
    clocks: Vec<Option<ClockRecovery>>,
    redundant: Redundant,
    newest: StageTime,
}

/// Subjects followed at most; the one silent longest makes room.
const MOST: usize = 64;

impl Tracker {
    /// Follows nothing yet.
    pub fn new(options: TrackerOptions) -> Self {
        let streams = Streams::new(options.streams.clone());
        Self { options, streams, subjects: Vec::new(), wall: None, unlearnt: None }
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
        match self.streams.take(protocol, source, sample) {
            Verdict::Use { rank, restarted, .. } => Some(Admitted { protocol, rank, restarted }),
            Verdict::Refuse(_) => None,
        }
    }

    /// The second half: when the sample was taken, and what becomes of it.
    pub fn follow(&mut self, admitted: &Admitted, sample: &Sample) -> (Stamp, Taken) {
        let Admitted { protocol, rank, restarted } = *admitted;
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
            ptp_locked: options.locked_is_ptp && sample.genlocked == Some(true),
        });
        subject.newest = subject.newest.max(sample.arrived);
        (stamp, subject.redundant.take(rank, stamp.at, sample))
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
        self.subjects.iter_mut().find(|known| *known.name == *subject)?.redundant.at(now, time)
    }

    /// The subjects followed.
    pub fn subjects(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().map(|subject| &*subject.name)
    }

    /// The senders of a subject and how well their clocks are known, by rank.
    pub fn clocks(&self, subject: &str) -> impl Iterator<Item = (usize, ClockHealth)> + '_ {
        let known = self.subjects.iter().find(|known| *known.name == *subject);
        let clocks = known.into_iter().flat_map(|known| known.clocks.iter().enumerate());
        clocks.filter_map(|(rank, clock)| Some((rank, clock.as_ref()?.health())))
    }

    /// Every stream as it is at `now`.
    pub fn health(&self, now: StageTime) -> impl Iterator<Item = StreamHealth> + '_ {
        self.streams.health(now)
    }

    /// The next thing somebody should know; see [`Streams::poll_fault`].
    pub fn poll_fault(&mut self, now: StageTime) -> Option<Fault> {
        self.streams.poll_fault(now)
    }

    /// Whether any sender's time rests on more than arrivals.
    pub fn has_clock(&self, subject: &str) -> bool {
        self.clocks(subject).any(|(_, health)| health.basis > Basis::Arrival)
    }

    fn subject(&mut self, protocol: Protocol, sample: &Sample) -> usize {
        let is_it = |known: &Subject| known.protocol == protocol && known.name == sample.subject;
        if let Some(index) = self.subjects.iter().position(is_it) {
            return index;
        }
        let subject = Subject {
            protocol,
            name: sample.subject.clone(),
            clocks: Vec::new(),
            redundant: Redundant::new(self.options.subjects.clone()),
            newest: sample.arrived,
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

/// Frame counters that count a sender's frames.
fn counter_modulus(protocol: Protocol) -> Option<u32> {
    match protocol {
        Protocol::F4 | Protocol::FreeD => Some(1 << 4),
        Protocol::Psn => Some(1 << 8),
        Protocol::OpenTrackIO => None,
    }
}

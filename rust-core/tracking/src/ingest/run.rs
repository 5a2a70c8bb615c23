//! Drives an ingest: datagrams in, poses, faults and takes out, until told to stop. The only loop of its kind.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use cyclorama_progress::Cancel;
use cyclorama_time::{Clock, StageTime, Timecode};

use super::{
    Ingest, Keep, Lateness, Output, Receivers, Ticks, Used,
    disk::Disk,
    lateness::Waits,
    output::{self, Shown},
    terms::{Limits, Request, Told},
};
use crate::{
    calibration::OfSubjects,
    clock::WallReference,
    lens::LensFile,
    take::{TakeError, TakeSummary},
    udp::{self, Health, RecordError},
};

/// What a run works with.
pub struct Run<'a> {
    /// What is heard.
    pub receivers: &'a Receivers,
    /// What is told of subjects.
    pub output: Output,
    /// When to stop by itself.
    pub limits: Limits,
    /// Tells the time.
    pub clock: &'a dyn Clock,
    /// Tells what the wall clock shows; asked once a second.
    pub wall: &'a dyn Fn() -> WallReference,
    /// The house's label at a time, where there is one.
    pub house: Option<&'a dyn Fn(StageTime) -> Option<Timecode>>,
    /// Lenses that came to be known, asked for before each datagram; from then on they count.
    pub lenses: Option<&'a dyn Fn() -> Option<OfSubjects<Arc<LensFile>>>>,
    /// Orders from outside.
    pub orders: Option<&'a mpsc::Receiver<Request>>,
    /// Stops it.
    pub cancel: &'a Cancel,
}

/// What it came to.
#[derive(Debug)]
pub struct Ran {
    /// The streams at the end.
    pub health: Health,
    /// The one take, closed.
    pub take: Option<TakeSummary>,
    /// Why something was not recorded, the first time.
    pub unrecorded: Option<TakeError>,
    /// Datagrams that are missing in the takes that were begun.
    pub unrecorded_datagrams: u64,
    /// Frames that were passed over because this machine was too slow.
    pub skipped: u64,
    /// How long after their arrival samples could be used: told, or there for the next frame.
    pub lateness: Lateness,
}

/// Why it ended early.
pub type RunError = RecordError;

/// A wait is not longer than this, so that stopping and syncing are never late.
const LONGEST_WAIT: i64 = 20_000_000;
/// How often everything is told, and how often the wall clock is asked.
const STATUS_NANOS: i64 = 100_000_000;
const WALL_NANOS: i64 = 1_000_000_000;

/// Runs `ingest` until it is stopped or the limits say enough. A disk that fails ends neither the run nor a take that
/// was begun: what it refuses waits, and is lost only once no more fits into memory ([`Told::Losing`]) or at the end.
/// [`Ran::unrecorded`] says so then.
///
/// # Errors
/// When a socket fails. What is open is closed if the disk allows.
pub fn run(
    ingest: &mut Ingest,
    run: &Run<'_>,
    keep: Keep,
    tell: &mut dyn FnMut(Told<'_>),
) -> Result<Ran, RunError> {
    // Whoever waits for a pose waits for this thread; without the right to it, it is like any other.
    let _ = udp::raise_priority();
    let mut turn = Turn::new(ingest, run, keep);
    let outcome = turn.until_over(tell);
    let now = run.clock.now();
    while let Some(fault) = turn.ingest.poll_last(now) {
        tell(Told::Fault(&fault));
    }
    turn.status(now, tell);
    let skipped = turn.skipped;
    let lateness = turn.waits.lateness();
    let keep = std::mem::replace(&mut turn.keep, Keep::Nothing);
    let (closed, unrecorded_datagrams) = keep.close(tell);
    // Nothing waits any more: what the disk refused now is lost.
    let take = turn.unless_refused(closed, tell);
    let unrecorded = turn.unrecorded.take();
    outcome?;
    Ok(Ran {
        health: ingest.health(now).clone(),
        take: take?.flatten(),
        unrecorded,
        unrecorded_datagrams,
        skipped,
        lateness,
    })
}

struct Turn<'a> {
    ingest: &'a mut Ingest,
    run: &'a Run<'a>,
    keep: Keep,
    ticks: Option<Ticks>,
    shown: Vec<Shown>,
    status_at: StageTime,
    wall_at: StageTime,
    skipped: u64,
    waits: Waits,
    disk: Disk,
    unrecorded: Option<TakeError>,
}

impl<'a> Turn<'a> {
    fn new(ingest: &'a mut Ingest, run: &'a Run<'a>, keep: Keep) -> Self {
        let now = run.clock.now();
        ingest.set_wall((run.wall)());
        let ticks = output::ticks(&run.output, ingest, now);
        Self {
            ingest,
            run,
            keep,
            ticks,
            shown: Vec::new(),
            status_at: now,
            wall_at: now,
            skipped: 0,
            waits: Waits::default(),
            disk: Disk::default(),
            unrecorded: None,
        }
    }

    fn until_over(&mut self, tell: &mut dyn FnMut(Told<'_>)) -> Result<(), RunError> {
        let (clock, Limits { count, seconds }) = (self.run.clock, self.run.limits);
        let begun = clock.now();
        loop {
            let now = clock.now();
            let over = seconds.is_some_and(|most| now.nanos_since(begun) as f64 >= most * 1e9);
            let enough = count.is_some_and(|most| self.ingest.datagrams() >= most);
            if self.run.cancel.is_cancelled() || over || enough {
                return Ok(());
            }
            if let Some(lenses) = self.run.lenses.and_then(|lenses| lenses()) {
                self.ingest.set_lenses(lenses);
            }
            self.frame(now, tell);
            if let Some(datagram) = self.run.receivers.next_within(self.wait(now))? {
                self.datagram(&datagram, tell)?;
                self.run.receivers.done_with(datagram);
            }
            let now = clock.now();
            self.orders(now, tell)?;
            let outcome = self.keep.tick(now, tell);
            self.kept(outcome, tell)?;
            self.watch(now, tell);
        }
    }

    /// What was recorded; or nothing, where the disk refused.
    fn kept<T>(
        &mut self,
        outcome: Result<T, RecordError>,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Result<Option<T>, RunError> {
        if outcome.is_err() {
            // Whoever hears of it has to know whether something waits that would be lost with the run.
            self.disk.watch(self.keep.refused(), self.keep.lost(), tell);
        }
        self.unless_refused(outcome, tell)
    }

    fn unless_refused<T>(
        &mut self,
        outcome: Result<T, RecordError>,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Result<Option<T>, RunError> {
        match outcome {
            Ok(kept) => Ok(Some(kept)),
            Err(RecordError::Take(error)) => {
                tell(Told::Unrecorded(&error));
                self.unrecorded.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// How long nothing has to be done but listening.
    fn wait(&mut self, now: StageTime) -> Duration {
        let wake = self.ticks.as_mut().map_or(LONGEST_WAIT, |ticks| ticks.wake(now).nanos_since(now));
        Duration::from_nanos(wake.clamp(0, LONGEST_WAIT).unsigned_abs())
    }

    fn frame(&mut self, now: StageTime, tell: &mut dyn FnMut(Told<'_>)) {
        let Some(due) = self.ticks.as_mut().and_then(|ticks| ticks.due(now)) else { return };
        self.skipped += due.skipped.unsigned_abs();
        output::at_frame(self.ingest, &due, now, &mut self.shown);
        tell(Told::Frame(&due, &self.shown));
    }

    fn datagram(
        &mut self,
        datagram: &super::Datagram,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Result<(), RunError> {
        let super::Datagram { lane, arrived, source, bytes } = datagram;
        let label = self.ingest.datagram(*lane, *arrived, *source, bytes);
        let house = self.run.house.and_then(|house| house(*arrived));
        if let Err(error) = self.keep.datagram(*arrived, *source, bytes, label.or(house)) {
            // Told with the next look at the disk, not for each datagram.
            self.unrecorded.get_or_insert(error);
        }
        let used = std::mem::take(&mut self.ingest.used);
        let outcome = used.iter().try_for_each(|used| self.sample(used, house, tell));
        self.ingest.used = used;
        self.ingest.learn();
        outcome
    }

    fn sample(
        &mut self,
        used: &Used,
        house: Option<Timecode>,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Result<(), RunError> {
        if let Some(ticks) = &mut self.ticks {
            ticks.sample(used.sample.arrived, used.at);
        }
        match self.run.output {
            Output::Measured => tell(Told::Sample(used, None)),
            Output::Ahead(nanos) => match output::ahead(self.ingest, used, nanos) {
                Some(shown) => tell(Told::Sample(used, Some(&shown))),
                // Lost from the start: nothing is known to foretell.
                None => tell(Told::Sample(used, None)),
            },
            Output::Ticks(_) => {}
        }
        self.waits.count(self.run.clock.now().nanos_since(used.sample.arrived));
        let slate = self.ingest.slate_of(&used.sample.subject);
        let outcome = self.keep.sample(used, slate, house, self.run.clock.utc(), tell);
        self.kept(outcome, tell).map(drop)
    }

    fn orders(&mut self, now: StageTime, tell: &mut dyn FnMut(Told<'_>)) -> Result<(), RunError> {
        let Some(orders) = self.run.orders else { return Ok(()) };
        while let Ok((order, reply)) = orders.try_recv() {
            let said = self.keep.order(order, now, self.run.clock.utc(), tell);
            let why = said.as_ref().err().map(ToString::to_string);
            let said = self.kept(said, tell)?;
            // Whoever asked may have gone.
            let _ = reply.try_send(said.unwrap_or_else(|| Err(why.unwrap_or_default())));
        }
        Ok(())
    }

    fn watch(&mut self, now: StageTime, tell: &mut dyn FnMut(Told<'_>)) {
        if now.nanos_since(self.status_at) < STATUS_NANOS {
            return;
        }
        self.status_at = now;
        self.disk.watch(self.keep.refused(), self.keep.lost(), tell);
        if now.nanos_since(self.wall_at) >= WALL_NANOS {
            self.wall_at = now;
            let wall = (self.run.wall)();
            self.ingest.set_wall(wall);
            if let Some(ticks) = &mut self.ticks {
                ticks.set_wall(&wall);
            }
        }
        self.ingest.dropped(self.run.receivers.dropped());
        while let Some(fault) = self.ingest.poll_fault(now) {
            tell(Told::Fault(&fault));
        }
        self.status(now, tell);
    }

    fn status(&mut self, now: StageTime, tell: &mut dyn FnMut(Told<'_>)) {
        let ahead = match self.run.output {
            Output::Measured => 0,
            Output::Ahead(nanos) => nanos,
            Output::Ticks(options) => options.horizon_nanos,
        };
        let mut snapshot = self.ingest.snapshot(now, ahead, self.ticks.as_ref());
        snapshot.slate = self.keep.said();
        snapshot.house = self.run.house.and_then(|house| house(now));
        tell(Told::Status(&snapshot));
    }
}

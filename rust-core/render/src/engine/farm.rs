//! Drives a job on a farm to its end: asks for slots, watches the ledger, and replaces slots that ended early.
//!
//! If this process dies, the farm's workers finish the job without it; the same command again goes on watching.
//! It believes the ledger alone: a farm that says "completed" has only freed its slots.

use std::sync::Arc;
use std::time::Duration;

use cyclorama_progress::{Cancel, Progress};
use cyclorama_time::{Clock, UtcTime};

use super::already::{self, SILENCES};
use super::{Ends, Engine, EngineError, Event, Mended, Report, SlotCounts, SlotRequest, Submission};
use crate::forecast::Hours;
use crate::ledger::{Job, JobState};

/// How a farm is driven.
#[derive(Clone)]
pub struct FarmOptions {
    /// How many workers are wanted, at least 1.
    pub workers: u32,
    /// How often the farm's own state is asked for. The ledger is looked at every half second.
    pub look: Duration,
    /// How long workers may take to finish the frame in flight when asked to stop.
    pub grace: Duration,
    /// After so long without a sign of life what a worker holds goes to another, as the workers' own flag says.
    pub lease: Duration,
    /// When slots may be asked for. Outside these hours none is held.
    pub hours: Hours,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The farm is asked though it has slots for the job already, of another command.
    pub again: bool,
}

impl FarmOptions {
    /// One worker at any hour, with leases of ten seconds; the farm is looked at every three seconds.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let (look, grace) = (Duration::from_secs(3), Duration::from_secs(20));
        let lease = Duration::from_secs(10);
        Self { workers: 1, look, grace, lease, hours: Hours::default(), clock, again: false }
    }

    fn closed_until(&self) -> Option<UtcTime> {
        self.hours.closed_until(self.clock.utc())
    }
}

/// Runs `job` on `engine` until every frame is committed or given up, or until it is cancelled.
///
/// # Errors
/// [`EngineError`] when the ledger fails, the farm refuses, or slots keep ending without a new frame. Workers that
/// run then go on, and what is committed stays.
pub async fn run(
    job: &Job,
    engine: &dyn Engine,
    request: &SlotRequest,
    options: &FarmOptions,
    progress: &Progress,
    cancel: &Cancel,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<Report, EngineError> {
    run_with(job, engine, (request, options), Ends::Settled, progress, cancel, on_event).await
}

async fn run_with(
    job: &Job,
    engine: &dyn Engine,
    (request, options): (&SlotRequest, &FarmOptions),
    ends: Ends,
    progress: &Progress,
    cancel: &Cancel,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<Report, EngineError> {
    const LEDGER: Duration = Duration::from_millis(500);
    let total = job.plan().frames.count();
    progress.set_total(total);
    let mut drive = Drive::new(job, engine, request, options, on_event);
    let (mut until_look, mut state) = (Duration::ZERO, job.state().await?);
    let mut mended = Mended::of(&state);
    loop {
        job.refresh(&mut state).await?;
        mended.tell(job, &state, &mut drive.on_event).await?;
        drive.note(&state, progress, total);
        let stop = cancel.is_cancelled() || state.cancelled;
        let ended = !stop && job.has_ended(&mut state).await?;
        if ended && ends == Ends::Mended {
            let (lease, clock) = (options.lease, options.clock.as_ref());
            if super::opens_again(job, &mut state, lease, clock, cancel, &mut drive.on_event).await? {
                mended = Mended::of(&state);
                // So many are there no more.
                drive.committed = state.committed.len() as u64;
                continue;
            }
        }
        if stop || ended {
            let stop = stop || cancel.is_cancelled();
            drive.end(stop).await;
            job.refresh(&mut state).await?;
            drive.note(&state, progress, total);
            return Ok(Report {
                frames: total,
                committed: state.committed.len() as u64,
                failed: state.failed.len() as u64,
                deaths: drive.replaced,
                cancelled: stop && !state.is_settled_all(job.plan()),
            });
        }
        if let Some(opens) = options.closed_until() {
            drive.close(opens, progress).await;
            tokio::time::sleep(LEDGER).await;
            until_look = Duration::ZERO;
            continue;
        }
        if until_look.is_zero() {
            drive.tend(progress).await?;
            until_look = options.look;
        }
        let nap = LEDGER.min(until_look);
        tokio::time::sleep(nap).await;
        until_look -= nap;
    }
}

/// As [`run`], and again until no border of a host with a history shows a seam that more walk-in mends.
///
/// # Errors
/// As [`run`].
pub async fn run_and_mend(
    job: &Job,
    engine: &dyn Engine,
    request: &SlotRequest,
    options: &FarmOptions,
    progress: &Progress,
    cancel: &Cancel,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<Report, EngineError> {
    run_with(job, engine, (request, options), Ends::Mended, progress, cancel, on_event).await
}

struct Drive<'a> {
    job: &'a Job,
    engine: &'a dyn Engine,
    request: &'a SlotRequest,
    options: &'a FarmOptions,
    on_event: &'a mut (dyn FnMut(Event) + Send),
    submissions: Vec<Submission>,
    committed: u64,
    /// Slots asked for after the first time.
    replaced: u32,
    /// Replacements since the last committed frame.
    barren: u32,
    /// The farm failed to answer this often in a row.
    deaf: u32,
    /// How often in a row the farm did not say whether others asked it.
    silences: u32,
}

impl<'a> Drive<'a> {
    fn new(
        job: &'a Job,
        engine: &'a dyn Engine,
        request: &'a SlotRequest,
        options: &'a FarmOptions,
        on_event: &'a mut (dyn FnMut(Event) + Send),
    ) -> Self {
        let submissions = Vec::new();
        Self {
            job,
            engine,
            request,
            options,
            on_event,
            submissions,
            committed: 0,
            replaced: 0,
            barren: 0,
            deaf: 0,
            silences: 0,
        }
    }

    fn note(&mut self, state: &JobState, progress: &Progress, total: u64) {
        let done = state.committed.len() as u64;
        if done > self.committed {
            (self.committed, self.barren) = (done, 0);
            (self.on_event)(Event::Committed { done, total });
        }
        progress.set_done(done);
    }

    /// Asks the farm how its slots are, and for more where some are missing.
    async fn tend(&mut self, progress: &Progress) -> Result<(), EngineError> {
        let Some(counts) = self.counts().await? else { return Ok(()) };
        let workers = self.options.workers.max(1);
        let wanted = self.engine.live_slots(workers).max(1);
        progress.set_items(vec![match counts.waiting {
            0 => format!("{} workers on {}", counts.running, self.engine.name()),
            waiting => format!("{} workers on {}, {waiting} waiting", counts.running, self.engine.name()),
        }]);
        let missing = wanted.saturating_sub(counts.alive());
        if missing == 0 {
            return Ok(());
        }
        let first = self.submissions.is_empty();
        if first && !self.options.again && self.is_asked(progress).await? {
            return Ok(());
        }
        if !first {
            self.replaced += missing;
            self.barren += missing;
            if self.barren > 3 * wanted + 2 {
                let kept = self.engine.keeps_output().map(str::to_owned);
                let output = kept.unwrap_or_else(|| format!("`{}`", self.request.logs.display()));
                return Err(EngineError::SlotsEnd { engine: self.engine.name(), output });
            }
            tracing::warn!(
                missing,
                engine = self.engine.name(),
                "slots ended before the job and are asked for again"
            );
        }
        // A farm that knows each range has all of them with one submission, and is told how many may work on them.
        let slots = if wanted < workers { workers } else { missing };
        (self.on_event)(Event::Asked { slots });
        let submission = already::submit(self.job, self.engine, self.request, slots).await?;
        tracing::info!(id = submission.id, slots = submission.slots, "slots asked for");
        self.submissions.push(submission);
        Ok(())
    }

    /// Whether the farm was asked by somebody else, at the moment when it would be asked: others may have waited for the same hour. As long
    /// as it has slots for them nothing is asked for, and nothing of theirs is ended.
    async fn is_asked(&mut self, progress: &Progress) -> Result<bool, EngineError> {
        let (found, is_silent) = already::asked(self.job, self.engine).await?;
        if found.is_none() && is_silent && self.silences < SILENCES {
            self.silences += 1;
            return Ok(true);
        }
        self.silences = 0;
        if let Some(found) = &found {
            tracing::debug!(%found, "no slots are asked for");
            progress.set_items(vec![format!("the job {found}")]);
        }
        Ok(found.is_some())
    }

    /// Ends all slots: their machines are not paid for until `opens`, when slots are asked for as at first. Workers give
    /// back what they hold.
    async fn close(&mut self, opens: UtcTime, progress: &Progress) {
        progress.set_items(vec![format!("no workers until {opens:.0}")]);
        for submission in std::mem::take(&mut self.submissions) {
            tracing::info!(id = submission.id, %opens, "the hours are over and the slots are ended");
            if let Err(error) = self.engine.cancel(&submission).await {
                // Its workers wait for their hours by themselves.
                tracing::warn!(%error, id = submission.id, "slots could not be cancelled");
            }
        }
    }

    /// All slots together; `None` when the farm does not answer now. Forgets submissions that have wholly ended.
    async fn counts(&mut self) -> Result<Option<SlotCounts>, EngineError> {
        const PATIENCE: u32 = 20;
        let (mut sum, mut kept) = (SlotCounts::default(), Vec::new());
        for submission in &self.submissions {
            match self.engine.state(submission).await {
                Ok(counts) => {
                    sum = sum.plus(counts);
                    kept.push(counts.ended < submission.slots);
                }
                // Workers do not need the farm's controller; a restart of it must not stop a night's render.
                Err(error) if error.may_pass() && self.deaf < PATIENCE => {
                    self.deaf += 1;
                    tracing::warn!(%error, "the farm does not say how its slots are");
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
        self.deaf = 0;
        // The first submission stays, so that "nothing was asked for yet" keeps its meaning.
        let mut index = 0;
        self.submissions.retain(|_| {
            index += 1;
            index == 1 || kept[index - 1]
        });
        Ok(Some(sum))
    }

    /// Lets the slots end by themselves, or ends them; after the grace whatever is left is cancelled.
    async fn end(&mut self, ask: bool) {
        let step = Duration::from_secs(1);
        let mut left = if ask { Duration::ZERO } else { self.options.grace };
        while !left.is_zero() {
            match self.counts().await {
                Ok(Some(counts)) if counts.running > 0 => {}
                _ => break,
            }
            tokio::time::sleep(step.min(left)).await;
            left = left.saturating_sub(step);
        }
        for submission in &self.submissions {
            if let Err(error) = self.engine.cancel(submission).await {
                tracing::warn!(%error, id = submission.id, "slots could not be cancelled");
            }
        }
    }
}

#[cfg(test)]
mod tests;

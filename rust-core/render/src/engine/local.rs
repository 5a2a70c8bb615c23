//! The local engine: worker processes on this machine, replaced when they die.
//!
//! The caller says how a worker is started (usually by running itself with `render worker`), so everything here
//! also happens across real process boundaries. If this process dies the workers finish the job without it.

mod slot;

use std::ffi::OsString;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use cyclorama_progress::{Cancel, Progress};
use cyclorama_time::{Clock, StageTime};
use serde::Serialize;
use tokio::task::JoinSet;

pub use self::slot::Early;
use self::slot::{IS_TOLD_TO_STOP, Slot, start};
use super::{Ends, EngineError, Mended};
use crate::host::LogTail;
use crate::ledger::{Job, JobState};

/// How the engine works.
#[derive(Clone, Debug)]
pub struct LocalOptions {
    /// How many workers, at least 1.
    pub workers: u32,
    /// The program and arguments of a worker.
    pub command: Vec<OsString>,
    /// What the names of its workers begin with: they are `<machine>-<process id>`, as in their leases.
    pub machine: String,
    /// How long workers may take to finish the frame in flight when asked to stop.
    pub grace: Duration,
    /// After so long without a sign of life what its workers hold goes to another, as their own flag says.
    pub lease: Duration,
}

/// What happened, as it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A worker runs.
    Started {
        /// Its slot, from 0.
        slot: u32,
        /// Its process.
        pid: u32,
    },
    /// A worker died before the work was done; its slot is filled again.
    Died {
        /// Its slot.
        slot: u32,
        /// Its process.
        pid: u32,
        /// How, for people.
        status: String,
    },
    /// A farm is asked for slots.
    Asked {
        /// So many.
        slots: u32,
    },
    /// More frames exist.
    Committed {
        /// So many.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// Runs that began with a seam are rendered again.
    Reopened {
        /// So many.
        runs: u32,
        /// After so many frames that are drawn and thrown away.
        walk_in: u32,
    },
}

/// How a job ended on this engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LocalReport {
    /// Frames wanted.
    pub frames: u64,
    /// Frames that exist.
    pub committed: u64,
    /// Frames that were given up.
    pub failed: u64,
    /// Workers that died and were replaced.
    pub deaths: u32,
    /// It was asked to stop before the end.
    pub cancelled: bool,
}

/// Runs `job` to its end on this machine. Frames that were committed before are not rendered again.
///
/// `on_event` hears of every worker and of every change in what is committed.
///
/// # Errors
/// [`EngineError`] when the ledger fails or workers keep dying.
pub async fn run(
    job: &Job,
    options: &LocalOptions,
    clock: &Arc<dyn Clock>,
    progress: &Progress,
    cancel: &Cancel,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<LocalReport, EngineError> {
    run_with(job, options, (Early::default(), Ends::Settled), clock, progress, cancel, on_event).await
}

async fn run_with(
    job: &Job,
    options: &LocalOptions,
    (Early(early), ends): (Early, Ends),
    clock: &Arc<dyn Clock>,
    progress: &Progress,
    cancel: &Cancel,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<LocalReport, EngineError> {
    const LOOK: Duration = Duration::from_millis(200);
    /// Of the time, at most this share is spent on looking: listings of a large job take longer.
    const SHARE: u32 = 4;
    progress.set_total(job.plan().frames.count());
    let mut engine =
        Engine { options, clock, early, slots: Vec::new(), deaths: 0, barren: 0, committed: 0, on_event };
    let (mut state, mut took) = (job.state().await?, Duration::ZERO);
    let mut mended = Mended::of(&state);
    loop {
        mended.tell(job, &state, &mut engine.on_event).await?;
        engine.note_progress(&state, progress, job.plan().frames.count());
        let stop = cancel.is_cancelled() || state.cancelled;
        let ended = !stop && job.has_ended(&mut state).await?;
        if ended && ends == Ends::Mended && engine.opens_again(job, &mut state, cancel).await? {
            mended = Mended::of(&state);
            continue;
        }
        if stop || ended {
            let stop = stop || cancel.is_cancelled();
            engine.end(stop).await;
            job.refresh(&mut state).await?;
            engine.note_progress(&state, progress, job.plan().frames.count());
            return Ok(LocalReport {
                frames: job.plan().frames.count(),
                committed: state.committed.len() as u64,
                failed: state.failed.len() as u64,
                deaths: engine.deaths,
                cancelled: stop && !state.is_settled_all(job.plan()),
            });
        }
        engine.tend(job, &mut state).await?;
        tokio::time::sleep(LOOK.max(took * SHARE)).await;
        let began = clock.now();
        job.refresh(&mut state).await?;
        took = Duration::from_nanos(u64::try_from(clock.now().nanos_since(began)).unwrap_or(0));
    }
}

/// As [`run`], and again until no border of a host with a history shows a seam that more walk-in mends. Workers that are there
/// already are told first.
///
/// # Errors
/// As [`run`].
pub async fn run_and_mend(
    job: &Job,
    options: &LocalOptions,
    early: Early,
    clock: &Arc<dyn Clock>,
    progress: &Progress,
    cancel: &Cancel,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<LocalReport, EngineError> {
    run_with(job, options, (early, Ends::Mended), clock, progress, cancel, on_event).await
}

struct Engine<'a> {
    options: &'a LocalOptions,
    clock: &'a Arc<dyn Clock>,
    /// They wait to be told.
    early: Vec<Slot>,
    slots: Vec<Option<Slot>>,
    deaths: u32,
    /// Deaths since the last committed frame of workers that had hardly lived.
    barren: u32,
    committed: u64,
    on_event: &'a mut (dyn FnMut(Event) + Send),
}

impl Engine<'_> {
    fn note_progress(&mut self, state: &JobState, progress: &Progress, total: u64) {
        let done = state.committed.len() as u64;
        if done > self.committed {
            self.barren = 0;
            self.committed = done;
            (self.on_event)(Event::Committed { done, total });
        }
        progress.set_done(done);
        let workers = self.slots.iter().flatten().count();
        progress.set_items(vec![format!("{workers} workers")]);
    }

    /// Whether runs of the job are to be rendered again; its workers wait for that.
    async fn opens_again(
        &mut self,
        job: &Job,
        state: &mut JobState,
        cancel: &Cancel,
    ) -> Result<bool, EngineError> {
        let (lease, clock) = (self.options.lease, self.clock.as_ref());
        let opens = super::opens_again(job, state, lease, clock, cancel, &mut self.on_event).await?;
        // So many are there no more, where some are.
        self.committed = state.committed.len() as u64;
        Ok(opens)
    }

    /// Buries the dead and fills empty slots.
    async fn tend(&mut self, job: &Job, state: &mut JobState) -> Result<(), EngineError> {
        self.slots.resize_with(self.options.workers.max(1) as usize, || None);
        for index in 0..self.slots.len() {
            let ended = self.slots[index].as_mut().and_then(|slot| slot.child.try_wait().transpose());
            if let (Some(status), Some(slot)) = (ended, self.slots[index].as_ref()) {
                let (pid, since, log) = (slot.pid, slot.since, slot.log.tail());
                self.slots[index] = None;
                self.bury(index as u32, pid, since, status, log)?;
                Self::free(self.options, job, pid, state).await;
            }
            if self.slots[index].is_none() {
                let slot = match self.early.pop() {
                    Some(waiting) => waiting.told(self.clock.now()).await,
                    None if IS_TOLD_TO_STOP => {
                        start(self.options, self.clock, true)?.told(self.clock.now()).await
                    }
                    None => start(self.options, self.clock, false)?,
                };
                (self.on_event)(Event::Started { slot: index as u32, pid: slot.pid });
                self.slots[index] = Some(slot);
            }
        }
        Ok(())
    }

    fn bury(
        &mut self,
        slot: u32,
        pid: u32,
        since: StageTime,
        status: std::io::Result<ExitStatus>,
        log: LogTail,
    ) -> Result<(), EngineError> {
        const HARDLY: i64 = 5_000_000_000;
        // A worker that ended well saw nothing left to do; the next look at the ledger will agree, or replace it.
        let status = match status {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::warn!(slot, pid, status, "a worker ended before the job");
        self.deaths += 1;
        (self.on_event)(Event::Died { slot, pid, status: status.clone() });
        if self.clock.now().nanos_since(since) < HARDLY {
            self.barren += 1;
        }
        let limit = 3 * self.options.workers.max(1) + 2;
        if self.barren >= limit { Err(EngineError::WorkersDie { status, log }) } else { Ok(()) }
    }

    /// What a dead worker held is given back at once; nobody has to wait until its lease expires.
    async fn free(options: &LocalOptions, job: &Job, pid: u32, state: &mut JobState) {
        if let Err(error) = job.free(&format!("{}-{pid}", options.machine), state).await {
            tracing::debug!(%error, "a dead worker's range waits until its lease expires");
        }
    }

    /// Lets the workers end by themselves, or asks them to; those that do not are killed.
    async fn end(&mut self, ask: bool) {
        for slot in self.slots.iter_mut().flatten().filter(|_| ask) {
            slot.stop().await;
        }
        let mut waiting = JoinSet::new();
        for mut slot in self.slots.drain(..).flatten() {
            let grace = self.options.grace;
            waiting.spawn(async move {
                if tokio::time::timeout(grace, slot.child.wait()).await.is_err() {
                    tracing::warn!(pid = slot.pid, "a worker did not end in time and is killed");
                    let _ = slot.child.kill().await;
                }
            });
        }
        waiting.join_all().await;
    }
}

//! Engines: what runs the workers of a job. An engine only fills worker slots; the ledger says what is done.
//!
//! [`local`] starts processes on this machine. Farms implement [`Engine`] and are driven by [`farm::run`]. None of
//! them is asked whether a frame exists: a job that a farm calls done is done when the ledger says so.

pub mod already;
pub mod batch;
pub mod collect;
pub mod deadline;
mod error;
pub mod farm;
pub mod local;
mod options;
pub mod service;
mod shell;
pub mod slurm;
pub mod tags;
mod tool;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use cyclorama_progress::Cancel;
use cyclorama_time::Clock;

pub use error::EngineError;
pub use local::{Event, LocalReport as Report};

use crate::ledger::{Job, JobState};
use crate::mend::{Borders, Judge};

/// What a farm is asked to run in each slot.
#[derive(Clone, Debug)]
pub struct SlotRequest {
    /// The job's name, for the farm's own lists: letters, digits and dashes.
    pub name: String,
    /// The program and arguments of a worker, the same for each slot.
    pub command: Vec<OsString>,
    /// Folder for the workers' own output. It must exist, on every machine that runs a slot, unless the farm keeps
    /// output itself.
    pub logs: PathBuf,
    /// Not to be started for so long, where the farm can be told so; elsewhere workers wait by themselves.
    pub begin_in: Option<Duration>,
    /// By what the farm's lists and bills tell the job from others; none: it is not told.
    pub tags: BTreeMap<String, String>,
}

/// Slots that were asked for together, as the farm names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The farm's own name, such as Slurm's job number.
    pub id: String,
    /// How many slots were asked for.
    pub slots: u32,
}

/// What the slots of a submission do now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotCounts {
    /// The farm has not started them yet, and will.
    pub waiting: u32,
    /// A worker runs.
    pub running: u32,
    /// Put off by the farm after their machine was lost; somebody else should do their work.
    pub postponed: u32,
    /// Ended, however.
    pub ended: u32,
}

impl SlotCounts {
    /// Slots that work or soon will.
    pub fn alive(&self) -> u32 {
        self.waiting + self.running
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            waiting: self.waiting + other.waiting,
            running: self.running + other.running,
            postponed: self.postponed + other.postponed,
            ended: self.ended + other.ended,
        }
    }
}

/// When an engine takes a job to be at its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// Every frame is committed or given up.
    Settled,
    /// And no border shows a seam that more walk-in mends.
    Mended,
}

/// What was taken back of a job as it was looked at last: a worker may mend, and be through with it, between two looks.
pub(crate) struct Mended(String);

impl Mended {
    pub(crate) fn of(state: &JobState) -> Self {
        Self(state.generation())
    }

    /// Tells of what was opened again since.
    pub(crate) async fn tell(
        &mut self,
        job: &Job,
        state: &JobState,
        on_event: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), EngineError> {
        if self.0 == state.generation() {
            return Ok(());
        }
        *self = Self::of(state);
        let (runs, walk_in) = job.raised().await?;
        if runs > 0 {
            on_event(Event::Reopened { runs, walk_in });
        }
        Ok(())
    }
}

/// Judges the borders of a job whose frames are settled in `state`, or waits for the worker that does. True when runs are to be
/// rendered again, of which `on_event` hears; workers that are there go on with them.
async fn opens_again(
    job: &Job,
    state: &mut JobState,
    lease: Duration,
    clock: &dyn Clock,
    cancel: &Cancel,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<bool, EngineError> {
    let poll = Duration::from_millis(200);
    let judge = Judge { name: "the command that waits", lease, poll, clock, cancel };
    match judge.judge(job, state).await? {
        Borders::Stand => Ok(false),
        Borders::Reopened { runs, walk_in } => {
            on_event(Event::Reopened { runs, walk_in });
            Ok(true)
        }
    }
}

/// A farm: fills worker slots on machines we do not manage. Every call ends within a minute.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Its name, as in `--engine`.
    fn name(&self) -> &'static str;

    /// Where the workers' output is, for a farm that keeps it itself; others write to [`SlotRequest::logs`].
    fn keeps_output(&self) -> Option<&'static str> {
        None
    }

    /// Whether it starts slots as late as [`SlotRequest::begin_in`] says.
    fn begins_later(&self) -> bool {
        false
    }

    /// Whether it knows what became of slots. A job that was only written down is known to whoever hands that in.
    fn keeps_slots(&self) -> bool {
        true
    }

    /// Of how many live slots the farm is to be held, when somebody wants `workers`.
    fn live_slots(&self, workers: u32) -> u32 {
        workers
    }

    /// Asks for `slots` workers (at least 1).
    async fn submit(&self, request: &SlotRequest, slots: u32) -> Result<Submission, EngineError>;

    /// What became of them. A submission that the farm has forgotten counts as ended.
    async fn state(&self, submission: &Submission) -> Result<SlotCounts, EngineError>;

    /// Ends them; workers get the chance to finish the frame in flight. Fine when they have ended already.
    async fn cancel(&self, submission: &Submission) -> Result<(), EngineError>;
}

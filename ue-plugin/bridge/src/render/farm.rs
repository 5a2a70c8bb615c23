//! A job and its farm: slots are asked for once, and whoever goes leaves them to their work.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use cyclorama_render::{
    engine::{
        Engine, Event, Report, SlotRequest,
        already::{Others, already, submit, wait_for_others},
        farm::{self, FarmOptions},
    },
    ledger::Job,
};
use cyclorama_time::Clock;

use crate::{
    Status,
    failure::Failure,
    work::{Strings, Told},
};

/// A job that a farm shall draw.
pub(super) struct FarmOrder<'a> {
    pub(super) job: &'a Job,
    pub(super) engine: &'a dyn Engine,
    pub(super) request: SlotRequest,
    pub(super) strings: &'a Strings,
    pub(super) clock: Arc<dyn Clock>,
}

/// What came of it.
pub(super) enum Sent {
    /// It is the farm's.
    Told(Told),
    /// Nothing was left to draw.
    Settled,
    /// Somebody waited for it.
    Drawn(Report),
}

impl FarmOrder<'_> {
    /// Asks the farm for `workers`, and leaves the job to them or waits for them. Of a job that has ended, or that somebody draws, nobody
    /// is asked: who waits then waits for the others. `lease` is how long a worker may be silent.
    pub(super) async fn carried_out(
        &self,
        workers: u32,
        lease: Duration,
        detach: bool,
    ) -> Result<Sent, Failure> {
        let mut state = self.job.state().await.map_err(|error| Failure::of(&self.doing(), &error))?;
        let ended = self.job.has_ended(&mut state).await;
        if ended.map_err(|error| Failure::of(&self.doing(), &error))? {
            let unjudged = self.job.is_unjudged(&state).await;
            if detach || !unjudged.map_err(|error| Failure::of(&self.doing(), &error))? {
                return Ok(Sent::Settled);
            }
            // One that ended while nobody waited for it may still have borders to mend.
            return self.awaited(workers, lease).await;
        }
        let left = not_asked(self.job).text;
        let look = async {
            let watched = (&self.strings.progress, &self.strings.cancel);
            let found = already(self.job, self.engine, state, lease, watched).await;
            found.map_err(|error| Failure::of(&self.doing(), &error))
        };
        if let Some(already) = self.strings.unless_stopped(&left, look).await? {
            let job = &self.job.plan().job;
            if detach {
                let text = format!("job {job} {already}. No more workers were asked for: {FOLLOW}");
                return Ok(Sent::Told(Told { text, ..Told::default() }));
            }
            let text = format!("left job {job}, which {already}: {FOLLOW}");
            let wait = async {
                let watched = (&self.strings.progress, &self.strings.cancel);
                let ended = wait_for_others(self.job, self.engine, lease, watched).await;
                ended.map_err(|error| Failure::of(&self.doing(), &error))
            };
            match self.strings.unless_stopped(&text, wait).await? {
                Others::Ended => return Ok(Sent::Settled),
                Others::Left => return Err(Failure::new(Status::Cancelled, text)),
                Others::Gone => {}
            }
        }
        if detach { self.sent(workers).await.map(Sent::Told) } else { self.awaited(workers, lease).await }
    }

    /// Waits until the farm has drawn it.
    async fn awaited(&self, workers: u32, lease: Duration) -> Result<Sent, Failure> {
        let doing = format!("run the workers on {}", self.engine.name());
        let options = FarmOptions { workers, lease, ..FarmOptions::new(Arc::clone(&self.clock)) };
        let (progress, stop) = (&self.strings.progress, &self.strings.asked);
        let asked = AtomicBool::new(false);
        let mut heard = |event| {
            if matches!(event, Event::Asked { .. }) {
                asked.store(true, Ordering::Relaxed);
            }
            tell_mend(&event, self.strings);
        };
        // Slots are paid for by the farm's users, not by this process: only who asks for it ends them.
        tokio::select! {
            biased;
            () = self.strings.left() => {
                if !asked.load(Ordering::Relaxed) {
                    return Err(not_asked(self.job));
                }
                let (job, engine) = (&self.job.plan().job, self.engine.name());
                let text = format!("left job {job}: {engine} goes on with it; {FOLLOW}");
                Err(Failure::new(Status::Cancelled, text))
            }
            ran = farm::run_and_mend(self.job, self.engine, &self.request, &options, progress, stop, &mut heard) => {
                ran.map(Sent::Drawn).map_err(|error| Failure::of(&doing, &error))
            }
        }
    }

    /// Leaves the job to the farm.
    async fn sent(&self, workers: u32) -> Result<Told, Failure> {
        self.strings.cancel.check().map_err(|_| not_asked(self.job))?;
        let submission = submit(self.job, self.engine, &self.request, workers).await;
        let submission = submission.map_err(|error| Failure::of(&self.doing(), &error))?;
        let (job, engine) = (&self.job.plan().job, self.engine.name());
        let text = format!("sent job {job}: it is job {} of {engine}", submission.id);
        Ok(Told { text, ..Told::default() })
    }

    fn doing(&self) -> String {
        format!("ask {} for workers", self.engine.name())
    }
}

/// How a job is followed that somebody draws.
const FOLLOW: &str = "follow it with Newest job in the tab, or with `cyclorama render watch`";

/// A job that was cancelled before anybody was asked to draw it.
pub(super) fn not_asked(job: &Job) -> Failure {
    let text = format!(
        "cancelled: job {} stands in its ledger, and nobody was asked to draw it; submit the same again",
        job.plan().job
    );
    Failure::new(Status::Cancelled, text)
}

/// Tells people of runs that are rendered again.
pub(super) fn tell_mend(event: &Event, strings: &Strings) {
    if let Event::Reopened { runs, walk_in } = event {
        strings.tell([format!("{runs} runs began with a seam: rendered again after {walk_in} frames")]);
    }
}

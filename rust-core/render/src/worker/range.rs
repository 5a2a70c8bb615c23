//! One leased range: feed it to the host, check and commit what comes back, until none of its frames is missing.

use std::path::Path;
use std::time::Duration;

use cyclorama_time::{FrameNumber, StageTime};

use super::heart::Heart;
use super::{Worker, WorkerError};
use crate::host::HostFailure;
use crate::host::protocol::{FromHost, Render, ToHost};
use crate::ledger::{Commit, FrameRecord, JobState, Lease, LedgerError, RenderedFrame};
use crate::plan::{BEAUTY, FrameRange};
use crate::verify::{Checked, check_frame, expected};

/// How often a wait for the host looks whether it should stop.
const LOOK: Duration = Duration::from_millis(100);
/// A host that cannot even draw its first frame is started this often before the worker gives up on it.
const MOST_STARTS: u32 = 3;

pub(super) struct RangeWork<'a> {
    worker: &'a mut Worker,
    heart: Heart,
    range: u32,
    epoch: u64,
    /// The job as it was listed last, as long as that says all about this range.
    known: Option<JobState>,
}

/// A run of frames in the host's hands.
struct Run {
    render: Render,
    /// The frame that should come next.
    next: FrameNumber,
    /// The frame before it, when it is known.
    before: Option<FrameRecord>,
    since: StageTime,
    cancelled: bool,
}

impl<'a> RangeWork<'a> {
    /// `state` is a listing of the job from before the lease.
    pub(super) fn new(worker: &'a mut Worker, lease: Lease, state: JobState) -> Self {
        let (range, epoch, first) = (lease.range(), lease.epoch(), lease.is_first());
        let heart = Heart::start(worker.job.clone(), lease, worker.options.lease / 3);
        // Nobody can have drawn anything in a range that nobody held before.
        let known = Some(state).filter(|_| first);
        Self { worker, heart, range, epoch, known }
    }

    /// Works until the range is settled, lost, or work shall stop; then gives the lease back. The last listing of the
    /// job.
    pub(super) async fn run(mut self) -> Result<JobState, WorkerError> {
        let result = self.settle().await;
        let done = matches!(result, Ok((true, _)));
        if self.heart.is_lost() {
            self.worker.report.lost += 1;
        }
        if let Some(lease) = self.heart.stop().await
            && let Err(error) = self.worker.job.release(lease, done).await
        {
            // It expires by itself.
            tracing::debug!(%error, "a lease was not given back");
        }
        result.map(|(_, state)| state)
    }

    /// True when no frame of the range is missing any more, with the listing that says so.
    async fn settle(&mut self) -> Result<(bool, JobState), WorkerError> {
        let mut starts = 0;
        loop {
            let state = match self.known.take() {
                Some(state) => state,
                None => self.worker.job.state().await?,
            };
            let frames = self.worker.job.plan().ranges[self.range as usize];
            let Some(run) = state.missing(frames).into_iter().next() else { return Ok((true, state)) };
            if state.cancelled || self.should_stop() {
                return Ok((false, state));
            }
            if let Err(failure) = self.worker.host().await {
                starts += 1;
                let hopeless = matches!(failure, HostFailure::Start { .. } | HostFailure::Reported(_));
                if hopeless || starts >= MOST_STARTS {
                    return Err(failure.into());
                }
                tracing::warn!(%failure, "the host is started again");
                continue;
            }
            starts = 0;
            self.draw(run).await?;
        }
    }

    fn should_stop(&self) -> bool {
        self.worker.cancel.is_cancelled() || self.heart.is_lost()
    }

    /// Has the host draw `run`. Whatever goes wrong with the host is noted against the frame in flight.
    async fn draw(&mut self, run: FrameRange) -> Result<(), WorkerError> {
        self.worker.renders += 1;
        let walk_in = self.worker.job.walk_in().await?;
        let render = self.render(run, walk_in);
        let before = self.worker.job.frame(FrameNumber(run.first.0 - 1)).await?;
        let since = self.worker.clock.now();
        let mut run = Run { render, next: run.first, before, since, cancelled: false };
        match self.converse(&mut run).await? {
            Ok(()) => Ok(()),
            Err(failure) => {
                // Killed with everything it started; the next run gets a fresh one.
                self.worker.host = None;
                if self.heart.is_lost() || run.next > run.render.last {
                    return Ok(());
                }
                Ok(self.worker.failed(run.next, &failure.to_string()).await?)
            }
        }
    }

    fn render(&self, run: FrameRange, walk_in: u32) -> Render {
        let plan = self.worker.job.plan();
        let header = |frame| plan.header(&self.worker.camera, frame);
        let output =
            self.worker.scratch.path().join(format!("{}-{{pass}}.{{frame}}.exr", self.worker.renders));
        Render {
            id: self.worker.renders,
            first: run.first,
            last: run.last,
            walk_in: plan.walk_in_at(run.first, walk_in),
            output: output.to_string_lossy().into_owned(),
            headers: run.iter().filter_map(header).collect(),
        }
    }

    async fn converse(&mut self, run: &mut Run) -> Result<Result<(), HostFailure>, WorkerError> {
        let Ok(host) = self.worker.host().await else { return Ok(Ok(())) };
        if let Err(failure) = host.process.say(&ToHost::Render(run.render.clone())).await {
            return Ok(Err(failure));
        }
        loop {
            let message = match self.listen(run).await {
                Ok(message) => message,
                Err(failure) => return Ok(Err(failure)),
            };
            match message {
                FromHost::Frame { id, frame, pass, path, .. } if id == run.render.id => {
                    let wanted = run.render.path(BEAUTY, run.next);
                    if frame != run.next || pass != BEAUTY || path != wanted || frame > run.render.last {
                        let said = format!(
                            "frame {} in {}, wanted is frame {}",
                            frame.0,
                            path.display(),
                            run.next.0
                        );
                        return Ok(Err(HostFailure::Protocol(said)));
                    }
                    self.deliver(run, &path).await?;
                }
                FromHost::Rendered { id } if id == run.render.id => {
                    if !run.cancelled && run.next <= run.render.last {
                        return Ok(Err(HostFailure::Protocol("it ended the range too early".to_owned())));
                    }
                    return Ok(Ok(()));
                }
                FromHost::Error { frame: Some(frame), message } => {
                    // An error at a walk-in frame keeps the next one from being drawn.
                    let frame = frame.max(run.next).min(run.render.last);
                    self.worker.failed(frame, &message).await?;
                    // `rendered` follows; what is left is asked for again.
                    run.cancelled = true;
                }
                FromHost::Error { frame: None, message } => return Ok(Err(HostFailure::Reported(message))),
                _ => {}
            }
        }
    }

    /// The host's next message. Tells the host once to stop when work shall stop.
    async fn listen(&mut self, run: &mut Run) -> Result<FromHost, HostFailure> {
        let patience = self.worker.host().await?.pace.patience();
        let mut waited = Duration::ZERO;
        loop {
            if !run.cancelled && self.should_stop() {
                run.cancelled = true;
                self.worker.host().await?.process.say(&ToHost::Cancel).await?;
            }
            let look = LOOK.min(patience.saturating_sub(waited)).max(Duration::from_millis(1));
            match self.worker.host().await?.process.next(look).await {
                Err(HostFailure::Silent { log, .. }) => {
                    waited += look;
                    if waited >= patience {
                        return Err(HostFailure::Silent { seconds: waited.as_secs_f64(), log });
                    }
                }
                other => return other,
            }
        }
    }

    /// Checks the file of the next frame and commits it.
    async fn deliver(&mut self, run: &mut Run, path: &Path) -> Result<(), WorkerError> {
        let now = self.worker.clock.now();
        let seconds = now.nanos_since(run.since) as f64 * 1e-9;
        run.since = now;
        if let Some(host) = &mut self.worker.host {
            host.pace.record(seconds);
        }
        let frame = run.next;
        run.next = FrameNumber(frame.0 + 1);
        let before = run.before.take();
        let wanted = expected(self.worker.job.plan(), &self.worker.camera, frame, before.as_ref());
        let read = tokio::fs::read(path).await;
        let _ = tokio::fs::remove_file(path).await;
        let file = match read {
            Ok(file) => bytes::Bytes::from(file),
            Err(error) => {
                let reason = format!("the host reported a file that cannot be read: {error}");
                return Ok(self.worker.failed(frame, &reason).await?);
            }
        };
        let checking = {
            let file = file.clone();
            tokio::task::spawn_blocking(move || check_frame(&file, &wanted))
        };
        match checking.await {
            Ok(Ok(checked)) => run.before = self.commit(frame, checked, file, seconds).await?,
            Ok(Err(fault)) => self.worker.failed(frame, &fault.to_string()).await?,
            Err(panic) => self.worker.failed(frame, &format!("it could not be decoded: {panic}")).await?,
        }
        Ok(())
    }

    /// The record that now stands for the frame: ours, or that of whoever was faster.
    async fn commit(
        &mut self,
        frame: FrameNumber,
        checked: Checked,
        file: bytes::Bytes,
        render_seconds: f64,
    ) -> Result<Option<FrameRecord>, LedgerError> {
        let Checked { pixels, file: blob, bytes, luminance } = checked;
        let pass = BEAUTY.to_owned();
        let luminance = Some(luminance);
        let rendered = RenderedFrame { frame, pass, blob, bytes, pixels, luminance, render_seconds };
        let (job, name) = (&self.worker.job, &self.worker.options.name);
        let utc = self.worker.clock.utc();
        match job.commit((self.range, self.epoch), name, rendered, file, utc).await? {
            Commit::Committed(record) => {
                self.worker.report.committed += 1;
                Ok(Some(*record))
            }
            Commit::Late(winner) => {
                self.worker.report.late += 1;
                Ok(Some(*winner))
            }
        }
    }
}

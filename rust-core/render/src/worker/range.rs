//! One lease: feed its frames to the host, check and commit what comes back, until none of them is missing. The same for
//! a run that another holds and is slow at, without a lease.

mod deliver;
mod disk;
mod lost;

use std::time::Duration;

use cyclorama_time::{FrameNumber, StageTime};
use futures::future::try_join;

use super::heart::Heart;
use super::start::Ready;
use super::{Running, Worker, WorkerError, pause};
use crate::host::HostFailure;
use crate::host::protocol::{FromHost, Render, ToHost};
use crate::ledger::{FrameRecord, HolderPace, Job, Lease, LeaseName, LedgerError};
use crate::plan::{BEAUTY, FrameRange};

/// How often a wait for the host looks whether it should stop.
const LOOK: Duration = Duration::from_millis(100);
/// So many files may wait to be checked and committed; a host that is faster waits.
const AHEAD: u32 = 8;

pub(super) struct RangeWork<'a> {
    worker: &'a mut Worker,
    /// None when another holds the lease.
    heart: Option<Heart>,
    name: LeaseName,
    epoch: u64,
    /// What the lease covered when it was taken.
    frames: FrameRange,
    /// The job as the worker listed it last says all about these frames.
    known: bool,
    /// What the first run needs, where it was read already.
    ahead: Option<Ahead>,
    /// Who held the lease before, until it was weighed what they were lost at.
    before: Option<lost::Before>,
    /// This frame is drawn by itself, since it may be what workers are lost at.
    alone: Option<FrameNumber>,
}

/// What a run stands on.
pub(super) struct Ahead {
    first: FrameNumber,
    /// Frames to draw and throw away ahead of a range.
    walk_in: u32,
    /// The frame before the first one, when it is committed.
    before: Option<FrameRecord>,
}

impl Ahead {
    /// Reads what a run needs whose first frame is `first`.
    pub(super) async fn of(job: &Job, first: FrameNumber) -> Result<Self, LedgerError> {
        let (walk_in, before) = try_join(job.walk_in(), job.frame(FrameNumber(first.0 - 1))).await?;
        Ok(Self { first, walk_in, before })
    }
}

/// A run of frames in the host's hands.
struct Run {
    /// What is wanted of it.
    frames: FrameRange,
    /// What the host was told: perhaps a frame more.
    render: Render,
    /// The frame that should come next.
    next: FrameNumber,
    /// The frame before it, when it is known.
    before: Option<FrameRecord>,
    since: StageTime,
    /// When it was looked last whether somebody else has committed what is drawn.
    looked: StageTime,
    /// Frames of the walk-in that the host has begun, and when the first of them.
    walked: u32,
    walks_since: StageTime,
    cancelled: bool,
    /// What was heard last is that a frame is drawn: the host may be at a later one by now.
    told: bool,
}

/// How a conversation about a run ended.
enum Ended {
    /// The host is ready for another.
    Well,
    /// Somebody else has committed what the host is still at.
    Superseded,
    /// The host is of no use any more.
    Badly(HostFailure),
}

/// What is heard while the host draws.
enum Heard {
    Said(FromHost),
    Superseded,
}

impl<'a> RangeWork<'a> {
    /// Work under `lease`, which covers `frames` as far as the worker's listing says.
    pub(super) fn new(
        worker: &'a mut Worker,
        lease: Lease,
        frames: FrameRange,
        ahead: Option<Ahead>,
    ) -> Self {
        let (name, epoch, known) = (lease.name(), lease.epoch(), lease.is_untouched());
        let before = lost::Before::of(&lease);
        let (job, every) = (worker.job.clone(), worker.options.lease / 3);
        let heart = Heart::start(job, lease, frames, every, worker.cancel.clone());
        Self { worker, heart: Some(heart), name, epoch, frames, known, ahead, before, alone: None }
    }

    /// Draws `run` once beside the holder of the lease `name`. What goes wrong is nobody's failed attempt.
    pub(super) async fn redraw(
        worker: &'a mut Worker,
        name: LeaseName,
        run: FrameRange,
    ) -> Result<(), WorkerError> {
        match worker.ready(run).await {
            Ok(Ready::NotNeeded) => return Ok(()),
            Ok(Ready::Ran | Ready::Started) => {}
            Err(failure) => {
                tracing::warn!(worker = worker.options.name, %failure, "no help for others");
                return Ok(());
            }
        }
        let (heart, ahead, before, alone) = (None, None, None, None);
        let mut work =
            Self { worker, heart, name, epoch: 0, frames: run, known: false, ahead, before, alone };
        work.draw(run).await
    }

    /// Works until the frames are settled, the lease is lost, or work shall stop; then gives it back. The worker's listing
    /// is then the one that said so.
    pub(super) async fn run(mut self) -> Result<(), WorkerError> {
        let result = self.settle().await;
        let done = matches!(result, Ok(true));
        if done {
            self.pack().await;
        }
        if let Some(heart) = self.heart.take() {
            if heart.is_lost() {
                self.worker.report.lost += 1;
            }
            if let Some(lease) = heart.stop().await {
                let job = self.worker.job.clone();
                self.worker.releasing.spawn(async move {
                    if let Err(error) = job.release(lease, done).await {
                        // It expires by itself.
                        tracing::debug!(%error, "a lease was not given back");
                    }
                });
            }
        }
        result.map(drop)
    }

    /// What the listing that said so shows of whole blocks is packed, so that others need not list it.
    async fn pack(&mut self) {
        let Worker { job, state, .. } = &mut *self.worker;
        if let Err(error) = job.pack(state, self.frames).await {
            tracing::debug!(%error, "frames were not packed");
        }
    }

    /// True when no frame is missing any more.
    async fn settle(&mut self) -> Result<bool, WorkerError> {
        loop {
            if !std::mem::take(&mut self.known) {
                self.worker.job.refresh(&mut self.worker.state).await?;
            }
            let state = &self.worker.state;
            let frames = state.part(self.worker.job.plan(), self.name).unwrap_or(self.frames);
            if let Some(heart) = &self.heart {
                heart.end_before(&[FrameNumber(frames.last.0 + 1)]);
            }
            let Some(mut run) = state.missing(frames).into_iter().next() else { return Ok(true) };
            let cancelled = state.cancelled;
            // More is to do here than was thought as the next range was taken.
            self.worker.give_back_next().await?;
            if self.is_set_aside(run.first).await? {
                continue;
            }
            if self.is_suspect(run.first) || self.alone == Some(run.first) {
                run.last = run.first;
            }
            if cancelled || self.should_stop() {
                return Ok(false);
            }
            // A start may have taken long, and others may have done it meanwhile.
            if self.worker.ready_at_last(frames).await? != Ready::Ran {
                continue;
            }
            self.draw(run).await?;
        }
    }

    fn should_stop(&self) -> bool {
        self.worker.cancel.is_cancelled()
            || self.worker.is_closed()
            || self.heart.as_ref().is_some_and(Heart::is_lost)
    }

    /// The last frame of `run` that is wanted: what follows may have been split off.
    fn last(&self, run: &Run) -> FrameNumber {
        self.heart.as_ref().map_or(run.frames.last, |heart| heart.last().min(run.frames.last))
    }

    /// The frame beyond those, by which the border there is measured. Who draws beside a holder has no border of its own, and with a frame
    /// that is drawn by itself no other is.
    fn overlap(&self, last: FrameNumber) -> Option<FrameNumber> {
        let wanted = self.heart.is_some() && self.alone != Some(last);
        wanted.then(|| self.worker.job.plan().overlap_after(last)).flatten()
    }

    /// Whether the host shall be told that the frame it is at is the last one. Not during the walk-in, which would be for
    /// nothing then.
    fn ends_early(&self, run: &Run) -> bool {
        let last = self.last(run);
        let last = self.overlap(last).unwrap_or(last);
        last < run.render.last && run.next >= last && run.next > run.render.first
    }

    /// Has the host draw `run`. Whatever goes wrong with the host is noted against the frame in flight.
    async fn draw(&mut self, run: FrameRange) -> Result<(), WorkerError> {
        self.worker.renders += 1;
        let ahead = self.ahead.take().filter(|ahead| ahead.first == run.first);
        let Ahead { walk_in, before, .. } = match ahead {
            Some(ahead) => ahead,
            None => Ahead::of(&self.worker.job, run.first).await?,
        };
        let (frames, render) = (run, self.render(run, walk_in));
        let since = self.worker.clock.now();
        let mut run = Run {
            frames,
            render,
            next: run.first,
            before,
            since,
            looked: since,
            walked: 0,
            walks_since: since,
            cancelled: false,
            told: false,
        };
        if let Some(free) = self.worker.free_since.take() {
            self.worker.report.spent.scheduling += self.worker.since(free);
        }
        let ended = self.converse(&mut run).await?;
        self.worker.free_since = Some(self.worker.clock.now());
        match ended {
            Ended::Well => Ok(()),
            Ended::Superseded => {
                // It cannot be told to drop a frame, so it goes; there is hardly anything left for it.
                self.worker.host = None;
                Ok(())
            }
            Ended::Badly(HostFailure::Disk { .. }) if self.may_be_ahead(&run) => {
                self.end_without_blame(&run).await;
                Ok(())
            }
            Ended::Badly(failure) => {
                // Killed with everything it started; the next run gets a fresh one.
                self.worker.host = None;
                if self.heart.as_ref().is_some_and(Heart::is_lost) || run.next > run.render.last {
                    return Ok(());
                }
                self.failed(&run, run.next, &failure.to_string()).await
            }
        }
    }

    /// Notes a failed attempt at a frame, if it is ours.
    async fn failed(&mut self, run: &Run, frame: FrameNumber, reason: &str) -> Result<(), WorkerError> {
        if self.heart.is_some() && frame <= self.last(run) {
            return Ok(self.worker.failed(frame, reason).await?);
        }
        tracing::warn!(
            worker = self.worker.options.name,
            frame = frame.0,
            reason,
            "a frame of another failed here"
        );
        Ok(())
    }

    fn render(&self, run: FrameRange, walk_in: u32) -> Render {
        let plan = self.worker.job.plan();
        let header = |frame| plan.header(&self.worker.camera, frame);
        let last = self.overlap(run.last).unwrap_or(run.last);
        let (renders, extension) = (self.worker.renders, plan.format.extension());
        let output = self.worker.confined.folder.join(format!("{renders}-{{pass}}.{{frame}}.{extension}"));
        Render {
            id: self.worker.renders,
            first: run.first,
            last,
            walk_in: plan.walk_in_at(run.first, walk_in),
            output: output.to_string_lossy().into_owned(),
            headers: FrameRange { last, ..run }.iter().filter_map(header).collect(),
            ahead: Some(AHEAD),
        }
    }

    /// Tells the host what to draw; false when work shall stop ahead of that. A host that does not even take the order is as silent
    /// as one that draws nothing.
    async fn order(&mut self, run: &Run) -> Result<bool, HostFailure> {
        let cancel = self.worker.cancel.clone();
        let Running { process, pace } = self.worker.running()?;
        let (order, patience) = (ToHost::Render(run.render.clone()), pace.patience());
        tokio::select! {
            biased;
            said = process.say(&order) => said.map(|()| true),
            () = pause(patience, &cancel) => {
                if cancel.is_cancelled() {
                    return Ok(false);
                }
                Err(process.silent(patience))
            }
        }
    }

    async fn converse(&mut self, run: &mut Run) -> Result<Ended, WorkerError> {
        match self.order(run).await {
            Ok(true) => {}
            Ok(false) => return Ok(Ended::Superseded),
            Err(failure) => return Ok(Ended::Badly(failure)),
        }
        loop {
            let message = match self.listen(run).await {
                Ok(Heard::Said(message)) => message,
                Ok(Heard::Superseded) => return Ok(Ended::Superseded),
                Err(failure) => return Ok(Ended::Badly(failure)),
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
                        return Ok(Ended::Badly(HostFailure::Protocol(said)));
                    }
                    self.deliver(run, &path).await?;
                }
                FromHost::Rendered { id } if id == run.render.id => {
                    if !run.cancelled && run.next <= run.render.last {
                        let said = "it ended the range too early".to_owned();
                        return Ok(Ended::Badly(HostFailure::Protocol(said)));
                    }
                    return Ok(Ended::Well);
                }
                FromHost::Progress { id, walk_in: true, .. } if id == run.render.id => self.walks(run),
                FromHost::Error { frame: Some(frame), message } => {
                    // An error at a walk-in frame keeps the next one from being drawn.
                    let frame = frame.max(run.next).min(run.render.last);
                    self.failed(run, frame, &message).await?;
                    // `rendered` follows; what is left is asked for again.
                    run.cancelled = true;
                }
                FromHost::Error { frame: None, message } => {
                    return Ok(Ended::Badly(HostFailure::Reported(message)));
                }
                _ => {}
            }
        }
    }

    /// The host begins another frame of the walk-in: others hear how far it is, and how fast.
    fn walks(&mut self, run: &mut Run) {
        if run.walked == 0 {
            run.walks_since = self.worker.clock.now();
        }
        let measured = (run.walked > 0).then(|| self.worker.since(run.walks_since) / f64::from(run.walked));
        let usual = self.worker.host.as_ref().and_then(|host| host.pace.typical());
        let ahead = run.render.walk_in.saturating_sub(run.walked);
        run.walked += 1;
        self.tell(ahead, measured.or(usual));
    }

    fn tell(&self, ahead: u32, seconds: Option<f64>) {
        if let (Some(heart), Some(seconds)) = (&self.heart, seconds) {
            heart.tell(HolderPace { ahead, frame_us: (seconds * 1e6) as u64 });
        }
    }

    /// The host's next message. Tells the host once to stop when work shall stop, and looks now and then whether somebody
    /// else has committed a frame that takes unusually long, or that is only drawn as help.
    async fn listen(&mut self, run: &mut Run) -> Result<Heard, HostFailure> {
        let pace = &self.worker.running()?.pace;
        let patience = pace.patience();
        let usual = pace.typical().map(|seconds| Duration::from_secs_f64(1.5 * seconds.clamp(0.0, 3600.0)));
        let every = self.worker.options.poll;
        let long = if self.heart.is_none() { every } else { every.max(usual.unwrap_or(every)) };
        let mut waited = Duration::ZERO;
        loop {
            if !run.cancelled && (self.should_stop() || self.ends_early(run)) {
                run.cancelled = true;
                self.worker.running()?.process.say(&ToHost::Cancel).await?;
            }
            let look = LOOK.min(patience.saturating_sub(waited)).max(Duration::from_millis(1));
            match self.worker.running()?.process.next(look).await {
                Err(HostFailure::Silent { log, .. }) => {
                    waited += look;
                    if waited >= patience {
                        return Err(HostFailure::Silent { seconds: waited.as_secs_f64(), log });
                    }
                }
                other => {
                    let message = other?;
                    // After any word the host may have gone on, and its next word may lie in the pipe already.
                    run.told = true;
                    return self.within_disk().map(|()| Heard::Said(message));
                }
            }
            let now = self.worker.clock.now();
            let passed = |since| Duration::from_nanos(u64::try_from(now.nanos_since(since)).unwrap_or(0));
            if passed(run.since) >= long && passed(run.looked) >= every {
                (run.looked, run.told) = (now, false);
                if let Err(too_much) = self.within_disk() {
                    run.told = self.worker.running()?.process.next(Duration::ZERO).await.is_ok();
                    return Err(too_much);
                }
                // Where more is to come, or the store does not answer, the frame is drawn to its end.
                let last = self.last(run);
                let is_the_last = run.next >= last && self.overlap(last) != Some(run.next);
                if is_the_last && self.worker.job.is_committed(run.next).await.unwrap_or(false) {
                    return Ok(Heard::Superseded);
                }
            }
        }
    }
}

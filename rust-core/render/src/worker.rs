//! A worker: leases ranges of a job, drives one host, checks each frame, commits it, and goes on until nothing is
//! left. Any number of them work on a job; one that dies costs the frame it was drawing. When no range is left it takes
//! over the far end of what others still have to do; and once every frame is there it judges the borders (see [`crate::mend`]).
//!
//! It stops, when asked to, after the frame in flight, and gives back what it did not do. It never reads a clock
//! of its own and never believes a host.

mod heart;
mod help;
mod next;
mod pace;
mod range;
mod scratch;
mod start;
pub mod tail;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::Cancel;
use cyclorama_time::{Clock, FrameNumber, StageTime};
use cyclorama_tracking::CameraPath;
use futures::future::{join, try_join3};
use serde::Serialize;
use tokio::task::JoinSet;

pub(crate) use heart::Heart;
pub use pace::Silence;

use self::help::Seen;
use self::next::Taken;
use self::range::{Ahead, RangeWork};
use self::scratch::Scratch;
use self::start::{Launching, Ready};
use crate::content::ContentName;
use crate::forecast::Hours;
use crate::host::{Confinement, HostCommand, HostFailure, HostUser, Process};
use crate::ledger::{Acquired, Job, JobState, LeaseName, LeaseWatch, LedgerError, Part};
use crate::mend::{Borders, Judge};
use crate::plan::{CAMERA, FrameRange, OCIO, SCENE, camera_from_json};

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// Its name in leases and records, for people: usually host name and process id.
    pub name: String,
    /// The host to start.
    pub host: HostCommand,
    /// Where its scratch folder is made; the folder is removed at the end.
    pub scratch: PathBuf,
    /// Without a heartbeat for this long a lease is taken over by others. Heartbeats come three times as often.
    pub lease: Duration,
    /// How long the host may be silent.
    pub silence: Silence,
    /// After this many failed attempts, by all workers together, a frame is given up. At least 1.
    pub attempts: u32,
    /// How often to look for work while others hold what is left.
    pub poll: Duration,
    /// Only ranges that lie within these frames are its business; none is all of the plan.
    pub only: Option<FrameRange>,
    /// Whether it takes over work of others when no range is left.
    pub help: bool,
    /// When it may work. Outside these hours it has no host, holds nothing, and waits.
    pub hours: Hours,
    /// How much its host may leave on this machine's disk at a time, bytes.
    pub disk: u64,
    /// Whom its host runs as, for a worker that is root.
    pub user: Option<HostUser>,
    /// Folders with the content that its host is told of, by name.
    pub content: BTreeMap<ContentName, PathBuf>,
}

impl WorkerOptions {
    /// The usual numbers: leases of 10 s, three attempts, a look every half second.
    pub fn new(name: impl Into<String>, host: HostCommand, scratch: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            host,
            scratch: scratch.into(),
            lease: Duration::from_secs(10),
            silence: Silence::default(),
            attempts: 3,
            poll: Duration::from_millis(500),
            only: None,
            help: true,
            hours: Hours::default(),
            disk: 32 << 30,
            user: None,
            content: BTreeMap::new(),
        }
    }
}

/// Where a worker's time went, seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spent {
    /// From one delivery of the host to the next, all together; it draws while what came before is checked and committed.
    pub drawing: f64,
    /// Reading and judging files.
    pub checking: f64,
    /// Storing pictures and their records.
    pub committing: f64,
    /// From the end of a run to the order for the next, when there was one to be had: leases and listings.
    pub scheduling: f64,
}

/// What a worker did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct WorkerReport {
    /// Frames it committed.
    pub committed: u64,
    /// Frames that somebody else had committed first; its own were dropped.
    pub late: u64,
    /// Frames it gave up.
    pub given_up: u64,
    /// Frames that failed their check, or that the host failed at.
    pub rejected: u64,
    /// Ranges it held, and parts of ranges.
    pub ranges: u64,
    /// Those among them that it split off from what others held.
    pub splits: u64,
    /// Frames it committed that another held, too slow.
    pub redrawn: u64,
    /// Leases that others took over from it.
    pub lost: u64,
    /// Times it started a host.
    pub host_starts: u64,
    /// It was asked to stop, or the job was cancelled.
    pub cancelled: bool,
    /// Where its time went.
    pub spent: Spent,
}

/// Why a worker cannot work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// The ledger failed for longer than is waited.
    #[error("the worker lost its ledger")]
    Ledger(#[from] LedgerError),
    /// The camera path of the job is damaged.
    #[error("the job's camera path cannot be used")]
    Camera(#[from] crate::plan::CameraFileError),
    /// The scratch folder cannot be used.
    #[error("the scratch folder `{}` cannot be used", path.display())]
    Scratch {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The host cannot be brought to draw anything.
    #[error("the host cannot be used")]
    Host(#[from] HostFailure),
}

impl Classify for WorkerError {
    fn kind(&self) -> Kind {
        match self {
            Self::Ledger(source) => source.kind(),
            Self::Camera(source) => source.kind(),
            Self::Scratch { .. } => Kind::Internal,
            Self::Host(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Ledger(source) => source.hint(),
            Self::Host(source) => source.hint(),
            Self::Scratch { .. } => Some("check that the folder can be written and has room".to_owned()),
            Self::Camera(_) => None,
        }
    }
}

/// Works on `job` until nothing is left to do, or `cancel` is set.
///
/// # Errors
/// [`WorkerError`] when it cannot go on; what it held expires and is done by others.
pub async fn run(
    job: Job,
    options: WorkerOptions,
    clock: Arc<dyn Clock>,
    cancel: Cancel,
) -> Result<WorkerReport, WorkerError> {
    let scratch = Scratch::new(&options.scratch)?;
    let folder = scratch.path().join("host");
    let confined = Confinement { folder, disk: options.disk, user: options.user.clone() };
    let unusable = |source| WorkerError::Scratch { path: confined.folder.clone(), source };
    confined.prepare().map_err(unusable)?;
    let scene = confined.folder.join(SCENE);
    // Beside the host's folder, which is emptied before each start.
    let ocio = job.plan().ocio.as_ref().map(|_| scratch.path().join(OCIO));
    // The host waits for all of it, so it is read at once.
    let files = async {
        write(&scene, job.input(SCENE).await?).await?;
        match &ocio {
            Some(ocio) => write(ocio, job.input(OCIO).await?).await,
            None => Ok(()),
        }
    };
    let mut launching = Launching::new();
    let listing = async {
        let state = job.state().await?;
        let stops = cancel.is_cancelled() || options.hours.closed_until(clock.utc()).is_some();
        let is_free = |part: &Part| !state.leases.contains(&part.name);
        if !stops && !state.cancelled && open_of(&job, &state, options.only).iter().any(is_free) {
            // It starts while what it will be told is read.
            start::launch(&mut launching, &options, &confined, ocio.as_deref());
        }
        Ok::<_, WorkerError>(state)
    };
    let (camera, (), state) = try_join3(camera_of(&job), files, listing).await?;
    let mut worker = Worker {
        watch: LeaseWatch::new(options.lease),
        job,
        options,
        clock,
        cancel,
        camera,
        _scratch: scratch,
        confined,
        scene,
        ocio,
        state,
        seen: Seen::default(),
        next: JoinSet::new(),
        launching,
        host: None,
        report: WorkerReport::default(),
        renders: 0,
        suspects: None,
        releasing: JoinSet::new(),
        free_since: None,
    };
    let result = worker.work().await;
    worker.launching.shutdown().await;
    if let Err(error) = worker.give_back_next().await {
        tracing::debug!(%error, "what was taken ahead expires");
    }
    // What is given back is free for others before we are gone.
    while worker.releasing.join_next().await.is_some() {}
    if let Some(host) = worker.host.take() {
        host.process.close().await;
    }
    result.map(|()| worker.report)
}

struct Worker {
    job: Job,
    options: WorkerOptions,
    clock: Arc<dyn Clock>,
    cancel: Cancel,
    camera: CameraPath,
    _scratch: Scratch,
    /// Where the host is, within the scratch folder.
    confined: Confinement,
    scene: PathBuf,
    /// The job's OCIO configuration, where it has one.
    ocio: Option<PathBuf>,
    watch: LeaseWatch,
    /// The job as it was listed last.
    state: JobState,
    seen: Seen,
    /// The next range, on its way.
    next: JoinSet<Taken>,
    /// A host on its way.
    launching: Launching,
    /// Started once and kept between ranges.
    host: Option<Running>,
    report: WorkerReport,
    renders: u64,
    /// At one of these frames a host left too much on the disk: each is drawn by itself.
    suspects: Option<FrameRange>,
    /// Leases on their way back; the next range need not wait for that.
    releasing: JoinSet<()>,
    /// Since when the host could have drawn more, as long as there is more.
    free_since: Option<StageTime>,
}

struct Running {
    process: Process,
    pace: pace::Pace,
}

/// What became of a look for work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Something was done, and the job was listed at its end.
    Worked,
    /// Something changed: look again at once.
    Again,
    /// There is nothing to be had now.
    Idle,
}

impl Worker {
    async fn work(&mut self) -> Result<(), WorkerError> {
        // It was listed just now.
        let mut turn = Turn::Worked;
        loop {
            if turn != Turn::Worked {
                self.job.refresh(&mut self.state).await?;
            }
            if self.cancel.is_cancelled() || self.state.cancelled {
                self.report.cancelled = true;
                return Ok(());
            }
            let open = self.open();
            if open.is_empty() {
                if !self.opens_again().await? {
                    return Ok(());
                }
                turn = Turn::Again;
                continue;
            }
            if self.is_closed() {
                self.give_back_next().await?;
                self.wait_for_hours().await;
                turn = Turn::Again;
                continue;
            }
            turn = self.work_on_one(open).await?;
            if turn == Turn::Idle {
                self.free_since = None;
                self.pause(self.options.poll.min(self.options.lease / 4)).await;
            }
        }
    }

    /// Nothing is left for it: somebody has to judge the job's borders, and there may be work again then. Who has only a part of the
    /// job as its business leaves that to others.
    async fn opens_again(&mut self) -> Result<bool, WorkerError> {
        if self.options.only.is_some() || !self.state.is_complete(self.job.plan()) {
            return Ok(false);
        }
        self.free_since = None;
        let WorkerOptions { name, lease, poll, .. } = &self.options;
        let judge =
            Judge { name, lease: *lease, poll: *poll, clock: self.clock.as_ref(), cancel: &self.cancel };
        match judge.judge(&self.job, &mut self.state).await {
            Ok(Borders::Stand) => {
                // Another worker is to judge them then.
                let stopped = self.cancel.is_cancelled();
                self.report.cancelled = stopped && self.job.is_unjudged(&self.state).await.unwrap_or(true);
                Ok(false)
            }
            Ok(Borders::Reopened { runs, walk_in }) => {
                tracing::info!(runs, walk_in, "runs that began with a seam are rendered again");
                Ok(true)
            }
            Err(error) => {
                tracing::warn!(%error, "the borders of the job are not judged");
                self.job.refresh(&mut self.state).await?;
                // Who waits for the job judges them, or says that they were not; but some frames may have been taken back.
                Ok(!self.state.is_settled_all(self.job.plan()))
            }
        }
    }

    /// Whether it is outside its hours.
    fn is_closed(&self) -> bool {
        self.options.hours.closed_until(self.clock.utc()).is_some()
    }

    /// Waits for its hours, a while at most: the job may end or be cancelled meanwhile.
    async fn wait_for_hours(&mut self) {
        /// So many looks at the clock for one at the ledger.
        const LOOKS: u32 = 60;
        self.free_since = None;
        if let Some(host) = self.host.take() {
            host.process.close().await;
        }
        if let Some(opens) = self.options.hours.closed_until(self.clock.utc()) {
            tracing::info!(worker = self.options.name, %opens, "it waits for its hours");
        }
        for _ in 0..LOOKS {
            if self.cancel.is_cancelled() || !self.is_closed() {
                return;
            }
            self.pause(self.options.poll).await;
        }
    }

    /// What is its business and misses frames.
    fn open(&self) -> Vec<Part> {
        open_of(&self.job, &self.state, self.options.only)
    }

    /// Takes a lease and works under it, or helps those who hold what is left.
    async fn work_on_one(&mut self, open: Vec<Part>) -> Result<Turn, WorkerError> {
        /// Leases of others are read to see whether they expired; so many at a time are enough for all workers together.
        const READ: usize = 16;
        if let Some(turn) = self.work_on_next().await? {
            return Ok(turn);
        }
        // What nobody has touched comes first. Workers begin at different places, so that they do not race.
        let (touched, mut order): (Vec<Part>, Vec<Part>) =
            open.into_iter().partition(|part| self.state.leases.contains(&part.name));
        if !order.is_empty() {
            // Nobody waits for a host that only starts: what it shall draw is taken when it can.
            if self.ready_at_last(self.job.plan().frames).await? != Ready::Ran {
                return Ok(Turn::Again);
            }
            let places = order.len().min(4);
            order.rotate_left(rand::random_range(0..places));
        }
        let mut read = touched.clone();
        if !read.is_empty() {
            read.rotate_left(rand::random_range(0..touched.len()));
        }
        order.extend(read.into_iter().take(READ));
        let mut done = Vec::new();
        for part in order {
            let now = self.clock.now();
            let (taken, ahead) = if self.state.leases.contains(&part.name) {
                (self.job.lease(part.name, &self.options.name, &mut self.watch, now).await?, None)
            } else {
                // What its first frame needs is read meanwhile. Where that fails it is read again once the lease is held,
                // so that the lease is given back.
                let taking = self.job.lease_new(part.name, &self.options.name);
                let (taken, ahead) = join(taking, Ahead::of(&self.job, part.frames.first)).await;
                (taken?, ahead.ok())
            };
            match taken {
                Acquired::Held(lease) => {
                    self.report.ranges += 1;
                    RangeWork::new(self, lease, part.frames, ahead).run().await?;
                    return Ok(Turn::Worked);
                }
                Acquired::Busy => {}
                Acquired::Done => done.push(part.name),
            }
            if self.cancel.is_cancelled() {
                return Ok(Turn::Again);
            }
        }
        if !done.is_empty() {
            return self.open_again(done).await;
        }
        self.help(touched).await
    }

    /// Leases that say they are done, of which the listing did not know it: it was too old, or somebody took frames back
    /// and was killed before the lease was opened again.
    async fn open_again(&mut self, done: Vec<LeaseName>) -> Result<Turn, WorkerError> {
        self.job.refresh(&mut self.state).await?;
        for name in done {
            let frames = self.state.part(self.job.plan(), name);
            if frames.is_some_and(|frames| !self.state.missing(frames).is_empty()) {
                self.job.reopen(name).await?;
            }
        }
        Ok(Turn::Worked)
    }

    /// Seconds since `from`.
    fn since(&self, from: StageTime) -> f64 {
        self.clock.now().nanos_since(from) as f64 * 1e-9
    }

    /// Waits, but not past a cancellation.
    async fn pause(&self, duration: Duration) {
        pause(duration, &self.cancel).await;
    }

    /// The host, which [`Worker::ready`] made sure of.
    fn running(&mut self) -> Result<&mut Running, HostFailure> {
        self.host.as_mut().ok_or_else(|| HostFailure::Reported("no host runs".to_owned()))
    }

    /// Notes a failed attempt; after enough of them the frame is given up.
    async fn failed(&mut self, frame: FrameNumber, reason: &str) -> Result<(), LedgerError> {
        tracing::warn!(worker = self.options.name, frame = frame.0, reason, "an attempt failed");
        self.report.rejected += 1;
        let name = self.options.name.clone();
        self.job.note(frame, &name, reason, self.clock.utc()).await?;
        let attempts = self.job.attempts(frame).await?.failed;
        if attempts >= self.options.attempts {
            self.job.give_up(frame, &name, attempts, reason).await?;
            self.report.given_up += 1;
        }
        Ok(())
    }
}

/// Waits, but not past a cancellation.
pub(crate) async fn pause(duration: Duration, cancel: &Cancel) {
    const STEP: Duration = Duration::from_millis(50);
    let mut left = duration;
    while !left.is_zero() && !cancel.is_cancelled() {
        let step = left.min(STEP);
        tokio::time::sleep(step).await;
        left -= step;
    }
}

/// The parts of ranges that miss frames by `state` and lie within `only`, where that is said.
fn open_of(job: &Job, state: &JobState, only: Option<FrameRange>) -> Vec<Part> {
    let plan = job.plan();
    let within = |only: FrameRange, part: &Part| {
        let range = plan.ranges.get(part.name.range as usize);
        range.is_some_and(|range| only.contains(range.first) && only.contains(range.last))
    };
    let ours = |part: &Part| only.is_none_or(|only| within(only, part));
    state.open(plan).into_iter().filter(ours).collect()
}

/// The camera path of a job; of a long take reading it takes a core a while.
async fn camera_of(job: &Job) -> Result<CameraPath, WorkerError> {
    let bytes = job.input(CAMERA).await?;
    match tokio::task::spawn_blocking(move || camera_from_json(&bytes)).await {
        Ok(camera) => Ok(camera?),
        Err(join) if join.is_panic() => std::panic::resume_unwind(join.into_panic()),
        // The runtime ends.
        Err(_) => Err(LedgerError::Input(CAMERA.to_owned()).into()),
    }
}

async fn write(path: &Path, bytes: Bytes) -> Result<(), WorkerError> {
    let failed = |source| WorkerError::Scratch { path: path.to_owned(), source };
    tokio::fs::write(path, bytes).await.map_err(failed)
}

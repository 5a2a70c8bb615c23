//! A worker: leases ranges of a job, drives one host, checks each frame, commits it, and goes on until nothing is
//! left. Any number of them work on a job; one that dies costs the frame it was drawing.
//!
//! It stops, when asked to, after the frame in flight, and gives back what it did not do. It never reads a clock
//! of its own and never believes a host.

mod heart;
mod pace;
mod range;
mod scratch;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::Cancel;
use cyclorama_time::{Clock, FrameNumber};
use cyclorama_tracking::CameraPath;
use serde::Serialize;

pub use pace::Silence;

use self::range::RangeWork;
use self::scratch::Scratch;
use crate::host::protocol::{FromHost, Open, ToHost};
use crate::host::{HostCommand, HostFailure, Process};
use crate::ledger::{Acquired, Job, JobState, LeaseWatch, LedgerError};
use crate::plan::{CAMERA, FrameRange, SCENE, camera_from_json};

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
        }
    }
}

/// What a worker did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WorkerReport {
    /// Frames it committed.
    pub committed: u64,
    /// Frames that somebody else had committed first; its own were dropped.
    pub late: u64,
    /// Frames it gave up.
    pub given_up: u64,
    /// Frames that failed their check, or that the host failed at.
    pub rejected: u64,
    /// Ranges it held.
    pub ranges: u64,
    /// Ranges that others took over from it.
    pub lost: u64,
    /// Times it started a host.
    pub host_starts: u64,
    /// It was asked to stop, or the job was cancelled.
    pub cancelled: bool,
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
    let camera = camera_from_json(&job.input(CAMERA).await?)?;
    let scene = scratch.path().join(SCENE);
    write(&scene, job.input(SCENE).await?).await?;
    let watch = LeaseWatch::new(options.lease);
    let report = WorkerReport::default();
    let mut worker =
        Worker { job, options, clock, cancel, camera, scratch, scene, watch, host: None, report, renders: 0 };
    let result = worker.work().await;
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
    scratch: Scratch,
    scene: PathBuf,
    watch: LeaseWatch,
    /// Started once and kept between ranges.
    host: Option<Running>,
    report: WorkerReport,
    renders: u64,
}

struct Running {
    process: Process,
    pace: pace::Pace,
}

impl Worker {
    async fn work(&mut self) -> Result<(), WorkerError> {
        let mut known = None;
        loop {
            let state = match known.take() {
                Some(state) => state,
                None => self.job.state().await?,
            };
            if self.cancel.is_cancelled() || state.cancelled {
                self.report.cancelled = true;
                return Ok(());
            }
            if self.open(&state).is_empty() {
                return Ok(());
            }
            known = self.work_on_one(state).await?;
            if known.is_none() {
                let poll = self.options.poll.min(self.options.lease / 4);
                self.pause(poll).await;
            }
        }
    }

    /// Ranges that are its business and miss frames.
    fn open(&self, state: &JobState) -> Vec<u32> {
        let ours = |range: &FrameRange| {
            self.options.only.is_none_or(|only| only.contains(range.first) && only.contains(range.last))
        };
        let ranges = (0_u32..).zip(&self.job.plan().ranges);
        let open = ranges.filter(|(_, range)| ours(range) && !state.missing(**range).is_empty());
        open.map(|(index, _)| index).collect()
    }

    /// Leases a range and works on it; the job as it was listed at the end of it, and `None` when there is no range to
    /// be had now.
    async fn work_on_one(&mut self, state: JobState) -> Result<Option<JobState>, WorkerError> {
        let open = self.open(&state);
        // Those nobody has touched come first. Workers begin at different places, so that they do not race.
        let (touched, mut order): (Vec<u32>, Vec<u32>) =
            open.into_iter().partition(|range| state.leased.contains(range));
        if !order.is_empty() {
            let places = order.len().min(4);
            order.rotate_left(rand::random_range(0..places));
        }
        order.extend(touched);
        for range in order {
            let now = self.clock.now();
            match self.job.lease(range, &self.options.name, &mut self.watch, now).await? {
                Acquired::Held(lease) => {
                    self.report.ranges += 1;
                    return RangeWork::new(self, lease, state).run().await.map(Some);
                }
                Acquired::Busy | Acquired::Done => {}
            }
            if self.cancel.is_cancelled() {
                break;
            }
        }
        Ok(None)
    }

    /// Waits, but not past a cancellation.
    async fn pause(&self, duration: Duration) {
        const STEP: Duration = Duration::from_millis(50);
        let mut left = duration;
        while !left.is_zero() && !self.cancel.is_cancelled() {
            let step = left.min(STEP);
            tokio::time::sleep(step).await;
            left -= step;
        }
    }

    /// The running host, started and given the scene if there is none.
    async fn host(&mut self) -> Result<&mut Running, HostFailure> {
        let running = match self.host.take() {
            Some(running) => running,
            None => self.start_host().await?,
        };
        Ok(self.host.insert(running))
    }

    async fn start_host(&mut self) -> Result<Running, HostFailure> {
        let patience = self.options.silence.start;
        self.report.host_starts += 1;
        let mut process = Process::start(&self.options.host, patience).await?;
        let plan = self.job.plan();
        let open = Open {
            scene: self.scene.clone(),
            width: plan.size.width,
            height: plan.size.height,
            samples: plan.samples,
            colour_space: plan.colour_space.clone(),
            history: plan.history,
        };
        process.say(&ToHost::Open(open)).await?;
        loop {
            match process.next(patience).await? {
                FromHost::Opened => break,
                FromHost::Error { message, .. } => return Err(HostFailure::Reported(message)),
                FromHost::Progress { .. } | FromHost::Unknown => {}
                other => return Err(HostFailure::Protocol(format!("no `opened` but {other:?}"))),
            }
        }
        tracing::info!(worker = self.options.name, host = process.software(), "the host is ready");
        Ok(Running { process, pace: pace::Pace::new(self.options.silence) })
    }

    /// Notes a failed attempt; after enough of them the frame is given up.
    async fn failed(&mut self, frame: FrameNumber, reason: &str) -> Result<(), LedgerError> {
        tracing::warn!(worker = self.options.name, frame = frame.0, reason, "an attempt failed");
        self.report.rejected += 1;
        let name = self.options.name.clone();
        self.job.note(frame, &name, reason, self.clock.utc()).await?;
        let attempts = self.job.attempts(frame).await?;
        if attempts >= self.options.attempts {
            self.job.give_up(frame, &name, attempts, reason).await?;
            self.report.given_up += 1;
        }
        Ok(())
    }
}

async fn write(path: &std::path::Path, bytes: Bytes) -> Result<(), WorkerError> {
    let failed = |source| WorkerError::Scratch { path: path.to_owned(), source };
    tokio::fs::write(path, bytes).await.map_err(failed)
}

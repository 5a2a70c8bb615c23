//! Workers keep to their hours: nothing is begun before them, and what is left when they end is given back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cyclorama_assets::MemoryStore;
use cyclorama_progress::Cancel;
use cyclorama_render::forecast::{Hours, OffPeak};
use cyclorama_render::host::{Channel, HostCommand};
use cyclorama_render::ledger::{Acquired, Job, LeaseName, LeaseWatch, Ledger};
use cyclorama_render::worker::{WorkerOptions, WorkerReport, run};
use cyclorama_testkit::jobs::small_plan;
use cyclorama_time::{Clock, StageTime, UtcTime, VirtualClock};
use tokio::task::JoinSet;

const HOUR: i64 = 3_600_000_000_000;

/// A clock that stands still, and counts who looks at it.
struct Watched {
    clock: VirtualClock,
    looks: AtomicU64,
}

impl Clock for Watched {
    fn now(&self) -> StageTime {
        self.clock.now()
    }

    fn utc(&self) -> UtcTime {
        self.looks.fetch_add(1, Ordering::AcqRel);
        self.clock.utc()
    }
}

/// A worker at a job of one range, half an hour after midnight.
struct Story {
    job: Job,
    clock: Arc<Watched>,
    working: JoinSet<WorkerReport>,
}

impl Story {
    async fn begin(frames: i64, hours: Hours) -> Self {
        let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
        let job = ledger.submit(&small_plan(frames, 240)).await.expect("submits");
        let host = HostCommand {
            program: env!("CARGO_BIN_EXE_fake-host").into(),
            arguments: ["--slow", "100"].map(Into::into).to_vec(),
            environment: Vec::new(),
            channel: Channel::Pipes,
        };
        let clock = VirtualClock::new(UtcTime::from_nanos(HOUR / 2));
        let clock = Arc::new(Watched { clock, looks: AtomicU64::new(0) });
        let (worked, at) = (job.clone(), Arc::clone(&clock));
        let mut working = JoinSet::new();
        working.spawn(async move {
            let scratch = tempfile::tempdir().expect("a folder");
            let poll = Duration::from_millis(20);
            let options = WorkerOptions { hours, poll, ..WorkerOptions::new("w", host, scratch.path()) };
            run(worked, options, at, Cancel::new()).await.expect("works")
        });
        Self { job, clock, working }
    }

    async fn end(mut self) -> WorkerReport {
        self.working.join_next().await.expect("one works").expect("ends")
    }

    async fn committed(&self) -> usize {
        self.job.state().await.expect("lists").committed.len()
    }

    /// Until the worker has looked at the clock so often again.
    async fn looked(&self, times: u64) {
        let until = self.clock.looks.load(Ordering::Acquire) + times;
        while self.clock.looks.load(Ordering::Acquire) < until {
            tokio::task::yield_now().await;
        }
    }

    /// Until the worker's range can be had by others.
    async fn given_back(&self) {
        loop {
            let mut watch = LeaseWatch::new(Duration::from_secs(1000));
            let now = self.clock.now();
            let taken = self.job.lease(LeaseName::from(0), "other", &mut watch, now).await;
            match taken.expect("the store works") {
                Acquired::Held(lease) => {
                    return self.job.release(lease, false).await.expect("the store works");
                }
                Acquired::Done => panic!("it was drawn to its end, long after its hours"),
                Acquired::Busy => tokio::task::yield_now().await,
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_begins_nothing_before_its_time() {
    let not_before = Some(UtcTime::from_nanos(9 * HOUR));
    let story = Story::begin(3, Hours { not_before, only: None }).await;
    story.looked(30).await;
    let state = story.job.state().await.expect("lists");
    assert!(state.leases.is_empty() && state.committed.is_empty(), "{state:?}");
    story.clock.clock.advance(9 * HOUR);
    let report = story.end().await;
    assert_eq!((report.committed, report.host_starts), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_gives_back_what_is_left_when_its_hours_end_and_goes_on_in_the_next() {
    let only = OffPeak::new("00:00", "01:00", "+00:00");
    let story = Story::begin(20, Hours { not_before: None, only }).await;
    while story.committed().await < 2 {
        tokio::task::yield_now().await;
    }
    story.clock.clock.advance(HOUR);
    story.given_back().await;
    let done = story.committed().await;
    assert!(done < 20, "{done} frames: it went on although its hours were over");
    story.looked(30).await;
    assert_eq!(story.committed().await, done, "nothing is drawn in between");
    story.clock.clock.advance(23 * HOUR);
    let report = story.end().await;
    assert_eq!((report.committed, report.host_starts, report.rejected), (20, 2, 0), "{report:?}");
}

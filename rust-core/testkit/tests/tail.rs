//! The end of a job: who has nothing left takes over the far end of what others do, and a slow one's last frame is drawn
//! twice so that it is there sooner.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cyclorama_assets::{Key, MemoryStore, Store};
use cyclorama_progress::{Cancel, Progress};
use cyclorama_render::host::{Channel, HostCommand};
use cyclorama_render::ledger::{Acquired, Job, LeaseName, LeaseWatch, Ledger};
use cyclorama_render::plan::Planned;
use cyclorama_render::verify::verify_job;
use cyclorama_render::worker::{WorkerOptions, WorkerReport, run};
use cyclorama_testkit::RuntimeClock;
use cyclorama_testkit::jobs::{small_plan, walked_plan};
use cyclorama_time::{Clock, FrameNumber};
use tokio::task::JoinSet;

fn host(arguments: &[&str]) -> HostCommand {
    HostCommand {
        program: env!("CARGO_BIN_EXE_fake-host").into(),
        arguments: arguments.iter().map(Into::into).collect(),
        environment: Vec::new(),
        channel: Channel::Pipes,
    }
}

async fn submit(planned: &Planned) -> Job {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    Ledger::create(store).await.expect("a ledger").submit(planned).await.expect("submits")
}

/// Workers side by side, each with the arguments of its host; the second begins when the first has committed a frame.
struct Fleet {
    job: Job,
    clock: Arc<dyn Clock>,
    scratch: tempfile::TempDir,
    working: JoinSet<(usize, WorkerReport)>,
}

impl Fleet {
    fn new(job: &Job) -> Self {
        let scratch = tempfile::tempdir().expect("a folder");
        Self { job: job.clone(), clock: Arc::new(RuntimeClock::new()), scratch, working: JoinSet::new() }
    }

    fn options(name: &str, arguments: &[&str], scratch: &Path) -> WorkerOptions {
        WorkerOptions {
            lease: Duration::from_millis(600),
            poll: Duration::from_millis(50),
            ..WorkerOptions::new(name, host(arguments), scratch)
        }
    }

    fn join(&mut self, arguments: &[&str]) {
        let number = self.working.len();
        let options = Self::options(&format!("w{number}"), arguments, self.scratch.path());
        let work = run(self.job.clone(), options, Arc::clone(&self.clock), Cancel::new());
        self.working.spawn(async move { (number, work.await.expect("works")) });
    }

    async fn committed(&self, frames: usize) {
        while self.job.state().await.expect("lists").committed.len() < frames {
            tokio::task::yield_now().await;
        }
    }

    /// What each did, and how many seconds all of it took from now.
    async fn end(self) -> (Vec<WorkerReport>, f64) {
        let began = self.clock.now();
        let mut reports = self.working.join_all().await;
        reports.sort_by_key(|(number, _)| *number);
        let took = self.clock.now().nanos_since(began) as f64 * 1e-9;
        (reports.into_iter().map(|(_, report)| report).collect(), took)
    }
}

async fn assert_each_frame_once(job: &Job, reports: &[WorkerReport]) {
    let verified = verify_job(job, &Progress::new(), &Cancel::new()).await.expect("reads");
    assert_eq!((verified.bad.len(), verified.good), (0, job.plan().frames.count()));
    let committed: u64 = reports.iter().map(|report| report.committed).sum();
    assert_eq!(committed, job.plan().frames.count(), "{reports:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_worker_takes_over_the_far_end_of_a_range() {
    let job = submit(&small_plan(40, 40)).await;
    let mut fleet = Fleet::new(&job);
    fleet.join(&["--slow", "100"]);
    fleet.committed(1).await;
    fleet.join(&["--slow", "100"]);
    let (reports, took) = fleet.end().await;
    assert_each_frame_once(&job, &reports).await;
    assert!(reports[1].splits >= 1 && reports[1].committed >= 10, "{reports:?}");
    assert!(took < 39.0 * 0.1, "half the time and not all of it: {took:.2} s");
    let rejected: u64 = reports.iter().map(|report| report.rejected).sum();
    assert_eq!(rejected, 0, "a host that was told to stop draws what it is asked for next: {reports:?}");
    let parts = job.state().await.expect("lists").leases;
    assert!(parts.iter().any(|name| name.from.is_some()), "{parts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_of_a_worker_that_never_comes_back_are_taken_in_parts_by_the_others() {
    let job = submit(&small_plan(30, 30)).await;
    // It holds all of the range and a part that it split off, and is dead.
    let mut watch = LeaseWatch::new(Duration::from_secs(1));
    let now = RuntimeClock::new().now();
    for name in [LeaseName::from(0), LeaseName { range: 0, from: Some(FrameNumber(20)) }] {
        let taken = job.lease(name, "dead", &mut watch, now).await.expect("the store works");
        assert!(matches!(taken, Acquired::Held(_)));
    }
    let mut fleet = Fleet::new(&job);
    fleet.join(&["--slow", "20"]);
    fleet.join(&["--slow", "20"]);
    let (reports, _) = fleet.end().await;
    assert_each_frame_once(&job, &reports).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_worker_left_once_comes_before_ranges_that_nobody_has_begun() {
    let job = submit(&small_plan(48, 6)).await;
    let mut watch = LeaseWatch::new(Duration::ZERO);
    let now = RuntimeClock::new().now();
    // Two ranges were given back by those who watched their workers die: one for the first time, one for the second.
    for (range, deaths) in [(3_u32, 1), (5, 2)] {
        for _ in 0..deaths {
            let taken = job.lease(range, "dead", &mut watch, now).await.expect("the store works");
            let Acquired::Held(lease) = taken else { panic!("free: {taken:?}") };
            job.release(lease, false).await.expect("the store works");
        }
    }
    let mut fleet = Fleet::new(&job);
    fleet.join(&[]);
    let (reports, _) = fleet.end().await;
    assert_each_frame_once(&job, &reports).await;
    let mut records = job.frames().await.expect("reads");
    records.sort_by_key(|record| record.committed);
    let mut order: Vec<u32> = records.iter().map(|record| record.range).collect();
    order.dedup();
    let place = |range| order.iter().position(|drawn| *drawn == range).expect("it was drawn");
    assert_eq!((place(3), place(5)), (1, 7), "{order:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_frame_a_host_hangs_at_is_drawn_by_another_before_the_silence_is_noticed() {
    let job = submit(&small_plan(12, 6)).await;
    let mut fleet = Fleet::new(&job);
    // Each of its hosts hangs; a host may be silent for five minutes before its first frames.
    fleet.join(&["--slow", "300", "5=hang", "11=hang"]);
    fleet.committed(1).await;
    fleet.join(&["--slow", "300"]);
    let (reports, took) = fleet.end().await;
    assert_each_frame_once(&job, &reports).await;
    assert!(reports[1].redrawn + reports[1].splits >= 1, "{reports:?}");
    assert!(took < 60.0, "{took:.1} s");
    assert_eq!(reports.iter().map(|report| report.rejected).sum::<u64>(), 0, "nobody's attempt failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helper_that_fails_at_a_frame_leaves_it_to_the_next_helper() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let ledger = Ledger::create(Arc::clone(&store)).await.expect("a ledger");
    let job = ledger.submit(&small_plan(6, 6)).await.expect("submits");
    let claim = Key::new(format!("jobs/{}/redraws/000005.json", job.plan().job)).expect("a key");
    let mut fleet = Fleet::new(&job);
    fleet.join(&["--slow", "200", "5=hang"]);
    fleet.committed(5).await;
    fleet.join(&["--slow", "100", "5=report"]);
    while store.head(&claim).await.is_err() {
        tokio::task::yield_now().await;
    }
    fleet.join(&["--slow", "100"]);
    let (reports, took) = fleet.end().await;
    assert_each_frame_once(&job, &reports).await;
    assert_eq!(reports[2].redrawn, 1, "{reports:?}");
    assert!(took < 60.0, "a host may be silent for five minutes before its first frames: {took:.1} s");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_is_a_border_and_its_walk_in_is_drawn() {
    // Frames are judged by what their records say: the run each was drawn in.
    let job = submit(&walked_plan(48, 48, 4)).await;
    let mut fleet = Fleet::new(&job);
    fleet.join(&["--slow", "50"]);
    fleet.committed(1).await;
    fleet.join(&["--slow", "50"]);
    let (reports, _) = fleet.end().await;
    assert_each_frame_once(&job, &reports).await;
    let records = job.frames().await.expect("reads");
    let began: Vec<_> =
        records.iter().filter(|record| record.frame.run == Some(record.frame.frame)).collect();
    assert!(began.len() >= 2, "the beginning, and a split");
    for record in began {
        // Four frames of walk-in stand before it in time.
        assert!(record.frame.render_seconds > 4.5 * 0.05, "{record:?}");
    }
    let verified = verify_job(&job, &Progress::new(), &Cancel::new()).await.expect("reads");
    assert!(!verified.seams.is_empty(), "what a split made is measured like a border of the plan");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_are_killed_while_they_split_lose_no_frame() {
    for seed in 0..3_u64 {
        let job = submit(&small_plan(60, 30)).await;
        let mut fleet = Fleet::new(&job);
        let mut doomed = JoinSet::new();
        for victim in 0..4_u64 {
            let options =
                Fleet::options(&format!("doomed-{victim}"), &["--slow", "15"], fleet.scratch.path());
            let work = run(job.clone(), options, Arc::clone(&fleet.clock), Cancel::new());
            let life = Duration::from_millis(150 + 97 * ((seed + victim) % 4));
            // A future that is dropped is a worker that is gone: nothing of it runs any more.
            doomed.spawn(async move { tokio::time::timeout(life, work).await.is_ok() });
        }
        doomed.join_all().await;
        fleet.join(&["--slow", "5"]);
        fleet.join(&["--slow", "5"]);
        let (_, took) = fleet.end().await;
        let verified = verify_job(&job, &Progress::new(), &Cancel::new()).await.expect("reads");
        assert_eq!((verified.bad.len(), verified.good), (0, 60), "seed {seed}");
        assert!(took < 30.0, "{took:.1} s");
    }
}

//! Forecasts against runs that were really executed, with a host that waits instead of drawing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cyclorama_assets::MemoryStore;
use cyclorama_progress::Cancel;
use cyclorama_render::forecast::{History, Work, forecast};
use cyclorama_render::host::{Channel, HostCommand};
use cyclorama_render::ledger::{Job, Ledger};
use cyclorama_render::worker::{WorkerOptions, run};
use cyclorama_testkit::{RuntimeClock, jobs::small_plan};
use cyclorama_time::Clock;
use tokio::task::JoinSet;

/// What a frame takes.
const FRAME_MS: &str = "150";
const WORKERS: u32 = 2;

/// Submits `frames` in ranges of `chunk` and works on them to the end; the seconds that took, and the job.
async fn execute(
    ledger: &Ledger,
    clock: &Arc<dyn Clock>,
    scratch: &Path,
    frames: i64,
    chunk: u32,
) -> (f64, Job) {
    let mut planned = small_plan(frames, chunk);
    planned.plan.created = clock.utc();
    let begun = clock.now();
    let job = ledger.submit(&planned).await.expect("submits");
    let worker = |name: String| {
        let host = HostCommand {
            program: env!("CARGO_BIN_EXE_fake-host").into(),
            arguments: ["--slow", FRAME_MS].map(Into::into).to_vec(),
            environment: Vec::new(),
            channel: Channel::Pipes,
        };
        let poll = Duration::from_millis(50);
        let options = WorkerOptions { poll, ..WorkerOptions::new(name, host, scratch) };
        run(job.clone(), options, Arc::clone(clock), Cancel::new())
    };
    let mut working: JoinSet<_> = (0..WORKERS).map(|index| worker(format!("w-{index}"))).collect();
    while let Some(worked) = working.join_next().await {
        worked.expect("no panic").expect("works");
    }
    (clock.now().nanos_since(begun) as f64 * 1e-9, job)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_from_a_few_waited_frames_is_within_15_percent_of_the_executed_run() {
    let scratch = tempfile::tempdir().expect("a folder");
    let clock: Arc<dyn Clock> = Arc::new(RuntimeClock::new());
    let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
    let (_, probe) = execute(&ledger, &clock, scratch.path(), 8, 2).await;
    let measured = History::of(&probe.frames().await.expect("reads"), probe.plan().created);
    assert_eq!((measured.frames.len(), measured.starts.len()), (8, 2), "{measured:?}");
    let work = Work { ranges: vec![5; 12], walk_in: 0, workers: WORKERS, start_seconds: None, speed: 1.0 };
    let told = forecast(&measured, &work, 1).expect("frames were measured");
    let (took, _) = execute(&ledger, &clock, scratch.path(), 60, 5).await;
    let off = told.seconds.likely / took - 1.0;
    println!(
        "forecast {:.2} s ({:.2} to {:.2}), executed {took:.2} s, off by {:+.1} %",
        told.seconds.likely,
        told.seconds.low,
        told.seconds.high,
        off * 100.0
    );
    assert!(off.abs() <= 0.15, "forecast {:?}, executed {took}", told.seconds);
}

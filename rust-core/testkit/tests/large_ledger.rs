//! A ledger of a hundred thousand frames stays cheap: what it costs to know its state, to follow it, and to work in it, in
//! requests and seconds, in a folder and on the test server.
//!
//! Plain runs take a fifth of it in the folder; `CYCLORAMA_LONG` asks for all.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cyclorama_assets::{FolderStore, Store};
use cyclorama_content::Digest;
use cyclorama_progress::Cancel;
use cyclorama_render::host::{Channel, HostCommand};
use cyclorama_render::ledger::{FrameRecord, Job, JobState, Ledger, RenderedFrame};
use cyclorama_render::worker::{WorkerOptions, run};
use cyclorama_testkit::counting::Counting;
use cyclorama_testkit::jobs::small_plan;
use cyclorama_testkit::s3_server::Modes;
use cyclorama_testkit::{RuntimeClock, S3Server};
use cyclorama_time::{Clock, FrameNumber, UtcTime};

const FRAMES: i64 = 100_000;
const CHUNK: u32 = 48;
/// What is left to do: the last range and a bit.
const OPEN: i64 = 60;

fn record(frame: i64) -> Vec<u8> {
    let digest = Digest::of(&frame.to_le_bytes());
    let frame = RenderedFrame {
        frame: FrameNumber(frame),
        pass: "beauty".to_owned(),
        blob: digest,
        bytes: 400,
        pixels: digest,
        luminance: Some(0.2),
        render_seconds: 1.5,
        run: None,
    };
    let record = FrameRecord {
        schema: "cyclorama.frame/1".to_owned(),
        frame,
        worker: "w".to_owned(),
        range: 0,
        epoch: 1,
        nonce: "0".to_owned(),
        committed: UtcTime::from_nanos(0),
    };
    serde_json::to_vec(&record).expect("JSON")
}

#[expect(clippy::disallowed_methods, reason = "the long tier asks by the environment")]
fn long() -> bool {
    std::env::var_os("CYCLORAMA_LONG").is_some()
}

/// A job of `frames`, of which all but the last are committed by `plant`.
async fn job(store: Arc<dyn Store>, frames: i64, plant: impl Fn(&str, Vec<u8>)) -> Job {
    let job = Ledger::create(store)
        .await
        .expect("a ledger")
        .submit(&small_plan(frames, CHUNK))
        .await
        .expect("submits");
    let home = format!("jobs/{}", job.plan().job);
    for frame in 0..frames - OPEN {
        plant(&format!("{home}/frames/{frame:06}.json"), record(frame));
    }
    let done = |range: usize| {
        format!(
            r#"{{"schema":"cyclorama.lease/1","range":{range},"worker":"w","epoch":1,"beat":1,"nonce":"n","state":"done"}}"#
        )
    };
    let settled = job.plan().ranges.iter().filter(|range| range.last.0 < frames - OPEN).count();
    for range in 0..settled {
        plant(&format!("{home}/leases/{range:05}"), done(range).into_bytes());
    }
    job
}

/// What something costs.
struct Cost {
    requests: u64,
    seconds: f64,
}

async fn cost(counting: &Counting, work: impl Future<Output = ()>) -> Cost {
    let (before, clock) = (counting.requests(), RuntimeClock::new());
    work.await;
    Cost { requests: counting.requests() - before, seconds: clock.now().nanos() as f64 * 1e-9 }
}

fn rendered(frame: i64, picture: &Bytes) -> RenderedFrame {
    let blob = Digest::of(picture);
    RenderedFrame {
        frame: FrameNumber(frame),
        pass: "beauty".to_owned(),
        blob,
        bytes: picture.len() as u64,
        pixels: blob,
        luminance: None,
        render_seconds: 1.0,
        run: None,
    }
}

#[expect(clippy::print_stdout, reason = "figures for whoever asks by --no-capture")]
async fn measure(what: &str, counting: &Counting, job: &Job, frames: i64) {
    let mut state = JobState::default();
    let whole = cost(counting, async { job.refresh(&mut state).await.expect("lists") }).await;
    assert_eq!(state.committed.len() as i64, frames - OPEN);
    job.pack(&mut state, job.plan().frames).await.expect("packs");
    let mut packed = JobState::default();
    let begun = cost(counting, async { job.refresh(&mut packed).await.expect("lists") }).await;
    assert_eq!(packed.committed, state.committed);
    let again = cost(counting, async { job.refresh(&mut state).await.expect("lists") }).await;
    let picture = Bytes::from(vec![7; 400]);
    let commit = cost(counting, async {
        let rendered = rendered(frames - OPEN, &picture);
        job.commit((2082, 1), "w", rendered, picture.clone(), UtcTime::from_nanos(0)).await.expect("commits");
    })
    .await;
    let status =
        cost(counting, async { drop(job.status_of(&state, UtcTime::from_nanos(0)).await.expect("reads")) })
            .await;
    let scratch = tempfile::tempdir().expect("a folder");
    let worker = cost(counting, async {
        let program = env!("CARGO_BIN_EXE_fake-host").into();
        let host =
            HostCommand { program, arguments: Vec::new(), environment: Vec::new(), channel: Channel::Pipes };
        let options = WorkerOptions {
            lease: Duration::from_secs(600),
            ..WorkerOptions::new("w", host, scratch.path())
        };
        let working = run(job.clone(), options, Arc::new(RuntimeClock::new()), Cancel::new());
        let report = Box::pin(working).await.expect("works");
        assert_eq!(report.committed as i64, OPEN - 1, "{report:?}");
    })
    .await;
    job.refresh(&mut state).await.expect("lists");
    assert!(state.is_complete(job.plan()));
    println!("{what}, {frames} frames:");
    let told = [
        ("listed whole", &whole),
        ("listed by packs", &begun),
        ("listed again", &again),
        ("a commit", &commit),
        ("its status", &status),
    ];
    for (name, cost) in told {
        println!("  {name}: {} requests, {:.1} ms", cost.requests, cost.seconds * 1e3);
    }
    println!(
        "  a worker from start to end, {} frames: {} requests, {:.2} s",
        OPEN - 1,
        worker.requests,
        worker.seconds
    );
    let pages = frames as u64 / 1000;
    assert!(whole.requests <= pages + 30, "{} requests", whole.requests);
    assert!(begun.requests <= 10, "{} requests", begun.requests);
    assert!(again.requests <= 8, "{} requests", again.requests);
    assert_eq!(commit.requests, 2, "the picture and the record");
    assert!(status.requests <= 20, "{} requests", status.requests);
    // It believes the packs; then two writes a frame, and some thirty for two ranges.
    assert!(worker.requests <= 20 + 2 * OPEN as u64 + 60, "{} requests", worker.requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_frames_on_the_test_server() {
    let server = S3Server::new(Arc::new(RuntimeClock::new()), Modes::default());
    let counting = Counting::new(Arc::new(server.store().await));
    let job = job(Arc::new(counting.clone()), FRAMES, |key, bytes| server.plant(key, bytes.into())).await;
    measure("test server", &counting, &job, FRAMES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_thousand_frames_in_a_folder() {
    let frames = if long() { FRAMES } else { FRAMES / 5 };
    let home = tempfile::tempdir().expect("a folder");
    let counting = Counting::new(Arc::new(FolderStore::new(home.path())));
    let plant = |key: &str, bytes: Vec<u8>| {
        let path = home.path().join(key);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
        std::fs::write(path, bytes).expect("writes");
    };
    let job = job(Arc::new(counting.clone()), frames, plant).await;
    measure("folder", &counting, &job, frames).await;
}

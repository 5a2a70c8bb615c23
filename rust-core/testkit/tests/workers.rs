//! Workers against a host and a store that fail in every way there is a name for.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cyclorama_assets::{FolderStore, MemoryStore, Store};
use cyclorama_progress::{Cancel, Progress};
use cyclorama_render::engine::{collect, local};
use cyclorama_render::frame::{PngDepth, decode_exr, decode_png_picture, open_exr};
use cyclorama_render::host::{Channel, HostCommand, HostFailure};
use cyclorama_render::ledger::{AttemptNote, Job, LeaseWatch, Ledger};
use cyclorama_render::verify::verify_job;
use cyclorama_render::worker::{Silence, WorkerError, WorkerOptions, WorkerReport, run};
use cyclorama_testkit::fake_host::Mode;
use cyclorama_testkit::{
    FaultStore, Faults, RuntimeClock,
    jobs::{deep_plan, png_plan, small_plan, walked_plan},
};
use cyclorama_time::{Clock, FrameNumber};

fn host(arguments: &[&str]) -> HostCommand {
    HostCommand {
        program: env!("CARGO_BIN_EXE_fake-host").into(),
        arguments: arguments.iter().map(Into::into).collect(),
        environment: Vec::new(),
        channel: Channel::Pipes,
    }
}

fn options(name: &str, host: HostCommand, scratch: &Path) -> WorkerOptions {
    let seconds = Duration::from_secs;
    WorkerOptions {
        lease: seconds(1),
        poll: Duration::from_millis(50),
        silence: Silence { start: seconds(2), least: Duration::from_millis(500), factor: 10.0 },
        disk: 1 << 20,
        ..WorkerOptions::new(name, host, scratch)
    }
}

async fn submit(store: Arc<dyn Store>, frames: i64, chunk: u32) -> Job {
    Ledger::create(store).await.expect("a ledger").submit(&small_plan(frames, chunk)).await.expect("submits")
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(RuntimeClock::new())
}

async fn work(job: &Job, host: HostCommand) -> Result<WorkerReport, WorkerError> {
    let scratch = tempfile::tempdir().expect("a folder");
    let report = run(job.clone(), options("w", host, scratch.path()), clock(), Cancel::new()).await;
    assert_eq!(std::fs::read_dir(scratch.path()).expect("lists").count(), 0, "the scratch folder is gone");
    report
}

async fn assert_all_good(job: &Job) {
    let report = verify_job(job, &Progress::new(), &Cancel::new()).await.expect("reads");
    assert_eq!(report.bad, [], "every frame is there and right");
    assert_eq!(report.good, job.plan().frames.count());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_renders_a_job_with_one_host_and_leaves_nothing_behind() {
    let job = submit(Arc::new(MemoryStore::new()), 20, 7).await;
    let report = work(&job, host(&[])).await.expect("works");
    let spent = report.spent;
    let expected =
        WorkerReport { committed: 20, ranges: 3, host_starts: 1, spent, ..WorkerReport::default() };
    assert_eq!(report, expected);
    assert!(spent.checking > 0.0 && spent.committing > 0.0 && spent.scheduling > 0.0, "{spent:?}");
    assert_all_good(&job).await;
    let again = work(&job, host(&[])).await.expect("nothing to do");
    assert_eq!(again, WorkerReport::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_whose_standard_output_is_a_log_speaks_over_a_connection_of_its_own() {
    let job = submit(Arc::new(MemoryStore::new()), 20, 7).await;
    let by_socket = |arguments: &[&str]| HostCommand { channel: Channel::Socket, ..host(arguments) };
    let report = work(&job, by_socket(&["3=report"])).await.expect("works");
    assert_eq!((report.committed, report.host_starts, report.given_up), (19, 1, 1));
    // One that ends before it ever knocked is not waited for.
    let failed = work(&job, HostCommand { program: "/bin/false".into(), ..by_socket(&[]) }).await;
    assert!(failed.is_ok(), "the job has settled: {failed:?}");
    job.retry().await.expect("reopens");
    let failed = work(&job, HostCommand { program: "/bin/false".into(), ..by_socket(&[]) }).await;
    let failed = failed.expect_err("there is no host");
    assert!(matches!(failed, WorkerError::Host(HostFailure::Ended { .. })), "{failed:?}");
    work(&job, by_socket(&[])).await.expect("works");
    assert_all_good(&job).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_a_host_can_fail_is_caught_and_the_frame_rendered_again() {
    let marks = tempfile::tempdir().expect("a folder");
    // One that uses too much disk is ended with whatever it had drawn ahead; it has a test of its own.
    // So have those of passes, which this job has none of, and of formats.
    let elsewhere = |mode: &Mode| {
        matches!(mode, Mode::Fill | Mode::Flood | Mode::NoPass | Mode::NanDepth | Mode::OtherFormat)
    };
    let modes = Mode::ALL.into_iter().filter(|mode| !elsewhere(mode));
    let faults: Vec<String> =
        modes.enumerate().map(|(i, mode)| format!("{}={}", 2 * i + 1, mode.name())).collect();
    let mut arguments = vec!["--once", marks.path().to_str().expect("text")];
    arguments.extend(faults.iter().map(String::as_str));
    let job = submit(Arc::new(MemoryStore::new()), 22, 11).await;
    let report = work(&job, host(&arguments)).await.expect("works");
    assert_eq!((report.committed, report.rejected, report.given_up), (22, 10, 0));
    assert_eq!(report.host_starts, 3, "the crash and the hang need a new host each");
    assert_all_good(&job).await;
    let notes: BTreeMap<i64, String> =
        job.notes().await.expect("reads").into_iter().map(|note| (note.frame.0, note.reason)).collect();
    let reasons = [
        (1, "42"),
        (3, "silent"),
        (5, "not a complete frame"),
        (7, "header says frame 8"),
        (9, "not a number"),
        (11, "black"),
        (13, "frame 12"),
        (15, "17x9"),
        (17, "cannot be read"),
        (19, "out of paint"),
    ];
    for (frame, reason) in reasons {
        assert!(notes[&frame].contains(reason), "frame {frame}: {}", notes[&frame]);
    }
}

async fn submit_deep(frames: i64, passes: &str) -> Job {
    let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
    let planned = deep_plan(frames, 11, passes.parse().expect("passes"));
    ledger.submit(&planned).await.expect("submits")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_is_missing_and_a_depth_that_is_no_number_are_caught_and_the_frame_rendered_again() {
    let marks = tempfile::tempdir().expect("a folder");
    let once = ["--once", marks.path().to_str().expect("text"), "1=no-pass", "3=nan-depth"];
    let job = submit_deep(6, "beauty,depth,normal,matte").await;
    let report = work(&job, host(&once)).await.expect("works");
    assert_eq!((report.committed, report.rejected, report.given_up, report.host_starts), (6, 2, 0, 1));
    assert_all_good(&job).await;
    let reasons: BTreeMap<i64, String> =
        job.notes().await.expect("reads").into_iter().map(|note| (note.frame.0, note.reason)).collect();
    let wanted = [
        (1, "the pass depth is missing: the file has no channel Z"),
        (3, "channel Z is not a number at column 4, row 1"),
    ];
    assert_eq!(reasons, wanted.map(|(frame, reason)| (frame, reason.to_owned())).into());
    let record = job.frame(FrameNumber(3)).await.expect("reads").expect("it was committed");
    let file = open_exr(&job.picture(&record.frame).await.expect("reads")).expect("a frame");
    let names: Vec<_> = file.others.iter().map(cyclorama_render::frame::Channel::name).collect();
    assert_eq!(names, ["N.X", "N.Y", "N.Z", "Z", "matte.R"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_draws_no_such_pass_is_told_of_before_any_frame_is_drawn() {
    let job = submit_deep(6, "beauty,depth").await;
    let failed = work(&job, host(&["--beauty"])).await.expect_err("it draws no depth");
    assert!(matches!(&failed, WorkerError::Host(HostFailure::Reported(_))), "{failed:?}");
    let reason = std::error::Error::source(&failed).map_or_else(|| failed.to_string(), ToString::to_string);
    assert!(reason.contains("does not draw the pass depth; it draws beauty"), "{reason}");
    assert_eq!(job.notes().await.expect("reads").len(), 0, "no frame is blamed");
    // The same host does what it can.
    let job = submit_deep(6, "beauty").await;
    assert_eq!(work(&job, host(&["--beauty"])).await.expect("works").committed, 6);
}

async fn submit_pngs(frames: i64) -> Job {
    let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
    ledger.submit(&png_plan(frames, 11)).await.expect("submits")
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_pngs_of_every_kind_are_caught_and_the_frames_rendered_again() {
    let marks = tempfile::tempdir().expect("a folder");
    let bad = [
        (1, Mode::Truncate, "the file is not a complete frame: read the picture as PNG"),
        (3, Mode::Black, "all pixels are black"),
        (5, Mode::WrongNumber, "the header says frame 6"),
        (7, Mode::WrongSize, "the picture is 17x9 instead of 16x9"),
        (9, Mode::Duplicate, "the pixels are those of frame 8, though the camera moved"),
        (11, Mode::OtherFormat, "the file is OpenEXR instead of PNG"),
    ];
    let faults = bad.map(|(frame, mode, _)| format!("{frame}={}", mode.name()));
    let once = ["--once", marks.path().to_str().expect("text")];
    let words: Vec<&str> = once.into_iter().chain(faults.iter().map(String::as_str)).collect();
    let job = submit_pngs(13).await;
    let report = work(&job, host(&words)).await.expect("works");
    assert_eq!((report.committed, report.rejected, report.given_up, report.host_starts), (13, 6, 0, 1));
    assert_all_good(&job).await;
    let reasons: BTreeMap<i64, String> =
        job.notes().await.expect("reads").into_iter().map(|note| (note.frame.0, note.reason)).collect();
    for (frame, _, reason) in bad {
        assert!(reasons[&frame].starts_with(reason), "frame {frame}: {}", reasons[&frame]);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let collected = collect::sequence(&job, folder.path(), &Progress::new(), &Cancel::new()).await;
    let files = collected.expect("copies").files;
    assert_eq!(files[12].file_name().and_then(|name| name.to_str()), Some("small.000012.png"));
    let picture = decode_png_picture(&std::fs::read(&files[12]).expect("reads")).expect("a PNG");
    assert_eq!(picture.depth, PngDepth::Eight, "what the host wrote is kept as it is");
}

/// Speaks the protocol of before passes and PNG frames: it passes over what it does not know.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_host_of_before_passes_and_pngs_is_not_asked_for_frames_that_it_would_draw_in_vain() {
    let script = r#"echo '{"type":"hello","protocol":1,"software":"old 1"}'
        while read -r line; do
            case "$line" in
                *'"open"'*) echo '{"type":"opened"}' ;;
                *'"render"'*) exit 9 ;;
            esac
        done"#;
    let old =
        HostCommand { program: "/bin/sh".into(), arguments: vec!["-c".into(), script.into()], ..host(&[]) };
    for (job, said) in [
        (submit_deep(6, "beauty,depth").await, "does not say that it draws the pass depth"),
        (submit_pngs(6).await, "does not say that it writes PNG frames"),
    ] {
        let failed = work(&job, old.clone()).await.expect_err("it says nothing of that");
        assert!(matches!(&failed, WorkerError::Host(HostFailure::Reported(_))), "{failed:?}");
        let reason =
            std::error::Error::source(&failed).map_or_else(|| failed.to_string(), ToString::to_string);
        assert!(reason.contains(said), "{reason}");
        assert_eq!(job.notes().await.expect("reads").len(), 0, "no frame is blamed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_uses_too_much_disk_once_is_ended_and_no_other_frame_is_blamed() {
    for mode in [Mode::Fill, Mode::Flood] {
        let marks = tempfile::tempdir().expect("a folder");
        let fault = format!("2={}", mode.name());
        let job = submit(Arc::new(MemoryStore::new()), 6, 6).await;
        let arguments = ["--once", marks.path().to_str().expect("text"), &fault];
        let report = work(&job, host(&arguments)).await.expect("works");
        assert_eq!((report.committed, report.given_up, report.host_starts), (6, 0, 2), "{}", mode.name());
        assert_all_good(&job).await;
        let notes = job.notes().await.expect("reads");
        // It draws ahead: what it leaves is found when it tells of any frame up to that one, and it does so only once. One file that
        // is too large may end it by the system's own doing, which is never ahead.
        let by_the_system = |note: &AttemptNote| note.frame.0 == 2 && note.reason.contains(TOO_LARGE);
        assert!(notes.is_empty() || mode == Mode::Flood && notes.iter().all(by_the_system), "{notes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_frame_that_fills_the_disk_is_found_though_its_host_draws_ahead() {
    for mode in [Mode::Fill, Mode::Flood] {
        let job = submit(Arc::new(MemoryStore::new()), 6, 6).await;
        let report = work(&job, host(&[&format!("2={}", mode.name())])).await.expect("works");
        let counts = (report.committed, report.given_up, report.rejected);
        assert_eq!(counts, (5, 1, 3), "{}", mode.name());
        let noted: Vec<i64> = job.notes().await.expect("reads").iter().map(|note| note.frame.0).collect();
        assert_eq!(noted, [2, 2, 2], "{}", mode.name());
        let set_aside: Vec<i64> =
            job.failures().await.expect("reads").iter().map(|failure| failure.frame.0).collect();
        assert_eq!(set_aside, [2]);
    }
}

/// What the system's own end of a host is told as.
const TOO_LARGE: &str = "a file of its grew larger than the setting render.host-disk allows";

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_at_which_hosts_always_use_too_much_disk_is_set_aside_and_the_rest_goes_on() {
    for mode in [Mode::Fill, Mode::Flood] {
        // A frame a range: a host that draws ahead is found out at the frame before.
        let job = submit(Arc::new(MemoryStore::new()), 6, 1).await;
        // That nothing of it is left on the disk, the helper looks.
        let report = work(&job, host(&[&format!("2={}", mode.name())])).await.expect("works");
        let counts = (report.committed, report.given_up, report.rejected);
        assert_eq!(counts, (5, 1, 3), "{}", mode.name());
        assert!((3..=4).contains(&report.host_starts), "each was ended: {report:?}");
        let failures = job.failures().await.expect("reads");
        let [failure] = &failures[..] else { panic!("one frame: {failures:?}") };
        assert_eq!((failure.frame.0, failure.attempts), (2, 3));
        let reason = &failure.reason;
        let found = reason.contains("bytes in its folder, where it may use 1048576");
        assert!(found || mode == Mode::Flood && reason.contains(TOO_LARGE), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_faster_than_its_ledger_waits_and_fills_no_disk() {
    let (truth, home) = (Arc::new(MemoryStore::new()), tempfile::tempdir().expect("a folder"));
    let planned = submit(Arc::clone(&truth) as Arc<dyn Store>, 90, 90).await;
    let slow = Faults { slow: 1.0, longest_wait: Duration::from_millis(20), ..Faults::default() };
    let store: Arc<dyn Store> = Arc::new(FaultStore::new(truth, slow, 1));
    let job = Ledger::open(store).await.expect("opens").job(None).await.expect("a job");
    let crowd = home.path().join("crowd");
    let report = work(&job, host(&["--crowd", crowd.to_str().expect("text")])).await.expect("works");
    assert_eq!((report.committed, report.host_starts, report.rejected), (90, 1, 0), "{report:?}");
    assert_all_good(&planned).await;
    let counted = std::fs::read_to_string(&crowd).expect("it counted");
    let most = counted.lines().map(|count| count.parse::<u32>().expect("a number")).max();
    // The file of the frame that is being committed is taken from there already.
    assert!(matches!(most, Some(7 | 8)), "it draws ahead, and so far only: {counted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_always_fails_is_given_up_with_its_reason_and_the_rest_goes_on() {
    let job = submit(Arc::new(MemoryStore::new()), 10, 5).await;
    let report = work(&job, host(&["3=crash", "8=black"])).await.expect("works");
    assert_eq!((report.committed, report.given_up, report.rejected), (8, 2, 6));
    let failures = job.failures().await.expect("reads");
    assert_eq!(failures.iter().map(|f| (f.frame.0, f.attempts)).collect::<Vec<_>>(), [(3, 3), (8, 3)]);
    assert!(failures[1].reason.contains("black"));
    let report = verify_job(&job, &Progress::new(), &Cancel::new()).await.expect("reads");
    assert_eq!(report.bad.iter().map(|bad| bad.frame.0).collect::<Vec<_>>(), [3, 8]);
    assert!(report.into_result().is_err());
    job.retry().await.expect("reopens");
    work(&job, host(&[])).await.expect("works");
    assert_all_good(&job).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_not_there_is_named() {
    let job = submit(Arc::new(MemoryStore::new()), 2, 2).await;
    let nowhere = HostCommand { program: "/nowhere/host".into(), ..host(&[]) };
    let error = work(&job, nowhere).await.expect_err("nothing to start");
    assert!(matches!(error, WorkerError::Host(HostFailure::Start { .. })), "{error:?}");
    let talker = HostCommand { program: "/bin/echo".into(), arguments: vec!["hello".into()], ..host(&[]) };
    if Path::new("/bin/echo").exists() {
        let error = work(&job, talker).await.expect_err("no host");
        assert!(matches!(error, WorkerError::Host(HostFailure::Protocol(_))), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_over_a_failing_store_commit_each_frame_once() {
    for seed in 0..4 {
        let truth: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let job = submit(Arc::clone(&truth), 40, 8).await;
        let mut tasks = tokio::task::JoinSet::new();
        let scratch = tempfile::tempdir().expect("a folder");
        for worker in 0..3u64 {
            let faults = Faults {
                unreachable: 0.04,
                lost_answer: 0.08,
                false_refusal: 0.05,
                slow: 0.1,
                longest_wait: Duration::from_millis(20),
            };
            let store = FaultStore::new(Arc::clone(&truth), faults, 10 * seed + worker);
            let job = Ledger::open(Arc::new(store)).await.expect("opens").job(None).await.expect("a job");
            let options = options(&format!("w{worker}"), host(&[]), scratch.path());
            tasks.spawn(run(job, options, clock(), Cancel::new()));
        }
        let reports: Vec<WorkerReport> =
            tasks.join_all().await.into_iter().collect::<Result<_, _>>().expect("work");
        let committed: u64 = reports.iter().map(|report| report.committed).sum();
        assert_eq!(committed, 40, "seed {seed}: {reports:?}");
        assert_all_good(&job).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_asked_to_stop_finishes_the_frame_in_flight_and_gives_the_rest_back() {
    let job = submit(Arc::new(MemoryStore::new()), 30, 30).await;
    let (scratch, cancel) = (tempfile::tempdir().expect("a folder"), Cancel::new());
    let options = options("w", host(&["--slow", "60"]), scratch.path());
    let mut working = tokio::task::JoinSet::new();
    working.spawn(run(job.clone(), options, clock(), cancel.clone()));
    while job.state().await.expect("lists").committed.is_empty() {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    let report = working.join_next().await.expect("one").expect("no panic").expect("works");
    assert!(report.cancelled && report.committed < 30, "{report:?}");
    assert_eq!(report.rejected, 0, "stopping is no failure");
    let mut watch = LeaseWatch::new(Duration::from_secs(100));
    let lease = job.lease(0_u32, "next", &mut watch, clock().now()).await.expect("the store works");
    assert!(matches!(lease, cyclorama_render::ledger::Acquired::Held(_)), "free at once: {lease:?}");
}

fn engine(ledger: &Path, host_arguments: &[&str]) -> local::LocalOptions {
    let mut command: Vec<OsString> = vec![env!("CARGO_BIN_EXE_fake-worker").into(), ledger.into()];
    command.push(env!("CARGO_BIN_EXE_fake-host").into());
    command.extend(host_arguments.iter().map(Into::into));
    let (grace, lease) = (Duration::from_secs(10), Duration::from_secs(10));
    local::LocalOptions { workers: 2, command, machine: "fake".to_owned(), grace, lease }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_local_engine_replaces_a_killed_worker_and_every_frame_is_there_once() {
    let home = tempfile::tempdir().expect("a folder");
    let job = submit(Arc::new(FolderStore::new(home.path())), 60, 6).await;
    let (mut pids, mut killed, mut died) = (Vec::new(), None, 0);
    let mut on_event = |event| match event {
        local::Event::Started { pid, .. } => pids.push(pid),
        local::Event::Committed { done, .. } if done >= 10 && killed.is_none() => {
            let victim = pids[0].to_string();
            let sent = std::process::Command::new("kill").args(["-9", &victim]).status();
            assert!(sent.expect("kill runs").success());
            killed = Some(pids[0]);
        }
        local::Event::Died { .. } => died += 1,
        _ => {}
    };
    let options = engine(home.path(), &["--slow", "20"]);
    let report = local::run(&job, &options, &clock(), &Progress::new(), &Cancel::new(), &mut on_event)
        .await
        .expect("the job ends");
    assert_eq!((report.committed, report.failed, report.deaths), (60, 0, 1));
    assert_eq!((pids.len(), died), (3, 1), "two workers and one in place of the dead one");
    assert_all_good(&job).await;
    let out = home.path().join("out");
    let collected = collect::sequence(&job, &out, &Progress::new(), &Cancel::new()).await.expect("collects");
    assert_eq!((collected.files.len(), collected.missing), (60, 0));
    assert_eq!(std::fs::read_dir(&out).expect("lists").count(), 60, "nothing but the sequence");
    let last = cyclorama_render::frame::read_exr(&collected.files[59]).expect("a frame");
    assert_eq!(last.1.frame, FrameNumber(59));
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_start_before_their_job_is_written_wait_for_it() {
    let home = tempfile::tempdir().expect("a folder");
    let (options, clock) = (engine(home.path(), &[]), clock());
    // One that looked at once would find no ledger, and die.
    let early = local::Early::start(&options, &clock).expect("they start");
    let job = submit(Arc::new(FolderStore::new(home.path())), 20, 5).await;
    let (progress, cancel) = (Progress::new(), Cancel::new());
    let mut nobody = |_: local::Event| {};
    let report = local::run_and_mend(&job, &options, early, &clock, &progress, &cancel, &mut nobody);
    let report = report.await.expect("the job ends");
    assert_eq!((report.committed, report.failed, report.deaths), (20, 0, 0));
    assert_all_good(&job).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_always_die_end_the_engine_with_their_last_words() {
    let home = tempfile::tempdir().expect("a folder");
    let job = submit(Arc::new(FolderStore::new(home.path())), 4, 2).await;
    let options = engine(home.path(), &["--no-such-flag"]);
    let result = local::run(&job, &options, &clock(), &Progress::new(), &Cancel::new(), &mut |_| {}).await;
    let error = result.expect_err("it cannot work");
    assert!(error.to_string().contains("--no-such-flag"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_before_a_border_draws_the_frame_behind_it_and_commits_it_not() {
    let planned = walked_plan(12, 4, 2);
    let job = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
    let job = job.submit(&planned).await.expect("submits");
    let report = work(&job, host(&[])).await.expect("works");
    assert_eq!((report.committed, report.late, report.rejected), (12, 0, 0), "{report:?}");
    assert_eq!(report.host_starts, 1, "a frame that another has committed is no reason to end a host");
    let overlaps = job.overlaps().await.expect("reads");
    let found: Vec<_> = overlaps.values().map(|overlap| (overlap.frame.0, overlap.run.0)).collect();
    assert_eq!(found, [(4, 0), (8, 4)], "none beyond the end of the job");
    for overlap in overlaps.values() {
        let picture = job.overlap_picture(overlap).await.expect("reads").expect("is there");
        let record = job.frame(overlap.frame).await.expect("reads").expect("is committed");
        assert_eq!(record.frame.run, Some(overlap.frame), "by the run that it begins");
        assert_eq!(decode_exr(&picture).expect("a frame").1.frame, overlap.frame);
    }
    let report = verify_job(&job, &Progress::new(), &Cancel::new()).await.expect("reads");
    let residues: Vec<_> = report.seams.iter().map(|seam| seam.residue).collect();
    assert_eq!(residues, [Some(0.0), Some(0.0)], "this host draws the same whenever it is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_fails_at_an_overlap_fails_at_no_frame_of_the_job() {
    let planned = walked_plan(8, 4, 2);
    let job = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
    let job = job.submit(&planned).await.expect("submits");
    let once = tempfile::tempdir().expect("a folder");
    // Frame 4 fails the first time it is drawn: as the overlap of the first range, or as the first frame of the second.
    let faults = host(&["--once", &once.path().to_string_lossy(), "4=nan"]);
    let report = work(&job, faults).await.expect("works");
    assert_eq!((report.committed, report.given_up), (8, 0), "{report:?}");
    let notes = job.notes().await.expect("reads");
    let overlaps = job.overlaps().await.expect("reads");
    let (noted, kept): (Vec<_>, Vec<_>) =
        (notes.iter().map(|note| note.frame.0).collect(), overlaps.keys().map(|frame| frame.0).collect());
    // A worker begins at any free range. By the first, the overlap is what failed, and nobody draws it again; by the
    // second, it was a frame of the job, which is drawn again, and then has a border of its own behind it.
    let either = [(vec![], vec![]), (vec![4], vec![4, 5])];
    assert!(either.contains(&(noted.clone(), kept.clone())), "{noted:?} {kept:?}");
    assert_all_good(&job).await;
}

use super::*;
use crate::plan::tests::{camera, request};
use cyclorama_assets::{Condition, FolderStore, MemoryStore};
use cyclorama_content::Digest;
use cyclorama_time::{StageTime, UtcTime};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

pub(super) const LEASE: Duration = Duration::from_secs(10);

pub(super) fn at(seconds: f64) -> StageTime {
    StageTime::from_seconds(seconds)
}

pub(super) fn rendered(frame: FrameNumber, content: &str) -> RenderedFrame {
    RenderedFrame {
        frame,
        pass: "beauty".to_owned(),
        blob: Digest::of(content.as_bytes()),
        bytes: content.len() as u64,
        pixels: Digest::of(b"pixels"),
        luminance: None,
        render_seconds: 0.5,
        run: None,
    }
}

fn planned(frames: usize, chunk: u32) -> Planned {
    let camera = camera(0, frames);
    crate::plan::PlanRequest { chunk: Some(chunk), ..request(&camera) }.plan().expect("plans")
}

pub(super) async fn job_of(store: Arc<dyn Store>, frames: usize, chunk: u32) -> Job {
    Ledger::create(store).await.expect("a ledger").submit(&planned(frames, chunk)).await.expect("submits")
}

pub(super) async fn job(frames: usize, chunk: u32) -> Job {
    job_of(Arc::new(MemoryStore::new()), frames, chunk).await
}

pub(super) async fn hold(
    job: &Job,
    name: impl Into<LeaseName>,
    worker: &str,
    watch: &mut LeaseWatch,
    now: StageTime,
) -> Option<Lease> {
    match job.lease(name, worker, watch, now).await.expect("the store works") {
        Acquired::Held(lease) => Some(lease),
        Acquired::Busy | Acquired::Done => None,
    }
}

pub(super) async fn commit(job: &Job, worker: &str, frame: i64, content: &str) -> Commit {
    let frame = rendered(FrameNumber(frame), content);
    let picture = Bytes::copy_from_slice(content.as_bytes());
    job.commit((0, 1), worker, frame, picture, UtcTime::from_nanos(0)).await.expect("the store works")
}

#[tokio::test]
async fn a_place_without_a_ledger_says_so() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let error = Ledger::open(Arc::clone(&store)).await.map(drop).expect_err("nothing is there");
    assert!(matches!(error, LedgerError::NoLedger(_)) && error.hint().is_some());
    let ledger = Ledger::create(store).await.expect("makes one");
    assert!(matches!(ledger.job(None).await.map(drop), Err(LedgerError::Empty)));
    assert!(matches!(ledger.job(Some("x")).await.map(drop), Err(LedgerError::NoJob(_))));
    assert!(matches!(ledger.job(Some("../x")).await.map(drop), Err(LedgerError::NoJob(_))));
}

#[tokio::test]
async fn who_lives_gives_another_sign_of_it_and_who_gave_back_what_he_held_none() {
    let (job, mut watch) = (job(4, 2).await, LeaseWatch::new(LEASE));
    let mut lives = hold(&job, 0_u32, "a", &mut watch, at(0.0)).await.expect("free");
    let dies = hold(&job, 1_u32, "b", &mut watch, at(0.0)).await.expect("free");
    let state = job.state().await.expect("lists");
    let first = job.signs_of_life(&state).await.expect("reads");
    job.heartbeat(&mut lives).await.expect("it holds it");
    let second = job.signs_of_life(&state).await.expect("reads");
    let changed = first.iter().filter(|(name, sign)| second.get(name).is_some_and(|now| now != *sign));
    assert_eq!((first.len(), changed.map(|(name, _)| *name).collect::<Vec<_>>()), (2, vec![lives.name()]));
    job.release(lives, false).await.expect("it holds it");
    job.release(dies, false).await.expect("it holds it");
    assert!(job.signs_of_life(&state).await.expect("reads").is_empty());
}

#[tokio::test]
async fn the_newest_of_several_jobs_is_the_default() {
    let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
    let camera = camera(0, 5);
    for (nonce, created) in [(0, 10), (1, 30), (2, 20)] {
        let created = UtcTime::from_nanos(created);
        let planned = crate::plan::PlanRequest { nonce, created, ..request(&camera) }.plan().expect("plans");
        ledger.submit(&planned).await.expect("submits");
    }
    let jobs = ledger.jobs().await.expect("lists");
    assert_eq!(jobs.iter().map(|plan| plan.created.nanos()).collect::<Vec<_>>(), [30, 20, 10]);
    assert!(ledger.job(None).await.expect("a job").plan().job.ends_with("-1"));
    assert!(ledger.job(Some(&jobs[2].job)).await.expect("a job").plan().job.ends_with("-0"));
}

#[tokio::test]
async fn a_ledger_that_is_only_begun_leaves_nothing_and_its_first_job_makes_it_one() {
    let home = tempfile::tempdir().expect("a folder");
    let store = || Arc::new(FolderStore::new(home.path().join("ledger"))) as Arc<dyn Store>;
    drop(Ledger::begin(store()).await.expect("conditions hold here"));
    assert_eq!(std::fs::read_dir(home.path()).expect("lists").count(), 0, "no plan came of it");
    let begun = Ledger::begin(store()).await.expect("conditions hold here");
    let job = begun.submit_within(&planned(6, 3), Hours::default()).await.expect("submits");
    let opened = Ledger::open(store()).await.expect("it is a ledger");
    assert_eq!(opened.job(None).await.expect("a job").plan(), job.plan());
    let again = Ledger::begin(store()).await.expect("it is there");
    let again = again.submit_within(&planned(6, 3), Hours::default()).await.expect("submits");
    assert_eq!(again.plan(), job.plan());
    assert_eq!(opened.jobs().await.expect("lists").len(), 1);
}

#[tokio::test]
async fn submitting_again_goes_on_with_the_same_job() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let first = job_of(Arc::clone(&store), 4, 2).await;
    commit(&first, "a", 0, "frame 0").await;
    first.cancel().await.expect("cancels");
    assert!(first.state().await.expect("lists").cancelled);
    let again = job_of(store, 4, 2).await;
    let state = again.state().await.expect("lists");
    assert_eq!((state.committed.len(), state.cancelled), (1, false));
}

#[tokio::test]
async fn inputs_come_back_checked() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let job = job_of(Arc::clone(&store), 4, 2).await;
    assert_eq!(job.input(crate::plan::SCENE).await.expect("stored"), "#usda 1.0\n");
    let input = &job.plan().inputs[0];
    let key = Key::new(format!("jobs/{}/inputs/{}", job.plan().job, input.digest)).expect("a key");
    store.put(&key, Bytes::from_static(b"#usda 1.1\n"), Condition::Always).await.expect("writes");
    assert!(matches!(job.input(crate::plan::SCENE).await, Err(LedgerError::Input(_))));
}

#[tokio::test]
async fn a_lease_is_one_workers_until_its_heart_stops_for_the_whole_duration() {
    let job = job(10, 5).await;
    let (mut a, mut b) = (LeaseWatch::new(LEASE), LeaseWatch::new(LEASE));
    let mut lease = hold(&job, 0_u32, "a", &mut a, at(0.0)).await.expect("free");
    assert!(hold(&job, 0_u32, "b", &mut b, at(0.0)).await.is_none());
    assert!(hold(&job, 0_u32, "b", &mut b, at(9.9)).await.is_none(), "nearly expired");
    job.heartbeat(&mut lease).await.expect("still held");
    assert!(hold(&job, 0_u32, "b", &mut b, at(10.1)).await.is_none(), "the heartbeat was seen");
    assert!(hold(&job, 0_u32, "b", &mut b, at(20.0)).await.is_none(), "seen since 10.1 only");
    let stolen = hold(&job, 0_u32, "b", &mut b, at(20.1)).await.expect("expired");
    assert_eq!((lease.epoch(), stolen.epoch()), (1, 2));
    assert!(matches!(job.heartbeat(&mut lease).await, Err(LedgerError::LeaseLost(0))));
    assert!(matches!(job.release(lease, true).await, Err(LedgerError::LeaseLost(0))));
    job.release(stolen, false).await.expect("ours to give back");
    assert_eq!(hold(&job, 0_u32, "a", &mut a, at(20.2)).await.expect("given back").epoch(), 3);
}

#[tokio::test]
async fn a_finished_range_is_never_leased_again() {
    let job = job(10, 5).await;
    let mut watch = LeaseWatch::new(LEASE);
    let lease = hold(&job, 1_u32, "a", &mut watch, at(0.0)).await.expect("free");
    job.release(lease, true).await.expect("ours");
    let again = job.lease(1_u32, "b", &mut watch, at(100.0)).await.expect("the store works");
    assert!(matches!(again, Acquired::Done));
}

#[tokio::test]
async fn the_late_of_two_commits_is_dropped_with_its_picture() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let job = job_of(Arc::clone(&store), 4, 2).await;
    assert!(matches!(commit(&job, "a", 1, "picture of a").await, Commit::Committed(_)));
    let Commit::Late(winner) = commit(&job, "b", 1, "picture of b").await else { panic!("a was first") };
    assert_eq!(winner.worker, "a");
    let frames = job.frames().await.expect("reads");
    assert_eq!(frames.len(), 1);
    assert_eq!(job.picture(&frames[0].frame).await.expect("whole"), "picture of a");
    let blobs = store.list(&format!("jobs/{}/blobs/", job.plan().job), None, 10).await.expect("lists");
    assert_eq!(blobs.objects.len(), 1, "the picture of b is gone");
    assert!(matches!(commit(&job, "c", 1, "picture of a").await, Commit::Late(_)));
    assert_eq!(
        job.picture(&frames[0].frame).await.expect("whole"),
        "picture of a",
        "an equal loser drops nothing"
    );
}

#[tokio::test]
async fn damaged_pictures_are_noticed_and_can_be_rendered_again() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let job = job_of(Arc::clone(&store), 4, 2).await;
    commit(&job, "a", 1, "picture").await;
    let record = job.frame(FrameNumber(1)).await.expect("reads").expect("committed");
    let blob = store.list(&format!("jobs/{}/blobs/", job.plan().job), None, 1).await.expect("lists").objects;
    store.put(&blob[0].0, Bytes::from_static(b"pictura"), Condition::Always).await.expect("writes");
    assert!(matches!(job.picture(&record.frame).await, Err(LedgerError::Blob(FrameNumber(1)))));
    job.reject(std::slice::from_ref(&record.frame)).await.expect("takes it back");
    assert!(matches!(commit(&job, "a", 1, "picture").await, Commit::Committed(_)));
    assert_eq!(job.picture(&record.frame).await.expect("whole"), "picture");
}

#[tokio::test]
async fn frames_given_up_settle_the_job_and_can_be_retried() {
    let job = job(2, 2).await;
    commit(&job, "a", 0, "0").await;
    job.note(FrameNumber(1), "a", "the host crashed", UtcTime::from_nanos(1)).await.expect("notes");
    job.give_up(FrameNumber(1), "a", 3, "the host crashed").await.expect("marks");
    let state = job.state().await.expect("lists");
    assert!(state.is_settled_all(job.plan()) && !state.is_complete(job.plan()));
    assert_eq!(job.attempts(FrameNumber(1)).await.expect("counts"), Attempts { failed: 1, lost: 0 });
    assert_eq!(job.failures().await.expect("reads")[0].reason, "the host crashed");
    assert_eq!(job.retry().await.expect("reopens"), 1);
    let state = job.state().await.expect("lists");
    assert!(!state.is_settled_all(job.plan()));
    assert_eq!(job.attempts(FrameNumber(1)).await.expect("counts"), Attempts::default());
}

#[tokio::test]
async fn the_status_is_the_documented_line() {
    let job = job(8, 4).await;
    let mut watch = LeaseWatch::new(LEASE);
    let _lease = hold(&job, 1_u32, "w1", &mut watch, at(0.0)).await.expect("free");
    commit(&job, "w1", 4, "4").await;
    let line = serde_json::to_value(job.status(UtcTime::from_nanos(0)).await.expect("reads")).expect("JSON");
    assert_eq!(line["schema"], "cyclorama.job/1");
    assert_eq!((&line["frames"], &line["committed"], &line["failed"]), (&8.into(), &1.into(), &0.into()));
    assert_eq!(line["leases"][0]["worker"], "w1");
    assert_eq!(line["leases"][0]["frames"], serde_json::json!({"first": 4, "last": 7}));
    assert_eq!(line["eta_seconds"], 3.5, "seven frames of half a second, one worker");
}

#[tokio::test]
async fn a_job_that_nobody_works_on_before_its_hours_says_when_they_come() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let planned = planned(8, 4);
    let ledger = Ledger::create(store).await.expect("a ledger");
    let night = Hours { not_before: None, only: Some("20:00-06:00+00:00".parse().expect("hours")) };
    let job = ledger.submit_within(&planned, night).await.expect("submits");
    let moment = |text: &str| text.parse::<UtcTime>().expect("a moment");
    let (noon, evening) = (moment("2026-11-27T12:00:00Z"), moment("2026-11-27T20:00:00Z"));
    let waits = async |now| job.status(now).await.expect("reads").waits_until;
    assert_eq!((waits(noon).await, waits(evening).await), (Some(evening), None));
    assert_eq!(job.hours().await.expect("reads"), night, "as it was said");
    let mut watch = LeaseWatch::new(LEASE);
    let lease = hold(&job, 0_u32, "early", &mut watch, at(0.0)).await.expect("free");
    assert_eq!(waits(noon).await, None, "somebody works on it all the same");
    job.release(lease, false).await.expect("gives back");
    assert_eq!(waits(noon).await, Some(evening));
    ledger.submit(&planned).await.expect("submits again, for any hour");
    assert_eq!(waits(noon).await, None);
}

#[derive(Clone, Debug)]
enum Step {
    Lease { worker: usize, range: u32 },
    Beat { worker: usize },
    Release { worker: usize },
    Crash { worker: usize },
    Commit { worker: usize, frame: i64 },
    Wait { seconds: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    let worker = || 0..3usize;
    prop_oneof![
        4 => (worker(), 0..3u32).prop_map(|(worker, range)| Step::Lease { worker, range }),
        3 => worker().prop_map(|worker| Step::Beat { worker }),
        1 => worker().prop_map(|worker| Step::Release { worker }),
        1 => worker().prop_map(|worker| Step::Crash { worker }),
        4 => (worker(), 0..9i64).prop_map(|(worker, frame)| Step::Commit { worker, frame }),
        3 => (1..8u8).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

/// What must be true of a range, told without any store.
#[derive(Default)]
struct ModelRange {
    epoch: u64,
    holder: Option<usize>,
    last_sign: f64,
}

async fn run_against_model(steps: Vec<Step>) {
    let job = job(9, 3).await;
    let mut now = 0.0;
    let mut watches: Vec<_> = (0..3).map(|_| LeaseWatch::new(LEASE)).collect();
    let mut held: Vec<HashMap<u32, Lease>> = (0..3).map(|_| HashMap::new()).collect();
    let mut ranges: BTreeMap<u32, ModelRange> = (0..3).map(|range| (range, ModelRange::default())).collect();
    let mut committed: BTreeMap<i64, usize> = BTreeMap::new();
    for step in steps {
        match step {
            Step::Wait { seconds } => now += f64::from(seconds),
            Step::Crash { worker } => {
                // Its memory is gone; what it holds in the ledger stays until others see it expire.
                held[worker].clear();
                watches[worker] = LeaseWatch::new(LEASE);
            }
            Step::Lease { worker, range } => {
                let name = format!("w{worker}");
                let lease = hold(&job, range, &name, &mut watches[worker], at(now)).await;
                let model = ranges.get_mut(&range).expect("a range");
                let Some(lease) = lease else {
                    assert!(model.holder.is_some(), "a free range is not refused");
                    continue;
                };
                if model.holder.is_some() {
                    assert!(now - model.last_sign >= 10.0, "stolen after {} s", now - model.last_sign);
                }
                assert_eq!(lease.epoch(), model.epoch + 1, "each holding has its own epoch");
                *model = ModelRange { epoch: lease.epoch(), holder: Some(worker), last_sign: now };
                held[worker].insert(range, lease);
            }
            Step::Beat { worker } => {
                for (range, mut lease) in std::mem::take(&mut held[worker]) {
                    let model = ranges.get_mut(&range).expect("a range");
                    let is_current = model.epoch == lease.epoch();
                    assert_eq!(job.heartbeat(&mut lease).await.is_ok(), is_current, "fenced by the epoch");
                    if is_current {
                        model.last_sign = now;
                        held[worker].insert(range, lease);
                    }
                }
            }
            Step::Release { worker } => {
                for (range, lease) in std::mem::take(&mut held[worker]) {
                    let model = ranges.get_mut(&range).expect("a range");
                    let is_current = model.epoch == lease.epoch();
                    assert_eq!(job.release(lease, false).await.is_ok(), is_current);
                    if is_current {
                        model.holder = None;
                    }
                }
            }
            Step::Commit { worker, frame } => {
                let content = format!("frame {frame} by {worker}");
                let outcome = commit(&job, &format!("w{worker}"), frame, &content).await;
                let first = matches!(outcome, Commit::Committed(_));
                assert_eq!(first, !committed.contains_key(&frame), "a frame is committed once");
                committed.entry(frame).or_insert(worker);
            }
        }
    }
    let frames = job.frames().await.expect("reads");
    let winners: BTreeMap<_, _> = frames.iter().map(|f| (f.frame.frame.0, f.worker.clone())).collect();
    let expected: BTreeMap<_, _> =
        committed.iter().map(|(frame, worker)| (*frame, format!("w{worker}"))).collect();
    assert_eq!(winners, expected);
    for record in &frames {
        job.picture(&record.frame).await.expect("every committed picture is there");
    }
    let listed: BTreeSet<_> = job.state().await.expect("lists").committed;
    assert_eq!(listed, frames.iter().map(|f| f.frame.frame).collect());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_history_agrees_with_the_model(steps in prop::collection::vec(step(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(run_against_model(steps));
    }
}

#[tokio::test]
async fn what_a_dead_worker_held_is_free_at_once_and_nothing_else() {
    let job = job(30, 10).await;
    let mut watch = LeaseWatch::new(LEASE);
    let mut dead = hold(&job, 0_u32, "stage-7", &mut watch, at(0.0)).await.expect("free");
    let mut alive = hold(&job, 1_u32, "stage-70", &mut watch, at(0.0)).await.expect("free");
    assert!(hold(&job, 0_u32, "other-1", &mut watch, at(0.1)).await.is_none(), "held");
    let mut state = JobState::default();
    assert_eq!(job.free("stage-7", &mut state).await.expect("the store works"), 1);
    assert_eq!(hold(&job, 0_u32, "other-1", &mut watch, at(0.2)).await.expect("freed").epoch(), 2);
    job.heartbeat(&mut alive).await.expect("nobody touched it");
    assert!(job.heartbeat(&mut dead).await.is_err(), "should it live after all, it learns that it lost");
    assert_eq!(job.free("stage-7", &mut state).await.expect("the store works"), 0);
}

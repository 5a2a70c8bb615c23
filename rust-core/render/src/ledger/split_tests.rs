//! Splits against a model that knows only what a person would say: every frame has one place, nothing is lost, and who was
//! there first keeps it.

use super::tests::{LEASE, at, commit, hold, job, job_of};
use super::*;
use cyclorama_assets::MemoryStore;
use cyclorama_time::UtcTime;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

use crate::plan::FrameRange;

fn name(range: u32, from: i64) -> LeaseName {
    LeaseName { range, from: Some(FrameNumber(from)) }
}

fn run(first: i64, last: i64) -> FrameRange {
    FrameRange { first: FrameNumber(first), last: FrameNumber(last) }
}

async fn parts(job: &Job) -> Vec<FrameRange> {
    job.state().await.expect("lists").open(job.plan()).iter().map(|part| part.frames).collect()
}

#[tokio::test]
async fn a_split_takes_the_far_end_and_the_holder_keeps_the_rest() {
    let job = job(20, 10).await;
    let (mut a, mut b) = (LeaseWatch::new(LEASE), LeaseWatch::new(LEASE));
    let mut left = hold(&job, 0_u32, "a", &mut a, at(0.0)).await.expect("free");
    let right = hold(&job, name(0, 6), "b", &mut b, at(1.0)).await.expect("nobody split there");
    assert_eq!(parts(&job).await, [run(0, 5), run(6, 9), run(10, 19)]);
    assert_eq!(job.splits(0).await.expect("lists"), [FrameNumber(6)]);
    job.heartbeat(&mut left).await.expect("still its own");
    assert_eq!((right.name(), right.epoch(), right.is_untouched()), (name(0, 6), 1, false));
    assert!(hold(&job, name(0, 6), "c", &mut LeaseWatch::new(LEASE), at(1.0)).await.is_none(), "held");
    let status = job.status(UtcTime::from_nanos(0)).await.expect("reads");
    let held: Vec<_> = status.leases.iter().map(|lease| (lease.frames, lease.worker.as_str())).collect();
    assert_eq!(held, [(run(0, 5), "a"), (run(6, 9), "b")]);
    job.release(right, false).await.expect("its own");
    assert_eq!(hold(&job, name(0, 6), "c", &mut a, at(2.0)).await.expect("given back").epoch(), 2);
}

#[tokio::test]
async fn a_killed_splitter_costs_the_time_of_its_lease_and_no_frame() {
    let job = job(10, 10).await;
    let (mut a, mut b) = (LeaseWatch::new(LEASE), LeaseWatch::new(LEASE));
    let _left = hold(&job, 0_u32, "a", &mut a, at(0.0)).await.expect("free");
    drop(hold(&job, name(0, 5), "b", &mut b, at(0.0)).await.expect("splits, and is killed"));
    assert_eq!(parts(&job).await, [run(0, 4), run(5, 9)]);
    assert!(hold(&job, name(0, 5), "a", &mut a, at(1.0)).await.is_none());
    let taken = hold(&job, name(0, 5), "a", &mut a, at(11.0)).await.expect("expired like any other");
    assert_eq!(taken.epoch(), 2);
}

#[tokio::test]
async fn a_part_that_is_taken_back_is_opened_and_no_other() {
    let job = job(10, 10).await;
    let mut watch = LeaseWatch::new(LEASE);
    let left = hold(&job, 0_u32, "a", &mut watch, at(0.0)).await.expect("free");
    let right = hold(&job, name(0, 5), "b", &mut watch, at(0.0)).await.expect("splits");
    for frame in 0..10 {
        commit(&job, "w", frame, &format!("frame {frame}")).await;
    }
    let mut seen = job.state().await.expect("lists");
    for lease in [left, right] {
        job.release(lease, true).await.expect("its own");
    }
    let record = job.frame(FrameNumber(7)).await.expect("reads").expect("committed");
    job.reject(&[record.frame]).await.expect("takes it back");
    assert_eq!(seen.missing(run(0, 9)), [], "an old listing does not know");
    job.refresh(&mut seen).await.expect("lists");
    assert_eq!((seen.missing(run(0, 9)), seen.taken_back.len()), (vec![run(7, 7)], 1));
    assert!(matches!(job.lease(0_u32, "c", &mut watch, at(1.0)).await.expect("reads"), Acquired::Done));
    assert!(matches!(
        job.lease(name(0, 5), "c", &mut watch, at(1.0)).await.expect("reads"),
        Acquired::Held(_)
    ));
}

#[tokio::test]
async fn one_helper_for_each_frame_is_enough() {
    let job = job(4, 4).await;
    assert!(job.claim_redraw(FrameNumber(3), "a").await.expect("writes"));
    assert!(!job.claim_redraw(FrameNumber(3), "b").await.expect("is refused"));
    assert!(job.claim_redraw(FrameNumber(2), "b").await.expect("writes"));
}

#[derive(Clone, Debug)]
enum Step {
    Take { worker: usize, part: usize },
    Split { worker: usize, range: u32, at: i64 },
    Commit { worker: usize, frame: i64 },
    TakeBack { frame: i64 },
    Look { worker: usize },
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    let worker = || 0..3usize;
    prop_oneof![
        3 => (worker(), 0..6usize).prop_map(|(worker, part)| Step::Take { worker, part }),
        2 => (worker(), 0..2u32, -2..14i64).prop_map(|(worker, range, at)| Step::Split { worker, range, at }),
        5 => (worker(), 0..12i64).prop_map(|(worker, frame)| Step::Commit { worker, frame }),
        1 => (0..12i64).prop_map(|frame| Step::TakeBack { frame }),
        3 => worker().prop_map(|worker| Step::Look { worker }),
        1 => Just(Step::Wait),
    ]
}

async fn run_against_model(steps: Vec<Step>) {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let job = job_of(store, 12, 6).await;
    let mut now = 0.0;
    let mut watches: Vec<_> = (0..3).map(|_| LeaseWatch::new(LEASE)).collect();
    let mut epochs: HashMap<LeaseName, u64> = HashMap::new();
    let mut committed: BTreeMap<i64, String> = BTreeMap::new();
    // Each worker keeps its listing and brings it up to date, as processes do.
    let mut views = vec![JobState::default(); 3];
    for step in steps {
        match step {
            Step::Wait => now += 6.0,
            Step::Look { worker } => job.refresh(&mut views[worker]).await.expect("lists"),
            Step::Take { worker, part } => {
                let open = views[worker].open(job.plan());
                let Some(part) = open.get(part) else { continue };
                let lease = hold(&job, part.name, &format!("w{worker}"), &mut watches[worker], at(now)).await;
                if let Some(lease) = lease {
                    let epoch = epochs.entry(part.name).or_default();
                    assert_eq!(lease.epoch(), *epoch + 1, "each holding of {} has its own epoch", part.name);
                    *epoch += 1;
                }
            }
            Step::Split { worker, range, at: from } => {
                let (name, watch) = (name(range, from), &mut watches[worker]);
                if let Some(lease) = hold(&job, name, &format!("w{worker}"), watch, at(now)).await {
                    *epochs.entry(name).or_default() = lease.epoch();
                }
            }
            Step::Commit { worker, frame } => {
                let content = format!("frame {frame} by {worker} at {now}");
                let outcome = commit(&job, &format!("w{worker}"), frame, &content).await;
                let first = matches!(outcome, Commit::Committed(_));
                assert_eq!(first, !committed.contains_key(&frame), "a frame is committed once");
                committed.entry(frame).or_insert(content);
            }
            Step::TakeBack { frame } => {
                if let Some(record) = job.frame(FrameNumber(frame)).await.expect("reads") {
                    job.reject(&[record.frame]).await.expect("takes it back");
                    committed.remove(&frame);
                }
            }
        }
    }
    for view in &mut views {
        job.refresh(view).await.expect("lists");
        assert_eq!(*view, job.state().await.expect("lists"), "what was brought up to date is what is there");
    }
    let state = &views[0];
    let listed: Vec<i64> = state.committed.iter().map(|frame| frame.0).collect();
    assert_eq!(listed, committed.keys().copied().collect::<Vec<_>>());
    let mut open: Vec<i64> = state
        .open(job.plan())
        .iter()
        .flat_map(|part| state.missing(part.frames))
        .flat_map(FrameRange::iter)
        .map(|frame| frame.0)
        .collect();
    open.sort_unstable();
    let missing: Vec<i64> = (0..12).filter(|frame| !committed.contains_key(frame)).collect();
    assert_eq!(open, missing, "what is missing is in exactly one open part");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_is_split_taken_and_taken_back_each_missing_frame_has_one_place(
        steps in prop::collection::vec(step(), 1..80)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(run_against_model(steps));
    }
}

#[tokio::test]
async fn a_record_of_an_earlier_version_is_read_without_its_run() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let job = job_of(Arc::clone(&store), 2, 2).await;
    let digest = cyclorama_content::Digest::of(b"x");
    let old = format!(
        r#"{{"schema":"cyclorama.frame/1","frame":1,"pass":"beauty","blob":"{digest}","bytes":1,"pixels":"{digest}",
        "render_seconds":0.5,"worker":"a","range":0,"epoch":1,"nonce":"n","committed":{}}}"#,
        serde_json::to_string(&UtcTime::from_nanos(0)).expect("JSON")
    );
    let key = Key::new(format!("jobs/{}/frames/000001.json", job.plan().job)).expect("a key");
    store.put(&key, old.into(), cyclorama_assets::Condition::Always).await.expect("writes");
    let record = job.frame(FrameNumber(1)).await.expect("reads").expect("is there");
    assert_eq!((record.frame.run, record.frame.luminance), (None, None));
}

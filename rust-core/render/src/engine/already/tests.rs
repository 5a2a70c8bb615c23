//! A farm on virtual time whose slots wait, and somebody who draws without one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use cyclorama_assets::MemoryStore;
use cyclorama_time::StageTime;

use super::*;
use crate::engine::SlotCounts;
use crate::ledger::{Acquired, LeaseWatch, Ledger};
use crate::plan::PlanRequest;
use crate::plan::tests::{camera, request as plan_request};

const LEASE: Duration = Duration::from_secs(10);

/// A farm that is asked once, and how many of those slots wait for their turn.
#[derive(Default)]
struct Farm {
    asked: AtomicU32,
    waiting: AtomicU32,
    postponed: AtomicU32,
    /// It does not say how its slots are.
    is_deaf: bool,
    /// It says nothing for so many questions.
    silent: AtomicU32,
}

#[async_trait]
impl Engine for Farm {
    fn name(&self) -> &'static str {
        "fake"
    }

    async fn submit(&self, _: &SlotRequest, slots: u32) -> Result<Submission, EngineError> {
        self.waiting.store(slots, Ordering::Relaxed);
        let id = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Submission { id: id.to_string(), slots })
    }

    async fn state(&self, submission: &Submission) -> Result<SlotCounts, EngineError> {
        if self.is_deaf {
            return Err(EngineError::FarmSilent { program: "fake".to_owned(), seconds: 45 });
        }
        let less = |silent: u32| silent.checked_sub(1);
        if self.silent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            return Err(EngineError::FarmSilent { program: "fake".to_owned(), seconds: 45 });
        }
        let (waiting, postponed) =
            (self.waiting.load(Ordering::Relaxed), self.postponed.load(Ordering::Relaxed));
        let ended = submission.slots - waiting - postponed;
        Ok(SlotCounts { waiting, postponed, ended, ..SlotCounts::default() })
    }

    async fn cancel(&self, _: &Submission) -> Result<(), EngineError> {
        Ok(())
    }
}

fn request() -> SlotRequest {
    SlotRequest {
        name: "x".to_owned(),
        command: vec!["w".into()],
        logs: "logs".into(),
        begin_in: None,
        tags: [].into(),
    }
}

async fn job() -> Job {
    let camera = camera(0, 8);
    let planned = PlanRequest { chunk: Some(4), ..plan_request(&camera) }.plan().expect("plans");
    let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
    ledger.submit(&planned).await.expect("submits")
}

async fn found(job: &Job, farm: &Farm) -> Option<Already> {
    let state = job.state().await.expect("lists");
    already(job, farm, state, LEASE, (&Progress::new(), &Cancel::new())).await.expect("reads")
}

#[tokio::test(start_paused = true)]
async fn slots_that_wait_their_turn_are_known_before_the_ledger_shows_anything_of_them() {
    let (job, farm) = (job().await, Farm::default());
    assert_eq!(found(&job, &farm).await, None);
    submit(&job, &farm, &request(), 3).await.expect("asked");
    let known = found(&job, &farm).await.expect("it waits");
    assert_eq!(known, Already::Asked { engine: "fake", id: "1".to_owned(), slots: 3 });
    assert!(known.to_string().contains("job 1 of fake has 3 slots"), "{known}");
    farm.waiting.store(0, Ordering::Relaxed);
    farm.postponed.store(3, Ordering::Relaxed);
    assert_eq!(found(&job, &farm).await, Some(known), "they wait for their hour");
    farm.postponed.store(0, Ordering::Relaxed);
    assert_eq!(found(&job, &farm).await, None, "they ended");
    assert!(job.asked("fake").await.expect("lists").is_empty(), "and are asked after no more");
}

#[tokio::test(start_paused = true)]
async fn a_farm_that_does_not_say_and_one_of_another_kind_keep_nobody_from_asking() {
    let (job, farm) = (job().await, Farm { is_deaf: true, ..Farm::default() });
    submit(&job, &farm, &request(), 3).await.expect("asked");
    job.note_asked("other", "7", 2).await.expect("noted");
    assert_eq!(found(&job, &farm).await, None);
    assert_eq!(job.asked("fake").await.expect("lists").len(), 1, "it may answer another time");
}

#[tokio::test(start_paused = true)]
async fn who_keeps_a_lease_draws_it_and_one_who_died_does_not() {
    let (job, farm) = (job().await, Farm::default());
    let mut watch = LeaseWatch::new(LEASE);
    let taken = job.lease(0_u32, "a", &mut watch, StageTime::default()).await.expect("reads");
    let Acquired::Held(mut lease) = taken else { panic!("it was free") };
    assert_eq!(found(&job, &farm).await, None, "no sign of it for a lease's duration");
    let beats = async {
        tokio::time::sleep(LEASE / 3).await;
        job.heartbeat(&mut lease).await.expect("it holds it");
    };
    let (drawn, ()) = tokio::join!(found(&job, &farm), beats);
    assert_eq!(drawn, Some(Already::Drawn));
}

#[tokio::test(start_paused = true)]
async fn a_farm_that_says_nothing_for_a_while_keeps_those_who_wait_waiting() {
    let (job, farm) = (job().await, Farm::default());
    submit(&job, &farm, &request(), 2).await.expect("asked");
    farm.silent.store(SILENCES, Ordering::Relaxed);
    let (progress, cancel) = (Progress::new(), Cancel::new());
    let begun = tokio::time::Instant::now();
    let ends = async {
        tokio::time::sleep(STILL * (SILENCES + 4)).await;
        farm.waiting.store(0, Ordering::Relaxed);
    };
    let (others, ()) = tokio::join!(wait_for_others(&job, &farm, LEASE, (&progress, &cancel)), ends);
    assert_eq!(others.expect("reads"), Others::Gone);
    assert!(begun.elapsed() > STILL * (SILENCES + 3), "{:?}", begun.elapsed());
    let deaf = Farm { is_deaf: true, ..Farm::default() };
    let others = wait_for_others(&job, &deaf, LEASE, (&progress, &cancel)).await;
    assert_eq!(others.expect("reads"), Others::Gone, "a farm that never says anything ends the wait too");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_others_goes_on_when_they_are_gone_and_leaves_them_alone_when_he_goes() {
    let (job, farm) = (job().await, Farm::default());
    submit(&job, &farm, &request(), 2).await.expect("asked");
    let (progress, cancel) = (Progress::new(), Cancel::new());
    let ends = async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        farm.waiting.store(0, Ordering::Relaxed);
    };
    let (others, ()) = tokio::join!(wait_for_others(&job, &farm, LEASE, (&progress, &cancel)), ends);
    assert_eq!(others.expect("reads"), Others::Gone);
    cancel.cancel();
    let left = wait_for_others(&job, &farm, LEASE, (&progress, &cancel)).await.expect("reads");
    assert_eq!((left, farm.asked.load(Ordering::Relaxed)), (Others::Left, 1), "nobody was asked for more");
}

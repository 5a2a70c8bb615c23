//! A farm on virtual time that loses slots, forgets to answer and calls everything a success.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cyclorama_assets::MemoryStore;
use cyclorama_content::Digest;
use cyclorama_progress::{Cancel, Progress};
use cyclorama_time::{FrameNumber, StageTime, UtcTime};

use tokio::time::Instant;

use super::*;
use crate::forecast::OffPeak;
use crate::ledger::{Ledger, RenderedFrame};
use crate::plan::PlanRequest;
use crate::plan::tests::{camera, request as plan_request};

/// What the farm was asked, and what it answers.
#[derive(Default)]
struct Asked {
    submitted: Vec<u32>,
    cancelled: Vec<String>,
    looks: u32,
    /// When slots were asked for, seconds since the first day began.
    when: Vec<u64>,
}

/// A farm whose slots work on the job for so many looks, one frame each, then end as "successful".
struct Farm {
    job: Job,
    asked: Arc<Mutex<Asked>>,
    frames_per_slot: u32,
    deaf_for: u32,
    /// Its slots run on and on.
    runs: bool,
    begun: Instant,
}

impl Farm {
    fn new(job: &Job, frames_per_slot: u32) -> Self {
        let (asked, begun) = (Arc::default(), Instant::now());
        Self { job: job.clone(), asked, frames_per_slot, deaf_for: 0, runs: false, begun }
    }

    /// As it is driven, by its own clock.
    fn options(&self) -> FarmOptions {
        FarmOptions::new(Arc::new(Days(self.begun)))
    }

    fn asked<T>(&self, read: impl FnOnce(&mut Asked) -> T) -> T {
        read(&mut self.asked.lock().expect("no test panicked here"))
    }
}

#[async_trait]
impl Engine for Farm {
    fn name(&self) -> &'static str {
        "fake"
    }

    async fn submit(&self, _: &SlotRequest, slots: u32) -> Result<Submission, EngineError> {
        let id = self.asked(|asked| {
            asked.submitted.push(slots);
            asked.when.push(self.begun.elapsed().as_secs());
            asked.submitted.len()
        });
        let state = self.job.state().await.expect("the ledger answers");
        let missing = self.job.plan().frames.iter().filter(|frame| !state.is_settled(*frame));
        for frame in missing.take((self.frames_per_slot * slots) as usize) {
            commit(&self.job, frame).await;
        }
        Ok(Submission { id: id.to_string(), slots })
    }

    async fn state(&self, submission: &Submission) -> Result<SlotCounts, EngineError> {
        let look = self.asked(|asked| {
            asked.looks += 1;
            asked.looks
        });
        if look <= self.deaf_for {
            return Err(EngineError::Farm {
                program: "fake".to_owned(),
                said: "controller restarts".to_owned(),
            });
        }
        if self.runs {
            return Ok(SlotCounts { running: submission.slots, ..SlotCounts::default() });
        }
        Ok(SlotCounts { ended: submission.slots, ..SlotCounts::default() })
    }

    async fn cancel(&self, submission: &Submission) -> Result<(), EngineError> {
        self.asked(|asked| asked.cancelled.push(submission.id.clone()));
        Ok(())
    }
}

async fn commit(job: &Job, frame: FrameNumber) {
    let content = frame.0.to_string();
    let rendered = RenderedFrame {
        frame,
        pass: "beauty".to_owned(),
        blob: Digest::of(content.as_bytes()),
        bytes: content.len() as u64,
        pixels: Digest::of(content.as_bytes()),
        luminance: None,
        render_seconds: 0.5,
        run: None,
    };
    let picture = Bytes::from(content);
    job.commit((0, 1), "w", rendered, picture, UtcTime::from_nanos(0)).await.expect("the store works");
}

async fn job(frames: usize) -> Job {
    let camera = camera(0, frames);
    let planned = PlanRequest { chunk: Some(4), ..plan_request(&camera) }.plan().expect("plans");
    let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
    ledger.submit(&planned).await.expect("submits")
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

async fn drive(job: &Job, farm: &Farm, workers: u32, cancel: &Cancel) -> Result<Report, EngineError> {
    drive_with(job, farm, FarmOptions { workers, ..farm.options() }, cancel).await
}

async fn drive_with(
    job: &Job,
    farm: &Farm,
    options: FarmOptions,
    cancel: &Cancel,
) -> Result<Report, EngineError> {
    super::run(job, farm, &request(), &options, &Progress::new(), cancel, &mut |_| {}).await
}

/// The runtime's virtual time, from midnight on.
struct Days(Instant);

impl Clock for Days {
    fn now(&self) -> StageTime {
        StageTime::from_nanos(i64::try_from(self.0.elapsed().as_nanos()).expect("a short test"))
    }

    fn utc(&self) -> UtcTime {
        UtcTime::from_nanos(self.now().nanos())
    }
}

#[tokio::test(start_paused = true)]
async fn outside_the_hours_no_slots_are_held() {
    let job = job(8).await;
    let farm = Farm::new(&job, 3);
    let only = OffPeak::new("00:02", "00:04", "+00:00");
    let hours = Hours { not_before: Some(UtcTime::from_nanos(150_000_000_000)), only };
    let options = FarmOptions { look: Duration::from_secs(45), hours, ..farm.options() };
    let report = drive_with(&job, &farm, options, &Cancel::new()).await.expect("it ends");
    assert_eq!(
        (report.committed, report.deaths),
        (8, 1),
        "the second was a replacement, the third a beginning"
    );
    let (when, cancelled) = farm.asked(|asked| (asked.when.clone(), asked.cancelled.clone()));
    assert_eq!(when, [150, 195, 86_520], "from the moment on, and again the next night");
    assert!(cancelled.contains(&"2".to_owned()), "{cancelled:?}");
}

#[tokio::test(start_paused = true)]
async fn slots_that_end_before_the_job_are_asked_for_again_until_every_frame_stands() {
    let job = job(20).await;
    let farm = Farm::new(&job, 3);
    let report = drive(&job, &farm, 2, &Cancel::new()).await.expect("it ends");
    assert_eq!((report.committed, report.failed, report.cancelled), (20, 0, false));
    assert_eq!(farm.asked(|asked| asked.submitted.clone()), [2, 2, 2, 2], "six frames a time");
    assert_eq!(report.deaths, 6);
}

#[tokio::test(start_paused = true)]
async fn a_farm_that_calls_everything_done_without_frames_is_not_believed() {
    let job = job(8).await;
    let farm = Farm::new(&job, 0);
    let error = drive(&job, &farm, 2, &Cancel::new()).await.expect_err("no frame ever came");
    assert!(matches!(error, EngineError::SlotsEnd { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_controller_that_restarts_does_not_stop_a_job_that_goes_on() {
    let job = job(6).await;
    let farm = Farm { deaf_for: 10, ..Farm::new(&job, 3) };
    let report = drive(&job, &farm, 1, &Cancel::new()).await.expect("it ends");
    assert_eq!(report.committed, 6);
    assert_eq!(farm.asked(|asked| asked.submitted.len()), 2, "nothing was asked for while it was deaf");
}

#[tokio::test(start_paused = true)]
async fn stopping_cancels_the_slots_and_says_so() {
    let job = job(8).await;
    let farm = Farm { deaf_for: 2, ..Farm::new(&job, 1) };
    let cancel = Cancel::new();
    let stop = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        cancel.cancel();
    };
    let (report, ()) = tokio::join!(drive(&job, &farm, 1, &cancel), stop);
    assert!(report.expect("it ends").cancelled);
    assert_eq!(farm.asked(|asked| asked.cancelled.clone()), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn two_commands_that_wait_for_the_same_hour_ask_for_slots_once() {
    for (again, wanted) in [(false, vec![1]), (true, vec![1, 1])] {
        let job = job(8).await;
        let farm = Farm { runs: true, ..Farm::new(&job, 0) };
        let hours = Hours { not_before: Some(UtcTime::from_nanos(150_000_000_000)), only: None };
        let options = || FarmOptions { hours, again, ..farm.options() };
        let draws = async {
            tokio::time::sleep(Duration::from_secs(300)).await;
            for frame in job.plan().frames.iter() {
                commit(&job, frame).await;
            }
        };
        let cancel = Cancel::new();
        let commands =
            (drive_with(&job, &farm, options(), &cancel), drive_with(&job, &farm, options(), &cancel));
        let (one, other, ()) = tokio::join!(commands.0, commands.1, draws);
        let committed = [one, other].map(|report| report.expect("it ends").committed);
        assert_eq!(committed, [8, 8], "both wait for the end");
        let (submitted, cancelled) = farm.asked(|asked| (asked.submitted.clone(), asked.cancelled.len()));
        assert_eq!((submitted, cancelled), (wanted.clone(), wanted.len()), "each ends its own alone");
    }
}

#[tokio::test(start_paused = true)]
async fn slots_are_asked_for_once_those_of_another_command_are_gone() {
    let job = job(8).await;
    let farm = Farm::new(&job, 3);
    job.note_asked("fake", "gone", 2).await.expect("noted");
    let report = drive(&job, &farm, 1, &Cancel::new()).await.expect("it ends");
    assert_eq!(report.committed, 8);
}

#[tokio::test(start_paused = true)]
async fn borders_of_a_host_with_a_history_are_judged_before_the_command_ends() {
    let camera = camera(0, 8);
    let planned =
        PlanRequest { chunk: Some(4), history: Some(0.04), ..plan_request(&camera) }.plan().expect("plans");
    let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
    let job = ledger.submit(&planned).await.expect("submits");
    let (farm, cancel) = (Farm::new(&job, 8), Cancel::new());
    let unjudged =
        async || job.is_unjudged(&job.state().await.expect("lists")).await.expect("the ledger answers");
    drive(&job, &farm, 1, &cancel).await.expect("draws");
    assert!(unjudged().await, "nobody did yet");
    let (request, options, progress) = (request(), farm.options(), Progress::new());
    let done = run_and_mend(&job, &farm, &request, &options, &progress, &cancel, &mut |_| {}).await;
    assert!(!done.expect("judges").cancelled && !unjudged().await);
}

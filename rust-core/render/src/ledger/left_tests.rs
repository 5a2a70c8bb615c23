//! What workers left that were lost, by the ledger alone and on time that is passed in.

use super::tests::{LEASE, at, commit, hold, job};
use super::*;
use cyclorama_time::UtcTime;

/// As in a job in which a thousand frames were drawn and nobody else was lost.
const DONE: u64 = 1_000;

/// Lets holders of range 0 come and go, each seen dead before the next takes it.
struct Story {
    job: Job,
    watch: LeaseWatch,
    now: f64,
}

impl Story {
    async fn new() -> Self {
        Self { job: job(20, 10).await, watch: LeaseWatch::new(LEASE), now: 0.0 }
    }

    /// Who takes the range once whatever is held there has expired.
    async fn take(&mut self, worker: &str) -> Lease {
        for _ in 0..2 {
            let now = at(self.now);
            if let Some(lease) = hold(&self.job, 0_u32, worker, &mut self.watch, now).await {
                return lease;
            }
            self.now += LEASE.as_secs_f64();
        }
        panic!("it expired");
    }

    /// What the taker of `lease` finds of the range's first missing frame.
    async fn weigh(&self, lease: &Lease) -> (i64, Verdict) {
        let state = self.job.state().await.expect("lists");
        let missing = state.missing(self.job.plan().ranges[0]);
        let frame = missing[0].first;
        let holding = (lease.name(), lease.epoch());
        let who = ("taker", lease.lost());
        let verdict = self.job.weigh_losses(frame, holding, who, DONE, UtcTime::from_nanos(0)).await;
        (frame.0, verdict.expect("the store works"))
    }
}

#[tokio::test]
async fn a_frame_at_which_three_workers_were_lost_is_set_aside_and_the_rest_goes_on() {
    let mut story = Story::new().await;
    drop(story.take("a").await);
    commit(&story.job, "a", 0, "zero").await;
    commit(&story.job, "a", 1, "one").await;
    let lease = story.take("b").await;
    assert_eq!(lease.lost(), Some("a"));
    assert_eq!(story.weigh(&lease).await, (2, Verdict::Drawn));
    // The same name again counts as well: a machine that is replaced under its name.
    let lease = story.take("b").await;
    assert_eq!(story.weigh(&lease).await, (2, Verdict::Alone), "one more, and it must be this frame");
    let lease = story.take("c").await;
    assert_eq!(story.weigh(&lease).await, (2, Verdict::SetAside(3)));
    let state = story.job.state().await.expect("lists");
    assert!(state.failed.contains(&FrameNumber(2)));
    assert_eq!(state.missing(story.job.plan().ranges[0])[0].first, FrameNumber(3), "the rest is to be drawn");
    let failures = story.job.failures().await.expect("reads");
    assert_eq!((failures[0].attempts, failures[0].worker.as_str()), (3, "taker"));
    assert_eq!(failures[0].reason, "3 workers were lost while they drew it, the last one b");
    let reasons: Vec<_> =
        story.job.notes().await.expect("reads").into_iter().map(|note| note.reason).collect();
    assert!(reasons.contains(&"the worker drawing it was lost: a".to_owned()), "{reasons:?}");
    assert_eq!(story.job.retry().await.expect("the store works"), 1);
    assert_eq!(
        story.job.attempts(FrameNumber(2)).await.expect("counts"),
        Attempts::default(),
        "it begins anew"
    );
}

#[tokio::test]
async fn workers_that_are_lost_at_frames_one_after_the_other_accuse_none_of_them() {
    let mut story = Story::new().await;
    drop(story.take("w0").await);
    for frame in 0..8 {
        let lease = story.take("w").await;
        assert_eq!(story.weigh(&lease).await, (frame, Verdict::Drawn));
        commit(&story.job, "w", frame, &frame.to_string()).await;
    }
    assert!(story.job.state().await.expect("lists").failed.is_empty());
}

#[tokio::test]
async fn what_is_given_back_or_left_when_asked_to_stop_counts_nothing() {
    let mut story = Story::new().await;
    for round in 0..5 {
        let mut lease = story.take("spot").await;
        assert_eq!(lease.lost(), None, "round {round}");
        assert_eq!(story.weigh(&lease).await, (0, Verdict::Drawn), "round {round}");
        if round % 2 == 0 {
            story.job.release(lease, false).await.expect("it holds it");
        } else {
            // It is asked to stop, says so, and is killed before its frame is through.
            lease.leave();
            story.job.heartbeat(&mut lease).await.expect("it holds it");
        }
    }
    assert_eq!(story.job.attempts(FrameNumber(0)).await.expect("counts"), Attempts::default());
}

#[tokio::test]
async fn what_a_command_gives_back_for_a_worker_that_it_saw_dead_counts() {
    let mut story = Story::new().await;
    let mut state = JobState::default();
    for (worker, lost) in [("a", None), ("b", Some("a")), ("c", Some("b"))] {
        let lease = story.take(worker).await;
        assert_eq!(lease.lost(), lost);
        drop(lease);
        assert_eq!(story.job.free(worker, &mut state).await.expect("the store works"), 1);
    }
    let mut lease = story.take("d").await;
    lease.leave();
    story.job.heartbeat(&mut lease).await.expect("it holds it");
    assert_eq!(story.job.free("d", &mut state).await.expect("the store works"), 1);
    assert_eq!(story.take("e").await.lost(), None, "that one was asked to stop");
}

#[tokio::test]
async fn one_loss_is_one_attempt_however_often_it_is_noted_and_failed_ones_are_counted_apart() {
    let mut story = Story::new().await;
    drop(story.take("a").await);
    let lease = story.take("b").await;
    for _ in 0..4 {
        assert_eq!(story.weigh(&lease).await, (0, Verdict::Drawn));
    }
    story.job.note(FrameNumber(0), "b", "black", UtcTime::from_nanos(0)).await.expect("notes");
    let attempts = story.job.attempts(FrameNumber(0)).await.expect("counts");
    assert_eq!(attempts, Attempts { failed: 1, lost: 1 });
}

#[tokio::test]
async fn a_lease_of_the_first_version_can_be_taken_over() {
    let old = r#"{"schema":"cyclorama.lease/1","range":0,"worker":"a","epoch":1,"beat":3,"nonce":"x","state":"held"}"#;
    let record: LeaseRecord = serde_json::from_str(old).expect("reads");
    assert!(record.was_lost() && !record.leaving);
    assert_eq!(serde_json::to_string(&record).expect("writes"), old, "and is written as it was");
}

#[tokio::test]
async fn a_lease_that_stood_still_between_two_looks_is_abandoned_with_the_number_of_its_holdings() {
    let job = job(20, 10).await;
    let mut watch = LeaseWatch::new(LEASE);
    let t = |seconds: f64| at(100.0 + seconds);
    let names = || vec![LeaseName::from(0), LeaseName::from(1)];
    drop(hold(&job, 0_u32, "a", &mut LeaseWatch::new(LEASE), t(0.0)).await.expect("free"));
    let seconds = LEASE.as_secs_f64();
    assert_eq!(job.abandoned(names(), &mut watch, t(0.0)).await.expect("reads"), []);
    assert_eq!(job.abandoned(names(), &mut watch, t(seconds - 0.1)).await.expect("reads"), []);
    assert_eq!(
        job.abandoned(names(), &mut watch, t(seconds)).await.expect("reads"),
        [(LeaseName::from(0), 1)]
    );
    drop(hold(&job, 0_u32, "b", &mut watch, t(seconds)).await.expect("it expired"));
    assert_eq!(job.abandoned(names(), &mut watch, t(seconds)).await.expect("reads"), []);
    assert_eq!(
        job.abandoned(names(), &mut watch, t(2.0 * seconds)).await.expect("reads"),
        [(LeaseName::from(0), 2)]
    );
    let lease = hold(&job, 0_u32, "c", &mut watch, t(2.0 * seconds)).await.expect("it expired");
    job.release(lease, false).await.expect("it holds it");
    let found = job.abandoned(names(), &mut watch, t(2.0 * seconds)).await.expect("reads");
    assert_eq!(found, [(LeaseName::from(0), 3)], "what was given back is free at once");
}

//! Whether the borders of a job that is complete were judged, by its last worker or whoever waited for its end (see [`crate::mend`]).

use bytes::Bytes;
use cyclorama_assets::{Key, KeyError};

use super::{Job, JobState, LeaseName, LeaseRecord, LeaseState, LedgerError};
use crate::plan::Plan;

impl Plan {
    /// Whether borders are judged, and seams mended, once the job has ended: its host keeps a history, or wants frames ahead.
    pub fn wants_judging(&self) -> bool {
        self.history.is_some() || self.walk_in > 0
    }
}

impl Job {
    /// Says that the borders of the job were judged as it was in `state`, and that nothing of it is to be rendered again. Nothing where
    /// frames were missing.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn note_judged(&self, state: &JobState) -> Result<(), LedgerError> {
        if !state.is_complete(&self.plan) {
            return Ok(());
        }
        let record = Bytes::from_static(b"{\"schema\":\"cyclorama.judged/1\"}\n");
        Ok(self.writer.put(&self.judged_key(state)?, record).await?)
    }

    /// Whether the job is complete and its borders are still to be judged: nobody did yet, or frames were taken back after
    /// that.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn is_unjudged(&self, state: &JobState) -> Result<bool, LedgerError> {
        if !self.plan.wants_judging() || !state.is_complete(&self.plan) {
            return Ok(false);
        }
        Ok(self.writer.head(&self.judged_key(state)?).await?.is_none())
    }

    /// The last sign of life of whoever judges the borders now, as [`Job::signs_of_life`] has them; none where nobody does.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or the record cannot be read.
    pub async fn judge(&self) -> Result<Option<(u64, u64)>, LedgerError> {
        let record: Option<LeaseRecord> = self.writer.read(&self.lease_key(LeaseName::BORDERS)?).await?;
        let held = record.filter(|record| record.state == LeaseState::Held);
        Ok(held.map(|record| (record.epoch, record.beat)))
    }

    /// Named by what was taken back so far: frames that are drawn anew have borders of their own.
    fn judged_key(&self, state: &JobState) -> Result<Key, KeyError> {
        self.home.join(&format!("judged/{}", state.generation()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use cyclorama_assets::MemoryStore;
    use cyclorama_progress::Cancel;
    use cyclorama_time::{UtcTime, VirtualClock};

    use super::super::tests::{commit, rendered};
    use super::super::{Ledger, RenderedFrame};
    use crate::mend::{Borders, Judge};
    use crate::plan::PlanRequest;
    use crate::plan::tests::{camera, request};

    #[tokio::test]
    async fn a_complete_job_of_a_host_with_a_history_is_unjudged_until_somebody_says_so_and_again_once_frames_are_drawn_anew()
     {
        let camera = camera(0, 4);
        let planned =
            PlanRequest { chunk: Some(2), history: Some(0.04), ..request(&camera) }.plan().expect("plans");
        let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
        let job = ledger.submit(&planned).await.expect("submits");
        let unjudged = async || {
            let status = job.status(UtcTime::from_nanos(0)).await.expect("reads");
            (status.borders_unjudged, status.sentence().contains("borders are not judged yet"))
        };
        for frame in 0..3 {
            commit(&job, "w", frame, &frame.to_string()).await;
        }
        job.note_judged(&job.state().await.expect("lists")).await.expect("writes");
        assert_eq!(unjudged().await, (false, false), "there is nothing to judge before the end");
        commit(&job, "w", 3, "3").await;
        assert_eq!(unjudged().await, (true, true), "a mark of before is none");
        job.note_judged(&job.state().await.expect("lists")).await.expect("writes");
        assert_eq!(unjudged().await, (false, false));
        let frame: RenderedFrame = rendered(planned.plan.frames.last, "3");
        job.reject(&[frame]).await.expect("the store works");
        commit(&job, "w", 3, "three").await;
        assert_eq!(unjudged().await, (true, true), "another picture stands there now");
    }

    #[tokio::test]
    async fn borders_are_not_judged_by_whoever_cancels_that() {
        let camera = camera(0, 2);
        let planned = PlanRequest { history: Some(0.04), ..request(&camera) }.plan().expect("plans");
        let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
        let job = ledger.submit(&planned).await.expect("submits");
        for frame in 0..2 {
            commit(&job, "w", frame, &frame.to_string()).await;
        }
        let cancel = Cancel::new();
        cancel.cancel();
        let (lease, poll, clock) =
            (Duration::from_secs(10), Duration::from_secs(1), VirtualClock::new(UtcTime::from_nanos(0)));
        let judge = Judge { name: "w", lease, poll, clock: &clock, cancel: &cancel };
        let mut state = job.state().await.expect("lists");
        assert_eq!(judge.judge(&job, &mut state).await.expect("the store works"), Borders::Stand);
        assert!(job.is_unjudged(&job.state().await.expect("lists")).await.expect("reads"));
    }

    #[tokio::test]
    async fn a_job_without_history_has_nothing_to_judge() {
        let camera = camera(0, 2);
        let planned = request(&camera).plan().expect("plans");
        let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
        let job = ledger.submit(&planned).await.expect("submits");
        for frame in 0..2 {
            commit(&job, "w", frame, &frame.to_string()).await;
        }
        assert!(!job.is_unjudged(&job.state().await.expect("lists")).await.expect("reads"));
    }
}

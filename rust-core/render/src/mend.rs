//! The borders of a job are judged once all of its frames are there, and seams are mended: a run that visibly begins cold is
//! rendered again, after more walk-in frames.
//!
//! Whoever sees the end does it, under a lease of its own: a worker for whom nothing is left, or the command that waits. The
//! others wait for what comes of it, since there may be work again.

use std::collections::BTreeSet;
use std::time::Duration;

use cyclorama_progress::Cancel;
use cyclorama_time::{Clock, FrameNumber};

use crate::ledger::{Acquired, Job, JobState, LeaseName, LeaseWatch, LedgerError, RenderedFrame};
use crate::verify::{Seam, begins_anew, judge_borders};
use crate::walk_in::settled;
use crate::worker::{Heart, pause};

/// Walk-in frames are raised to this much at least, or to what settles the host's history, and doubled from there.
const LEAST: u32 = 32;
/// Never more than this; what shows a seam even so is left to a person.
pub const MOST: u32 = 512;

/// Who judges, and when.
pub struct Judge<'a> {
    /// Its name in the lease, for people.
    pub name: &'a str,
    /// After so long without a heartbeat another one takes over.
    pub lease: Duration,
    /// How often to look while another one judges.
    pub poll: Duration,
    /// By which clock the other's silence is measured.
    pub clock: &'a dyn Clock,
    /// Whoever cancels judges nothing.
    pub cancel: &'a Cancel,
}

/// What became of a job's borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Borders {
    /// They stay as they are: nothing is to be mended, or nobody was to judge.
    Stand,
    /// Some runs are to be rendered again, after more walk-in frames.
    Reopened {
        /// So many.
        runs: u32,
        /// After so many frames that are drawn and thrown away.
        walk_in: u32,
    },
}

impl Judge<'_> {
    /// Judges the borders of a job whose frames are all settled in `state`, where its host or its plan wants that and nobody did so
    /// before; or waits for the one that does. Where nothing is left to mend the ledger is told that they were judged. `state` is brought up
    /// to date.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails or frames cannot be read.
    pub async fn judge(&self, job: &Job, state: &mut JobState) -> Result<Borders, LedgerError> {
        if !job.plan().wants_judging() {
            return Ok(Borders::Stand);
        }
        let before = state.generation();
        let mut watch = LeaseWatch::new(self.lease);
        loop {
            // Also where somebody was killed while frames were taken back.
            if state.generation() != before || !state.is_settled_all(job.plan()) {
                let (runs, walk_in) = job.raised().await?;
                return Ok(Borders::Reopened { runs, walk_in });
            }
            let is_judged = state.is_complete(job.plan()) && !job.is_unjudged(state).await?;
            if self.cancel.is_cancelled() || state.cancelled || is_judged {
                return Ok(Borders::Stand);
            }
            match job.lease(LeaseName::BORDERS, self.name, &mut watch, self.clock.now()).await? {
                Acquired::Held(lease) => {
                    let every = self.lease / 3;
                    let heart =
                        Heart::start(job.clone(), lease, job.plan().frames, every, self.cancel.clone());
                    let judged = self.judge_held(job, state, &heart, &before).await;
                    if let Some(lease) = heart.stop().await
                        && let Err(error) = job.release(lease, false).await
                    {
                        tracing::debug!(%error, "the lease of the borders was not given back");
                    }
                    if let Some(borders) = judged? {
                        job.refresh(state).await?;
                        return Ok(borders);
                    }
                }
                Acquired::Busy | Acquired::Done => pause(self.poll, self.cancel).await,
            }
            job.refresh(state).await?;
        }
    }

    /// As [`Judge::judge_now`], of the job as it is once the lease is ours; none too when frames were taken back since `before`.
    async fn judge_held(
        &self,
        job: &Job,
        state: &mut JobState,
        heart: &Heart,
        before: &str,
    ) -> Result<Option<Borders>, LedgerError> {
        job.refresh(state).await?;
        // Only judges take frames back: the one that began to and had this lease is dead.
        let died = job.end_taking(state).await?;
        if died || state.generation() != before || !state.is_settled_all(job.plan()) {
            return Ok(None);
        }
        self.judge_now(job, state, heart).await
    }

    /// What came of the borders of the job as it is in `state`; none when another one took over meanwhile.
    async fn judge_now(
        &self,
        job: &Job,
        state: &JobState,
        heart: &Heart,
    ) -> Result<Option<Borders>, LedgerError> {
        let walk_in = job.walk_in().await?;
        let seams = judge_borders(job, self.cancel).await?;
        if self.cancel.is_cancelled() {
            // It ended early, with a part of what there is.
            return Ok(Some(Borders::Stand));
        }
        if heart.is_lost() || job.walk_in().await? != walk_in {
            return Ok(None);
        }
        Ok(Some(match reopen_while(job, &seams, || !heart.is_lost()).await? {
            Some((runs, walk_in)) => Borders::Reopened { runs, walk_in },
            None => {
                job.note_judged(state).await?;
                Borders::Stand
            }
        }))
    }
}

/// Opens every run again that begins with a visible one of `seams`, and raises the job's walk-in for it: all of a range,
/// or what was drawn at a stretch after a split or an interruption. Returns how many and the new walk-in; `None` when
/// there is nothing to mend, or no more frames would help.
///
/// # Errors
/// [`LedgerError`] when the store fails. What was opened before is rendered again all the same.
pub async fn reopen(job: &Job, seams: &[Seam]) -> Result<Option<(u32, u32)>, LedgerError> {
    reopen_while(job, seams, || true).await
}

/// As [`reopen`], as long as `holds`: another judge goes on from there.
async fn reopen_while(
    job: &Job,
    seams: &[Seam],
    holds: impl Fn() -> bool,
) -> Result<Option<(u32, u32)>, LedgerError> {
    let visible = seams.iter().filter(|seam| seam.is_visible());
    let visible = visible.filter(|seam| job.plan().range_of(seam.frame).is_some());
    let walk_in = job.walk_in().await?;
    let mut runs = BTreeSet::new();
    for Seam { frame, residue, .. } in visible {
        runs.insert(*frame);
        // Its own run was drawn again already: then the one before it, which it is measured by, was not settled yet.
        if residue.is_some() && walk_in > job.plan().walk_in {
            let before = job.frame(FrameNumber(frame.0 - 1)).await?;
            runs.extend(before.and_then(|record| record.frame.run));
        }
    }
    if runs.is_empty() || walk_in >= MOST {
        return Ok(None);
    }
    let raised = raised(walk_in, job.plan().history);
    job.raise_walk_in(raised, runs.len() as u32).await?;
    for first in runs.iter().take_while(|_| holds()) {
        let drawn = run_from(job, *first).await?;
        if let Some(last) = drawn.last() {
            // It comes anew with the run.
            job.drop_overlap(FrameNumber(last.frame.0 + 1)).await?;
        }
        job.reject_while(&drawn, &holds).await?;
    }
    Ok(Some((runs.len() as u32, raised)))
}

/// How many walk-in frames come after `walk_in` that left a seam.
pub(crate) fn raised(walk_in: u32, history: Option<f64>) -> u32 {
    walk_in.saturating_mul(2).max(history.map_or(0, settled)).clamp(LEAST, MOST)
}

/// The frames from `first` on that stand in its range up to where the host began anew.
async fn run_from(job: &Job, first: FrameNumber) -> Result<Vec<RenderedFrame>, LedgerError> {
    let plan = job.plan();
    let Some(range) = plan.range_of(first).and_then(|index| plan.ranges.get(index as usize)) else {
        return Ok(Vec::new());
    };
    let mut records = job.frames_of((first.0..=range.last.0).map(FrameNumber)).await?.into_values();
    let Some(begin) = records.next() else { return Ok(Vec::new()) };
    let mut drawn = vec![begin.clone()];
    drawn.extend(records.take_while(|record| !begins_anew(&begin, record)));
    Ok(drawn.into_iter().map(|record| record.frame).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::Mended;
    use crate::engine::local::Event;
    use crate::ledger::{Ledger, RenderedFrame};
    use crate::plan::tests::{camera, request};
    use crate::plan::{FrameRange, PlanRequest};
    use bytes::Bytes;
    use cyclorama_assets::{Condition, Key, MemoryStore, Store as _};
    use cyclorama_content::Digest;
    use cyclorama_time::{StageTime, UtcTime, VirtualClock};

    const LEASE: Duration = Duration::from_secs(10);

    /// A job of a host with a history whose four frames are committed.
    async fn drawn() -> Job {
        drawn_in(Arc::new(MemoryStore::new())).await
    }

    async fn drawn_in(store: Arc<MemoryStore>) -> Job {
        let camera = camera(0, 4);
        let planned =
            PlanRequest { chunk: Some(2), history: Some(0.04), ..request(&camera) }.plan().expect("plans");
        let ledger = Ledger::create(store).await.expect("a ledger");
        let job = ledger.submit(&planned).await.expect("submits");
        for frame in planned.plan.frames.iter() {
            commit(&job, frame).await;
        }
        job
    }

    async fn commit(job: &Job, frame: FrameNumber) {
        let content = Bytes::from(frame.0.to_string());
        let rendered = RenderedFrame {
            frame,
            pass: "beauty".to_owned(),
            blob: Digest::of(&content),
            bytes: content.len() as u64,
            pixels: Digest::of(&content),
            luminance: None,
            render_seconds: 0.1,
            run: Some(FrameNumber(frame.0 / 2 * 2)),
        };
        job.commit((0, 1), "w", rendered, content, UtcTime::from_nanos(0)).await.expect("commits");
    }

    /// Somebody else has the borders from the beginning and shows no sign of life.
    async fn held_by_another(job: &Job) {
        let mut watch = LeaseWatch::new(LEASE);
        let taken = job.lease(LeaseName::BORDERS, "another", &mut watch, StageTime::from_nanos(0)).await;
        assert!(matches!(taken, Ok(Acquired::Held(_))));
    }

    /// What a judge makes of it, and after how many seconds. `meanwhile` happens in the fifth.
    async fn judged(job: &Job, meanwhile: impl AsyncFnOnce()) -> (Borders, i64) {
        let (clock, cancel) = (VirtualClock::new(UtcTime::from_nanos(0)), Cancel::new());
        let poll = Duration::from_secs(1);
        let judge = Judge { name: "w", lease: LEASE, poll, clock: &clock, cancel: &cancel };
        let mut state = job.state().await.expect("lists");
        let ticking = async {
            let mut meanwhile = Some(meanwhile);
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                clock.advance(1_000_000_000);
                if clock.now().nanos() == 5_000_000_000
                    && let Some(meanwhile) = meanwhile.take()
                {
                    meanwhile().await;
                }
            }
        };
        tokio::select! {
            borders = judge.judge(job, &mut state) => {
                (borders.expect("the store works"), clock.now().nanos() / 1_000_000_000)
            }
            () = ticking => unreachable!("it goes on for ever"),
        }
    }

    async fn is_unjudged(job: &Job) -> bool {
        job.is_unjudged(&job.state().await.expect("lists")).await.expect("reads")
    }

    #[tokio::test(start_paused = true)]
    async fn borders_are_judged_once_and_whoever_comes_later_need_not_wait() {
        let job = drawn().await;
        assert_eq!(judged(&job, async || {}).await, (Borders::Stand, 0));
        assert!(!is_unjudged(&job).await);
        held_by_another(&job).await;
        assert_eq!(judged(&job, async || {}).await, (Borders::Stand, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_dies_while_judging_is_replaced_once_the_lease_is_over() {
        let job = drawn().await;
        held_by_another(&job).await;
        let (borders, seconds) = judged(&job, async || assert!(is_unjudged(&job).await, "it may live")).await;
        assert_eq!(borders, Borders::Stand);
        assert!((10..=12).contains(&seconds), "{seconds}");
        assert!(!is_unjudged(&job).await);
    }

    #[tokio::test(start_paused = true)]
    async fn what_another_opens_again_is_heard_of_even_if_it_is_drawn_by_then() {
        let job = drawn().await;
        held_by_another(&job).await;
        let seam = [Seam { frame: FrameNumber(2), ratio: 24.0, residue: None, most: 1.0 }];
        let opened = async || {
            assert_eq!(reopen(&job, &seam).await.expect("the store works"), Some((1, 170)));
            for frame in 2..4 {
                commit(&job, FrameNumber(frame)).await;
            }
        };
        let (borders, seconds) = judged(&job, opened).await;
        assert_eq!(borders, Borders::Reopened { runs: 1, walk_in: 170 });
        assert!((5..=6).contains(&seconds), "{seconds}");
        assert!(is_unjudged(&job).await, "what was drawn anew has borders of its own");
    }

    #[tokio::test(start_paused = true)]
    async fn frames_that_were_taken_back_by_somebody_who_died_then_are_drawn_and_not_judged() {
        let job = drawn().await;
        held_by_another(&job).await;
        job.raise_walk_in(170, 1).await.expect("writes");
        let frame = job.frame(FrameNumber(3)).await.expect("reads").expect("is committed");
        job.reject(&[frame.frame]).await.expect("the store works");
        assert_eq!(judged(&job, async || {}).await, (Borders::Reopened { runs: 1, walk_in: 170 }, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_killed_while_taking_frames_back_leaves_them_to_be_drawn_and_nothing_judged() {
        let store = Arc::new(MemoryStore::new());
        let job = drawn_in(Arc::clone(&store)).await;
        held_by_another(&job).await;
        let killed = async || {
            job.raise_walk_in(170, 1).await.expect("writes");
            let home = format!("jobs/{}", job.plan().job);
            for (key, deleted) in [("leases/taking-0123", false), ("frames/000002.json", true)] {
                let key = Key::new(format!("{home}/{key}")).expect("a key");
                if deleted {
                    store.delete(&key, Condition::Always).await.expect("deletes");
                } else {
                    store.put(&key, Bytes::from_static(b"{}"), Condition::Absent).await.expect("writes");
                }
            }
        };
        let (borders, seconds) = judged(&job, killed).await;
        assert_eq!(borders, Borders::Reopened { runs: 1, walk_in: 170 });
        assert!((10..=12).contains(&seconds), "{seconds}");
        commit(&job, FrameNumber(2)).await;
        assert!(is_unjudged(&job).await, "what was drawn anew has borders of its own");
        assert_eq!(judged(&job, async || {}).await, (Borders::Stand, 0), "once");
        assert!(!is_unjudged(&job).await);
    }

    #[tokio::test]
    async fn what_others_mend_between_two_looks_is_told_once() {
        let job = drawn().await;
        let mut state = job.state().await.expect("lists");
        let (mut mended, mut told) = (Mended::of(&state), Vec::new());
        let seam = [Seam { frame: FrameNumber(2), ratio: 24.0, residue: None, most: 1.0 }];
        mended.tell(&job, &state, &mut |event| told.push(event)).await.expect("reads");
        reopen(&job, &seam).await.expect("the store works");
        for frame in 2..4 {
            commit(&job, FrameNumber(frame)).await;
        }
        job.refresh(&mut state).await.expect("lists");
        for _ in 0..2 {
            mended.tell(&job, &state, &mut |event| told.push(event)).await.expect("reads");
        }
        assert_eq!(told, [Event::Reopened { runs: 1, walk_in: 170 }]);
    }

    #[tokio::test]
    async fn whoever_loses_the_lease_takes_no_more_frames_back_and_what_went_is_seen_to_be_gone() {
        let job = drawn().await;
        let mut state = job.state().await.expect("lists");
        let frames = job.frames_of((0..4).map(FrameNumber)).await.expect("reads").into_values();
        let frames: Vec<_> = frames.map(|record| record.frame).collect();
        let asked = std::cell::Cell::new(0);
        let holds = || asked.replace(asked.get() + 1) < 3;
        job.reject_while(&frames, holds).await.expect("the store works");
        job.refresh(&mut state).await.expect("lists");
        assert_eq!(state.committed, [2, 3].map(FrameNumber).into());
        assert_eq!(
            (state.taking.len(), state.taken_back.len()),
            (1, 2),
            "a mark that nobody else can have set"
        );
        job.reject_while(&frames, || false).await.expect("the store works");
        assert_eq!(job.state().await.expect("lists").committed.len(), 2);
    }

    #[tokio::test]
    async fn only_the_run_behind_a_seam_is_opened_and_each_time_with_more_walk_in() {
        let camera = camera(0, 20);
        let planned = PlanRequest { chunk: Some(10), ..request(&camera) }.plan().expect("plans");
        let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
        let job = ledger.submit(&planned).await.expect("submits");
        for frame in planned.plan.frames.iter() {
            let content = Bytes::from(frame.0.to_string());
            let blob = Digest::of(&content);
            let (pass, bytes) = ("beauty".to_owned(), content.len() as u64);
            let rendered = RenderedFrame {
                frame,
                pass,
                blob,
                bytes,
                pixels: blob,
                luminance: None,
                render_seconds: 0.1,
                // The second range was split at 15.
                run: Some(FrameNumber(frame.0 / 10 * 10 + if frame.0 >= 15 { 5 } else { 0 })),
            };
            job.commit((0, 1), "w", rendered, content, UtcTime::from_nanos(0)).await.expect("commits");
        }
        let seam_at = |frame, ratio| [Seam { frame: FrameNumber(frame), ratio, residue: None, most: 1.0 }];
        let seam = |ratio| seam_at(10, ratio);
        assert_eq!(reopen(&job, &seam(1.1)).await.expect("the store works"), None);
        assert_eq!(reopen(&job, &seam(24.0)).await.expect("the store works"), Some((1, 32)));
        let state = job.state().await.expect("lists");
        let run = |first, last| FrameRange { first: FrameNumber(first), last: FrameNumber(last) };
        assert_eq!(state.missing(planned.plan.frames), [run(10, 14)], "what follows the split began well");
        assert_eq!(reopen(&job, &seam(6.6)).await.expect("the store works"), Some((1, 64)));
        assert_eq!(reopen(&job, &seam_at(15, 6.6)).await.expect("the store works"), Some((1, 128)));
        let state = job.state().await.expect("lists");
        assert_eq!(state.missing(planned.plan.frames), [run(10, 19)]);
        job.raise_walk_in(MOST, 1).await.expect("writes");
        assert_eq!(reopen(&job, &seam(2.0)).await.expect("the store works"), None, "a person looks at it");
    }
}

//! Seams are mended: a run that visibly begins cold is rendered again, after more walk-in frames.
//!
//! Works on a job whose frames are all there. It decides what to open again; whoever runs the engine renders it.

use std::collections::BTreeSet;

use cyclorama_progress::{Cancel, Progress};
use cyclorama_time::FrameNumber;

use super::{EngineError, Event};
use crate::ledger::{Job, LedgerError, RenderedFrame};
use crate::verify::{Seam, VerifyReport, verify_job};
use crate::walk_in::settled;

/// Walk-in frames are raised to this much at least, or to what settles the host's history, and doubled from there.
const LEAST: u32 = 32;
/// Never more than this; what shows a seam even so is left to a person.
pub const MOST: u32 = 512;

/// Judges the borders of a job that has ended, where its host or its plan wants that. True when the job is to be worked on again: runs were
/// opened, of which `on_event` hears, or another command opened some meanwhile. Where nothing is left to mend the ledger is told that
/// they were judged. Whoever cancels judges nothing.
///
/// # Errors
/// [`EngineError`] when the ledger fails or frames cannot be read.
pub async fn opens_again(
    job: &Job,
    cancel: &Cancel,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<bool, EngineError> {
    if !job.plan().wants_judging() {
        return Ok(false);
    }
    let (seen, walk_in) = (job.state().await?, job.walk_in().await?);
    let verified = verify_job(job, &Progress::new(), cancel).await?;
    // It ends early then, with a part of what there is.
    if cancel.is_cancelled() {
        return Ok(false);
    }
    if job.walk_in().await? != walk_in {
        return Ok(true);
    }
    match reopen(job, &verified).await? {
        Some((runs, walk_in)) => {
            on_event(Event::Reopened { runs, walk_in });
            Ok(true)
        }
        None => {
            job.note_judged(&seen).await?;
            Ok(false)
        }
    }
}

/// Opens every run again that begins with a visible seam in `report`, and raises the job's walk-in for it: all of a range,
/// or what was drawn at a stretch after a split or an interruption. Returns how many and the new walk-in; `None` when
/// there is nothing to mend, or no more frames would help.
///
/// # Errors
/// [`LedgerError`] when the store fails. What was opened before is rendered again all the same.
pub async fn reopen(job: &Job, report: &VerifyReport) -> Result<Option<(u32, u32)>, LedgerError> {
    let visible = report.seams.iter().filter(|seam| seam.is_visible());
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
    job.raise_walk_in(raised).await?;
    for first in &runs {
        let drawn = run_from(job, *first).await?;
        if let Some(last) = drawn.last() {
            // It comes anew with the run.
            job.drop_overlap(FrameNumber(last.frame.0 + 1)).await?;
        }
        job.reject(&drawn).await?;
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
    let records = job.frames_of((first.0..=range.last.0).map(FrameNumber)).await?;
    let anew = |frame: &RenderedFrame| frame.frame > first && frame.run == Some(frame.frame);
    Ok(records.into_values().map(|record| record.frame).take_while(|frame| !anew(frame)).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ledger::{Ledger, RenderedFrame};
    use crate::plan::tests::{camera, request};
    use crate::plan::{FrameRange, PlanRequest};
    use bytes::Bytes;
    use cyclorama_assets::MemoryStore;
    use cyclorama_content::Digest;
    use cyclorama_time::UtcTime;

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
        let report_at = |frame, ratio| VerifyReport {
            schema: "cyclorama.verify/1",
            job: planned.plan.job.clone(),
            frames: 20,
            good: 20,
            bad: Vec::new(),
            seams: vec![Seam { frame: FrameNumber(frame), ratio, residue: None, most: 1.0 }],
        };
        let report = |ratio| report_at(10, ratio);
        assert_eq!(reopen(&job, &report(1.1)).await.expect("the store works"), None);
        assert_eq!(reopen(&job, &report(24.0)).await.expect("the store works"), Some((1, 32)));
        let state = job.state().await.expect("lists");
        let run = |first, last| FrameRange { first: FrameNumber(first), last: FrameNumber(last) };
        assert_eq!(state.missing(planned.plan.frames), [run(10, 14)], "what follows the split began well");
        assert_eq!(reopen(&job, &report(6.6)).await.expect("the store works"), Some((1, 64)));
        assert_eq!(reopen(&job, &report_at(15, 6.6)).await.expect("the store works"), Some((1, 128)));
        let state = job.state().await.expect("lists");
        assert_eq!(state.missing(planned.plan.frames), [run(10, 19)]);
        job.raise_walk_in(MOST).await.expect("writes");
        assert_eq!(reopen(&job, &report(2.0)).await.expect("the store works"), None, "a person looks at it");
    }
}

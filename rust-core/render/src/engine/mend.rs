//! Seams are mended: a range that visibly begins cold is rendered again, after more walk-in frames.
//!
//! Works on a job whose frames are all there. It decides what to open again; whoever runs the engine renders it.

use crate::ledger::{Job, LedgerError};
use crate::verify::{Seam, VerifyReport};

/// Walk-in frames are raised to this much at least, and doubled from there.
const LEAST: u32 = 32;
/// Never more than this; what shows a seam even so is left to a person.
pub const MOST: u32 = 512;

/// Opens every range again that begins with a visible seam in `report`, and raises the job's walk-in for it. Returns
/// how many ranges and the new walk-in; `None` when there is nothing to mend, or no more frames would help.
///
/// # Errors
/// [`LedgerError`] when the store fails. What was opened before is rendered again all the same.
pub async fn reopen(job: &Job, report: &VerifyReport) -> Result<Option<(u32, u32)>, LedgerError> {
    let plan = job.plan();
    let seams = report.seams.iter().filter(|seam| seam.is_visible());
    let ranges: Vec<u32> = seams.filter_map(|Seam { frame, .. }| plan.range_of(*frame)).collect();
    let walk_in = job.walk_in().await?;
    if ranges.is_empty() || walk_in >= MOST {
        return Ok(None);
    }
    let raised = walk_in.saturating_mul(2).clamp(LEAST, MOST);
    job.raise_walk_in(raised).await?;
    for range in &ranges {
        for frame in plan.ranges[*range as usize].iter() {
            if let Some(record) = job.frame(frame).await? {
                job.reject(&record.frame).await?;
            }
        }
    }
    Ok(Some((ranges.len() as u32, raised)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ledger::{Ledger, RenderedFrame};
    use crate::plan::PlanRequest;
    use crate::plan::tests::{camera, request};
    use bytes::Bytes;
    use cyclorama_assets::MemoryStore;
    use cyclorama_content::Digest;
    use cyclorama_time::{FrameNumber, UtcTime};

    #[tokio::test]
    async fn only_the_range_behind_a_seam_is_opened_and_each_time_with_more_walk_in() {
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
            };
            job.commit((0, 1), "w", rendered, content, UtcTime::from_nanos(0)).await.expect("commits");
        }
        let seam = |ratio| Seam { frame: FrameNumber(10), ratio };
        let report = |ratio| VerifyReport {
            schema: "cyclorama.verify/1",
            job: planned.plan.job.clone(),
            frames: 20,
            good: 20,
            bad: Vec::new(),
            seams: vec![seam(ratio)],
        };
        assert_eq!(reopen(&job, &report(1.1)).await.expect("the store works"), None);
        assert_eq!(reopen(&job, &report(24.0)).await.expect("the store works"), Some((1, 32)));
        let state = job.state().await.expect("lists");
        assert_eq!(state.missing(planned.plan.frames), vec![planned.plan.ranges[1]]);
        assert_eq!(reopen(&job, &report(6.6)).await.expect("the store works"), Some((1, 64)));
        job.raise_walk_in(MOST).await.expect("writes");
        assert_eq!(reopen(&job, &report(2.0)).await.expect("the store works"), None, "a person looks at it");
    }
}

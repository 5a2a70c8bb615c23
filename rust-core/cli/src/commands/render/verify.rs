//! `cyclorama render verify`

use cyclorama_outcome::ExitCode;
use cyclorama_progress::Progress;
use cyclorama_render::verify::verify_job;

use super::Which;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

/// Open and check every frame of a job again
///
/// Reads each picture back from the store: complete, right size and number, no broken or black pixels, no copy of
/// its neighbour, no jump in brightness, no seam where ranges meet. Ends with 5 when a frame is missing or wrong.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let progress = Progress::new();
    let report = {
        let _drawn = cx.printer.follow("frames", &progress, &cx.clock);
        cx.wait(async {
            let job = args.which.open(cx).await?;
            verify_job(&job, &progress, cx.cancel()).await.doing(format!("verify job {}", job.plan().job))
        })?
    };
    if cx.printer.json() {
        cx.printer.data(&serde_json::to_string(&report).expect("a report is JSON"))?;
    } else {
        cx.printer.data(&format!("job {}: {} of {} frames right", report.job, report.good, report.frames))?;
        if let Some(worst) = report.seams.iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio)) {
            cx.printer.data(&format!(
                "  {} borders measured; across the worst, before frame {}, the picture changes {:.2} times as much \
                 as beside it",
                report.seams.len(),
                worst.frame.0,
                worst.ratio
            ))?;
        }
        for bad in &report.bad {
            cx.printer.data(&format!("  frame {}: {}", bad.frame.0, bad.reason))?;
        }
    }
    if cx.cancel().is_cancelled() {
        return Err(Failure::cancelled("the frames not named were not all looked at"));
    }
    Ok(if report.bad.is_empty() { ExitCode::Done } else { ExitCode::Integrity })
}

//! `cyclorama render status`

use cyclorama_outcome::ExitCode;
use cyclorama_render::ledger::{Job, Status};

use super::Which;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Show how far a job is
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    cx.wait(async {
        let job = args.which.open(cx).await?;
        let status = read(&job, cx).await?;
        if cx.printer.json() {
            return line(&status, cx);
        }
        cx.printer.data(&status.sentence())?;
        for lease in &status.leases {
            cx.printer.data(&format!("  frames {} with {}", lease.frames, lease.worker))?;
        }
        for failed in job.failures().await.doing("read what failed")? {
            cx.printer.data(&format!(
                "  frame {} given up after {}: {}",
                failed.frame.0,
                text::count(u64::from(failed.attempts), "attempt"),
                failed.reason
            ))?;
        }
        Ok(())
    })?;
    Ok(ExitCode::Done)
}

pub(crate) async fn read(job: &Job, cx: &Context) -> Result<Status, Failure> {
    job.status(cx.clock.utc()).await.doing(format!("read the state of job {}", job.plan().job))
}

/// The status as its own JSON line; it names its schema itself.
pub(crate) fn line(status: &Status, cx: &Context) -> Result<(), Failure> {
    cx.printer.data(&serde_json::to_string(status).expect("a status has text keys and finite numbers"))
}

/// How a job that has settled ends the command.
pub(crate) fn ending(status: &Status) -> ExitCode {
    if status.committed == status.frames { ExitCode::Done } else { ExitCode::Partial }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(committed: u64, failed: u64, eta_seconds: Option<f64>) -> Status {
        Status {
            schema: "cyclorama.job/1",
            job: "abc-0".into(),
            frames: 24,
            committed,
            failed,
            leases: Vec::new(),
            eta_seconds,
            cancelled: false,
            waits_until: None,
            borders_unjudged: false,
        }
    }

    #[test]
    fn a_job_with_frames_missing_is_not_done() {
        assert_eq!(ending(&status(24, 0, Some(0.0))), ExitCode::Done);
        assert_eq!(ending(&status(23, 1, Some(0.0))), ExitCode::Partial);
    }
}

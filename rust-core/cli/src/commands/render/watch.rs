//! `cyclorama render watch`

use std::time::Duration;

use cyclorama_outcome::ExitCode;
use cyclorama_progress::Progress;

use super::{Which, status};
use crate::{context::Context, failure::Failure};

/// Follow a job until it ends
///
/// Prints a line whenever something changes. Leaving it does not disturb the job.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

/// How often the ledger is read.
const EVERY: Duration = Duration::from_millis(500);

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let progress = Progress::new();
    let _drawn = cx.printer.follow("frames", &progress, &cx.clock);
    cx.wait(async {
        let job = args.which.open(cx).await?;
        let mut last = None;
        loop {
            let now = status::read(&job).await?;
            progress.set_total(now.frames);
            progress.set_done(now.committed);
            if last.as_ref() != Some(&now) {
                if cx.printer.json() {
                    status::line(&now, cx)?;
                    cx.printer.flush()?;
                } else if !cx.printer.live() {
                    cx.printer.say(&status::sentence(&now));
                }
            }
            let settled = now.committed + now.failed >= now.frames || now.cancelled;
            if settled {
                if !cx.printer.json() {
                    cx.printer.data(&status::sentence(&now))?;
                }
                return Ok(status::ending(&now));
            }
            if cx.cancel().is_cancelled() {
                return Err(Failure::cancelled("stopped watching; the job goes on"));
            }
            last = Some(now);
            tokio::time::sleep(EVERY).await;
        }
    })
}

//! `cyclorama render cancel`

use cyclorama_outcome::ExitCode;

use super::{Which, status};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

/// Ask a job's workers to stop
///
/// They finish the frame in flight, wherever they run. What is committed stays; `render submit` with the same plan goes on.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let now = cx.wait(async {
        let job = args.which.open(cx).await?;
        let before = status::read(&job, cx).await?;
        if before.committed + before.failed >= before.frames {
            cx.printer.say("nothing is left to cancel");
            return Ok(before);
        }
        job.cancel().await.doing(format!("cancel job {}", job.plan().job))?;
        status::read(&job, cx).await
    })?;
    if cx.printer.json() {
        status::line(&now, cx)?;
    } else {
        cx.printer.data(&now.sentence())?;
    }
    Ok(ExitCode::Done)
}

//! `cyclorama render retry`

use cyclorama_outcome::ExitCode;
use serde::Serialize;

use super::Which;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Open the frames that were given up again
///
/// Their failed attempts are forgotten. Workers that still run take them; else start some, by the same `render submit`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

#[derive(Serialize)]
struct Line {
    job: String,
    frames: usize,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (job, frames) = cx.wait(async {
        let job = args.which.open(cx).await?;
        let name = job.plan().job.clone();
        let frames = job.retry().await.doing(format!("open the frames of job {name} again"))?;
        Ok::<_, Failure>((name, frames))
    })?;
    if cx.printer.json() {
        cx.printer.object("cyclorama.retry/1", &Line { job, frames })?;
    } else {
        cx.printer.data(&format!("job {job}: {} open again", text::count(frames as u64, "frame")))?;
    }
    Ok(ExitCode::Done)
}

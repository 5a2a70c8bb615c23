//! `cyclorama render logs`

use cyclorama_outcome::ExitCode;
use cyclorama_render::plan::FrameRange;

use super::Which;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Tell what went wrong with a job's frames, and where
///
/// Every failed attempt with its worker and reason, in the order of time, a host's own last words among them; then what was
/// given up.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Only of these frames, both ends included
    #[arg(long, value_name = "FIRST-LAST", allow_hyphen_values = true)]
    frames: Option<FrameRange>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (mut notes, mut failures) = cx.wait(async {
        let job = args.which.open(cx).await?;
        let doing = format!("read what went wrong in job {}", job.plan().job);
        Ok::<_, Failure>((job.notes().await.doing(&doing)?, job.failures().await.doing(&doing)?))
    })?;
    if let Some(frames) = args.frames {
        notes.retain(|note| frames.contains(note.frame));
        failures.retain(|failed| frames.contains(failed.frame));
    }
    notes.sort_by_key(|note| note.at);
    // The records name their schemas themselves.
    let json = |line: Result<String, serde_json::Error>| cx.printer.data(&line.expect("a record is JSON"));
    for note in &notes {
        if cx.printer.json() {
            json(serde_json::to_string(note))?;
        } else {
            let at = text::utc(note.at);
            cx.printer.data(&format!("{at}  frame {}  {}: {}", note.frame.0, note.worker, note.reason))?;
        }
    }
    for failed in &failures {
        if cx.printer.json() {
            json(serde_json::to_string(failed))?;
        } else {
            let attempts = text::count(u64::from(failed.attempts), "attempt");
            cx.printer
                .data(&format!("frame {} given up after {attempts}: {}", failed.frame.0, failed.reason))?;
        }
    }
    if notes.is_empty() && failures.is_empty() {
        cx.printer.say("nothing went wrong");
    }
    Ok(ExitCode::Done)
}

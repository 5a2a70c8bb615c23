//! `cyclorama render sheet`

use std::path::PathBuf;

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_render::{
    frame::{Image, decode_frame, write_png},
    ledger::Job,
    sheet::{contact_sheet, even_choice, thumbnail},
};
use cyclorama_time::FrameNumber;
use serde::Serialize;

use super::Which;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

/// Make a contact sheet of a job's frames
///
/// A PNG with small pictures of the frames that are there, each with its number and timecode; of more than 48 an even choice. Ends with
/// 8 when frames of the job are missing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// The file; what stood there is replaced
    #[arg(long, value_name = "FILE.png")]
    out: PathBuf,
}

#[derive(Serialize)]
struct Line {
    file: String,
    shown: usize,
    missing: u64,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (title, pictures, missing) = cx.wait(async {
        let job = args.which.open(cx).await?;
        let state = job.state().await.doing(format!("read the state of job {}", job.plan().job))?;
        let there: Vec<FrameNumber> = state.committed.iter().copied().collect();
        if there.is_empty() {
            let message = "failed to make the contact sheet: the job has no frames yet";
            return Err(Failure::new(Kind::NotFound, message));
        }
        let mut pictures = Vec::new();
        for frame in even_choice(&there) {
            if cx.cancel().is_cancelled() {
                return Err(Failure::cancelled("no contact sheet was written"));
            }
            pictures.extend(picture(&job, *frame).await?);
        }
        let plan = job.plan();
        let title = format!("{}   {} of {} frames", plan.take.name, there.len(), plan.frames.count());
        Ok((title, pictures, plan.frames.count().saturating_sub(there.len() as u64)))
    })?;
    let sheet = contact_sheet(&title, &pictures);
    write_png(&args.out, &sheet).doing(format!("write contact sheet {}", args.out.display()))?;
    let line = Line { file: args.out.display().to_string(), shown: pictures.len(), missing };
    if cx.printer.json() {
        cx.printer.object("cyclorama.sheet/1", &line)?;
    } else {
        let missing = if missing == 0 { String::new() } else { format!(", {missing} frames missing") };
        cx.printer.data(&format!("{} pictures in {}{missing}", line.shown, line.file))?;
    }
    Ok(if missing == 0 { ExitCode::Done } else { ExitCode::Partial })
}

/// A committed frame, small, under its number and timecode; none when it was taken back meanwhile.
async fn picture(job: &Job, frame: FrameNumber) -> Result<Option<(String, Image)>, Failure> {
    let doing = format!("read frame {}", frame.0);
    let Some(record) = job.frame(frame).await.doing(&doing)? else { return Ok(None) };
    let file = job.picture(&record.frame).await.doing(&doing)?;
    let (image, header) = decode_frame(&file).doing(&doing)?;
    let timecode = header.timecode.map_or_else(String::new, |timecode| format!("  {timecode}"));
    Ok(Some((format!("{}{timecode}", frame.0), thumbnail(&image))))
}

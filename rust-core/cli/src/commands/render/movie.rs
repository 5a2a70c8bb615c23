//! `cyclorama render movie`

use std::{ffi::OsString, path::PathBuf};

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_progress::{Cancel, Progress};
use cyclorama_render::{
    frame::{Image, decode_frame},
    ledger::Job,
    movie::{Movie, MovieError},
};
use serde::Serialize;

use super::Which;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

/// Make a movie file of a job's frames, with ffmpeg
///
/// H.264 in MP4, with the take's exact rate and its timecode, to look at: 8 bits, sRGB. A frame that is missing shows
/// the one before it, the first ones black, and the command ends with 8.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// The file; what stood there is replaced
    #[arg(long, value_name = "FILE.mp4")]
    out: PathBuf,
    /// ffmpeg's program
    #[arg(long, value_name = "FILE", default_value = "ffmpeg")]
    ffmpeg: OsString,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Made {
    pub(crate) frames: u64,
    pub(crate) missing: u64,
}

#[derive(Serialize)]
struct Line {
    file: String,
    #[serde(flatten)]
    made: Made,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    if let Some(folder) =
        args.out.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
    {
        let message =
            format!("failed to make movie {}: there is no folder {}", args.out.display(), folder.display());
        return Err(Failure::new(Kind::NotFound, message).hint("make the folder first, or name another file"));
    }
    let progress = Progress::new();
    let made = {
        let _drawn = cx.printer.follow("frames", &progress, &cx.clock);
        cx.wait(async {
            let job = args.which.open(cx).await?;
            let movie = start(&job, args).doing(format!("make movie {}", args.out.display()))?;
            encode(&job, movie, &progress, cx.cancel()).await
        })?
    };
    if cx.printer.json() {
        cx.printer.object("cyclorama.movie/1", &Line { file: args.out.display().to_string(), made })?;
    } else {
        let missing = if made.missing == 0 { String::new() } else { format!(", {} missing", made.missing) };
        cx.printer.data(&format!("{} frames in {}{missing}", made.frames, args.out.display()))?;
    }
    Ok(if made.missing == 0 { ExitCode::Done } else { ExitCode::Partial })
}

fn start(job: &Job, args: &Args) -> Result<Movie, MovieError> {
    let plan = job.plan();
    Movie::start(&args.ffmpeg, &args.out, (plan.size.width, plan.size.height), plan.rate, plan.timecode)
}

/// Every frame of the job into `movie`, in order.
pub(crate) async fn encode(
    job: &Job,
    mut movie: Movie,
    progress: &Progress,
    cancel: &Cancel,
) -> Result<Made, Failure> {
    let doing = "make the movie";
    let size = job.plan().size;
    let (mut made, mut shown) = (Made::default(), Image::filled(size.width, size.height, [0.0; 3]));
    progress.set_total(job.plan().frames.count());
    for frame in job.plan().frames.iter() {
        if cancel.is_cancelled() {
            return Err(Failure::cancelled("no movie was written"));
        }
        if let Some(record) = job.frame(frame).await.doing(doing)? {
            let file = job.picture(&record.frame).await.doing(doing)?;
            shown = decode_frame(&file).doing(format!("read frame {}", frame.0))?.0;
        } else {
            made.missing += 1;
        }
        // A frame in the place of each, or the timecode would be wrong from here on.
        movie.add(&shown).doing(doing)?;
        made.frames += 1;
        progress.add_done(1);
    }
    if made.missing == made.frames {
        return Err(Failure::new(Kind::NotFound, "failed to make the movie: the job has no frames yet"));
    }
    movie.finish().doing(doing)?;
    Ok(made)
}

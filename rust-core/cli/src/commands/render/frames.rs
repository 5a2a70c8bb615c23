//! `cyclorama render frames`

use std::path::{Path, PathBuf};

use cyclorama_outcome::ExitCode;
use cyclorama_progress::Progress;
use cyclorama_render::{
    engine::collect,
    frame::{FrameFormat, read_frame, write_png},
};
use serde::Serialize;

use super::Which;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

/// Copy a job's verified frames to a folder
///
/// Writes a sequence of EXR files, or PNG files where the job's frames are those, each file checked against the digest it was committed
/// with. Ends with 8 when frames are missing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Folder for the sequence; created when missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write a PNG beside each EXR, to look at: 8 bits, sRGB; nothing more where the frames are PNG files
    #[arg(long)]
    png: bool,
}

#[derive(Serialize)]
struct Line {
    frames: usize,
    missing: u64,
    bytes: u64,
    files: Vec<String>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let progress = Progress::new();
    let (format, collected) = {
        let _drawn = cx.printer.follow("frames", &progress, &cx.clock);
        cx.wait(async {
            let job = args.which.open(cx).await?;
            let doing = format!("copy the frames to {}", args.out.display());
            let collected = collect::sequence(&job, &args.out, &progress, cx.cancel()).await.doing(doing)?;
            Ok::<_, Failure>((job.plan().format, collected))
        })?
    };
    if args.png && format != FrameFormat::Png {
        collected.files.iter().try_for_each(|exr| still(exr, &exr.with_extension("png")))?;
    }
    if cx.printer.json() {
        let files = collected.files.iter().map(|path| path.display().to_string()).collect();
        let (missing, bytes) = (collected.missing, collected.bytes);
        cx.printer
            .object("cyclorama.frames/1", &Line { frames: collected.files.len(), missing, bytes, files })?;
    } else {
        let (there, missing) = (collected.files.len(), collected.missing);
        let missing = if missing == 0 { String::new() } else { format!(", {missing} missing") };
        cx.printer.data(&format!("{there} frames in {}{missing}", args.out.display()))?;
    }
    Ok(if collected.missing == 0 { ExitCode::Done } else { ExitCode::Partial })
}

/// Writes a frame as a PNG to look at.
pub(crate) fn still(frame: &Path, png: &Path) -> Result<(), Failure> {
    let (image, _) = read_frame(frame).doing(format!("read frame {}", frame.display()))?;
    write_png(png, &image).doing(format!("write still {}", png.display()))
}

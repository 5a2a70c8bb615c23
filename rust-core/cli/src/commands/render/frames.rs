//! `cyclorama render frames`

use std::{
    fs,
    path::{Path, PathBuf},
};

use cyclorama_outcome::ExitCode;
use cyclorama_progress::Progress;
use cyclorama_render::{
    frame::{decode_exr_pixels, encode_png},
    ledger::{FrameRecord, Job},
    plan::Plan,
};
use serde::Serialize;

use super::Which;
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    files::write_whole,
};

/// Copy a job's verified frames to a folder
///
/// Writes an EXR sequence, each file checked against the digest it was committed with. Files that are there
/// already and right are left alone, so it goes on where it was stopped. Ends with 8 when frames are missing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Folder for the sequence; created when missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write a PNG beside each EXR
    #[arg(long)]
    png: bool,
}

#[derive(Serialize)]
struct Line {
    frame: i64,
    path: String,
    bytes: u64,
    pixels: String,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let progress = Progress::new();
    let _drawn = cx.printer.follow("frames", &progress, &cx.clock);
    cx.wait(async {
        let job = args.which.open(cx).await?;
        fs::create_dir_all(&args.out).doing_io(format!("create folder {}", args.out.display()))?;
        let records = job.frames().await.doing("list the committed frames")?;
        progress.set_total(records.len() as u64);
        for record in &records {
            if cx.cancel().is_cancelled() {
                return Err(Failure::cancelled("frames copied so far are whole; run it again to go on"));
            }
            let path = copy(&job, record, &args.out, args.png).await?;
            progress.add_done(1);
            if cx.printer.json() {
                cx.printer.object("cyclorama.frame/1", &line(record, &path))?;
            }
        }
        let (there, wanted) = (records.len() as u64, job.plan().frames.count());
        if !cx.printer.json() {
            cx.printer.data(&format!("{there} of {wanted} frames in {}", args.out.display()))?;
        }
        Ok(if there == wanted { ExitCode::Done } else { ExitCode::Partial })
    })
}

/// Copies one frame, and gives back where it went.
pub(crate) async fn copy(
    job: &Job,
    record: &FrameRecord,
    folder: &Path,
    png: bool,
) -> Result<PathBuf, Failure> {
    let path = folder.join(format!("{}.exr", stem(job.plan(), record)));
    let doing = format!("write frame {} to {}", record.frame.frame.0, path.display());
    let picture = job.picture(&record.frame).await.doing(&doing)?;
    if !holds(&path, &picture) {
        write_whole(&path, &picture).doing_io(&doing)?;
    }
    if png {
        let still = decode_exr_pixels(&picture).and_then(|image| encode_png(&image)).doing(&doing)?;
        write_whole(&path.with_extension("png"), &still).doing_io(&doing)?;
    }
    Ok(path)
}

fn holds(path: &Path, bytes: &[u8]) -> bool {
    let same_length = fs::metadata(path).is_ok_and(|file| file.len() == bytes.len() as u64);
    same_length && fs::read(path).is_ok_and(|there| there == bytes)
}

/// `shot-12.0007`: sequences are numbered with four digits, more where there are more.
fn stem(plan: &Plan, record: &FrameRecord) -> String {
    format!("{}.{:04}", portable(&plan.take.name), record.frame.frame.0)
}

/// A take's name as a file name on any system.
pub(crate) fn portable(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = name.chars().map(safe).collect();
    let name = name.trim_matches('.');
    if name.is_empty() { "take".to_owned() } else { name.to_owned() }
}

fn line(record: &FrameRecord, path: &Path) -> Line {
    Line {
        frame: record.frame.frame.0,
        path: path.display().to_string(),
        bytes: record.frame.bytes,
        pixels: record.frame.pixels.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_takes_become_names_of_files_anywhere() {
        assert_eq!(portable("shot-12_A.v2"), "shot-12_A.v2");
        assert_eq!(portable("../etc/pass wd"), "_etc_pass_wd");
        assert_eq!(portable("..."), "take");
    }
}

//! `cyclorama take export`

use std::{io, path::PathBuf};

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::export;

use super::path::Which;
use crate::{
    commands::render::scene_text,
    context::Context,
    failure::{DoingIo as _, Failure},
    files::write_whole,
};

/// Export a take for other programs
///
/// opentrackio: every sample, one JSON object per line. csv: the camera's path, one line per frame. usda: the demo
/// stage, or your scene, with the camera's path, for Blender, Unreal and others.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama take export --format csv shot-12.take > path.csv\n  \
    cyclorama take export --format usda --out shot-12.usda shot-12.take")]
pub(crate) struct Args {
    /// What to write
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Format,
    /// File to write, whole or not at all [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Scene that the camera is put into, a USDA file [default: the demo stage]
    #[arg(long, value_name = "FILE")]
    scene: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
    /// The take: a file, a name in the takes folder, or STORE@TAKE
    take: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Samples as OpenTrackIO 1.0.1 JSON lines
    Opentrackio,
    /// Scene and camera as USD text
    Usda,
    /// The camera's path as a table
    Csv,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (file, reader) = super::open(&args.take, cx)?;
    let name = file.to_string();
    let path = || args.which.evaluate(&reader, &name, cx).map(|(evaluated, _)| evaluated.path);
    let mut written = Vec::new();
    match args.format {
        Format::Opentrackio => {
            let replayed = args.which.replay(&reader, &name, cx)?;
            export::opentrackio(&replayed.samples, &mut written)
        }
        Format::Csv => export::csv(&path()?, &mut written),
        Format::Usda => {
            written = scene_text(args.scene.as_deref(), &path()?, &reader, cx)?.into_bytes();
            io::Result::Ok(())
        }
    }
    .doing_io(format!("export take {name}"))?;
    match &args.out {
        Some(out) => write_whole(out, &written).doing_io(format!("write {}", out.display()))?,
        None => cx.printer.bytes(&written)?,
    }
    Ok(ExitCode::Done)
}

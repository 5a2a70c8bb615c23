//! `cyclorama take show`

use std::path::PathBuf;

use cyclorama_outcome::ExitCode;

use super::description::Description;
use crate::{context::Context, failure::Failure};

/// Show what a take holds: slate, camera, timecode, camera path
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The take, as a file or by name
    take: PathBuf,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (path, reader) = super::open(&args.take, cx)?;
    let description = Description::of(&path, &reader);
    if cx.printer.json() {
        cx.printer.object("cyclorama.take/1", &description)?;
    } else {
        description
            .rows()
            .iter()
            .try_for_each(|(label, value)| cx.printer.data(&format!("{label:<12} {value}")))?;
    }
    Ok(ExitCode::Done)
}

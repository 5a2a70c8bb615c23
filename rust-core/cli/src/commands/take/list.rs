//! `cyclorama take list`

use std::{fs, path::PathBuf};

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::take::Reader;

use super::{EXTENSION, description::Description};
use crate::{
    context::Context,
    failure::{DoingIo as _, Failure},
};

/// List the takes in a folder
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to look in [default: the setting takes.folder]
    folder: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let folder = args.folder.as_ref().unwrap_or(&cx.settings.takes_folder);
    let entries = fs::read_dir(folder).doing_io(format!("list takes in {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == EXTENSION) && path.is_file())
        .collect();
    paths.sort();
    let mut unreadable = 0;
    for path in &paths {
        match Reader::open(path) {
            Ok(reader) => {
                let description = Description::of(path, &reader);
                if cx.printer.json() {
                    cx.printer.object("cyclorama.take/1", &description)?;
                } else {
                    cx.printer.data(&description.line())?;
                }
            }
            Err(error) => {
                unreadable += 1;
                cx.printer.say(&format!("warning: {}: {error}", path.display()));
            }
        }
    }
    if paths.is_empty() {
        cx.printer.say(&format!("no takes in {}", folder.display()));
    }
    Ok(if unreadable > 0 { ExitCode::Partial } else { ExitCode::Done })
}

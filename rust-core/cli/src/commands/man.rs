//! `cyclorama man [DIR]`

use std::{fs, path::PathBuf};

use clap::CommandFactory as _;
use clap_mangen::Man;
use cyclorama_outcome::ExitCode;

use crate::{
    arguments::Cli,
    context::Context,
    failure::{DoingIo as _, Failure},
};

/// Print the man page, or write all of them to a folder
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  cyclorama man | man -l -\n  cyclorama man ~/.local/share/man/man1")]
pub(crate) struct Args {
    /// Folder for one page per command; created when missing
    folder: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    if let Some(folder) = &args.folder {
        let to = format!("write man pages to {}", folder.display());
        fs::create_dir_all(folder).doing_io(&to)?;
        clap_mangen::generate_to(Cli::command(), folder).doing_io(&to)?;
        cx.printer.say(&format!("man pages written to {}", folder.display()));
    } else {
        let mut page = Vec::new();
        Man::new(Cli::command()).render(&mut page).doing_io("write the man page")?;
        cx.printer.bytes(&page)?;
    }
    Ok(ExitCode::Done)
}

//! `cyclorama take ...`

pub(crate) mod description;
mod export;
mod found;
mod import;
mod list;
mod orders;
pub(crate) mod path;
pub(crate) mod publish;
mod recover;
mod show;
mod verify;

use std::path::{Path, PathBuf};

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::take::Reader;

use crate::{context::Context, failure::Failure};

pub(crate) use found::{Found, file, find};
pub(crate) use import::Slate;

/// What takes are called on disk.
pub(crate) const EXTENSION: &str = "take";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    List(list::Args),
    Show(show::Args),
    Verify(verify::Args),
    Export(export::Args),
    Import(import::Args),
    Recover(recover::Args),
    Publish(publish::Args),
    Start(orders::Start),
    Stop(orders::Stop),
    Note(orders::Note),
}

pub(crate) fn run(command: Command, cx: &Context) -> Result<ExitCode, Failure> {
    match command {
        Command::List(args) => list::run(&args, cx),
        Command::Show(args) => show::run(&args, cx),
        Command::Verify(args) => verify::run(&args, cx),
        Command::Export(args) => export::run(&args, cx),
        Command::Import(args) => import::run(&args, cx),
        Command::Recover(args) => recover::run(&args, cx),
        Command::Publish(args) => publish::run(&args, cx),
        Command::Start(args) => orders::start(&args, cx),
        Command::Stop(args) => orders::stop(&args, cx),
        Command::Note(args) => orders::note(&args, cx),
    }
}

/// Opens the take `named`, a file or one in a store.
pub(crate) fn open(named: &Path, cx: &Context) -> Result<(Found, Reader), Failure> {
    let found = find(named, cx)?;
    let reader = found.open()?;
    Ok((found, reader))
}

/// Whether that is written as a URL of a store.
pub(crate) fn is_url(text: &str) -> bool {
    text.contains("://") || text.starts_with("file:")
}

/// Where a new take goes: a bare name goes to the takes folder.
pub(crate) fn place(named: &Path, cx: &Context) -> PathBuf {
    let named = if named.extension().is_none() { named.with_extension(EXTENSION) } else { named.to_owned() };
    let bare = named.parent().is_none_or(|parent| parent.as_os_str().is_empty());
    if bare { cx.settings.takes_folder.join(named) } else { named }
}

/// What people call the take at `path`.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

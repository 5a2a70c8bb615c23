//! `cyclorama take list`

use std::{
    fs,
    path::{Path, PathBuf},
};

use cyclorama_assets::Store;
use cyclorama_outcome::ExitCode;
use cyclorama_tracking::take::Reader;

use super::{EXTENSION, description::Description, is_url};
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    handoff::{self, LISTING},
};

/// List the takes in a folder or a store
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama take list ./takes\n  \
    cyclorama take list s3://production/takes --json")]
pub(crate) struct Args {
    /// Folder, or store that takes were handed to [default: the setting takes.folder]
    place: Option<String>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    match &args.place {
        Some(place) if is_store(place) => in_store(place, cx),
        Some(place) => in_folder(Path::new(place), cx),
        None => in_folder(&cx.settings.takes_folder, cx),
    }
}

/// A URL, or a folder that takes were handed to.
fn is_store(place: &str) -> bool {
    is_url(place) || Path::new(place).join(LISTING).is_dir()
}

fn in_folder(folder: &Path, cx: &Context) -> Result<ExitCode, Failure> {
    let entries = fs::read_dir(folder).doing_io(format!("list takes in {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == EXTENSION) && path.is_file())
        .collect();
    paths.sort();
    let mut unreadable = 0;
    for path in &paths {
        match Reader::open(path) {
            Ok(reader) => print(&Description::of(path.display().to_string(), &reader), cx)?,
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

fn in_store(url: &str, cx: &Context) -> Result<ExitCode, Failure> {
    let store = cx.wait(cx.store(url)).doing(format!("open the store {url}"))?;
    let found = cx.wait(handoff::entries(store.as_ref())).doing(format!("list takes in {url}"))?;
    let mut unreadable = 0;
    for key in &found {
        match cx.wait(entry(store.as_ref(), key))? {
            Some(description) => print(&description, cx)?,
            None => {
                unreadable += 1;
                cx.printer.say(&format!("warning: {key} is no entry of a take"));
            }
        }
    }
    if found.is_empty() {
        cx.printer.say(&format!("no takes in {url}"));
    }
    Ok(if unreadable > 0 { ExitCode::Partial } else { ExitCode::Done })
}

/// What an entry of the listing says; `None` when it says nothing we know.
async fn entry(store: &dyn Store, key: &cyclorama_assets::Key) -> Result<Option<Description>, Failure> {
    let object = store.get(key).await.doing(format!("read {key}"))?;
    Ok(serde_json::from_slice(&object.bytes).ok())
}

fn print(description: &Description, cx: &Context) -> Result<(), Failure> {
    if cx.printer.json() {
        cx.printer.object("cyclorama.take/1", description)
    } else {
        cx.printer.data(&description.line())
    }
}

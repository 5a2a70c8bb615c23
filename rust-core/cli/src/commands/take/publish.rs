//! `cyclorama take publish`

use std::path::{Path, PathBuf};

use cyclorama_outcome::{ExitCode, Kind};

use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    handoff, text,
};

/// Hand closed takes to a store, with their notes
///
/// Each lies there under the digest of its content, so repeating it changes nothing and goes on where it stopped.
/// `track listen --store` does this by itself.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama take publish shot-12.take s3://production/takes\n  \
    cyclorama take publish ./takes /mnt/production")]
pub(crate) struct Args {
    /// A take, or a folder of takes
    take: PathBuf,
    /// The store: a folder or URL [default: the setting takes.store]
    store: Option<String>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let Some(url) = args.store.as_ref().or(cx.settings.takes_store.as_ref()) else {
        return Err(Failure::new(Kind::User, "failed to publish: no store was given")
            .hint("name one, or set takes.store"));
    };
    let store = cx.wait(cx.store(url)).doing(format!("open the store {url}"))?;
    let takes = if args.take.is_dir() {
        handoff::closed_takes(&args.take).doing_io(format!("list takes in {}", args.take.display()))?
    } else {
        vec![super::find(&args.take, cx)]
    };
    let mut failed = 0;
    for path in &takes {
        if cx.cancel().is_cancelled() {
            return Err(Failure::cancelled("repeat the command: what is in the store stays there"));
        }
        match cx.wait(handoff::hand_over(store.as_ref(), path)) {
            Ok(handed) if cx.printer.json() => cx.printer.object("cyclorama.handed/1", &handed)?,
            Ok(handed) => cx.printer.data(&sentence(&handed))?,
            Err(error) if takes.len() == 1 => {
                return Err(error).doing(doing(path));
            }
            Err(error) => {
                failed += 1;
                cx.printer.say(&format!("warning: failed to {}: {error}", doing(path)));
            }
        }
    }
    if takes.is_empty() {
        cx.printer.say(&format!("no closed takes in {}", args.take.display()));
    }
    Ok(if failed > 0 { ExitCode::Partial } else { ExitCode::Done })
}

fn doing(path: &Path) -> String {
    format!("hand over {}", path.display())
}

/// `A101_t003 handed over as takes/....take, 1.2 MB, 2 notes`
pub(crate) fn sentence(handed: &handoff::Handed) -> String {
    let what = if handed.known { "was there already as" } else { "handed over as" };
    let notes = match handed.notes {
        0 => String::new(),
        count => format!(", {} more", text::count(count, "note")),
    };
    format!("{} {what} {}, {}{notes}", handed.name, handed.key, text::bytes(handed.bytes))
}

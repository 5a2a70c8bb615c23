//! `cyclorama take publish`

use std::path::{Path, PathBuf};

use cyclorama_assets::{Repository, store::Store};
use cyclorama_outcome::{ExitCode, Kind};

use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    handoff, text,
};

/// Hand closed takes to a store, with their notes
///
/// Each lies there under the digest of its content, so repeating it changes nothing and goes on where it stopped.
/// `track listen --store` does this by itself. A store that is named here must be one already, or take its first takes
/// by --new-store; the one of the setting takes.store is begun with its first take.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama take publish shot-12.take s3://production/takes\n  \
    cyclorama take publish ./takes /mnt/production")]
pub(crate) struct Args {
    /// A take, or a folder of takes
    take: PathBuf,
    /// The store: a folder or URL [default: the setting takes.store]
    store: Option<String>,
    /// Begin a store of takes there, where no store is yet
    #[arg(long, requires = "store")]
    new_store: bool,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let Some(url) = args.store.as_ref().or(cx.settings.takes_store.as_ref()) else {
        return Err(Failure::new(Kind::User, "failed to publish: no store was given")
            .hint("name one, or set takes.store"));
    };
    let store = cx.wait(cx.store(url)).doing(format!("open the store {url}"))?;
    if !args.new_store && cx.settings.takes_store.as_ref() != Some(url) {
        cx.wait(is_begun(store.as_ref(), url))?;
    }
    let takes = if args.take.is_dir() {
        let doing = format!("list takes in {}", args.take.display());
        let (closed, others) = handoff::takes_in(&args.take).doing_io(doing)?;
        for path in others {
            let path = path.display();
            cx.printer.say(&format!(
                "warning: {path} stays here, it was never closed: it is being recorded, or `cyclorama take recover` saves it"
            ));
        }
        closed
    } else {
        vec![super::file(&args.take, cx)]
    };
    let mut failed = 0;
    for path in &takes {
        if cx.cancel().is_cancelled() {
            return Err(Failure::cancelled("repeat the command: what is in the store stays there"));
        }
        match cx.wait(handoff::hand_over(store.as_ref(), path)) {
            Ok(handed) if cx.printer.json() => cx.printer.object("cyclorama.handed/1", &handed)?,
            Ok(handed) => cx.printer.data(&sentence(&handed))?,
            Err(error) => {
                let failure = Failure::of(&error, doing(path));
                if takes.len() == 1 {
                    return Err(failure);
                }
                failed += 1;
                failure.print(cx.printer.json());
            }
        }
    }
    if takes.is_empty() {
        cx.printer.say(&format!("no closed takes in {}", args.take.display()));
    }
    Ok(if failed > 0 { ExitCode::Partial } else { ExitCode::Done })
}

/// Refuses what is no store yet: a name with a slip in it would become one, and its takes would be missed where they belong.
async fn is_begun(store: &dyn Store, url: &str) -> Result<(), Failure> {
    let doing = format!("look into the store {url}");
    let is_begun =
        handoff::has_takes(store).await.doing(&doing)? || Repository::exists(store).await.doing(&doing)?;
    if is_begun {
        return Ok(());
    }
    let message = format!("failed to publish: there is no store at {url}");
    Err(Failure::new(Kind::NotFound, message).hint(format!(
        "check the name; `cyclorama assets init {url}` makes a store, and --new-store one of takes alone"
    )))
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

//! `cyclorama assets init`

mod around;

use std::io::Write as _;

use cyclorama_assets::{FormatOptions, MasterKey, Repository, Writers};
use cyclorama_outcome::{ExitCode, Kind};
use serde::Serialize;

use super::place::{Key, options, place};
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
};

/// Make a new, empty store for a project's content
///
/// The store races itself first: some servers ignore the conditions that keep two people's work apart. Such a server
/// is refused, unless --single-writer says that writers take turns. A store lies beside the project: none is made within
/// another store, or in a project's own folder.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama assets init /mnt/production/wall\n  \
    cyclorama assets init s3://production/wall\n  \
    cyclorama assets init s3://production/wall --encrypt --key-file wall.key")]
pub(crate) struct Args {
    /// Where: a folder, file:// or s3://bucket/prefix
    store: String,
    /// For a server that ignores conditions: writers take turns, and a second one is refused
    #[arg(long)]
    single_writer: bool,
    /// Encrypt everything on this machine before it is sent; with --key-file, which is made when it is not there, or with
    /// --key, of which KMS makes the store's own key
    #[arg(long)]
    encrypt: bool,
    #[command(flatten)]
    key: Key,
}

#[derive(Serialize)]
struct Made<'a> {
    store: &'a str,
    id: &'a str,
    writers: Writers,
    encrypted: bool,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    cx.wait(async {
        let place = place(&args.store);
        let key = &args.key;
        let encrypted = key.key.is_some() || key.key_file.is_some();
        if args.encrypt != encrypted && key.key.is_none() {
            let problem = Failure::new(Kind::User, "failed to make a store: --encrypt and a key belong together");
            return Err(problem.hint("add --key-file FILE or --key kms:KEY to --encrypt, or --encrypt to --key-file"));
        }
        let doing = format!("make a store in {}", place.store);
        let store = place.objects(cx).await?;
        let beside = around::look(&store.describe())?;
        make_key(args)?;
        let writers = if args.single_writer { Writers::Single } else { Writers::Many };
        let format = FormatOptions { writers, ..FormatOptions::default() };
        let repository = Repository::init(store, format, options(key, cx)).await.doing(doing)?;
        let (format, store) = (repository.format(), place.store.as_str());
        let made = Made { store, id: &format.id, writers: format.writers, encrypted };
        if cx.printer.json() {
            cx.printer.object("cyclorama.store-made/1", &made)?;
        } else {
            cx.printer.say(&format!("made a store in {store}"));
        }
        if let Some(project) = beside {
            cx.printer.say(&format!(
                "warning: that is within the project {}, which cannot be published with a store in it: name the store in its \
                 .cycignore, or make it beside the project",
                project.display()
            ));
        }
        if args.single_writer {
            cx.printer.say(
                "warning: writers take turns in this store: a second one is refused while somebody publishes, and locks and \
                 merges between people need a server that keeps its conditions",
            );
        }
        if let Some(wrapped) = format.seal.as_ref().and_then(|seal| seal.key.as_ref()) {
            cx.printer.say(&format!("its key is wrapped by {}: without that nobody can read this store, ever", wrapped.key));
        } else if encrypted {
            cx.printer.say("keep a copy of the key: without it nobody can read this store, ever");
        }
        Ok(ExitCode::Done)
    })
}

/// Writes a new key, readable by its owner alone, unless there is one.
fn make_key(args: &Args) -> Result<(), Failure> {
    let Some(path) = &args.key.key_file else { return Ok(()) };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let doing = format!("make the key {}", path.display());
    match options.open(path) {
        Ok(mut file) => {
            let text = format!("{}\n", MasterKey::random().to_text());
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).doing_io(doing)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error).doing_io(doing),
    }
}

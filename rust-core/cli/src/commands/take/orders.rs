//! `cyclorama take start|stop|note`: orders to the listener that records into a folder.

use std::path::{Path, PathBuf};

use cyclorama_outcome::ExitCode;
use cyclorama_time::Clock as _;
use cyclorama_tracking::{slate::notes, take::Reader};
use serde::Serialize;

use crate::{
    commands::take,
    context::Context,
    control::{self, Answer, Ask},
    failure::{Doing as _, Failure},
};

/// Begin a take now, whatever the tracker's flag says
///
/// A listener must run: `track listen --record-dir FOLDER`. The take keeps what came in the second before.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama take start ./takes --slate A101\n  \
    cyclorama take start ./takes --slate A101 --take 7 --note 'wide, 35 mm'")]
pub(crate) struct Start {
    /// Folder the listener records into [default: the setting takes.folder]
    folder: Option<PathBuf>,
    /// Slate [default: the listener's]
    #[arg(long, value_name = "TEXT")]
    slate: Option<String>,
    /// Number [default: the next on that slate]
    #[arg(long, alias = "take-number", value_name = "NUMBER")]
    take: Option<u32>,
    /// What the take says of itself
    #[arg(long, alias = "notes", value_name = "TEXT")]
    note: Option<String>,
}

/// End the take that rolls
///
/// The tracker's flag counts again once it has been down.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  cyclorama take stop ./takes")]
pub(crate) struct Stop {
    /// Folder the listener records into [default: the setting takes.folder]
    folder: Option<PathBuf>,
}

/// Note something of a take; the take itself is never changed
///
/// Notes stand beside the take in NAME.notes.jsonl and go to the store with it. Of a folder, it is noted of the take
/// that rolls there, or rolled last.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama take note ./takes 'boom in shot'\n  \
    cyclorama take note ./takes/A101_t003.take 'good, print it'")]
pub(crate) struct Note {
    /// A take, or the folder a listener records into
    take: PathBuf,
    /// The note
    text: String,
}

pub(crate) fn start(args: &Start, cx: &Context) -> Result<ExitCode, Failure> {
    let Start { slate, take, note, .. } = args;
    let ask = Ask::Start { slate: slate.clone(), take: *take, note: note.clone() };
    order(args.folder.as_deref(), ask, "start a take", cx)
}

pub(crate) fn stop(args: &Stop, cx: &Context) -> Result<ExitCode, Failure> {
    order(args.folder.as_deref(), Ask::Stop, "stop the take", cx)
}

pub(crate) fn note(args: &Note, cx: &Context) -> Result<ExitCode, Failure> {
    if args.take.is_dir() {
        let ask = Ask::Note { text: args.text.clone() };
        return order(Some(&args.take), ask, "note that", cx);
    }
    let path = take::file(&args.take, cx);
    let reader = Reader::open(&path).doing(format!("open take {}", path.display()))?;
    notes::append(&path, &reader.info().name, &args.text, cx.clock.utc())
        .doing(format!("note that of {}", path.display()))?;
    let name = reader.info().name.as_str();
    if cx.printer.json() {
        let noted = Noted { take: name, path: path.display().to_string(), text: &args.text };
        cx.printer.object("cyclorama.noted/1", &noted)?;
    } else {
        cx.printer.say(&format!("noted of {name}"));
    }
    Ok(ExitCode::Done)
}

/// What was noted of a take's file.
#[derive(Serialize)]
struct Noted<'a> {
    take: &'a str,
    path: String,
    text: &'a str,
}

fn order(folder: Option<&Path>, ask: Ask, what: &str, cx: &Context) -> Result<ExitCode, Failure> {
    let folder = folder.unwrap_or(&cx.settings.takes_folder);
    let answer = control::ask(folder, ask).doing(what)?;
    if cx.printer.json() {
        cx.printer.object("cyclorama.slate/1", &answer)?;
    } else {
        cx.printer.data(&sentence(&answer))?;
    }
    Ok(ExitCode::Done)
}

fn sentence(answer: &Answer) -> String {
    let place = answer.path.as_ref().map_or_else(String::new, |path| format!(": {}", path.display()));
    match (&answer.rolling, &answer.last) {
        (Some(name), _) => format!("{} take {} rolls{place}", name.slate, name.take),
        (None, Some(name)) => format!("{} take {} is closed{place}", name.slate, name.take),
        (None, None) => "nothing rolls".to_owned(),
    }
}

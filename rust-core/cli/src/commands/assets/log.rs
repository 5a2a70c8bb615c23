//! `cyclorama assets log`

use cyclorama_assets::RefName;
use cyclorama_assets::history::{LogEntry, LogOptions, log};
use cyclorama_outcome::ExitCode;

use super::place::{Key, moment, place};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Show the versions of a ref, newest first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The store, and the ref or version to begin with [default: main]
    #[arg(value_name = "STORE[@VERSION]")]
    store: String,
    /// How many versions at most
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: usize,
    /// Count the files that came, changed and went with each version
    #[arg(long)]
    changes: bool,
    #[command(flatten)]
    key: Key,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    cx.wait(async {
        let place = place(&args.store);
        let repository = place.open_with(&args.key, cx).await?;
        let options = LogOptions { limit: args.limit, count_changes: args.changes };
        let entries = log(&repository, &place.revision()?, options).await.doing("read the history")?;
        for entry in &entries {
            if cx.printer.json() {
                let line = serde_json::to_string(entry).expect("a version has text keys and finite numbers");
                cx.printer.data(&line)?;
            } else {
                person(entry, cx)?;
            }
        }
        Ok(ExitCode::Done)
    })
}

fn person(entry: &LogEntry, cx: &Context) -> Result<(), Failure> {
    let refs: Vec<&str> = entry.refs.iter().map(RefName::as_str).collect();
    let refs = if refs.is_empty() { String::new() } else { format!(" ({})", refs.join(", ")) };
    cx.printer.data(&cx.printer.bold(&format!("{}{refs}", entry.snapshot.short())))?;
    let author = if entry.author.is_empty() { "somebody" } else { &entry.author };
    cx.printer.data(&format!("  {} by {author}", moment(entry.created_ms)))?;
    if !entry.message.is_empty() {
        cx.printer.data(&format!("  {}", entry.message.replace('\n', "\n  ")))?;
    }
    let mut sizes = format!(
        "  {}, {}; {} new, {} sent",
        text::count(entry.files, "file"),
        text::bytes(entry.bytes),
        text::bytes(entry.bytes_new),
        text::bytes(entry.bytes_uploaded)
    );
    if let Some(changes) = entry.changes {
        sizes += &format!("; +{} ~{} -{}", changes.added, changes.changed, changes.removed);
    }
    cx.printer.data(&sizes)
}

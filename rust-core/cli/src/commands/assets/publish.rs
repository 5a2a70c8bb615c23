//! `cyclorama assets publish`

use std::path::PathBuf;
use std::sync::Arc;

use cyclorama_assets::locks::Held;
use cyclorama_assets::publish::{AskLocks, OnConflict, Options, PublishError, Report};
use cyclorama_assets::working::{WorkingError, publish_folder};
use cyclorama_assets::{RefName, SnapshotId};
use cyclorama_outcome::ExitCode;
use cyclorama_time::StageTime;
use serde::Serialize;

use super::place::{Key, owner, place};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    printer::BYTES,
    text,
};

/// Publish what is new in a project's folder
///
/// Only what the store does not have is sent, and nobody sees any of it before all of it is there. Work of others on
/// other files is merged. A publish that was stopped or killed goes on where it was.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama assets publish ./project ./store --message \"wall moved two metres left\"\n  \
    cyclorama assets publish ./project s3://studio/wall --ref night-shoot")]
pub(crate) struct Args {
    /// The project's folder
    folder: PathBuf,
    /// The store: a folder, file:// or s3://bucket/prefix
    #[arg(value_name = "STORE[@REF]")]
    store: String,
    /// The name to publish under [default: main]
    #[arg(long, value_name = "REF")]
    r#ref: Option<RefName>,
    /// What changed, in your words
    #[arg(long, short, value_name = "TEXT", default_value = "")]
    message: String,
    /// Who publishes [default: this person]
    #[arg(long, alias = "person", value_name = "NAME")]
    author: Option<String>,
    /// Version of the engine the content is for
    #[arg(long, value_name = "VERSION")]
    engine_version: Option<String>,
    /// Whose files win where both sides changed the same ones [default: stop and name them]
    #[arg(long, value_name = "WHOSE")]
    keep: Option<Whose>,
    /// Make the version exactly this folder, without merging what others published
    #[arg(long)]
    replace: bool,
    /// Stop, before anything is sent, where somebody else has locked what changed [default: publish, and name it]
    #[arg(long)]
    refuse_locked: bool,
    /// Tell what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Folder for what is remembered of this one between publishes [default: this one, or, where it may not be written, the
    /// cache of this machine]
    #[arg(long, value_name = "DIR")]
    records: Option<PathBuf>,
    #[command(flatten)]
    key: Key,
}

/// Whose files win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Whose {
    /// Those in this folder
    Mine,
    /// Those of the store
    Theirs,
}

#[derive(Serialize)]
struct Published<'a> {
    snapshot: SnapshotId,
    r#ref: &'a RefName,
    files: u64,
    bytes: u64,
    bytes_new: u64,
    bytes_uploaded: u64,
    /// Of files that were read, what did not cross the network.
    bytes_saved: u64,
    seconds: f64,
    unchanged: bool,
    merged: bool,
    dry_run: bool,
    /// Files and links that are not there any more, by their paths.
    removed: &'a [String],
    left: &'a [(String, String)],
    locked: &'a [Held],
    /// Where the folder's records lie, if not in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<String>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let began = cx.clock.now();
    cx.wait(async {
        let place = place(&args.store);
        let name = match &args.r#ref {
            Some(name) => name.clone(),
            None => place.name()?,
        };
        let repository = place.open_with(&args.key, cx).await?;
        let mut options = Options::new();
        options.name = name;
        let owner = owner(cx, args.author.as_deref());
        options.author = owner.person.clone();
        options.locks = Some(AskLocks { owner, refuse: args.refuse_locked });
        options.message = args.message.clone();
        options.engine = args.engine_version.clone();
        options.on_conflict = match args.keep {
            None => OnConflict::Stop,
            Some(Whose::Mine) => OnConflict::Ours,
            Some(Whose::Theirs) => OnConflict::Theirs,
        };
        options.replace = args.replace;
        options.dry_run = args.dry_run;
        options.cancel = cx.cancel().clone();
        options.records.clone_from(&args.records);
        let published = {
            let _drawn = cx.printer.follow(BYTES, &options.progress, &cx.clock);
            publish_folder(&repository, &args.folder, Arc::clone(&cx.clock), &options).await
        };
        if let Err(error) = &published {
            name_each(error, cx);
        }
        let report = published.doing(format!("publish {}", args.folder.display()))?;
        let saved = if args.dry_run { 0 } else { options.progress.saved() };
        tell(args, &report, (&options.name, saved), began, cx)
    })
}

/// Everything that stands in the way, each on a line; the error itself names the first.
fn name_each(error: &WorkingError, cx: &Context) {
    match error {
        WorkingError::Troubles(troubles) if troubles.len() > 1 => {
            troubles
                .iter()
                .for_each(|trouble| cx.printer.say(&format!("  {} {}", trouble.path, trouble.why)));
        }
        WorkingError::Publish(PublishError::Conflicts { conflicts, .. }) if conflicts.len() > 1 => {
            conflicts.iter().for_each(|conflict| cx.printer.say(&format!("  {}", conflict.path)));
        }
        WorkingError::Publish(PublishError::Locked { held }) if held.len() > 1 => {
            held.iter().for_each(|held| cx.printer.say(&format!("  {held}")));
        }
        _ => {}
    }
}

fn tell(
    args: &Args,
    report: &Report,
    (name, saved): (&RefName, u64),
    began: StageTime,
    cx: &Context,
) -> Result<ExitCode, Failure> {
    let seconds = cx.clock.now().nanos_since(began) as f64 / 1e9;
    for (path, why) in &report.left {
        cx.printer.say(&format!("warning: {path} was left out: {why}"));
    }
    for held in &report.held {
        cx.printer.say(&format!("warning: {held}; talk to them"));
    }
    if let (Some(records), None) = (&report.records, &args.records) {
        let (folder, records) = (args.folder.display(), records.display());
        cx.printer.say(&format!("{folder} may not be written: what is remembered of it lies in {records}"));
    }
    if cx.printer.json() {
        let published = Published {
            snapshot: report.snapshot,
            r#ref: name,
            files: report.files,
            bytes: report.bytes,
            bytes_new: report.bytes_new,
            bytes_uploaded: report.bytes_uploaded,
            bytes_saved: saved,
            seconds,
            unchanged: report.unchanged,
            merged: report.merged,
            dry_run: args.dry_run,
            removed: &report.removed,
            left: &report.left,
            locked: &report.held,
            records: report.records.as_ref().map(|records| records.display().to_string()),
        };
        cx.printer.object("cyclorama.publish/1", &published)?;
    } else {
        name_removed(args.dry_run, report, cx);
        cx.printer.data(&sentence(args.dry_run, report, (name, saved), seconds))?;
    }
    Ok(if report.left.is_empty() { ExitCode::Done } else { ExitCode::Partial })
}

/// A few files that were removed, each on a line: more is what somebody meant, and `--json` names them all.
fn name_removed(dry_run: bool, report: &Report, cx: &Context) {
    const FEW: usize = 10;
    let did = if dry_run { "would remove" } else { "removed" };
    if report.removed.len() <= FEW {
        report.removed.iter().for_each(|path| cx.printer.say(&format!("{did} {path}")));
    }
}

fn sentence(dry_run: bool, report: &Report, (name, saved): (&RefName, u64), seconds: f64) -> String {
    let all = format!("{}, {}", text::count(report.files, "file"), text::bytes(report.bytes));
    let (new, sent) = (text::bytes(report.bytes_new), text::bytes(report.bytes_uploaded));
    let removed = match (dry_run, report.removed.len() as u64) {
        (_, 0) => String::new(),
        (true, some) => format!("; {} would be removed", text::count(some, "file")),
        (false, 1) => "; 1 file was removed".to_owned(),
        (false, some) => format!("; {} were removed", text::count(some, "file")),
    };
    if dry_run {
        return format!("would publish {all}; {new} are new, {sent} would be sent{removed}");
    }
    if report.unchanged {
        return format!("nothing changed in this folder ({all}): {name} is {}", report.snapshot.short());
    }
    let merged = if report.merged { ", with the work of others" } else { "" };
    format!(
        "published {all} as {name} {}{merged}; {new} were new, {sent} were sent in {}{}{removed}",
        report.snapshot.short(),
        text::seconds(seconds),
        text::and_saved(saved)
    )
}

#[cfg(test)]
mod tests {
    use cyclorama_time::UtcTime;

    use super::*;

    fn report() -> Report {
        Report {
            snapshot: SnapshotId::of(b"a version", UtcTime::from_seconds(1.7e9)),
            unchanged: false,
            merged: true,
            files: 2,
            bytes: 9_000_000,
            bytes_new: 2_000_000,
            bytes_uploaded: 1_500_000,
            bytes_adopted: 0,
            removed: Vec::new(),
            left: Vec::new(),
            held: Vec::new(),
            records: None,
            base: None,
        }
    }

    #[test]
    fn a_publish_says_what_it_sent_and_what_it_saved() {
        let report = report();
        let told = |dry_run, saved| sentence(dry_run, &report, (&RefName::main(), saved), 2.0);
        let all = told(false, 7_500_000);
        assert!(all.ends_with("; 2.0 MB were new, 1.5 MB were sent in 2.00 s, 7.5 MB saved"), "{all}");
        assert!(told(false, 0).ends_with("were sent in 2.00 s"));
        assert_eq!(told(true, 0), "would publish 2 files, 9.0 MB; 2.0 MB are new, 1.5 MB would be sent");
    }

    #[test]
    fn a_publish_says_how_many_files_are_there_no_longer() {
        let mut report = report();
        let mut told = |removed: usize, dry_run| {
            report.removed = vec!["Content/Wall.uasset".to_owned(); removed];
            sentence(dry_run, &report, (&RefName::main(), 0), 2.0)
        };
        assert!(told(1, false).ends_with("were sent in 2.00 s; 1 file was removed"));
        assert!(told(3, false).ends_with("were sent in 2.00 s; 3 files were removed"));
        assert!(told(3, true).ends_with("would be sent; 3 files would be removed"));
    }
}

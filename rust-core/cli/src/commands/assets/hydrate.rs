//! `cyclorama assets hydrate`

use std::path::PathBuf;
use std::sync::Arc;

use cyclorama_assets::hydrate::{HydrateError, OnEdit, Options, Report, Select, hydrate};
use cyclorama_assets::unreal::Follow;
use cyclorama_assets::{RefName, SnapshotId};
use cyclorama_outcome::ExitCode;
use cyclorama_time::StageTime;
use serde::Serialize;

use super::deps;
use super::place::{Key, Through, place};
use super::publish::Whose;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    printer::BYTES,
    text,
};

/// Bring a version of the content into a folder
///
/// What is on this disk already is not fetched. Files that only you have stay, and nothing at all is written while a
/// file that you changed would be lost, or the disk has no room for it. A run that was stopped or killed goes on where
/// it was.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama assets hydrate ./store ./stage\n  \
    cyclorama assets hydrate s3://studio/wall@main~1 ./stage\n  \
    cyclorama assets hydrate ./store ./stage --only 'Content/Maps/**'\n  \
    cyclorama assets hydrate ./store ./stage --map /Game/Maps/Stage")]
pub(crate) struct Args {
    /// The store, and the version in it [default: main]
    #[arg(value_name = "STORE[@VERSION]")]
    store: String,
    /// The folder; made when it is not there
    folder: PathBuf,
    /// Only what this glob matches; may be given several times
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Only what this Unreal map needs, as its packages' headers say; may be given several times
    #[arg(long, value_name = "PACKAGE")]
    map: Vec<String>,
    /// Whose files win where you changed one of them [default: stop and name them]
    #[arg(long, value_name = "WHOSE")]
    keep: Option<Whose>,
    /// Tell what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    through: Through,
}

#[derive(Serialize)]
struct Hydrated<'a> {
    snapshot: SnapshotId,
    files: u64,
    bytes: u64,
    bytes_new: u64,
    bytes_downloaded: u64,
    /// Of files that were written, what did not cross the network.
    bytes_saved: u64,
    bytes_shared: u64,
    files_written: u64,
    files_removed: u64,
    seconds: f64,
    dry_run: bool,
    /// What the disk lacks for what would be written, as a dry run finds.
    bytes_missing: u64,
    kept: &'a [String],
    /// Links that this system does not let anybody make.
    skipped: &'a [String],
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let began = cx.clock.now();
    cx.wait(async {
        let place = place(&args.store);
        let repository = place.open_through(&args.key, &args.through, cx).await?;
        let revision = place.revision()?;
        let (id, snapshot) =
            repository.resolve(&revision).await.doing(format!("find the version in {}", place.store))?;
        let mut options = Options::new(Arc::clone(&cx.clock));
        // A version named by its id came by no ref; what is published from it goes to the usual one.
        let named = match place.name() {
            Ok(name) => {
                repository.read_ref(&name).await.doing("read a ref")?.map(|pointer| pointer.value.name)
            }
            Err(_) => None,
        };
        options.reference = Some(named.unwrap_or_else(RefName::main));
        if !args.only.is_empty() {
            options.select = Select::only(args.only.iter().map(String::as_str)).doing("read --only")?;
        }
        if !args.map.is_empty() {
            let closure = deps::closure_of_version(&repository, &snapshot, &args.map, Follow::Loaded).await?;
            deps::warn(&closure, cx);
            let files = closure.files.into_iter().collect();
            options.select = std::mem::take(&mut options.select).with_paths(files);
        }
        options.on_edit = match args.keep {
            None => OnEdit::Stop,
            Some(Whose::Mine) => OnEdit::Keep,
            Some(Whose::Theirs) => OnEdit::Replace,
        };
        options.dry_run = args.dry_run;
        options.cancel = cx.cancel().clone();
        let hydrated = {
            let _drawn = cx.printer.follow(BYTES, &options.progress, &cx.clock);
            hydrate(&repository, id, &snapshot, &args.folder, &options).await
        };
        if let Err(error) = &hydrated {
            name_each(error, cx);
        }
        let report = hydrated.doing(format!("hydrate {}", args.folder.display()))?;
        tell(args, (id, options.progress.saved()), &report, began, cx)
    })
}

/// Everything that stands in the way, each on a line; the error itself names the first.
fn name_each(error: &HydrateError, cx: &Context) {
    match error {
        HydrateError::Edited(paths) | HydrateError::EditedMeanwhile(paths) if paths.len() > 1 => {
            paths.iter().for_each(|path| cx.printer.say(&format!("  {path}")));
        }
        HydrateError::Refused(problems) if problems.len() > 1 => {
            problems.iter().for_each(|(path, why)| cx.printer.say(&format!("  {path} {why}")));
        }
        _ => {}
    }
}

fn tell(
    args: &Args,
    (snapshot, saved): (SnapshotId, u64),
    report: &Report,
    began: StageTime,
    cx: &Context,
) -> Result<ExitCode, Failure> {
    let seconds = cx.clock.now().nanos_since(began) as f64 / 1e9;
    for path in &report.kept {
        cx.printer.say(&format!("kept your {path}"));
    }
    for path in &report.skipped {
        cx.printer.say(&format!("{path} is left out: this system does not let you make symbolic links"));
    }
    let ended = if report.skipped.is_empty() { ExitCode::Done } else { ExitCode::Partial };
    if cx.printer.json() {
        let hydrated = Hydrated {
            snapshot,
            files: report.files,
            bytes: report.bytes,
            bytes_new: report.bytes_new,
            bytes_downloaded: report.bytes_downloaded,
            bytes_saved: saved,
            bytes_shared: report.bytes_shared,
            files_written: report.files_written,
            files_removed: report.files_removed,
            seconds,
            dry_run: args.dry_run,
            bytes_missing: report.bytes_missing,
            kept: &report.kept,
            skipped: &report.skipped,
        };
        cx.printer.object("cyclorama.hydrate/1", &hydrated)?;
        return Ok(ended);
    }
    let all = format!("{}, {}", text::count(report.files, "file"), text::bytes(report.bytes));
    let fetched = text::bytes(report.bytes_downloaded);
    let written = text::count(report.files_written, "file");
    let removed = text::count(report.files_removed, "file");
    cx.printer.data(&if args.dry_run {
        let lacks = match report.bytes_missing {
            0 => String::new(),
            missing => format!("; the disk lacks {} of room for it", text::bytes(missing)),
        };
        format!(
            "would bring {} ({all}): write {written}, remove {removed}, fetch {fetched}{lacks}",
            snapshot.short()
        )
    } else {
        format!(
            "at {} ({all}): wrote {written}, removed {removed}, fetched {fetched} in {}{}",
            snapshot.short(),
            text::seconds(seconds),
            text::and_saved(saved)
        )
    })?;
    Ok(ended)
}

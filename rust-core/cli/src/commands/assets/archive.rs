//! `cyclorama assets archive`, and what `cyclorama assets restore` does as well.

use cyclorama_assets::RefName;
use cyclorama_assets::archive::{ArchiveOptions, Archived, copy_version, open_target};
use cyclorama_outcome::ExitCode;
use cyclorama_progress::Progress;
use serde::Serialize;

use super::place::{Key, options, owner, place};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    printer::BYTES,
    text,
};

/// Put a version away with all it needs, into a store of its own
///
/// Every byte is proven where it comes from and read again where it was written, before a ref there points to the version.
/// The archive can be verified, hydrated and brought back as it lies. Repeat the command to end one that was stopped.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama assets archive s3://studio/wall /mnt/vault/wall\n  \
    cyclorama assets archive s3://studio/wall@delivered s3://vault/wall --no-history")]
pub(crate) struct Args {
    /// The store, and the version in it [default: main]
    #[arg(value_name = "STORE[@VERSION]")]
    store: String,
    /// Where to: an empty place, or an archive of the same store
    archive: String,
    #[command(flatten)]
    how: How,
}

/// What is said of a copy, in both directions.
#[derive(Debug, clap::Args)]
pub(super) struct How {
    /// What the ref there is called [default: the ref that was named, else main]
    #[arg(long = "as", value_name = "REF")]
    name: Option<RefName>,
    /// Leave the versions before it out, for good
    #[arg(long)]
    no_history: bool,
    /// Find out what would be copied, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    key: Key,
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    archived: &'a Archived,
    dry_run: bool,
    seconds: f64,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    copy(&args.store, &args.archive, &args.how, "archived", cx)
}

/// Copies a version from one store to another, and says that it is `done`.
pub(super) fn copy(from: &str, to: &str, how: &How, done: &str, cx: &Context) -> Result<ExitCode, Failure> {
    let began = cx.clock.now();
    let from = place(from);
    let mut ends = ArchiveOptions {
        name: how.name.clone().unwrap_or_else(RefName::main),
        history: !how.no_history,
        by: owner(cx, None).person,
        dry_run: how.dry_run,
        progress: Progress::new(),
        cancel: cx.cancel().clone(),
    };
    let archived = cx.wait(async {
        let source = from.open_with(&how.key, cx).await?;
        if let (None, Ok(named)) = (&how.name, from.name())
            && source.read_ref(&named).await.doing("read a ref")?.is_some()
        {
            ends.name = named;
        }
        let there = place(to).objects(cx).await?;
        // The other store seals as this one, with the same key.
        let target_key = Key { accept_rollback: how.key.accept_rollback, ..Key::default() };
        let target = open_target(&source, there, how.dry_run, options(&target_key, cx)).await;
        let target = target.doing(format!("make a store in {to}"))?;
        let _drawn = cx.printer.follow(BYTES, &ends.progress, &cx.clock);
        let copied = copy_version(&source, &from.revision()?, &target, &ends).await;
        copied.doing(format!("copy a version of {} to {to}", from.store))
    })?;
    if cx.printer.json() {
        let seconds = cx.clock.now().nanos_since(began) as f64 / 1e9;
        let told = Told { archived: &archived, dry_run: how.dry_run, seconds };
        cx.printer.object("cyclorama.archive/1", &told)?;
    } else if how.dry_run {
        cx.printer.data(&foretold(&archived, done))?;
    } else {
        cx.printer.data(&sentence(&archived, done))?;
    }
    Ok(ExitCode::Done)
}

fn sentence(archived: &Archived, done: &str) -> String {
    let Archived { snapshot, name, versions, packs, bytes, packs_copied, bytes_copied, packs_replaced } =
        archived;
    let replaced = match packs_replaced {
        0 => String::new(),
        some => format!("; {some} of them in the place of damaged ones"),
    };
    format!(
        "{done} {} as {name}: {}, {} ({}) proven; {} copied, {}{replaced}",
        snapshot.short(),
        text::count(*versions, "version"),
        text::count(*packs, "pack"),
        text::bytes(*bytes),
        text::count(*packs_copied, "pack"),
        text::bytes(*bytes_copied)
    )
}

fn foretold(archived: &Archived, done: &str) -> String {
    let Archived { snapshot, name, versions, packs, bytes, packs_copied, bytes_copied, .. } = archived;
    format!(
        "{} would be {done} as {name}: {}, {} ({}); {} to copy, {}",
        snapshot.short(),
        text::count(*versions, "version"),
        text::count(*packs, "pack"),
        text::bytes(*bytes),
        text::count(*packs_copied, "pack"),
        text::bytes(*bytes_copied)
    )
}

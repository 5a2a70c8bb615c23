//! `cyclorama assets diff`

use cyclorama_assets::diff::{DiffCounts, Difference, diff};
use cyclorama_assets::publish::Change;
use cyclorama_assets::tree::Entry;
use cyclorama_assets::unreal::explain_differences;
use cyclorama_assets::{Repository, Revision, Snapshot, SnapshotId};
use cyclorama_outcome::ExitCode;
use serde::Serialize;

use super::place::{Key, Through, place};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Show what a version changed, file by file and in an artist's words
///
/// Only folders that differ are read, and of Unreal packages only the headers. Files that moved are recognised by their
/// content.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama assets diff ./store\n  \
    cyclorama assets diff s3://studio/wall@night-shoot --from main\n  \
    cyclorama assets diff ./store@main --from main~5 --explain 0 --json")]
pub(crate) struct Args {
    /// The store, and the version in it [default: main]
    #[arg(value_name = "STORE[@VERSION]")]
    store: String,
    /// The version to compare with [default: the one before]
    #[arg(long, value_name = "VERSION")]
    from: Option<Revision>,
    /// How many packages' headers are read at most to say what changed in them; 0 for none
    #[arg(long, value_name = "COUNT", default_value_t = 200)]
    explain: usize,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    through: Through,
}

#[derive(Serialize)]
struct Told<'a> {
    /// The version compared with; none for the first version of all.
    from: Option<SnapshotId>,
    snapshot: SnapshotId,
    #[serde(flatten)]
    counts: DiffCounts,
    changes: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    what: &'static str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_before: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    explained: &'a [String],
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    cx.wait(async {
        let place = place(&args.store);
        let repository = place.open_through(&args.key, &args.through, cx).await?;
        let doing = format!("find the version in {}", place.store);
        let (id, after) = repository.resolve(&place.revision()?).await.doing(&doing)?;
        let before = match &args.from {
            Some(revision) => Some(repository.resolve(revision).await.doing(&doing)?),
            None => parent_of(&repository, &after).await?,
        };
        let (from, before) = before.unzip();
        for snapshot in before.iter().chain([&after]) {
            repository.load_indexes(&snapshot.indexes).await.doing("read the store's index")?;
        }
        let differences = diff(&repository, before.map(|before| before.root), Some(after.root)).await;
        let differences = differences.doing("compare the versions")?;
        let said = explain_differences(&repository, &differences, args.explain).await;
        tell(from, id, &differences, &said.doing("read the headers of packages")?, cx)
    })
}

/// The version that this one was made from, if it had one.
async fn parent_of(
    repository: &Repository,
    after: &Snapshot,
) -> Result<Option<(SnapshotId, Snapshot)>, Failure> {
    match after.parents.first() {
        Some(id) => Ok(Some((*id, repository.snapshot(*id).await.doing("read the version before")?))),
        None => Ok(None),
    }
}

fn tell(
    from: Option<SnapshotId>,
    snapshot: SnapshotId,
    differences: &[Difference],
    said: &[Vec<String>],
    cx: &Context,
) -> Result<ExitCode, Failure> {
    let counts = DiffCounts::of(differences);
    if cx.printer.json() {
        let lines = differences.iter().zip(said).map(|(difference, explained)| Line {
            path: &difference.path,
            what: word(difference.change),
            kind: kind(difference),
            bytes_before: bytes(difference.before.as_ref()),
            bytes: bytes(difference.after.as_ref()),
            explained,
        });
        let told = Told { from, snapshot, counts, changes: lines.collect() };
        cx.printer.object("cyclorama.diff/1", &told)?;
        return Ok(ExitCode::Done);
    }
    for (difference, explained) in differences.iter().zip(said) {
        let slash = if kind(difference) == "folder" { "/" } else { "" };
        cx.printer.data(&format!("{:<8} {}{slash}", word(difference.change), difference.path))?;
        for sentence in explained {
            cx.printer.data(&format!("         {sentence}"))?;
        }
    }
    cx.printer.data(&format!(
        "{} new, {} changed, {} gone between {} and {}",
        text::count(counts.added, "file"),
        counts.changed,
        counts.removed,
        from.map_or_else(|| "nothing".to_owned(), |from| from.short()),
        snapshot.short()
    ))?;
    Ok(ExitCode::Done)
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "new",
        Change::Changed => "changed",
        Change::Removed => "gone",
    }
}

fn kind(difference: &Difference) -> &'static str {
    match difference.after.as_ref().or(difference.before.as_ref()) {
        Some(Entry::Folder(_)) => "folder",
        Some(Entry::Symlink(_)) => "link",
        _ => "file",
    }
}

fn bytes(entry: Option<&Entry>) -> Option<u64> {
    match entry {
        Some(Entry::File(file)) => Some(file.size),
        _ => None,
    }
}

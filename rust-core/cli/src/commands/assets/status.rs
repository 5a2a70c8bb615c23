//! `cyclorama assets status`

use std::path::PathBuf;

use cyclorama_assets::local::State;
use cyclorama_assets::status::{Difference, What, status};
use cyclorama_assets::unreal::explain_status;
use cyclorama_assets::working::home_of;
use cyclorama_assets::{RefName, SnapshotId};
use cyclorama_outcome::ExitCode;
use serde::Serialize;

use super::place::{Key, place};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Show what changed in a folder since it was published or hydrated, and whether others published meanwhile
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project's folder
    folder: PathBuf,
    /// The store: a folder, file:// or s3://bucket/prefix
    #[arg(value_name = "STORE[@REF]")]
    store: String,
    /// How many packages' headers are read at most to say what changed in them; 0 for none
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    explain: usize,
    /// Folder with what is remembered of this one, as it was named to publish
    #[arg(long, value_name = "DIR")]
    records: Option<PathBuf>,
    #[command(flatten)]
    key: Key,
}

#[derive(Serialize)]
struct Told<'a> {
    r#ref: RefName,
    /// The version the folder is at.
    snapshot: Option<SnapshotId>,
    /// The version the ref is at now.
    newest: Option<SnapshotId>,
    files: u64,
    changes: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    difference: &'a Difference,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    explained: &'a [String],
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    cx.wait(async {
        let place = place(&args.store);
        let repository = place.open_with(&args.key, cx).await?;
        let home = home_of(&repository, &args.folder, args.records.as_deref());
        let state = State::load(home.path(), &repository.format().id);
        let name = match (&place.version, &state.reference) {
            (None, Some(name)) => name.clone(),
            _ => place.name()?,
        };
        let newest = repository.read_ref(&name).await.doing(format!("read {name}"))?;
        let newest = newest.map(|pointer| pointer.value.snapshot);
        let doing = format!("look through {}", args.folder.display());
        let now = status(&args.folder, &state, cx.clock.as_ref()).doing(doing)?;
        let said = explain_status(&repository, &args.folder, &state, &now.differences, args.explain).await;
        let said = said.doing("read the headers of packages")?;
        let changes = || now.differences.iter().zip(&said);
        for trouble in &now.troubles {
            cx.printer.say(&format!("warning: {} {}, and cannot be published", trouble.path, trouble.why));
        }
        if cx.printer.json() {
            let snapshot = state.snapshot;
            let lines = changes().map(|(difference, explained)| Line { difference, explained });
            let told = Told { r#ref: name, snapshot, newest, files: now.files, changes: lines.collect() };
            cx.printer.object("cyclorama.status/1", &told)?;
            return Ok(ExitCode::Done);
        }
        for (Difference { path, what }, explained) in changes() {
            let sign = match what {
                What::Added => "new     ",
                What::Changed => "changed ",
                What::Removed => "gone    ",
            };
            cx.printer.data(&format!("{sign} {path}"))?;
            for sentence in explained {
                cx.printer.data(&format!("         {sentence}"))?;
            }
        }
        let changes = match now.differences.len() as u64 {
            0 => "nothing changed here".to_owned(),
            some => format!("{} here", text::count(some, "change")),
        };
        let others = match (state.snapshot, newest) {
            (None, _) => "this folder was not published or hydrated yet",
            (Some(_), None) => "there is no such ref yet: publishing makes it",
            (Some(ours), Some(newest)) if ours != newest => "others published meanwhile: hydrate to have it",
            _ => "nobody published meanwhile",
        };
        cx.printer.data(&format!("{changes}; {others}"))?;
        Ok(ExitCode::Done)
    })
}

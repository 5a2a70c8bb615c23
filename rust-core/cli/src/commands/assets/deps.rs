//! `cyclorama assets deps`

use std::path::Path;

use cyclorama_app::content;
use cyclorama_assets::local::scan::scan;
use cyclorama_assets::unreal::{Closure, Follow, Packages, closure_of_folder};
use cyclorama_assets::working::scanned;
use cyclorama_assets::{Repository, Snapshot};
use cyclorama_outcome::ExitCode;
use serde::Serialize;

use super::place::{Key, place};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// List what an Unreal map needs, and what is missing
///
/// Reads the headers of packages, in a project's folder or in a store, and needs no engine. What a map keeps apart (one
/// file per actor) and its sub-levels belong to it. Ends with 8 when something is missing or cannot be read.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama assets deps ./project /Game/Maps/Stage\n  \
    cyclorama assets deps ./store@main~1 /Game/Maps/Stage --json")]
pub(crate) struct Args {
    /// A project's folder, or a store and the version in it [default: main]
    #[arg(value_name = "FOLDER|STORE[@VERSION]")]
    place: String,
    /// Maps or other packages, as the editor names them, or their files
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<String>,
    /// Also follow what may be loaded later
    #[arg(long)]
    later: bool,
    #[command(flatten)]
    key: Key,
}

#[derive(Serialize)]
struct Needs<'a> {
    packages: u64,
    files: &'a [String],
    missing: Vec<Lost<'a>>,
    unread: Vec<Bad<'a>>,
    outside: &'a [String],
    later: &'a [String],
}

#[derive(Serialize)]
struct Lost<'a> {
    package: &'a str,
    needed_by: &'a [String],
}

#[derive(Serialize)]
struct Bad<'a> {
    file: &'a str,
    why: String,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let follow = if args.later { Follow::Everything } else { Follow::Loaded };
    let folder = Path::new(&args.place);
    let closure = if is_project(folder) {
        let found = scan(folder).doing(format!("list {}", folder.display()))?;
        let paths: Vec<String> = scanned(found).into_iter().map(|found| found.path).collect();
        closure_of_folder(folder, &Packages::of(&paths), &args.packages, follow)
            .doing("find what it needs")?
    } else {
        cx.wait(async {
            let place = place(&args.place);
            let repository = place.open_with(&args.key, cx).await?;
            let doing = format!("find the version in {}", place.store);
            let (_, snapshot) = repository.resolve(&place.revision()?).await.doing(doing)?;
            closure_of_version(&repository, &snapshot, &args.packages, follow).await
        })?
    };
    tell(&closure, cx)?;
    Ok(if closure.is_whole() { ExitCode::Done } else { ExitCode::Partial })
}

/// Whether a folder is a project rather than a store.
fn is_project(folder: &Path) -> bool {
    folder.is_dir() && !folder.join("format.json").exists()
}

/// Everything that packages of a version need.
pub(super) async fn closure_of_version(
    repository: &Repository,
    snapshot: &Snapshot,
    packages: &[String],
    follow: Follow,
) -> Result<Closure, Failure> {
    content::closure_of_version(repository, snapshot, packages, follow).await.doing("find what it needs")
}

/// Says what is missing and what could not be read.
pub(crate) fn warn(closure: &Closure, cx: &Context) {
    content::lacking(closure).iter().for_each(|sentence| cx.printer.say(sentence));
}

fn tell(closure: &Closure, cx: &Context) -> Result<(), Failure> {
    if cx.printer.json() {
        let needs = Needs {
            packages: closure.packages.len() as u64,
            files: &closure.files,
            missing: closure.missing.iter().map(lost_of).collect(),
            unread: closure
                .unread
                .iter()
                .map(|unread| Bad { file: &unread.path, why: unread.problem.to_string() })
                .collect(),
            outside: &closure.outside,
            later: &closure.later,
        };
        return cx.printer.object("cyclorama.deps/1", &needs);
    }
    for file in &closure.files {
        cx.printer.data(file)?;
    }
    warn(closure, cx);
    let count = |list: usize, what: &str| text::count(list as u64, what);
    cx.printer.say(&format!(
        "{}, {} ({} may be loaded later; content from outside: {})",
        count(closure.packages.len(), "package"),
        count(closure.files.len(), "file"),
        closure.later.len(),
        if closure.outside.is_empty() { "none".to_owned() } else { closure.outside.join(" ") },
    ));
    Ok(())
}

fn lost_of(missing: &cyclorama_assets::unreal::Missing) -> Lost<'_> {
    Lost { package: &missing.package, needed_by: &missing.needed_by }
}

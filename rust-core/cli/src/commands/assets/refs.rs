//! `cyclorama assets refs`

use cyclorama_assets::versions::{create_ref, delete_ref, protect_ref, set_ref};
use cyclorama_assets::{Ref, RefName, Repository};
use cyclorama_outcome::ExitCode;
use serde::Serialize;

use super::place::{Key, moment, owner, place};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

/// Show refs, or make, set, protect and remove one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The store: a folder, file:// or s3://bucket/prefix
    store: String,
    #[command(flatten)]
    key: Key,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make a ref that points to a version
    Create {
        /// Name of the new ref
        name: RefName,
        /// Version it points to: a ref, a ref~2, or the beginning of an id
        version: String,
    },
    /// Point a ref to another version, for example the one before
    Set {
        /// Name of the ref
        name: RefName,
        /// Version it shall point to: a ref, a ref~2, or the beginning of an id
        version: String,
        /// Also when it is protected
        #[arg(long)]
        force: bool,
    },
    /// Let a ref be set or removed by hand only with --force
    Protect {
        /// Name of the ref
        name: RefName,
    },
    /// End the protection of a ref
    Unprotect {
        /// Name of the ref
        name: RefName,
    },
    /// Remove a ref; its versions stay until they are collected
    Remove {
        /// Name of the ref
        name: RefName,
        /// Also when it is protected
        #[arg(long)]
        force: bool,
    },
}

/// What is printed of a ref.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a RefName,
    snapshot: String,
    sequence: u64,
    by: &'a str,
    moved_ms: u64,
    protected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    removed: bool,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    cx.wait(async {
        let repository = place(&args.store).open_with(&args.key, cx).await?;
        match &args.verb {
            None => {
                for pointer in repository.refs().await.doing("read the refs")? {
                    show(&pointer.value, None, false, cx)?;
                }
            }
            Some(verb) => change(verb, &repository, cx).await?,
        }
        Ok(ExitCode::Done)
    })
}

async fn change(verb: &Verb, repository: &Repository, cx: &Context) -> Result<(), Failure> {
    let by = owner(cx, None).person;
    let parse = |version: &str| version.parse().doing("read the name of a version");
    match verb {
        Verb::Create { name, version } => {
            let made = create_ref(repository, name, &parse(version)?, &by).await;
            show(&made.doing(format!("make ref {name}"))?, None, false, cx)
        }
        Verb::Set { name, version, force } => {
            let moved = set_ref(repository, name, &parse(version)?, &by, *force).await;
            let (before, now) = moved.doing(format!("set ref {name}"))?;
            show(&now, Some(before.to_string()), false, cx)
        }
        Verb::Protect { name } | Verb::Unprotect { name } => {
            let protect = matches!(verb, Verb::Protect { .. });
            let now = protect_ref(repository, name, protect).await;
            show(&now.doing(format!("change the protection of ref {name}"))?, None, false, cx)
        }
        Verb::Remove { name, force } => {
            let was = delete_ref(repository, name, *force).await;
            show(&was.doing(format!("remove ref {name}"))?, None, true, cx)
        }
    }
}

fn show(value: &Ref, before: Option<String>, removed: bool, cx: &Context) -> Result<(), Failure> {
    if cx.printer.json() {
        let line = Line {
            name: &value.name,
            snapshot: value.snapshot.to_string(),
            sequence: value.sequence,
            by: &value.by,
            moved_ms: value.moved_ms,
            protected: value.protected,
            before,
            removed,
        };
        return cx.printer.object("cyclorama.ref-line/1", &line);
    }
    let protected = if value.protected { ", protected" } else { "" };
    let by = if value.by.is_empty() { String::new() } else { format!(" by {}", value.by) };
    let at = moment(value.moved_ms);
    let removed = if removed { " removed; it pointed to" } else { "" };
    let before =
        before.map(|before| format!(", was {}", &before[..before.len().min(16)])).unwrap_or_default();
    let (name, snapshot) = (&value.name, value.snapshot.short());
    cx.printer.data(&format!("{name}{removed} {snapshot}{before} (moved {at}{by}{protected})"))
}

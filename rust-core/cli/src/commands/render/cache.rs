//! `cyclorama render cache`

use std::time::SystemTime;

use cyclorama_app::settings::parse_bytes;
use cyclorama_outcome::ExitCode;
use cyclorama_render::content::{Kept, kept, make_room};
use cyclorama_time::UtcTime;
use serde::Serialize;

use super::content::home;
use crate::{
    context::Context,
    failure::{DoingIo as _, Failure},
    text,
};

/// List the published content that jobs left on this machine, or remove some
///
/// Workers keep it within the setting render.cache-limit by themselves. What somebody uses now is never removed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama render cache\n  \
    cyclorama render cache --keep '50 GB'\n  \
    cyclorama render cache --keep nothing")]
pub(crate) struct Args {
    /// Remove what was not used for longest until no more than this lies there, as in '50 GB', or nothing
    #[arg(long, value_name = "SIZE", value_parser = size)]
    keep: Option<u64>,
}

#[derive(Serialize)]
struct Version<'a> {
    store: &'a str,
    snapshot: String,
    bytes: u64,
    used: String,
    in_use: bool,
}

#[derive(Serialize)]
struct Content<'a> {
    folder: String,
    bytes: u64,
    limit: u64,
    removed: u64,
    versions: Vec<Version<'a>>,
}

fn size(text: &str) -> Result<u64, String> {
    let bytes = if text == "nothing" { Some(0) } else { parse_bytes(text) };
    bytes.ok_or_else(|| "wanted: a size such as 50 GB, or nothing".to_owned())
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let root = home(cx)?;
    let doing = format!("look through {}", root.display());
    let mut removed = 0;
    if let Some(most) = args.keep {
        let room = make_room(&root, most, 0).doing_io(format!("remove content from {}", root.display()))?;
        removed = room.removed;
        let versions = text::count(room.removed, "version");
        cx.printer.say(&format!("removed {versions}, {}", text::bytes(room.freed)));
    }
    let versions = kept(&root).doing_io(doing)?;
    let (bytes, limit): (u64, u64) =
        (versions.iter().map(|version| version.bytes).sum(), cx.settings.cache_limit);
    if cx.printer.json() {
        let versions = versions.iter().map(version).collect();
        let content = Content { folder: root.display().to_string(), bytes, limit, removed, versions };
        cx.printer.object("cyclorama.content/1", &content)?;
        return Ok(ExitCode::Done);
    }
    for kept in &versions {
        let in_use = if kept.is_used { "in use" } else { "" };
        let (short, size) = (kept.version.short(), text::bytes(kept.bytes));
        let line = format!("{short}  {size:>9}  {}  {in_use}", moment(kept.used));
        cx.printer.data(line.trim_end())?;
    }
    let (many, size) = (text::count(versions.len() as u64, "version"), text::bytes(bytes));
    cx.printer.say(&format!("{many}, {size} of {} in {}", text::bytes(limit), root.display()));
    Ok(ExitCode::Done)
}

fn version(kept: &Kept) -> Version<'_> {
    Version {
        store: &kept.store,
        snapshot: kept.version.to_string(),
        bytes: kept.bytes,
        used: moment(kept.used),
        in_use: kept.is_used,
    }
}

fn moment(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    text::utc(UtcTime::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)))
}

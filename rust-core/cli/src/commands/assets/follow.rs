//! `cyclorama assets follow`

use std::path::PathBuf;
use std::time::Duration;

use cyclorama_assets::follow::{
    Folder, FollowError, FollowEvent, FollowOptions, Happened, follow, roll_back,
};
use cyclorama_outcome::ExitCode;

use super::place::{Key, Through, place};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Bring each version of a ref into a folder as soon as it is published
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The store, and the ref in it [default: main]
    #[arg(value_name = "STORE[@REF]")]
    store: String,
    /// Folder of the project; what others put there stays
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Seconds between two looks at the ref
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = seconds)]
    poll: f64,
    /// Fetch what matches this glob first; may be repeated, the most important first
    #[arg(long, value_name = "GLOB")]
    first: Vec<String>,
    /// Take no more than this from the network, in megabits per second
    #[arg(long, value_name = "MBIT", value_parser = megabits)]
    share: Option<f64>,
    /// Come to the present version and end
    #[arg(long)]
    once: bool,
    /// Bring the version before the present one back and end
    #[arg(long, conflicts_with = "once")]
    rollback: bool,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    through: Through,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.1..=3600.0).contains(&seconds) { Ok(seconds) } else { Err("from 0.1 to 3600 seconds".to_owned()) }
}

fn megabits(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.1..=1e6).contains(&rate) { Ok(rate) } else { Err("from 0.1 to 1000000 Mbit/s".to_owned()) }
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    cx.wait(async {
        let place = place(&args.store);
        let folder = Folder::open(&args.folder).doing(format!("open {}", args.folder.display()))?;
        let repository = place.open_through(&args.key, &args.through, cx).await?;
        let options = FollowOptions {
            poll: Duration::from_secs_f64(args.poll),
            first: args.first.clone(),
            share: args.share.map(|megabits| (megabits * 125_000.0) as u64),
            once: args.once,
            cancel: cx.cancel().clone(),
            ..FollowOptions::new(place.name()?)
        };
        let mut printed = Ok(());
        let mut new = false;
        let mut tell = |event: FollowEvent| {
            new |= matches!(event.what, Happened::Version { .. });
            if printed.is_ok() {
                printed = show(&event, cx);
            }
            if printed.is_err() {
                options.cancel.cancel();
            }
        };
        let ended = if args.rollback {
            roll_back(&repository, &folder, &options, &mut tell).await.map(drop)
        } else {
            follow(&repository, &folder, &options, &mut tell).await
        };
        printed?;
        if args.once && ended.is_ok() && !new {
            cx.printer.say(&format!("nothing new: {} stays as it is", args.folder.display()));
        }
        match ended {
            // Stopping is how following ends.
            Err(FollowError::Cancelled(_)) if !args.once && !args.rollback => Ok(ExitCode::Done),
            other => other.map(|()| ExitCode::Done).doing(format!("follow {}", args.store)),
        }
    })
}

fn show(event: &FollowEvent, cx: &Context) -> Result<(), Failure> {
    if cx.printer.json() {
        let line = serde_json::to_string(event).expect("an event has text keys and finite numbers");
        cx.printer.data(&line)?;
        return cx.printer.flush();
    }
    let said = match &event.what {
        Happened::Fetching { snapshot, files, bytes } => {
            let (files, bytes) = (text::count(*files, "file"), text::bytes(*bytes));
            cx.printer.say(&format!("fetching {}: {files}, {bytes}", snapshot.short()));
            return Ok(());
        }
        Happened::Version { snapshot, author, message, files, removed, bytes_downloaded, bytes_reused } => {
            let by = if author.is_empty() { String::new() } else { format!(" by {author}") };
            let message = if message.is_empty() { String::new() } else { format!(": {message}") };
            format!(
                "{} is here{by}{message} ({} written, {} removed; {} fetched, {} from the disk)",
                snapshot.short(),
                text::count(*files, "file"),
                removed,
                text::bytes(*bytes_downloaded),
                text::bytes(*bytes_reused)
            )
        }
        Happened::Kept { path, aside } => format!("`{path}` was changed here; it lies in {aside} now"),
        Happened::Skipped { path, reason } => format!("`{path}` is left out: {reason}"),
        Happened::Trouble { reason, retry_ms } => {
            let wait = text::seconds(*retry_ms as f64 / 1000.0);
            cx.printer.say(&format!("nothing new can be brought ({reason}); next look in {wait}"));
            return Ok(());
        }
    };
    cx.printer.data(&said)?;
    cx.printer.flush()
}

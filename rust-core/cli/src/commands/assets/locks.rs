//! `cyclorama assets locks`

use std::time::Duration;

use cyclorama_assets::lease::LeaseWatch;
use cyclorama_assets::locks::{Acquired, LockRecord, Locks, Look, Pattern, Wanted};
use cyclorama_outcome::{ExitCode, Kind};

use super::place::{Key, owner, place};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Show who works on what, or take, renew and release a lock
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The store: a folder, file:// or s3://bucket/prefix
    store: String,
    /// Name of the person [default: the user of this machine]
    #[arg(long, alias = "author", value_name = "NAME")]
    person: Option<String>,
    #[command(flatten)]
    key: Key,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Lock a path, a folder (ending with /) or a glob
    Take {
        /// What, relative to the project's folder
        pattern: String,
        /// Why, for the others
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
        /// How long it lasts without a sign of life
        #[arg(long, value_name = "HOURS", default_value_t = 10.0, value_parser = hours)]
        lease: f64,
        /// Take it from whoever has it; that is recorded
        #[arg(long)]
        force: bool,
        /// Wait for it this long, also to see whether its owner still gives signs of life
        #[arg(long, value_name = "SECONDS", default_value_t = 0)]
        wait: u64,
    },
    /// Give a sign of life, so that a lock lasts for another lease
    Renew {
        /// What was locked
        pattern: String,
    },
    /// Give a lock back
    Release {
        /// What was locked
        pattern: String,
        /// Also when it is somebody else's
        #[arg(long)]
        force: bool,
    },
    /// Tell which of these paths somebody else has locked; exit code 4 if any
    Check {
        /// Paths relative to the project's folder
        #[arg(required = true)]
        paths: Vec<String>,
    },
}

fn hours(text: &str) -> Result<f64, String> {
    let hours: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0003..=1000.0).contains(&hours) {
        Ok(hours)
    } else {
        Err("from one second to 1000 hours".to_owned())
    }
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    cx.wait(async {
        let repository = place(&args.store).open_with(&args.key, cx).await?;
        let locks = Locks::new(repository.store().clone());
        let owner = owner(cx, args.person.as_deref());
        if let Some(Verb::Take { .. } | Verb::Renew { .. } | Verb::Release { .. }) = &args.verb {
            repository.trust().await.doing(format!("agree on locks in {}", args.store))?;
        }
        match &args.verb {
            None => {
                let held = locks.list().await.doing("read the locks")?;
                if held.is_empty() {
                    cx.printer.say("nothing is locked");
                }
                held.iter().try_for_each(|record| show(record, cx))?;
            }
            Some(Verb::Take { pattern, note, lease, force, wait }) => {
                let lease = Duration::from_secs_f64(lease * 3600.0);
                let wanted =
                    Wanted { pattern: parse(pattern)?, owner, note: note.clone(), lease, force: *force };
                return take(&locks, &wanted, *wait, cx).await;
            }
            Some(Verb::Renew { pattern }) => {
                let doing = format!("renew the lock on {pattern}");
                let mut lock = locks.resume(&parse(pattern)?, &owner).await.doing(&doing)?;
                locks.renew(&mut lock).await.doing(&doing)?;
                show(lock.record(), cx)?;
            }
            Some(Verb::Release { pattern, force }) => {
                let released = locks.release_of(&parse(pattern)?, &owner, *force).await;
                released.doing(format!("release the lock on {pattern}"))?;
                cx.printer.say(&format!("`{pattern}` is not locked any more"));
            }
            Some(Verb::Check { paths }) => {
                let held = locks.check(paths.iter().map(String::as_str), &owner).await;
                let held = held.doing("read the locks")?;
                for one in &held {
                    if cx.printer.json() {
                        cx.printer.object("cyclorama.held/1", one)?;
                    } else {
                        cx.printer.data(&one.to_string())?;
                    }
                }
                if held.is_empty() {
                    cx.printer.say("nobody else has locked any of them");
                }
                return Ok(if held.is_empty() { ExitCode::Done } else { Kind::Refused.into() });
            }
        }
        Ok(ExitCode::Done)
    })
}

async fn take(locks: &Locks, wanted: &Wanted, wait: u64, cx: &Context) -> Result<ExitCode, Failure> {
    let mut watch = LeaseWatch::new();
    let ends =
        cx.clock.now().plus_nanos(i64::try_from(wait).unwrap_or(i64::MAX).saturating_mul(1_000_000_000));
    loop {
        let now = cx.clock.now();
        let mut look = Look { watch: &mut watch, now, utc: cx.clock.utc() };
        let acquired = locks.acquire(wanted, &mut look).await;
        match acquired.doing(format!("lock {}", wanted.pattern))? {
            Acquired::Ours(lock) => {
                show(lock.record(), cx)?;
                return Ok(ExitCode::Done);
            }
            Acquired::Busy(record) if now >= ends => {
                let note = if record.note.is_empty() { String::new() } else { format!(" ({})", record.note) };
                let text = format!("`{}` is locked by {}{note}", record.pattern, record.owner);
                return Err(Failure::new(Kind::Refused, text)
                    .hint("ask them, wait with --wait, or take it with --force, which is recorded"));
            }
            Acquired::Busy(_) => {
                cx.cancel().check().doing("wait for the lock")?;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn parse(pattern: &str) -> Result<Pattern, Failure> {
    pattern.parse().doing("read what to lock")
}

fn show(record: &LockRecord, cx: &Context) -> Result<(), Failure> {
    if cx.printer.json() {
        let line = serde_json::to_string(record).expect("a lock has text keys and finite numbers");
        return cx.printer.data(&line);
    }
    let note = if record.note.is_empty() { String::new() } else { format!(": {}", record.note) };
    let since = text::utc(record.since);
    let lasts = text::seconds(record.lease().as_secs_f64());
    cx.printer.data(&format!(
        "{}  {}{note} (since {since}, lasts {lasts} without a sign of life)",
        record.pattern, record.owner
    ))?;
    for from in &record.taken_from {
        let why = serde_json::to_string(&from.reason).unwrap_or_default();
        cx.printer.data(&format!("    taken from {}, {}", from.owner, why.trim_matches('"')))?;
    }
    Ok(())
}

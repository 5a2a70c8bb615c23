//! `cyclorama assets wake`

use cyclorama_assets::store::Wake;
use cyclorama_assets::wake::{WakeOptions, Woken, wake};
use cyclorama_outcome::ExitCode;
use serde::Serialize;

use super::place::place;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Ask for everything in an archive on S3 that must be asked back before it can be read
///
/// Names each object that sleeps (Glacier Flexible Retrieval, Deep Archive), and asks for it. Ends with code 8 while anything sleeps, and
/// with 0 once all of it can be read: then `restore`, `hydrate` and `verify` go through.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama assets wake s3://vault/wall --dry-run\n  \
    cyclorama assets wake s3://vault/wall --days 14 --bulk")]
pub(crate) struct Args {
    /// The archive, or any store
    #[arg(value_name = "STORE")]
    store: String,
    /// How long it can be read then
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=365))]
    days: u32,
    /// In the cheapest way, which takes up to two days
    #[arg(long)]
    bulk: bool,
    /// Say what sleeps, and ask for nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    woken: &'a Woken,
    dry_run: bool,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    cx.wait(async {
        let place = place(&args.store);
        let store = place.objects(cx).await?;
        let ask = (!args.dry_run).then_some(Wake { days: args.days, cheap: args.bulk });
        let options = WakeOptions { ask, cancel: cx.cancel().clone(), ..WakeOptions::default() };
        let woken = {
            let _drawn = cx.printer.follow("objects", &options.progress, &cx.clock);
            wake(&*store, &options).await.doing(format!("look through {}", place.store))?
        };
        if cx.printer.json() {
            cx.printer.object("cyclorama.wake/1", &Told { woken: &woken, dry_run: args.dry_run })?;
        } else {
            woken.asleep.iter().try_for_each(|key| cx.printer.data(key))?;
            cx.printer.data(&sentence(&woken))?;
        }
        Ok(if woken.asleep.is_empty() { ExitCode::Done } else { ExitCode::Partial })
    })
}

fn sentence(woken: &Woken) -> String {
    let objects = text::count(woken.objects, "object");
    if woken.asleep.is_empty() {
        return format!("{objects}: all can be read");
    }
    format!(
        "{objects}: {} asleep ({}), {} of them asked for",
        woken.asleep.len(),
        text::bytes(woken.bytes_asleep),
        woken.waking
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sleeps_is_counted_and_what_was_asked_for() {
        let woken = Woken { objects: 3, ..Woken::default() };
        assert_eq!(sentence(&woken), "3 objects: all can be read");
        let woken = Woken { asleep: vec!["packs/a".to_owned()], bytes_asleep: 10, waking: 1, ..woken };
        let said = sentence(&woken);
        assert!(said.starts_with("3 objects: 1 asleep") && said.ends_with("1 of them asked for"), "{said}");
    }
}

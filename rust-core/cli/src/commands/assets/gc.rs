//! `cyclorama assets gc`

use std::time::Duration;

use cyclorama_assets::gc::{GcOptions, GcReport, Keep, KeepRule, age, gc};
use cyclorama_outcome::ExitCode;
use serde::Serialize;

use super::place::{Key, moment, owner, place};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Remove what no version needs any more
///
/// Everything that a ref leads to stays, with all of its history unless --keep says how much. The rest is condemned now, and
/// removed by a later run, when whoever reads it has had time to end. People may publish and hydrate meanwhile.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama assets gc ./store --dry-run\n  \
    cyclorama assets gc s3://studio/wall --keep 50 --keep 30d")]
pub(crate) struct Args {
    /// The store: a folder, file:// or s3://bucket/prefix
    store: String,
    /// Versions of each ref that stay: a number (20), or an age (36h, 30d, 8w); may be repeated [default: all]
    #[arg(long, value_name = "RULE")]
    keep: Vec<KeepRule>,
    /// How long readers of what is condemned may take (36h, 14d)
    #[arg(long, value_name = "AGE", default_value = "14d", value_parser = grace)]
    grace: Duration,
    /// Percent of a pack that must be garbage for the rest to be moved out of it
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100))]
    repack: u8,
    /// Tell what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    key: Key,
}

fn grace(text: &str) -> Result<Duration, String> {
    age(text).ok_or_else(|| "write an age in hours, days or weeks: 36h, 14d".to_owned())
}

#[derive(Serialize)]
struct Collected<'a> {
    #[serde(flatten)]
    report: &'a GcReport,
    seconds: f64,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let began = cx.clock.now();
    cx.wait(async {
        let place = place(&args.store);
        let repository = place.open_with(&args.key, cx).await?;
        let options = GcOptions {
            keep: Keep(args.keep.clone()),
            grace: args.grace,
            move_out_from: f64::from(args.repack) / 100.0,
            dry_run: args.dry_run,
            owner: owner(cx, None).to_string(),
            cancel: cx.cancel().clone(),
            ..GcOptions::new()
        };
        let report = {
            let _drawn = cx.printer.follow("versions", &options.progress, &cx.clock);
            gc(&repository, &options).await.doing(format!("collect garbage in {}", place.store))?
        };
        if cx.printer.json() {
            let seconds = cx.clock.now().nanos_since(began) as f64 / 1e9;
            cx.printer.object("cyclorama.gc/1", &Collected { report: &report, seconds })?;
        } else {
            for line in lines(&report) {
                cx.printer.data(&line)?;
            }
        }
        Ok(if report.not_removed == 0 { ExitCode::Done } else { ExitCode::Partial })
    })
}

fn lines(report: &GcReport) -> Vec<String> {
    let would = if report.dry_run { "would be " } else { "" };
    let of = |versions, packs, bytes| {
        format!(
            "{} and {}, {}",
            text::count(versions, "version"),
            text::count(packs, "pack"),
            text::bytes(bytes)
        )
    };
    let mut lines = vec![
        format!("kept: {}, {}", text::count(report.versions_kept, "version"), text::bytes(report.bytes_kept)),
        format!(
            "{would}removed: {}",
            of(report.versions_removed, report.packs_removed, report.bytes_removed)
        ),
        format!(
            "{would}condemned: {}",
            of(report.versions_condemned, report.packs_condemned, report.bytes_condemned)
        ),
    ];
    if report.packs_moved > 0 {
        let (packs, bytes) = (text::count(report.packs_moved, "pack"), text::bytes(report.bytes_moved));
        lines.push(format!("{would}moved out of {packs}: {bytes}"));
    }
    if report.probes_removed > 0 {
        lines.push(format!(
            "{would}removed of killed probes: {}",
            text::count(report.probes_removed, "object")
        ));
    }
    if report.not_removed > 0 {
        lines.push(format!(
            "not removed, since the store refuses it: {} ({}); the next collection tries again",
            text::count(report.not_removed, "object"),
            report.refusal.as_deref().unwrap_or("it does not say why")
        ));
    }
    if let Some(next) = report.next_removal_ms {
        lines.push(format!(
            "waiting: {}, {}; the next may go from {}",
            text::count(report.packs_waiting, "pack"),
            text::bytes(report.bytes_waiting),
            moment(next)
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dry_run_says_would() {
        let report = GcReport { dry_run: true, packs_removed: 2, ..GcReport::default() };
        assert!(
            lines(&report)[1].starts_with("would be removed: 0 versions and 2 packs"),
            "{:?}",
            lines(&report)
        );
        let report = GcReport { dry_run: true, probes_removed: 1, ..GcReport::default() };
        assert_eq!(
            lines(&report).last().map(String::as_str),
            Some("would be removed of killed probes: 1 object")
        );
        let report = GcReport { next_removal_ms: Some(0), ..GcReport::default() };
        assert!(lines(&report).last().is_some_and(|line| line.contains("1970")), "{:?}", lines(&report));
    }
}

//! `cyclorama take verify`

use std::path::PathBuf;

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::take::{Damage, State, VerifyReport};
use serde::Serialize;

use super::Found;
use crate::{context::Context, failure::Failure, text};

/// Check every byte of takes
///
/// Ends with 5 when one is damaged, or cut off: not closed, so that nobody can say whether its end is there. Says exactly
/// what is lost. What is no take is named, and the others are checked all the same.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama take verify ./takes/*.take\n  \
    cyclorama take verify s3://production/takes@A101_t003")]
pub(crate) struct Args {
    /// Takes: files, names in the takes folder, or STORE@TAKE
    #[arg(required = true)]
    takes: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Line<'a> {
    path: String,
    #[serde(flatten)]
    report: &'a VerifyReport,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (mut whole, mut failed) = (true, None::<Failure>);
    for named in &args.takes {
        let found = super::find(named, cx);
        match found.and_then(|found| Ok((found.verify()?, found))) {
            Ok((report, found)) => {
                whole &= report.state == State::Intact;
                tell(&found, &report, cx)?;
            }
            Err(failure) => {
                if let Some(before) = failed.replace(failure) {
                    before.print(cx.printer.json());
                }
            }
        }
    }
    match failed {
        Some(failure) if !whole => failure.print(cx.printer.json()),
        Some(failure) => return Err(failure),
        None => {}
    }
    Ok(if whole { ExitCode::Done } else { ExitCode::Integrity })
}

fn tell(found: &Found, report: &VerifyReport, cx: &Context) -> Result<(), Failure> {
    if cx.printer.json() {
        cx.printer.object("cyclorama.take-verify/1", &Line { path: found.to_string(), report })?;
    } else {
        print(found, report, cx)?;
    }
    if report.state != State::Intact
        && let Found::File(path) = found
    {
        cx.printer.say(&format!(
            "hint: once nothing records it any more, `cyclorama take recover {} NEW.take` makes a closed take of what is whole",
            path.display()
        ));
    }
    Ok(())
}

fn print(found: &Found, report: &VerifyReport, cx: &Context) -> Result<(), Failure> {
    let datagrams = text::count(report.readable, "datagram");
    let verdict = match report.state {
        State::Intact => format!("intact, {datagrams}"),
        State::Recovered if report.summary.torn_bytes > 0 => {
            format!(
                "CUT OFF, not closed, {datagrams} whole, {} torn off at its end",
                text::bytes(report.summary.torn_bytes)
            )
        }
        State::Recovered => format!("CUT OFF, not closed, {datagrams} whole"),
        _ => format!("DAMAGED, {datagrams} of {} readable", report.summary.records),
    };
    cx.printer.data(&format!("{found}: {verdict}, digest {}", report.summary.digest.short()))?;
    report.damage.iter().try_for_each(|damage| cx.printer.data(&format!("  {}", describe(damage))))
}

fn describe(damage: &Damage) -> String {
    let mut said = match damage.chunk {
        Some(chunk) => format!("chunk {chunk}"),
        None => "the index".to_owned(),
    };
    said += &format!(" (bytes {} to {}): {}", damage.from, damage.to, damage.cause);
    if let Some(records) = damage.records {
        said += &format!("; {} lost", text::count(u64::from(records), "datagram"));
    }
    if let (Some(first), Some(last)) = (damage.first_timecode, damage.last_timecode) {
        said += &format!(", {first} to {last}");
    }
    said
}

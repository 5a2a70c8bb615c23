//! `cyclorama take verify`

use std::path::{Path, PathBuf};

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::take::{self, Damage, State, VerifyReport};
use serde::Serialize;

use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Check every byte of takes
///
/// Ends with 5 when one is damaged, and says exactly what is lost. What is no take is named, and the others are checked
/// all the same.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Takes, as files or by name
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
    let mut damaged = false;
    let mut failed: Option<Failure> = None;
    for named in &args.takes {
        let path = super::find(named, cx);
        match take::verify(&path).doing(format!("verify {}", path.display())) {
            Ok(report) => {
                damaged |= report.state == State::Damaged;
                tell(&path, &report, cx)?;
            }
            Err(failure) => {
                if let Some(before) = failed.replace(failure) {
                    before.print();
                }
            }
        }
    }
    match failed {
        Some(failure) if damaged => failure.print(),
        Some(failure) => return Err(failure),
        None => {}
    }
    Ok(if damaged { ExitCode::Integrity } else { ExitCode::Done })
}

fn tell(path: &Path, report: &VerifyReport, cx: &Context) -> Result<(), Failure> {
    if cx.printer.json() {
        return cx
            .printer
            .object("cyclorama.take-verify/1", &Line { path: path.display().to_string(), report });
    }
    print(path, report, cx)
}

fn print(path: &Path, report: &VerifyReport, cx: &Context) -> Result<(), Failure> {
    let datagrams = text::count(report.readable, "datagram");
    let verdict = match report.state {
        State::Intact => format!("intact, {datagrams}"),
        State::Recovered if report.summary.torn_bytes > 0 => {
            format!(
                "not closed, {datagrams} whole, {} torn off at its end",
                text::bytes(report.summary.torn_bytes)
            )
        }
        State::Recovered => format!("not closed, {datagrams} whole"),
        _ => format!("DAMAGED, {datagrams} of {} readable", report.summary.records),
    };
    cx.printer.data(&format!("{}: {verdict}, digest {}", path.display(), report.summary.digest.short()))?;
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

//! `cyclorama lens check`

use std::path::PathBuf;

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::{
    lens::{self, Finding, LensFile, Severity, Usage},
    replay,
};
use serde::Serialize;

use crate::{
    commands::take,
    context::Context,
    failure::{Doing as _, Failure},
};

/// Say what a lens file lacks, and whether it covers what a take did
///
/// Ends with 5 when the file cannot be used as it is: a table turns back, the distortion cannot be undone up to the
/// corner, or the take turns a ring beyond the calibration.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama lens check zoom.lens.json\n  \
    cyclorama lens check --take shot-12 zoom.ulens")]
pub(crate) struct Args {
    /// A take the lens is meant for: a file, a name in the takes folder, or STORE@TAKE
    #[arg(long, value_name = "TAKE")]
    take: Option<PathBuf>,
    /// Tracked subject whose lens it is [default: all in the take]
    #[arg(long, value_name = "NAME", requires = "take")]
    subject: Option<String>,
    /// The lens file, ours or .ulens
    lens: PathBuf,
}

#[derive(Serialize)]
struct Line {
    path: String,
    usable: bool,
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let document = super::load(&args.lens, cx)?;
    let mut usage = Ok(None);
    let findings = lens::check(&document, |file| {
        usage = args.take.as_ref().map(|named| observed(args, named, file, cx)).transpose();
        usage.as_ref().ok().cloned().flatten()
    });
    let usable = findings.iter().all(|finding| finding.severity < Severity::Error);
    let line = Line { path: args.lens.display().to_string(), usable, findings, usage: usage? };
    if cx.printer.json() {
        cx.printer.object("cyclorama.lens-check/1", &line)?;
    } else {
        print(&line, cx)?;
    }
    Ok(if usable { ExitCode::Done } else { ExitCode::Integrity })
}

/// What the take does with the lens.
fn observed(args: &Args, named: &std::path::Path, file: &LensFile, cx: &Context) -> Result<Usage, Failure> {
    let (found, reader) = take::open(named, cx)?;
    let mut usage = Usage::default();
    replay::each(&reader, |sample| {
        if args.subject.as_deref().is_none_or(|subject| *subject == *sample.subject) {
            usage.observe(file, &sample.lens);
        }
    })
    .doing(format!("replay take {found}"))?;
    Ok(usage)
}

fn print(line: &Line, cx: &Context) -> Result<(), Failure> {
    let verdict = match (line.usable, line.findings.is_empty()) {
        (true, true) => "complete",
        (true, false) => "usable",
        (false, _) => "NOT USABLE as it is",
    };
    cx.printer.data(&format!("{}: {verdict}", line.path))?;
    line.findings.iter().try_for_each(|finding| {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        cx.printer.data(&format!("  {severity}: {}", finding.message))
    })
}

//! `cyclorama take show`

use std::path::PathBuf;

use cyclorama_outcome::ExitCode;
use cyclorama_time::FrameRate;
use cyclorama_tracking::{Summary, evaluate::PathReport};
use serde::Serialize;

use super::{
    description::Description,
    path::{self, Which},
};
use crate::{context::Context, failure::Failure, text};

/// Show what a take holds and what was noted of it: slate, camera, timecode, camera path, notes
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama take show shot-12.take\n  \
    cyclorama take show s3://production/takes@A101_t003 --json")]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// The take: a file, a name in the takes folder, or STORE@TAKE
    take: PathBuf,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    take: &'a Description,
    /// Noted later, oldest first.
    noted: &'a [Noted],
    messages: &'a Summary,
    path: Path<'a>,
}

#[derive(Serialize)]
struct Noted {
    at: String,
    text: String,
}

#[derive(Serialize)]
struct Path<'a> {
    subject: &'a str,
    rate: FrameRate,
    #[serde(flatten)]
    report: &'a PathReport,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (found, reader) = super::open(&args.take, cx)?;
    let description = Description::of(found.to_string(), &reader);
    let noted: Vec<Noted> =
        found.notes(cx)?.into_iter().map(|note| Noted { at: text::utc(note.at), text: note.text }).collect();
    let evaluated = args.which.evaluate(&reader, &description.path, cx);
    if cx.printer.json() {
        let (evaluated, messages) = evaluated?;
        let (subject, rate) = (evaluated.path.subject.as_str(), evaluated.path.rate);
        let path = Path { subject, rate, report: &evaluated.report };
        cx.printer.object(
            "cyclorama.take/1",
            &Line { take: &description, noted: &noted, messages: &messages, path },
        )?;
        return Ok(ExitCode::Done);
    }
    let print = |rows: Vec<(&'static str, String)>| {
        rows.iter().try_for_each(|(label, value)| cx.printer.data(&format!("{label:<10} {value}")))
    };
    // What the take says of itself is worth showing even where its path cannot be made.
    print(description.rows())?;
    print(noted.iter().map(|note| ("noted", format!("{}  {}", note.at, note.text))).collect())?;
    let (evaluated, messages) = evaluated?;
    print(path::rows(&evaluated, &messages))?;
    Ok(ExitCode::Done)
}

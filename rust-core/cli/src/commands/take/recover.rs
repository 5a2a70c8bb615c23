//! `cyclorama take recover`

use std::path::PathBuf;

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::take;
use serde::Serialize;

use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Copy what can be saved of a damaged or unfinished take
///
/// The old take is left as it is. Ends with 8 when something is lost; the copy itself says what.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The damaged take
    from: PathBuf,
    /// The new take; never overwritten
    to: PathBuf,
}

#[derive(Serialize)]
struct Line {
    path: String,
    datagrams: u64,
    lost: usize,
    digest: String,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (from, to) = (super::file(&args.from, cx), super::place(&args.to, cx));
    let recovered = take::recover(&from, &to).doing(format!("recover {}", from.display()))?;
    let (made, reader) = super::open(&to, cx)?;
    let lost = reader.info().lost.len();
    let line = Line {
        path: made.to_string(),
        datagrams: recovered.summary.records,
        lost,
        digest: recovered.summary.digest.to_string(),
    };
    if cx.printer.json() {
        cx.printer.object("cyclorama.take-recover/1", &line)?;
    } else {
        let datagrams = text::count(line.datagrams, "datagram");
        let lost =
            if lost == 0 { "nothing lost".to_owned() } else { format!("{lost} damaged stretches lost") };
        cx.printer.data(&format!("{}: {datagrams} saved, {lost}", line.path))?;
    }
    Ok(if lost == 0 { ExitCode::Done } else { ExitCode::Partial })
}

//! `cyclorama track decode`

use std::path::PathBuf;

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::protocol::opentrackio::export::sample_json;

use super::protocol::{Spoken, damage_report, decode_recording, nothing_decoded, read};
use crate::{context::Context, failure::Failure};

/// Decode recorded messages to OpenTrackIO JSON, one sample per line
///
/// Reads concatenated messages, one bare datagram, or packets that each follow their length. Damaged messages
/// are counted on stderr and never printed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track decode --protocol f4 --summary recording.f4\n  \
    socat -u UDP-RECV:40000 - | cyclorama track decode --protocol freed --vendor sony -")]
pub(crate) struct Args {
    #[command(flatten)]
    spoken: Spoken,
    /// End with a line that counts accepted and rejected messages
    #[arg(long)]
    summary: bool,
    /// Recorded messages; - reads stdin
    file: PathBuf,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (recording, source) = read(&args.file)?;
    let mut line = String::new();
    let summary =
        decode_recording(args.spoken.protocol, args.spoken.details.options(), &recording, |samples| {
            for sample in samples {
                line.clear();
                sample_json(sample, &mut line);
                cx.printer.data(&line)?;
            }
            Ok(())
        })?;
    if args.summary {
        cx.printer.object("cyclorama.decode-summary/1", &summary)?;
    }
    cx.printer.flush()?;
    if let Some(damage) = damage_report(&summary) {
        cx.printer.say(&format!("accepted {}, {damage}", summary.accepted));
    }
    if summary.accepted == 0 {
        return Err(nothing_decoded(args.spoken.protocol, &source, &recording));
    }
    Ok(ExitCode::Done)
}

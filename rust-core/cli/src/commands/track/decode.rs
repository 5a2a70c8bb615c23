//! `cyclorama track decode`

use std::path::{Path, PathBuf};

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_time::StageTime;
use cyclorama_tracking::{
    Protocol, Sample, Summary, describe::Described, protocol::opentrackio::export::sample_json,
};

use super::protocol::{
    Details, damage_report, decode_recording, described, nothing_decoded, protocol_parser, read,
};
use crate::{context::Context, failure::Failure};

/// Decode recorded messages to OpenTrackIO JSON, one sample per line
///
/// Reads concatenated messages, one bare datagram, or packets that each follow their length. Damaged messages
/// are counted on stderr and never printed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track decode --protocol f4 --summary recording.f4\n  \
    socat -u UDP-RECV:40000 - | cyclorama track decode --protocol freed --vendor sony -\n  \
    cyclorama track decode --descriptor docs/protocols/example-ptz.toml recording.bin")]
pub(crate) struct Args {
    /// Protocol of the tracker
    #[arg(long, value_name = "NAME", value_parser = protocol_parser(), required_unless_present = "descriptor")]
    protocol: Option<Protocol>,
    /// A dialect described in a file, instead of a protocol
    #[arg(long, value_name = "FILE", conflicts_with = "protocol")]
    descriptor: Option<PathBuf>,
    #[command(flatten)]
    details: Details,
    /// End with a line that counts accepted and rejected messages
    #[arg(long)]
    summary: bool,
    /// Recorded messages; - reads stdin
    file: PathBuf,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (recording, source) = read(&args.file)?;
    let mut line = String::new();
    let mut print = |samples: &[Sample]| -> Result<(), Failure> {
        samples.iter().try_for_each(|sample| {
            line.clear();
            sample_json(sample, &mut line);
            cx.printer.data(&line)
        })
    };
    let summary = match (args.protocol, &args.descriptor) {
        (Some(protocol), _) => decode_recording(protocol, args.details.options(), &recording, print)?,
        (None, Some(file)) => dialect(file, &recording, &mut print)?,
        (None, None) => return Err(Failure::new(Kind::User, "failed to decode: no protocol was named")),
    };
    if args.summary {
        cx.printer.object("cyclorama.decode-summary/1", &summary)?;
    }
    cx.printer.flush()?;
    if let Some(damage) = damage_report(&summary) {
        cx.printer.say(&format!("accepted {}, {damage}", summary.accepted));
    }
    if summary.accepted == 0 {
        return Err(match args.protocol {
            Some(protocol) => nothing_decoded(protocol, &source, &recording),
            None => Failure::new(
                Kind::User,
                format!("failed to decode {source}: it holds no message as the descriptor says"),
            )
            .hint("check length, constants and checksum in the descriptor"),
        });
    }
    Ok(ExitCode::Done)
}

/// Decodes messages of a described dialect, one after another. What fits nowhere up to the next sound one counts
/// once.
fn dialect(
    file: &Path,
    recording: &[u8],
    take: &mut impl FnMut(&[Sample]) -> Result<(), Failure>,
) -> Result<Summary, Failure> {
    let mut stream = Described::new(described(file)?);
    let length = stream.descriptor().length();
    let (mut at, mut samples) = (0, Vec::new());
    while let Some(message) = recording.get(at..at + length) {
        samples.clear();
        stream.datagram(StageTime::default(), message, &mut samples);
        take(&samples)?;
        let fits = |place: &usize| {
            let message = recording.get(*place..*place + length);
            message.is_some_and(|message| stream.descriptor().values(message).is_ok())
        };
        at = if fits(&at) {
            at + length
        } else {
            (at + 1..recording.len()).find(fits).unwrap_or(recording.len())
        };
    }
    Ok(stream.summary().clone())
}

//! `cyclorama lens learn`

use std::path::PathBuf;

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_tracking::{
    lens::{EncoderRanges, LEAST_TURN, RangeLearner, Ring},
    replay,
};

use crate::{
    commands::take,
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    files::write_whole,
};

/// Learn where the rings' counts begin and end, from a take in which each was turned
///
/// Record a take while somebody turns each ring from stop to stop. The range is saved to a file and used only where
/// it is named; nothing adjusts itself later. Which end is far or near, open or closed, wide or tele cannot be seen
/// from counts: without --reversed the smallest count is far, open and wide.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama lens learn --reversed focus --out cam-a.range.json rings.take\n  \
    cyclorama lens import --format ulens --counts cam-a.range.json zoom.ulens zoom.lens.json")]
pub(crate) struct Args {
    /// Rings whose largest count is far, open or wide
    #[arg(long, value_enum, value_name = "RING", value_delimiter = ',')]
    reversed: Vec<RingName>,
    /// Tracked subject whose lens it is [default: all in the take]
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// File to save the range in, whole or not at all
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The take: a file, a name in the takes folder, or STORE@TAKE
    take: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum RingName {
    /// Focus distance
    Focus,
    /// Aperture
    Iris,
    /// Focal length
    Zoom,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (found, reader) = take::open(&args.take, cx)?;
    let mut learner = RangeLearner::default();
    replay::each(&reader, |sample| {
        let wanted = args.subject.as_deref().is_none_or(|subject| *subject == *sample.subject);
        if let Some(counts) = sample.lens.raw_encoders.filter(|_| wanted) {
            learner.observe(&counts);
        }
    })
    .doing(format!("replay take {found}"))?;
    let reversed: Vec<Ring> = args.reversed.iter().map(|ring| ring.ring()).collect();
    let learnt = learner.learnt(&reversed);
    if learnt == EncoderRanges::default() {
        return Err(Failure::new(
            Kind::User,
            format!("no ring turns by {LEAST_TURN} counts or more in {found}"),
        )
        .hint("record a take while each ring is turned from stop to stop"));
    }
    write_whole(&args.out, learnt.to_json().as_bytes()).doing_io(format!("write {}", args.out.display()))?;
    if cx.printer.json() {
        cx.printer.object("cyclorama.encoder-ranges/1", &learnt)?;
    } else {
        for (ring, ends, range) in [
            ("focus", ["far", "near"], learnt.focus),
            ("iris", ["open", "closed"], learnt.iris),
            ("zoom", ["wide", "tele"], learnt.zoom),
        ] {
            cx.printer.data(&match range {
                Some([first, last]) => format!("{ring}: {first} ({}) to {last} ({})", ends[0], ends[1]),
                None => format!("{ring}: not turned, nothing learnt"),
            })?;
        }
    }
    Ok(ExitCode::Done)
}

impl RingName {
    fn ring(self) -> Ring {
        match self {
            Self::Focus => Ring::Focus,
            Self::Iris => Ring::Iris,
            Self::Zoom => Ring::Zoom,
        }
    }
}

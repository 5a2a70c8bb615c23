//! `cyclorama take import`

use std::path::PathBuf;

use cyclorama_outcome::ExitCode;
use cyclorama_time::FrameRate;
use cyclorama_tracking::take::{self, ImportOptions, TakeError, TakeInfo};

use super::description::Description;
use crate::{
    commands::track::protocol::{Spoken, damage_report, nothing_decoded, read},
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Make a take from recorded messages, at their own rate
///
/// Times come from the recording's timecode or the tracker's own clock; give --rate where it has neither.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama take import --protocol f4 recording.f4 shot-12.take\n  \
    cyclorama take import --protocol freed --vendor sony --rate 50 cam1.bin shot-12.take")]
pub(crate) struct Args {
    #[command(flatten)]
    spoken: Spoken,
    /// Messages per second, where the recording does not say
    #[arg(long, value_name = "FPS")]
    rate: Option<FrameRate>,
    #[command(flatten)]
    slate: Slate,
    /// Recorded messages; - reads stdin
    file: PathBuf,
    /// The new take; never overwritten
    take: PathBuf,
}

/// Above these flags in the help.
const HEADING: &str = "On the slate";

/// What is written on a take.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Slate {
    /// Slate the take belongs to
    #[arg(help_heading = HEADING, long, value_name = "TEXT")]
    slate: Option<String>,
    /// Number of the take on that slate
    #[arg(help_heading = HEADING, long, alias = "take", value_name = "NUMBER")]
    take_number: Option<u32>,
    /// Camera, as the crew calls it
    #[arg(help_heading = HEADING, long, value_name = "NAME")]
    camera: Option<String>,
    /// Anything worth remembering
    #[arg(help_heading = HEADING, long, alias = "note", value_name = "TEXT")]
    notes: Option<String>,
}

impl Slate {
    /// A flag of these that was given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let given = [
            ("--slate", self.slate.is_some()),
            ("--take-number", self.take_number.is_some()),
            ("--camera", self.camera.is_some()),
            ("--notes", self.notes.is_some()),
        ];
        given.into_iter().find_map(|(flag, is_given)| is_given.then_some(flag))
    }

    /// Writes the slate on a take.
    pub(crate) fn onto(&self, info: &mut TakeInfo) {
        info.slate.clone_from(&self.slate);
        info.take = self.take_number;
        info.camera.clone_from(&self.camera);
        info.notes = self.notes.clone().unwrap_or_default();
    }
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (recording, source) = read(&args.file)?;
    let path = super::place(&args.take, cx);
    let mut info = TakeInfo::new(super::name_of(&path), args.spoken.protocol, cx.clock.utc());
    info.options = args.spoken.details.options();
    info.rate = args.rate;
    args.slate.onto(&mut info);
    let imported = match take::import(&recording, &path, &info, ImportOptions { rate: args.rate }) {
        Err(TakeError::NothingToImport { protocol }) => {
            return Err(nothing_decoded(protocol, &source, &recording));
        }
        other => other.doing(format!("import {source} as {}", path.display()))?,
    };
    if let Some(damage) = damage_report(&imported.decoded) {
        cx.printer.say(&format!("accepted {}, {damage}", imported.decoded.accepted));
    }
    let (made, reader) = super::open(&path, cx)?;
    let description = Description::of(made.to_string(), &reader);
    if cx.printer.json() {
        cx.printer.object("cyclorama.take/1", &description)?;
    } else {
        cx.printer.data(&format!(
            "{}: {}, {}, {}",
            description.path,
            text::count(description.datagrams, "datagram"),
            text::seconds(description.seconds),
            description.timecodes()
        ))?;
    }
    Ok(ExitCode::Done)
}

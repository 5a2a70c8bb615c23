//! `cyclorama track timecode`

use std::path::Path;

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_time::{FrameRate, Timecode};
use cyclorama_tracking::house::LtcReader;
use serde::Serialize;

use super::{
    house::{
        ltc_rate,
        sound::{Sound, SoundFrom},
    },
    protocol::positive,
};
use crate::{
    context::Context,
    failure::{DoingIo as _, Failure},
    text,
};

/// Say what timecode a line carries, before `track listen --house` counts by it
///
/// One label a line, and at the end how many there were, how often they jumped and how loud the line was.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track timecode --rate 25 alsa:plughw:1,0 --seconds 10\n  \
    cyclorama track timecode --rate 29.97 ltc:line.wav\n  \
    ffmpeg -loglevel error -f avfoundation -i :1 -f s16le -ac 1 -ar 48000 - | cyclorama track timecode --rate 24 ltc:-")]
pub(crate) struct Args {
    /// ltc:FILE (WAV), ltc:- (WAV or bare 16-bit mono on stdin), or alsa:DEVICE
    #[arg(value_name = "SOURCE")]
    source: SoundFrom,
    /// Frames per second of the timecode, 30 at most
    #[arg(long, value_name = "FPS", value_parser = ltc_rate)]
    rate: FrameRate,
    /// Samples per second of bare sound and of a card
    #[arg(long, value_name = "N", default_value = "48000", value_parser = clap::value_parser!(u32).range(32_000..=384_000))]
    ltc_sample_rate: u32,
    /// Stop after so many seconds of sound
    #[arg(long, value_name = "S", value_parser = positive)]
    seconds: Option<f64>,
}

/// A label: schema `cyclorama.timecode/1`.
#[derive(Serialize)]
struct Line {
    timecode: Timecode,
    /// When its frame began, seconds from the first sample on.
    begins_s: f64,
}

/// What was heard so far.
#[derive(Default)]
struct Heard {
    samples: u64,
    labels: u64,
    jumps: u64,
    last: Option<Timecode>,
    loudest: f32,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let mut sound = Sound::open(&args.source, args.ltc_sample_rate)?;
    let sample_rate = f64::from(sound.sample_rate());
    let mut reader = LtcReader::new(sound.sample_rate(), args.rate);
    let (mut heard, mut printed) = (Heard::default(), Ok(()));
    while !cx.cancel().is_cancelled() {
        let enough = args.seconds.is_some_and(|seconds| heard.samples as f64 >= seconds * sample_rate);
        let Some(samples) = sound.block().doing_io("hear the line")?.filter(|_| !enough) else { break };
        heard.samples += samples.len() as u64;
        reader.samples(samples, |found| {
            let follows = heard.last.is_none_or(|last| last.plus_frames(1) == found.label);
            heard.jumps += u64::from(!follows);
            heard.labels += 1;
            heard.last = Some(found.label);
            if printed.is_ok() {
                let line = Line { timecode: found.label, begins_s: found.begins as f64 / sample_rate };
                printed = print(&line, cx);
            }
        });
        heard.loudest = heard.loudest.max(reader.level());
        std::mem::replace(&mut printed, Ok(()))?;
    }
    let seconds = heard.samples as f64 / sample_rate;
    let sentence = heard.sentence(seconds);
    if heard.labels == 0 {
        return Err(Failure::new(Kind::NotFound, format!("failed to hear timecode: {sentence}"))
            .hint(heard.advice(&args.source)));
    }
    cx.printer.say(&sentence);
    Ok(ExitCode::Done)
}

fn print(line: &Line, cx: &Context) -> Result<(), Failure> {
    if cx.printer.json() {
        cx.printer.object("cyclorama.timecode/1", line)
    } else {
        cx.printer.data(&format!("{}  at {:.3} s", line.timecode, line.begins_s))?;
        cx.printer.flush()
    }
}

impl Heard {
    fn sentence(&self, seconds: f64) -> String {
        let loud = 20.0 * f64::from(self.loudest.max(1e-6)).log10();
        format!(
            "{} in {}, {}, the line is at {loud:.0} dB of full scale",
            text::count(self.labels, "label"),
            text::seconds(seconds),
            if self.jumps == 0 { "no jump".to_owned() } else { text::count(self.jumps, "jump") }
        )
    }

    fn advice(&self, source: &SoundFrom) -> String {
        match source {
            _ if self.loudest < 0.003 => {
                "the line is silent: look at the cable, the input and its gain".to_owned()
            }
            SoundFrom::File(path) => format!("is {} LTC at this --rate?", Path::new(path).display()),
            _ => "is it LTC at this --rate? the first channel is heard".to_owned(),
        }
    }
}

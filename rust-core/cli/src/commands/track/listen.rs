//! `cyclorama track listen`

mod keep;
mod telling;

use std::path::PathBuf;

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_time::FrameRate;
use cyclorama_tracking::{
    ingest::{self, Lateness, Output, Ran, Run},
    udp::Health,
};
use serde::Serialize;

use super::{
    house::{HouseFrom, HouseTime},
    listening::{self, Evaluation, Listening, Opened},
    protocol::positive,
    time::TimeArgs,
};
use crate::{
    commands::take::Slate,
    context::Context,
    control::Control,
    failure::{Doing as _, Failure},
    text,
};
use telling::Telling;

/// Receive a tracker, print its samples, and record them as a take
///
/// Samples go to stdout as OpenTrackIO JSON, one per line; how the stream is doing goes to stderr. Ctrl-C closes
/// the take and ends well. A take holds what arrived; what is printed is only what is used: of two senders that
/// say they are one subject only one is, and the other is told of.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track listen --protocol f4 --record shot-12.take > /dev/null\n  \
    cyclorama track listen --protocol opentrackio --multicast 239.135.1.1 --interface 10.0.0.5 --count 10\n  \
    cyclorama track listen --protocol freed --vendor sony --bind 0.0.0.0:40000 --seconds 5\n  \
    cyclorama track listen --protocol freed --bind 40000 --backup 40001 --output-rate 23.976 --horizon 120 --lens a.lens.json\n  \
    cyclorama track listen --protocol opentrackio --record-dir ./takes --store s3://production/takes --view")]
pub(crate) struct Args {
    #[command(flatten)]
    listening: Listening,
    #[command(flatten)]
    evaluation: Evaluation,
    #[command(flatten)]
    time: TimeArgs,
    /// Record a take; never overwritten
    #[arg(long, value_name = "TAKE", conflicts_with = "descriptor")]
    record: Option<PathBuf>,
    /// Record takes into this folder as the slate says: the tracker's recording flag starts and stops them, its
    /// slate names them (--slate auto, the default here; any other --slate is their name), and so do `take start`
    /// and `take stop`
    #[arg(long, value_name = "DIR", conflicts_with_all = ["record", "descriptor"])]
    record_dir: Option<PathBuf>,
    /// Seconds from before the flag that such a take keeps
    #[arg(long, value_name = "S", default_value = "1", requires = "record_dir", value_parser = positive)]
    pre_roll: f64,
    /// Frames per second of the shoot, written into the take
    #[arg(long, value_name = "FPS")]
    rate: Option<FrameRate>,
    #[command(flatten)]
    slate: Slate,
    /// The house's timecode: LTC from a sound card (alsa:DEVICE, by arecord), ltc:FILE (WAV) or ltc:- (WAV or bare
    /// 16-bit mono on stdin), or wall (time of day, UTC), wall:+HH:MM. It labels what the tracker does not, and
    /// --timecode-range counts by it. `track timecode` tells what a line carries
    #[arg(long, value_name = "SOURCE", requires = "house_rate")]
    house: Option<HouseFrom>,
    /// Frames per second of the house's timecode
    #[arg(long, value_name = "FPS", requires = "house")]
    house_rate: Option<FrameRate>,
    /// Samples per second of bare sound on stdin, and of a sound card
    #[arg(long, value_name = "N", default_value = "48000", value_parser = clap::value_parser!(u32).range(32_000..=384_000))]
    ltc_sample_rate: u32,
    /// Record while the timecode is in this range, first and last frame included: HH:MM:SS:FF-HH:MM:SS:FF; repeatable
    #[arg(long, value_name = "FROM-TO", requires = "record_dir")]
    timecode_range: Vec<String>,
    /// Hand closed takes to this store by themselves: a folder or URL [default: the setting takes.store]
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// Show how the trackers are in large letters, readable from afar; the usual where stderr is a terminal and
    /// stdout is not
    #[arg(long)]
    view: bool,
    /// Show only a line
    #[arg(long, conflicts_with = "view")]
    no_view: bool,
}

impl Args {
    /// A flag that means nothing where no take is recorded.
    fn of_takes(&self) -> Option<&'static str> {
        let given = [("--rate", self.rate.is_some()), ("--store", self.store.is_some())];
        given.into_iter().find_map(|(flag, is_given)| is_given.then_some(flag)).or_else(|| self.slate.given())
    }
}

/// The result: schema `cyclorama.listen/1`.
#[derive(Serialize)]
struct Listened<'a> {
    take: &'a Option<cyclorama_tracking::take::TakeSummary>,
    health: &'a Health,
    skipped_frames: u64,
    /// How long after their arrival samples could be used, microseconds.
    lateness: Lateness,
    /// Why not all of it was recorded.
    unrecorded: Option<String>,
    /// Datagrams that are missing in the takes that were begun.
    unrecorded_datagrams: u64,
}

impl<'a> Listened<'a> {
    fn of(ran: &'a Ran) -> Self {
        Self {
            take: &ran.take,
            health: &ran.health,
            skipped_frames: ran.skipped,
            lateness: ran.lateness,
            unrecorded: ran.unrecorded.as_ref().map(ToString::to_string),
            unrecorded_datagrams: ran.unrecorded_datagrams,
        }
    }
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    if args.record.is_none()
        && args.record_dir.is_none()
        && let Some(flag) = args.of_takes()
    {
        let message = format!("failed to listen: {flag} is about takes, and none is recorded");
        return Err(Failure::new(Kind::User, message).hint("give --record or --record-dir as well"));
    }
    let output = args.evaluation.output(cx)?;
    let time = args.time.start(cx)?;
    let Opened { mut ingest, receivers, address, limits } = args.listening.open(&args.evaluation, cx)?;
    let spoken = args.listening.protocol().map_or_else(|| "a dialect".to_owned(), |known| known.to_string());
    cx.printer.say(&format!("listening for {spoken} at {address}"));
    let kept = keep::Kept::open(args, cx)?;
    let control = args.record_dir.as_deref().map(ear).transpose()?;
    let house = args.house.as_ref().zip(args.house_rate);
    let house =
        house.map(|(from, rate)| HouseTime::start(from, rate, args.ltc_sample_rate, cx)).transpose()?;
    let mut telling = Telling::new(args, &output, cx)?;
    let wall = || time.wall(cx);
    let label = |at| house.as_ref().and_then(|house| house.label(at, || time.wall(cx)));
    let stop = telling.stop().clone();
    let work = Run {
        house: house.is_some().then_some(&label),
        orders: control.as_ref().map(Control::orders),
        ..listening::work((&receivers, limits), output, &wall, &stop, cx)
    };
    let ran = ingest::run(&mut ingest, &work, kept.keep, &mut |told| telling.hear(&told));
    telling.end();
    telling.hand_over(kept.path.as_deref());
    let ran = ran.doing(format!("receive {spoken}"))?;
    telling.printed()?;
    if args.record_dir.is_some() {
        telling.slated(&ran)?;
    } else {
        cx.printer.say(&ending(&ran, kept.path.as_deref(), output));
    }
    if cx.printer.json() {
        cx.printer.object("cyclorama.listen/1", &Listened::of(&ran))?;
    }
    if let Some(error) = ran.unrecorded {
        let missing = match ran.unrecorded_datagrams {
            0 => String::new(),
            count => format!(" ({} missing)", text::count(count, "datagram")),
        };
        return Err(error).doing(format!("record all of it{missing}"));
    }
    Ok(listening::ending_code(limits, cx))
}

/// Hears orders for takes of this folder.
fn ear(folder: &std::path::Path) -> Result<Control, Failure> {
    Control::open(folder).map_err(|error| {
        let name = folder.display();
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            let message = format!("failed to record into {name}: another listener records there");
            return Failure::new(Kind::Conflict, message).hint("give each listener a folder of its own");
        }
        Failure::new(Kind::Internal, format!("failed to hear orders for {name}: {error}"))
    })
}

/// `25.0/s, last 0.02 s ago, 250 datagrams, 15:03:57:01, no loss`
fn sentence(health: &Health, age: Option<f64>) -> String {
    let Some(age) = age else { return "nothing heard yet".to_owned() };
    let mut parts = Vec::new();
    parts.extend(health.rate.map(|rate| format!("{rate:.1}/s")));
    parts.push(format!("last {age:.2} s ago"));
    parts.push(text::count(health.datagrams, "datagram"));
    parts.extend(health.last_timecode.map(|timecode| timecode.to_string()));
    let refused: u64 = health.rejected.values().sum();
    parts.push(if refused == 0 { "none refused".to_owned() } else { format!("{refused} refused") });
    parts.extend(losses(health));
    if health.second_sender {
        parts.push("WARNING: two senders on this port".to_owned());
    }
    parts.join(", ")
}

/// What never came, as far as the tracker counts its samples, and what this machine was too slow to take.
fn losses(health: &Health) -> Vec<String> {
    let lost: u64 = health.streams.iter().map(|stream| stream.lost).sum();
    let dropped = health.dropped.unwrap_or(0);
    [(lost, "lost on the way"), (dropped, "dropped by this machine")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, how)| format!("{count} {how}"))
        .collect()
}

fn ending(ran: &Ran, path: Option<&std::path::Path>, output: Output) -> String {
    if ran.health.datagrams == 0 && path.is_none() {
        return "nothing arrived; `cyclorama track probe` tells who speaks on this network, and where"
            .to_owned();
    }
    let heard = format!("{} used", text::count(ran.health.accepted, "message"));
    let refused = text::by_cause(ran.health.rejected.iter().map(|(cause, count)| (*cause, *count)));
    let mut refused =
        if refused.is_empty() { "none refused".to_owned() } else { format!("refused: {refused}") };
    losses(&ran.health).into_iter().for_each(|loss| refused += &format!(", {loss}"));
    if matches!(output, Output::Ticks(_)) && ran.skipped > 0 {
        refused += &format!(", {} passed over", text::count(ran.skipped, "frame"));
    }
    match (&ran.take, path) {
        (Some(take), Some(path)) => format!(
            "{heard}, {refused}; recorded {} to {}, digest {}",
            text::count(take.records, "datagram"),
            path.display(),
            take.digest.short()
        ),
        _ => format!("{heard}, {refused}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_one_line_that_shouts_only_when_it_must() {
        assert_eq!(sentence(&Health::default(), None), "nothing heard yet");
        let health = Health { datagrams: 250, rate: Some(25.0), ..Health::default() };
        assert_eq!(sentence(&health, Some(0.02)), "25.0/s, last 0.02 s ago, 250 datagrams, none refused");
        let bad = Health {
            rejected: [("bad-checksum", 3)].into(),
            second_sender: true,
            dropped: Some(2),
            ..health
        };
        let end = "3 refused, 2 dropped by this machine, WARNING: two senders on this port";
        assert!(sentence(&bad, Some(0.0)).ends_with(end));
    }
}

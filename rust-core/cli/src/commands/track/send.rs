//! `cyclorama track send`

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_progress::Progress;
use cyclorama_time::FrameRate;
use cyclorama_tracking::{
    replay,
    send::{Encoder, Impairment, Move, Pacer, Pacing, Script, SendOptions, Sender, Simulation},
    take::TakeError,
    udp,
};

use super::protocol::{Spoken, host_and_port, nothing_decoded, positive, read};
use crate::{
    commands::take,
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Send a take, a recording or a simulated camera, as a tracker would
///
/// A take may leave in another protocol than it came in, so that engines without our plugin can follow. Loss and
/// delay rehearse a bad network; the same seed gives the same faults.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track send --protocol opentrackio --to 10.0.0.20:55555 shot-12.take\n  \
    cyclorama track send --protocol freed --to 127.0.0.1:40000 --simulate crane --rate 50\n  \
    cyclorama track send --protocol f4 --to 127.0.0.1:8001 --loss 0.02 --jitter 8 recording.f4 --rate 25")]
pub(crate) struct Args {
    #[command(flatten)]
    spoken: Spoken,
    /// Where to: HOST:PORT; a multicast group is sent to as such
    #[arg(long, value_name = "ADDR", value_parser = host_and_port)]
    to: SocketAddr,
    /// Network card that multicast leaves by, its address
    #[arg(long, value_name = "IP")]
    interface: Option<Ipv4Addr>,
    /// Send a simulated camera move
    #[arg(long, value_name = "MOVE", value_parser = move_parser(), conflicts_with = "source")]
    simulate: Option<Move>,
    /// Messages per second of a recording or a simulation [default: 50 simulated]
    #[arg(long, value_name = "FPS")]
    rate: Option<FrameRate>,
    /// How fast: 2 is twice as fast, 0 as fast as possible
    #[arg(long, value_name = "X", default_value = "1", value_parser = not_negative)]
    speed: f64,
    /// Passes through it; 0 goes on for ever
    #[arg(long, value_name = "N", default_value = "1")]
    passes: u64,
    /// Stop after so many datagrams
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    faults: Faults,
    /// A take (a file, a name in the takes folder, or STORE@TAKE), or recorded messages of the protocol
    #[arg(required_unless_present = "simulate")]
    source: Option<PathBuf>,
}

/// Above these flags in the help.
const HEADING: &str = "Faults of the network";

/// What a bad network does.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
struct Faults {
    /// Share of datagrams that are lost, 0 to 1
    #[arg(help_heading = HEADING, long, value_name = "P", default_value = "0", value_parser = share)]
    loss: f64,
    /// Share that comes twice, 0 to 1
    #[arg(help_heading = HEADING, long, value_name = "P", default_value = "0", value_parser = share)]
    duplicate: f64,
    /// Share that is overtaken by later ones, 0 to 1
    #[arg(help_heading = HEADING, long, value_name = "P", default_value = "0", value_parser = share)]
    reorder: f64,
    /// Longest random delay, ms
    #[arg(help_heading = HEADING, long, value_name = "MS", default_value = "0", value_parser = not_negative)]
    jitter: f64,
    /// Seconds between dropouts, in which nothing gets through
    #[arg(help_heading = HEADING, long, value_name = "S", requires = "dropout", value_parser = positive)]
    dropout_every: Option<f64>,
    /// How long a dropout is, in ms [default distance: 10 seconds]
    #[arg(help_heading = HEADING, long, value_name = "MS", value_parser = positive)]
    dropout: Option<f64>,
    /// How much faster the sender's clock runs than it says, in millionths; negative: slower
    #[arg(help_heading = HEADING, long, value_name = "PPM", default_value = "0", allow_negative_numbers = true, value_parser = drift)]
    drift: f64,
    /// Start of the random numbers
    #[arg(help_heading = HEADING, long, value_name = "N", default_value = "1")]
    seed: u64,
}

impl From<Faults> for Impairment {
    fn from(faults: Faults) -> Self {
        let Faults { loss, duplicate, reorder, jitter, dropout_every, dropout, drift: _, seed } = faults;
        Self {
            loss,
            duplicate,
            reorder,
            jitter_nanos: (jitter * 1e6) as i64,
            dropout_nanos: dropout.map_or(0, |ms| (ms * 1e6) as i64),
            dropout_every_nanos: dropout.map_or(0, |_| (dropout_every.unwrap_or(10.0) * 1e9) as i64),
            seed,
        }
    }
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let script = script(args, cx)?;
    let options = SendOptions { interface: args.interface, ..SendOptions::to(args.to) };
    let doing = format!("send to {}", args.to);
    let sender = Sender::open(&options).doing(&doing)?;
    let pacing = Pacing {
        speed: if args.speed == 0.0 { f64::INFINITY } else { args.speed * (1.0 + args.faults.drift * 1e-6) },
        passes: Some(args.passes).filter(|passes| *passes > 0),
        count: args.count,
    };
    if args.speed > 0.0 {
        // What is rehearsed is the network's jitter, not this machine's.
        let _ = udp::raise_priority();
    }
    let progress = Progress::new();
    progress.set_total(args.count.unwrap_or(script.datagrams.len() as u64 * args.passes));
    let mut pacer = Pacer::new(script, pacing, args.faults.into());
    let sent = {
        let _drawn = cx.printer.follow("datagrams", &progress, &cx.clock);
        sender.run(&mut pacer, cx.clock.as_ref(), cx.cancel(), &progress).doing(&doing)?
    };
    if cx.printer.json() {
        cx.printer.object("cyclorama.send/1", &sent)?;
    } else {
        let lost = if sent.lost == 0 { String::new() } else { format!(", {} lost on purpose", sent.lost) };
        cx.printer.data(&format!("sent {} to {}{lost}", text::count(sent.datagrams, "datagram"), args.to))?;
    }
    Ok(if cx.cancel().is_cancelled() && args.passes > 0 { ExitCode::Cancelled } else { ExitCode::Done })
}

/// What is to be sent.
fn script(args: &Args, cx: &Context) -> Result<Script, Failure> {
    let protocol = args.spoken.protocol;
    let mut encoder = Encoder::new(protocol, args.spoken.details.options());
    if let Some(motion) = args.simulate {
        let simulation = Simulation::new(motion, args.rate.unwrap_or(FrameRate::FPS_50));
        return Ok(simulation.script(simulation.frames_of_move(), &mut encoder));
    }
    let source = args.source.as_deref().unwrap_or(Path::new("-"));
    let found = take::find(source, cx)?;
    let reader = match found.read() {
        Err(TakeError::NotATake) => return recording(args, source),
        _ => found.open()?,
    };
    let doing = format!("replay take {found}");
    if reader.info().protocol == protocol {
        return Script::from_take(&reader).doing(doing);
    }
    let replayed = replay::samples(&reader).doing(doing)?;
    Ok(Script::from_samples(&replayed.samples, &mut encoder))
}

fn recording(args: &Args, source: &Path) -> Result<Script, Failure> {
    let (bytes, name) = read(source)?;
    let Some(rate) = args.rate else {
        let message =
            format!("failed to send {name}: it is no take, and nothing says how fast its messages came");
        return Err(Failure::new(Kind::User, message).hint("give --rate, in messages per second"));
    };
    let options = args.spoken.details.options();
    let summary = super::protocol::decode_recording(args.spoken.protocol, options, &bytes, |_| Ok(()))?;
    if summary.accepted == 0 {
        return Err(nothing_decoded(args.spoken.protocol, &name, &bytes));
    }
    Ok(Script::from_recording(args.spoken.protocol, &bytes, rate))
}

fn move_parser() -> impl TypedValueParser<Value = Move> {
    PossibleValuesParser::new(Move::ALL.map(Move::name))
        .map(|name| Move::from_str(&name).expect("only names of moves pass"))
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|p| (0.0..=1.0).contains(p))
        .ok_or_else(|| "wanted: a number from 0 to 1".to_owned())
}

fn drift(text: &str) -> Result<f64, String> {
    let known = text.parse().ok().filter(|ppm: &f64| ppm.abs() <= 10_000.0);
    known.ok_or_else(|| "wanted: millionths from -10000 to 10000".to_owned())
}

fn not_negative(text: &str) -> Result<f64, String> {
    if text == "0" { Ok(0.0) } else { positive(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_targets_outside_their_range_are_refused() {
        assert_eq!(share("0.02"), Ok(0.02));
        assert!(["1.5", "-0.1", "NaN", "x"].iter().all(|text| share(text).is_err()));
        assert!(host_and_port("127.0.0.1").is_err() && host_and_port("127.0.0.1:8001").is_ok());
    }

    #[test]
    fn jitter_is_given_in_milliseconds() {
        let faults = Faults { jitter: 8.5, loss: 0.1, ..Faults::default() };
        assert_eq!(Impairment::from(faults).jitter_nanos, 8_500_000);
        let dropouts = Impairment::from(Faults { dropout: Some(300.0), ..Faults::default() });
        assert_eq!((dropouts.dropout_nanos, dropouts.dropout_every_nanos), (300_000_000, 10_000_000_000));
        assert!(drift("-50").is_ok() && drift("NaN").is_err() && drift("20000").is_err());
    }
}

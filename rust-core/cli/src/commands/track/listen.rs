//! `cyclorama track listen`

mod slated;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::mpsc,
    thread,
    time::Duration,
};

use cyclorama_outcome::ExitCode;
use cyclorama_time::{Clock, FrameRate};
use cyclorama_tracking::{
    Protocol,
    protocol::opentrackio::export::Exporter,
    take::TakeInfo,
    udp::{self, Health, Interface, ListenOptions, Listener, Recorded, RecorderOptions, SharedHealth},
};

use super::protocol::{Spoken, positive};
use crate::{
    commands::take::{self, Slate},
    context::Context,
    failure::{Doing as _, Failure},
    printer::Printer,
    text,
};

/// Receive a tracker, print its samples, and record them as a take
///
/// Samples go to stdout as OpenTrackIO JSON, one per line; how the stream is doing goes to stderr. Ctrl-C closes
/// the take and ends well.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track listen --protocol f4 --record shot-12.take > /dev/null\n  \
    cyclorama track listen --protocol opentrackio --multicast 235.135.1.1 --interface 10.0.0.5 --count 10\n  \
    cyclorama track listen --protocol freed --vendor sony --bind 0.0.0.0:40000 --seconds 5")]
pub(crate) struct Args {
    #[command(flatten)]
    spoken: Spoken,
    /// Address to listen on: IP:PORT, IP or PORT [default: the setting tracking.interface, the protocol's port]
    #[arg(long, value_name = "ADDR")]
    bind: Option<String>,
    /// Multicast group to join
    #[arg(long, value_name = "GROUP")]
    multicast: Option<Ipv4Addr>,
    /// Network card to join it on: its address, number or name
    #[arg(long, value_name = "CARD", requires = "multicast")]
    interface: Option<Interface>,
    /// Record a take; never overwritten
    #[arg(long, value_name = "TAKE")]
    record: Option<PathBuf>,
    /// Record takes into this folder as the tracker says: its recording flag starts and stops them, its slate names
    /// them (--slate auto, the default here; any other --slate is their name)
    #[arg(long, value_name = "DIR", conflicts_with = "record")]
    record_dir: Option<PathBuf>,
    /// Seconds from before the flag that such a take keeps
    #[arg(long, value_name = "S", default_value = "1", requires = "record_dir", value_parser = positive)]
    pre_roll: f64,
    /// Frames per second of the shoot, written into the take
    #[arg(long, value_name = "FPS", requires = "record")]
    rate: Option<FrameRate>,
    #[command(flatten)]
    slate: Slate,
    /// Stop after so many datagrams
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Stop after so many seconds
    #[arg(long, value_name = "S", conflicts_with = "count", value_parser = positive)]
    seconds: Option<f64>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let protocol = args.spoken.protocol;
    let bind = address(args.bind.as_deref(), cx.settings.interface.into(), protocol)
        .map_err(|text| Failure::new(cyclorama_outcome::Kind::User, format!("failed to listen: {text}")))?;
    let listener = Listener::bind(&listen_options(args, bind, cx), cx.clock.clone())
        .doing(format!("listen for {protocol} at {bind}"))?;
    cx.printer.say(&format!("listening for {protocol} at {}", listener.address()));
    if let Some(folder) = &args.record_dir {
        slated::run(args, folder, listener, cx)?;
        return Ok(ending_code(args, cx));
    }
    let options = RecorderOptions {
        protocol,
        decode: args.spoken.details.options(),
        take: args.record.as_ref().map(|named| new_take(args, named, cx)),
        count: args.count,
        seconds: args.seconds,
    };
    let recorded = receive(listener, &options, cx)?;
    cx.printer.say(&ending(&recorded, &options));
    if cx.printer.json() {
        cx.printer.object("cyclorama.listen/1", &recorded)?;
    }
    Ok(ending_code(args, cx))
}

/// Ctrl-C is how listening usually ends; only where an end was given it cuts something short.
fn ending_code(args: &Args, cx: &Context) -> ExitCode {
    let cut_short = cx.cancel().is_cancelled() && (args.count.is_some() || args.seconds.is_some());
    if cut_short { ExitCode::Cancelled } else { ExitCode::Done }
}

fn listen_options(args: &Args, bind: SocketAddr, cx: &Context) -> ListenOptions {
    let usual = Some(cx.settings.interface).filter(|card| !card.is_unspecified()).map(Interface::Address);
    ListenOptions {
        multicast: args.multicast,
        interface: args.interface.or(usual),
        receive_buffer: cx.settings.receive_buffer,
        ..ListenOptions::at(bind)
    }
}

fn new_take(args: &Args, named: &std::path::Path, cx: &Context) -> (PathBuf, TakeInfo) {
    let path = take::place(named, cx);
    let mut info = TakeInfo::new(take::name_of(&path), args.spoken.protocol, cx.clock.utc());
    info.options = args.spoken.details.options();
    info.rate = args.rate;
    args.slate.onto(&mut info);
    (path, info)
}

/// Receives until told to stop; prints samples, and health where somebody watches.
fn receive(listener: Listener, options: &RecorderOptions, cx: &Context) -> Result<Recorded, Failure> {
    let (health, stop) = (SharedHealth::new(), cx.cancel().child());
    let (mut exporter, mut line) = (Exporter::default(), String::new());
    let mut printed = Ok(());
    let recorded = thread::scope(|scope| {
        let (ended, watching) = mpsc::channel::<()>();
        let (shared, printer, clock) = (health.clone(), &cx.printer, cx.clock.as_ref());
        scope.spawn(move || watch(printer, clock, &shared, &watching));
        let recorded = udp::record(listener, options, &stop, &health, |sample| {
            line.clear();
            exporter.json(sample, &mut line);
            if printed.is_ok() {
                printed = cx.printer.data(&line).and_then(|()| cx.printer.flush());
            }
            if printed.is_err() {
                stop.cancel();
            }
        });
        drop(ended);
        recorded
    });
    let recorded = recorded.doing(format!("receive {}", options.protocol))?;
    // A take is whole even when whoever read our samples went away.
    printed.map(|()| recorded)
}

fn watch(printer: &Printer, clock: &dyn Clock, health: &SharedHealth, ended: &mpsc::Receiver<()>) {
    if !printer.live() {
        return;
    }
    while ended.recv_timeout(Duration::from_millis(100)) == Err(mpsc::RecvTimeoutError::Timeout) {
        let now = health.snapshot();
        printer.live_line(&sentence(&now, now.age_seconds(clock.now())));
    }
    printer.end_live_line();
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

fn ending(recorded: &Recorded, options: &RecorderOptions) -> String {
    let heard = format!("{} used", text::count(recorded.health.accepted, "message"));
    let refused = text::by_cause(recorded.health.rejected.iter().map(|(cause, count)| (*cause, *count)));
    let mut refused =
        if refused.is_empty() { "none refused".to_owned() } else { format!("refused: {refused}") };
    losses(&recorded.health).into_iter().for_each(|loss| refused += &format!(", {loss}"));
    match (&recorded.take, &options.take) {
        (Some(take), Some((path, _))) => format!(
            "{heard}, {refused}; recorded {} to {}, digest {}",
            text::count(take.records, "datagram"),
            path.display(),
            take.digest.short()
        ),
        _ => format!("{heard}, {refused}"),
    }
}

/// Reads `IP:PORT`, `IP` or `PORT`.
pub(crate) fn address(text: Option<&str>, usual: IpAddr, protocol: Protocol) -> Result<SocketAddr, String> {
    let Some(text) = text else { return Ok(SocketAddr::new(usual, protocol.default_port())) };
    let whole = text.parse().ok();
    let ip = || text.parse().ok().map(|ip| SocketAddr::new(ip, protocol.default_port()));
    let port = || text.trim_start_matches(':').parse().ok().map(|port| SocketAddr::new(usual, port));
    whole
        .or_else(ip)
        .or_else(port)
        .ok_or_else(|| format!("`{text}` is no address; write IP:PORT, IP or PORT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_leave_out_what_is_usual() {
        let usual = IpAddr::from([0, 0, 0, 0]);
        let read = |text| address(text, usual, Protocol::FreeD).map(|address| address.to_string());
        assert_eq!(read(None).unwrap(), "0.0.0.0:40000");
        assert_eq!(read(Some("10.0.0.5")).unwrap(), "10.0.0.5:40000");
        assert_eq!(read(Some("10.0.0.5:7000")).unwrap(), "10.0.0.5:7000");
        assert_eq!(read(Some(":7000")).unwrap(), "0.0.0.0:7000");
        assert!(read(Some("stage left")).unwrap_err().contains("`stage left`"));
    }

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

//! `cyclorama track probe`

use std::net::Ipv4Addr;

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::{
    ClockSource,
    probe::{ClockReport, Probed, StreamReport, network, network::ProbeOptions},
};

use super::protocol::positive;
use crate::{context::Context, failure::Failure, text};

/// Tell which trackers speak on this network, at what rate, with what faults
///
/// Listens at the ports and groups trackers use by default; sends nothing, and takes no port from a program that
/// already listens.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track probe\n  \
    cyclorama track probe --seconds 20 --port 7000,7001 --interface 10.0.0.5 --json")]
pub(crate) struct Args {
    /// How long to listen
    #[arg(long, value_name = "S", default_value = "5", value_parser = positive)]
    seconds: f64,
    /// More ports to listen at
    #[arg(long, value_name = "PORT", value_delimiter = ',')]
    port: Vec<u16>,
    /// Address of the network card the trackers are on [default: the setting tracking.interface]
    #[arg(long, value_name = "IP")]
    interface: Option<Ipv4Addr>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let mut options = ProbeOptions {
        seconds: args.seconds,
        interface: args.interface.unwrap_or(cx.settings.interface),
        ..ProbeOptions::default()
    };
    options.ports.extend(&args.port);
    options.ports.sort_unstable();
    options.ports.dedup();
    cx.printer.say(&format!("listening for {}", text::seconds(args.seconds)));
    let probed = network::probe(&options, &cx.clock, cx.cancel());
    if cx.printer.json() {
        cx.printer.object("cyclorama.probe/1", &probed)?;
    } else {
        sentences(&probed).iter().try_for_each(|line| cx.printer.data(line))?;
    }
    Ok(if cx.cancel().is_cancelled() { ExitCode::Cancelled } else { ExitCode::Done })
}

fn sentences(probed: &Probed) -> Vec<String> {
    let mut lines = Vec::new();
    for stream in &probed.report.streams {
        lines.push(sentence(stream));
        lines.extend(stream.advice.iter().map(|advice| format!("    {advice}")));
    }
    for stranger in &probed.report.strangers {
        let (count, source) = (text::count(stranger.datagrams, "datagram"), stranger.source);
        lines.push(format!("unknown: {count} of no tracker from {source} at port {}", stranger.port));
    }
    if lines.is_empty() {
        lines.push("no tracker was heard".to_owned());
        lines.push("    check that it sends to this machine's address, and the firewall".to_owned());
    }
    for port in probed.ports.iter().filter(|port| port.state != "open") {
        lines.push(match port.state.as_str() {
            "busy" => {
                format!("port {}: another program listens there, so nothing was heard on it", port.port)
            }
            other => format!("port {}: {other}", port.port),
        });
    }
    lines
}

/// `freed freed:1 from 10.0.0.7:5000 at port 40000: 50.0/s, jitter 0.3 ms, no loss`
fn sentence(stream: &StreamReport) -> String {
    let mut facts = Vec::new();
    facts.extend(stream.rate_hz.map(|rate| format!("{rate:.1}/s")));
    facts.extend(stream.jitter_ms.map(|jitter| format!("jitter {jitter:.1} ms")));
    facts.extend(
        stream.lost.map(|lost| if lost == 0 { "no loss".to_owned() } else { format!("{lost} lost") }),
    );
    facts.extend(stream.timecode.then(|| "timecode".to_owned()));
    facts.extend(stream.own_time.then(|| "own time".to_owned()));
    facts.extend(match &stream.clock {
        Some(clock) => Some(clock_of(clock)),
        None => stream.genlocked.then(|| "genlocked".to_owned()),
    });
    let name = stream.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let subject = if stream.subject.is_empty() { "nothing sound" } else { &stream.subject };
    format!(
        "{} {subject}{name} from {} at port {}: {}",
        stream.protocol,
        stream.source,
        stream.port,
        if facts.is_empty() { text::count(stream.samples, "sample") } else { facts.join(", ") }
    )
}

/// `locked to PTP domain 127, leader 00:0c:ff:00:00:01`
fn clock_of(clock: &ClockReport) -> String {
    let source = match clock.source {
        ClockSource::Genlock => "genlock",
        ClockSource::VideoIn => "a video signal",
        ClockSource::Ptp => "PTP",
        ClockSource::Ntp => "NTP",
    };
    let locked = if clock.locked { "locked to" } else { "not locked to" };
    let mut text = format!("{locked} {source}");
    clock.domain.into_iter().for_each(|domain| text += &format!(" domain {domain}"));
    clock.leader.iter().for_each(|leader| text += &format!(", leader {leader}"));
    text
}

#[cfg(test)]
mod tests {
    use cyclorama_time::StageTime;
    use cyclorama_tracking::probe::{PortState, Probe};

    use super::*;

    #[test]
    fn silence_and_busy_ports_say_what_to_do() {
        let busy = PortState { port: 40000, state: "busy".to_owned(), groups: 0, groups_refused: 0 };
        let probed = Probed { seconds: 5.0, report: Probe::default().report(), ports: vec![busy] };
        let lines = sentences(&probed);
        assert_eq!(lines[0], "no tracker was heard");
        assert!(lines[2].starts_with("port 40000: another program listens"), "{lines:?}");
    }

    #[test]
    fn ptp_is_told_with_its_domain_and_leader() {
        let mut clock =
            ClockReport { source: ClockSource::Ptp, locked: true, leader: None, domain: Some(127) };
        clock.leader = Some("00:0c:ff:00:00:01".to_owned());
        assert_eq!(clock_of(&clock), "locked to PTP domain 127, leader 00:0c:ff:00:00:01");
        let alone = ClockReport { locked: false, leader: None, domain: None, ..clock };
        assert_eq!(clock_of(&alone), "not locked to PTP");
    }

    #[test]
    fn a_stream_is_one_line() {
        let message = [
            0xd1, 0x01, 0x5a, 0, 0, 0x2d, 0, 0, 0xa6, 0, 0, 0x7f, 0xff, 0x40, 0x7f, 0xff, 0x80, 0x7f, 0xff,
            0xc0, 1, 2, 3, 4, 5, 6, 0, 0, 0x32,
        ];
        let mut probe = Probe::default();
        for index in 0..50 {
            let arrived = StageTime::from_nanos(index * 20_000_000);
            probe.datagram(40000, arrived, ([10, 0, 0, 7], 5000).into(), &message);
        }
        assert_eq!(
            sentence(&probe.report().streams[0]),
            "freed freed:1 from 10.0.0.7:5000 at port 40000: 50.0/s, jitter 0.0 ms"
        );
    }
}

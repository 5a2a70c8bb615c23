//! `cyclorama track relay`

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::Duration,
};

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_space::Pose;
use cyclorama_tracking::{
    Protocol, Sample,
    align::Alignment,
    describe::Described,
    predict::Method,
    relay::{Relay, RelayOptions, RelayTarget},
    send::{SendError, SendOptions, Sender},
    udp::{self, Interface, ListenOptions, Listener, RecorderOptions, SharedHealth},
};
use serde::Serialize;

use super::{
    evaluate::method_parser,
    listen::address,
    protocol::{Details, described, positive, protocol_parser},
};
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    text,
};

/// Send a live tracker on in another protocol, as it came or foretold
///
/// Engines without our plugin follow so: Unity, Blender, or a second engine. A lost tracker is passed on as lost.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track relay --protocol f4 --to opentrackio:239.135.1.5:55555 --ahead 80\n  \
    cyclorama track relay --protocol opentrackio --multicast 239.135.1.1 --to freed:10.0.0.20:40000\n  \
    cyclorama track relay --protocol freed --vendor sony --align stage-a.toml --to opentrackio-cbor:10.0.0.21:55555")]
pub(crate) struct Args {
    /// Protocol of the tracker
    #[arg(long, value_name = "NAME", value_parser = protocol_parser(), required_unless_present = "descriptor")]
    protocol: Option<Protocol>,
    /// A dialect described in a file, instead of a protocol
    #[arg(long, value_name = "FILE", conflicts_with = "protocol", requires = "bind")]
    descriptor: Option<PathBuf>,
    #[command(flatten)]
    details: Details,
    /// Address to listen on: IP:PORT, IP or PORT [default: the setting tracking.interface, the protocol's port]
    #[arg(long, value_name = "ADDR")]
    bind: Option<String>,
    /// Multicast group to join
    #[arg(long, value_name = "GROUP")]
    multicast: Option<Ipv4Addr>,
    /// Network card to join it on: its address, number or name
    #[arg(long, value_name = "CARD", requires = "multicast")]
    interface: Option<Interface>,
    /// Where to, in which protocol: PROTOCOL:IP:PORT with opentrackio, opentrackio-cbor, freed, f4 or psn; repeatable
    #[arg(long, value_name = "TARGET", required = true)]
    to: Vec<RelayTarget>,
    /// Network card that multicast leaves by, its address
    #[arg(long, value_name = "IP")]
    to_interface: Option<Ipv4Addr>,
    /// Foretell the pose so many ms ahead, up to 500
    #[arg(long, value_name = "MS", value_parser = ahead)]
    ahead: Option<f64>,
    /// How to foretell it
    #[arg(long, value_name = "NAME", default_value = "adaptive", requires = "ahead", value_parser = method_parser())]
    predictor: Method,
    /// Place tracker space in wall space as this file says (see `track align`)
    #[arg(long, value_name = "FILE")]
    align: Option<PathBuf>,
    /// Only this subject
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// Stop after so many datagrams
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Stop after so many seconds
    #[arg(long, value_name = "S", conflicts_with = "count", value_parser = positive)]
    seconds: Option<f64>,
}

/// The result.
#[derive(Serialize)]
struct Relayed {
    received: u64,
    accepted: u64,
    rejected: u64,
    sent: u64,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    // A dialect has no port of its own, so its address is always given; the protocol here only fills in ports.
    let protocol = args.protocol.unwrap_or(Protocol::FreeD);
    let bind = address(args.bind.as_deref(), cx.settings.interface.into(), protocol)
        .map_err(|text| Failure::new(Kind::User, format!("failed to listen: {text}")))?;
    let usual = Some(cx.settings.interface).filter(|card| !card.is_unspecified()).map(Interface::Address);
    let listening = ListenOptions {
        multicast: args.multicast,
        interface: args.interface.or(usual),
        receive_buffer: cx.settings.receive_buffer,
        ..ListenOptions::at(bind)
    };
    let alignment = args.align.as_deref().map(alignment).transpose()?;
    let mut outs = args.to.iter().map(|to| Out::open(to, args, alignment)).collect::<Result<Vec<_>, _>>()?;
    let listener =
        Listener::bind(&listening, cx.clock.clone()).doing(format!("listen for {protocol} at {bind}"))?;
    cx.printer.say(&format!("relaying from {}", listener.address()));
    let relayed = match &args.descriptor {
        Some(file) => dialect(listener, file, args, &mut outs, cx)?,
        None => standard(listener, protocol, args, &mut outs, cx)?,
    };
    if cx.printer.json() {
        cx.printer.object("cyclorama.relay/1", &relayed)?;
    } else {
        cx.printer.data(&format!(
            "{} used, {} refused, {} sent on",
            text::count(relayed.accepted, "message"),
            relayed.rejected,
            text::count(relayed.sent, "datagram")
        ))?;
    }
    let cut_short = cx.cancel().is_cancelled() && (args.count.is_some() || args.seconds.is_some());
    Ok(if cut_short { ExitCode::Cancelled } else { ExitCode::Done })
}

/// Relays a protocol of ours until told to stop.
fn standard(
    listener: Listener,
    protocol: Protocol,
    args: &Args,
    outs: &mut [Out],
    cx: &Context,
) -> Result<Relayed, Failure> {
    let options = RecorderOptions {
        protocol,
        decode: args.details.options(),
        take: None,
        count: args.count,
        seconds: args.seconds,
    };
    let (stop, mut failed) = (cx.cancel().child(), None);
    let recorded = udp::record(listener, &options, &stop, &SharedHealth::new(), |sample| {
        if let Err(error) = outs.iter_mut().try_for_each(|out| out.pass(sample)) {
            failed.get_or_insert(error);
            stop.cancel();
        }
    });
    let recorded = recorded.doing(format!("receive {protocol}"))?;
    failed.map_or(Ok(()), Err::<(), SendError>).doing("relay")?;
    Ok(Relayed {
        received: recorded.health.datagrams,
        accepted: recorded.health.accepted,
        rejected: recorded.health.rejected.values().sum(),
        sent: outs.iter().map(|out| out.sent).sum(),
    })
}

/// Relays a described dialect until told to stop.
fn dialect(
    mut listener: Listener,
    file: &Path,
    args: &Args,
    outs: &mut [Out],
    cx: &Context,
) -> Result<Relayed, Failure> {
    let mut stream = Described::new(described(file)?);
    let doing = format!("receive {}", stream.descriptor().name());
    let begun = cx.clock.now();
    let (mut received, mut samples) = (0, Vec::new());
    let enough = |received: u64| {
        let seconds = cx.clock.now().nanos_since(begun) as f64 * 1e-9;
        args.count.is_some_and(|most| received >= most) || args.seconds.is_some_and(|most| seconds >= most)
    };
    while !cx.cancel().is_cancelled() && !enough(received) {
        let Some(datagram) = listener.recv(Duration::from_millis(50)).doing(&doing)? else { continue };
        received += 1;
        samples.clear();
        stream.datagram(datagram.arrived, datagram.bytes, &mut samples);
        samples
            .iter()
            .try_for_each(|sample| outs.iter_mut().try_for_each(|out| out.pass(sample)))
            .doing("relay")?;
    }
    Ok(Relayed {
        received,
        accepted: stream.summary().accepted,
        rejected: stream.summary().rejected_total(),
        sent: outs.iter().map(|out| out.sent).sum(),
    })
}

/// One target.
struct Out {
    relay: Relay,
    sender: Sender,
    sent: u64,
}

impl Out {
    fn open(target: &RelayTarget, args: &Args, alignment: Option<Pose>) -> Result<Self, Failure> {
        let options = SendOptions { interface: args.to_interface, ..SendOptions::to(target.address) };
        let sender = Sender::open(&options).doing(format!("relay to {}", target.address))?;
        let relay = Relay::new(RelayOptions {
            options: args.details.options(),
            ahead: args.ahead.unwrap_or(0.0) * 1e-3,
            method: args.predictor,
            alignment,
            subject: args.subject.clone(),
            ..RelayOptions::to(target.language)
        });
        Ok(Self { relay, sender, sent: 0 })
    }

    fn pass(&mut self, sample: &Sample) -> Result<(), SendError> {
        let (sender, sent, mut outcome) = (&self.sender, &mut self.sent, Ok(()));
        self.relay.sample(sample, |bytes| match sender.send(bytes) {
            Ok(()) => *sent += 1,
            Err(error) => outcome = Err(error),
        });
        outcome
    }
}

/// The transform an alignment file holds.
fn alignment(path: &Path) -> Result<Pose, Failure> {
    let name = path.display();
    let text = fs::read_to_string(path).doing_io(format!("read {name}"))?;
    Alignment::transform_from_toml(&text).doing(format!("read the alignment in {name}"))
}

fn ahead(text: &str) -> Result<f64, String> {
    let known = text.parse().ok().filter(|ms| (0.0..=500.0).contains(ms));
    known.ok_or_else(|| "wanted: milliseconds from 0 to 500".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_looks_further_ahead_than_half_a_second() {
        assert_eq!((ahead("80"), ahead("0")), (Ok(80.0), Ok(0.0)));
        assert!(["501", "-1", "NaN", "soon"].iter().all(|text| ahead(text).is_err()));
    }
}

//! `cyclorama track relay`

use std::net::Ipv4Addr;

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::{
    Sample,
    ingest::{self, Keep, Told},
    relay::{Relay, RelayOptions, RelayTarget},
    send::{SendError, SendOptions, Sender},
};
use serde::Serialize;

use super::{
    listening::{self, Evaluation, Listening, Opened},
    time::TimeArgs,
};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Send a live tracker on in another protocol, as it came or foretold
///
/// Engines without our plugin follow so: Unity, Blender, or a second engine. A lost tracker is passed on as lost.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track relay --protocol f4 --to opentrackio:239.135.1.5:55555 --horizon 80\n  \
    cyclorama track relay --protocol opentrackio --multicast 239.135.1.1 --to freed:10.0.0.20:40000\n  \
    cyclorama track relay --protocol f4 --output-rate 24 --horizon 120 --lens a.lens.json --to opentrackio:10.0.0.21:55555\n  \
    cyclorama track relay --protocol freed --vendor sony --align stage-a.toml --to opentrackio-cbor:10.0.0.21:55555")]
pub(crate) struct Args {
    #[command(flatten)]
    listening: Listening,
    #[command(flatten)]
    evaluation: Evaluation,
    #[command(flatten)]
    time: TimeArgs,
    /// Where to, in which protocol: PROTOCOL:IP:PORT with opentrackio, opentrackio-cbor, freed, f4 or psn; repeatable
    #[arg(long, value_name = "TARGET", required = true)]
    to: Vec<RelayTarget>,
    /// Network card that multicast leaves by, its address
    #[arg(long, value_name = "IP")]
    to_interface: Option<Ipv4Addr>,
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
    let output = args.evaluation.output(cx)?;
    let mut outs = args.to.iter().map(|to| Out::open(to, args)).collect::<Result<Vec<_>, _>>()?;
    let time = args.time.start(cx)?;
    let Opened { mut ingest, receivers, address, limits } = args.listening.open(&args.evaluation, cx)?;
    cx.printer.say(&format!("relaying from {address}"));
    let (stop, mut failed) = (cx.cancel().child(), None);
    let wall = || time.wall(cx);
    let work = listening::work((&receivers, limits), output, &wall, &stop, cx);
    let mut pass = |sample: &Sample| {
        if let Err(error) = outs.iter_mut().try_for_each(|out| out.pass(sample)) {
            failed.get_or_insert(error);
            stop.cancel();
        }
    };
    let ran = ingest::run(&mut ingest, &work, Keep::Nothing, &mut |told| match told {
        Told::Sample(used, shown) => pass(used.told(shown).0),
        Told::Frame(_, shown) => shown.iter().for_each(|shown| pass(&shown.sample)),
        Told::Fault(fault) => cx.printer.say(&fault.to_string()),
        _ => {}
    });
    let ran = ran.doing("receive the tracker")?;
    failed.map_or(Ok(()), Err::<(), SendError>).doing("relay")?;
    let relayed = Relayed {
        received: ran.health.datagrams,
        accepted: ran.health.accepted,
        rejected: ran.health.rejected.values().sum(),
        sent: outs.iter().map(|out| out.sent).sum(),
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
    Ok(listening::ending_code(limits, cx))
}

/// One target.
struct Out {
    relay: Relay,
    sender: Sender,
    sent: u64,
}

impl Out {
    fn open(target: &RelayTarget, args: &Args) -> Result<Self, Failure> {
        let options = SendOptions { interface: args.to_interface, ..SendOptions::to(target.address) };
        let sender = Sender::open(&options).doing(format!("relay to {}", target.address))?;
        let relay = Relay::new(RelayOptions {
            options: args.listening.details.options(),
            subject: args.listening.subject.clone(),
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

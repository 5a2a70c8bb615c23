//! `cyclorama track sync publish`

use std::net::{Ipv4Addr, SocketAddr};

use cyclorama_outcome::{Classify as _, ExitCode};
use cyclorama_time::FrameRate;
use cyclorama_tracking::{
    ingest::{self, Due, Keep, Output, Shown, Told},
    send::{SendOptions, Sender},
    sync::{MOST_SUBJECTS, Publisher, Record, Source, Subject},
};
use serde::Serialize;

use super::TickLine;
use crate::{
    commands::track::{
        listening::{self, Evaluation, Listening, Opened},
        time::TimeArgs,
    },
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Evaluate trackers once a frame and tell the nodes of a cluster what to show
///
/// Only this node reads trackers. Each frame goes out as one line of ASCII with the exact bits of every pose and
/// lens, the tracker's timecode, a hash, and the records before it again, so that nodes get over loss. Prints tick, hash
/// and timecode.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track sync publish --protocol freed --output-rate 24 --horizon 120 --to 239.135.2.1:55600\n  \
    cyclorama track sync publish --protocol f4 --lens a.lens.json --to 10.0.0.31:55600 --to 10.0.0.32:55600")]
pub(crate) struct Args {
    #[command(flatten)]
    listening: Listening,
    #[command(flatten)]
    evaluation: Evaluation,
    /// A node, or a multicast group of nodes; repeatable
    #[arg(long, value_name = "IP:PORT", required = true)]
    to: Vec<SocketAddr>,
    /// Network card that multicast leaves by, its address
    #[arg(long, value_name = "IP")]
    to_interface: Option<Ipv4Addr>,
    /// Records before the newest that each message carries again: so many lost in a row do no harm
    #[arg(long, value_name = "N", default_value = "12", value_parser = clap::value_parser!(u8).range(0..=31))]
    repeat: u8,
    #[command(flatten)]
    time: TimeArgs,
}

/// The result: schema `cyclorama.sync-publish/1`.
#[derive(Serialize)]
struct Published {
    ticks: u64,
    skipped: u64,
    received: u64,
    sent: u64,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let usual = FrameRate::new(24, 1).doing("take the usual rate")?;
    let output = Output::Ticks(args.evaluation.frames(usual, cx)?);
    let mut publishing = Publishing::open(args)?;
    let time = args.time.start(cx)?;
    let Opened { mut ingest, receivers, address, limits } = args.listening.open(&args.evaluation, cx)?;
    publishing.source.id = Source::id_of(&address.to_string());
    cx.printer.say(&format!("publishing what is heard at {address}"));
    let (stop, mut outcome) = (cx.cancel().child(), Ok(()));
    let wall = || time.wall(cx);
    let work = listening::work((&receivers, limits), output, &wall, &stop, cx);
    let ran = ingest::run(&mut ingest, &work, Keep::Nothing, &mut |told| match told {
        Told::Frame(due, shown) if outcome.is_ok() => {
            outcome = publishing.frame(due, shown, cx);
            if outcome.is_err() {
                stop.cancel();
            }
        }
        Told::Fault(fault) => cx.printer.say(&fault.to_string()),
        _ => {}
    });
    let ran = ran.doing("receive the tracker")?;
    outcome?;
    let published = Published {
        ticks: publishing.ticks,
        skipped: ran.skipped,
        received: ran.health.datagrams,
        sent: publishing.sent,
    };
    cx.printer.say(&format!("{} published", text::count(published.ticks, "tick")));
    if cx.printer.json() {
        cx.printer.object("cyclorama.sync-publish/1", &published)?;
    }
    Ok(listening::ending_code(limits, cx))
}

struct Publishing {
    publisher: Publisher,
    senders: Vec<Sender>,
    source: Source,
    record: Record,
    ticks: u64,
    sent: u64,
}

impl Publishing {
    fn open(args: &Args) -> Result<Self, Failure> {
        let open = |to: &SocketAddr| {
            let options = SendOptions { interface: args.to_interface, ..SendOptions::to(*to) };
            Sender::open(&options).doing(format!("publish to {to}"))
        };
        Ok(Self {
            publisher: Publisher::new(args.repeat.into()),
            senders: args.to.iter().map(open).collect::<Result<_, _>>()?,
            source: Source { id: Source::id_of(""), timecode: None },
            record: Record::default(),
            ticks: 0,
            sent: 0,
        })
    }

    fn frame(&mut self, due: &Due, shown: &[Shown], cx: &Context) -> Result<(), Failure> {
        self.record.tick = self.ticks;
        self.record.at = due.at;
        self.source.timecode = shown.iter().find_map(|shown| shown.sample.timecode);
        self.record.sources.clear();
        self.record.sources.push(self.source);
        self.record.subjects.clear();
        self.record.subjects.extend(shown.iter().take(MOST_SUBJECTS).map(|shown| Subject {
            name: shown.sample.subject.clone(),
            source: Some(0),
            pose: shown.evaluated.pose,
            lens: shown.evaluated.lens,
            stale: shown.evaluated.stale,
        }));
        let message = self.publisher.publish(&self.record).doing("write the sync record")?;
        for sender in &self.senders {
            match sender.send(message.as_bytes()) {
                Ok(()) => self.sent += 1,
                // One node that cannot be reached takes nothing from the others.
                Err(error) => cx.printer.say(&format!("warning: {error} ({:?})", error.kind())),
            }
        }
        self.ticks += 1;
        let hash = self.record.hash().doing("write the sync record")?;
        TickLine::of(&self.record, hash, None).print(cx)
    }
}

//! `track listen --record-dir`: takes that start and stop by themselves.

use std::path::Path;

use cyclorama_tracking::{
    protocol::opentrackio::export::Exporter,
    slate::{
        SlateOptions,
        recorder::{self, SlatedOptions, SlatedTake, Told},
    },
    take::TakeInfo,
    udp::Listener,
};
use serde::Serialize;

use super::Args;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// The word that stands for the slate the tracker names.
const AUTO: &str = "auto";

/// One line of the result: a closed take.
#[derive(Serialize)]
struct Line<'a> {
    path: String,
    slate: &'a str,
    take: u32,
    datagrams: u64,
    digest: String,
}

/// Records takes into `folder` as the tracker says, until told to stop.
pub(super) fn run(args: &Args, folder: &Path, listener: Listener, cx: &Context) -> Result<(), Failure> {
    let options = options(args, folder, cx);
    let (mut exporter, mut line) = (Exporter::default(), String::new());
    let stop = cx.cancel().child();
    let mut printed = Ok(());
    let slated = recorder::record(listener, &options, &stop, |told| match told {
        Told::Sample(sample) => {
            line.clear();
            exporter.json(sample, &mut line);
            if printed.is_ok() {
                printed = cx.printer.data(&line).and_then(|()| cx.printer.flush());
            }
            if printed.is_err() {
                stop.cancel();
            }
        }
        Told::Started(name, path) => {
            cx.printer.say(&format!("{} take {} rolls: {}", name.slate, name.take, path.display()));
        }
        Told::Closed(take) => cx.printer.say(&sentence(take)),
    });
    let slated = slated.doing(format!("record {}", options.protocol))?;
    printed?;
    if slated.takes.is_empty() {
        cx.printer.say(&format!(
            "no take was recorded: of {} none said that it records",
            text::count(slated.summary.accepted, "message")
        ));
    }
    if cx.printer.json() {
        slated.takes.iter().try_for_each(|take| cx.printer.object("cyclorama.recorded/1", &of(take)))?;
    }
    Ok(())
}

fn options(args: &Args, folder: &Path, cx: &Context) -> SlatedOptions {
    let mut info = TakeInfo::new("", args.spoken.protocol, cx.clock.utc());
    info.options = args.spoken.details.options();
    info.rate = args.rate;
    args.slate.onto(&mut info);
    let named = info.slate.take().filter(|slate| slate != AUTO);
    let usual = SlateOptions::default();
    let slate = SlateOptions {
        slate_of_tracker: named.is_none(),
        slate: named.unwrap_or(usual.slate.clone()),
        ..usual
    };
    SlatedOptions {
        protocol: args.spoken.protocol,
        decode: args.spoken.details.options(),
        slate,
        folder: folder.to_owned(),
        info,
        pre_roll: args.pre_roll,
        count: args.count,
        seconds: args.seconds,
    }
}

fn of(take: &SlatedTake) -> Line<'_> {
    Line {
        path: take.path.display().to_string(),
        slate: &take.name.slate,
        take: take.name.take,
        datagrams: take.summary.records,
        digest: take.summary.digest.to_string(),
    }
}

fn sentence(take: &SlatedTake) -> String {
    format!(
        "{} take {} closed: {}, {}, digest {}",
        take.name.slate,
        take.name.take,
        text::count(take.summary.records, "datagram"),
        text::seconds(take.summary.seconds()),
        take.summary.digest.short()
    )
}

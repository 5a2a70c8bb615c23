//! What `track listen` tells while it runs: samples on stdout, everything else on stderr.

use std::{
    io::{self, IsTerminal as _},
    path::Path,
    sync::mpsc,
};

use cyclorama_progress::Cancel;
use cyclorama_tracking::{
    ingest::{Output, Ran, Snapshot, Told},
    slate::recorder::SlatedTake,
    stream::Fault,
};
use serde::Serialize;

use super::{Args, sentence};
use crate::{
    commands::{
        take::{is_url, publish},
        track::{shown::Lines, view::View},
    },
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure, chain},
    handoff::{HandError, HandOff, Handed, closed_takes},
    text,
};

/// See the module.
pub(super) struct Telling<'a> {
    cx: &'a Context,
    stop: Cancel,
    lines: Lines,
    /// Samples are printed; not where a view covers the terminal they would go to.
    prints: bool,
    printed: Result<(), Failure>,
    view: Option<View>,
    takes: Vec<SlatedTake>,
    hand_off: Option<HandOff>,
    /// What the hand-off has to say.
    handed: mpsc::Receiver<String>,
}

/// One line of the result: a closed take.
#[derive(Serialize)]
struct Line<'a> {
    path: String,
    slate: &'a str,
    take: u32,
    datagrams: u64,
    unrecorded_datagrams: u64,
    digest: String,
}

impl<'a> Telling<'a> {
    /// Opens the view where one is wanted.
    pub(super) fn new(args: &Args, output: &Output, cx: &'a Context) -> Result<Self, Failure> {
        let (to_terminal, wanted) = (io::stdout().is_terminal(), cx.printer.live() && !args.no_view);
        let viewed = wanted && (args.view || !to_terminal);
        let view = viewed.then(|| View::open(output, cx)).transpose()?;
        if args.view && !viewed {
            cx.printer.say("no view: stderr is no terminal, or --json or --quiet was given");
        }
        let (say, handed) = mpsc::channel();
        Ok(Self {
            cx,
            stop: cx.cancel().child(),
            lines: Lines::default(),
            prints: !(to_terminal && viewed),
            printed: Ok(()),
            view,
            takes: Vec::new(),
            hand_off: hand_off(args, say, cx)?,
            handed,
        })
    }

    /// Stops the run when nobody reads any more.
    pub(super) fn stop(&self) -> &Cancel {
        &self.stop
    }

    pub(super) fn hear(&mut self, told: &Told<'_>) {
        match told {
            Told::Sample(used, shown) => {
                if self.prints && self.printed.is_ok() {
                    let (sample, evaluated) = used.told(*shown);
                    let line = self.lines.line(sample, evaluated);
                    self.printed = self.cx.printer.data(line).and_then(|()| self.cx.printer.flush());
                }
            }
            Told::Frame(_, shown) => {
                for shown in *shown {
                    if self.prints && self.printed.is_ok() {
                        let line = self.lines.line(&shown.sample, Some(&shown.evaluated));
                        self.printed = self.cx.printer.data(line);
                    }
                }
                if self.printed.is_ok() {
                    self.printed = self.cx.printer.flush();
                }
            }
            Told::Fault(fault) => self.fault(fault),
            Told::Status(snapshot) => {
                self.handed.try_iter().for_each(|line| self.say(&line));
                self.status(snapshot);
            }
            Told::Started(name, path) => {
                self.say(&format!("{} take {} rolls: {}", name.slate, name.take, path.display()));
            }
            Told::Closed(take) => {
                self.say(&closed(take));
                if let Some(hand_off) = &self.hand_off {
                    hand_off.take(&take.path);
                }
                self.takes.push((*take).clone());
            }
            Told::Waiting(error) => {
                let why = chain(*error);
                self.say(&format!("warning: {why}; what comes waits in memory until there is room"));
            }
            Told::Losing(error) => self.say(&format!(
                "warning: NOTHING MORE IS RECORDED until there is room: {}; what waits is written then, and poses go on",
                chain(*error)
            )),
            Told::Resumed { lost: 0 } => self.say("the disk takes the take again; nothing of it is lost"),
            Told::Resumed { lost } => {
                let lost = text::count(*lost, "datagram");
                self.say(&format!("warning: the disk takes the take again; LOST meanwhile: {lost}"));
            }
            Told::Unrecorded(error) => {
                self.say(&format!("warning: NOT EVERYTHING IS RECORDED: {}", chain(*error)));
            }
        }
        if self.printed.is_err() {
            self.stop.cancel();
        }
    }

    /// Gives the terminal back.
    pub(super) fn end(&mut self) {
        match self.view.take() {
            Some(view) => view.close(),
            None => self.cx.printer.end_live_line(),
        }
    }

    /// Waits for takes that wait for the store, for a while; `take` is the one that was recorded by --record.
    pub(super) fn hand_over(&mut self, take: Option<&Path>) {
        let Some(hand_off) = self.hand_off.take() else { return };
        take.into_iter().for_each(|take| hand_off.take(take));
        let left = hand_off.finish();
        self.handed.try_iter().for_each(|line| self.cx.printer.say(&line));
        for left in left {
            self.cx.printer.say(&format!(
                "warning: {} is not in the store yet; `take publish` or the next listener hands it over",
                left.display()
            ));
        }
    }

    /// Whether everything could be printed. A take is whole even when whoever read our samples went away.
    pub(super) fn printed(&mut self) -> Result<(), Failure> {
        std::mem::replace(&mut self.printed, Ok(()))
    }

    /// The takes that were recorded by the slate.
    pub(super) fn slated(&self, ran: &Ran) -> Result<(), Failure> {
        if self.takes.is_empty() && ran.unrecorded.is_none() {
            self.cx.printer.say(&format!(
                "no take was recorded: of {} none said that it records",
                text::count(ran.health.accepted, "message")
            ));
        }
        if self.cx.printer.json() {
            self.takes
                .iter()
                .try_for_each(|take| self.cx.printer.object("cyclorama.recorded/1", &of(take)))?;
        }
        Ok(())
    }

    fn status(&self, snapshot: &Snapshot) {
        match &self.view {
            Some(view) => view.show(snapshot),
            None => {
                let health = &snapshot.health;
                self.cx.printer.live_line(&sentence(health, health.age_seconds(snapshot.at)));
            }
        }
    }

    fn fault(&self, fault: &Fault) {
        self.say(&fault.to_string());
    }

    fn say(&self, text: &str) {
        match &self.view {
            Some(view) => view.say(text),
            None => {
                self.cx.printer.live_line("");
                self.cx.printer.say(text);
            }
        }
    }
}

/// Hands over what closes, and what an earlier run left in the folder.
fn hand_off(args: &Args, say: mpsc::Sender<String>, cx: &Context) -> Result<Option<HandOff>, Failure> {
    let Some(url) = args.store.as_ref().or(cx.settings.takes_store.as_ref()) else { return Ok(None) };
    if args.record.is_none() && args.record_dir.is_none() {
        return Ok(None);
    }
    let store = cx.wait(cx.store(url)).doing(format!("open the store {url}"))?;
    // A store that is far is not asked: recording waits for nobody.
    if args.store.is_some() && !is_url(url) && !Path::new(url).exists() {
        cx.printer.say(&format!("{url} is not there yet: it becomes a store with the first take"));
    }
    let waiting = match &args.record_dir {
        Some(folder) => closed_takes(folder).doing_io(format!("list takes in {}", folder.display()))?,
        None => Vec::new(),
    };
    let tell = move |path: &Path, handed: &Result<Handed, HandError>| {
        let line = match handed {
            Ok(handed) if handed.known && handed.notes == 0 => return,
            Ok(handed) => publish::sentence(handed),
            Err(error) => format!("warning: {} is not in the store: {error}", path.display()),
        };
        // Nobody hears any more when the listener has ended.
        let _ = say.send(line);
    };
    let started = HandOff::start(store, waiting, cx.runtime(), tell);
    Ok(Some(started.doing_io("start handing takes over")?))
}

fn of(take: &SlatedTake) -> Line<'_> {
    Line {
        path: take.path.display().to_string(),
        slate: &take.name.slate,
        take: take.name.take,
        datagrams: take.summary.records,
        unrecorded_datagrams: take.lost,
        digest: take.summary.digest.to_string(),
    }
}

fn closed(take: &SlatedTake) -> String {
    let lost = if take.lost > 0 { format!(" ({} LOST)", take.lost) } else { String::new() };
    format!(
        "{} take {} closed: {}{lost}, {}, digest {}",
        take.name.slate,
        take.name.take,
        text::count(take.summary.records, "datagram"),
        text::seconds(take.summary.seconds()),
        take.summary.digest.short()
    )
}

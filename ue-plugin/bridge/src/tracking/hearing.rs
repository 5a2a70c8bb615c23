//! The thread of a session: hears its port, and where it cannot, tries again until it can or is told to stop.
//!
//! The one home of trying again for trackers: whoever holds a session keeps it, and is heard again by itself. A stage waits for
//! its tracker however long that takes, so this is no matter of attempts, as `outcome::retry` counts them.

use std::{net::SocketAddr, sync::mpsc, time::Duration};

use cyclorama_progress::Cancel;
use cyclorama_time::Clock as _;
use cyclorama_tracking::{
    clock::WallReference,
    ingest::{self, Limits, Request, Run, Told},
    stream::FaultCause,
    take::TakeError,
};

use super::{
    board::BoardWriter,
    shared::Shared,
    wanted::{Opened, Wanted, lens::Lens},
};
use crate::{
    events::{self, EventKind},
    failure::Failure,
    guard, time,
};

/// What the thread works with.
pub(super) struct Hearing {
    pub(super) wanted: Wanted,
    pub(super) lens: Lens,
    pub(super) orders: mpsc::Receiver<Request>,
    pub(super) board: BoardWriter,
}

/// Between two attempts to listen.
const AGAIN: Duration = Duration::from_secs(2);
/// Between the first ones: whoever lets the port go for this session, such as the same tracker under another line, is through soon.
const SOON: Duration = Duration::from_millis(100);
/// As many are the first ones.
const SOON_TRIES: u32 = 10;
/// The wall clock of a machine nobody measured, nanoseconds.
const WALL_WITHIN: i64 = 50_000_000;

impl Hearing {
    /// Begins with what was opened already, or why it could not be.
    pub(super) fn until_over(mut self, shared: &Shared, first: Result<Opened, Failure>, cancel: &Cancel) {
        let mut opened = first;
        let mut told: Option<String> = None;
        let mut tries = 0;
        while !cancel.is_cancelled() {
            let begun = time::clock().now();
            let outcome = opened.and_then(|opened| {
                if told.take().is_some() {
                    tell_of_return(opened.address);
                }
                // A defect ends what it struck: the next attempt begins anew.
                guard::value("the tracking thread", Err, || Ok(self.turns(opened, shared, cancel)))
            });
            let Err(failure) = outcome else { return };
            shared.falls_deaf(failure.clone());
            // Once for each reason, however often it is tried.
            if told.as_ref() != Some(&failure.text) {
                tracing::error!(target: "cyclorama", "{}", tried_again(&failure.text));
                events::tell(EventKind::TrackerStopped, "", &failure.text);
                told = Some(failure.text.clone());
            }
            // What is heard for a moment only, again and again, is not soon tried for ever.
            let lasted = time::clock().now().nanos_since(begun) >= AGAIN.as_nanos() as i64;
            tries = if lasted { 1 } else { tries + 1 };
            let pause = if tries <= SOON_TRIES { SOON } else { AGAIN };
            shared.lens().look(time::clock().now());
            if !self.waits(pause, &failure, cancel) {
                return;
            }
            opened = self.open(shared);
        }
    }

    fn open(&self, shared: &Shared) -> Result<Opened, Failure> {
        let opened =
            guard::value("the tracking thread", Err, || Ok(self.wanted.open(self.lens.known(shared))))?;
        shared.listens_at(opened.address);
        Ok(opened)
    }

    /// Lets the time between two attempts pass, and answers those who want something recorded. False: it is over.
    fn waits(&self, pause: Duration, why: &Failure, cancel: &Cancel) -> bool {
        let end = time::clock().now().plus_nanos(pause.as_nanos() as i64);
        loop {
            let left = end.nanos_since(time::clock().now());
            if cancel.is_cancelled() {
                return false;
            }
            if left <= 0 {
                return true;
            }
            match self.orders.recv_timeout(Duration::from_nanos(left.unsigned_abs())) {
                Ok((_, reply)) => {
                    // Whoever asked may have gone.
                    let _ = reply.try_send(Err(why.text.clone()));
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                // The session was ended.
                Err(mpsc::RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    /// Turn by turn, each with what is to be recorded then.
    fn turns(&mut self, opened: Opened, shared: &Shared, cancel: &Cancel) -> Result<(), Failure> {
        let Self { wanted, lens, orders, board } = self;
        let Opened { mut ingest, receivers, .. } = opened;
        let lenses = || Some(vec![(None::<String>, lens.news(shared)?)]);
        loop {
            let wall = || WallReference::read(time::clock(), WALL_WITHIN);
            let (keep, turn, orders) = shared.slating().turn(cancel, orders);
            let run = Run {
                receivers: &receivers,
                output: wanted.output(),
                limits: Limits::default(),
                clock: time::clock(),
                wall: &wall,
                house: None,
                lenses: Some(&lenses),
                orders,
                cancel: &turn,
            };
            let mut waits = false;
            let ran = ingest::run(&mut ingest, &run, keep, &mut |told| {
                match &told {
                    Told::Waiting(_) => waits = true,
                    Told::Resumed { .. } => waits = false,
                    // What waits for the disk would be lost with the turn.
                    Told::Unrecorded(error) if waits && !turn.is_cancelled() => {
                        drop(tell_unrecorded(error, 0));
                    }
                    Told::Unrecorded(_) => turn.cancel(),
                    _ => {}
                }
                hear(shared, board, &told);
            });
            let ran = ran.map_err(|error| Failure::of("receive the tracker", &error))?;
            if let Some(error) = ran.unrecorded {
                shared.slating().failed(tell_unrecorded(&error, ran.unrecorded_datagrams));
            }
            if cancel.is_cancelled() {
                return Ok(());
            }
        }
    }
}

/// What people are told of a failure that may end by itself.
pub(super) fn tried_again(why: &str) -> String {
    format!("{why}; it is tried again every {} s", AGAIN.as_secs())
}

fn tell_of_return(address: SocketAddr) {
    let words = format!("the tracker is listened to again, on UDP port {}", address.port());
    tracing::info!(target: "cyclorama", "{words}");
    events::tell(EventKind::TrackerBack, "", &words);
}

/// Says what is not recorded, and gives the words.
fn tell_unrecorded(error: &TakeError, missing: u64) -> String {
    let mut why = Failure::of("record the take", error).text;
    if missing > 0 {
        why += &format!("; datagrams that are missing: {missing}");
    }
    tracing::error!(target: "cyclorama", "{why}");
    events::tell(EventKind::RecordingStopped, "", &why);
    why
}

fn hear(shared: &Shared, board: &mut BoardWriter, told: &Told<'_>) {
    match told {
        // Lost from the start: there is no pose to tell.
        Told::Sample(_, None) => {}
        Told::Sample(used, Some(shown)) => shared.tell(board, used, &shown.sample, &shown.evaluated),
        Told::Fault(fault) => {
            tracing::warn!(target: "cyclorama", "{fault}");
            let kind = match fault.cause {
                FaultCause::DroppedOut | FaultCause::Lost => EventKind::TrackerLost,
                FaultCause::Returned | FaultCause::TookOver | FaultCause::Switched => EventKind::TrackerBack,
                _ => EventKind::TrackerFault,
            };
            events::tell(kind, fault.subject.as_deref().unwrap_or(""), &fault.to_string());
        }
        Told::Status(snapshot) => shared.set_health(snapshot),
        Told::Started(name, path) => {
            let words = format!("{} take {} records to {}", name.slate, name.take, path.display());
            tracing::info!(target: "cyclorama", "{words}");
            events::tell(EventKind::TakeStarted, &name.file_stem(), &words);
        }
        Told::Closed(take) => {
            let mut words =
                format!("{} take {} is closed: {}", take.name.slate, take.name.take, take.path.display());
            if take.lost > 0 {
                words += &format!("; datagrams that are missing: {}", take.lost);
            }
            tracing::info!(target: "cyclorama", "{words}");
            events::tell(EventKind::TakeClosed, &take.name.file_stem(), &words);
        }
        Told::Waiting(error) => {
            warn_of_disk(&format!("{error}; what comes waits in memory until there is room"));
        }
        Told::Losing(error) => {
            let words = format!("NOTHING MORE IS RECORDED until there is room: {error}");
            tracing::error!(target: "cyclorama", "{words}");
            events::tell(EventKind::RecordingStopped, "", &words);
            shared.slating().loses(Some(words));
        }
        Told::Resumed { lost } => {
            shared.slating().loses(None);
            let left_out = match lost {
                0 => "nothing of it is lost".to_owned(),
                lost => format!("datagrams that are missing: {lost}"),
            };
            warn_of_disk(&format!("the disk takes the take again; {left_out}"));
        }
        _ => {}
    }
}

fn warn_of_disk(words: &str) {
    tracing::warn!(target: "cyclorama", "{words}");
    events::tell(EventKind::TrackerFault, "", words);
}

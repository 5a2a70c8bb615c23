//! What a session records, set and asked from outside while it runs.
//!
//! The session's thread owns what is recorded. Whoever wants something else leaves it here and ends the thread's
//! turn; the next turn begins with it. A disk that fails ends the recording, never the tracking; one that is full
//! holds it up until there is room.

use std::sync::{Mutex, mpsc};

use cyclorama_progress::Cancel;
use cyclorama_tracking::{
    ingest::{Keep, Request, Said},
    slate::recorder::{Session, SlatedOptions},
};

use super::shared::locked;
use crate::{Status, failure::Failure};

/// Orders that may wait for the session's thread, which looks every 20 ms.
const ROOM: usize = 16;

/// See the module.
pub(crate) struct Slating {
    state: Mutex<State>,
    orders: Mutex<Option<mpsc::SyncSender<Request>>>,
}

#[derive(Default)]
struct State {
    /// What the next turn records.
    wanted: Option<SlatedOptions>,
    /// What is recorded; still there while the port is lost, for then it goes on so.
    kept: Option<SlatedOptions>,
    turn: Option<Cancel>,
    recording: bool,
    said: Said,
    trouble: Option<String>,
}

/// How recording stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Takes are recorded when the slate rolls.
    pub(crate) recording: bool,
    /// What rolls, or rolled last.
    pub(crate) said: Said,
    /// Why nothing is recorded any more, or for now.
    pub(crate) trouble: Option<String>,
}

impl Slating {
    /// Records nothing; the thread of the session takes orders from the other end.
    pub(super) fn new() -> (Self, mpsc::Receiver<Request>) {
        let (sender, orders) = mpsc::sync_channel(ROOM);
        (Self { state: Mutex::default(), orders: Mutex::new(Some(sender)) }, orders)
    }

    /// From the thread's next turn on, at most 20 ms from now, takes are recorded so. A take that rolls is closed.
    pub(crate) fn record(&self, options: SlatedOptions) {
        let mut state = locked(&self.state);
        state.begins(options);
    }

    /// The port is lost: nothing is recorded, and a take that rolled ended. True when something was.
    pub(super) fn pauses(&self, why: &str) -> bool {
        let mut state = locked(&self.state);
        let was = std::mem::take(&mut state.recording);
        if was {
            // What no turn took yet is kept all the same.
            state.wanted = None;
            state.trouble = Some(why.to_owned());
            if let Some(ended) = state.said.rolling.take() {
                state.said.last = Some(ended);
            }
        }
        was
    }

    /// The port is back. True when takes are recorded again, as they were before.
    pub(super) fn resumes(&self) -> bool {
        let mut state = locked(&self.state);
        let kept = if state.recording { None } else { state.kept.take() };
        let Some(options) = kept else { return false };
        state.begins(options);
        true
    }

    /// Leaves an order for the thread. Refused where nothing is recorded.
    pub(crate) fn order(&self, request: Request) -> Result<(), Failure> {
        // Held all the while: an order must not slip in where a recording just ended, to be obeyed by the next.
        let state = locked(&self.state);
        if !state.recording {
            let why = state.trouble.clone();
            let why = why.unwrap_or_else(|| "takes are not recorded: switch recording on".to_owned());
            return Err(Failure::new(Status::Refused, why));
        }
        match locked(&self.orders).as_ref().map(|orders| orders.try_send(request)) {
            Some(Ok(())) => Ok(()),
            Some(Err(mpsc::TrySendError::Full(_))) => {
                Err(Failure::new(Status::Conflict, "too many orders wait for the tracker already"))
            }
            _ => Err(Failure::new(Status::Cancelled, "the tracker is not listened to any more")),
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        let state = locked(&self.state);
        Standing { recording: state.recording, said: state.said.clone(), trouble: state.trouble.clone() }
    }

    /// Begins a turn of the thread: what it records, what ends the turn, and where orders come from: from nowhere
    /// while nothing is recorded. Then what was ordered before is refused.
    pub(super) fn turn<'a>(
        &self,
        whole: &Cancel,
        orders: &'a mpsc::Receiver<Request>,
    ) -> (Keep, Cancel, Option<&'a mpsc::Receiver<Request>>) {
        let turn = whole.child();
        let wanted = {
            let mut state = locked(&self.state);
            state.turn = Some(turn.clone());
            state.wanted.take()
        };
        // A folder on a slow disk must not hold up whoever only looks: nothing is locked meanwhile.
        match wanted.map(Session::new) {
            Some(Ok(session)) => return (Keep::Slates(Box::new(session)), turn, Some(orders)),
            Some(Err(error)) => self.failed(Failure::of("record takes", &error).text),
            None => {}
        }
        let state = locked(&self.state);
        if state.recording {
            // Asked anew meanwhile; this turn is over at once.
            return (Keep::Nothing, turn, None);
        }
        let why = state.trouble.clone().unwrap_or_else(|| "takes are not recorded".to_owned());
        drop(state);
        for (_, reply) in orders.try_iter() {
            // Whoever asked may have gone.
            let _ = reply.try_send(Err(why.clone()));
        }
        (Keep::Nothing, turn, None)
    }

    /// Recording ended by itself: nothing more is recorded until somebody asks anew.
    pub(super) fn failed(&self, why: String) {
        let mut state = locked(&self.state);
        // Asked anew meanwhile: that counts.
        if state.wanted.is_none() {
            state.recording = false;
            state.kept = None;
            state.trouble = Some(why);
        }
    }

    /// Nothing more is recorded until the disk has room, and why; nothing: recording goes on.
    pub(super) fn loses(&self, why: Option<String>) {
        let mut state = locked(&self.state);
        if state.recording {
            state.trouble = why;
        }
    }

    pub(crate) fn tell(&self, said: &Said) {
        locked(&self.state).said.clone_from(said);
    }

    /// No order is taken any more.
    pub(super) fn end(&self) {
        locked(&self.orders).take();
        let mut state = locked(&self.state);
        (state.recording, state.kept) = (false, None);
    }
}

impl State {
    fn begins(&mut self, options: SlatedOptions) {
        self.wanted = Some(options.clone());
        self.kept = Some(options);
        self.trouble = None;
        self.recording = true;
        if let Some(turn) = &self.turn {
            turn.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use cyclorama_time::UtcTime;
    use cyclorama_tracking::{Protocol, slate::SlateOptions, take::TakeInfo};

    use super::*;

    #[test]
    fn a_full_disk_is_shown_until_there_is_room_and_ends_no_recording() {
        let (slating, orders) = Slating::new();
        slating.loses(Some("full".to_owned()));
        assert_eq!(slating.standing().trouble, None, "nothing is recorded that could be lost");
        let folder = tempfile::tempdir().expect("a folder");
        slating.record(SlatedOptions {
            slate: SlateOptions::default(),
            folder: folder.path().to_owned(),
            info: TakeInfo::new("", Protocol::F4, UtcTime::from_nanos(0)),
            pre_roll: 0.0,
        });
        let (_keep, _turn, _orders) = slating.turn(&Cancel::new(), &orders);
        slating.loses(Some("full".to_owned()));
        let standing = slating.standing();
        assert_eq!((standing.recording, standing.trouble.as_deref()), (true, Some("full")));
        slating.loses(None);
        assert_eq!(slating.standing().trouble, None);
        slating.failed("gone".to_owned());
        slating.loses(None);
        let standing = slating.standing();
        assert_eq!((standing.recording, standing.trouble.as_deref()), (false, Some("gone")));
    }
}

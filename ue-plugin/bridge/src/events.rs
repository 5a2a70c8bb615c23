//! What happened that somebody should see, in order, once: polled a few times a second.
//!
//! The queue is bounded: when nobody takes them the oldest go, and how many is told.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

pub use ffi::{Event, EventKind};

use cyclorama_time::Clock as _;

use crate::{guard, time, tracking::shared::locked};

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    /// What happened.
    #[repr(u32)]
    #[derive(Debug)]
    enum EventKind {
        /// A take begins.
        TakeStarted,
        /// A take is closed and whole.
        TakeClosed,
        /// Takes are not recorded any more: the disk failed, or the folder cannot be used.
        RecordingStopped,
        /// A tracker is lost or silent.
        TrackerLost,
        /// A tracker is back, or another sender of it is used.
        TrackerBack,
        /// A tracker's samples are not as they should be.
        TrackerFault,
        /// Nothing is heard any more: the listener failed.
        TrackerStopped,
        /// This node never learnt of some frames.
        NodeMissed,
        /// A record of the cluster came damaged or altered, and was not used.
        NodeAltered,
        /// Two primaries speak.
        TwoPrimaries,
        /// The primary counts anew.
        PrimaryRestarted,
        /// Something on this node waits for what the primary does not say.
        NodeWaits,
    }

    /// One thing that happened.
    #[derive(Clone, Debug, PartialEq)]
    struct Event {
        /// When, stage time, nanoseconds.
        at_ns: i64,
        /// What.
        kind: EventKind,
        /// The take, tracker or node it is about; nothing where it is about none.
        about: String,
        /// A sentence for people.
        text: String,
    }

    extern "Rust" {
        /// The oldest events, `most` of them at most, taken out.
        fn events_drain(most: u32) -> Vec<Event>;
        /// Events that were dropped because nobody took them, since the process began.
        fn events_lost() -> u64;
    }
}

/// Events that may wait: minutes of a bad day.
const ROOM: usize = 512;

static WAITING: Mutex<VecDeque<Event>> = Mutex::new(VecDeque::new());
static LOST: AtomicU64 = AtomicU64::new(0);

/// Says that something happened.
pub(crate) fn tell(kind: EventKind, about: &str, text: &str) {
    let event =
        Event { at_ns: time::clock().now().nanos(), kind, about: about.to_owned(), text: text.to_owned() };
    let mut waiting = locked(&WAITING);
    if waiting.len() >= ROOM {
        waiting.pop_front();
        LOST.fetch_add(1, Ordering::Relaxed);
    }
    waiting.push_back(event);
}

fn events_drain(most: u32) -> Vec<Event> {
    let drain = || {
        let mut waiting = locked(&WAITING);
        let count = waiting.len().min(most as usize);
        Ok(waiting.drain(..count).collect())
    };
    guard::value("events_drain", |_| Vec::new(), drain)
}

fn events_lost() -> u64 {
    guard::value("events_lost", |_| 0, || Ok(LOST.load(Ordering::Relaxed)))
}

/// What waits, left where it is: tests of other domains look for their own.
#[cfg(test)]
pub(crate) fn all_for_tests() -> Vec<Event> {
    locked(&WAITING).iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_once_in_order_and_what_nobody_takes_is_counted() {
        let mine = |event: &Event| event.about == "of this test";
        let lost = events_lost();
        for number in 0..ROOM + 5 {
            tell(EventKind::TakeStarted, "of this test", &number.to_string());
        }
        assert!(events_lost() >= lost + 5);
        let first: Vec<_> = events_drain(2).into_iter().filter(mine).collect();
        assert_eq!(first[0].text, "5");
        let rest: Vec<_> = events_drain(u32::MAX).into_iter().filter(mine).collect();
        assert_eq!(rest.last().map(|event| event.text.clone()), Some((ROOM + 4).to_string()));
        assert!(!events_drain(u32::MAX).iter().any(mine));
    }
}

//! A flag that asks long work to stop at its next safe point.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use cyclorama_outcome::{Classify, Kind};

/// Cloned freely; once set it stays set.
///
/// Work that is part of other work takes a [`Cancel::child`]: stopping the whole stops the part, stopping the
/// part leaves the whole alone.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Node>);

#[derive(Debug, Default)]
struct Node {
    asked: AtomicBool,
    parent: Option<Cancel>,
}

/// The work was asked to stop, and did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl Classify for Cancelled {
    fn kind(&self) -> Kind {
        Kind::Cancelled
    }
}

impl Cancel {
    /// A flag that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// A flag for a part of the work: set when it is cancelled itself, or this one is.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(Arc::new(Node { asked: AtomicBool::new(false), parent: Some(self.clone()) }))
    }

    /// Asks the work, and every part of it, to stop.
    pub fn cancel(&self) {
        self.0.asked.store(true, Ordering::Release);
    }

    /// Whether the work was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        let mut next = Some(self);
        while let Some(Self(node)) = next {
            if node.asked.load(Ordering::Acquire) {
                return true;
            }
            next = node.parent.as_ref();
        }
        false
    }

    /// Goes on, or ends the work with `?`.
    ///
    /// # Errors
    /// [`Cancelled`] once the work was asked to stop.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clone_sees_the_flag_and_it_stays_set() {
        let cancel = Cancel::new();
        let clone = cancel.clone();
        assert_eq!(clone.check(), Ok(()));
        cancel.cancel();
        cancel.cancel();
        assert_eq!((cancel.check(), clone.check()), (Err(Cancelled), Err(Cancelled)));
    }

    #[test]
    fn stopping_the_whole_stops_every_part_also_later_ones() {
        let whole = Cancel::new();
        let part = whole.child().child();
        whole.cancel();
        assert!(part.is_cancelled() && whole.child().is_cancelled());
    }

    #[test]
    fn stopping_a_part_leaves_the_whole_and_its_other_parts_alone() {
        let whole = Cancel::new();
        let (one, other) = (whole.child(), whole.child());
        one.cancel();
        assert!(one.is_cancelled() && one.child().is_cancelled());
        assert!(!whole.is_cancelled() && !other.is_cancelled());
    }

    #[test]
    fn a_part_outlives_the_handle_it_came_from() {
        let part = Cancel::new().child();
        assert!(!part.is_cancelled());
        part.cancel();
        assert_eq!(Cancelled.kind(), Kind::Cancelled);
        assert!(part.is_cancelled());
    }

    #[test]
    fn another_thread_is_told() {
        let cancel = Cancel::new();
        let worker = std::thread::spawn({
            let part = cancel.child();
            move || {
                while part.check().is_ok() {
                    std::thread::yield_now();
                }
            }
        });
        cancel.cancel();
        worker.join().unwrap();
    }
}

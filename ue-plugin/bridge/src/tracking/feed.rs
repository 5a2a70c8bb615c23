//! Every sample once, for a thread that may wait: a bounded queue, of which the oldest go when nobody takes them.
//!
//! All feeds of a session read one [`ring`], each from where it stands. They copy under its lock, but a piece at a time: a
//! tracker is held up for a microsecond or two, however much is taken.

mod ring;

use std::{
    ops::Range,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use super::{Details, Pose, shared::locked};
use crate::Status;
use ring::Ring;

/// The end that C++ owns.
pub(crate) struct Feed {
    queue: Arc<Queue>,
    /// The row that is given next.
    next: u64,
    /// Rows that were gone before they were given.
    dropped: u64,
}

/// The end of the session's thread.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Default)]
struct Waiting {
    ring: Ring,
    /// How many read it; nothing is written for nobody.
    feeds: usize,
    /// How many of them sleep until something comes. To wake nobody is a call to the system, too.
    asleep: usize,
    ended: Option<Status>,
}

impl Queue {
    /// A feed that begins now.
    pub(super) fn feed(self: &Arc<Self>) -> Feed {
        let mut waiting = locked(&self.waiting);
        waiting.feeds += 1;
        if waiting.ended.is_none() {
            waiting.ring.take_room();
        }
        Feed { queue: Arc::clone(self), next: waiting.ring.written(), dropped: 0 }
    }

    pub(super) fn push(&self, pose: &Pose, details: &Details) {
        let mut waiting = locked(&self.waiting);
        if waiting.feeds == 0 || waiting.ended.is_some() {
            return;
        }
        waiting.ring.write(pose, details);
        let asleep = waiting.asleep > 0;
        drop(waiting);
        if asleep {
            self.wake.notify_all();
        }
    }

    /// Wakes whoever waits: nothing comes any more.
    pub(super) fn end(&self, status: Status) {
        locked(&self.waiting).ended.get_or_insert(status);
        self.wake.notify_all();
    }
}

impl Feed {
    /// One that never gives anything.
    pub(super) fn ended() -> Self {
        let queue = Arc::new(Queue::default());
        queue.end(Status::Internal);
        queue.feed()
    }

    pub(crate) fn wait(&mut self, timeout_us: u32, poses: &mut [Pose], details: &mut [Details]) -> u32 {
        let most = poses.len().min(details.len());
        // Asked for nothing, there is nothing to wait for.
        if most > 0 && timeout_us > 0 {
            self.sleep(Duration::from_micros(timeout_us.into()));
        }
        self.give(most, |ring, piece, given| {
            for (to, row) in details[given..].iter_mut().zip(piece.clone()) {
                *to = ring.details(row);
            }
            poses[given..given + piece.len()].copy_from_slice(ring.poses(piece));
        })
    }

    pub(super) fn take(&mut self, poses: &mut [Pose]) -> u32 {
        self.give(poses.len(), |ring, piece, given| {
            poses[given..given + piece.len()].copy_from_slice(ring.poses(piece));
        })
    }

    pub(super) fn standing(&self) -> Status {
        locked(&self.queue.waiting).ended.unwrap_or(Status::Ok)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped + locked(&self.queue.waiting).ring.passed(self.next)
    }

    /// Until there is something to give, or nothing will be, or the time is over.
    fn sleep(&self, timeout: Duration) {
        let mut waiting = locked(&self.queue.waiting);
        waiting.asleep += 1;
        let idle = |waiting: &mut Waiting| waiting.ring.written() == self.next && waiting.ended.is_none();
        let waited = self.queue.wake.wait_timeout_while(waiting, timeout, idle);
        waited.unwrap_or_else(PoisonError::into_inner).0.asleep -= 1;
    }

    /// Gives what is there, oldest first and `most` at most, piece by piece; `to` copies one behind those given before.
    fn give(&mut self, most: usize, mut to: impl FnMut(&Ring, Range<usize>, usize)) -> u32 {
        let mut given = 0;
        while given < most {
            let waiting = locked(&self.queue.waiting);
            let gone = waiting.ring.passed(self.next);
            self.next += gone;
            self.dropped += gone;
            let piece = waiting.ring.piece(self.next, most - given);
            let count = piece.len();
            if count == 0 {
                break;
            }
            to(&waiting.ring, piece, given);
            self.next += count as u64;
            given += count;
        }
        given as u32
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        locked(&self.queue.waiting).feeds -= 1;
    }
}

#[cfg(test)]
mod tests;

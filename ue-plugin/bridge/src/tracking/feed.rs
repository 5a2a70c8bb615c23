//! Every sample once, for a thread that may wait: a bounded queue, of which the oldest go when nobody takes them.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Details, Pose};
use crate::Status;

/// Samples that may wait: a second of 24 cameras at 120 Hz.
const ROOM: usize = 4_096;

/// The end that C++ owns.
pub(crate) struct Feed(Arc<Queue>);

/// Both ends. Poses and details are apart, so that poses alone are copied in one piece.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Default)]
struct Waiting {
    poses: VecDeque<Pose>,
    details: VecDeque<Details>,
    dropped: u64,
    ended: Option<Status>,
}

impl Queue {
    pub(super) fn push(&self, pose: Pose, details: Details) {
        let mut waiting = self.waiting();
        if waiting.poses.len() >= ROOM {
            waiting.poses.pop_front();
            waiting.details.pop_front();
            waiting.dropped += 1;
        }
        waiting.poses.push_back(pose);
        waiting.details.push_back(details);
        drop(waiting);
        self.wake.notify_one();
    }

    pub(super) fn end(&self, status: Status) {
        self.waiting().ended.get_or_insert(status);
        self.wake.notify_all();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Feed {
    pub(super) fn new() -> (Self, Arc<Queue>) {
        let queue = Arc::new(Queue::default());
        {
            let mut waiting = queue.waiting();
            waiting.poses.reserve_exact(ROOM);
            waiting.details.reserve_exact(ROOM);
        }
        (Self(queue.clone()), queue)
    }

    /// One that never gives anything.
    pub(super) fn ended() -> Self {
        let queue = Queue::default();
        queue.end(Status::Internal);
        Self(Arc::new(queue))
    }

    pub(super) fn wait(&self, timeout_us: u32, poses: &mut [Pose], details: &mut [Details]) -> u32 {
        let timeout = Duration::from_micros(timeout_us.into());
        let idle = |waiting: &mut Waiting| waiting.poses.is_empty() && waiting.ended.is_none();
        let mut waiting = self.0.waiting();
        // Asked for nothing, there is nothing to wait for.
        let most = poses.len().min(details.len());
        if most > 0 && timeout_us > 0 {
            let waited = self.0.wake.wait_timeout_while(waiting, timeout, idle);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let count = waiting.poses.len().min(most);
        take_front(&mut waiting.poses, &mut poses[..count]);
        take_front(&mut waiting.details, &mut details[..count]);
        count as u32
    }

    pub(super) fn take(&self, poses: &mut [Pose]) -> u32 {
        let mut waiting = self.0.waiting();
        let count = waiting.poses.len().min(poses.len());
        take_front(&mut waiting.poses, &mut poses[..count]);
        waiting.details.drain(..count);
        count as u32
    }

    pub(super) fn standing(&self) -> Status {
        self.0.waiting().ended.unwrap_or(Status::Ok)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.0.waiting().dropped
    }
}

/// Moves the first of `from` into all of `into`.
fn take_front<T: Copy>(from: &mut VecDeque<T>, into: &mut [T]) {
    let (first, second) = from.as_slices();
    let split = first.len().min(into.len());
    let (head, tail) = into.split_at_mut(split);
    head.copy_from_slice(&first[..split]);
    tail.copy_from_slice(&second[..tail.len()]);
    from.drain(..into.len());
}

//! Every sample once, for a thread that may wait: a bounded queue, of which the oldest go when nobody takes them.
//!
//! Whoever takes swaps the whole queue for an empty one and copies from it later, without the lock: a tracker is held
//! up for a swap of two pointers, however much is taken.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Details, Pose, shared::locked};
use crate::Status;

/// Samples that may wait: a second of 24 cameras at 120 Hz.
const ROOM: usize = 4_096;

/// The end that C++ owns.
pub(crate) struct Feed {
    queue: Arc<Queue>,
    /// What was swapped out, and how much of it was given.
    taken: Samples,
    given: usize,
}

/// Both ends.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

/// Poses and details are apart, so that poses alone are copied in one piece.
#[derive(Default)]
struct Samples {
    poses: Vec<Pose>,
    details: Vec<Details>,
}

#[derive(Default)]
struct Waiting {
    samples: Samples,
    /// The first of them that still counts; those before are dropped.
    first: usize,
    dropped: u64,
    ended: Option<Status>,
    /// The taker sleeps until something comes. To wake nobody is a call to the system, too.
    awaited: bool,
}

impl Samples {
    fn with_room() -> Self {
        // Dropped ones stay until as many came after them.
        Self { poses: Vec::with_capacity(2 * ROOM), details: Vec::with_capacity(2 * ROOM) }
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.samples.poses.len() == self.first
    }
}

impl Queue {
    pub(super) fn push(&self, pose: Pose, details: Details) {
        let mut waiting = locked(&self.waiting);
        if waiting.samples.poses.len() - waiting.first >= ROOM {
            waiting.first += 1;
            waiting.dropped += 1;
        }
        if waiting.first >= ROOM {
            let first = std::mem::take(&mut waiting.first);
            waiting.samples.poses.drain(..first);
            waiting.samples.details.drain(..first);
        }
        waiting.samples.poses.push(pose);
        waiting.samples.details.push(details);
        let awaited = waiting.awaited;
        drop(waiting);
        if awaited {
            self.wake.notify_one();
        }
    }

    pub(super) fn end(&self, status: Status) {
        locked(&self.waiting).ended.get_or_insert(status);
        self.wake.notify_all();
    }
}

impl Feed {
    pub(super) fn new() -> (Self, Arc<Queue>) {
        let queue = Arc::new(Queue::default());
        locked(&queue.waiting).samples = Samples::with_room();
        (Self { queue: queue.clone(), taken: Samples::with_room(), given: 0 }, queue)
    }

    /// One that never gives anything.
    pub(super) fn ended() -> Self {
        let queue = Queue::default();
        queue.end(Status::Internal);
        Self { queue: Arc::new(queue), taken: Samples::default(), given: 0 }
    }

    pub(crate) fn wait(&mut self, timeout_us: u32, poses: &mut [Pose], details: &mut [Details]) -> u32 {
        let most = poses.len().min(details.len());
        // Asked for nothing, there is nothing to wait for.
        let patience = if most > 0 { timeout_us } else { 0 };
        if self.is_used_up() {
            self.swap(patience);
        }
        let given = self.given;
        let count = self.next(most);
        poses[..count].copy_from_slice(&self.taken.poses[given..given + count]);
        details[..count].copy_from_slice(&self.taken.details[given..given + count]);
        count as u32
    }

    pub(super) fn take(&mut self, poses: &mut [Pose]) -> u32 {
        let mut count = 0;
        // What is left of the last time, then what came meanwhile.
        for _ in 0..2 {
            if self.is_used_up() {
                self.swap(0);
            }
            let given = self.given;
            let more = self.next(poses.len() - count);
            poses[count..count + more].copy_from_slice(&self.taken.poses[given..given + more]);
            count += more;
            if count == poses.len() {
                break;
            }
        }
        count as u32
    }

    pub(super) fn standing(&self) -> Status {
        locked(&self.queue.waiting).ended.unwrap_or(Status::Ok)
    }

    pub(super) fn dropped(&self) -> u64 {
        locked(&self.queue.waiting).dropped
    }

    fn is_used_up(&self) -> bool {
        self.given == self.taken.poses.len()
    }

    /// Counts as given what is about to be.
    fn next(&mut self, most: usize) -> usize {
        let count = most.min(self.taken.poses.len() - self.given);
        self.given += count;
        count
    }

    /// Takes all that waits, once something does or the time is over. What was taken before must be used up.
    fn swap(&mut self, timeout_us: u32) {
        self.taken.poses.clear();
        self.taken.details.clear();
        let mut waiting: MutexGuard<'_, Waiting> = locked(&self.queue.waiting);
        if timeout_us > 0 {
            let idle = |waiting: &mut Waiting| waiting.is_empty() && waiting.ended.is_none();
            let timeout = Duration::from_micros(timeout_us.into());
            waiting.awaited = true;
            let waited = self.queue.wake.wait_timeout_while(waiting, timeout, idle);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
            waiting.awaited = false;
        }
        std::mem::swap(&mut self.taken, &mut waiting.samples);
        self.given = std::mem::take(&mut waiting.first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(number: i64) -> (Pose, Details) {
        (Pose { at_ns: number, ..Pose::default() }, Details { sampled_ns: number, ..Details::default() })
    }

    fn take(feed: &mut Feed, most: usize) -> Vec<i64> {
        let mut poses = vec![Pose::default(); most];
        let count = feed.take(&mut poses) as usize;
        poses[..count].iter().map(|pose| pose.at_ns).collect()
    }

    #[test]
    fn everything_comes_once_in_order_however_it_is_taken() {
        let (mut feed, queue) = Feed::new();
        let mut seen = Vec::new();
        for number in 0..1_000 {
            let (pose, details) = numbered(number);
            queue.push(pose, details);
            if number % 7 == 0 {
                seen.extend(take(&mut feed, (number % 11) as usize));
            }
            if number % 13 == 0 {
                let (mut poses, mut details) = ([Pose::default(); 3], [Details::default(); 3]);
                let count = feed.wait(1, &mut poses, &mut details) as usize;
                assert!(
                    poses[..count].iter().zip(&details).all(|(pose, more)| pose.at_ns == more.sampled_ns)
                );
                seen.extend(poses[..count].iter().map(|pose| pose.at_ns));
            }
        }
        seen.extend(take(&mut feed, 5_000));
        assert_eq!(seen, (0..1_000).collect::<Vec<_>>());
        assert_eq!((take(&mut feed, 10), feed.dropped()), (Vec::new(), 0));
    }

    #[test]
    fn beside_a_writer_every_pose_of_a_batch_is_whole_and_in_its_place() {
        let whole = |number: i64| {
            let float = number as f64;
            Pose {
                at_ns: number,
                x: float,
                y: -float,
                z: float + 0.5,
                qx: float,
                qy: -float,
                qz: float,
                qw: -float,
                subject: number as u32,
                flags: !(number as u32),
            }
        };
        let (mut feed, queue) = Feed::new();
        const ALL: i64 = 300_000;
        let writer = std::thread::spawn(move || {
            // As fast as it can, but never so far ahead that something is dropped.
            for number in 0..ALL {
                while locked(&queue.waiting).samples.poses.len() >= ROOM {
                    std::thread::yield_now();
                }
                queue.push(whole(number), Details::default());
            }
        });
        let (mut poses, mut next) = ([Pose::default(); 100], 0);
        while next < ALL {
            let count = feed.take(&mut poses) as usize;
            for pose in &poses[..count] {
                assert_eq!(*pose, whole(next));
                next += 1;
            }
        }
        writer.join().expect("it ends");
        assert_eq!(feed.dropped(), 0);
    }

    #[test]
    fn who_waits_is_woken_by_every_sample_it_waits_for() {
        let (mut feed, queue) = Feed::new();
        let (taken, next) = std::sync::mpsc::channel();
        let writer = std::thread::spawn(move || {
            for number in 0..2_000 {
                let (pose, details) = numbered(number);
                queue.push(pose, details);
                next.recv().expect("it was taken");
            }
        });
        let (mut poses, mut details) = ([Pose::default(); 4], [Details::default(); 4]);
        for number in 0..2_000 {
            // Unwoken, it would find the sample only after a minute.
            assert_eq!(feed.wait(60_000_000, &mut poses, &mut details), 1);
            assert_eq!(poses[0].at_ns, number);
            taken.send(()).expect("it waits");
        }
        writer.join().expect("it ends");
    }

    #[test]
    fn what_nobody_takes_is_dropped_oldest_first_and_counted() {
        let (mut feed, queue) = Feed::new();
        let all = 3 * ROOM as i64 + 5;
        for number in 0..all {
            let (pose, details) = numbered(number);
            queue.push(pose, details);
        }
        assert_eq!(feed.dropped(), 2 * ROOM as u64 + 5);
        assert_eq!(take(&mut feed, 2 * ROOM), (all - ROOM as i64..all).collect::<Vec<_>>());
    }
}

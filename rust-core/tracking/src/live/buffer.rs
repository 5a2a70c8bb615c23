//! The samples of the last moments, in order of time, in memory that does not grow.

use std::collections::VecDeque;

use cyclorama_space::{LensState, Pose};
use cyclorama_time::StageTime;

/// A second at 240 a second, and more than any evaluation reaches back.
const MOST: usize = 256;

/// A sample in its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) at: StageTime,
    /// `None`: the tracker was lost.
    pub(super) pose: Option<Pose>,
    pub(super) lens: LensState,
    /// The subject jumped here: nothing lies between this and the one before.
    pub(super) cut: bool,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Buffer(VecDeque<Entry>);

impl Buffer {
    pub(super) fn new() -> Self {
        Self(VecDeque::with_capacity(MOST + 1))
    }

    /// Puts an entry in its place. Not if its time is taken, or it is older than all of a full buffer.
    pub(super) fn insert(&mut self, entry: Entry) -> bool {
        let index = self.first_not_before(entry.at);
        let taken = self.0.get(index).is_some_and(|known| known.at == entry.at);
        if taken || (index == 0 && self.0.len() == MOST) {
            return false;
        }
        self.0.insert(index, entry);
        if self.0.len() > MOST {
            self.0.pop_front();
        }
        true
    }

    /// Puts an entry in the place of the newest, which is of the same time. A jump stays one.
    pub(super) fn renew(&mut self, entry: Entry) {
        if let Some(newest) = self.0.back_mut() {
            *newest = Entry { cut: entry.cut || newest.cut, ..entry };
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Entry> {
        self.0.get(index)
    }

    pub(super) fn newest(&self) -> Option<&Entry> {
        self.0.back()
    }

    /// Where the first entry stands that is not before `time`.
    pub(super) fn first_not_before(&self, time: StageTime) -> usize {
        // Nearly always asked for near the end.
        let near = self.0.len().saturating_sub(8);
        if self.0.get(near).is_some_and(|entry| entry.at < time) {
            let behind = self.0.iter().rev().take_while(|entry| entry.at >= time).count();
            return self.0.len() - behind;
        }
        self.0.partition_point(|entry| entry.at < time)
    }

    /// The last pose among the entries before `index`.
    pub(super) fn last_pose_before(&self, index: usize) -> Option<Pose> {
        self.0.iter().take(index).rev().find_map(|entry| entry.pose)
    }

    pub(super) fn first_pose(&self) -> Option<Pose> {
        self.0.iter().find_map(|entry| entry.pose)
    }
}

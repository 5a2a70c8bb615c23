//! The newest of every subject, for threads that may not wait: written by the session's thread alone.

use std::sync::atomic::{AtomicU32, Ordering};

use cyclorama_tracking::live::{Words, WordsWriter, words};

use super::convert::{DETAILS_WORDS, POSE_WORDS, details_of, details_words, pose_of, pose_words};
use super::{Details, Pose};

/// Subjects of one session at most.
pub(super) const MOST: usize = 64;

/// The reading end.
pub(super) struct Board {
    slots: Vec<(Words<POSE_WORDS>, Words<DETAILS_WORDS>)>,
    count: AtomicU32,
}

/// The writing end.
pub(super) struct BoardWriter {
    slots: Vec<(WordsWriter<POSE_WORDS>, WordsWriter<DETAILS_WORDS>)>,
}

/// Both ends. All memory is taken here.
pub(super) fn board() -> (BoardWriter, Board) {
    let (mut writers, mut readers) = (Vec::with_capacity(MOST), Vec::with_capacity(MOST));
    for _ in 0..MOST {
        let ((pose_in, pose_out), (details_in, details_out)) = (words(), words());
        writers.push((pose_in, details_in));
        readers.push((pose_out, details_out));
    }
    (BoardWriter { slots: writers }, Board { slots: readers, count: AtomicU32::new(0) })
}

impl BoardWriter {
    pub(super) fn write(&mut self, pose: &Pose, details: &Details) {
        if let Some((poses, all)) = self.slots.get_mut(pose.subject as usize) {
            all.write(&details_words(details));
            poses.write(&pose_words(pose));
        }
    }
}

impl Board {
    pub(super) fn count(&self) -> u32 {
        self.count.load(Ordering::Acquire)
    }

    pub(super) fn set_count(&self, count: u32) {
        self.count.store(count, Ordering::Release);
    }

    #[inline]
    pub(super) fn pose(&self, subject: u32) -> Option<Pose> {
        self.slots.get(subject as usize)?.0.read().map(|words| pose_of(&words))
    }

    pub(super) fn details(&self, subject: u32) -> Option<Details> {
        self.slots.get(subject as usize)?.1.read().map(|words| details_of(&words))
    }
}

//! The last samples of a session in one ring: each is written once, however many feeds read it.
//!
//! What a tracker's thread writes is read a moment later out of the near caches, where there is little of it. So a row
//! is a pose, and of its details only the words that are another in every sample; the other words, which are those of
//! the lens, are written again only when somebody turned it.

use std::ops::Range;

use crate::tracking::{
    Details, Pose,
    board::MOST,
    convert::{DETAILS_WORDS, details_of, details_words},
};

/// Samples that may wait for a feed: more than a second of 24 cameras at 120 Hz.
pub(super) const ROOM: usize = 4_096;
/// Rows that are copied in one piece. Whoever copies holds up the tracker's thread for no longer than that.
const PIECE: usize = 128;
/// A lens outlives every row that names it: each row adds one at most, and only what is younger than [`ROOM`] is named again.
const LENSES: usize = 2 * ROOM;

/// Where `convert::details_words` has what is another in every sample: times, timecode, confidence, overscan, flags with the
/// subject, the tracker's counter.
const MOVING: [usize; 8] = [0, 1, 2, 14, 15, 25, 27, 28];
/// Where it has what stays while nobody turns the lens.
const STEADY: [usize; 21] = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 26];

/// See the module.
#[derive(Default)]
pub(super) struct Ring {
    /// Apart from the rest, so that poses alone are copied in one piece.
    poses: Vec<Pose>,
    beside: Vec<Beside>,
    lenses: Vec<Lens>,
    /// Rows and lenses that were written so far; the number of the next.
    written: u64,
    lenses_written: u64,
    /// Which lens each subject had last.
    had: Vec<Option<u64>>,
}

type Lens = [u64; STEADY.len()];

/// What comes with a pose.
#[derive(Clone, Copy)]
struct Beside {
    moving: [u64; MOVING.len()],
    lens: u64,
}

impl Ring {
    /// Takes all memory that it ever needs. Again changes nothing.
    pub(super) fn take_room(&mut self) {
        self.poses.reserve_exact(ROOM - self.poses.len());
        self.beside.reserve_exact(ROOM - self.beside.len());
        self.lenses.reserve_exact(LENSES - self.lenses.len());
        self.had.resize(MOST, None);
    }

    /// The number of the row that is written next.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// In place of the oldest row.
    pub(super) fn write(&mut self, pose: &Pose, details: &Details) {
        let words = details_words(details);
        let lens = self.lens(pose.subject, STEADY.map(|place| words[place]));
        put(&mut self.poses, self.written, ROOM, *pose);
        put(&mut self.beside, self.written, ROOM, Beside { moving: MOVING.map(|place| words[place]), lens });
        self.written += 1;
    }

    /// Rows from `next` on that are gone.
    pub(super) fn passed(&self, next: u64) -> u64 {
        (self.written - next).saturating_sub(ROOM as u64)
    }

    /// Where rows from `next` on lie side by side, `most` at most; `next` is not gone.
    pub(super) fn piece(&self, next: u64, most: usize) -> Range<usize> {
        let from = place(next, ROOM);
        let there = usize::try_from(self.written - next).unwrap_or(ROOM);
        from..from + there.min(most).min(PIECE).min(ROOM - from)
    }

    /// The poses of a piece.
    pub(super) fn poses(&self, piece: Range<usize>) -> &[Pose] {
        &self.poses[piece]
    }

    /// The details of a row of a piece.
    pub(super) fn details(&self, row: usize) -> Details {
        let Beside { moving, lens } = &self.beside[row];
        let steady = &self.lenses[place(*lens, LENSES)];
        let mut words = [0; DETAILS_WORDS];
        for (place, word) in MOVING.iter().zip(moving).chain(STEADY.iter().zip(steady)) {
            words[*place] = *word;
        }
        details_of(&words)
    }

    /// The number of this lens: of the one that the subject had last, where that is the same to the bit.
    fn lens(&mut self, subject: u32, lens: Lens) -> u64 {
        let had = self.had.get(subject as usize).copied().flatten();
        let stays = |number: &u64| {
            self.lenses_written - number <= ROOM as u64 && self.lenses[place(*number, LENSES)] == lens
        };
        if let Some(number) = had.filter(stays) {
            return number;
        }
        let number = self.lenses_written;
        put(&mut self.lenses, number, LENSES, lens);
        self.lenses_written += 1;
        if let Some(had) = self.had.get_mut(subject as usize) {
            *had = Some(number);
        }
        number
    }
}

fn place(number: u64, room: usize) -> usize {
    (number % room as u64) as usize
}

/// The first `room` of them are added, each further one takes the place of the oldest.
fn put<T>(ring: &mut Vec<T>, number: u64, room: usize, row: T) {
    match ring.get_mut(place(number, room)) {
        Some(oldest) => *oldest = row,
        None => ring.push(row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of this subject, with this focal length and time.
    fn row(subject: u32, focal_length_mm: f64, at_ns: i64) -> (Pose, Details) {
        let pose = Pose { at_ns, subject, ..Pose::default() };
        let details = Details {
            focal_length_mm,
            subject,
            sampled_ns: at_ns,
            distortion: std::array::from_fn(|place| place as f64 + focal_length_mm),
            lens: crate::tracking::LensKind { repr: 2 },
            ..Details::default()
        };
        (pose, details)
    }

    fn ring() -> Ring {
        let mut ring = Ring::default();
        ring.take_room();
        ring
    }

    #[test]
    fn every_word_of_the_details_has_its_place() {
        let mut places: Vec<usize> = MOVING.iter().chain(&STEADY).copied().collect();
        places.sort_unstable();
        assert_eq!(places, (0..DETAILS_WORDS).collect::<Vec<_>>());
        // To the bit, in both parts.
        let words = std::array::from_fn(|place| (place as u64 + 1) << 40 | place as u64);
        let mut ring = ring();
        ring.write(&Pose::default(), &details_of(&words));
        assert_eq!(details_words(&ring.details(0)), words);
    }

    #[test]
    fn a_lens_that_nobody_turns_is_kept_once_for_each_camera() {
        let mut ring = ring();
        for at in 0..1_000 {
            let (pose, details) = row(at as u32 % 2, f64::from(at as u32 % 2), at);
            ring.write(&pose, &details);
        }
        assert_eq!((ring.lenses.len(), ring.poses.len()), (2, 1_000));
        // 0 and -0 are two.
        let (pose, details) = row(0, -0.0, 0);
        ring.write(&pose, &details);
        assert_eq!(ring.lenses.len(), 3);
        assert!(ring.details(1_000).focal_length_mm.is_sign_negative());
    }

    #[test]
    fn a_lens_is_there_as_long_as_a_row_that_has_it_whatever_others_turn() {
        let mut ring = ring();
        let capacity = (ring.poses.capacity(), ring.beside.capacity(), ring.lenses.capacity());
        let all = 7 * ROOM as i64 + 13;
        for at in 0..all {
            // Every third sample is of a camera whose lens stays; the other turns its own all the time.
            let (pose, details) = if at % 3 == 0 { row(0, 35.0, at) } else { row(1, at as f64, at) };
            ring.write(&pose, &details);
            let oldest = at.saturating_sub(ROOM as i64 - 1).max(0);
            for at in [oldest, at] {
                let wanted = if at % 3 == 0 { row(0, 35.0, at) } else { row(1, at as f64, at) };
                let row = place(at as u64, ROOM);
                assert_eq!((ring.poses[row], ring.details(row)), wanted);
            }
        }
        assert_eq!(ring.passed(0), all as u64 - ROOM as u64);
        assert_eq!(capacity, (ring.poses.capacity(), ring.beside.capacity(), ring.lenses.capacity()));
    }

    #[test]
    fn a_piece_ends_where_the_ring_does_and_with_what_was_written() {
        let mut ring = ring();
        assert_eq!(ring.piece(0, 5), 0..0);
        for at in 0..ROOM as i64 + 10 {
            let (pose, details) = row(0, 35.0, at);
            ring.write(&pose, &details);
        }
        let end = ROOM as u64;
        assert_eq!(ring.piece(end - 3, 50), ROOM - 3..ROOM);
        assert_eq!(ring.piece(end, 50), 0..10);
        assert_eq!(ring.piece(end + 10, 50), 10..10);
        assert_eq!(ring.piece(100, 5), 100..105);
        assert_eq!(ring.piece(100, 5_000), 100..100 + PIECE);
        assert_eq!((ring.passed(9), ring.passed(10)), (1, 0));
    }
}

//! How far apart two machines' clocks are: a small question and answer, and the least delayed answers count.
//!
//! For a remote stage without PTP: whoever asks learns the other's stage clock and wall clock to within half a
//! round trip. Nothing here is secret and nobody proves who they are: use it on a network you trust. Takes time as
//! an argument, holds no socket; an answer is never longer than its question.
//!
//! | bytes | field |
//! |---|---|
//! | 4 | `CyOf` |
//! | 1 | version, 1 |
//! | 1 | 1 question, 2 answer |
//! | 2 | number of the question |
//! | 8 | when it was asked, ns, of the asker's stage clock |
//! | 8 | when it was heard, ns, of the answerer's stage clock |
//! | 8 | when it was answered, the same |
//! | 8 | what the answerer's wall clock showed then, ns since 1970 UTC |
//! | 8 | how far that may be off, ns |
//!
//! Big-endian.

use std::collections::VecDeque;

use cyclorama_time::{StageTime, UtcTime};
use serde::Serialize;

use crate::clock::WallReference;

/// Bytes of a question and of an answer.
pub const LEN: usize = 48;
const MAGIC: [u8; 4] = *b"CyOf";
const VERSION: u8 = 1;
const QUESTION: u8 = 1;
const ANSWER: u8 = 2;
/// Answers kept: a minute at four a second.
const KEPT: usize = 240;
/// An answer older than this says nothing any more, nanoseconds.
const OLDEST: i64 = 60_000_000_000;
/// Crystals drift apart by so much at most.
const DRIFT: f64 = 100e-6;
/// A round trip is not longer than this, nanoseconds.
const LONGEST_TRIP: i64 = 2_000_000_000;

/// Answers a question that was heard at `heard`; `None` when it is none.
pub fn answer(question: &[u8], heard: StageTime, now: StageTime, wall: &WallReference) -> Option<[u8; LEN]> {
    let mut bytes: [u8; LEN] = question.try_into().ok()?;
    if bytes[..6] != [MAGIC[0], MAGIC[1], MAGIC[2], MAGIC[3], VERSION, QUESTION] {
        return None;
    }
    bytes[5] = ANSWER;
    let utc = wall.utc.nanos().saturating_add(now.nanos_since(wall.stage));
    for (at, value) in [(16, heard.nanos()), (24, now.nanos()), (32, utc), (40, wall.within_nanos)] {
        bytes[at..at + 8].copy_from_slice(&value.to_be_bytes());
    }
    Some(bytes)
}

/// What is known of the other machine's clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Offset {
    /// Its stage clock minus ours, nanoseconds.
    pub stage_nanos: i64,
    /// What that may be off by, nanoseconds.
    pub within_nanos: i64,
    /// The shortest round trip it rests on, nanoseconds.
    pub trip_nanos: i64,
}

/// Asks, and makes sense of the answers.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    number: u16,
    asked: VecDeque<(u16, StageTime)>,
    answers: VecDeque<Answer>,
    refused: u64,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    /// When it came.
    at: StageTime,
    offset: i64,
    trip: i64,
    /// Their stage time and wall clock when they answered, and how far that may be off.
    theirs: (StageTime, UtcTime, i64),
}

impl Asker {
    /// The next question, asked at `now`.
    pub fn question(&mut self, now: StageTime) -> [u8; LEN] {
        self.number = self.number.wrapping_add(1);
        if self.asked.len() == 8 {
            self.asked.pop_front();
        }
        self.asked.push_back((self.number, now));
        let mut bytes = [0; LEN];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4] = VERSION;
        bytes[5] = QUESTION;
        bytes[6..8].copy_from_slice(&self.number.to_be_bytes());
        bytes[8..16].copy_from_slice(&now.nanos().to_be_bytes());
        bytes
    }

    /// Takes an answer that came at `now`. Whether it is one to a question of ours; others are counted.
    pub fn answer(&mut self, bytes: &[u8], now: StageTime) -> bool {
        let answer = self.read(bytes, now);
        self.refused += u64::from(answer.is_none());
        let Some(answer) = answer else { return false };
        if self.answers.len() == KEPT {
            self.answers.pop_front();
        }
        self.answers.push_back(answer);
        true
    }

    /// What is known at `now`; `None` before the first answer, and when the last is a minute old.
    pub fn offset(&self, now: StageTime) -> Option<Offset> {
        let best = self.best(now)?;
        Some(Offset { stage_nanos: best.offset, within_nanos: doubt(&best, now), trip_nanos: best.trip })
    }

    /// Their wall clock on our stage clock.
    pub fn wall(&self, now: StageTime) -> Option<WallReference> {
        let best = self.best(now)?;
        let (stage, utc, within) = best.theirs;
        Some(WallReference {
            stage: stage.plus_nanos(best.offset.saturating_neg()),
            utc,
            within_nanos: within.saturating_add(doubt(&best, now)),
        })
    }

    /// Answers that were none.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// The answer that says most now: half its round trip and what clocks drift since are its doubt.
    fn best(&self, now: StageTime) -> Option<Answer> {
        let fresh = self.answers.iter().filter(|answer| now.nanos_since(answer.at) < OLDEST);
        fresh.min_by_key(|answer| doubt(answer, now)).copied()
    }

    fn read(&mut self, bytes: &[u8], now: StageTime) -> Option<Answer> {
        let bytes: &[u8; LEN] = bytes.try_into().ok()?;
        if bytes[..4] != MAGIC || bytes[4] != VERSION || bytes[5] != ANSWER {
            return None;
        }
        let word = |at: usize| {
            let mut eight = [0; 8];
            eight.copy_from_slice(&bytes[at..at + 8]);
            i64::from_be_bytes(eight)
        };
        let number = u16::from_be_bytes([bytes[6], bytes[7]]);
        // Each question is answered once; its own time is the one we kept.
        let place = self.asked.iter().position(|(asked, at)| *asked == number && at.nanos() == word(8))?;
        let (_, asked) = self.asked.remove(place)?;
        let (heard, answered) = (StageTime::from_nanos(word(16)), StageTime::from_nanos(word(24)));
        let away = now.nanos_since(asked);
        let trip = away.checked_sub(answered.nanos().checked_sub(heard.nanos())?)?;
        let plausible = (0..=LONGEST_TRIP).contains(&away) && (0..=LONGEST_TRIP).contains(&trip);
        let within = word(40);
        if !plausible || within < 0 {
            return None;
        }
        // Halfway of what was on the way.
        let offset = heard.nanos().checked_sub(asked.nanos().checked_add(trip / 2)?)?;
        Some(Answer { at: now, offset, trip, theirs: (answered, UtcTime::from_nanos(word(32)), within) })
    }
}

fn doubt(answer: &Answer, now: StageTime) -> i64 {
    let age = now.nanos_since(answer.at).max(0);
    (answer.trip / 2).saturating_add((age as f64 * DRIFT) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The other machine's stage clock is ahead by this.
    const AHEAD: i64 = 123_456_789_012;

    fn wall(stage: StageTime) -> WallReference {
        let utc = UtcTime::from_nanos(1_764_000_000_000_000_000 + stage.nanos());
        WallReference { stage, utc, within_nanos: 1_000 }
    }

    fn at(nanos: i64) -> StageTime {
        StageTime::from_nanos(nanos)
    }

    /// Asks `count` times over paths of these delays there and back.
    fn ask(asker: &mut Asker, count: i64, delays: impl Fn(i64) -> (i64, i64)) -> StageTime {
        let mut end = at(0);
        for index in 0..count {
            let asked = at(index * 250_000_000);
            let question = asker.question(asked);
            let (there, back) = delays(index);
            let heard = at(asked.nanos() + there + AHEAD);
            let answered = heard.plus_nanos(30_000);
            let bytes = answer(&question, heard, answered, &wall(answered)).expect("a question");
            end = asked.plus_nanos(there + 30_000 + back);
            assert!(asker.answer(&bytes, end));
        }
        end
    }

    #[test]
    fn the_least_delayed_answers_tell_the_offset_under_jitter() {
        let mut asker = Asker::default();
        // Two milliseconds each way, and up to thirty more that differ there and back.
        let end = ask(&mut asker, 100, |index| {
            (2_000_000 + (index * 7_919) % 30_000_000, 2_000_000 + (index * 104_729) % 30_000_000)
        });
        let found = asker.offset(end).expect("known");
        let off = (found.stage_nanos - AHEAD).abs();
        assert!(off <= found.within_nanos, "{off} ns off, {} promised", found.within_nanos);
        assert!(found.within_nanos < 6_000_000, "{}", found.within_nanos);
        let there = asker.wall(end).expect("known");
        let utc = there.utc.nanos() + end.nanos_since(there.stage);
        let truth = wall(at(end.nanos() + AHEAD)).utc.nanos();
        assert!((utc - truth).abs() <= there.within_nanos);
    }

    #[test]
    fn old_answers_count_for_less_and_then_for_nothing() {
        let mut asker = Asker::default();
        let end = ask(&mut asker, 10, |_| (1_000_000, 1_000_000));
        let soon = asker.offset(end).expect("known").within_nanos;
        let later = asker.offset(end.plus_nanos(30_000_000_000)).expect("known").within_nanos;
        assert!(later >= soon + 2_900_000);
        assert_eq!(asker.offset(end.plus_nanos(OLDEST)), None);
    }

    #[test]
    fn answers_that_nobody_asked_for_and_repeated_ones_are_refused() {
        let mut asker = Asker::default();
        let question = asker.question(at(1_000));
        let bytes = answer(&question, at(AHEAD), at(AHEAD), &wall(at(AHEAD))).expect("a question");
        let mut forged = bytes;
        forged[9] ^= 1;
        assert!(!asker.answer(&forged, at(2_000)), "the time asked is not ours");
        assert!(asker.answer(&bytes, at(2_000)));
        assert!(!asker.answer(&bytes, at(3_000)), "answered once");
        assert!(answer(&bytes, at(0), at(0), &wall(at(0))).is_none(), "an answer is no question");
        assert_eq!(asker.refused(), 2);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), now in any::<i64>()) {
            let mut asker = Asker::default();
            asker.question(at(now));
            asker.answer(&bytes, at(now));
            let _ = answer(&bytes, at(now), at(now), &wall(at(0)));
        }

        #[test]
        fn any_answer_to_a_question_of_ours_never_panics(words in any::<[i64; 5]>(), now in any::<i64>()) {
            let mut asker = Asker::default();
            let mut bytes = asker.question(at(words[0]));
            bytes[5] = ANSWER;
            for (index, word) in words[1..].iter().enumerate() {
                bytes[16 + 8 * index..24 + 8 * index].copy_from_slice(&word.to_be_bytes());
            }
            asker.answer(&bytes, at(now));
            let _ = (asker.offset(at(now)), asker.wall(at(now)));
        }

        #[test]
        fn the_promise_holds_on_every_path(
            delays in prop::collection::vec((0i64..500_000_000, 0i64..500_000_000), 1..40),
        ) {
            let mut asker = Asker::default();
            let end = ask(&mut asker, delays.len() as i64, |index| delays[index as usize]);
            let found = asker.offset(end).expect("known");
            prop_assert!((found.stage_nanos - AHEAD).abs() <= found.within_nanos + 1);
        }
    }
}

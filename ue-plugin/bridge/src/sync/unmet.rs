//! What something on this node waits for and the primary does not say. Each is told at most every few seconds, and stands
//! in the words as long as it is asked for.

use std::sync::Mutex;

use cyclorama_time::StageTime;

use crate::tracking::shared::locked;

/// See the module.
#[derive(Default)]
pub(super) struct Unmet(Mutex<Vec<Wish>>);

struct Wish {
    text: String,
    since: StageTime,
    asked: StageTime,
    told: Option<StageTime>,
}

/// Between two times that one is told, nanoseconds.
const AGAIN: i64 = 10_000_000_000;
/// Asked for no longer than this ago, it is still asked for, nanoseconds.
const RECENT: i64 = 2_000_000_000;
/// As many are kept; a project asks for two.
const MOST: usize = 16;
/// A primary that is busy says no beat for a frame, and that is no fault, nanoseconds.
pub(super) const BUSY: i64 = 2_000_000_000;
/// What is told of a beat that nobody gives.
pub(super) const NO_BEAT: &str =
    "the genlock waits for a beat, and the primary runs by none: use Cyclorama genlock there too";

impl Unmet {
    /// What `text` says is missing now; true when that is to be told, which it is once it lasts `grace` nanoseconds.
    pub(super) fn miss(&self, text: &str, grace: i64, now: StageTime) -> bool {
        let mut wishes = locked(&self.0);
        let since = |from: StageTime| now.nanos().saturating_sub(from.nanos());
        wishes.retain(|wish| wish.text != text || since(wish.asked) <= RECENT);
        if !wishes.iter().any(|wish| wish.text == text) {
            if wishes.len() >= MOST {
                wishes.remove(0);
            }
            wishes.push(Wish { text: text.to_owned(), since: now, asked: now, told: None });
        }
        let Some(wish) = wishes.iter_mut().find(|wish| wish.text == text) else { return false };
        wish.asked = now;
        let due = since(wish.since) >= grace && wish.told.is_none_or(|told| since(told) >= AGAIN);
        wish.told = if due { Some(now) } else { wish.told };
        due
    }

    /// It is there now.
    pub(super) fn meet(&self, text: &str) {
        locked(&self.0).retain(|wish| wish.text != text);
    }

    /// What was told and is still asked for.
    pub(super) fn words(&self, now: StageTime) -> Vec<String> {
        let wishes = locked(&self.0);
        let asked = |wish: &&Wish| now.nanos().saturating_sub(wish.asked.nanos()) <= RECENT;
        wishes.iter().filter(asked).filter(|wish| wish.told.is_some()).map(|wish| wish.text.clone()).collect()
    }
}

/// What is told of a tracker that `whose` waits for; no line: the usual one.
pub(super) fn unpublished(whose: &str, line: &str) -> String {
    if line.is_empty() {
        return format!("the {whose} waits for the usual tracker, and the primary publishes none");
    }
    format!(
        "the {whose} waits for tracker `{line}`, which the primary does not publish: name it as usual tracker or under more trackers, in the same words"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> StageTime {
        StageTime::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn each_is_told_at_once_and_then_every_ten_seconds_for_as_long_as_it_is_asked_for() {
        let unmet = Unmet::default();
        assert!(unmet.miss("a", 0, at(0)) && unmet.miss("b", 0, at(1)));
        let told: Vec<i64> = (1..=25).filter(|second| unmet.miss("a", 0, at(*second))).collect();
        assert_eq!(told, [10, 20]);
        // The other is asked for no more.
        assert_eq!(unmet.words(at(26)), ["a"]);
        unmet.meet("a");
        assert!(unmet.words(at(26)).is_empty());
        assert!(unmet.miss("a", 0, at(27)), "it went again");
        for number in 0..100 {
            unmet.miss(&number.to_string(), 0, at(28));
        }
        assert_eq!(unmet.words(at(28)).len(), MOST);
    }

    #[test]
    fn what_is_missing_for_a_moment_now_and_then_is_not_told() {
        let unmet = Unmet::default();
        for second in (0..60).step_by(3) {
            assert!(!unmet.miss(NO_BEAT, BUSY, at(second)));
            assert!(unmet.words(at(second)).is_empty());
        }
        let told: Vec<i64> = (60..=75).filter(|second| unmet.miss(NO_BEAT, BUSY, at(*second))).collect();
        assert_eq!(told, [62, 72]);
    }
}

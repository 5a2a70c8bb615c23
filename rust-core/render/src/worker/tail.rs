//! The end of a job: what a worker for whom no range is left can do for others.
//!
//! It takes over the far end of what another still has to do; and when there is nothing to divide any more, it draws a slow
//! one's frames as well, and whoever commits first has it. A pure choice: what is known comes in, and nothing is decided by
//! anybody's wall clock. What makes any choice safe is the ledger, not this.

use cyclorama_time::FrameNumber;

use crate::ledger::LeaseName;
use crate::plan::FrameRange;

/// Below this nobody is helped, seconds: it is over before help has begun.
const SHORT: f64 = 0.5;
/// A split must leave at most this share of the time that there would be without.
const WORTH: f64 = 0.9;

/// Somebody else's unfinished work, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Busy {
    /// Its lease.
    pub name: LeaseName,
    /// The frames it misses, as contiguous runs in order; never empty.
    pub missing: Vec<FrameRange>,
    /// Frames that it throws away before the first of them, and has not drawn yet.
    pub ahead: u32,
    /// Seconds a frame takes there, where that is known.
    pub seconds: Option<f64>,
    /// For so long, seconds, nothing has changed there, as far as the observer saw.
    pub unchanged: f64,
    /// Its first missing frame is drawn by somebody beside it already.
    pub redrawn: bool,
}

/// Who could help.
pub struct Helper<'a> {
    /// Seconds a frame takes here, where one was drawn.
    pub seconds: Option<f64>,
    /// Whether its host runs: a cold one has no use for a few frames.
    pub warm: bool,
    /// Frames to draw and throw away ahead of a run that begins at a frame.
    pub walk_in: &'a dyn Fn(FrameNumber) -> u32,
}

/// What a helper does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Help {
    /// Takes what begins at this frame of range `.0`.
    Split(u32, FrameNumber),
    /// Draws a run that another holds as well.
    Redraw(LeaseName, FrameRange),
}

impl Busy {
    fn count(&self) -> u64 {
        self.missing.iter().map(|run| run.count()).sum()
    }

    /// The missing frame at `index`.
    fn frame(&self, index: u64) -> Option<FrameNumber> {
        self.missing.iter().flat_map(|run| run.iter()).nth(usize::try_from(index).ok()?)
    }

    /// Seconds from the frame in flight to the last one, when a frame takes `each` there.
    fn whole(&self, each: f64) -> f64 {
        (f64::from(self.ahead) + self.count() as f64) * each
    }

    /// Seconds that its own worker will still need. One that is overdue is expected to take as long again.
    fn left(&self, each: f64) -> f64 {
        let whole = self.whole(each);
        if self.unchanged <= each { whole - self.unchanged } else { whole - each + self.unchanged }
    }
}

impl Helper<'_> {
    /// The best for the part of `busy` that would end last, or the next that can be helped.
    pub fn choose(&self, busy: &[Busy]) -> Option<Help> {
        let mut paced: Vec<(&Busy, f64, f64)> = busy.iter().filter_map(|busy| self.paced(busy)).collect();
        paced.retain(|(busy, each, _)| busy.left(*each) >= SHORT);
        paced.sort_by(|a, b| b.0.left(b.1).total_cmp(&a.0.left(a.1)));
        let split = paced.iter().find_map(|(busy, each, own)| self.split(busy, *each, *own));
        split.or_else(|| paced.iter().find_map(|(busy, each, own)| self.redraw(busy, *each, *own)))
    }

    /// Seconds a frame takes there and here; where one is not known the other stands for both.
    fn paced<'b>(&self, busy: &'b Busy) -> Option<(&'b Busy, f64, f64)> {
        let (theirs, own) = (busy.seconds.or(self.seconds)?, self.seconds.or(busy.seconds)?);
        Some((busy, theirs.max(1e-3), own.max(1e-3)))
    }

    /// Divided so that both end together; the other keeps the frame in flight. Both draw their walk-in: it what is left of
    /// its own, we all of ours.
    fn split(&self, busy: &Busy, each: f64, own: f64) -> Option<Help> {
        let count = busy.count();
        if count < 2 {
            return None;
        }
        let ahead = f64::from(busy.ahead) * each;
        let middle = busy.frame(count / 2)?;
        let walk_in = f64::from((self.walk_in)(middle));
        let kept = (((walk_in + count as f64) * own - ahead) / (each + own)).round().max(0.0) as u64;
        let kept = kept.clamp(1, count - 1);
        let at = busy.frame(kept)?;
        let taken = f64::from((self.walk_in)(at)) + (count - kept) as f64;
        let longer = (ahead + kept as f64 * each).max(taken * own);
        // Against what they would need with all of it, and not what is left of the frame in flight.
        (longer <= WORTH * busy.whole(each)).then_some(Help::Split(busy.name.range, at))
    }

    /// The first run that is missing, when we are expected to be through with it before the other is.
    fn redraw(&self, busy: &Busy, each: f64, own: f64) -> Option<Help> {
        let run = *busy.missing.first()?;
        let need = (f64::from((self.walk_in)(run.first)) + run.count() as f64) * own;
        let worth = need <= WORTH * busy.left(each);
        let overdue = busy.unchanged > 4.0 * each;
        (worth && !busy.redrawn && (self.warm || overdue)).then_some(Help::Redraw(busy.name, run))
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    fn run(first: i64, last: i64) -> FrameRange {
        FrameRange { first: FrameNumber(first), last: FrameNumber(last) }
    }

    fn busy(range: u32, missing: &[FrameRange], seconds: f64) -> Busy {
        Busy {
            name: range.into(),
            missing: missing.to_vec(),
            ahead: 0,
            seconds: Some(seconds),
            unchanged: 0.0,
            redrawn: false,
        }
    }

    fn choose(busy: &[Busy], own: Option<f64>, walk_in: u32) -> Option<Help> {
        Helper { seconds: own, warm: true, walk_in: &|_| walk_in }.choose(busy)
    }

    fn split(range: u32, at: i64) -> Option<Help> {
        Some(Help::Split(range, FrameNumber(at)))
    }

    #[test]
    fn the_longest_remaining_work_is_halved_and_the_frame_in_flight_stays() {
        let others =
            [busy(0, &[run(40, 47)], 1.0), busy(1, &[run(50, 89)], 1.0), busy(2, &[run(99, 99)], 1.0)];
        assert_eq!(choose(&others, Some(1.0), 0), split(1, 70));
        assert_eq!(choose(&[busy(0, &[run(46, 47)], 1.0)], Some(1.0), 0), split(0, 47));
        assert_eq!(choose(&[busy(0, &[run(3, 4), run(8, 9)], 1.0)], Some(1.0), 0), split(0, 8));
    }

    #[test]
    fn a_slow_one_keeps_less_and_one_that_is_slower_itself_does_not_take_what_it_would_delay() {
        assert_eq!(choose(&[busy(0, &[run(0, 9)], 4.0)], Some(1.0), 0), split(0, 2));
        assert_eq!(choose(&[busy(0, &[run(0, 1)], 1.0)], Some(4.0), 0), None);
        assert_eq!(choose(&[busy(0, &[run(0, 9)], 1.0)], None, 0), split(0, 5), "nothing is known: as fast");
    }

    #[test]
    fn walk_in_counts_and_too_little_work_is_not_divided_by_it() {
        // 40 frames and 10 ahead of the border: 25 each.
        assert_eq!(choose(&[busy(0, &[run(0, 39)], 1.0)], Some(1.0), 10), split(0, 25));
        assert_eq!(choose(&[busy(0, &[run(0, 39)], 1.0)], Some(1.0), 96), None);
    }

    #[test]
    fn what_has_not_begun_to_count_is_divided_evenly_and_a_slow_one_that_walks_in_keeps_one_frame() {
        let walking = |ahead, each| Busy { ahead, ..busy(0, &[run(0, 29)], each) };
        // Both draw 32 for nothing, so half each.
        assert_eq!(choose(&[walking(32, 1.0)], Some(1.0), 32), split(0, 15));
        assert_eq!(choose(&[walking(0, 1.0)], Some(1.0), 32), None, "it would be through by then");
        assert_eq!(choose(&[walking(30, 4.0)], Some(1.0), 32), split(0, 1));
        let rest = Busy { ahead: 30, ..busy(0, &[run(0, 0)], 4.0) };
        assert_eq!(choose(&[rest], Some(1.0), 32), Some(Help::Redraw(0.into(), run(0, 0))), "and not that");
    }

    #[test]
    fn the_frame_in_flight_of_a_slow_one_is_drawn_by_a_fast_one_too_and_never_by_a_slower() {
        let slow = busy(3, &[run(7, 7)], 4.0);
        assert_eq!(choose(from_ref(&slow), Some(1.0), 0), Some(Help::Redraw(3.into(), run(7, 7))));
        assert_eq!(choose(from_ref(&slow), Some(5.0), 0), None);
        assert_eq!(
            choose(&[Busy { redrawn: true, ..slow.clone() }], Some(1.0), 0),
            None,
            "one helper is enough"
        );
        let nearly_there = Busy { unchanged: 3.5, ..slow.clone() };
        assert_eq!(choose(&[nearly_there], Some(1.0), 0), None);
        let overdue = Busy { unchanged: 30.0, ..slow };
        let cold = Helper { seconds: Some(1.0), warm: false, walk_in: &|_| 0 };
        assert_eq!(cold.choose(&[overdue]), Some(Help::Redraw(3.into(), run(7, 7))), "it hangs");
        assert_eq!(cold.choose(&[busy(3, &[run(7, 7)], 4.0)]), None, "a host is not started for one frame");
    }

    #[test]
    fn a_frame_is_drawn_again_behind_its_walk_in_only_when_that_is_faster() {
        let last = busy(0, &[run(19, 19)], 30.0);
        assert_eq!(choose(from_ref(&last), Some(1.0), 20), Some(Help::Redraw(0.into(), run(19, 19))));
        assert_eq!(choose(&[Busy { seconds: Some(20.0), ..last }], Some(1.0), 20), None);
    }

    #[test]
    fn what_is_over_in_a_moment_is_left_alone() {
        assert_eq!(choose(&[busy(0, &[run(0, 9)], 0.01)], Some(0.01), 0), None);
        let unknown = Busy { seconds: None, ..busy(0, &[run(0, 9)], 1.0) };
        assert_eq!(choose(&[unknown], None, 0), None, "nobody has drawn a frame yet");
    }
}

//! A fleet of workers, simulated: who has nothing left helps others by the choice that real workers make
//! ([`cyclorama_render::worker::tail`]), or does not.
//!
//! For sizes that no test machine has. Frames take a fixed time, nothing is fetched, checked or lost, and everybody knows at
//! once how far the others are, so only the ratios between two policies say something.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use cyclorama_render::plan::FrameRange;
use cyclorama_render::worker::tail::{Busy, Help, Helper};
use cyclorama_time::FrameNumber;

/// Machines and work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fleet {
    /// Machines.
    pub workers: usize,
    /// Every so many of them one is slow, the last; 0: none is.
    pub slow_every: usize,
    /// A slow machine takes this many times as long.
    pub slow_factor: f64,
    /// Frames of the job.
    pub frames: u64,
    /// Seconds a frame takes.
    pub frame: f64,
    /// Seconds until a machine's first frame begins.
    pub start: f64,
    /// Frames drawn and thrown away ahead of each range, and of each part that is split off.
    pub walk_in: u64,
}

/// How work is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Ranges of so many frames, and nothing else.
    Static(u64),
    /// The same, and whoever has nothing left helps.
    Split(u64),
}

/// What came of a job.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Seconds until the last frame is there.
    pub seconds: f64,
    /// Parts that were split off.
    pub splits: usize,
}

/// What a worker is at. Its frames come one after the other behind the walk-in; with a twin, whoever is first has them.
#[derive(Clone, Debug)]
struct Part {
    began: f64,
    each: f64,
    frames: FrameRange,
    /// No sooner than it ends by itself: a twin may be faster.
    until: f64,
    /// Drawn beside somebody who holds them.
    beside: bool,
    has_twin: bool,
}

impl Part {
    fn end(&self, walk_in: u64) -> f64 {
        let own = self.began + (walk_in + self.frames.count()) as f64 * self.each;
        own.min(self.until)
    }

    /// As others see it at `now`; none when it is through.
    fn seen(&self, now: f64, walk_in: u64) -> Option<Busy> {
        let drawn = ((now - self.began) / self.each + 1e-9).floor();
        let done = (drawn as u64).saturating_sub(walk_in);
        let first = FrameNumber(self.frames.first.0 + done as i64);
        Some(Busy {
            name: 0.into(),
            missing: vec![FrameRange::new(first, self.frames.last).ok()?],
            ahead: walk_in.saturating_sub(drawn as u64) as u32,
            seconds: Some(self.each),
            unchanged: (now - self.began - drawn * self.each).max(0.0),
            redrawn: self.has_twin,
        })
    }
}

/// Plays a job through.
pub fn play(fleet: &Fleet, policy: Policy) -> Outcome {
    let (Policy::Static(chunk) | Policy::Split(chunk)) = policy;
    let whole = FrameRange { first: FrameNumber(0), last: FrameNumber(fleet.frames as i64 - 1) };
    let mut ranges: Vec<FrameRange> = match policy {
        // Whoever chooses a size by hand gets what they ask for, and a rest.
        Policy::Static(_) => (0..fleet.frames.div_ceil(chunk))
            .map(|index| FrameRange {
                first: FrameNumber((index * chunk) as i64),
                last: FrameNumber(((index + 1) * chunk).min(fleet.frames) as i64 - 1),
            })
            .collect(),
        Policy::Split(_) => whole.chunks(chunk as u32),
    };
    ranges.reverse();
    let mut parts: Vec<Option<Part>> = vec![None; fleet.workers];
    // Moments to look at a worker, the earliest first. Microseconds, so that they can be compared.
    let at = |seconds: f64| Reverse((seconds * 1e6).ceil() as u64);
    let mut looks: BinaryHeap<_> = (0..fleet.workers).map(|worker| (at(fleet.start), worker)).collect();
    let mut outcome = Outcome { seconds: 0.0, splits: 0 };
    while let Some((Reverse(micros), worker)) = looks.pop() {
        let now = micros as f64 * 1e-6;
        if let Some(part) = &parts[worker] {
            let end = part.end(fleet.walk_in);
            // By the same rounding as the moment was chosen by: a hair's breadth less would look at it for ever.
            let later = at(end);
            if later.0 > micros {
                looks.push((later, worker));
                continue;
            }
            outcome.seconds = outcome.seconds.max(end);
            parts[worker] = None;
        }
        let slow = fleet.slow_every > 0 && worker % fleet.slow_every == fleet.slow_every - 1;
        let each = fleet.frame * if slow { fleet.slow_factor } else { 1.0 };
        let new =
            |frames| Part { began: now, each, frames, until: f64::INFINITY, beside: false, has_twin: false };
        parts[worker] = match (ranges.pop(), policy) {
            (Some(range), _) => Some(new(range)),
            (None, Policy::Static(_)) => continue,
            (None, Policy::Split(_)) => help(&mut parts, now, each, fleet).map(|(frames, beside)| {
                outcome.splits += usize::from(beside.is_none());
                Part { beside: beside.is_some(), until: beside.unwrap_or(f64::INFINITY), ..new(frames) }
            }),
        };
        // Whoever finds nothing looks again, as long as somebody is at work.
        let next = parts[worker].as_ref().map(|part| part.end(fleet.walk_in));
        if next.is_some() || parts.iter().flatten().any(|part| part.end(fleet.walk_in) > now) {
            looks.push((at(next.unwrap_or(now + fleet.frame / 4.0)), worker));
        }
    }
    outcome
}

/// What a worker that takes `own` seconds for a frame takes from others; and when its holder would be through with it, if
/// that goes on as well.
fn help(parts: &mut [Option<Part>], now: f64, own: f64, fleet: &Fleet) -> Option<(FrameRange, Option<f64>)> {
    let seen = |(index, part): (usize, &Option<Part>)| {
        let busy = part.as_ref().filter(|part| !part.beside)?.seen(now, fleet.walk_in)?;
        Some(Busy { name: (index as u32).into(), ..busy })
    };
    let busy: Vec<Busy> = parts.iter().enumerate().filter_map(seen).collect();
    let helper = Helper { seconds: Some(own), warm: true, walk_in: &|_| fleet.walk_in as u32 };
    match helper.choose(&busy)? {
        Help::Split(index, at) => {
            let holder = parts[index as usize].as_mut()?;
            let taken = FrameRange { first: at, last: holder.frames.last };
            holder.frames.last = FrameNumber(at.0 - 1);
            Some((taken, None))
        }
        Help::Redraw(name, run) => {
            let holder = parts[name.range as usize].as_mut()?;
            let theirs = holder.end(fleet.walk_in);
            holder.has_twin = true;
            holder.until = now + (fleet.walk_in + run.count()) as f64 * own;
            Some((run, Some(theirs)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLEET: Fleet = Fleet {
        workers: 4,
        slow_every: 0,
        slow_factor: 4.0,
        frames: 400,
        frame: 1.0,
        start: 10.0,
        walk_in: 0,
    };

    fn makespan(fleet: &Fleet, policy: Policy) -> f64 {
        play(fleet, policy).seconds
    }

    #[test]
    fn even_machines_with_even_ranges_need_their_share_and_no_splits() {
        for policy in [Policy::Static(100), Policy::Split(100), Policy::Static(10)] {
            assert!(
                (makespan(&FLEET, policy) - 110.0).abs() < 0.01,
                "{policy:?}: {}",
                makespan(&FLEET, policy)
            );
        }
        let walked = Fleet { walk_in: 5, ..FLEET };
        assert!((makespan(&walked, Policy::Static(100)) - 115.0).abs() < 0.01);
        assert!((makespan(&walked, Policy::Split(100)) - 115.0).abs() < 0.01);
    }

    #[test]
    fn a_slow_machine_delays_fixed_ranges_and_hardly_split_ones() {
        let slow = Fleet { slow_every: 4, ..FLEET };
        assert!((makespan(&slow, Policy::Static(100)) - 410.0).abs() < 0.01);
        let (least, split) = (10.0 + 400.0 / 3.25, makespan(&slow, Policy::Split(100)));
        assert!(split > least && split < least * 1.06, "{split} of {least}");
    }

    #[test]
    fn a_job_ends_whatever_its_seconds_are_rounded_to() {
        let uneven =
            Fleet { workers: 8, slow_every: 8, frames: 480, frame: 0.2, start: 3.0, walk_in: 4, ..FLEET };
        for chunk in 1..=120 {
            assert!(makespan(&uneven, Policy::Static(chunk)) >= 3.0 + 480.0 * 0.2 / 8.0, "{chunk}");
            assert!(makespan(&uneven, Policy::Split(chunk)) >= 3.0 + 480.0 * 0.2 / 8.0, "{chunk}");
        }
    }

    #[test]
    fn more_machines_than_ranges_divide_them_while_they_walk_in() {
        // 16 machines, four ranges of 100: 25 frames each would be even, behind 20 for nothing.
        let many = Fleet { workers: 16, walk_in: 20, ..FLEET };
        let split = play(&many, Policy::Split(100));
        assert!(split.seconds < 10.0 + 20.0 + 25.0 * 1.3, "{split:?}");
        assert!((12..20).contains(&split.splits), "{split:?}");
    }
}

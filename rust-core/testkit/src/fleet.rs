//! A fleet of workers, simulated: who has nothing left takes the far end of what another still does, or does not.
//!
//! For sizes that no test machine has. Frames take a fixed time and nothing is fetched, checked or lost, so only the ratios
//! between two policies say something.

use std::collections::BinaryHeap;

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
    /// The same, and the rest of the longest is split.
    Split(u64),
}

struct Part {
    /// When its current frame is there, and its next; the first of them behind the walk-in.
    next: f64,
    left: u64,
    each: f64,
}

/// Seconds until the last frame is there.
pub fn makespan(fleet: &Fleet, policy: Policy) -> f64 {
    let (Policy::Static(chunk) | Policy::Split(chunk)) = policy;
    let chunk = chunk.max(1);
    let mut ranges: Vec<u64> = std::iter::repeat_n(chunk, (fleet.frames / chunk) as usize).collect();
    ranges.extend(Some(fleet.frames % chunk).filter(|rest| *rest > 0));
    let mut parts: Vec<Option<Part>> = (0..fleet.workers).map(|_| None).collect();
    // Events are machines that become free, the earliest first. Microseconds, so that they can be compared.
    let at = |seconds: f64| std::cmp::Reverse((seconds * 1e6) as u64);
    let mut free: BinaryHeap<_> = (0..fleet.workers).map(|worker| (at(fleet.start), worker)).collect();
    let mut end = 0.0_f64;
    while let Some((std::cmp::Reverse(micros), worker)) = free.pop() {
        let now = micros as f64 * 1e-6;
        // What was split meanwhile ends earlier than it was said; what was not is done.
        if let Some(part) = &parts[worker] {
            // Its current frame is there at `next`; where none is left, the last one came one frame before that.
            let done = part.next + (part.left as f64 - 1.0) * part.each;
            if part.left > 0 && done > now + 1e-5 {
                free.push((at(done), worker));
                continue;
            }
            end = end.max(done);
        }
        parts[worker] = None;
        let slow = fleet.slow_every > 0 && worker % fleet.slow_every == fleet.slow_every - 1;
        let each = fleet.frame * if slow { fleet.slow_factor } else { 1.0 };
        let left = match (ranges.pop(), policy) {
            (Some(range), _) => range,
            (None, Policy::Static(_)) => continue,
            (None, Policy::Split(_)) => match split(&mut parts, now, each, fleet) {
                Some(taken) => taken,
                None => continue,
            },
        };
        let part = Part { next: now + (fleet.walk_in + 1) as f64 * each, left, each };
        free.push((at(part.next + (left - 1) as f64 * each), worker));
        parts[worker] = Some(part);
    }
    end
}

/// Takes the far end of the part that would end last; how many frames that are.
fn split(parts: &mut [Option<Part>], now: f64, own: f64, fleet: &Fleet) -> Option<u64> {
    for part in parts.iter_mut().flatten() {
        let through = ((now - part.next) / part.each).floor() + 1.0;
        let through = (through.max(0.0) as u64).min(part.left);
        part.next += through as f64 * part.each;
        part.left -= through;
    }
    let longest = parts.iter_mut().flatten().filter(|part| part.left > 1);
    let longest = longest.max_by(|a, b| (a.left as f64 * a.each).total_cmp(&(b.left as f64 * b.each)))?;
    let count = longest.left;
    let kept = ((fleet.walk_in + count) as f64 * own / (longest.each + own)).round() as u64;
    let kept = kept.clamp(1, count - 1);
    let taken = count - kept;
    let longer = (kept as f64 * longest.each).max((fleet.walk_in + taken) as f64 * own);
    if longer > 0.9 * count as f64 * longest.each {
        return None;
    }
    longest.left = kept;
    Some(taken)
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
    }

    #[test]
    fn a_slow_machine_delays_fixed_ranges_and_hardly_split_ones() {
        let slow = Fleet { slow_every: 4, ..FLEET };
        assert!((makespan(&slow, Policy::Static(100)) - 410.0).abs() < 0.01);
        let (least, split) = (10.0 + 400.0 / 3.25, makespan(&slow, Policy::Split(100)));
        assert!(split > least && split < least * 1.06, "{split} of {least}");
    }
}

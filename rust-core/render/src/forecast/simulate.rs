//! The rest of a job, drawn many times from what was measured.

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde::Serialize;

use super::History;

/// What is left to do, and with how many.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Frames of each range that is left, in order.
    pub ranges: Vec<u64>,
    /// Frames drawn and thrown away ahead of each range.
    pub walk_in: u32,
    /// Machines, at least 1; one worker each.
    pub workers: u32,
    /// Seconds until a machine's first frame begins; measured where it is not said.
    pub start_seconds: Option<f64>,
    /// How much faster they are than the measured ones.
    pub speed: f64,
}

/// A figure: what is exceeded in nine, five and one of ten cases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// One of ten cases is below.
    pub low: f64,
    /// As likely more as less.
    pub likely: f64,
    /// One of ten cases is above.
    pub high: f64,
}

impl Interval {
    /// Everything times `factor`.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { low: self.low * factor, likely: self.likely * factor, high: self.high * factor }
    }
}

/// What the rest of a job takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// Machines.
    pub workers: u32,
    /// Seconds from now to the last commit, starting included.
    pub seconds: Interval,
    /// Seconds of all machines together; each runs to the job's end.
    pub machine_seconds: Interval,
    /// Seconds of that in which a machine starts.
    pub start_seconds: f64,
    /// Measured frames it rests on.
    pub measured: usize,
}

/// So often the rest is drawn.
const DRAWS: usize = 400;

/// What `work` takes, by `history`; the same for the same `seed`. `None` without a measured frame.
pub fn forecast(history: &History, work: &Work, seed: u64) -> Option<Forecast> {
    if history.frames.is_empty() {
        return None;
    }
    let mut random = SmallRng::seed_from_u64(seed);
    let mut ends: Vec<f64> = (0..DRAWS).map(|_| draw(history, work, &mut random)).collect();
    ends.sort_by(f64::total_cmp);
    let at = |share: f64| ends[((ends.len() - 1) as f64 * share) as usize];
    let seconds = Interval { low: at(0.1), likely: at(0.5), high: at(0.9) };
    let start_seconds = work.start_seconds.unwrap_or_else(|| median(&history.starts));
    let machine_seconds = seconds.times(f64::from(work.workers.max(1)));
    Some(Forecast {
        workers: work.workers,
        seconds,
        machine_seconds,
        start_seconds,
        measured: history.frames.len(),
    })
}

/// One possible rest: when the last worker is done.
fn draw(history: &History, work: &Work, random: &mut SmallRng) -> f64 {
    // What was measured is itself a sample: each time another one like it.
    let like = |list: &[f64], random: &mut SmallRng| -> Vec<f64> {
        list.iter().map(|_| list[random.random_range(0..list.len())]).collect()
    };
    let frames = like(&history.frames, random);
    let pick = |list: &[f64], random: &mut SmallRng| {
        if list.is_empty() { 0.0 } else { list[random.random_range(0..list.len())] }
    };
    let mut free: Vec<f64> = (0..work.workers.max(1))
        .map(|_| work.start_seconds.unwrap_or_else(|| pick(&history.starts, random)))
        .collect();
    for (index, range) in work.ranges.iter().enumerate() {
        let drawn = range + u64::from(work.walk_in);
        let seconds: f64 = (0..drawn).map(|_| frames[random.random_range(0..frames.len())]).sum();
        let change = if index < free.len() { 0.0 } else { pick(&history.changes, random) };
        if let Some(next) = free.iter_mut().min_by(|a, b| a.total_cmp(b)) {
            *next += change + seconds / work.speed;
        }
    }
    let frame = frames.iter().sum::<f64>() / frames.len() as f64 / work.speed;
    share_the_end(&mut free, frame, f64::from(work.walk_in) * frame);
    free.into_iter().fold(0.0, f64::max)
}

/// Whoever is through takes the far end of what would end last, behind a walk-in, as long as that gains a frame's time.
fn share_the_end(ends: &mut [f64], frame: f64, walk_in: f64) {
    for _ in 0..8 * ends.len() {
        ends.sort_by(f64::total_cmp);
        let [first, .., last] = ends else { return };
        let both = (*first + *last + walk_in) / 2.0;
        if both > *last - frame {
            return;
        }
        (*first, *last) = (both, both);
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(frames: &[f64]) -> History {
        History { frames: frames.to_vec(), changes: vec![1.0], starts: vec![10.0] }
    }

    #[test]
    fn frames_that_all_take_the_same_have_no_spread() {
        let work = Work { ranges: vec![10; 8], walk_in: 0, workers: 4, start_seconds: None, speed: 1.0 };
        let told = forecast(&history(&[2.0, 2.0, 2.0]), &work, 7).expect("measured");
        // Start, ten frames, a change, ten frames.
        assert_eq!(told.seconds, Interval { low: 51.0, likely: 51.0, high: 51.0 });
        assert_eq!(told.machine_seconds.likely, 204.0);
        let faster = Work { speed: 2.0, start_seconds: Some(0.0), walk_in: 10, ..work };
        assert_eq!(forecast(&history(&[2.0]), &faster, 7).expect("measured").seconds.likely, 41.0);
        assert_eq!(forecast(&History::default(), &faster, 7), None);
    }

    #[test]
    fn the_end_of_a_job_is_shared() {
        let work = Work { ranges: vec![100], walk_in: 0, workers: 4, start_seconds: None, speed: 1.0 };
        let likely = |work: &Work| forecast(&history(&[1.0]), work, 7).expect("measured").seconds.likely;
        assert!((likely(&work) - 35.0).abs() < 1.5, "a quarter of it each: {}", likely(&work));
        let walked = Work { walk_in: 30, ..work };
        assert!(likely(&walked) > 60.0, "each split is behind a walk-in: {}", likely(&walked));
    }

    #[test]
    fn what_was_measured_less_often_is_told_with_a_wider_interval() {
        let spread = |frames: &[f64]| {
            let work = Work { ranges: vec![50; 4], walk_in: 0, workers: 2, start_seconds: None, speed: 1.0 };
            let told = forecast(&history(frames), &work, 7).expect("measured").seconds;
            (told.high - told.low) / told.likely
        };
        let few = [1.0, 3.0];
        let many: Vec<f64> = (0..200).map(|n| if n % 2 == 0 { 1.0 } else { 3.0 }).collect();
        assert!(spread(&few) > 2.0 * spread(&many), "{} {}", spread(&few), spread(&many));
    }
}

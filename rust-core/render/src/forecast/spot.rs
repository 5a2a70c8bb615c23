//! Cheap machines that may be taken away, and dear ones that may not, against a deadline: simulated on recorded
//! availability.
//!
//! The rule is that of uniform progress: whoever is behind the straight line from nothing at the start to all at the deadline
//! takes a dear machine when no cheap one is to be had, and whoever is ahead waits; shortly before it would be too late
//! only dear machines count. Frames are committed one by one, so an interruption costs the frame in flight and a start.

use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Serialize};

/// Recorded availability of spot machines.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Seconds between two entries.
    pub step: f64,
    /// Whether a machine was to be had.
    pub there: Vec<bool>,
}

/// Why a text is no trace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// No JSON of that shape.
    #[error("read the trace")]
    Syntax(#[from] serde_json::Error),
    /// Nothing in it, or a step that is none.
    #[error("read the trace: its step must be 1 to 86400 s, and it must not be empty")]
    Empty,
}

impl Classify for TraceError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

/// One long piece of work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Task {
    /// Seconds of work.
    pub work: f64,
    /// Seconds until the deadline.
    pub deadline: f64,
    /// Seconds a machine costs before it works, each time one is taken.
    pub change: f64,
    /// Price of a cheap second against a dear one.
    pub spot_price: f64,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Cost against dear machines from start to end; 1 is the same.
    pub cost: f64,
    /// Whether it was done in time.
    pub met: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    Nothing,
    Spot,
    Demand,
}

impl Trace {
    /// Reads the JSON of the public spot traces: `metadata.gap_seconds`, and in `data` how many machines were to be had.
    ///
    /// # Errors
    /// [`TraceError`].
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        #[derive(Deserialize)]
        struct File {
            metadata: Metadata,
            data: Vec<f64>,
        }
        #[derive(Deserialize)]
        struct Metadata {
            gap_seconds: f64,
        }
        let file: File = serde_json::from_str(text)?;
        let step = file.metadata.gap_seconds;
        if !(1.0..=86_400.0).contains(&step) || file.data.is_empty() {
            return Err(TraceError::Empty);
        }
        Ok(Self { step, there: file.data.iter().map(|count| *count >= 1.0).collect() })
    }

    /// Share of the time in which a machine was to be had.
    pub fn share(&self) -> f64 {
        self.there.iter().filter(|there| **there).count() as f64 / self.there.len().max(1) as f64
    }

    /// `count` places to begin, evenly spread, from which `seconds` of the trace are left.
    pub fn starts(&self, count: usize, seconds: f64) -> Vec<usize> {
        let needed = (seconds / self.step).ceil() as usize;
        let Some(room) = self.there.len().checked_sub(needed + 1) else { return Vec::new() };
        (0..count).map(|index| index * room / count.max(1)).collect()
    }

    /// `task` begun at the entry `start`.
    pub fn run(&self, task: &Task, start: usize) -> Run {
        let (mut done, mut cost, mut now) = (0.0, 0.0, 0.0);
        let (mut on, mut starting) = (On::Nothing, 0.0_f64);
        while done < task.work {
            let there = self.there.get(start + (now / self.step) as usize).copied().unwrap_or(false);
            let next = choose(task, on, there, done, now, starting);
            if next != on {
                on = next;
                starting = if on == On::Nothing { 0.0 } else { task.change };
            }
            // To the trace's next entry, or to the end of the work.
            let to_entry = self.step - now % self.step;
            let span = if on == On::Nothing { to_entry } else { to_entry.min(starting + task.work - done) };
            let span = span.max(1e-6);
            match on {
                On::Nothing => {}
                On::Spot => cost += span * task.spot_price,
                On::Demand => cost += span,
            }
            if on != On::Nothing {
                let waited = span.min(starting);
                starting -= waited;
                done += span - waited;
            }
            now += span;
            // Work's last bit must not be lost to rounding.
            if task.work - done < 1e-6 {
                done = task.work;
            }
        }
        Run { cost: cost / (task.work + task.change), met: now <= task.deadline + 1e-6 }
    }
}

fn choose(task: &Task, on: On, there: bool, done: f64, now: f64, starting: f64) -> On {
    // From here on only what cannot be taken away is sure to end in time; a step is lost before the next look.
    if task.deadline - now <= task.work - done + task.change * 2.0 + LOOK {
        return On::Demand;
    }
    let line = |at: f64| task.work * (at / task.deadline).min(1.0);
    let behind = if done < line(now) { On::Demand } else { On::Nothing };
    match (on, there) {
        // A dear machine that was paid for goes on until it is ahead by what changing costs.
        (On::Demand, _) if done < line(now + 2.0 * task.change) => On::Demand,
        (On::Demand, true) if starting > 0.0 => On::Demand,
        (_, true) => On::Spot,
        (_, false) => behind,
    }
}

/// Traces are looked at no more often than this, s.
const LOOK: f64 = 300.0;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TASK: Task = Task { work: 8.0 * 3600.0, deadline: 12.0 * 3600.0, change: 180.0, spot_price: 0.3 };

    #[test]
    fn always_there_costs_the_cheap_price_and_never_there_the_dear_one() {
        let trace = |there| Trace { step: 195.0, there: vec![there; 1000] };
        let (cheap, dear) = (trace(true).run(&TASK, 0), trace(false).run(&TASK, 0));
        assert!(cheap.met && (cheap.cost - 0.3).abs() < 0.01, "{cheap:?}");
        assert!(dear.met && dear.cost < 1.2, "{dear:?}");
    }

    proptest! {
        #[test]
        fn every_deadline_that_can_be_met_is_met(
            bits in proptest::collection::vec(any::<bool>(), 60..400), runs in 1..20_usize, slack in 1.2..3.0_f64,
        ) {
            let there = bits.iter().flat_map(|bit| std::iter::repeat_n(*bit, runs)).collect();
            let task = Task { work: 6000.0, deadline: 6000.0 * slack, change: 60.0, spot_price: 0.3 };
            let run = Trace { step: 195.0, there }.run(&task, 0);
            prop_assert!(run.met, "{run:?}");
            prop_assert!(run.cost >= 0.29 && run.cost < 1.6, "{run:?}");
        }

        #[test]
        fn any_text_is_a_trace_or_none(text in ".{0,80}") {
            let _ = Trace::parse(&text);
        }
    }

    #[test]
    fn a_trace_says_how_many_machines_were_there() {
        let trace =
            Trace::parse(r#"{"metadata": {"gap_seconds": 195}, "data": [0, 1, 16, 0]}"#).expect("a trace");
        assert_eq!(trace, Trace { step: 195.0, there: vec![false, true, true, false] });
        assert_eq!(trace.share(), 0.5);
        assert!(Trace::parse(r#"{"metadata": {"gap_seconds": 0}, "data": [0]}"#).is_err());
    }
}

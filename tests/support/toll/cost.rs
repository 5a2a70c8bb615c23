//! What kills cost, and whether that is borne.

use std::fmt;
use std::time::Duration;

use super::EACH;

/// What a dead worker held must be taken up within this time.
const TAKEN_UP: Duration = Duration::from_secs(15);

/// What the kills of some jobs cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub(super) killed: usize,
    /// Those among the killed that had something in flight.
    pub(super) at_work: usize,
    pub(super) lost: usize,
    pub(super) most: usize,
    pub(super) taken_up: Duration,
    pub(super) ready: Duration,
}

impl Cost {
    /// How many workers were killed.
    #[must_use]
    pub fn killed(&self) -> usize {
        self.killed
    }

    /// The kills of another job.
    pub fn add(&mut self, job: Self) {
        self.killed += job.killed;
        self.at_work += job.at_work;
        self.lost += job.lost;
        self.most = self.most.max(job.most);
        self.taken_up = self.taken_up.max(job.taken_up);
        self.ready = self.ready.max(job.ready);
    }

    /// Judges all of them together. What the farm and this machine take to bring any worker to its first lease does not
    /// count as time that was lost.
    ///
    /// # Panics
    /// When it was too much.
    pub fn judge(&self) {
        assert!(self.at_work > 0, "nothing was shown: {self}");
        assert!(self.lost <= EACH * self.at_work, "{self}");
        assert!(self.taken_up <= TAKEN_UP + self.ready, "{self}");
    }

    /// A kill that cost so many frames.
    pub(super) fn count(&mut self, lost: usize) {
        self.killed += 1;
        self.at_work += usize::from(lost > 0);
        self.lost += lost;
        self.most = self.most.max(lost);
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { killed, at_work, lost, most, taken_up, ready } = self;
        let (taken_up, ready) = (taken_up.as_secs_f64(), ready.as_secs_f64());
        write!(
            f,
            "{killed} workers were killed, {at_work} of them at work: {lost} frames were drawn for nothing, "
        )?;
        write!(f, "at most {most} by one kill; what they held was taken up within {taken_up:.1} s, ")?;
        write!(f, "where a job's first worker takes {ready:.1} s")
    }
}

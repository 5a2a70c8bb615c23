//! Who tells the present. Everything that needs "now" takes a [`Clock`].

use std::sync::atomic::{AtomicI64, Ordering};

use crate::{StageTime, UtcTime};

/// The present, as this machine knows it.
pub trait Clock: Send + Sync {
    /// Monotonic stage time: never steps, starts at an arbitrary moment of this process.
    fn now(&self) -> StageTime;
    /// The wall clock, for people and file names; may step.
    fn utc(&self) -> UtcTime;
}

/// A clock that stands still until it is moved. Replay and tests run on it.
#[derive(Debug, Default)]
pub struct VirtualClock {
    now: AtomicI64,
    utc_at_zero: i64,
}

impl VirtualClock {
    /// A clock at stage time zero, which is `utc_at_zero` on the wall.
    pub fn new(utc_at_zero: UtcTime) -> Self {
        Self { now: AtomicI64::new(0), utc_at_zero: utc_at_zero.nanos() }
    }

    /// Moves the clock to `time`. Moving backwards is ignored.
    pub fn advance_to(&self, time: StageTime) {
        self.now.fetch_max(time.nanos(), Ordering::AcqRel);
    }

    /// Moves the clock on by `nanos`.
    pub fn advance(&self, nanos: i64) {
        self.now.fetch_add(nanos.max(0), Ordering::AcqRel);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> StageTime {
        StageTime::from_nanos(self.now.load(Ordering::Acquire))
    }

    fn utc(&self) -> UtcTime {
        UtcTime::from_nanos(self.utc_at_zero.saturating_add(self.now.load(Ordering::Acquire)))
    }
}

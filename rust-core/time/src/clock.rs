//! Who tells the present. Everything that needs "now" takes a [`Clock`].

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::{StageTime, UtcTime};

/// The present, as this machine knows it.
pub trait Clock: Send + Sync {
    /// Monotonic stage time: never steps, starts at an arbitrary moment of this process.
    fn now(&self) -> StageTime;
    /// The wall clock, for people and file names; may step.
    fn utc(&self) -> UtcTime;
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> StageTime {
        (**self).now()
    }

    fn utc(&self) -> UtcTime {
        (**self).utc()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> StageTime {
        (**self).now()
    }

    fn utc(&self) -> UtcTime {
        (**self).utc()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_stands_still_until_it_is_moved_and_never_goes_back() {
        let clock = VirtualClock::new(UtcTime::from_nanos(1_000));
        assert_eq!((clock.now().nanos(), clock.utc().nanos()), (0, 1_000));
        clock.advance(500);
        clock.advance(-200);
        clock.advance_to(StageTime::from_nanos(300));
        assert_eq!((clock.now().nanos(), clock.utc().nanos()), (500, 1_500));
        clock.advance_to(StageTime::from_nanos(700));
        assert_eq!(clock.now().nanos(), 700);
    }

    #[test]
    fn a_shared_clock_is_a_clock() {
        fn tell(clock: impl Clock) -> i64 {
            clock.now().nanos()
        }
        let clock = Arc::new(VirtualClock::default());
        clock.advance(7);
        let any: Arc<dyn Clock> = clock.clone();
        assert_eq!((tell(&clock), tell(any)), (7, 7));
    }
}

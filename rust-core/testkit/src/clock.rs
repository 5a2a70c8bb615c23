//! The runtime's clock as ours: real time, or virtual where a test pauses the runtime.

use cyclorama_time::{Clock, StageTime, UtcTime};
use tokio::time::Instant;

/// Stage time since this clock was made, by the runtime's clock. UTC starts at a fixed date.
#[derive(Clone, Debug)]
pub struct RuntimeClock(Instant);

impl RuntimeClock {
    /// A clock at stage time zero. Needs a runtime.
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Default for RuntimeClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> StageTime {
        StageTime::from_nanos(i64::try_from(self.0.elapsed().as_nanos()).unwrap_or(i64::MAX))
    }

    fn utc(&self) -> UtcTime {
        const START: i64 = 1_700_000_000_000_000_000;
        UtcTime::from_nanos(START + self.now().nanos())
    }
}

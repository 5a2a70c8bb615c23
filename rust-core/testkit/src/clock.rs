//! Clocks for tests: the runtime's, which is virtual where a test pauses it, and the wall's, which files get their times
//! from.

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

/// The wall clock: whoever looks at files must use it, since no test can pause the clock they get their times from.
#[derive(Clone, Copy, Debug, Default)]
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> StageTime {
        StageTime::from_nanos(self.utc().nanos())
    }

    #[expect(clippy::disallowed_methods, reason = "files get their times from this machine's clock")]
    fn utc(&self) -> UtcTime {
        let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        UtcTime::from_nanos(i64::try_from(passed.as_nanos()).unwrap_or(i64::MAX))
    }
}

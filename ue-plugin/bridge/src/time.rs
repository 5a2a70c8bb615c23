//! The present, and the host's clock beside ours.

mod host;

use std::sync::OnceLock;

use cyclorama_app::SystemClock;
use cyclorama_time::{Clock, StageTime};

use crate::guard;
use host::HostClock;

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    extern "Rust" {
        /// How the engine's seconds stand against stage time.
        type HostClock;

        /// Stage time, nanoseconds: one clock for everything in this process.
        fn now_ns() -> i64;
        /// Knows nothing yet. Each thread that asks has its own.
        fn host_clock() -> Box<HostClock>;
        /// `at_ns` in the engine's seconds. Give what the engine's clock shows at this very moment; the more often it
        /// is asked, the less it is off by what interrupts.
        fn seconds_at(self: &mut HostClock, host_now: f64, at_ns: i64) -> f64;
    }
}

/// The clock of this process.
pub(crate) fn clock() -> &'static SystemClock {
    static CLOCK: OnceLock<SystemClock> = OnceLock::new();
    CLOCK.get_or_init(SystemClock::new)
}

fn now_ns() -> i64 {
    guard::value("now_ns", |_| 0, || Ok(clock().now().nanos()))
}

fn host_clock() -> Box<HostClock> {
    guard::value("host_clock", |_| Box::default(), || Ok(Box::default()))
}

impl HostClock {
    fn seconds_at(&mut self, host_now: f64, at_ns: i64) -> f64 {
        guard::value(
            "seconds_at",
            |_| host_now,
            || Ok(self.at(clock().now(), host_now, StageTime::from_nanos(at_ns))),
        )
    }
}

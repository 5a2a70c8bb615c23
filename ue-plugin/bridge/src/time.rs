//! The present, the host's clock beside ours, and the beat that the engine runs by.

pub(crate) mod beat;
mod host;

use std::sync::OnceLock;

pub use ffi::BeatPhase;

use cyclorama_app::SystemClock;
use cyclorama_time::{Clock, StageTime};

use crate::{Status, guard};
use host::HostClock;

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    #[namespace = "cyclorama"]
    extern "C++" {
        include!("Bridge/status.h");
        /// What every call answers.
        type Status = crate::status::Status;
    }

    /// Where in a frame of the genlock's beat a moment is. 32 bytes.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct BeatPhase {
        /// Number of the frame that runs.
        frame: i64,
        /// 0 at its begin, below 1.
        phase: f64,
        /// Frames per second.
        rate_numerator: u32,
        /// Its denominator.
        rate_denominator: u32,
        /// 1 while the beat comes; else the phase is counted on from where it was last, and the engine runs free.
        locked: u32,
        /// 1 where frames begin with a tracker's samples, 0 where with the house's time.
        follows_tracker: u32,
    }

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
        /// Where in its frame the beat is that the process's genlock follows, now. `NotFound` where nobody waits for one.
        fn beat_phase(phase: &mut BeatPhase) -> Status;
        /// As above, a sentence for people; nothing where nobody waits for one.
        fn beat_words() -> String;
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

pub(crate) fn beat_phase(phase: &mut BeatPhase) -> Status {
    guard::status("beat_phase", || {
        *phase = beat::latest().ok_or(Status::NotFound)?.phase(clock().now());
        Ok(())
    })
}

pub(crate) fn beat_words() -> String {
    let words = || Ok(beat::latest().map(|beat| beat.words(clock().now())).unwrap_or_default());
    guard::value("beat_words", |_| String::new(), words)
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

const _: () = assert!(size_of::<BeatPhase>() == 32 && align_of::<BeatPhase>() == 8);

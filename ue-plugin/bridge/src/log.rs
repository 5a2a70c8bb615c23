//! What the core has to say, drained by the engine's ticker a few times a second.

mod ring;

pub use ffi::{LogLevel, LogLine};

use crate::{Status, guard};

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    #[namespace = "cyclorama"]
    extern "C++" {
        include!("Bridge/status.h");
        /// What every call answers.
        type Status = crate::status::Status;
    }

    /// How much it matters.
    #[repr(u32)]
    #[derive(Debug)]
    enum LogLevel {
        /// Something does not work.
        Error,
        /// Something works worse than it should.
        Warning,
        /// Told once in a while.
        Info,
        /// For whoever looks for a fault.
        Detail,
    }

    /// One line.
    #[derive(Clone, Debug, PartialEq)]
    struct LogLine {
        /// When, stage time, nanoseconds.
        at_ns: i64,
        /// How much it matters.
        level: LogLevel,
        /// Which part of the core.
        part: String,
        /// The line.
        text: String,
    }

    extern "Rust" {
        /// Starts to keep lines up to `level`; again changes only the level.
        fn log_start(level: LogLevel) -> Status;
        /// The oldest lines, `most` of them at most, taken out.
        fn log_drain(most: u32) -> Vec<LogLine>;
        /// Lines that were dropped because nobody drained them.
        fn log_dropped() -> u64;
    }
}

fn log_start(level: LogLevel) -> Status {
    guard::status("log_start", || {
        ring::start(level);
        Ok(())
    })
}

fn log_drain(most: u32) -> Vec<LogLine> {
    guard::value("log_drain", |_| Vec::new(), || Ok(ring::drain(most)))
}

fn log_dropped() -> u64 {
    guard::value("log_dropped", |_| 0, || Ok(ring::dropped()))
}

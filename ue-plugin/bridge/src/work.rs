//! Long work: a handle that is asked how far it is, told to stop, and in the end how it went.
//!
//! The work itself runs on threads of the core and never calls back. Progress is the house's own; C++ gets it as a
//! plain struct. What is started here is journalled by what it works with (a publish's journal, a hydrate's intent, a
//! render's ledger), so that a crash of the editor loses nothing: the same call goes on where it was.

mod handle;
mod words;

pub use ffi::{Keep, WorkSnapshot};

use cyclorama_outcome::ExitCode;

use crate::{Status, guard};
#[cfg(feature = "assets")]
pub(crate) use handle::{Strings, Told};
pub(crate) use handle::{Work, handle};

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    #[namespace = "cyclorama"]
    extern "C++" {
        include!("Bridge/status.h");
        /// What every call answers.
        type Status = crate::status::Status;
    }

    /// How far long work is. 56 bytes.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct WorkSnapshot {
        /// Units finished: bytes of content, or frames.
        done: u64,
        /// Units in all; 0 while unknown.
        total: u64,
        /// Bytes that crossed a network or a disk for it.
        transferred: u64,
        /// Units per second, smoothed; below 0 while unknown.
        rate: f64,
        /// Seconds left at that rate, 0 when all is done; below 0 while unknown.
        eta_seconds: f64,
        /// 0 to 1; below 0 while unknown.
        fraction: f64,
        /// 1 while it runs, 0 once it ended.
        running: u32,
        /// Nothing.
        reserved: u32,
    }

    /// Whose files win where two sides changed the same one.
    #[repr(u32)]
    #[derive(Debug)]
    enum Keep {
        /// Nobody's: it stops and names them.
        Ask,
        /// Those in this folder.
        Mine,
        /// Those of the store.
        Theirs,
    }

    extern "Rust" {
        /// Asks all work to stop at its next safe point; what is begun later is not stopped. Does not wait.
        fn work_stop_all() -> Status;
        /// The exit code that a program gives for this, as the `cyclorama` command does.
        fn exit_code(status: Status) -> u32;
        /// What is wrong with the words behind a commandlet's name, a sentence each; nothing when they are right. `words` as they
        /// were given, as `Store=x`; `takes` are those that there are: `DryRun`, `Store=`, `Map=*` (never empty), `Workers=1..256`,
        /// `Keep=mine|theirs`.
        fn wrong_words(words: &Vec<String>, takes: &Vec<String>) -> Vec<String>;
    }
}

fn work_stop_all() -> Status {
    guard::status("work_stop_all", || {
        handle::stop_all();
        Ok(())
    })
}

fn exit_code(status: Status) -> u32 {
    guard::value(
        "exit_code",
        |_| ExitCode::Internal as u32,
        || {
            Ok(match status {
                Status::Ok => ExitCode::Done,
                Status::User | Status::Unsupported => ExitCode::Usage,
                Status::NotFound => ExitCode::NotFound,
                Status::Refused | Status::Conflict => ExitCode::Refused,
                Status::Integrity => ExitCode::Integrity,
                Status::Network => ExitCode::Network,
                Status::Cancelled => ExitCode::Cancelled,
                Status::Partial => ExitCode::Partial,
                _ => ExitCode::Internal,
            } as u32)
        },
    )
}

#[expect(clippy::ptr_arg, reason = "what cxx hands over is a vector")]
fn wrong_words(words: &Vec<String>, takes: &Vec<String>) -> Vec<String> {
    guard::value("wrong_words", |failure| vec![failure.text], || Ok(words::wrong(words, takes)))
}

const _: () = assert!(size_of::<WorkSnapshot>() == 56 && align_of::<WorkSnapshot>() == 8);

//! What every export may answer, and what C++ asks before anything else.

pub use ffi::Status;

use crate::{abi, guard};

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    /// How a call ended. The sentence for people is `last_error`.
    #[repr(u32)]
    #[derive(Debug)]
    enum Status {
        /// Done.
        Ok,
        /// There is none, or none yet.
        NotFound,
        /// The request is wrong.
        User,
        /// Credentials, policy or the system said no.
        Refused,
        /// Damaged, or not what it claims to be.
        Integrity,
        /// Network or store cannot be reached.
        Network,
        /// Somebody else has it, or changed it first.
        Conflict,
        /// Asked to stop.
        Cancelled,
        /// Ended, but not all of it.
        Partial,
        /// Nothing came in the time given.
        Timeout,
        /// A defect of ours, or the machine failed.
        Internal,
        /// A defect of ours: a panic that was caught. The handle may be asked and dropped.
        Panicked,
        /// This archive was built without it.
        Unsupported,
    }

    extern "Rust" {
        /// The number of the bridge this archive was built from.
        fn abi_hash() -> u64;
        /// Version of the core and the bridge it has, such as 0.1.0+1f2e3d4c.
        fn core_version() -> String;
        /// The sentence of this thread's last failure.
        fn last_error() -> String;
        /// Makes the export of this name panic when it is called next, in archives that are built for tests.
        fn force_panic(export_name: &str) -> Status;
    }
}

fn abi_hash() -> u64 {
    abi::HASH
}

fn core_version() -> String {
    guard::value(
        "core_version",
        |_| String::new(),
        || Ok(format!("{}+{:08x}", env!("CARGO_PKG_VERSION"), abi::HASH >> 32)),
    )
}

fn last_error() -> String {
    guard::value("last_error", |_| String::new(), || Ok(guard::last_error()))
}

fn force_panic(export_name: &str) -> Status {
    if guard::forced::arm(export_name) { Status::Ok } else { Status::Unsupported }
}

//! Helpers the whole-story tests share: paths, the command under test, waiting with a deadline.
//!
//! Stories run the real command as a person would, in a folder of their own, on loopback only. Nothing here
//! waits a fixed time: it waits for a condition and gives up at a deadline.

pub mod chaos;
mod command;
mod ledger_folder;
pub mod processes;
mod service;
mod toll;
mod wait;

use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};

pub use command::{Ended, command, program, run, run_in};
pub use service::Service;
pub use toll::{Cost, Toll};
pub use wait::{Stopwatch, until};

/// The repository's root.
#[must_use]
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the tests stand in the repository").to_path_buf()
}

/// A file of `tests/data`.
///
/// # Panics
/// When there is no such file: a test that silently has no data is worth nothing.
#[must_use]
pub fn data(name: &str) -> PathBuf {
    let path = repository().join("tests/data").join(name);
    assert!(path.exists(), "tests/data/{name} is missing");
    path
}

/// The real Mo-Sys recording: 600 frames at 25 per second.
#[must_use]
pub fn mosys_recording() -> PathBuf {
    data("mosys_f4/dev_first600.f4")
}

/// A UDP port of loopback that was free a moment ago.
///
/// # Panics
/// When the machine has no free port.
#[must_use]
pub fn free_port() -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    socket.local_addr().expect("a bound socket has an address").port()
}

/// A path as the argument of a command.
///
/// # Panics
/// When the path is not UTF-8; ours are.
#[must_use]
pub fn text(path: &Path) -> &str {
    path.to_str().expect("test paths are UTF-8")
}

/// A number from the environment, for the tiers: `scripts/test` sets large counts, a plain run stays quick.
#[must_use]
pub fn setting(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the tier of a test run is not a setting of the product")]
    let value = std::env::var(name).ok();
    value.filter(|value| !value.is_empty())
}

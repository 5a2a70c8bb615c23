//! Any OpenTrackIO datagrams, several in a row so that segments meet, as they are and with their checksums repaired.
#![no_main]

#[path = "../fuzz_support.rs"]
mod fuzz_support;
#[path = "../../../rust-core/tracking/tests/support/recheck.rs"]
mod recheck;

use cyclorama_tracking::Protocol;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz_support::both_ways(Protocol::OpenTrackIO, bytes));

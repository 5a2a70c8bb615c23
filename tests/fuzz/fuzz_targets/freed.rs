//! Any FreeD datagram, as it is and with its checksum repaired.
#![no_main]

#[path = "../fuzz_support.rs"]
mod fuzz_support;
#[path = "../../../rust-core/tracking/tests/support/recheck.rs"]
mod recheck;

use cyclorama_tracking::{Protocol, protocol::freed};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz_support::both_ways(Protocol::FreeD, bytes);
    if let Ok(packet) = freed::Packet::decode(bytes) {
        assert_eq!(packet.encode(), bytes[..freed::LEN]);
    }
});

//! Any OpenTrackIO JSON payload, bare and in a packet whose checksum fits.
#![no_main]

#[path = "../fuzz_support.rs"]
mod fuzz_support;
#[path = "../../../rust-core/tracking/tests/support/recheck.rs"]
mod recheck;

use cyclorama_tracking::Protocol;

libfuzzer_sys::fuzz_target!(|payload: &[u8]| {
    let mut packet = b"OTrk\0\x01\0\x07\0\0\0\0\x80\0\0\0".to_vec();
    packet.extend_from_slice(&payload[..payload.len().min(0x7FFF)]);
    recheck::repair(Protocol::OpenTrackIO)(&mut packet);
    fuzz_support::decode(Protocol::OpenTrackIO, &packet);
});

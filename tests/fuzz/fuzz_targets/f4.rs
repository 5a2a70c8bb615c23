//! Any F4 datagram, as it is and with its checksum repaired.
#![no_main]

#[path = "../fuzz_support.rs"]
mod fuzz_support;
#[path = "../../../rust-core/tracking/tests/support/recheck.rs"]
mod recheck;

use cyclorama_tracking::{Protocol, protocol::f4};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz_support::both_ways(Protocol::F4, bytes);
    if let Ok(packet) = f4::Packet::decode(bytes) {
        let axes: Vec<_> = packet.axes().collect();
        let mut again = Vec::new();
        f4::encode(packet.camera(), packet.status(), &axes, &mut again).expect("as many axes as were read");
        assert_eq!(again, bytes[..packet.wire_len()]);
    }
});

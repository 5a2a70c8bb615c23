//! Any PosiStageNet datagram; what was read is written and read again.
#![no_main]

#[path = "../fuzz_support.rs"]
mod fuzz_support;
#[path = "../../../rust-core/tracking/tests/support/recheck.rs"]
mod recheck;

use cyclorama_tracking::{
    Protocol,
    protocol::psn::{self, Packet},
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz_support::both_ways(Protocol::Psn, bytes);
    if let Ok((Packet::Data(data), _)) = Packet::decode(bytes) {
        let trackers: Vec<_> = data.trackers().collect();
        let mut again = Vec::new();
        if psn::encode_data(&data.header, &trackers, &mut again).is_ok() {
            let Ok((Packet::Data(read), length)) = Packet::decode(&again) else { panic!("cannot be read again") };
            assert_eq!((read.header, length, read.trackers().count()), (data.header, again.len(), trackers.len()));
        }
    }
});

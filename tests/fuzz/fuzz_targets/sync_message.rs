//! A sync message: applied, or refused; never half of one.
#![no_main]

use cyclorama_tracking::sync::Follower;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut follower = Follower::new();
    for message in text.split('\n').take(8) {
        let refused = follower.take(message).is_err();
        let mut applied = 0;
        while follower.next_record().is_some() {
            applied += 1;
        }
        assert!(!refused || applied == 0, "nothing of a refused message is applied");
    }
});

//! What comes as a question or an answer about time: understood, or refused.
#![no_main]

use cyclorama_time::{StageTime, UtcTime};
use cyclorama_tracking::{
    clock::WallReference,
    offset::{Asker, LEN, answer},
};

libfuzzer_sys::fuzz_target!(|input: (i64, i64, Vec<u8>)| {
    let (asked, now) = (StageTime::from_nanos(input.0), StageTime::from_nanos(input.1));
    let wall = WallReference { stage: now, utc: UtcTime::from_nanos(input.0), within_nanos: 1 };
    let mut asker = Asker::default();
    let question = asker.question(asked);
    asker.answer(&input.2, now);
    if let Some(mut bytes) = answer(&question, asked, now, &wall) {
        // An answer to a question of ours, with times of the fuzzer's.
        let from = input.2.len().min(LEN - 16);
        bytes[16..16 + from].copy_from_slice(&input.2[..from]);
        asker.answer(&bytes, now);
    }
    let _ = (answer(&input.2, asked, now, &wall), asker.offset(now), asker.wall(now));
});

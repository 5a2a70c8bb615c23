//! Any bytes as the record of a collection, with a check that fits: refused, or written again it stays the same.
#![no_main]

use cyclorama_assets::decoders;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The record of the first collection begins so.
    let sound = [&b"CYCOLL\n\x01\x01"[..], bytes].concat();
    for bytes in [bytes, &sound] {
        if let Ok(written) = decoders::collection(bytes, 1) {
            let body = &written[..written.len() - 32];
            assert_eq!(decoders::collection(body, 1).as_ref(), Ok(&written));
        }
    }
});

//! Any bytes as an index object, also with a sound beginning: refused, or every row leads into its pack.
#![no_main]

use cyclorama_assets::decoders;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let sound = [&b"CYINDX\n\x01"[..], bytes].concat();
    for bytes in [bytes, &sound] {
        if let Ok(rows) = decoders::index(bytes) {
            assert!(rows * 28 <= bytes.len());
        }
    }
});

//! Any bytes as what a working folder remembers, with a digest that fits: refused, or no more entries than there is room for.
#![no_main]

use cyclorama_assets::decoders;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(entries) = decoders::state(bytes) {
        assert!(entries <= bytes.len());
    }
});

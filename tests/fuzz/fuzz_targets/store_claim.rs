//! Any bytes as the claim of a store's one writer, and as what a followed folder remembers: somebody's, or nobody's, and shown
//! as plain text; written again it stays the same.
#![no_main]

use cyclorama_assets::decoders;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (owner, written) = decoders::claim(bytes);
    assert!(owner.chars().count() <= 100 && !owner.contains(char::is_control));
    if written.len() <= 4096 {
        assert_eq!(decoders::claim(&written), (owner, written));
    }
    if let Some(written) = decoders::followed(bytes) {
        assert_eq!(decoders::followed(&written), Some(written));
    }
});

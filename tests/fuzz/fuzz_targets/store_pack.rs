//! Any bytes as the end of a pack, also with a digest that fits: refused, or chunks that lie inside it.
#![no_main]

use cyclorama_assets::decoders;
use cyclorama_content::Digest;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut sound = bytes.to_vec();
    sound.extend((bytes.len() as u32).to_le_bytes());
    sound.extend(Digest::of(bytes).as_bytes());
    sound.extend(b"CYPACK\n\x01");
    for bytes in [bytes, &sound] {
        // The length of the chunks before the footer is a guess; some of them fit.
        for before in [0, 1, 40, 70_000] {
            if let Ok(chunks) = decoders::pack(bytes, bytes.len() as u64 + before) {
                assert!(chunks * 34 <= bytes.len());
            }
        }
    }
});

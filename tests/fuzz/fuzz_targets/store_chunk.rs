//! Any bytes unpacked as a chunk: exactly as long as announced, or refused.
#![no_main]

use cyclorama_assets::decoders;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((length, packed)) = bytes.split_first_chunk::<2>() else { return };
    let raw = usize::from(u16::from_le_bytes(*length)) * 16;
    if let Ok(chunk) = decoders::chunk(packed, raw) {
        assert_eq!(chunk.len(), raw);
    }
});

//! Any bytes as a job-attachments manifest: what is accepted is written and read again as the same.
#![no_main]

use cyclorama_assets::deadline::Manifest;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(manifest) = Manifest::decode(bytes) {
        let written = manifest.encode();
        assert_eq!(Manifest::decode(&written).ok().as_ref(), Some(&manifest));
    }
});

//! Records of any kinds and bytes as a publisher's journal, each with a check that fits: read up to the first that is none.
#![no_main]

use cyclorama_assets::decoders;

libfuzzer_sys::fuzz_target!(|records: Vec<(u8, Vec<u8>)>| {
    let bytes: usize = records.iter().map(|(_, body)| body.len()).sum();
    let (packs, files) = decoders::journal(&records);
    assert!(packs + files <= records.len() && 34 * packs + 50 * files <= bytes);
});

//! Any bytes as the store's JSON objects, as they are and with a check that fits.
#![no_main]

use cyclorama_assets::{Format, Ref, RefName, Snapshot};
use cyclorama_content::Digest;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let digits = &Digest::of(bytes).to_string()[..32];
    let sound = [bytes, b",\"check\":\"", digits.as_bytes(), b"\"}"].concat();
    for bytes in [bytes, &sound] {
        let _ = Format::decode(bytes);
        if let Ok(snapshot) = Snapshot::decode(bytes) {
            // One of more words than anybody may write is read all the same.
            if let Ok(encoded) = snapshot.encode() {
                assert_eq!(Snapshot::decode(&encoded), Ok(snapshot));
            }
        }
        if let Ok(read) = Ref::decode(bytes, &RefName::main()) {
            assert_eq!(Ref::decode(&read.encode(), &RefName::main()), Ok(read));
        }
    }
});

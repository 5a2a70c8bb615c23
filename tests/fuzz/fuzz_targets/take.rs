//! Any file opened as a take, whole and as a recorder that was killed leaves it: it is read to its end, or refused.
#![no_main]

use std::io::Cursor;

use cyclorama_tracking::{replay, take::Reader};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for length in [bytes.len(), bytes.len() / 2] {
        let Ok(reader) = Reader::from_source(Box::new(Cursor::new(bytes[..length].to_vec()))) else { continue };
        let read = reader.records().take_while(Result::is_ok).count() as u64;
        assert!(read <= length as u64, "a record takes at least a byte");
        let _ = (reader.summary(), reader.digest(), replay::samples(&reader));
    }
});

//! A descriptor file and a message, parted by the first zero byte: read as described, or refused.
#![no_main]

use cyclorama_time::StageTime;
use cyclorama_tracking::describe::{Described, Descriptor};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parts = bytes.iter().position(|byte| *byte == 0).map_or((bytes, &[][..]), |at| bytes.split_at(at));
    let Ok(text) = std::str::from_utf8(parts.0) else { return };
    let Ok(descriptor) = Descriptor::from_toml(text) else { return };
    let mut samples = Vec::new();
    Described::new(descriptor).datagram(StageTime::default(), parts.1, &mut samples);
    assert!(samples.iter().all(|sample| sample.pose.is_none_or(|pose| pose.is_valid())));
});

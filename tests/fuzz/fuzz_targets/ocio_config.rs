//! The text of an OCIO configuration: names that are all found again, or refused.
#![no_main]

use cyclorama_render::ocio::OcioConfig;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(config) = OcioConfig::parse(text) else { return };
    for space in config.spaces() {
        let found = config.find(&space.name).expect("a name that it lists");
        assert!(found.name.eq_ignore_ascii_case(&space.name));
    }
});

//! Any bytes as something sealed, and what was sealed with some of its bytes changed or cut off: only what was sealed opens.
#![no_main]

use cyclorama_assets::decoders;

libfuzzer_sys::fuzz_target!(|input: (Vec<u8>, usize, u8)| {
    let (bytes, at, flip) = input;
    assert!(decoders::open(&bytes).is_err(), "nobody guesses a seal");
    let mut sealed = decoders::seal(&bytes);
    assert_eq!(decoders::open(&sealed).as_ref(), Ok(&bytes));
    let at = at % sealed.len();
    assert!(decoders::open(&sealed[..at]).is_err());
    sealed[at] ^= flip;
    assert_eq!(decoders::open(&sealed).is_ok(), flip == 0);
});

//! A PNG frame as a host leaves it: read whole or refused, and what was read is written and read again as it was.
#![no_main]

use cyclorama_render::frame::{decode_png_picture, encode_png_frame, open_png};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = open_png(bytes) else { return };
    let depth = decode_png_picture(bytes).expect("it was read").depth;
    let again = encode_png_frame(&file.image, depth, &file.header).expect("what was read can be written");
    let read = open_png(&again).expect("what was written can be read");
    assert_eq!(read.image.pixels.len(), file.image.pixels.len());
    assert_eq!(read.header.frame, file.header.frame);
});

//! CBOR out: definite lengths, whole numbers as short as they go, all others as 64-bit floats.

use super::{Encoding, Sink, transcode};

pub(super) struct Writer<'o> {
    out: &'o mut Vec<u8>,
}

/// Where a map's head stands, and how many keys it has so far.
#[derive(Clone, Copy)]
pub(super) struct Open {
    at: usize,
    keys: u8,
}

impl<'o> Writer<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out }
    }
}

impl Sink for Writer<'_> {
    type Open = Open;

    fn object(&mut self) -> Open {
        let at = self.out.len();
        self.out.push(0xA0);
        Open { at, keys: 0 }
    }

    fn key(&mut self, open: &mut Open, key: &str) {
        open.keys += 1;
        self.text(key);
    }

    fn end_object(&mut self, open: Open) {
        // No object of the standard has more than 23 keys, so its count fits in the one byte of its head.
        debug_assert!(open.keys < 24);
        self.out[open.at] = 0xA0 | open.keys;
    }

    fn array(&mut self, len: usize) -> Open {
        head(self.out, 4, len as u64);
        Open { at: 0, keys: 0 }
    }

    fn element(&mut self, _: &mut Open) {}

    fn end_array(&mut self, _: Open) {}

    fn number(&mut self, value: f64) {
        number(value, self.out);
    }

    fn integer(&mut self, value: u64) {
        head(self.out, 0, value);
    }

    fn boolean(&mut self, value: bool) {
        self.out.push(0xF4 | u8::from(value));
    }

    fn text(&mut self, value: &str) {
        text(value, self.out);
    }

    fn custom(&mut self, encoding: Encoding, bytes: &[u8]) {
        match encoding {
            Encoding::Json => transcode::json_to_cbor(bytes, self.out),
            Encoding::Cbor => self.out.extend_from_slice(bytes),
        }
    }
}

/// The head of an item, as short as it goes.
pub(super) fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let major = major << 5;
    match argument {
        0..24 => out.push(major | argument as u8),
        24..0x100 => out.extend_from_slice(&[major | 24, argument as u8]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend_from_slice(&(argument as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 26);
            out.extend_from_slice(&(argument as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&argument.to_be_bytes());
        }
    }
}

pub(super) fn number(value: f64, out: &mut Vec<u8>) {
    out.push(0xFB);
    out.extend_from_slice(&value.to_bits().to_be_bytes());
}

pub(super) fn text(value: &str, out: &mut Vec<u8>) {
    head(out, 3, value.len() as u64);
    out.extend_from_slice(value.as_bytes());
}

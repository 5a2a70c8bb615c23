//! JSON out: compact, ASCII control characters escaped, everything else as it is.

use std::io::Write;

use super::{Encoding, Sink, transcode};

pub(super) struct Writer<'o> {
    out: &'o mut Vec<u8>,
}

/// Whether a comma is due.
#[derive(Clone, Copy)]
pub(super) struct Open {
    first: bool,
}

impl<'o> Writer<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out }
    }
}

impl Sink for Writer<'_> {
    type Open = Open;

    fn object(&mut self) -> Open {
        self.out.push(b'{');
        Open { first: true }
    }

    fn key(&mut self, open: &mut Open, key: &str) {
        self.element(open);
        self.text(key);
        self.out.push(b':');
    }

    fn end_object(&mut self, _: Open) {
        self.out.push(b'}');
    }

    fn array(&mut self, _: usize) -> Open {
        self.out.push(b'[');
        Open { first: true }
    }

    fn element(&mut self, open: &mut Open) {
        if !open.first {
            self.out.push(b',');
        }
        open.first = false;
    }

    fn end_array(&mut self, _: Open) {
        self.out.push(b']');
    }

    fn number(&mut self, value: f64) {
        number(value, self.out);
    }

    fn integer(&mut self, value: u64) {
        print(self.out, format_args!("{value}"));
    }

    fn boolean(&mut self, value: bool) {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    fn text(&mut self, value: &str) {
        text(value, self.out);
    }

    fn custom(&mut self, encoding: Encoding, bytes: &[u8]) {
        match encoding {
            Encoding::Json => transcode::compact(bytes, self.out),
            Encoding::Cbor => transcode::cbor_to_json(bytes, self.out),
        }
    }
}

fn print(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to memory does not fail.
    let _ = out.write_fmt(text);
}

/// A quoted string.
pub(super) fn text(value: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut plain = 0;
    for (index, byte) in value.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&value.as_bytes()[plain..index]);
        plain = index + 1;
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            other => print(out, format_args!("\\u{other:04x}")),
        }
    }
    out.extend_from_slice(&value.as_bytes()[plain..]);
    out.push(b'"');
}

/// The shortest digits that read back as `value`, always with a point or an exponent, so that it stays a float.
///
/// Exponents from 1e16 up and below 1e-4, with two digits at least, as Python writes them. What JSON has no number for
/// becomes `null`.
pub(super) fn number(value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        return out.extend_from_slice(b"null");
    }
    // At most 17 digits, a sign, a point and an exponent.
    let mut buffer = [0u8; 32];
    let mut rest = &mut buffer[..];
    let _ = write!(rest, "{value:e}");
    let unused = rest.len();
    let shortest = &buffer[..buffer.len() - unused];
    let at = shortest.iter().position(|&byte| byte == b'e').unwrap_or(shortest.len());
    let exponent = std::str::from_utf8(shortest.get(at + 1..).unwrap_or_default()).unwrap_or_default();
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (sign, mantissa) = shortest[..at].split_at(usize::from(shortest[0] == b'-'));
    out.extend_from_slice(sign);
    if !(-4..16).contains(&exponent) {
        out.extend_from_slice(mantissa);
        return print(out, format_args!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()));
    }
    let digits = || mantissa.iter().copied().filter(|&byte| byte != b'.');
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', (-exponent - 1) as usize));
        return out.extend(digits());
    }
    let whole = exponent as usize + 1;
    out.extend(digits().chain(std::iter::repeat(b'0')).take(whole));
    out.push(b'.');
    let places = out.len();
    out.extend(digits().skip(whole));
    if out.len() == places {
        out.push(b'0');
    }
}

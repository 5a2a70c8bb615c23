//! Free-form values from one encoding to the other.
//!
//! Their shape is not known, so this is the one place that looks at any value. The input has been read once already;
//! what is not well formed after all, and what the other encoding has no value for, becomes null.

use super::{cbor, json};
use crate::protocol::opentrackio::{cbor::half, message::Pools};
use crate::protocol::opentrackio::{
    json::Reader,
    source::{Malformed, Source},
};

const NULL: u8 = 0xF6;

/// JSON without the white space between its values.
pub(super) fn compact(bytes: &[u8], out: &mut Vec<u8>) {
    let (mut quoted, mut escaped) = (false, false);
    for &byte in bytes {
        if quoted || !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
            out.push(byte);
        }
        quoted ^= byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
    }
}

/// A JSON value as CBOR.
pub(super) fn json_to_cbor(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let mut pools = Pools::default();
    let written = Reader::new(bytes).and_then(|mut reader| {
        json_value(&mut reader, &mut pools, out)?;
        reader.finish()
    });
    if written.is_err() {
        out.truncate(start);
        out.push(NULL);
    }
}

fn json_value(reader: &mut Reader<'_>, pools: &mut Pools, out: &mut Vec<u8>) -> Result<(), Malformed> {
    match reader.next_byte() {
        b'{' | b'[' => {
            let map = reader.next_byte() == b'{';
            // The number of entries is known only at the end; the head is put in front then.
            let start = out.len();
            let mut entries = 0;
            let level = if map { reader.object()? } else { reader.array()? };
            let Some(mut level) = level else { return Ok(()) };
            loop {
                let more =
                    if map { reader.text_key(&mut level, pools)? } else { reader.element(&mut level)? };
                if !more {
                    break;
                }
                if map {
                    cbor::text(&pools.text, out);
                }
                json_value(reader, pools, out)?;
                entries += 1;
            }
            let body = out.len();
            cbor::head(out, if map { 5 } else { 4 }, entries);
            out[start..].rotate_left(body - start);
        }
        b'"' => {
            pools.text.clear();
            reader.text(pools)?;
            cbor::text(&pools.text, out);
        }
        b't' | b'f' => out.push(0xF4 | u8::from(reader.boolean()? == Some(true))),
        b'n' => {
            reader.skip()?;
            out.push(NULL);
        }
        _ => match reader.any_number()? {
            (_, Some(integer)) if integer >= 0 => cbor::head(out, 0, integer as u64),
            (_, Some(integer)) => cbor::head(out, 1, !integer as u64),
            (value, None) => cbor::number(value, out),
        },
    }
    Ok(())
}

/// A CBOR value as JSON.
pub(super) fn cbor_to_json(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let mut rest = bytes;
    if cbor_value(&mut rest, out, 128).is_none() {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}

/// The head of the next item: its major type, its short argument (31 leaves the length open) and its argument.
fn head(rest: &mut &[u8]) -> Option<(u8, u8, u64)> {
    let first = *rest.split_off_first()?;
    let info = first & 31;
    let argument = match info {
        0..24 => u64::from(info),
        24..28 => {
            let bytes = rest.split_off(..1 << (info - 24))?;
            bytes.iter().fold(0, |argument, &byte| argument << 8 | u64::from(byte))
        }
        31 => 0,
        _ => return None,
    };
    Some((first >> 5, info, argument))
}

fn cbor_value(rest: &mut &[u8], out: &mut Vec<u8>, depth: u32) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    let (major, info, argument) = head(rest)?;
    match major {
        0 => out.extend_from_slice(argument.to_string().as_bytes()),
        1 => out.extend_from_slice((-1 - i128::from(argument)).to_string().as_bytes()),
        2 => {
            pieces(rest, info, argument)?;
            out.extend_from_slice(b"null");
        }
        3 => {
            let bytes = pieces(rest, info, argument)?;
            json::text(&String::from_utf8_lossy(&bytes), out);
        }
        4 | 5 => {
            out.push(if major == 4 { b'[' } else { b'{' });
            let mut index = 0;
            while if info == 31 { rest.first()? != &0xFF } else { index < argument } {
                if index > 0 {
                    out.push(b',');
                }
                if major == 5 {
                    key(rest, out, depth)?;
                }
                cbor_value(rest, out, depth)?;
                index += 1;
            }
            if info == 31 {
                rest.split_off_first()?;
            }
            out.push(if major == 4 { b']' } else { b'}' });
        }
        6 => cbor_value(rest, out, depth)?,
        _ => match info {
            20 => out.extend_from_slice(b"false"),
            21 => out.extend_from_slice(b"true"),
            25 => json::number(half(argument as u16), out),
            26 => json::number(f32::from_bits(argument as u32).into(), out),
            27 => json::number(f64::from_bits(argument), out),
            31 => return None,
            _ => out.extend_from_slice(b"null"),
        },
    }
    Some(())
}

/// A key; one that is no text is written as the text of its JSON.
fn key(rest: &mut &[u8], out: &mut Vec<u8>, depth: u32) -> Option<()> {
    let mut written = Vec::new();
    cbor_value(rest, &mut written, depth)?;
    if written.first() == Some(&b'"') {
        out.extend_from_slice(&written);
    } else {
        json::text(&String::from_utf8_lossy(&written), out);
    }
    out.push(b':');
    Some(())
}

fn pieces(rest: &mut &[u8], info: u8, argument: u64) -> Option<Vec<u8>> {
    if info != 31 {
        return Some(rest.split_off(..usize::try_from(argument).ok()?)?.to_vec());
    }
    let mut bytes = Vec::new();
    while rest.first()? != &0xFF {
        let (_, info, argument) = head(rest)?;
        let len = usize::try_from(argument).ok().filter(|_| info != 31)?;
        bytes.extend_from_slice(rest.split_off(..len)?);
    }
    rest.split_off_first()?;
    Some(bytes)
}

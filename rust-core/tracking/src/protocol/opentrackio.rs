//! SMPTE OpenTrackIO 1.0.1 (and 0.9.3) over UDP: packets, JSON and CBOR payloads, both ways.
//!
//! [`Message`] is the sample as typed values. Nothing here opens a socket or reads a clock.

use std::ops::Range;

mod cbor;
pub(crate) mod convert;
pub mod export;
mod fletcher;
mod json;
pub mod message;
pub mod packet;
pub(crate) mod reassembly;
mod schema;
mod source;
mod write;

pub use message::{Encoding, Message};
pub use packet::{ChecksumMode, Packet, PacketError};
pub use source::Malformed;
pub use write::encode;

/// Reads one payload into `message`, whose earlier content is dropped and whose memory is used again.
///
/// Unknown keys are passed over; wrong fields are dropped and counted in [`Message::notes`].
///
/// # Errors
/// [`Malformed`] when the payload is not well formed or no object; `message` is then empty.
pub fn decode(encoding: Encoding, payload: &[u8], message: &mut Message) -> Result<(), Malformed> {
    message.clear();
    let read = match encoding {
        Encoding::Json => decode_json(payload, message),
        Encoding::Cbor => decode_cbor(payload, message),
    };
    if read.is_err() {
        message.clear();
    }
    read
}

fn decode_json(payload: &[u8], message: &mut Message) -> Result<(), Malformed> {
    let mut reader = json::Reader::new(payload)?;
    schema::message(&mut reader, message)?.ok_or(Malformed { what: "a value that is no object", at: 0 })?;
    reader.finish()
}

fn decode_cbor(payload: &[u8], message: &mut Message) -> Result<(), Malformed> {
    let mut reader = cbor::Reader::new(payload);
    schema::message(&mut reader, message)?.ok_or(Malformed { what: "a value that is no map", at: 0 })?;
    reader.finish()
}

/// How a payload without a packet around it is written, by its first byte.
pub(crate) fn bare_encoding(bytes: &[u8]) -> Option<Encoding> {
    match bytes.trim_ascii_start().first()? {
        b'{' => Some(Encoding::Json),
        _ if matches!(bytes.first()?, 0xA0..=0xBF) => Some(Encoding::Cbor),
        _ => None,
    }
}

/// Cuts a recording into datagrams: packets one after another, each perhaps after its length as a big-endian `u16`,
/// JSON samples line by line, or one bare payload. What cannot be read stays one range, to be refused and counted.
pub fn split(recording: &[u8]) -> Vec<Range<usize>> {
    if bare_encoding(recording) == Some(Encoding::Json) {
        return lines(recording).unwrap_or_else(|| std::iter::once(0..recording.len()).collect());
    }
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < recording.len() {
        let rest = &recording[at..];
        let (start, len) = match (packet::claimed_len(rest), rest.get(2..).and_then(packet::claimed_len)) {
            (Some(len), _) => (at, len),
            (None, Some(len)) => (at + 2, len),
            (None, None) => {
                // Up to the next packet, if there is one.
                let found =
                    rest.windows(packet::MAGIC.len()).skip(1).position(|window| window == packet::MAGIC);
                (at, found.map_or(rest.len(), |distance| distance + 1))
            }
        };
        ranges.push(start..start + len);
        at = start + len;
    }
    ranges
}

/// JSON samples one a line; `None` when the lines are parts of one sample.
fn lines(recording: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    for line in recording.split_inclusive(|&byte| byte == b'\n') {
        let range = at..at + line.len();
        at = range.end;
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if !(line.starts_with(b"{") && line.ends_with(b"}")) {
            return None;
        }
        ranges.push(range);
    }
    Some(ranges)
}

#[cfg(test)]
mod tests;

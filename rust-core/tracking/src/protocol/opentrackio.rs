//! SMPTE OpenTrackIO 1.0.1 (and 0.9.3) over UDP: packets, JSON and CBOR payloads, both ways.
//!
//! [`Message`] is the sample as typed values. Nothing here opens a socket or reads a clock.

mod cbor;
mod fletcher;
mod json;
pub mod message;
pub mod packet;
mod schema;
mod source;

pub use message::{Encoding, Message};
pub use packet::{ChecksumMode, Packet, PacketError};
pub use source::Malformed;

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

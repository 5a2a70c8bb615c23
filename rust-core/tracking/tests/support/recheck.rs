//! Whether what a decoder accepted may be accepted: plain code that shares nothing with the decoders.

use cyclorama_tracking::{Protocol, Sample};

/// Panics when more messages were accepted than `packet` can hold, or a sample says what no sound message says.
pub(crate) fn check(protocol: Protocol, packet: &[u8], accepted: u64, samples: &[Sample]) {
    for pose in samples.iter().filter_map(|sample| sample.pose) {
        assert!(pose.position.is_finite() && pose.rotation.is_finite() && pose.rotation.is_normalized());
    }
    let sound: Vec<usize> = match protocol {
        Protocol::FreeD => starts(packet, freed_length),
        Protocol::F4 => starts(packet, f4_length),
        Protocol::Psn => starts(packet, psn_length),
        Protocol::OpenTrackIO if packet.starts_with(b"OTrk") => {
            opentrackio_payload(packet).map(|_| 0).into_iter().collect()
        }
        // A bare payload has no checksum; it must be one whole document at least.
        Protocol::OpenTrackIO => is_document(packet).then_some(0).into_iter().collect(),
    };
    assert!(accepted <= sound.len() as u64, "{accepted} accepted, {} sound", sound.len());
    if protocol == Protocol::FreeD {
        for sample in samples {
            let position = sample.pose.expect("every D1 has a pose").position.to_array();
            let same = |at: &usize| freed_position(&packet[*at..]) == position;
            assert!(sound.iter().any(same), "a sample from nowhere: {position:?}");
        }
    }
    if protocol != Protocol::Psn {
        assert_eq!(samples.len() as u64, accepted);
    }
}

/// Makes a packet's checksum fit, when it is long enough to have one.
pub(crate) fn repair(protocol: Protocol) -> fn(&mut [u8]) {
    match protocol {
        Protocol::FreeD => |packet| {
            if packet.len() >= 29 {
                packet[28] = 0x40u8.wrapping_sub(sum(&packet[..28]));
            }
        },
        Protocol::F4 => |packet| {
            if packet.len() >= 5 {
                let end = 5 * usize::from(packet[2]) + 4;
                if end < packet.len() {
                    packet[end] = 0x40u8.wrapping_sub(sum(&packet[..end]));
                }
            }
        },
        Protocol::Psn => |_| {},
        Protocol::OpenTrackIO => |packet| {
            if packet.len() >= 16 {
                let length = ((packet.len() - 16) as u16 & 0x7FFF) | (u16::from(packet[12]) << 8 & 0x8000);
                packet[12..14].copy_from_slice(&length.to_be_bytes());
                let sums = fletcher(packet);
                packet[14..16].copy_from_slice(&sums);
            }
        },
    }
}

fn sum(bytes: &[u8]) -> u8 {
    let mut sum = 0u32;
    for byte in bytes {
        sum += u32::from(*byte);
    }
    (sum % 256) as u8
}

/// Every place in `packet` where a sound message starts.
fn starts(packet: &[u8], length: impl Fn(&[u8]) -> Option<usize>) -> Vec<usize> {
    (0..packet.len()).filter(|at| length(&packet[*at..]).is_some()).collect()
}

fn freed_length(bytes: &[u8]) -> Option<usize> {
    (bytes.len() >= 29 && bytes[0] == 0xD1 && sum(&bytes[..29]) == 0x40).then_some(29)
}

fn freed_position(bytes: &[u8]) -> [f64; 3] {
    [11, 14, 17].map(|at| {
        let unsigned =
            i32::from(bytes[at]) * 65536 + i32::from(bytes[at + 1]) * 256 + i32::from(bytes[at + 2]);
        let signed = if unsigned >= 1 << 23 { unsigned - (1 << 24) } else { unsigned };
        f64::from(signed) / 64.0 / 1000.0
    })
}

fn f4_length(bytes: &[u8]) -> Option<usize> {
    if bytes.len() < 5 || bytes[0] != 0xF4 {
        return None;
    }
    let length = 5 * usize::from(bytes[2]) + 5;
    (bytes.len() >= length && sum(&bytes[..length]) == 0x40).then_some(length)
}

fn psn_length(bytes: &[u8]) -> Option<usize> {
    let id = u16::from_le_bytes([*bytes.first()?, *bytes.get(1)?]);
    if id != 0x6755 && id != 0x6756 {
        return None;
    }
    let &[(_, nested, data)] = psn_chunks(bytes.get(..4 + psn_data_len(bytes)?)?)?.as_slice() else {
        return None;
    };
    if !nested {
        return None;
    }
    let parts = psn_chunks(data)?;
    let header = parts.iter().filter(|part| part.0 == 0).all(|part| part.2.len() >= 12);
    let list = if id == 0x6755 { 1 } else { 2 };
    for part in parts.iter().filter(|part| part.0 == list) {
        for tracker in psn_chunks(part.2)? {
            psn_chunks(tracker.2)?;
        }
    }
    (header && parts.iter().any(|part| part.0 == 0)).then_some(4 + data.len())
}

fn psn_data_len(bytes: &[u8]) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes([*bytes.get(2)?, *bytes.get(3)?]) % 0x8000))
}

/// Id, "is nested" and data of each chunk, if they fill `bytes` to the end.
fn psn_chunks(bytes: &[u8]) -> Option<Vec<(u16, bool, &[u8])>> {
    let mut chunks = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let head = bytes.get(at..at + 4)?;
        let data = bytes.get(at + 4..at + 4 + psn_data_len(head)?)?;
        chunks.push((u16::from_le_bytes([head[0], head[1]]), head[3] >= 0x80, data));
        at += 4 + data.len();
    }
    Some(chunks)
}

/// The payload of a framed packet whose Fletcher sum fits.
fn opentrackio_payload(packet: &[u8]) -> Option<&[u8]> {
    if packet.len() < 16 || &packet[..4] != b"OTrk" {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([packet[12], packet[13]]) & 0x7FFF);
    let packet = packet.get(..16 + length)?;
    (fletcher(packet) == packet[14..16]).then_some(&packet[16..])
}

/// Whether `bytes` are one JSON object or one CBOR map, with nothing after it but white space.
fn is_document(bytes: &[u8]) -> bool {
    let json = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(bytes).is_ok();
    json || bytes.first().is_some_and(|first| first >> 5 == 5) && cbor_end(bytes, 0) == Some(bytes.len())
}

/// Where the CBOR item at the start of `bytes` ends.
fn cbor_end(bytes: &[u8], depth: usize) -> Option<usize> {
    let first = *bytes.first()?;
    let (major, short) = (first >> 5, first & 31);
    let width = match short {
        0..=23 => 0,
        24..=27 => 1 << (short - 24),
        31 if (2..=5).contains(&major) => return cbor_indefinite_end(bytes, major, depth),
        _ => return None,
    };
    let argument = bytes.get(1..1 + width)?.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let argument = if width == 0 { u64::from(short) } else { argument };
    let mut at = 1 + width;
    let items = match major {
        2 | 3 => {
            at = at.checked_add(usize::try_from(argument).ok()?)?;
            return (at <= bytes.len()).then_some(at);
        }
        4 => argument,
        5 => argument.checked_mul(2)?,
        6 => 1,
        _ => 0,
    };
    if depth > 200 {
        return None;
    }
    for _ in 0..items {
        at += cbor_end(bytes.get(at..)?, depth + 1)?;
    }
    Some(at)
}

fn cbor_indefinite_end(bytes: &[u8], major: u8, depth: usize) -> Option<usize> {
    let (mut at, mut items) = (1, 0);
    while *bytes.get(at)? != 0xFF {
        at += cbor_end(&bytes[at..], depth + 1)?;
        items += 1;
    }
    (depth <= 200 && (major != 5 || items % 2 == 0)).then_some(at + 1)
}

/// Fletcher-16 modulo 256 over all but its own place, one byte after the other.
fn fletcher(packet: &[u8]) -> [u8; 2] {
    let (mut first, mut second) = (0u8, 0u8);
    for byte in packet[..14].iter().chain(&packet[16..]) {
        first = first.wrapping_add(*byte);
        second = second.wrapping_add(first);
    }
    [second, first]
}

//! OpenTrackIO packets, each with new content, do not touch the allocator once their stream is known.

use std::net::SocketAddr;

use cyclorama_time::StageTime;
use cyclorama_tracking::{
    DecodeOptions, Decoder, Protocol, Sample,
    protocol::opentrackio::{Encoding, Message, decode, encode, packet::Packetizer},
};

#[expect(dead_code, reason = "how much memory is kept is another test's concern")]
#[path = "support/counting.rs"]
mod counting;

macro_rules! data {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/opentrackio/", $name))
            .as_slice()
    };
}

const PAYLOADS: [(Encoding, &[u8]); 8] = [
    (Encoding::Json, data!("recommended_dynamic.min.json")),
    (Encoding::Json, data!("recommended_static.min.json")),
    (Encoding::Json, data!("complete_dynamic.min.json")),
    (Encoding::Json, data!("complete_static.min.json")),
    (Encoding::Cbor, data!("recommended_dynamic.cbor")),
    (Encoding::Cbor, data!("recommended_static.cbor")),
    (Encoding::Cbor, data!("complete_dynamic.cbor")),
    (Encoding::Cbor, data!("complete_static.cbor")),
];

fn allocations(work: impl FnOnce()) -> u64 {
    let before = counting::calls();
    work();
    counting::calls() - before
}

#[test]
fn decoding_and_encoding_payloads_allocates_nothing_after_the_first() {
    let escaped = br#"{"tracker":{"slate":"\u00e9\n\ud83c\udfa5 \"A\""},"lens":{"custom":[1e-30,12345678901234567890]}}"#;
    let mut message = Message::default();
    let mut out = Vec::new();
    let mut once = || {
        for (encoding, payload) in PAYLOADS.into_iter().chain([(Encoding::Json, escaped.as_slice())]) {
            assert!(decode(encoding, payload, &mut message).is_ok());
            out.clear();
            encode(&message, encoding, &mut out);
        }
    };
    once();
    assert_eq!(allocations(once), 0);
}

/// The packets of 64 samples, whole or in segments, from two senders; every packet differs from every other.
fn packets(longest: usize) -> Vec<(SocketAddr, Vec<u8>)> {
    let mut packets = Vec::new();
    for (sender, encoding) in [(1u16, Encoding::Json), (2, Encoding::Cbor)] {
        let mut packetizer = Packetizer::new(longest, 65_500);
        let source = SocketAddr::from(([127, 0, 0, 1], sender));
        for index in 0..64 {
            let (_, payload) = PAYLOADS
                .into_iter()
                .filter(|(own, _)| *own == encoding)
                .nth(index % 4)
                .expect("there are four of each");
            packetizer.packets(encoding, payload, &mut Vec::new(), |packet| {
                packets.push((source, packet.to_vec()));
            });
        }
    }
    packets
}

#[test]
fn decoding_a_known_stream_of_new_packets_allocates_nothing() {
    for longest in [32_000, 700] {
        let packets = packets(longest);
        let (warm_up, rest) = packets.split_at(packets.len() * 3 / 4);
        let mut decoder = Decoder::new(Protocol::OpenTrackIO, DecodeOptions::default());
        let mut samples: Vec<Sample> = Vec::with_capacity(4);
        let mut count = 0;
        let mut give = |packets: &[(SocketAddr, Vec<u8>)]| {
            for (source, packet) in packets {
                samples.clear();
                decoder.datagram(StageTime::default(), Some(*source), packet, &mut samples);
                count += samples.len();
            }
        };
        give(warm_up);
        assert_eq!(allocations(|| give(rest)), 0, "packets of {longest} bytes");
        assert_eq!(count, 128);
        assert_eq!(decoder.summary().rejected_total(), 0);
    }
}

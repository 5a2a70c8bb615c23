//! OpenTrackIO: a packet with its checksum into a message, against typed borrowed serde parses without a checksum.

mod peer;

use std::hint::black_box;

use cyclorama_tracking::protocol::opentrackio::{
    ChecksumMode, Encoding, Message, Packet, decode, packet::Packetizer,
};

use crate::measure::Figure;

macro_rules! data {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/opentrackio/", $name))
            .as_slice()
    };
}

/// SMPTE's examples, as JSON and CBOR.
const EXAMPLES: [(&str, &[u8], &[u8]); 4] = [
    ("recommended", data!("recommended_dynamic.min.json"), data!("recommended_dynamic.cbor")),
    ("recommended+static", data!("recommended_static.min.json"), data!("recommended_static.cbor")),
    ("complete", data!("complete_dynamic.min.json"), data!("complete_dynamic.cbor")),
    ("complete+static", data!("complete_static.min.json"), data!("complete_static.cbor")),
];

pub(crate) fn figures() -> impl Iterator<Item = Vec<Figure<'static>>> {
    EXAMPLES.into_iter().map(|(name, json, cbor)| {
        let serde_json = format!("opentrackio/{name}/serde-json-typed-without-checksum");
        let cbor4ii = format!("opentrackio/{name}/cbor4ii-typed-without-checksum");
        let (json_packet, cbor_packet) = (packet(Encoding::Json, json), packet(Encoding::Cbor, cbor));
        vec![
            Figure::new(serde_json.clone(), None, move || {
                serde_json::from_slice(black_box(json)).as_ref().is_ok_and(peer::Sample::looked_at)
            }),
            Figure::new(cbor4ii.clone(), None, move || {
                cbor4ii::serde::from_slice(black_box(cbor)).as_ref().is_ok_and(peer::Sample::looked_at)
            }),
            ours(format!("opentrackio/{name}/json-with-checksum"), &serde_json, json_packet),
            ours(format!("opentrackio/{name}/cbor-with-checksum"), &cbor4ii, cbor_packet.clone()),
            ours(format!("opentrackio/{name}/cbor-with-checksum-against-json"), &serde_json, cbor_packet),
        ]
    })
}

fn packet(encoding: Encoding, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    Packetizer::new(65_000, 7).packets(encoding, payload, &mut Vec::new(), |bytes| packet = bytes.to_vec());
    packet
}

fn ours(name: String, baseline: &str, packet: Vec<u8>) -> Figure<'static> {
    let mut message = Message::default();
    Figure::new(name, Some(baseline), move || {
        let packet = Packet::decode(black_box(&packet), ChecksumMode::Strict);
        packet.is_ok_and(|packet| decode(packet.encoding, packet.payload, &mut message).is_ok())
            && message.transforms.len() == black_box(message.transforms.len())
    })
}

//! FreeD, F4 and PosiStageNet: the wire alone (checksum or nesting checked, every field read), and the whole way
//! from a datagram to samples in stage units.

use std::hint::black_box;

use cyclorama_time::StageTime;
use cyclorama_tracking::{
    DecodeOptions, Decoder, Protocol,
    protocol::{f4, freed, psn},
};

use crate::{corpus, measure::Figure};

/// Figures of the binary protocols, over recorded packets taken in turns.
pub(crate) fn figures() -> Vec<Vec<Figure<'static>>> {
    let psn_of = |trackers: usize| {
        let data = |packet: &Vec<u8>| match psn::Packet::decode(packet) {
            Ok((psn::Packet::Data(data), _)) => data.trackers().count() == trackers,
            _ => false,
        };
        corpus::packets(Protocol::Psn).into_iter().filter(data).collect::<Vec<_>>()
    };
    let wire = vec![
        each("freed/wire", corpus::packets(Protocol::FreeD), |bytes| freed::Packet::decode(bytes).is_ok()),
        each("f4/wire-20-axes", corpus::packets(Protocol::F4), |bytes| {
            f4::Packet::decode(bytes).is_ok_and(|packet| packet.axes().map(black_box).count() > 0)
        }),
        each("psn/wire-1-tracker", psn_of(1), psn_wire),
        each("psn/wire-8-trackers", psn_of(8), psn_wire),
    ];
    let samples = vec![
        decoded("freed/samples", Protocol::FreeD, corpus::packets(Protocol::FreeD)),
        decoded("f4/samples-20-axes", Protocol::F4, corpus::packets(Protocol::F4)),
        decoded("psn/samples-1-tracker", Protocol::Psn, psn_of(1)),
        decoded("psn/samples-8-trackers", Protocol::Psn, psn_of(8)),
    ];
    vec![wire, samples]
}

fn psn_wire(bytes: &[u8]) -> bool {
    match psn::Packet::decode(bytes) {
        Ok((psn::Packet::Data(data), _)) => data.trackers().map(black_box).count() > 0,
        _ => false,
    }
}

/// One operation is one packet.
fn each(name: &str, packets: Vec<Vec<u8>>, decode: impl Fn(&[u8]) -> bool + 'static) -> Figure<'static> {
    let mut next = 0;
    Figure::new(name, None, move || {
        next = if next + 1 < packets.len() { next + 1 } else { 0 };
        decode(black_box(&packets[next]))
    })
}

fn decoded(name: &str, protocol: Protocol, packets: Vec<Vec<u8>>) -> Figure<'static> {
    // PosiStageNet drops a packet that repeats: its time is changed each time round.
    let mut decoder = Decoder::new(protocol, DecodeOptions::default());
    let mut packets = packets;
    let (mut samples, mut next) = (Vec::with_capacity(16), 0);
    Figure::new(name, None, move || {
        next = if next + 1 < packets.len() { next + 1 } else { 0 };
        if protocol == Protocol::Psn {
            packets[next][8] = packets[next][8].wrapping_add(1);
        }
        samples.clear();
        decoder.datagram(StageTime::default(), None, black_box(&packets[next]), &mut samples);
        samples.len()
    })
}

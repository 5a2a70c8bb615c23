//! Decoding does not touch the allocator, once a stream is known.

use cyclorama_time::StageTime;
use cyclorama_tracking::{
    DecodeOptions, Decoder, Protocol, Sample,
    decoder::PsnOptions,
    protocol::{f4, freed, psn},
};

#[path = "support/corpus.rs"]
mod corpus;
#[expect(dead_code, reason = "how much memory is kept is another test's concern")]
#[path = "support/counting.rs"]
mod counting;

/// How often `work` calls the allocator.
fn allocations(work: impl FnOnce()) -> u64 {
    let before = counting::calls();
    work();
    counting::calls() - before
}

#[test]
fn the_counter_counts() {
    assert!(allocations(|| drop(std::hint::black_box(Box::new(1)))) > 0);
}

#[test]
fn reading_the_wire_allocates_nothing() {
    let packets = corpus::packets(Protocol::FreeD);
    let freed = allocations(|| {
        assert!(packets.iter().all(|packet| freed::Packet::decode(packet).is_ok()));
    });
    let packets = corpus::packets(Protocol::F4);
    let f4 = allocations(|| {
        assert!(
            packets
                .iter()
                .all(|bytes| f4::Packet::decode(bytes).is_ok_and(|packet| packet.axes().count() > 0))
        );
    });
    let packets = corpus::packets(Protocol::Psn);
    let psn = allocations(|| {
        assert!(packets.iter().all(|bytes| match psn::Packet::decode(bytes) {
            Ok((psn::Packet::Data(data), _)) => data.trackers().count() > 0,
            Ok((psn::Packet::Info(info), _)) => info.names().count() > 0,
            Err(_) => false,
        }));
    });
    assert_eq!((freed, f4, psn), (0, 0, 0));
}

#[test]
fn decoding_a_known_stream_allocates_nothing() {
    for protocol in Protocol::ALL {
        for whole_frames in [false, true] {
            let psn = PsnOptions { whole_frames, ..PsnOptions::default() };
            let mut decoder = Decoder::new(protocol, DecodeOptions { psn, ..DecodeOptions::default() });
            let packets = corpus::packets(protocol);
            let mut samples: Vec<Sample> = Vec::with_capacity(64);
            let mut once = || {
                for packet in &packets {
                    samples.clear();
                    decoder.datagram(StageTime::default(), None, packet, &mut samples);
                }
            };
            once();
            once();
            assert_eq!(allocations(once), 0, "{protocol}");
        }
    }
}

use proptest::prelude::*;

use super::*;
use crate::protocol::opentrackio::{ChecksumMode, packet::Packetizer};

fn at(millis: i64) -> StageTime {
    StageTime::from_nanos(millis * 1_000_000)
}

fn sender(port: u16) -> Option<SocketAddr> {
    Some(SocketAddr::from(([10, 0, 0, 1], port)))
}

/// The payload cut into packets, numbered per segment, or all with the first number.
fn cut(payload: &[u8], size: usize, sequence: u16, per_sample: bool) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    let longest = super::super::packet::HEADER_LEN + size;
    Packetizer::new(longest, sequence).packets(Encoding::Json, payload, &mut Vec::new(), |bytes| {
        let packet = Packet::decode(bytes, ChecksumMode::Strict).unwrap();
        let sequence = if per_sample { sequence } else { packet.sequence };
        let mut renumbered = Vec::new();
        Packet { sequence, ..packet }.encode(&mut renumbered);
        packets.push(renumbered);
    });
    packets
}

fn give(
    reassembly: &mut Reassembly,
    now: StageTime,
    source: Option<SocketAddr>,
    bytes: &[u8],
) -> Option<Vec<u8>> {
    let packet = Packet::decode(bytes, ChecksumMode::Strict).unwrap();
    reassembly.segment(now, source, &packet).map(<[u8]>::to_vec)
}

proptest! {
    #[test]
    fn segments_in_any_order_make_the_payload_once(
        payload in proptest::collection::vec(any::<u8>(), 20..3000),
        size in 10..700usize,
        sequence in prop_oneof![any::<u16>(), 65_500u16..],
        per_sample in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut packets = cut(&payload, size.max(payload.len() / 100), sequence, per_sample);
        prop_assume!(packets.len() > 1);
        let mut state = seed | 1;
        for index in (1..packets.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            packets.swap(index, (state >> 33) as usize % (index + 1));
        }
        let mut reassembly = Reassembly::default();
        let mut whole = Vec::new();
        for packet in &packets {
            whole.extend(give(&mut reassembly, at(0), sender(1), packet));
        }
        prop_assert_eq!(whole, vec![payload]);
        prop_assert_eq!(reassembly.take_dropped(), 0);
    }
}

#[test]
fn the_sequence_wraps_without_losing_a_sample() {
    for per_sample in [false, true] {
        let mut reassembly = Reassembly::default();
        let mut sequence: u16 = 65_520;
        for sample in 0..20 {
            let payload = vec![sample; 250];
            let packets = cut(&payload, 100, sequence, per_sample);
            let whole: Vec<_> = packets
                .iter()
                .filter_map(|packet| give(&mut reassembly, at(40 * i64::from(sample)), None, packet))
                .collect();
            assert_eq!(whole, [payload]);
            sequence = sequence.wrapping_add(if per_sample { 1 } else { packets.len() as u16 });
        }
    }
}

#[test]
fn an_incomplete_payload_is_dropped_whole_and_counted() {
    let mut reassembly = Reassembly::default();
    let lost = cut(&[1; 300], 100, 10, false);
    assert_eq!(give(&mut reassembly, at(0), None, &lost[0]), None);
    assert_eq!(give(&mut reassembly, at(0), None, &lost[2]), None);
    let next = cut(&[2; 300], 100, 13, false);
    let whole: Vec<_> =
        next.iter().filter_map(|packet| give(&mut reassembly, at(600), None, packet)).collect();
    assert_eq!(whole, [vec![2; 300]]);
    assert_eq!(reassembly.take_dropped(), 2);
}

#[test]
fn streams_of_one_sender_and_of_several_do_not_mix() {
    let mut reassembly = Reassembly::default();
    let (a, b, c) =
        (cut(&[1; 300], 100, 7, false), cut(&[2; 300], 100, 900, false), cut(&[3; 300], 100, 7, false));
    let mut whole = Vec::new();
    for index in 0..3 {
        whole.extend(give(&mut reassembly, at(0), sender(1), &a[index]));
        whole.extend(give(&mut reassembly, at(0), sender(1), &b[index]));
        whole.extend(give(&mut reassembly, at(0), sender(2), &c[index]));
    }
    assert_eq!(whole, [vec![1; 300], vec![2; 300], vec![3; 300]]);
}

#[test]
fn two_payloads_with_the_same_numbers_are_dropped_rather_than_torn() {
    let mut reassembly = Reassembly::default();
    let (a, b) = (cut(&[1; 300], 100, 7, false), cut(&[2; 300], 100, 7, false));
    for index in 0..3 {
        for packet in [&a[index], &b[index]] {
            if let Some(whole) = give(&mut reassembly, at(0), None, packet) {
                assert!(whole == [1; 300] || whole == [2; 300], "torn");
            }
        }
    }
    assert!(reassembly.take_dropped() > 0);
}

#[test]
fn samples_numbered_per_sample_are_never_chained_across_a_loss() {
    let mut reassembly = Reassembly::default();
    let first = cut(&[1; 200], 100, 5, true);
    assert!(first.iter().filter_map(|packet| give(&mut reassembly, at(0), None, packet)).count() == 1);
    // The second half of sample 6 is lost, and that of sample 7 comes before its first half.
    let (sixth, seventh) = (cut(&[2; 200], 100, 6, true), cut(&[3; 200], 100, 7, true));
    assert_eq!(give(&mut reassembly, at(10), None, &sixth[0]), None);
    assert_eq!(give(&mut reassembly, at(20), None, &seventh[1]), None);
    assert_eq!(give(&mut reassembly, at(20), None, &seventh[0]), Some(vec![3; 200]));
}

#[test]
fn a_sender_that_changes_its_numbering_is_understood_again() {
    let mut reassembly = Reassembly::default();
    for (start, per_sample) in [(0, false), (2000, true), (4000, false)] {
        let whole: usize = (0..40)
            .map(|index| {
                let packets = cut(&[index as u8; 200], 100, 100 + 2 * index as u16, per_sample);
                let now = at(start + 40 * index);
                packets.iter().filter(|packet| give(&mut reassembly, now, None, packet).is_some()).count()
            })
            .sum();
        assert!(whole > 20, "{whole} of 40 after {start} ms");
    }
}

#[test]
fn whatever_arrives_the_memory_is_bounded() {
    let mut reassembly = Reassembly::default();
    let payload = vec![0; 30_000];
    for index in 0..2000u32 {
        let packet = Packet {
            encoding: Encoding::Json,
            sequence: index as u16,
            offset: 1 + index,
            last: false,
            payload: &payload,
            tolerated: false,
        };
        assert!(reassembly.segment(at(0), sender(index as u16), &packet).is_none());
    }
    assert!(reassembly.waiting.len() <= MOST_SEGMENTS);
    assert!(reassembly.waiting.iter().map(|waiting| waiting.bytes.len()).sum::<usize>() <= MOST_BYTES);
    assert_eq!(reassembly.take_dropped() as usize + reassembly.waiting.len(), 2000);
}

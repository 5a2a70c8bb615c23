//! Mutated packets at every parser: no panic, no corrupt sample accepted, memory bounded.
//!
//! Each round takes a real packet and changes it: bits, bytes, runs, length, two packets spliced. In half of the
//! rounds the checksum is repaired, else nothing would reach the code behind it. `scripts/test` asks for a
//! million rounds per protocol with `CYCLORAMA_MUTATIONS`; a plain run does twenty thousand.

use std::fs;

use cyclorama_space::Pose;
use cyclorama_tests::{data, setting};
use cyclorama_time::StageTime;
use cyclorama_tracking::decoder::{DecodeOptions, Decoder, split};
use cyclorama_tracking::{Protocol, Sample};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};

/// What the process may grow by while it reads mutated packets, bytes.
const MAY_GROW: u64 = 64 * 1024 * 1024;

#[test]
fn mutated_f4_packets_do_no_harm() {
    mutate(Protocol::F4, &["mosys_f4/dev_first600.f4"], repair_radamec);
}

#[test]
fn mutated_freed_packets_do_no_harm() {
    mutate(
        Protocol::FreeD,
        &["freed/derived_from_mosys_f4_first600.freed", "freed/jwetzell_free-d_unit.freed"],
        repair_radamec,
    );
}

#[test]
fn mutated_opentrackio_packets_do_no_harm() {
    let files = [
        "opentrackio/recommended_dynamic.json.otrk",
        "opentrackio/recommended_static.cbor.otrk",
        "opentrackio/complete_static.json.seg3.otrk",
        "opentrackio/complete_dynamic.cbor.otrk",
    ];
    mutate(Protocol::OpenTrackIO, &files, repair_fletcher);
}

#[test]
fn mutated_posistagenet_packets_do_no_harm() {
    let files = ["psn/vyv_8trackers_data_0.psn", "psn/vyv_8trackers_info_0.psn", "psn/jwetzell_decode_1_data.psn"];
    mutate(Protocol::Psn, &files, |_| {});
}

/// Runs the rounds of one protocol; `repair` makes a changed packet's checksum right again.
fn mutate(protocol: Protocol, files: &[&str], repair: fn(&mut [u8])) {
    let rounds: u64 = setting("CYCLORAMA_MUTATIONS").map_or(20_000, |value| value.parse().expect("a count"));
    let packets = packets(protocol, files);
    let mut random = SmallRng::seed_from_u64(0x6d75_7461);
    let mut decoder = Decoder::new(protocol, DecodeOptions::default());
    let mut samples = Vec::new();
    let mut packet = Vec::new();
    let before = resident();
    for round in 0..rounds {
        let chosen = &packets[random.random_range(0..packets.len())];
        packet.clear();
        packet.extend_from_slice(chosen);
        change(&mut packet, &packets, &mut random);
        if random.random_bool(0.5) {
            repair(&mut packet);
        }
        samples.clear();
        let accepted = decoder.summary().accepted;
        decoder.datagram(StageTime::from_nanos(round as i64), None, &packet, &mut samples);
        let accepted = decoder.summary().accepted - accepted;
        assert!(accepted <= sound_messages(protocol, &packet), "{protocol:?}: damaged and accepted: {packet:02x?}");
        for sample in &samples {
            assert!(sound(sample), "{protocol:?}: {packet:02x?} gave {sample:?}");
        }
        if round % 4096 == 0 {
            // A stream that lives through many faults must not forget how to count.
            let grown = resident().saturating_sub(before);
            assert!(grown < MAY_GROW, "{protocol:?}: grew by {grown} bytes in {round} rounds");
        }
    }
    let summary = decoder.summary();
    assert!(summary.accepted > 0, "some mutations must leave a valid packet: {summary:?}");
    assert!(protocol == Protocol::Psn || summary.rejected_total() > 0, "some must be refused: {summary:?}");
}

fn packets(protocol: Protocol, files: &[&str]) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    for file in files {
        let recording = fs::read(data(file)).expect("a vector is readable");
        packets.extend(split(protocol, &recording).into_iter().map(|range| recording[range].to_vec()));
    }
    packets
}

/// One to four changes of one packet.
fn change(packet: &mut Vec<u8>, packets: &[Vec<u8>], random: &mut SmallRng) {
    for _ in 0..random.random_range(1..=4) {
        if packet.is_empty() {
            return;
        }
        let at = random.random_range(0..packet.len());
        match random.random_range(0..8) {
            0 | 1 => packet[at] ^= 1 << random.random_range(0..8),
            2 => packet[at] = random.random(),
            3 => packet[at] = [0x00, 0xFF, 0x7F, 0x80][random.random_range(0..4)],
            4 => packet.truncate(at),
            5 => packet.insert(at, random.random()),
            6 => {
                let end = (at + random.random_range(1..16)).min(packet.len());
                packet.drain(at..end);
            }
            _ => {
                let other = &packets[random.random_range(0..packets.len())];
                let from = random.random_range(0..other.len());
                packet.truncate(at);
                packet.extend_from_slice(&other[from..]);
            }
        }
    }
}

/// How many whole, sound messages a datagram can hold at most, judged without the decoder.
fn sound_messages(protocol: Protocol, packet: &[u8]) -> u64 {
    match protocol {
        Protocol::FreeD => packet.windows(29).filter(|window| window[0] == 0xD1 && radamec_holds(window)).count() as u64,
        Protocol::F4 => (0..packet.len()).filter(|&at| f4_starts(&packet[at..])).count() as u64,
        // A datagram holds one OpenTrackIO packet; without the header it is a bare payload, which has no checksum.
        Protocol::OpenTrackIO => u64::from(!packet.starts_with(b"OTrk") || fletcher_holds(packet)),
        _ => packet.len() as u64,
    }
}

fn f4_starts(bytes: &[u8]) -> bool {
    if bytes.len() < 5 || bytes[0] != 0xF4 {
        return false;
    }
    let length = 5 + 5 * usize::from(bytes[2]);
    bytes.get(..length).is_some_and(radamec_holds)
}

/// The sum of all bytes with the checksum is 0x40.
fn radamec_holds(message: &[u8]) -> bool {
    message.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)) == 0x40
}

fn repair_radamec(packet: &mut [u8]) {
    if let Some((checksum, body)) = packet.split_last_mut() {
        *checksum = body.iter().fold(0x40u8, |sum, byte| sum.wrapping_sub(*byte));
    }
}

/// Fletcher-16 modulo 256 over the header's first 14 bytes and the payload.
fn fletcher(packet: &[u8], payload: usize) -> [u8; 2] {
    let (mut low, mut high) = (0u8, 0u8);
    for byte in packet[..14].iter().chain(&packet[16..16 + payload]) {
        low = low.wrapping_add(*byte);
        high = high.wrapping_add(low);
    }
    [high, low]
}

fn fletcher_holds(packet: &[u8]) -> bool {
    if packet.len() < 16 {
        return false;
    }
    let payload = usize::from(u16::from_be_bytes([packet[12], packet[13]]) & 0x7FFF);
    packet.len() >= 16 + payload && fletcher(packet, payload) == [packet[14], packet[15]]
}

fn repair_fletcher(packet: &mut [u8]) {
    if packet.len() < 16 {
        return;
    }
    let payload = packet.len() - 16;
    let last = packet[12] & 0x80;
    let length = (payload.min(0x7FFF) as u16).to_be_bytes();
    (packet[12], packet[13]) = (length[0] | last, length[1]);
    let sum = fletcher(packet, payload.min(0x7FFF));
    (packet[14], packet[15]) = (sum[0], sum[1]);
}

/// A sample that may go to a renderer: every number in it is one.
fn sound(sample: &Sample) -> bool {
    let lens = &sample.lens;
    let optics =
        [lens.focal_length_mm, lens.focus_distance_m, lens.f_stop, lens.t_stop, lens.entrance_pupil_m, lens.anamorphic_squeeze];
    let terms = lens.distortion.iter().flat_map(|terms| terms.radial.iter().chain(&terms.tangential));
    let offsets = [lens.projection_offset_mm, lens.distortion_offset_mm].into_iter().flatten().flatten();
    sample.pose.as_ref().is_none_or(Pose::is_valid)
        && optics.into_iter().flatten().chain(terms.copied()).chain(offsets).all(f64::is_finite)
}

/// Memory of this process in bytes, as the kernel counts it.
fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

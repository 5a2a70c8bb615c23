//! Probes that are told what came.

use std::sync::Arc;

use cyclorama_progress::Cancel;
use cyclorama_time::{Clock, FrameRate, VirtualClock};
use proptest::prelude::*;

use super::*;
use crate::{
    ClockSource,
    send::{Encoder, Move, Simulation},
};

const HERE: ([u8; 4], u16) = ([10, 0, 0, 7], 5000);

/// Ten seconds of a camera at 50 samples a second; `keep` says what arrives, and how late in nanoseconds.
fn heard(protocol: Protocol, port: u16, keep: impl Fn(i64) -> Option<i64>) -> Probe {
    let (mut probe, mut encoder) = (Probe::default(), Encoder::new(protocol, DecodeOptions::default()));
    let simulation = Simulation::new(Move::Crane, FrameRate::FPS_50);
    for frame in 0..500 {
        let sample = simulation.sample(frame);
        encoder.encode(&sample, |bytes| {
            if let Some(late) = keep(frame) {
                probe.datagram(port, sample.arrived.plus_nanos(late), HERE.into(), bytes);
            }
        });
    }
    probe
}

fn only(probe: &Probe) -> StreamReport {
    let report = probe.report();
    assert_eq!(report.streams.len(), 1, "{report:?}");
    report.streams[0].clone()
}

#[test]
fn each_protocol_is_known_by_its_content_whatever_the_port() {
    for protocol in Protocol::ALL {
        let stream = only(&heard(protocol, 7, |_| Some(0)));
        assert_eq!((stream.protocol, stream.port, stream.samples), (protocol, 7, 500));
        let rate = stream.rate_hz.expect("many samples");
        assert!((rate - 50.0).abs() < 0.01 && stream.jitter_ms.expect("many samples") < 1e-3, "{stream:?}");
        assert!(stream.rejected.is_empty());
    }
}

#[test]
fn what_never_came_is_counted_where_the_protocol_counts() {
    for protocol in [Protocol::F4, Protocol::Psn, Protocol::OpenTrackIO] {
        let stream = only(&heard(protocol, 7, |frame| (frame % 10 != 3).then_some(0)));
        assert_eq!((stream.lost, stream.out_of_order), (Some(50), Some(0)), "{protocol}");
        assert!(stream.advice.iter().any(|text| text.starts_with("10.0 %")), "{:?}", stream.advice);
        assert!(stream.jitter_ms.expect("many samples") < 1e-3, "what is lost does not scatter");
    }
    let freed = only(&heard(Protocol::FreeD, 7, |frame| (frame % 10 != 3).then_some(0)));
    assert_eq!(freed.lost, None);
    assert!(freed.advice.iter().any(|text| text.contains("--vendor")), "{:?}", freed.advice);
}

#[test]
fn what_a_tracker_s_clock_follows_is_told_and_two_leaders_are_warned_of() {
    let mut probe = Probe::default();
    for (host, leader, locked) in [(7, 1, true), (8, 2, true), (9, 1, false)] {
        // What a sender says that tells all of its PTP.
        let text = format!(
            r#"{{"protocol":{{"name":"OpenTrackIO","version":[1,0,1]}},
            "sourceId":"urn:uuid:0c6ed8a2-9f0b-4f7e-8a58-1a1f2b3c4d5{host}","timing":{{"synchronization":{{
            "locked":{locked},"source":"ptp","ptp":{{"profile":"SMPTE ST2059-2:2021","domain":127,
            "leaderIdentity":"00:0c:ff:00:00:0{leader}","leaderPriorities":{{"priority1":128,"priority2":128}},
            "leaderAccuracy":0.00000005,"meanPathDelay":0.0001}}}}}},
            "transforms":[{{"translation":{{"x":0,"y":0,"z":1}},"rotation":{{"pan":0,"tilt":0,"roll":0}}}}]}}"#
        );
        for frame in 0..10 {
            let arrived = StageTime::from_nanos(frame * 20_000_000);
            probe.datagram(55555, arrived, ([10, 0, 0, host], 5000).into(), text.as_bytes());
        }
    }
    let streams = probe.report().streams;
    let clock = streams[0].clock.as_ref().expect("it says so");
    assert_eq!((clock.source, clock.locked, clock.domain), (ClockSource::Ptp, true, Some(127)));
    assert_eq!(clock.leader.as_deref(), Some("00:0c:ff:00:00:01"));
    let warned = |index: usize, word: &str| streams[index].advice.iter().any(|text| text.contains(word));
    assert!(warned(0, "2 leaders") && warned(1, "2 leaders") && warned(2, "not locked"), "{streams:?}");
}

#[test]
fn scattered_arrivals_and_damage_get_advice() {
    let stream = only(&heard(Protocol::F4, 8001, |frame| Some(if frame % 2 == 0 { 8_000_000 } else { 0 })));
    assert!(stream.jitter_ms.expect("many samples") > 7.0, "{stream:?}");
    assert!(stream.advice.iter().any(|text| text.contains("scatter")), "{:?}", stream.advice);
    let mut probe = Probe::default();
    let mut encoder = Encoder::new(Protocol::FreeD, DecodeOptions::default());
    encoder.encode(&Simulation::new(Move::Crane, FrameRate::FPS_50).sample(0), |bytes| {
        let mut bytes = bytes.to_vec();
        bytes[5] ^= 1;
        probe.datagram(40000, StageTime::default(), HERE.into(), &bytes);
    });
    let stream = only(&probe);
    assert_eq!((stream.subject.as_str(), stream.rejected.values().sum::<u64>()), ("", 1));
    assert!(stream.advice[0].starts_with("1 of 1 messages are damaged"), "{:?}", stream.advice);
}

#[test]
fn two_senders_of_one_subject_are_told_apart_and_warned_of() {
    let mut probe = heard(Protocol::F4, 8001, |_| Some(0));
    let mut encoder = Encoder::new(Protocol::F4, DecodeOptions::default());
    encoder.encode(&Simulation::new(Move::Crane, FrameRate::FPS_50).sample(0), |bytes| {
        probe.datagram(8001, StageTime::default(), ([10, 0, 0, 8], 5000).into(), bytes);
    });
    let report = probe.report();
    assert_eq!(report.streams.len(), 2);
    assert!(report.streams.iter().all(|s| s.advice.iter().any(|text| text.starts_with("2 senders"))));
}

#[test]
fn something_else_is_a_stranger_and_memory_is_bounded() {
    let mut probe = Probe::default();
    for host in 0..200u8 {
        probe.datagram(40000, StageTime::default(), ([10, 0, 1, host], 9).into(), b"hello");
        probe.datagram(40000, StageTime::default(), ([10, 0, 2, host], 9).into(), &[0xD1; 29]);
    }
    let report = probe.report();
    assert_eq!((report.strangers.len(), report.streams.len()), (MOST_SENDERS, MOST_SENDERS));
    assert_eq!(report.uncounted, 2 * (200 - MOST_SENDERS as u64));
}

#[test]
fn a_busy_port_is_reported_and_not_taken() {
    let taken = std::net::UdpSocket::bind(("0.0.0.0", 0)).expect("a port");
    let port = taken.local_addr().expect("bound").port();
    let options =
        ProbeOptions { ports: vec![port], groups: Vec::new(), seconds: 5.0, ..ProbeOptions::default() };
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::default());
    let probed = network::probe(&options, &clock, &Cancel::new());
    assert_eq!((probed.ports[0].state.as_str(), probed.report.streams.len()), ("busy", 0));
}

proptest! {
    #[test]
    fn any_datagrams_never_panic(datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..30)) {
        let mut probe = Probe::default();
        for bytes in &datagrams {
            probe.datagram(1, StageTime::default(), HERE.into(), bytes);
        }
        let _ = probe.report();
    }
}

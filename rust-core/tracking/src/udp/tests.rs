//! Over the loopback: what is sent is what is recorded.

use std::{net::UdpSocket, sync::mpsc};

use cyclorama_time::{UtcTime, VirtualClock};

use super::*;
use crate::{DecodeOptions, Protocol, take};

const WAIT: Duration = Duration::from_secs(5);

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn virtual_clock() -> Arc<VirtualClock> {
    Arc::new(VirtualClock::new(UtcTime::from_nanos(0)))
}

fn listener(clock: &Arc<VirtualClock>) -> Listener {
    Listener::bind(&ListenOptions::at(loopback()), clock.clone()).expect("a free port")
}

#[test]
fn a_datagram_arrives_whole_with_its_sender_and_the_time_of_the_clock() {
    let clock = virtual_clock();
    let mut listener = listener(&clock);
    let sender = UdpSocket::bind(loopback()).expect("a free port");
    clock.advance(77);
    for payload in [&b"one"[..], &[7; 60_000], b""] {
        sender.send_to(payload, listener.address()).expect("loopback");
        let datagram = listener.recv(WAIT).expect("a socket").expect("a datagram");
        assert_eq!(datagram.bytes, payload);
        assert_eq!(datagram.source, Some(sender.local_addr().expect("bound")));
        assert_eq!(datagram.arrived.nanos(), 77);
    }
    assert!(listener.recv(Duration::ZERO).expect("a socket").is_none(), "nothing more");
}

#[test]
fn a_port_in_use_is_said_with_what_to_do() {
    let clock = virtual_clock();
    let first = listener(&clock);
    let Err(error) = Listener::bind(&ListenOptions::at(first.address()), clock) else {
        panic!("the port is taken");
    };
    assert!(matches!(error, ListenError::InUse { .. }));
    assert!(error.hint().expect("a hint").contains(&first.address().port().to_string()));
}

// Failed under Wine, where the tests of the Windows build run: binding to an address nobody has succeeded.
#[cfg(not(windows))]
#[test]
fn an_address_that_is_not_ours_is_refused() {
    let elsewhere = SocketAddr::from(([192, 0, 2, 1], 0));
    let Err(error) = Listener::bind(&ListenOptions::at(elsewhere), virtual_clock()) else {
        panic!("192.0.2.1 is nobody's");
    };
    assert!(matches!(error, ListenError::NoSuchAddress { .. }));
}

#[test]
fn a_group_that_is_none_is_refused() {
    let options =
        ListenOptions { multicast: Some(Ipv4Addr::new(10, 0, 0, 1)), ..ListenOptions::at(loopback()) };
    let Err(error) = Listener::bind(&options, virtual_clock()) else { panic!("10.0.0.1 is no group") };
    assert!(matches!(error, ListenError::NotMulticast { .. }));
}

#[test]
fn two_listeners_of_a_group_each_get_what_is_sent_to_it() {
    let group = Ipv4Addr::new(239, 135, 1, 77);
    let interface = Some(Interface::Address(Ipv4Addr::LOCALHOST));
    let at = |port| ListenOptions {
        multicast: Some(group),
        interface,
        ..ListenOptions::at(SocketAddr::from(([0, 0, 0, 0], port)))
    };
    let mut first = Listener::bind(&at(0), virtual_clock()).expect("a free port");
    let port = first.address().port();
    let mut second = Listener::bind(&at(port), virtual_clock()).expect("a shared port");
    let sender = Socket::new(Domain::IPV4, Type::DGRAM, None).expect("a socket");
    sender.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).expect("loopback");
    sender.send_to(b"pose", &SockAddr::from(SocketAddr::from((group, port)))).expect("loopback");
    for listener in [&mut first, &mut second] {
        let datagram = listener.recv(WAIT).expect("a socket").expect("a datagram");
        assert_eq!(datagram.bytes, b"pose");
    }
}

#[test]
fn the_recorder_writes_what_came_and_hands_out_its_samples() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/mosys_f4/dev_first600.f4");
    let recording = std::fs::read(file).expect("the recording in tests/data");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.take");
    let clock = virtual_clock();
    let listener = listener(&clock);
    let address = listener.address();
    let options = RecorderOptions {
        protocol: Protocol::F4,
        decode: DecodeOptions::default(),
        take: Some((path.clone(), take::TakeInfo::new("a", Protocol::F4, UtcTime::from_nanos(0)))),
        count: Some(51),
        seconds: None,
    };
    let (tell, hear) = mpsc::channel();
    let recorder = Recorder::start(listener, options, move |sample| {
        let _ = tell.send(sample.clone());
    })
    .expect("a thread");
    let sender = UdpSocket::bind(loopback()).expect("a free port");
    sender.send_to(b"\xf4 noise", address).expect("loopback");
    for message in recording.chunks(105).take(50) {
        clock.advance(40_000_000);
        sender.send_to(message, address).expect("loopback");
        hear.recv_timeout(WAIT).expect("each message becomes a sample");
    }
    let recorded = recorder.wait().expect("room");
    let health = recorded.health;
    assert_eq!((health.datagrams, health.accepted, health.second_sender), (51, 50, false));
    assert_eq!(health.rejected.values().sum::<u64>(), 1);
    assert_eq!(health.sources.len(), 1);
    // The recording's frames count on without a hole.
    let stream = &health.streams[0];
    assert_eq!((&*stream.subject, stream.packets, stream.lost, stream.duplicates), ("f4:0", 50, 0, 0));
    assert!((stream.rate.expect("known") - 25.0).abs() < 0.1);
    #[cfg(target_os = "linux")]
    assert_eq!(health.dropped, Some(0));
    assert_eq!(recorded.take.expect("a take").records, 51);
    let reader = take::Reader::open(&path).expect("a take");
    let records: Vec<_> = reader.records().map(|record| record.expect("whole")).collect();
    assert!(records[1..].iter().map(|record| &record.bytes[..]).eq(recording.chunks(105).take(50)));
    assert_eq!(take::verify(&path).expect("a take").state, take::State::Intact);
    assert_eq!(reader.summary().first_timecode.expect("a label").to_string(), "15:03:47:02");
}

#[test]
fn a_recorder_stops_when_asked_and_says_who_sent() {
    let clock = virtual_clock();
    let listener = listener(&clock);
    let address = listener.address();
    let options = RecorderOptions {
        protocol: Protocol::FreeD,
        decode: DecodeOptions::default(),
        take: None,
        count: None,
        seconds: None,
    };
    let (tell, hear) = mpsc::channel();
    let recorder = Recorder::start(listener, options, move |_| {
        let _ = tell.send(());
    })
    .expect("a thread");
    let message = crate::protocol::freed::Packet { camera: 1, ..Default::default() }.encode();
    let senders = [loopback(), loopback()].map(|any| UdpSocket::bind(any).expect("a free port"));
    for sender in &senders {
        sender.send_to(&message, address).expect("loopback");
        hear.recv_timeout(WAIT).expect("a sample");
    }
    let health = recorder.stop().expect("no take to fail").health;
    assert_eq!(health.sources.len(), 2);
    assert!(health.second_sender);
    assert_eq!(health.age_seconds(StageTime::from_nanos(2_000_000_000)), Some(2.0));
}

#[test]
fn interfaces_are_read_as_operators_write_them() {
    assert_eq!("10.0.0.7".parse(), Ok(Interface::Address(Ipv4Addr::new(10, 0, 0, 7))));
    assert_eq!("3".parse(), Ok(Interface::Index(3)));
    assert!("no-such-card".parse::<Interface>().is_err());
    assert!("../../etc".parse::<Interface>().is_err());
    #[cfg(target_os = "linux")]
    assert!(matches!("lo".parse(), Ok(Interface::Index(_))));
}

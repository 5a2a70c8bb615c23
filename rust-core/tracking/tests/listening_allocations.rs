//! The whole way that every command takes, listening thread, queue and all, does not touch the allocator for a datagram.
//!
//! The only test of its binary: it counts what all threads of the process do.

use std::{
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use cyclorama_progress::Cancel;
use cyclorama_time::{UtcTime, VirtualClock};
use cyclorama_tracking::{
    DecodeOptions, Protocol,
    clock::WallReference,
    ingest::{self, Ingest, IngestOptions, Keep, Limits, Output, Receivers, Run, Speech, Told},
    protocol::freed::Packet,
    udp::{ListenOptions, Listener},
};

#[expect(dead_code, reason = "what one thread does is another test's concern")]
#[path = "support/counting.rs"]
mod counting;

/// Datagrams until all buffers are there, and datagrams that count.
const FIRST: u64 = 200;
const COUNTED: u64 = 1_500;

#[test]
fn from_the_socket_through_the_queue_to_whoever_is_told_no_datagram_allocates() {
    let clock = Arc::new(VirtualClock::new(UtcTime::from_nanos(0)));
    let at = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind(&ListenOptions::at(at), clock.clone()).expect("a free port");
    let to = listener.address();
    let receivers = Receivers::start(vec![listener]).expect("a thread");
    let (told, cancel) = (AtomicU64::new(0), Cancel::new());
    let (mut last, mut asked, mut counted, mut status) = (0, 0, 0, true);
    thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let socket = UdpSocket::bind(at).expect("a free port");
            socket.connect(to).expect("loopback");
            for number in 1..=FIRST + COUNTED {
                // Ten thousand a second: what is told of everything comes once in a thousand of them.
                clock.advance(100_000);
                let packet = Packet { camera: 1, position: [number as i32, 0, 0], ..Packet::default() };
                socket.send(&packet.encode()).expect("loopback");
                while told.load(Ordering::Acquire) < number && !cancel.is_cancelled() {
                    thread::yield_now();
                }
            }
        });
        let wall = || WallReference::read(clock.as_ref(), 0);
        let run = Run {
            receivers: &receivers,
            output: Output::Measured,
            limits: Limits { count: Some(FIRST + COUNTED), seconds: None },
            clock: clock.as_ref(),
            wall: &wall,
            house: None,
            lenses: None,
            orders: None,
            cancel: &cancel,
        };
        let speech = Speech::Protocol(Protocol::FreeD, DecodeOptions::default());
        let mut ingest = Ingest::new(IngestOptions::new(speech));
        let ran = ingest::run(&mut ingest, &run, Keep::Nothing, &mut |what| match what {
            Told::Sample(..) => {
                let calls = counting::calls_everywhere();
                if !std::mem::take(&mut status) && told.load(Ordering::Relaxed) >= FIRST {
                    asked += calls - last;
                    counted += 1;
                }
                last = calls;
                told.fetch_add(1, Ordering::Release);
            }
            // The picture of everything is a copy of it, ten times a second.
            _ => status = true,
        });
        cancel.cancel();
        ran.expect("a socket");
        sending.join().expect("no panic");
    });
    assert!(counted > COUNTED * 9 / 10, "{counted} datagrams counted");
    assert_eq!(asked, 0, "allocations for {counted} datagrams");
}

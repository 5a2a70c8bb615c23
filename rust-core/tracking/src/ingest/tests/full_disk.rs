//! A run whose disk is full, from the socket to what is told of it.

use std::{
    io::Cursor,
    net::UdpSocket,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use cyclorama_progress::Cancel;
use cyclorama_time::VirtualClock;

use super::*;
use crate::{
    take::{
        State, TakeError, TakeInfo, Writer,
        small_disk::{SmallDisk, noise},
        verify_source,
    },
    udp::{ListenOptions, Listener},
};

/// Datagrams that are sent, of so many bytes: 3 MiB more than may wait.
const COUNT: u64 = 330;
const BYTES: usize = 60_000;
/// Between two of them, nanoseconds.
const PERIOD: i64 = 100_000_000;

/// Hears [`COUNT`] datagrams into a take on a small disk, whose room grows to `room` once something is lost.
fn listen(disk: &SmallDisk, room: usize) -> (Ran, Vec<&'static str>, u64) {
    let clock = Arc::new(VirtualClock::new(UtcTime::from_nanos(0)));
    let at = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind(&ListenOptions::at(at), clock.clone()).expect("a free port");
    let to = listener.address();
    let receivers = Receivers::start(vec![listener]).expect("a thread");
    let info = TakeInfo::new("test", Protocol::FreeD, UtcTime::from_nanos(0));
    let writer = Writer::to_sink(Box::new(disk.clone()), &info).expect("room for the start");
    let (heard, cancel) = (AtomicU64::new(0), Cancel::new());
    let (mut said, mut lost) = (Vec::new(), 0);
    let ran = thread::scope(|scope| {
        scope.spawn(|| {
            let socket = UdpSocket::bind(at).expect("a free port");
            socket.connect(to).expect("loopback");
            for number in 1..=COUNT {
                clock.advance(PERIOD);
                socket.send(&noise(number as u32, BYTES)).expect("loopback");
                while heard.load(Ordering::Acquire) < number && !cancel.is_cancelled() {
                    // What is heard is told when time passes.
                    clock.advance(PERIOD / 20);
                    thread::park_timeout(Duration::from_millis(1));
                }
            }
        });
        let wall = || WallReference::read(clock.as_ref(), 0);
        let work = Run {
            receivers: &receivers,
            output: Output::Measured,
            // A datagram that was lost on the way must not hold the test up for ever.
            limits: Limits { count: Some(COUNT), seconds: Some(300.0) },
            clock: clock.as_ref(),
            wall: &wall,
            house: None,
            lenses: None,
            orders: None,
            cancel: &cancel,
        };
        let mut ingest = Ingest::new(ingest(Protocol::FreeD));
        let ran = run(&mut ingest, &work, Keep::Take(Box::new(writer)), &mut |told| match told {
            Told::Status(snapshot) => heard.store(snapshot.health.datagrams, Ordering::Release),
            Told::Waiting(_) => said.push("waits"),
            Told::Losing(_) => {
                said.push("loses");
                disk.make_room(room);
            }
            Told::Resumed { lost: while_full } => {
                said.push("goes on");
                lost = while_full;
            }
            Told::Unrecorded(_) => said.push("not all of it"),
            _ => {}
        });
        cancel.cancel();
        ran.expect("a socket")
    });
    (ran, said, lost)
}

#[test]
fn a_take_goes_on_once_a_full_disk_has_room_and_what_was_lost_is_counted() {
    let disk = SmallDisk::new(4_000);
    let (ran, said, lost) = listen(&disk, usize::MAX);
    assert_eq!(said, ["waits", "loses", "goes on"]);
    assert!(
        lost > 0 && matches!(ran.unrecorded, Some(TakeError::NoRoom { .. })),
        "{lost}: {:?}",
        ran.unrecorded
    );
    let take = ran.take.expect("a closed take");
    assert_eq!((take.records, ran.unrecorded_datagrams), (COUNT - lost, lost), "the rest is there");
    let report = verify_source(Box::new(Cursor::new(disk.held()))).expect("a take");
    assert_eq!((report.state, report.readable), (State::Intact, COUNT - lost));
}

#[test]
fn a_disk_that_stays_full_is_never_said_to_have_lost_nothing() {
    let disk = SmallDisk::new(4_000);
    let (ran, said, _) = listen(&disk, 4_000);
    assert_eq!(said, ["waits", "loses", "not all of it"]);
    assert!(ran.take.is_none() && ran.unrecorded.is_some());
    let report = verify_source(Box::new(Cursor::new(disk.held()))).expect("a take");
    assert_eq!((report.state, report.readable), (State::Recovered, COUNT - ran.unrecorded_datagrams));
}

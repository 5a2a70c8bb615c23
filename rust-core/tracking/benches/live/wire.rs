//! The measurements that need sockets: latency, share of a core, behaviour beside rubbish.

#[path = "latency.rs"]
mod latency;

use std::{
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use cyclorama_time::{Clock, StageTime, UtcTime};
use cyclorama_tracking::{
    DecodeOptions, Decoder, Protocol,
    live::{NewestPose, Tracker, TrackerOptions, newest},
    protocol::freed::{self, Packet},
    udp::{ListenOptions, Listener, raise_priority, short_turns},
};
use rustix::time::{ClockId, clock_gettime};

/// `CLOCK_MONOTONIC` as stage time, so that it compares with the C receiver's.
struct Monotonic;

fn nanos(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

impl Clock for Monotonic {
    fn now(&self) -> StageTime {
        StageTime::from_nanos(nanos(ClockId::Monotonic))
    }

    fn utc(&self) -> UtcTime {
        UtcTime::from_nanos(nanos(ClockId::Realtime))
    }
}

/// Its name, and what measures it for so many seconds.
type Part = (&'static str, fn(f64));

/// `only`: the one of `latency`, `streams` and `rubbish` that is measured; else all.
pub(crate) fn run(seconds: f64, only: Option<&str>) {
    const PARTS: [Part; 3] =
        [("latency", latency::run), ("streams", many_streams), ("rubbish", beside_rubbish)];
    for (name, part) in PARTS {
        if only.is_none_or(|only| only == name) {
            part(seconds);
        }
    }
}

/// What our receiving thread asks of the scheduler.
#[derive(Clone, Copy)]
enum Haste {
    /// Nothing, as the C program.
    None,
    /// What any user may.
    ShortTurns,
    /// What the command asks for, where it has the right.
    Raised,
}

impl Haste {
    fn name(self) -> &'static str {
        match self {
            Self::None => "as the C program's",
            Self::ShortTurns => "at the same priority with short turns, as any user's is",
            Self::Raised => "raised, as the recorder's is where the system allows it",
        }
    }

    fn take(self) {
        match self {
            Self::None => {}
            Self::ShortTurns => drop(short_turns()),
            Self::Raised => drop(raise_priority()),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a sender is paced in real time")]
fn wait_until(due: i64) {
    let left = due - nanos(ClockId::Monotonic);
    if left > 0 {
        thread::sleep(Duration::from_nanos(left as u64));
    }
}

fn packet(number: usize) -> [u8; freed::LEN] {
    Packet { camera: 1, position: [number as i32, 0, 0], ..Packet::default() }.encode()
}

/// Sends packets in rhythm; when each was given to the socket.
fn send(to: SocketAddr, count: usize, rate: f64) -> Vec<i64> {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.connect(to).expect("loopback");
    let begin = nanos(ClockId::Monotonic) + 50_000_000;
    let mut sent = Vec::with_capacity(count);
    for number in 0..count {
        wait_until(begin + (number as f64 * 1e9 / rate) as i64);
        let packet = packet(number);
        sent.push(nanos(ClockId::Monotonic));
        let _ = socket.send(&packet);
    }
    sent
}

/// Our whole way: receive, decode, follow, publish.
struct Follower {
    listener: Listener,
    decoder: Decoder,
    tracker: Tracker,
    samples: Vec<cyclorama_tracking::Sample>,
}

impl Follower {
    fn new() -> Self {
        let at = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listener: Listener::bind(&ListenOptions::at(at), Arc::new(Monotonic)).expect("a free port"),
            decoder: Decoder::new(Protocol::FreeD, DecodeOptions::default()),
            tracker: Tracker::new(TrackerOptions::default()),
            samples: Vec::with_capacity(64),
        }
    }

    /// Follows until `done`; hands over each number, and when it was received, readable as measured, and followed.
    fn run(&mut self, done: &AtomicBool, mut readable: impl FnMut(usize, [i64; 3])) {
        let (mut writer, reader) = newest();
        while !done.load(Ordering::Relaxed) {
            let Ok(Some(datagram)) = self.listener.recv(Duration::from_millis(200)) else { continue };
            let received = nanos(ClockId::Monotonic);
            self.samples.clear();
            self.decoder.datagram(datagram.arrived, datagram.source, datagram.bytes, &mut self.samples);
            let source = datagram.source;
            for sample in &self.samples {
                let Some(admitted) = self.tracker.admit(Protocol::FreeD, source, sample) else { continue };
                let Some(pose) = sample.pose else { continue };
                writer.write(&NewestPose {
                    at: sample.arrived,
                    pose,
                    focal_length_mm: f64::NAN,
                    focus_distance_m: f64::NAN,
                    stale: false,
                });
                let seen = reader.read().expect("written");
                let number = (seen.pose.position.x * 1000.0 * Packet::PER_MILLIMETRE).round() as usize;
                let shown = nanos(ClockId::Monotonic);
                self.tracker.follow(&admitted, sample);
                let followed = nanos(ClockId::Monotonic);
                self.tracker.learn();
                readable(number, [received, shown, followed]);
            }
        }
    }
}

/// Microseconds, without the first packets, which warm everything up.
fn latencies(seen: &[(usize, i64)], sent: &[i64]) -> Vec<f64> {
    let pairs = seen.iter().filter(|(number, _)| *number >= 20);
    pairs.filter_map(|(number, when)| Some((when - sent.get(*number)?) as f64 * 1e-3)).collect()
}

fn at(sorted: &[f64], part: f64) -> f64 {
    sorted.get((sorted.len() as f64 * part) as usize).copied().unwrap_or(f64::NAN)
}

/// 32 cameras at 240 a second on one socket: what share of a core the receiving thread takes, beside the plain receiver
/// in C that gets as many half a period later.
fn many_streams(seconds: f64) {
    let mut follower = Follower::new();
    let count = (240.0 * seconds) as usize;
    let program = latency::compile();
    let mut theirs = program.as_ref().map(|program| latency::Theirs::start(program, 32 * count));
    let to = [Some(follower.listener.address()), theirs.as_ref().map(|theirs| theirs.address)];
    let done = AtomicBool::new(false);
    let (mut taken, mut begun, mut ended) = (0u64, None, 0);
    let cpu = thread::scope(|scope| {
        let thread = scope.spawn(|| {
            raise_priority();
            follower.run(&done, |_, when| {
                taken += 1;
                // Asked once: it is a call to the system.
                begun.get_or_insert_with(|| (when[1], nanos(ClockId::ThreadCPUTime)));
                ended = when[1];
            });
            nanos(ClockId::ThreadCPUTime)
        });
        let sockets: Vec<UdpSocket> =
            (0..32).map(|_| UdpSocket::bind("127.0.0.1:0").expect("a port")).collect();
        let begin = nanos(ClockId::Monotonic);
        for half in 0..2 * count {
            wait_until(begin + (half as f64 * 0.5e9 / 240.0) as i64);
            let Some(to) = to[half % 2] else { continue };
            for (camera, socket) in (1..).zip(&sockets) {
                let position = [(half / 2) as i32, 0, 0];
                let packet = Packet { camera, position, ..Packet::default() }.encode();
                let _ = socket.send_to(&packet, to);
            }
        }
        wait_until(nanos(ClockId::Monotonic) + 50_000_000);
        done.store(true, Ordering::Relaxed);
        thread.join().expect("it ends")
    });
    let came = theirs.as_mut().map_or(0, |theirs| theirs.figures().len());
    if let Some(program) = program {
        let _ = std::fs::remove_file(program);
    }
    let Some((first, cpu_first)) = begun else { return };
    let share = (cpu - cpu_first) as f64 / (ended - first) as f64;
    println!(
        "32 streams at 240 Hz: {:.2} % of a core, {taken} of {} samples, {} dropped by the kernel",
        share * 100.0,
        32 * count,
        follower.listener.dropped().unwrap_or(0)
    );
    if let Some(their_share) = theirs.and_then(|theirs| theirs.share) {
        let ratio = share / their_share;
        println!("  plain C: {:.2} % of a core, {came} packets; ours {ratio:.2} of it", their_share * 100.0);
    }
}

/// A camera at 60 a second beside rubbish, as fast as one thread sends up to 100 000 a second.
fn beside_rubbish(seconds: f64) {
    let mut follower = Follower::new();
    let to = follower.listener.address();
    let done = AtomicBool::new(false);
    let mut seen = Vec::new();
    let count = (60.0 * seconds) as usize;
    let (sent, rubbish) = thread::scope(|scope| {
        scope.spawn(|| {
            raise_priority();
            follower.run(&done, |number, when| seen.push((number, when[1])));
        });
        let flood = scope.spawn(|| {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
            socket.connect(to).expect("loopback");
            let begin = nanos(ClockId::Monotonic);
            let mut rubbish = 0u64;
            while !done.load(Ordering::Relaxed) {
                wait_until(begin + rubbish as i64 * 10_000);
                for _ in 0..100 {
                    let _ = socket.send(&[0xD1; 29]);
                }
                rubbish += 100;
            }
            rubbish as f64 / ((nanos(ClockId::Monotonic) - begin) as f64 * 1e-9)
        });
        let sent = send(to, count, 60.0);
        wait_until(nanos(ClockId::Monotonic) + 100_000_000);
        done.store(true, Ordering::Relaxed);
        (sent, flood.join().expect("it ends"))
    });
    let mut late = latencies(&seen, &sent);
    late.sort_by(f64::total_cmp);
    println!(
        "beside {rubbish:.0} packets of rubbish a second: p50 {:.0} us, p99 {:.0} us, worst {:.0} us of a frame of 16667 us, {} of {count} samples, {} dropped by the kernel",
        at(&late, 0.5),
        at(&late, 0.99),
        late.last().copied().unwrap_or(f64::NAN),
        seen.len(),
        follower.listener.dropped().unwrap_or(0)
    );
}

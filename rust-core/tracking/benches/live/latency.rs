//! Our receiver against a plain one in C: both wait at the same time, and packets go to one and the other in turn, so
//! that whatever else the machine does hits both alike.
//!
//! Ratios are told for the whole run, and as median and quartiles over short blocks of it.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::{SocketAddr, UdpSocket},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use rustix::time::ClockId;

use super::{Follower, Haste, at, latencies, nanos, packet, wait_until};

const STAGES: [&str; 3] = ["received", "readable sample", "followed"];
/// Parts of a run whose ratios are compared.
const BLOCKS: usize = 20;

pub(super) fn run(seconds: f64) {
    let program = compile();
    for rate in [240.0, 1000.0] {
        for haste in [Haste::None, Haste::ShortTurns, Haste::Raised] {
            println!("{rate} Hz, our thread {}:", haste.name());
            let count = (2.0 * rate * seconds) as usize;
            let (sent, ours, theirs) = in_turn(program.as_deref(), count, rate, haste);
            let ours = [0, 1, 2].map(|stage| {
                let seen: Vec<(usize, i64)> =
                    ours.iter().map(|(number, when)| (*number, when[stage])).collect();
                latencies(&seen, &sent[0])
            });
            let theirs = latencies(&theirs, &sent[1]);
            tell(rate, "plain C", &theirs);
            for (stage, ours) in STAGES.iter().zip(&ours) {
                tell(rate, stage, ours);
                if !theirs.is_empty() {
                    compare(rate, stage, ours, &theirs);
                }
            }
        }
    }
    if let Some(program) = program {
        let _ = std::fs::remove_file(program);
    }
}

/// When each packet was sent (to ours, to theirs), and when each was seen.
type Seen = ([Vec<i64>; 2], Vec<(usize, [i64; 3])>, Vec<(usize, i64)>);

/// `count` packets to each receiver, `rate` a second, half a period apart.
fn in_turn(program: Option<&std::path::Path>, count: usize, rate: f64, haste: Haste) -> Seen {
    let mut follower = Follower::new();
    let mut theirs = program.map(|program| Theirs::start(program, count));
    let to = [Some(follower.listener.address()), theirs.as_ref().map(|theirs| theirs.address)];
    let done = AtomicBool::new(false);
    let mut seen = Vec::with_capacity(count);
    let sent = thread::scope(|scope| {
        scope.spawn(|| {
            haste.take();
            follower.run(&done, |number, when| seen.push((number, when)));
        });
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let begin = nanos(ClockId::Monotonic) + 50_000_000;
        let mut sent = [Vec::with_capacity(count), Vec::with_capacity(count)];
        for number in 0..2 * count {
            wait_until(begin + (number as f64 * 0.5e9 / rate) as i64);
            // Each goes first as often as the other.
            let whose = (number + number / 2 % 2) % 2;
            let bytes = packet(number / 2);
            sent[whose].push(nanos(ClockId::Monotonic));
            if let Some(to) = to[whose] {
                let _ = socket.send_to(&bytes, to);
            }
        }
        wait_until(nanos(ClockId::Monotonic) + 100_000_000);
        done.store(true, Ordering::Relaxed);
        sent
    });
    (sent, seen, theirs.as_mut().map(Theirs::figures).unwrap_or_default())
}

/// The C receiver, running.
pub(super) struct Theirs {
    child: Child,
    out: BufReader<ChildStdout>,
    pub(super) address: SocketAddr,
    /// The share of a core it used, once it has ended.
    pub(super) share: Option<f64>,
}

impl Theirs {
    pub(super) fn start(program: &std::path::Path, count: usize) -> Self {
        let mut child =
            Command::new(program).arg(count.to_string()).stdout(Stdio::piped()).spawn().expect("it runs");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("its port");
        let port: u16 = line.trim().parse().expect("a port");
        Self { child, out, address: SocketAddr::from(([127, 0, 0, 1], port)), share: None }
    }

    pub(super) fn figures(&mut self) -> Vec<(usize, i64)> {
        let mut text = String::new();
        self.out.read_to_string(&mut text).expect("its figures");
        let _ = self.child.wait();
        let millionths = text.lines().find_map(|line| line.strip_prefix("cpu ")?.parse::<f64>().ok());
        self.share = millionths.map(|millionths| millionths * 1e-6);
        let pair = |line: &str| {
            let (number, when) = line.split_once(' ')?;
            Some((number.parse().ok()?, when.parse().ok()?))
        };
        text.lines().filter_map(pair).collect()
    }
}

/// The C receiver, if there is a compiler.
pub(super) fn compile() -> Option<PathBuf> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/live/receiver.c");
    let program = std::env::temp_dir().join(format!("cyclorama-receiver-{}", std::process::id()));
    let status = Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(source).status();
    status.is_ok_and(|status| status.success()).then_some(program)
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

fn tell(rate: f64, name: &str, values: &[f64]) {
    let values = sorted(values);
    let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|part| at(&values, part));
    println!(
        "{rate} Hz: {name}: p50 {p50:.1} us, p99 {p99:.1} us, p99.9 {p999:.1} us, {} packets",
        values.len()
    );
}

/// Ratios to theirs: of the whole run, and quartiles of those of its blocks.
fn compare(rate: f64, stage: &str, ours: &[f64], theirs: &[f64]) {
    for (name, part) in [("p50", 0.5), ("p99", 0.99)] {
        let ratio = |ours: &[f64], theirs: &[f64]| at(&sorted(ours), part) / at(&sorted(theirs), part);
        let size = (ours.len().min(theirs.len()) / BLOCKS).max(1);
        let blocks = ours.chunks_exact(size).zip(theirs.chunks_exact(size));
        let blocks = sorted(&blocks.map(|(ours, theirs)| ratio(ours, theirs)).collect::<Vec<_>>());
        println!(
            "{rate} Hz: {stage}: {name} {:.2} of C; over {BLOCKS} blocks median {:.2}, quartiles {:.2} to {:.2}",
            ratio(ours, theirs),
            at(&blocks, 0.5),
            at(&blocks, 0.25),
            at(&blocks, 0.75)
        );
    }
}

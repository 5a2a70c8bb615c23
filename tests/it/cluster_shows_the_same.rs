//! Eight nodes over a path that loses, doubles and reorders show the same at every tick, and each says what it missed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use cyclorama_tests::{Service, command, free_port};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};

const NODES: usize = 8;

/// Forwards what comes to its port to a node, badly: loses in bursts, doubles, swaps, and alters a little.
fn bad_path(to: u16, seed: u64, over: Arc<AtomicBool>) -> (u16, thread::JoinHandle<()>) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    socket.set_read_timeout(Some(Duration::from_millis(20))).expect("a limit");
    let port = socket.local_addr().expect("bound").port();
    let body = move || {
        let to = SocketAddr::from((Ipv4Addr::LOCALHOST, to));
        let mut random = SmallRng::seed_from_u64(seed);
        let (mut bytes, mut held, mut burst) = (vec![0; 65_536], None::<Vec<u8>>, 0_u32);
        while !over.load(Ordering::Relaxed) {
            let Ok(length) = socket.recv(&mut bytes) else { continue };
            let mut message = bytes[..length].to_vec();
            burst = burst.saturating_sub(1);
            if burst == 0 && random.random_bool(0.02) {
                burst = random.random_range(1..24);
            }
            if burst > 0 || random.random_bool(0.2) {
                continue;
            }
            if random.random_bool(0.02) {
                let at = random.random_range(8..message.len());
                message[at] = if message[at] == b'A' { b'B' } else { b'A' };
            }
            // Swapped with the one after it.
            if held.is_none() && random.random_bool(0.1) {
                held = Some(message);
                continue;
            }
            let copies = if random.random_bool(0.1) { 2 } else { 1 };
            for _ in 0..copies {
                let _ = socket.send_to(&message, to);
            }
            if let Some(late) = held.take() {
                let _ = socket.send_to(&late, to);
            }
        }
    };
    (port, thread::spawn(body))
}

fn start(arguments: &[&str]) -> Service {
    let mut command = command();
    command.args(arguments);
    Service::start(command)
}

#[test]
fn eight_nodes_over_a_bad_path_show_the_same_and_name_every_tick_they_missed() {
    let over = Arc::new(AtomicBool::new(false));
    let (mut nodes, mut paths, mut targets) = (Vec::new(), Vec::new(), Vec::new());
    for node in 0..NODES {
        let port = free_port();
        let bind = format!("127.0.0.1:{port}");
        let mut follower = start(&["track", "sync", "follow", "--bind", &bind, "--silence", "1.5", "--json"]);
        follower.wait_for_word("following");
        nodes.push(follower);
        let (through, path) = bad_path(port, 0xC10C + node as u64, over.clone());
        paths.push(path);
        targets.push(format!("127.0.0.1:{through}"));
    }
    let tracker = format!("127.0.0.1:{}", free_port());
    let mut arguments = vec!["track", "sync", "publish", "--protocol", "freed", "--bind", &tracker];
    arguments.extend([
        "--output-rate",
        "120",
        "--horizon",
        "80",
        "--repeat",
        "6",
        "--seconds",
        "8",
        "--json",
    ]);
    targets.iter().for_each(|target| arguments.extend(["--to", target]));
    let mut primary = start(&arguments);
    primary.wait_for_word("publishing");
    let mut sender = command();
    sender.args(["track", "send", "--protocol", "freed", "--to", &tracker, "--simulate", "handheld"]);
    let sender = Service::start(sender);
    let published = primary.end_within(Duration::from_secs(30)).done().json_lines();
    let _ = sender.kill();
    let hashes: BTreeMap<u64, String> = ticks(&published).collect();
    // A busy machine passes frames over, and says so; what was published is what counts.
    let told = published.last().expect("a result");
    assert_eq!(told["ticks"].as_u64(), Some(hashes.len() as u64), "{told}");
    assert!(hashes.len() >= 300, "{} ticks in eight seconds at 120 a second: {told}", hashes.len());

    let (mut missed, mut recovered, mut refused) = (0, 0, 0);
    let mut seen_by_all: BTreeSet<u64> = hashes.keys().copied().collect();
    for node in nodes {
        let ended = node.end_within(Duration::from_secs(20));
        let lines = ended.json_lines();
        let shown: Vec<(u64, String)> = ticks(&lines).collect();
        assert!(shown.windows(2).all(|pair| pair[0].0 < pair[1].0), "each tick once, in order");
        for (tick, hash) in &shown {
            assert_eq!(Some(hash), hashes.get(tick), "tick {tick} is not what the primary published");
        }
        let health = ended.object("cyclorama.sync-follow/1");
        let shown: BTreeSet<u64> = shown.into_iter().map(|(tick, _)| tick).collect();
        let (first, last) = (shown.first().copied().expect("some"), shown.last().copied().expect("some"));
        let missing: Vec<u64> = (first..=last).filter(|tick| !shown.contains(tick)).collect();
        assert_eq!(health["missed"].as_u64(), Some(missing.len() as u64), "each missed tick is counted");
        assert_eq!(said_missed(&ended.stderr), missing, "and named: {}", ended.stderr);
        let altered = health["refused"].as_u64().expect("a number");
        let whole = altered == 0 && missing.is_empty();
        assert_eq!(ended.code, Some(if whole { 0 } else { 8 }), "{}", ended.stderr);
        refused += altered;
        missed += missing.len();
        seen_by_all.retain(|tick| shown.contains(tick));
        recovered += health["recovered"].as_u64().expect("a number");
    }
    assert!(refused > 0, "altered messages are refused");
    // Each hash was held against the primary's above: at these ticks all eight showed the same.
    assert!(seen_by_all.len() >= 50, "all eight saw {} of {}", seen_by_all.len(), hashes.len());
    assert!(missed > 0 && recovered > 0, "the path was not bad enough to show anything");
    over.store(true, Ordering::Relaxed);
    paths.into_iter().for_each(|path| path.join().expect("no panic"));
}

fn ticks(lines: &[serde_json::Value]) -> impl Iterator<Item = (u64, String)> + '_ {
    let lines = lines.iter().filter(|line| line["schema"] == "cyclorama.sync-tick/1");
    lines.map(|line| {
        (line["tick"].as_u64().expect("a tick"), line["hash"].as_str().expect("a hash").to_owned())
    })
}

/// The ticks that `MISSED n ticks: a to b` names.
fn said_missed(stderr: &str) -> Vec<u64> {
    let ranges = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("MISSED ")?.split_once(": ")?.1.split_once(" to "));
    let number = |text: &str| text.parse::<u64>().expect("a tick");
    ranges.flat_map(|(first, last)| number(first)..=number(last)).collect()
}

//! Two senders of one subject, each a process of its own over real sockets: one is killed, the other is seen within a
//! frame and without a step, and the first is used again by itself once it is back.
//!
//! The listener records what arrives with the kernel's own times. How soon and how smoothly it changes is judged by
//! those, through the same code that ran: a busy machine only makes a run one that says nothing, and is tried again.

use std::fs;
use std::path::Path;
use std::time::Duration;

use cyclorama_space::{DVec3, Pose};
use cyclorama_tests::{Service, Stopwatch, command, free_port, text, until};
use cyclorama_time::StageTime;
use cyclorama_tracking::{
    DecodeOptions, Protocol,
    ingest::{Ingest, IngestOptions, Speech},
    protocol::freed::Packet,
    take::Reader,
};
use tempfile::tempdir;

/// Between samples, and between frames, nanoseconds.
const PERIOD: i64 = 20_000_000;
/// Where the zoom rings of the two stand, of 65 535: lenses are never faded, so a frame's tells whose it is.
const ZOOMS: [u32; 2] = [0x2000, 0xA000];
/// The second stands beside the first, metres.
const BESIDE: f64 = 0.002;
/// Samples near a change are no further from their beat than this, or the machine was busy, nanoseconds: with four times
/// as much patience the listener still tells a sample that is late from one that is missing within a frame.
const QUIET: i64 = 2_400_000;
/// Frames are read so long after samples are due, nanoseconds.
const PHASE: i64 = PERIOD / 2;
/// What a person takes for a step is held against the moves of so many frames before.
const USUAL: usize = 40;

/// A camera on a ring of two metres, a quarter of a metre a second, frame by frame for a minute from `begin` on.
fn recording(rank: usize, begin: i64) -> Vec<u8> {
    let packet = |frame: i64| {
        let angle = 0.125 * frame as f64 * PERIOD as f64 * 1e-9;
        let place = DVec3::new(2.0 * angle.sin(), 2.0 * angle.cos(), 1.5 + BESIDE * rank as f64);
        let position = place.to_array().map(|metres| (metres * 1e3 * Packet::PER_MILLIMETRE).round() as i32);
        Packet { camera: 1, position, zoom: ZOOMS[rank], ..Packet::default() }.encode()
    };
    (begin..begin + 3_000).flat_map(packet).collect()
}

/// Starts sending as the camera is now, `since` its beginning.
fn send(folder: &Path, name: &str, rank: usize, to: u16, since: Stopwatch) -> Service {
    let file = folder.join(name);
    let now = since.elapsed().as_nanos() as i64 / PERIOD;
    fs::write(&file, recording(rank, now)).expect("room");
    let to = format!("127.0.0.1:{to}");
    let mut command = command();
    command.args(["track", "send", "--protocol", "freed", "--rate", "50", "--to", &to, text(&file)]);
    Service::start(command)
}

/// What one run of the listener left: the frames it told, as the rank of their sender, and the datagrams it recorded.
struct Run {
    /// Whether it changed over and back; a sender that keeps no beat is not used again.
    changed: bool,
    told: Vec<Option<usize>>,
    heard: Vec<(StageTime, usize, Vec<u8>)>,
}

fn listen() -> Run {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("both.take");
    let ports = [free_port(), free_port()];
    let binds = ports.map(|port| format!("127.0.0.1:{port}"));
    let mut listener = command();
    listener.args(["track", "listen", "--protocol", "freed", "--bind", &binds[0], "--backup", &binds[1]]);
    listener.args(["--output-rate", "50", "--no-view", "--record", text(&take)]);
    let mut listener = Service::start(listener);
    listener.wait_for_word("listening");
    let since = Stopwatch::start();
    let pass = |seconds: f64| {
        until(Duration::from_secs_f64(seconds), || false);
    };
    let first = send(folder.path(), "first.freed", 0, ports[0], since);
    pass(0.5);
    let second = send(folder.path(), "second.freed", 1, ports[1], since);
    pass(2.0);
    let changes = |listener: &Service| listener.said().matches("another sender of it is used now").count();
    let before = changes(&listener);
    let _ = first.kill();
    let over = until(Duration::from_secs(5), || changes(&listener) > before);
    pass(1.5);
    let before = changes(&listener);
    let again = send(folder.path(), "again.freed", 0, ports[0], since);
    let back = over && until(Duration::from_secs(5), || changes(&listener) > before);
    pass(2.0);
    let ended = listener.kill();
    let _ = (again.kill(), second.kill());
    // The last line may be half a one: the listener was killed.
    let lines = ended.stdout.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let whose = |line: serde_json::Value| line["lens"]["encoders"]["zoom"].as_f64().and_then(rank_of);
    let told = lines.map(whose).collect();
    let reader = Reader::open(&take).expect("a take whose recorder was killed opens");
    let heard = reader.records().map(|record| {
        let record = record.expect("a whole chunk");
        let zoom = Packet::decode(&record.bytes).expect("sent so").zoom;
        (record.arrived, usize::from(zoom == ZOOMS[1]), record.bytes.to_vec())
    });
    Run { changed: over && back, told, heard: heard.collect() }
}

/// Whose lens it is that has its zoom ring there.
fn rank_of(zoom: f64) -> Option<usize> {
    ZOOMS.iter().position(|counts| (zoom - f64::from(*counts) / 65_535.0).abs() < 1e-6)
}

/// A frame, by what had arrived when it began.
struct Frame {
    at: StageTime,
    pose: Pose,
    rank: usize,
    stale: bool,
}

/// Frame after frame through the code that the listener runs.
fn frames(heard: &[(StageTime, usize, Vec<u8>)]) -> Vec<Frame> {
    let speech = Speech::Protocol(Protocol::FreeD, DecodeOptions::default());
    let mut ingest = Ingest::new(IngestOptions::new(speech));
    let mut due = heard[0].0.plus_nanos(PHASE);
    let (mut frames, mut heard) = (Vec::new(), heard.iter().peekable());
    while heard.peek().is_some() {
        while let Some((arrived, rank, bytes)) = heard.next_if(|(arrived, ..)| *arrived <= due) {
            let source = Some(([127, 0, 0, 1], 5_000 + *rank as u16).into());
            ingest.datagram(*rank, *arrived, source, bytes);
        }
        if let Some(found) = ingest.at("freed:1", due, due) {
            let rank = ingest.tracker().status("freed:1").expect("a subject").active;
            let whose = found.lens.encoders.and_then(|rings| rings.zoom).and_then(rank_of);
            assert_eq!(whose, Some(rank), "the lens is that of the sender that is used");
            frames.push(Frame { at: due, pose: found.pose, rank, stale: found.stale });
        }
        due = due.plus_nanos(PERIOD);
    }
    frames
}

/// The last datagram of the first sender before its longest silence, and the first one after it.
fn silence(heard: &[(StageTime, usize, Vec<u8>)]) -> (StageTime, StageTime) {
    let first: Vec<StageTime> = heard.iter().filter(|(_, rank, _)| *rank == 0).map(|(at, ..)| *at).collect();
    let longest = first.windows(2).max_by_key(|pair| pair[1].nanos_since(pair[0])).expect("samples");
    (longest[0], longest[1])
}

/// Whether both senders kept their beat near `at`, but for the silence itself.
fn is_quiet(heard: &[(StageTime, usize, Vec<u8>)], at: StageTime, silence: (StageTime, StageTime)) -> bool {
    (0..2).all(|rank| {
        let near = heard
            .iter()
            .filter(|(arrived, whose, _)| *whose == rank && arrived.nanos_since(at).abs() < 60 * PERIOD);
        let times: Vec<StageTime> = near.map(|(arrived, ..)| *arrived).collect();
        times.windows(2).all(|pair| {
            (pair[0], pair[1]) == silence || (pair[1].nanos_since(pair[0]) - PERIOD).abs() < QUIET
        })
    })
}

/// How much larger the largest move between frames near `index` is than the largest before.
fn step(frames: &[Frame], index: usize) -> f64 {
    let moves = |range: std::ops::Range<usize>| {
        let pairs = frames[range].windows(2);
        pairs.map(|pair| pair[0].pose.position.distance(pair[1].pose.position)).fold(0.0, f64::max)
    };
    moves(index - 2..index + USUAL) / moves(index - 2 - USUAL..index - 2)
}

#[test]
fn a_killed_sender_is_replaced_within_a_frame_without_a_step_and_used_again_when_it_is_back() {
    let mut busy = Vec::new();
    for _ in 0..8 {
        let run = listen();
        // What holds on any machine: each frame is one sender's, and the backup was used when the first was dead.
        assert!(run.told.iter().all(Option::is_some), "a frame of neither sender, or of both");
        assert!(run.told.contains(&Some(1)), "nobody took over");
        if !run.changed {
            busy.push("senders that kept no beat".to_owned());
            continue;
        }
        let frames = frames(&run.heard);
        let (gone, came) = silence(&run.heard);
        let first = |from: usize, rank: usize| {
            let found = frames[from..].iter().position(|frame| frame.at > gone && frame.rank == rank);
            found.map(|index| from + index)
        };
        let Some((over, back)) = first(0, 1).and_then(|over| Some((over, first(over, 0)?))) else {
            busy.push("no change over and back at the recorded times".to_owned());
            continue;
        };
        let late = frames[over].at.nanos_since(gone) as f64 * 1e-6;
        let well = frames[back].at.nanos_since(came) as f64 * 1e-6;
        let enough = over > 2 * USUAL && back + 2 * USUAL < frames.len();
        if !(enough
            && [frames[over].at, frames[back].at].iter().all(|at| is_quiet(&run.heard, *at, (gone, came))))
        {
            busy.push(format!("over after {late:.1} ms, back after {well:.1} ms"));
            continue;
        }
        let steps = [over, back].map(|index| step(&frames, index));
        println!(
            "{} frames told, {} judged: the backup is seen {late:.1} ms after the last datagram of the first, the first \
             again {well:.1} ms after it spoke; largest move over {:.2} of the usual, back {:.2}",
            run.told.len(),
            frames.len(),
            steps[0],
            steps[1]
        );
        // Its next sample was due a period after its last; the frame that begins after that has the backup.
        assert!(late <= 2.0 * PERIOD as f64 * 1e-6, "the backup is seen {late} ms after the last datagram");
        assert!((500.0..=600.0).contains(&well), "the first is used again {well} ms after it spoke");
        assert!(frames[over..back].iter().all(|frame| frame.rank == 1), "one change there and one back");
        assert!(frames[over - 2..back + USUAL].iter().all(|frame| !frame.stale), "no frame is held");
        assert!(steps.iter().all(|step| *step <= 2.0), "a step: {steps:?} of the usual move");
        return;
    }
    panic!("this machine had no quiet moment in {} runs: {busy:#?}", busy.len());
}

//! The first half of the story: packets over the network, a take, and the proof that it plays back the same.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use cyclorama_space::PanTiltRoll;
use cyclorama_time::{FrameRate, StageTime};
use cyclorama_tracking::{
    CameraPath, DecodeOptions, Protocol, Sample,
    evaluate::{self, EvaluateOptions},
    replay,
    send::{Impairment, Pacer, Pacing, Script, SendOptions, Sender},
    take::{Reader, TakeInfo},
    udp::{ListenOptions, Listener, Recorded, Recorder, RecorderOptions},
};

use super::{facts, since, step};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// A real recording of a stage camera; see `Content/demo/NOTICE.md`.
const RECORDING: &[u8] = include_bytes!("../../../../Content/demo/mosys_f4_600.f4");
const RATE: FrameRate = FrameRate::FPS_25;
/// A second of it, and its end, is shown at the speed of the stage.
const LIVE: usize = 26;
/// The rest goes so many times as fast, which no receive buffer is too small for.
const FAST: f64 = 40.0;
/// Recording ends after this time even if packets are missing, seconds.
const PATIENCE: f64 = 15.0;

/// A recorded take and what is known of it.
pub(crate) struct Recording {
    pub(crate) reader: Reader,
    pub(crate) path: CameraPath,
    pub(crate) ingest: facts::Ingest,
    pub(crate) take: facts::Take,
    pub(crate) replay: facts::Replay,
}

/// Sends the recording over the loopback network while a recorder makes a take of it, then replays the take.
pub(crate) fn record(folder: &Path, cx: &Context) -> Result<Recording, Failure> {
    step(cx, "1/6  a real stage tracker's packets, over the network");
    let take = folder.join("take/demo.take");
    let mut info = TakeInfo::new("demo", Protocol::F4, cx.clock.utc());
    info.slate = Some("DEMO".into());
    info.take = Some(1);
    info.camera = Some("A".into());
    info.rate = Some(RATE);
    let heard: Arc<Mutex<Vec<Sample>>> = Arc::default();
    let (recorder, to) = recorder(&take, info, &heard, cx)?;
    let sent = send(to, &heard, cx)?;
    let recorded = recorder.wait().doing("record the take")?;
    let live = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
    let ingest = sent.facts(&recorded, &live);
    cx.printer.say(&format!(
        "     {} received, {} refused",
        text::count(ingest.received, "packet"),
        ingest.rejected
    ));
    step(cx, "2/6  the take, played back");
    let (reader, replayed, take) = play_back(&take, &recorded)?;
    let path =
        evaluate::camera_path(&replayed, &EvaluateOptions::default()).doing("make the camera's path")?;
    let replay = facts::Replay {
        samples: replayed.len() as u64,
        live: evaluate::digest(&live),
        replayed: evaluate::digest(&replayed),
    };
    let same = if replay.live == replay.replayed { "the same to the last bit" } else { "NOT the same" };
    cx.printer.say(&format!("     {} samples, {same} (digest {})", replay.samples, replay.replayed.short()));
    Ok(Recording { reader, path, ingest, take, replay })
}

/// A recorder on a free port of the loopback network, and where it listens.
fn recorder(
    take: &Path,
    info: TakeInfo,
    heard: &Arc<Mutex<Vec<Sample>>>,
    cx: &Context,
) -> Result<(Recorder, SocketAddr), Failure> {
    let bind = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener =
        Listener::bind(&ListenOptions::at(bind), cx.clock.clone()).doing("listen for the tracker")?;
    let to = listener.address();
    let options = RecorderOptions {
        protocol: Protocol::F4,
        decode: DecodeOptions::default(),
        take: Some((take.to_owned(), info)),
        count: Some(packets() as u64),
        seconds: Some(PATIENCE),
    };
    let heard = Arc::clone(heard);
    let keep = move |sample: &Sample| {
        heard.lock().unwrap_or_else(PoisonError::into_inner).push(sample.clone());
    };
    Ok((Recorder::start(listener, options, keep).doing("start the recorder")?, to))
}

fn packets() -> usize {
    Script::from_recording(Protocol::F4, RECORDING, RATE).datagrams.len()
}

/// What was sent, and how long it took.
struct SentRecording {
    datagrams: u64,
    live_seconds: f64,
    fast_seconds: f64,
}

fn send(to: SocketAddr, heard: &Mutex<Vec<Sample>>, cx: &Context) -> Result<SentRecording, Failure> {
    let sender = Sender::open(&SendOptions::to(to)).doing("send as the tracker")?;
    let whole = Script::from_recording(Protocol::F4, RECORDING, RATE);
    let mut rest = whole.clone();
    rest.datagrams.drain(..LIVE.min(rest.datagrams.len()));
    let pass = |script: Script, speed: f64, count: Option<u64>| {
        let begun = cx.clock.now();
        let mut pacer =
            Pacer::new(script, Pacing { speed, count, ..Pacing::default() }, Impairment::default());
        let progress = cyclorama_progress::Progress::new();
        let sent = sender.run(&mut pacer, cx.clock.as_ref(), cx.cancel(), &progress);
        sent.doing("send as the tracker").map(|sent| (sent.datagrams, since(begun, cx)))
    };
    let first = rest.datagrams.first().map_or(0, |planned| planned.nanos);
    rest.datagrams.iter_mut().for_each(|planned| planned.nanos -= first);
    let (live, live_seconds) = thread::scope(|scope| {
        let (ended, watching) = mpsc::channel::<()>();
        scope.spawn(move || watch(heard, &watching, cx));
        let sent = pass(whole, 1.0, Some(LIVE as u64));
        drop(ended);
        sent
    })?;
    let (fast, fast_seconds) = pass(rest, FAST, None)?;
    if cx.cancel().is_cancelled() {
        return Err(Failure::cancelled("nothing was rendered; run the demo again for the whole story"));
    }
    Ok(SentRecording { datagrams: live + fast, live_seconds, fast_seconds })
}

/// Shows the camera as it moves, where somebody watches.
fn watch(heard: &Mutex<Vec<Sample>>, ended: &mpsc::Receiver<()>, cx: &Context) {
    while ended.recv_timeout(Duration::from_millis(40)) == Err(mpsc::RecvTimeoutError::Timeout) {
        let last = heard.lock().unwrap_or_else(PoisonError::into_inner).last().cloned();
        if let Some(line) = last.as_ref().and_then(reading) {
            cx.printer.live_line(&format!("     live  {line}"));
        }
    }
    cx.printer.end_live_line();
}

/// `15:03:47:02  pan -3.03  tilt -28.07  roll 3.10  28.5 mm`
fn reading(sample: &Sample) -> Option<String> {
    let turned = PanTiltRoll::from_quaternion(sample.pose?.rotation);
    let timecode = sample.timecode.map_or_else(String::new, |timecode| format!("{timecode}  "));
    let lens = sample.lens.focal_length_mm.map_or_else(String::new, |focal| format!("  {focal:.1} mm"));
    Some(format!(
        "{timecode}pan {:+.2}  tilt {:+.2}  roll {:+.2}{lens}",
        turned.pan.degrees(),
        turned.tilt.degrees(),
        turned.roll.degrees()
    ))
}

impl SentRecording {
    fn facts(&self, recorded: &Recorded, live: &[Sample]) -> facts::Ingest {
        let arrivals: Vec<StageTime> = live.iter().take(LIVE).map(|sample| sample.arrived).collect();
        let gaps = arrivals.windows(2).map(|pair| pair[1].nanos_since(pair[0]));
        facts::Ingest {
            sent: self.datagrams,
            received: recorded.health.datagrams,
            rejected: recorded.health.rejected.values().sum(),
            live: arrivals.len() as u64,
            live_seconds: self.live_seconds,
            widest_gap_ms: gaps.max().unwrap_or(0) as f64 * 1e-6,
            fast_seconds: self.fast_seconds,
        }
    }
}

fn play_back(path: &Path, recorded: &Recorded) -> Result<(Reader, Vec<Sample>, facts::Take), Failure> {
    let reader = Reader::open(path).doing("open the take")?;
    let replayed = replay::samples(&reader).doing("play the take back")?.samples;
    let summary = reader.summary();
    let seconds = match (summary.first_timecode, summary.last_timecode) {
        (Some(first), Some(last)) => (last.frames_since(first) + 1) as f64 / RATE.as_f64(),
        _ => summary.seconds(),
    };
    let take = facts::Take {
        name: reader.info().name.clone(),
        bytes: summary.bytes,
        datagram_bytes: recorded.health.bytes,
        digest: summary.digest,
        first_timecode: summary.first_timecode,
        last_timecode: summary.last_timecode,
        seconds,
    };
    Ok((reader, replayed, take))
}

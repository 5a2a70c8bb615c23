use super::*;
use crate::frame::FrameFormat;
use crate::host::protocol::{FrameHeader, Open};
use crate::plan::{Passes, tests::camera};
use cyclorama_time::FrameRate;
use std::collections::BTreeMap;
use std::io::{BufReader, Cursor};
use std::path::Path;

/// Remembers what it was asked; frame 13 cannot be drawn.
#[derive(Default)]
struct Recorder(Vec<String>);

impl Host for Recorder {
    fn software(&self) -> String {
        "recorder 1".to_owned()
    }
    fn open(&mut self, open: &Open) -> Result<(), HostError> {
        self.0.push(format!("open {}", open.scene.display()));
        if open.width == 0 { Err(HostError("no width".to_owned())) } else { Ok(()) }
    }
    fn begin_range(&mut self, _: &Render) {
        self.0.push("range".to_owned());
    }
    fn walk_in(&mut self, frame: FrameNumber) -> Result<(), HostError> {
        self.0.push(format!("walk {}", frame.0));
        Ok(())
    }
    fn frame(&mut self, header: &FrameHeader, path: &Path) -> Result<(), HostError> {
        self.0.push(format!("frame {} {}", header.frame.0, path.display()));
        if header.frame.0 == 13 { Err(HostError("unlucky".to_owned())) } else { Ok(()) }
    }
}

pub(crate) fn header(frame: i64) -> FrameHeader {
    let camera = camera(frame, 1);
    FrameHeader {
        take: "t".to_owned(),
        shot: None,
        frame: FrameNumber(frame),
        timecode: None,
        rate: FrameRate::FPS_24,
        pose: camera.frames[0].pose,
        lens: camera.frames[0].lens,
        colour_space: "lin_rec709_scene".to_owned(),
        ocio: None,
    }
}

fn open(width: u32) -> ToHost {
    open_for(width, Passes::default())
}

fn open_for(width: u32, passes: Passes) -> ToHost {
    let scene = "s.usda".into();
    let colour_space = "c".to_owned();
    let content = BTreeMap::new();
    ToHost::Open(Open {
        scene,
        width,
        height: 1,
        samples: 1,
        colour_space,
        history: None,
        unreal: None,
        format: FrameFormat::Exr,
        passes,
        content,
    })
}

fn render(first: i64, last: i64, walk_in: u32) -> ToHost {
    ToHost::Render(Render {
        id: 5,
        first: FrameNumber(first),
        last: FrameNumber(last),
        walk_in,
        output: "out/{pass}.{frame}.exr".to_owned(),
        headers: (first..=last).map(header).collect(),
        ahead: None,
    })
}

/// What the host was asked and what it said, for a conversation that never cancels.
fn converse(messages: &[ToHost]) -> (Vec<String>, Vec<FromHost>, Result<(), ServeError>) {
    let mut input = String::new();
    for message in messages {
        input.push_str(&serde_json::to_string(message).expect("JSON"));
        input.push('\n');
    }
    run(BufReader::new(Cursor::new(input.into_bytes())))
}

fn run(reader: impl BufRead + Send + 'static) -> (Vec<String>, Vec<FromHost>, Result<(), ServeError>) {
    let (mut host, mut output) = (Recorder::default(), Vec::new());
    let result = serve(reader, &mut output, &mut host);
    let said = output
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("a message"))
        .collect();
    (host.0, said, result)
}

/// Input that never ends, so that the end of the worker is not seen while frames are drawn.
struct Endless(Cursor<Vec<u8>>, std::sync::mpsc::Receiver<()>);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => {
                let _ = self.1.recv();
                Ok(0)
            }
            read => Ok(read),
        }
    }
}

fn converse_open(messages: &[ToHost]) -> (Vec<String>, Vec<FromHost>) {
    let mut input = String::new();
    for message in messages.iter().chain([&ToHost::Close]) {
        input.push_str(&serde_json::to_string(message).expect("JSON"));
        input.push('\n');
    }
    let (_keep, end) = std::sync::mpsc::channel();
    let (asked, said, result) = run(BufReader::new(Endless(Cursor::new(input.into_bytes()), end)));
    result.expect("closed by the worker");
    (asked, said)
}

#[test]
fn a_host_that_writes_exr_alone_is_not_opened_for_another_format() {
    let ToHost::Open(open) = open(1) else { unreachable!("an open") };
    let png = ToHost::Open(Open { format: FrameFormat::Png, ..open });
    let (asked, said, result) = converse(&[ToHost::Hello { protocol: 1 }, png]);
    assert!(matches!(result, Err(ServeError::Open(_))) && asked.is_empty(), "{asked:?}");
    assert!(
        matches!(&said[1], FromHost::Error { message, .. } if message == "this host does not write PNG frames"),
        "{said:?}"
    );
}

#[test]
fn a_range_is_drawn_in_order_after_its_walk_in() {
    let (asked, said) = converse_open(&[ToHost::Hello { protocol: 1 }, open(1), render(2, 3, 2)]);
    let drawn = [
        "open s.usda",
        "range",
        "walk 0",
        "walk 1",
        "frame 2 out/beauty.000002.exr",
        "frame 3 out/beauty.000003.exr",
    ];
    assert_eq!(asked, drawn);
    assert!(matches!(&said[0], FromHost::Hello { protocol: 1, software } if software == "recorder 1"));
    assert_eq!(said[1], FromHost::Opened { format: FrameFormat::Exr, passes: Passes::default() });
    assert!(matches!(said[2], FromHost::Progress { frame: FrameNumber(0), walk_in: true, .. }));
    assert!(matches!(&said[4], FromHost::Frame { id: 5, frame: FrameNumber(2), .. }));
    assert_eq!(said.last(), Some(&FromHost::Rendered { id: 5 }));
}

#[test]
fn what_is_asked_for_after_a_cancellation_is_drawn() {
    let (asked, said) = converse_open(&[ToHost::Cancel, ToHost::Cancel, render(2, 3, 0)]);
    assert_eq!(asked[1..], ["frame 2 out/beauty.000002.exr", "frame 3 out/beauty.000003.exr"]);
    assert_eq!(said.last(), Some(&FromHost::Rendered { id: 5 }));
    // What stands ahead of it may be cut short, and is answered.
    let (asked, said) = converse_open(&[render(2, 3, 0), ToHost::Cancel, render(7, 7, 0)]);
    assert_eq!(asked.last().map(String::as_str), Some("frame 7 out/beauty.000007.exr"));
    assert_eq!(said.iter().filter(|said| **said == FromHost::Rendered { id: 5 }).count(), 2);
}

/// Input that comes as it is given.
struct Given(std::sync::mpsc::Receiver<String>, Cursor<Vec<u8>>);

impl Read for Given {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.1.read(buffer)?;
        if read > 0 {
            return Ok(read);
        }
        let Ok(line) = self.0.recv() else { return Ok(0) };
        self.1 = Cursor::new(line.into_bytes());
        self.1.read(buffer)
    }
}

#[test]
fn a_host_goes_no_further_than_its_worker_lets_it() {
    let line = |message: &ToHost| format!("{}\n", serde_json::to_string(message).expect("JSON"));
    let ToHost::Render(wide) = render(0, 9, 0) else { unreachable!() };
    let (says, input) = std::sync::mpsc::channel();
    let (lines, heard) = std::sync::mpsc::channel();
    let worker = std::thread::spawn(move || {
        let reader = BufReader::new(Given(input, Cursor::default()));
        let mut host = Recorder::default();
        serve(reader, Lines(lines), &mut host).expect("closed by the worker");
        host.0.len() - 1
    });
    let say = |message| says.send(line(&message)).expect("it listens");
    let frames = |count: usize| {
        let mut frames = 0;
        while frames < count {
            let said = heard.recv_timeout(std::time::Duration::from_secs(20)).expect("it goes on");
            frames += usize::from(said.contains(r#""type":"frame""#));
        }
    };
    let quiet = || heard.recv_timeout(std::time::Duration::from_millis(200)).is_err();
    say(ToHost::Render(Render { ahead: Some(3), ..wide }));
    frames(3);
    assert!(quiet(), "three wait");
    say(ToHost::Taken { id: 4 });
    assert!(quiet(), "of another range");
    say(ToHost::Taken { id: 5 });
    frames(1);
    assert!(quiet(), "three wait again");
    // Who waits is told of a cancellation, and of the end.
    say(ToHost::Cancel);
    assert!(heard.recv_timeout(std::time::Duration::from_secs(20)).expect("it ends").contains("rendered"));
    say(ToHost::Close);
    assert_eq!(worker.join().expect("no panic"), 4, "a range of four frames");
}

#[test]
fn a_frame_that_fails_ends_its_range_with_the_reason() {
    let (asked, said) = converse_open(&[render(12, 14, 0)]);
    assert_eq!(asked.len(), 3, "14 is not drawn");
    let error = FromHost::Error { frame: Some(FrameNumber(13)), message: "unlucky".to_owned() };
    assert_eq!(said[said.len() - 2..], [error, FromHost::Rendered { id: 5 }]);
}

/// Beats from another thread while it draws, until all of it was heard at the other end.
struct Slow {
    beat: Option<Beat>,
    heard: std::sync::mpsc::Receiver<String>,
    said: Vec<String>,
}

impl Host for Slow {
    fn software(&self) -> String {
        "slow 1".to_owned()
    }
    fn beat_with(&mut self, beat: Beat) {
        self.beat = Some(beat);
    }
    fn open(&mut self, _: &Open) -> Result<(), HostError> {
        Ok(())
    }
    fn begin_range(&mut self, _: &Render) {}
    fn walk_in(&mut self, _: FrameNumber) -> Result<(), HostError> {
        Ok(())
    }
    fn frame(&mut self, _: &FrameHeader, _: &Path) -> Result<(), HostError> {
        let beat = self.beat.clone().expect("given before");
        std::thread::spawn(move || (0..3).for_each(|_| beat.beat())).join().expect("beats");
        let beats = |said: &[String]| said.iter().filter(|line| line.contains("progress")).count();
        while beats(&self.said) < 3 {
            let line = self.heard.recv_timeout(std::time::Duration::from_secs(20));
            self.said.push(line.map_err(|_| HostError("no beat was passed on".to_owned()))?);
        }
        Ok(())
    }
}

/// A pipe whose lines can be waited for.
struct Lines(std::sync::mpsc::Sender<String>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn beats_of_a_renderer_are_progress_of_the_frame_in_flight() {
    let line = |message: &ToHost| format!("{}\n", serde_json::to_string(message).expect("JSON"));
    let input = line(&render(7, 7, 0)) + &line(&ToHost::Close);
    let (_keep, end) = std::sync::mpsc::channel();
    let reader = BufReader::new(Endless(Cursor::new(input.into_bytes()), end));
    let (lines, heard) = std::sync::mpsc::channel();
    let mut host = Slow { beat: None, heard, said: Vec::new() };
    serve(reader, Lines(lines), &mut host).expect("closed by the worker");
    assert_eq!(host.said[1].trim_end(), r#"{"type":"progress","id":5,"frame":7,"walk_in":false}"#);
    let after: Vec<String> = host.heard.try_iter().collect();
    assert_eq!(after.last().map(|line| line.trim_end()), Some(r#"{"type":"rendered","id":5}"#), "{after:?}");
}

#[test]
fn an_unusable_scene_another_version_and_noise_are_told_and_end_it() {
    let (_, said, result) = converse(&[open(0)]);
    assert!(matches!(result, Err(ServeError::Open(_))));
    assert_eq!(said.last(), Some(&FromHost::Error { frame: None, message: "no width".to_owned() }));
    let (_, said, result) = converse(&[ToHost::Hello { protocol: 9 }]);
    assert!(matches!(result, Err(ServeError::Version(9))));
    assert!(matches!(said.last(), Some(FromHost::Error { .. })));
    let (_, said, result) = run(BufReader::new(Cursor::new(b"noise\n".to_vec())));
    assert!(matches!(result, Err(ServeError::Message(_))));
    assert!(matches!(said.last(), Some(FromHost::Error { .. })));
    let (_, _, result) = run(BufReader::new(Cursor::new(vec![b' '; LONGEST_LINE + 5])));
    assert!(matches!(result, Err(ServeError::Message(_))));
}

#[test]
fn a_host_whose_worker_is_gone_ends_quietly() {
    let (asked, said, result) = run(BufReader::new(Cursor::new(Vec::new())));
    assert!(result.is_ok() && asked.is_empty());
    assert_eq!(said.len(), 1, "only the hello");
}

#[test]
fn a_pass_that_a_host_does_not_draw_is_refused_before_it_opens_anything() {
    let (asked, said, result) = converse(&[open_for(1, "beauty,depth".parse().expect("passes"))]);
    assert_eq!(asked, Vec::<String>::new());
    assert!(matches!(result, Err(ServeError::Open(_))), "{result:?}");
    let reason = "this host does not draw the pass depth; it draws beauty";
    let told =
        |said: &FromHost| matches!(said, FromHost::Error { frame: None, message } if message == reason);
    assert!(said.iter().any(told), "{said:?}");
}

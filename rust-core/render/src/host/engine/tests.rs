use std::fs;
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc;

use super::*;
use crate::frame::{
    Channel, FrameFormat, Image, PngDepth, decode_png_picture, open_exr, open_png, read_exr, write_exr_with,
    write_png,
};
use crate::host::protocol::{FromHost, ToHost};
use crate::host::serve::tests::header;
use crate::plan::UnrealScene;
use crate::scene::demo_stage;

const WORD: &str = "0123456789abcdef0123456789abcdef";

/// The worker's end of a conversation, by hand.
struct Worker {
    folder: tempfile::TempDir,
    stream: TcpStream,
    heard: mpsc::Receiver<FromHost>,
}

/// A worker and the engine's side of it, with the scene open.
fn meet() -> (Worker, Conversation) {
    meet_for("beauty", FrameFormat::Exr)
}

/// The same, of a job with these passes in files of this format.
fn meet_for(passes: &str, format: FrameFormat) -> (Worker, Conversation) {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let conversation = connect(address, WORD, "Engine 5".to_owned()).expect("connects");
    let (mut stream, _) = listener.accept().expect("it came");
    let mut word = [0; WORD_BYTES];
    stream.read_exact(&mut word).expect("the word");
    assert_eq!(word, WORD.as_bytes());
    let (says, heard) = mpsc::channel();
    let reading = stream.try_clone().expect("clones");
    thread::spawn(move || {
        use std::io::BufRead;
        for line in BufReader::new(reading).lines().map_while(Result::ok) {
            let _ = says.send(serde_json::from_str(&line).expect("a message"));
        }
    });
    let mut worker = Worker { folder, stream, heard };
    let scene = worker.folder.path().join("scene.usda");
    fs::write(&scene, usda::write(&demo_stage(), &crate::plan::tests::camera(0, 20))).expect("writes");
    worker.say(&ToHost::Hello { protocol: 1 });
    let [map, sequence, preset] = ["/Game/Stage", "/Game/A", "/Game/Fine"].map(str::to_owned);
    let unreal = Some(UnrealScene { map, sequence, preset });
    let colour_space = format.colour_space().to_owned();
    worker.say(&ToHost::Open(Open {
        scene,
        width: 4,
        height: 3,
        samples: 1,
        colour_space,
        history: None,
        unreal,
        format,
        passes: passes.parse().expect("passes"),
        content: std::collections::BTreeMap::new(),
    }));
    assert!(matches!(worker.hears(), FromHost::Hello { protocol: 1, .. }));
    assert_eq!(worker.hears(), FromHost::Opened { format, passes: passes.parse().expect("passes") });
    (worker, conversation)
}

impl Worker {
    fn say(&mut self, message: &ToHost) {
        let line = serde_json::to_string(message).expect("JSON") + "\n";
        self.stream.write_all(line.as_bytes()).expect("says");
    }

    fn render(&mut self, id: u64, first: i64, last: i64, walk_in: u32) {
        let output = self.folder.path().join("{pass}.{frame}.exr").to_string_lossy().into_owned();
        let headers = (first..=last).map(header).collect();
        let (first, last) = (FrameNumber(first), FrameNumber(last));
        self.say(&ToHost::Render(Render { id, first, last, walk_in, output, headers, ahead: None }));
    }

    fn hears(&self) -> FromHost {
        self.heard.recv_timeout(Duration::from_secs(20)).expect("something is said")
    }

    /// What is said until the range ended, without signs of life.
    fn hears_all(&self) -> Vec<FromHost> {
        let mut all = Vec::new();
        loop {
            match self.hears() {
                FromHost::Progress { walk_in: false, .. } => {}
                FromHost::Rendered { .. } => return all,
                said => all.push(said),
            }
        }
    }
}

/// The engine's next task, when it comes.
fn task(desk: &Desk) -> Task {
    for _ in 0..2_000 {
        if let Some(task) = desk.next() {
            return task;
        }
        thread::park_timeout(Duration::from_millis(5));
    }
    panic!("no task came");
}

/// Draws as an engine does: a plain EXR under a name of its own.
fn draw(task: &Task, frame: i64, brightness: f32) -> PathBuf {
    fs::create_dir_all(&task.folder).expect("a folder");
    let file = task.folder.join(format!("frame.FinalImage.{frame:06}.exr"));
    let mut image = Image::filled(4, 3, [brightness, 0.5, 0.25]);
    image.pixels[0] = [frame as f32, 1.0, 1.0];
    let others = ["A", "WorldDepth.R"].map(|name| Channel::single(name, vec![frame as f32; 12]));
    let header = header(0).drawn_by("an engine".to_owned());
    write_exr_with(&file, &image, others.to_vec(), &header).expect("writes");
    file
}

#[test]
fn a_range_is_drawn_with_its_walk_in_and_every_file_gets_our_header() {
    let (mut worker, conversation) = meet();
    worker.render(1, 2, 3, 5);
    let task = task(conversation.desk());
    // The camera begins at 0, and the end is not drawn.
    assert_eq!((task.drawn_from, task.first, task.end), (FrameNumber(0), FrameNumber(2), FrameNumber(4)));
    assert_eq!((task.size, task.unreal.sequence.as_str()), ((4, 3), "/Game/A"));
    for frame in 0..4 {
        let file = draw(&task, frame, 0.5);
        // Asked before the last file is told: after it the worker has all it wants.
        assert!(!conversation.desk().beat(task.number));
        conversation.desk().wrote(&file);
    }
    conversation.desk().finished(task.number, Ok(()));
    let said = worker.hears_all();
    let frames: Vec<i64> = said
        .iter()
        .filter_map(|said| match said {
            FromHost::Frame { frame, path, .. } => {
                let (image, header) = read_exr(path).expect("an EXR of ours");
                assert_eq!((header.frame, header.software.as_str()), (*frame, "Engine 5"));
                assert_eq!(image.pixels[0], [frame.0 as f32, 1.0, 1.0]);
                Some(frame.0)
            }
            _ => None,
        })
        .collect();
    assert_eq!(frames, [2, 3]);
    assert_eq!(fs::read_dir(&task.folder).expect("lists").count(), 0, "nothing is left of it");
    // The range is over for the worker: the next one may come.
    assert!(conversation.desk().beat(task.number));
    worker.render(2, 7, 7, 0);
    assert_ne!(self::task(conversation.desk()).number, task.number);
}

#[test]
fn layers_that_an_engine_wrote_are_taken_over_where_a_job_has_passes() {
    for (passes, kept) in [("beauty", vec![]), ("beauty,worlddepth", vec!["A", "WorldDepth.R"])] {
        let (mut worker, conversation) = meet_for(passes, FrameFormat::Exr);
        worker.render(1, 2, 2, 0);
        let task = task(conversation.desk());
        conversation.desk().wrote(&draw(&task, 2, 0.5));
        let said = worker.hears_all();
        let [FromHost::Frame { path, .. }] = &said[..] else { panic!("{said:?}") };
        let file = open_exr(&fs::read(path).expect("reads")).expect("a frame of ours");
        assert_eq!(file.others.iter().map(Channel::name).collect::<Vec<_>>(), kept, "{passes}");
        assert!(file.others.iter().all(|channel| channel.values().all(|value| value == 2.0)));
    }
}

#[test]
fn pngs_of_an_engine_are_taken_where_a_job_wants_them_with_as_many_bits_as_it_gave() {
    let (mut worker, conversation) = meet_for("beauty", FrameFormat::Png);
    worker.render(1, 2, 3, 0);
    let task = task(conversation.desk());
    assert_eq!(task.format, FrameFormat::Png);
    fs::create_dir_all(&task.folder).expect("a folder");
    // An EXR of the same frame lies beside it: a preset may write both.
    draw(&task, 2, 0.5);
    let mut image = Image::filled(4, 3, [0.5, 0.25, 2.0]);
    image.pixels[0] = [0.0; 3];
    let file = task.folder.join("frame.FinalImage.000002.png");
    write_png(&file, &image).expect("writes");
    let theirs = decode_png_picture(&fs::read(&file).expect("reads")).expect("a PNG").image;
    conversation.desk().wrote(&file);
    conversation.desk().finished(task.number, Ok(()));
    let said = worker.hears_all();
    let [FromHost::Frame { frame: FrameNumber(2), path, .. }, FromHost::Error { message, .. }] = &said[..]
    else {
        panic!("{said:?}");
    };
    assert!(message.contains("without a file of frame 3 as PNG"), "{message}");
    let bytes = fs::read(path).expect("reads");
    let ours = open_png(&bytes).expect("a frame of ours");
    assert_eq!((ours.image, ours.header.software.as_str()), (theirs, "Engine 5"));
    assert_eq!(decode_png_picture(&bytes).expect("a PNG").depth, PngDepth::Eight);
    assert_eq!(fs::read_dir(&task.folder).expect("lists").count(), 0, "nor is the other file left");
}

#[test]
fn a_half_written_file_is_waited_for() {
    let (mut worker, conversation) = meet();
    worker.render(1, 2, 2, 0);
    let task = task(conversation.desk());
    let file = draw(&task, 2, 0.5);
    let whole = fs::read(&file).expect("reads");
    fs::write(&file, &whole[..whole.len() / 2]).expect("cuts");
    assert!(worker.heard.recv_timeout(Duration::from_millis(150)).is_err(), "half a file is no frame");
    fs::write(&file, &whole).expect("completes");
    assert!(matches!(worker.hears_all()[..], [FromHost::Frame { frame: FrameNumber(2), .. }]));
}

#[test]
fn an_engine_that_fails_or_forgets_a_frame_is_told_with_the_reason() {
    let (mut worker, conversation) = meet();
    worker.render(1, 2, 3, 0);
    let first = task(conversation.desk());
    draw(&first, 2, 0.5);
    conversation.desk().finished(first.number, Ok(()));
    let said = worker.hears_all();
    assert!(
        matches!(&said[1], FromHost::Error { frame: Some(FrameNumber(3)), message } if message.contains("without"))
    );
    worker.render(2, 5, 5, 0);
    let second = task(conversation.desk());
    conversation.desk().finished(second.number, Err("the map does not load".to_owned()));
    let said = worker.hears_all();
    assert!(
        matches!(&said[0], FromHost::Error { message, .. } if message == "the map does not load"),
        "{said:?}"
    );
}

#[test]
fn a_worker_that_closes_or_goes_ends_it() {
    let (mut worker, conversation) = meet();
    worker.say(&ToHost::Close);
    let over = |desk: &Desk| {
        for _ in 0..2_000 {
            match desk.standing() {
                Standing::Open => thread::park_timeout(Duration::from_millis(5)),
                over => return over,
            }
        }
        Standing::Open
    };
    assert_eq!(over(conversation.desk()), Standing::Closed);
    let (mut worker, conversation) = meet();
    worker.render(1, 2, 3, 0);
    let task = task(conversation.desk());
    assert!(!conversation.desk().beat(task.number));
    drop(worker.stream.shutdown(Shutdown::Both));
    draw(&task, 2, 0.5);
    draw(&task, 3, 0.5);
    assert_ne!(over(conversation.desk()), Standing::Open);
    assert!(conversation.desk().beat(task.number));
}

#[test]
fn files_of_frames_that_nobody_asked_for_are_named_where_one_is_missing() {
    let (mut worker, conversation) = meet();
    worker.render(1, 12, 13, 2);
    let task = task(conversation.desk());
    // Counted from the begin of the sequence, as an engine does that takes another number for the first.
    for frame in [10, 11, 12, 0, 1, 2, 3, 4] {
        conversation.desk().wrote(&draw(&task, frame, 0.5));
    }
    conversation.desk().finished(task.number, Ok(()));
    let said = worker.hears_all();
    let FromHost::Error { frame: Some(FrameNumber(13)), message } = &said[said.len() - 1] else {
        panic!("{said:?}");
    };
    let named =
        "frame.FinalImage.000000.exr, frame.FinalImage.000001.exr, frame.FinalImage.000002.exr and 2 more";
    assert!(message.contains("without a file of frame 13 as OpenEXR"), "{message}");
    assert!(message.contains(named) && message.ends_with("not of frames 10 to 13"), "{message}");
}

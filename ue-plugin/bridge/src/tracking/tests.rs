use std::net::UdpSocket;

use cyclorama_space::convert::unreal::{Transform, to_stage};
use cyclorama_tracking::{Decoder, Protocol};

use super::*;
use crate::{
    events::EventKind,
    status::ffi as answers,
    time::{BeatPhase, beat_phase, beat_words},
};

/// A vector, as its datagrams.
fn datagrams(protocol: Protocol, name: &str) -> Vec<Vec<u8>> {
    let path = format!("{}/../../tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).expect("a vector");
    cyclorama_tracking::decoder::split(protocol, &bytes)
        .into_iter()
        .map(|piece| bytes[piece].to_vec())
        .collect()
}

/// Recorded motion is sent faster than a camera moves, so what looks implausible is kept.
fn session(protocol: &str) -> Box<Tracking> {
    let config = TrackingConfig {
        protocol: protocol.into(),
        bind: "127.0.0.1:0".into(),
        keep_outliers: true,
        ..TrackingConfig::default()
    };
    let tracking = tracking_start(&config);
    assert_eq!((tracking.state(), tracking.state_text()), (Status::Ok, String::new()));
    tracking
}

/// Sends one datagram, always from the same place, and waits for what it becomes.
fn hear(tracking: &Tracking, feed: &mut Feed, bytes: &[u8]) -> (Pose, Details) {
    thread_local!(static SENDER: UdpSocket = UdpSocket::bind("127.0.0.1:0").expect("a socket"));
    SENDER.with(|sender| sender.send_to(bytes, ("127.0.0.1", tracking.port()))).expect("sent");
    let (mut pose, mut details) = ([Pose::default()], [Details::default()]);
    assert_eq!(feed.wait_next(5_000_000, &mut pose, &mut details), 1, "{}", tracking.health_json());
    (pose[0], details[0])
}

#[test]
fn a_freed_packet_on_a_port_is_centimetres_in_unreals_axes() {
    let tracking = session("freed");
    let mut feed = tracking.feed();
    let bytes = &datagrams(Protocol::FreeD, "freed/jwetzell_free-d_unit.freed")[0];
    let packet = cyclorama_tracking::protocol::freed::Packet::decode(bytes).expect("sound");
    let (pose, details) = hear(&tracking, &mut feed, bytes);
    // FreeD counts 1/64 mm, X right, Y forward, Z up.
    let cm = packet.position.map(|count| f64::from(count) / 640.0);
    for (ours, wire) in [(pose.y, cm[0]), (pose.x, cm[1]), (pose.z, cm[2])] {
        assert!((ours - wire).abs() < 1e-9, "{pose:?} for {cm:?}");
    }
    assert_eq!((tracking.subject_count(), pose.subject, pose.flags), (1, 0, 0));
    assert!(tracking.subject_name(0).starts_with("freed:"));
    assert!(details.arrived_ns > 0 && details.sampled_ns <= details.arrived_ns);
    assert!(details.ready_ns >= details.arrived_ns);
    let mut newest = Pose::default();
    assert_eq!(tracking.latest(0, &mut newest), Status::Ok);
    assert_eq!(newest, pose);
    assert_eq!(tracking.latest(1, &mut newest), Status::NotFound);
    assert_eq!(tracking.latest(u32::MAX, &mut newest), Status::NotFound);
}

#[test]
fn the_vectors_of_every_protocol_arrive_bit_for_bit_as_the_decoder_reads_them() {
    for (protocol, name) in [
        (Protocol::F4, "mosys_f4/dev_first600.f4"),
        (Protocol::FreeD, "freed/derived_from_mosys_f4_first600.freed"),
        (Protocol::OpenTrackIO, "opentrackio/complete_dynamic.json.otrk"),
        (Protocol::Psn, "psn/vyv_1trackers_data_0.psn"),
    ] {
        let tracking = session(protocol.name());
        let mut feed = tracking.feed();
        let bytes = datagrams(protocol, name);
        let mut decoder = Decoder::new(protocol, cyclorama_tracking::DecodeOptions::default());
        let mut samples = Vec::new();
        for bytes in bytes.iter().take(20) {
            samples.clear();
            decoder.datagram(cyclorama_time::StageTime::from_nanos(0), None, bytes, &mut samples);
            let Some(sample) = samples.first() else { continue };
            let (pose, details) = hear(&tracking, &mut feed, bytes);
            let wanted = cyclorama_space::convert::unreal::from_stage(&sample.pose.expect("a pose"));
            assert_eq!([pose.x, pose.y, pose.z], wanted.location_cm, "{name}");
            assert_eq!([pose.qx, pose.qy, pose.qz, pose.qw], wanted.rotation_xyzw, "{name}");
            if let Some(focal) = sample.lens.focal_length_mm {
                assert_eq!(details.focal_length_mm, focal, "{name}");
            }
            if let Some(label) = sample.timecode {
                assert_eq!(details.timecode_frame, label.frame_of_day().0, "{name}");
            }
            // And back: nothing was lost on the way to Unreal's axes.
            let back = to_stage(&Transform {
                location_cm: [pose.x, pose.y, pose.z],
                rotation_xyzw: [pose.qx, pose.qy, pose.qz, pose.qw],
            });
            assert!(back.position.distance(sample.pose.expect("a pose").position) < 1e-12, "{name}");
        }
        assert!(decoder.summary().accepted > 0, "{name}");
    }
}

#[test]
fn a_reader_gives_the_subject_between_samples_and_a_batch_gives_every_pose_once() {
    let tracking = session("freed");
    let (mut feed, mut other) = (tracking.feed(), tracking.feed());
    let bytes = datagrams(Protocol::FreeD, "freed/derived_from_mosys_f4_first600.freed");
    let (first, _) = hear(&tracking, &mut feed, &bytes[0]);
    let mut reader = tracking.reader(0);
    let (mut pose, mut details) = (Pose::default(), Details::default());
    assert_eq!(reader.sample_at(first.at_ns, &mut pose, &mut details), Status::NotFound, "it begins now");
    let (second, _) = hear(&tracking, &mut feed, &bytes[1]);
    assert_eq!(reader.sample_at(second.at_ns, &mut pose, &mut details), Status::Ok);
    assert_eq!(pose, second);
    assert_eq!(details.subject, 0);
    let mut poses = [Pose::default(); 8];
    // One feed has its sample a moment before the other.
    let mut count = 0;
    while count < 2 {
        std::thread::yield_now();
        count += other.batch(&mut poses[count..]) as usize;
    }
    assert_eq!(count, 2);
    assert_eq!(poses[..2], [first, second]);
    assert_eq!((other.batch(&mut poses), other.feed_dropped()), (0, 0));
}

#[test]
fn stopping_wakes_who_waits_and_can_be_done_again() {
    let tracking = session("psn");
    let mut feed = tracking.feed();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(move || {
            let (mut pose, mut details) = ([Pose::default()], [Details::default()]);
            let count = feed.wait_next(60_000_000, &mut pose, &mut details);
            (count, feed.feed_state())
        });
        assert_eq!(tracking.stop(), Status::Ok);
        assert_eq!(waiting.join().expect("no panic"), (0, Status::Cancelled));
    });
    assert_eq!((tracking.stop(), tracking.state()), (Status::Ok, Status::Cancelled));
    assert_eq!(tracking.feed().feed_state(), Status::Cancelled, "a feed of a stopped session is over");
}

#[test]
fn what_cannot_be_heard_says_why() {
    let start = |config: TrackingConfig| {
        let tracking = tracking_start(&config);
        (tracking.state(), tracking.state_text(), tracking.port())
    };
    let bad = TrackingConfig { protocol: "freee".into(), ..TrackingConfig::default() };
    let (status, text, port) = start(bad);
    assert_eq!((status, port), (Status::User, 0));
    assert!(text.contains("`freee` is not a tracking protocol"), "{text}");
    assert_eq!(crate::guard::last_error(), text);
    let held = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let bind = held.local_addr().expect("bound").to_string();
    let taken = TrackingConfig { protocol: "freed".into(), bind, ..TrackingConfig::default() };
    let (status, text, _) = start(taken);
    assert_eq!(status, Status::Conflict);
    assert!(text.contains("in use by another program"), "{text}");
    let nowhere =
        TrackingConfig { protocol: "freed".into(), bind: "here".into(), ..TrackingConfig::default() };
    assert_eq!(start(nowhere).0, Status::User);
}

#[test]
fn a_tracker_is_heard_at_once_and_with_its_lens_from_when_the_file_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.lens.json");
    let line = format!("protocol=freed; outliers=keep; bind=127.0.0.1:0; lens={}", path.display());
    let tracking = tracking_open(&line);
    assert_eq!(tracking.state(), Status::Ok, "{}", tracking.state_text());
    let mut feed = tracking.feed();
    let bytes = datagrams(Protocol::FreeD, "freed/derived_from_mosys_f4_first600.freed");
    let (_, without) = hear(&tracking, &mut feed, &bytes[0]);
    assert_eq!(without.sensor_width_mm, 0.0);
    while !tracking.state_text().contains("is tried again") {
        std::thread::yield_now();
    }
    let text = tracking.state_text();
    assert!(tracking.state() == Status::Ok && text.contains("without its lens file"), "{text}");
    let sensor = cyclorama_space::SensorSize { width_mm: 24.0, height_mm: 13.5 };
    let document = cyclorama_tracking::lens::Document::new(sensor);
    let fresh = folder.path().join("fresh");
    std::fs::write(&fresh, document.to_json()).expect("written");
    std::fs::rename(&fresh, &path).expect("renamed");
    while !tracking.state_text().is_empty() {
        std::thread::yield_now();
    }
    let (_, with) = hear(&tracking, &mut feed, &bytes[1]);
    assert_eq!((with.sensor_width_mm, with.sensor_height_mm), (24.0, 13.5));
}

#[test]
fn a_port_that_is_let_go_is_heard_with_the_same_handles_and_what_happened_is_told_once() {
    let holder = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let bind = holder.local_addr().expect("bound").to_string();
    let tracking = tracking_open(&format!("protocol=freed; outliers=keep; bind={bind}"));
    assert_eq!((tracking.state(), tracking.tries_again(), tracking.port()), (Status::Conflict, true, 0));
    assert!(tracking.state_text().ends_with("it is tried again every 2 s"), "{}", tracking.state_text());
    let mut feed = tracking.feed();
    drop(holder);
    // A feed of before, and no other number: whoever holds it need not ask again.
    while tracking.state() != Status::Ok {
        std::thread::yield_now();
    }
    assert!(!tracking.tries_again());
    let bytes = &datagrams(Protocol::FreeD, "freed/derived_from_mosys_f4_first600.freed")[0];
    hear(&tracking, &mut feed, bytes);
    let mine = format!("on UDP port {}", tracking.port());
    let told = crate::events::all_for_tests();
    assert_eq!(told.iter().filter(|event| event.text.ends_with(&mine)).count(), 1);
    let why = |event: &&crate::events::Event| event.text.contains(&bind);
    assert_eq!(told.iter().filter(why).count(), 1, "{told:?}");
}

#[test]
fn a_port_that_this_process_hears_already_is_said_to_be_and_is_had_soon_after_it_is_let_go() {
    let first = session("freed");
    let line = format!("protocol=freed; outliers=drop; bind=127.0.0.1:{}", first.port());
    let second = tracking_open(&line);
    assert_eq!((second.state(), second.tries_again()), (Status::Conflict, true));
    assert!(second.state_text().contains("in use by this editor itself"), "{}", second.state_text());
    let begun = crate::time::clock().now();
    drop(first);
    while second.state() != Status::Ok {
        std::thread::yield_now();
    }
    assert!(crate::time::clock().now().nanos_since(begun) < 1_500_000_000, "not only after two seconds");
}

#[test]
fn takes_are_recorded_again_once_a_lost_port_is_back_and_both_is_told() {
    use cyclorama_tracking::{ingest::Order, slate::SlateOptions, slate::recorder::SlatedOptions};

    let folder = tempfile::tempdir().expect("a folder");
    let tracking = session("freed");
    let (shared, address) = (tracking.shared(), tracking.heard_at().expect("it listens"));
    let slating = shared.slating();
    let lost = || Failure::new(Status::Conflict, "the port of this test is lost");
    let ask = |order| {
        let (reply, answer) = std::sync::mpsc::sync_channel(1);
        slating.order((order, reply))?;
        let answer = answer.recv_timeout(std::time::Duration::from_secs(20)).expect("an answer");
        answer.map_err(|why| Failure::new(Status::Refused, why))
    };
    // Nothing was recorded: nothing is paused.
    shared.falls_deaf(lost());
    shared.listens_at(address);
    assert!(!slating.standing().recording && slating.standing().trouble.is_none());
    let options = SlatedOptions {
        slate: SlateOptions::default(),
        folder: folder.path().to_owned(),
        info: shared.info().expect("it listens").clone(),
        pre_roll: 0.0,
    };
    slating.record(options.clone());
    let roll = || Order::Roll { slate: None, take: None, note: None };
    let said = ask(roll()).expect("it rolls");
    assert!(said.rolling.is_some());
    shared.falls_deaf(lost());
    shared.falls_deaf(lost());
    let standing = slating.standing();
    assert!(!standing.recording, "{standing:?}");
    assert!(standing.trouble.expect("a reason").ends_with("the port of this test is lost"));
    assert_eq!(ask(roll()).expect_err("it is away").status, Status::Refused);
    shared.listens_at(address);
    let standing = slating.standing();
    assert!(standing.recording && standing.trouble.is_none(), "{standing:?}");
    // The thread of this test never lost its port: it has to end the take of before.
    assert!((0..1_000).any(|_| ask(roll()).is_ok()), "it rolls again");
    let told = crate::events::all_for_tests();
    let stopped = told.iter().filter(|event| event.text.ends_with("the port of this test is lost"));
    assert_eq!(stopped.map(|event| event.kind).collect::<Vec<_>>(), [EventKind::RecordingStopped]);
    assert!(told.iter().any(|event| event.text.ends_with("takes are recorded again")));
    // A disk that fails ends it for good.
    slating.failed("the disk is full".to_owned());
    shared.falls_deaf(lost());
    shared.listens_at(address);
    assert!(!slating.standing().recording);
    // The take that rolled is the last one then.
    let (alone, _orders) = slating::Slating::new();
    alone.record(options);
    alone.tell(&said);
    assert!(alone.pauses("away") && !alone.pauses("away"));
    let standing = alone.standing();
    assert_eq!((standing.said.rolling, standing.said.last), (None, said.rolling));
}

#[test]
fn a_session_that_waits_for_its_port_ends_at_once_and_one_that_can_never_be_does_not_wait() {
    let holder = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let bind = holder.local_addr().expect("bound").to_string();
    let tracking = tracking_open(&format!("protocol=freed; bind={bind}"));
    let begun = crate::time::clock().now();
    assert_eq!((tracking.stop(), tracking.state()), (Status::Ok, Status::Cancelled));
    assert!(crate::time::clock().now().nanos_since(begun) < 400_000_000);
    assert_eq!((tracking.tries_again(), tracking.feed().feed_state()), (false, Status::Cancelled));
    let never = tracking_open("protocol=freee");
    assert_eq!((never.state(), never.tries_again()), (Status::User, false));
}

#[test]
fn a_beat_of_the_house_comes_in_order_and_one_of_a_silent_tracker_never() {
    let tracking = session("freed");
    let options = GenlockOptions { rate_numerator: 240, rate_denominator: 1, ..GenlockOptions::default() };
    let mut genlock = tracking.genlock(&options);
    let mut phase = BeatPhase::default();
    assert_eq!(
        (beat_phase(&mut phase), beat_words()),
        (Status::NotFound, String::new()),
        "not waited for yet"
    );
    let mut last: Option<Tick> = None;
    for _ in 0..10 {
        let mut tick = Tick::default();
        assert_eq!(genlock.wait_tick(1_000_000, &mut tick), Status::Ok);
        if let Some(last) = last {
            assert_eq!(tick.frame, last.frame + 1 + tick.skipped);
            assert!(tick.begins_ns > last.begins_ns);
        }
        // The beat goes on from there while somebody asks.
        assert_eq!(beat_phase(&mut phase), Status::Ok);
        assert!(phase.frame >= tick.frame && (0.0..1.0).contains(&phase.phase), "{phase:?} of {tick:?}");
        assert_eq!((phase.rate_numerator, phase.rate_denominator, phase.follows_tracker), (240, 1, 0));
        last = Some(tick);
    }
    let follows = GenlockOptions { follow_tracker: true, ..options };
    let mut tick = Tick::default();
    let mut silent = tracking.genlock(&follows);
    assert_eq!(silent.wait_tick(50_000, &mut tick), Status::Timeout);
    assert_eq!(beat_phase(&mut phase), Status::Ok);
    assert_eq!((phase.locked, phase.follows_tracker), (0, 1));
    assert!(beat_words().contains("the tracker's beat does not come"), "{}", beat_words());
    // Whoever was waited for before says nothing of the one that is waited for now.
    drop(genlock);
    assert_eq!(beat_phase(&mut phase), Status::Ok);
    drop(silent);
    assert_eq!((beat_phase(&mut phase), beat_words()), (Status::NotFound, String::new()));
    let none = GenlockOptions::default();
    assert_eq!(tracking.genlock(&none).wait_tick(1, &mut tick), Status::Internal);
    assert!(crate::guard::last_error().contains("beat"));
}

#[test]
fn the_timecode_counts_on_for_as_long_as_it_is_held() {
    let tracking = tracking_open("protocol=f4; bind=127.0.0.1:0");
    assert_eq!(tracking.state(), Status::Ok);
    let mut label = Label::default();
    assert_eq!(tracking.timecode_now(1_000_000_000, &mut label), Status::NotFound);
    let bytes = &datagrams(Protocol::F4, "mosys_f4/dev_first600.f4")[0];
    let (_, details) = hear(&tracking, &mut tracking.feed(), bytes);
    assert_eq!(tracking.timecode_now(3_600_000_000_000, &mut label), Status::Ok);
    let day = i64::from(details.rate_numerator / details.rate_denominator) * 86_400;
    assert!((label.frame - details.timecode_frame).rem_euclid(day) < 10_000);
    assert_eq!((label.rate_numerator, label.subject), (details.rate_numerator, 0));
    let arrived = cyclorama_time::StageTime::from_nanos(details.arrived_ns);
    let board = tracking.shared().board();
    let at = |now: i64, at: i64| {
        convert::label_at(board, arrived.plus_nanos(now), arrived.plus_nanos(at), 500_000_000)
    };
    let later = |nanos| at(nanos, nanos).map(|(label, _)| label.frame_of_day().0);
    let frame = 1_000_000_000 * i64::from(details.rate_denominator) / i64::from(details.rate_numerator);
    let (now, next) = (later(0).expect("fresh"), later(frame).expect("fresh"));
    assert_eq!(next - now, 1);
    assert_eq!(later(500_000_001).expect_err("too old").status, Status::Timeout);
    // Of a moment still to come it is told as long as the last label is young enough now.
    let ahead = at(0, 10 * frame).expect("fresh").0.frame_of_day().0;
    assert_eq!(ahead - now, 10);
}

#[test]
fn a_panic_is_a_status_and_a_sentence_and_the_handle_lives() {
    let status = crate::guard::status("latest", || panic!("{} went wrong", "something"));
    assert_eq!(status, Status::Panicked);
    assert!(
        crate::guard::last_error().contains("a defect of Cyclorama stopped latest: something went wrong")
    );
    assert_eq!(answers::Status::Panicked, status);
}

#[test]
fn what_crosses_has_the_size_that_cpp_asserts() {
    assert_eq!((size_of::<Pose>(), align_of::<Pose>()), (72, 8));
    assert_eq!((size_of::<Details>(), align_of::<Details>()), (232, 8));
    assert_eq!((size_of::<Tick>(), size_of::<GenlockOptions>(), size_of::<Label>()), (24, 16, 24));
}

#[test]
fn words_hold_every_field() {
    let details = Details {
        drop_frame: 1,
        sequence: 7,
        ready_ns: -9,
        distortion: [0.5; 8],
        cy: 0.25,
        ..Details::default()
    };
    assert_eq!(convert::details_of(&convert::details_words(&details)), details);
    let pose = Pose { at_ns: -3, qw: 1.0, z: -0.0, subject: 63, flags: 3, ..Pose::default() };
    assert_eq!(convert::pose_of(&convert::pose_words(&pose)), pose);
}

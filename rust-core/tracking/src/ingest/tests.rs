//! The one way from datagrams to poses, by hand: senders, lenses, clocks and what is told of them.

mod full_disk;

use cyclorama_space::{DVec3, PanTiltRoll, Pose, SensorSize, rotation};
use cyclorama_time::{FrameRate, SenderTime, UtcTime};

use super::*;
use crate::{
    DecodeOptions, Protocol,
    lens::Document,
    protocol::opentrackio::Encoding,
    send::{Encoder, Move, Simulation},
    stream::{Sources, StreamOptions},
};

fn source(last: u8) -> Option<SocketAddr> {
    Some(([10, 0, 0, last], 5_000).into())
}

/// A sender of simulated samples at 50 a second.
struct Sends {
    simulation: Simulation,
    encoder: Encoder,
}

impl Sends {
    fn new(protocol: Protocol) -> Self {
        let encoder = Encoder::new(protocol, DecodeOptions::default()).with_encoding(Encoding::Json);
        Self { simulation: Simulation::new(Move::Crane, FrameRate::FPS_50), encoder }
    }

    fn frame(&mut self, frame: i64, change: impl Fn(&mut Sample)) -> (StageTime, Vec<Vec<u8>>) {
        let mut sample = self.simulation.sample(frame);
        change(&mut sample);
        let mut out = Vec::new();
        self.encoder.encode(&sample, |bytes| out.push(bytes.to_vec()));
        (sample.arrived, out)
    }
}

fn hear(
    ingest: &mut Ingest,
    lane: usize,
    arrived: StageTime,
    source: Option<SocketAddr>,
    datagrams: &[Vec<u8>],
) {
    for bytes in datagrams {
        ingest.datagram(lane, arrived, source, bytes);
    }
}

fn ingest(protocol: Protocol) -> IngestOptions {
    IngestOptions::new(Speech::Protocol(protocol, DecodeOptions::default()))
}

fn wall() -> WallReference {
    WallReference {
        stage: StageTime::from_nanos(0),
        utc: UtcTime::from_nanos(1_764_000_000_000_000_000),
        within_nanos: 20_000_000,
    }
}

fn causes(ingest: &mut Ingest, now: StageTime) -> Vec<FaultCause> {
    std::iter::from_fn(|| ingest.poll_fault(now)).map(|fault| fault.cause).collect()
}

#[test]
fn every_protocol_gives_the_pose_of_the_wall_s_time() {
    for protocol in Protocol::ALL {
        let (mut ingest, mut sends) = (Ingest::new(ingest(protocol)), Sends::new(protocol));
        let mut now = StageTime::default();
        for frame in 0..250 {
            let (arrived, datagrams) = sends.frame(frame, |_| ());
            now = arrived;
            for bytes in datagrams {
                ingest.datagram(0, arrived, source(7), &bytes);
                ingest.learn();
            }
        }
        let subject = ingest.tracker().subjects().next().expect("one subject").to_owned();
        let found = ingest.at(&subject, now, now.plus_nanos(80_000_000)).expect("a pose");
        let truth = Move::Crane.pose(now.seconds() + 0.08);
        assert!(found.pose.position.distance(truth.position) < 0.01, "{protocol}");
        assert!(rotation::angle_between(found.pose.rotation, truth.rotation) < 0.01, "{protocol}");
        assert!(found.confidence > 0.5 && found.overscan() >= 1.0, "{protocol}");
    }
}

#[test]
fn a_backup_takes_over_within_a_frame_and_the_first_returns_by_itself() {
    let mut options = ingest(Protocol::FreeD);
    options.tracker.streams.sources = Sources::FirstHeard;
    let (mut ingest, mut first, mut second) =
        (Ingest::new(options), Sends::new(Protocol::FreeD), Sends::new(Protocol::FreeD));
    let (mut active, mut last, mut steps) = (Vec::new(), None, Vec::new());
    for frame in 0..400 {
        let (arrived, a) = first.frame(frame, |_| ());
        let (_, b) = second.frame(frame, |sample| {
            // The backup stands two millimetres beside the first.
            if let Some(pose) = &mut sample.pose {
                pose.position.x += 0.002;
            }
        });
        if !(100..200).contains(&frame) {
            hear(&mut ingest, 0, arrived, source(7), &a);
        }
        hear(&mut ingest, 1, arrived, source(8), &b);
        // The frame is read five milliseconds after the samples were due.
        let now = arrived.plus_nanos(5_000_000);
        let pose = ingest.at("freed:1", now, now).expect("a pose").pose;
        if let Some(before) = last.replace(pose) {
            steps.push(pose.position.distance(before.position));
        }
        active.push(ingest.tracker().status("freed:1").expect("known").active);
    }
    assert_eq!(active[99], 0);
    assert_eq!((active[101], active[199]), (1, 1), "within one frame of the first that is missing");
    assert_eq!((active[210], active[260]), (1, 0), "back once the first was well for half a second");
    let usual = steps[50..99].iter().copied().fold(0.0, f64::max);
    let worst = steps[99..].iter().copied().fold(0.0, f64::max);
    assert!(worst < 2.0 * usual + 1e-4, "a step of {worst} m where {usual} m is usual");
    assert!(causes(&mut ingest, StageTime::from_nanos(9_000_000_000)).contains(&FaultCause::Switched));
}

#[test]
fn a_second_sender_on_the_same_address_is_told_and_never_blended_in() {
    let mut ingest = Ingest::new(ingest(Protocol::F4));
    let (mut good, mut bad) = (Sends::new(Protocol::F4), Sends::new(Protocol::F4));
    for frame in 0..50 {
        let (arrived, datagrams) = good.frame(frame, |_| ());
        hear(&mut ingest, 0, arrived, source(7), &datagrams);
        assert_eq!(ingest.used().len(), 1);
        let (_, datagrams) = bad.frame(frame, |sample| sample.pose = Some(Move::Crane.pose(20.0)));
        hear(&mut ingest, 0, arrived, source(9), &datagrams);
        assert!(ingest.used().is_empty(), "the second sender is not used");
    }
    let now = StageTime::from_nanos(1_000_000_000);
    assert!(causes(&mut ingest, now).contains(&FaultCause::SecondSender));
    assert!(causes(&mut ingest, now).is_empty(), "told once a second at most");
}

#[test]
fn only_named_sources_are_heard() {
    let mut options = ingest(Protocol::F4);
    let named = Sources::Named(vec![([10, 0, 0, 7], 0).into()]);
    options.tracker.streams = StreamOptions { sources: named, ..StreamOptions::default() };
    let (mut ingest, mut sends) = (Ingest::new(options), Sends::new(Protocol::F4));
    let (arrived, datagrams) = sends.frame(0, |_| ());
    ingest.datagram(0, arrived, source(8), &datagrams[0]);
    assert!(ingest.used().is_empty());
    ingest.datagram(0, arrived, source(7), &datagrams[0]);
    assert_eq!(ingest.used().len(), 1);
    assert_eq!(causes(&mut ingest, arrived), [FaultCause::NotAllowed]);
}

#[test]
fn utc_where_tai_is_due_is_named() {
    for (ahead, wanted) in [(37_000_000_000, None), (0, Some(FaultCause::UtcForTai))] {
        let mut ingest = Ingest::new(ingest(Protocol::OpenTrackIO));
        ingest.set_wall(wall());
        let mut sends = Sends::new(Protocol::OpenTrackIO);
        let mut told = Vec::new();
        for frame in 0..100 {
            let (arrived, datagrams) = sends.frame(frame, |sample| {
                let utc = wall().utc.nanos() + sample.arrived.nanos();
                sample.sampled = Some(SenderTime::from_nanos(utc + ahead));
            });
            hear(&mut ingest, 0, arrived, source(7), &datagrams);
            told.extend(causes(&mut ingest, arrived));
        }
        assert_eq!(told, wanted.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_tracker_that_is_first_heard_in_the_middle_of_a_move_is_believed() {
    for begin in [0, 100, 333, 500] {
        let (mut ingest, mut sends) = (Ingest::new(ingest(Protocol::FreeD)), Sends::new(Protocol::FreeD));
        for frame in begin..begin + 10 {
            let (arrived, datagrams) = sends.frame(frame, |_| ());
            hear(&mut ingest, 0, arrived, source(7), &datagrams);
            assert_eq!(ingest.used()[0].taken, Taken::Used, "frame {frame} after {begin}");
        }
    }
}

#[test]
fn samples_that_a_busy_machine_delivers_in_bunches_are_no_outliers() {
    let (mut ingest, mut sends) = (Ingest::new(ingest(Protocol::FreeD)), Sends::new(Protocol::FreeD));
    let (mut kept_out, mut used) = (0, 0);
    for frame in 0..500 {
        let (_, datagrams) = sends.frame(frame, |_| ());
        // Four at once, a tenth of a millisecond apart.
        let arrived = StageTime::from_nanos((frame / 4 * 4 + 3) * 20_000_000 + frame % 4 * 100_000);
        hear(&mut ingest, 0, arrived, source(7), &datagrams);
        kept_out += ingest.used().iter().filter(|used| used.taken == Taken::Outlier).count();
        // Once the beat is known, and known to come in bunches, each sample has the time of its own frame.
        for sample in ingest.used().iter().filter(|_| frame >= 200) {
            let off = sample.at.nanos_since(StageTime::from_nanos(frame * 20_000_000));
            assert!(off.abs() < 1_000_000, "frame {frame} is {off} ns beside its time");
            used += usize::from(sample.taken == Taken::Used);
        }
    }
    assert_eq!((kept_out, used), (0, 300));
}

#[test]
fn a_calibrated_lens_replaces_what_the_tracker_says_of_it() {
    let mut document = Document::new(SensorSize { width_mm: 24.0, height_mm: 13.5 });
    document.focal_length_mm = vec![vec![0.0, 0.0, 20.0], vec![0.0, 1.0, 80.0]];
    let lens = Arc::new(LensFile::new(document).expect("a lens"));
    let mut options = ingest(Protocol::OpenTrackIO);
    options.calibration.lenses = vec![(None, lens)];
    let (mut ingest, mut sends) = (Ingest::new(options), Sends::new(Protocol::OpenTrackIO));
    let (arrived, datagrams) = sends.frame(0, |sample| {
        sample.lens.focal_length_mm = Some(35.0);
        sample.lens.encoders =
            Some(cyclorama_space::Encoders { focus: Some(0.0), iris: None, zoom: Some(1.0) });
    });
    ingest.datagram(0, arrived, source(7), &datagrams[0]);
    let lens = ingest.used()[0].sample.lens;
    assert!((lens.focal_length_mm.expect("calibrated") - 80.0).abs() < 1e-9);
    assert_eq!(lens.sensor, Some(SensorSize { width_mm: 24.0, height_mm: 13.5 }));
}

#[test]
fn a_lens_that_comes_late_counts_from_the_next_datagram_on() {
    let mut document = Document::new(SensorSize { width_mm: 24.0, height_mm: 13.5 });
    document.focal_length_mm = vec![vec![0.0, 0.0, 20.0], vec![0.0, 1.0, 80.0]];
    let lens = Arc::new(LensFile::new(document).expect("a lens"));
    let (mut ingest, mut sends) =
        (Ingest::new(ingest(Protocol::OpenTrackIO)), Sends::new(Protocol::OpenTrackIO));
    let mut told = Vec::new();
    for frame in 0..4 {
        if frame == 2 {
            ingest.set_lenses(vec![(None, lens.clone())]);
        }
        let (arrived, datagrams) = sends.frame(frame, |sample| {
            sample.lens.focal_length_mm = Some(35.0);
            sample.lens.encoders =
                Some(cyclorama_space::Encoders { focus: Some(0.0), iris: None, zoom: Some(1.0) });
        });
        hear(&mut ingest, 0, arrived, source(7), &datagrams);
        told.push(ingest.used()[0].sample.lens.focal_length_mm.expect("told").round());
    }
    assert_eq!(told, [35.0, 35.0, 80.0, 80.0]);
}

#[test]
fn an_aligned_tracker_is_told_in_the_wall_s_space() {
    let alignment = Pose::new(DVec3::new(4.0, -1.0, 0.2), PanTiltRoll::from_degrees(30.0, 0.0, 0.0));
    let mut options = ingest(Protocol::FreeD);
    options.calibration.alignments = vec![(None, alignment)];
    let (mut ingest, mut sends) = (Ingest::new(options), Sends::new(Protocol::FreeD));
    let mut now = StageTime::default();
    for frame in 0..100 {
        let (arrived, datagrams) = sends.frame(frame, |_| ());
        hear(&mut ingest, 0, arrived, source(7), &datagrams);
        now = arrived;
    }
    let used = ingest.used()[0].sample.pose.expect("a pose");
    let truth = alignment.then_inner(&Move::Crane.pose(now.seconds()));
    assert!(used.position.distance(truth.position) < 1e-4, "as measured");
    let found = ingest.at("freed:1", now, now.plus_nanos(80_000_000)).expect("a pose").pose;
    let truth = alignment.then_inner(&Move::Crane.pose(now.seconds() + 0.08));
    assert!(found.position.distance(truth.position) < 0.01, "foretold");
    assert!(rotation::angle_between(found.rotation, truth.rotation) < 0.01);
}

#[test]
fn a_lens_for_a_subject_that_nobody_hears_of_is_told_once_and_not_before_somebody_is_heard() {
    let alignment = |name: &str| (Some(name.to_owned()), Pose::IDENTITY);
    let named = || {
        let mut options = ingest(Protocol::FreeD);
        options.calibration.alignments = vec![alignment("freed:1"), alignment("freed:l")];
        Ingest::new(options)
    };
    let (mut ingest, mut sends) = (named(), Sends::new(Protocol::FreeD));
    let later = StageTime::from_nanos(60_000_000_000);
    assert!(
        ingest.poll_fault(later).is_none() && ingest.poll_last(later).is_none(),
        "nothing is heard at all"
    );
    let mut told = Vec::new();
    for frame in 0..300 {
        let (arrived, datagrams) = sends.frame(frame, |_| ());
        hear(&mut ingest, 0, arrived, source(7), &datagrams);
        told.extend(std::iter::from_fn(|| ingest.poll_fault(arrived)));
    }
    let unheard: Vec<_> = told.iter().filter(|fault| fault.cause == FaultCause::Unheard).collect();
    assert_eq!(unheard.len(), 1, "{told:?}");
    assert_eq!(unheard[0].subject.as_deref(), Some("freed:l"));
    assert!(unheard[0].at.nanos_since(StageTime::default()) >= 5_000_000_000, "it has a while to come");
    // Whoever listens for a moment only hears of it at the end.
    let (mut ingest, mut sends) = (named(), Sends::new(Protocol::FreeD));
    let (arrived, datagrams) = sends.frame(0, |_| ());
    hear(&mut ingest, 0, arrived, source(7), &datagrams);
    assert!(ingest.poll_fault(arrived).is_none());
    assert_eq!(ingest.poll_last(arrived).and_then(|fault| fault.subject).as_deref(), Some("freed:l"));
    assert!(ingest.poll_last(arrived).is_none());
}

#[test]
fn offsets_a_tracker_states_reach_the_pose() {
    let offsets = crate::live::Offsets { rotation_nanos: 20_000_000, ..Default::default() };
    let mut ingest = Ingest::new(ingest(Protocol::OpenTrackIO));
    let mut sends = Sends::new(Protocol::OpenTrackIO);
    for frame in 0..20 {
        let (arrived, datagrams) = sends.frame(frame, |sample| sample.clocking.offsets = Some(offsets));
        hear(&mut ingest, 0, arrived, source(7), &datagrams);
    }
    let used = &ingest.used()[0];
    assert_eq!(used.sample.clocking.offsets, Some(offsets));
    let (at, subject) = (used.at.plus_nanos(-100_000_000), used.sample.subject.clone());
    let found = ingest.at(&subject, at, at).expect("a pose");
    // The rotation of a sample was taken a frame later: at a time, the one of the sample before is due.
    let truth = Move::Crane.pose(at.seconds() - 0.02);
    assert!(rotation::angle_between(found.pose.rotation, truth.rotation) < 1e-5);
    let truth = Move::Crane.pose(at.seconds());
    assert!(found.pose.position.distance(truth.position) < 1e-4);
}

#[test]
fn packets_are_counted_where_samples_are_not_and_their_counter_may_wrap() {
    let mut ingest = Ingest::new(ingest(Protocol::OpenTrackIO));
    let mut sends = Sends::new(Protocol::OpenTrackIO);
    let mut used = 0;
    for frame in 0..70_000 {
        let (arrived, datagrams) = sends.frame(frame % 1_000, |sample| sample.sequence = None);
        let arrived = StageTime::from_nanos(frame * 20_000_000).max(arrived);
        if [30_000, 65_535].contains(&frame) {
            continue;
        }
        hear(&mut ingest, 0, arrived, source(7), &datagrams);
        used += ingest.used().len();
    }
    let health = ingest.health(StageTime::from_nanos(70_000 * 20_000_000)).clone();
    assert_eq!((used, health.streams[0].lost, health.streams[0].restarts), (69_998, 2, 0));
}

/// Foretells every sample of a run of ten seconds; gives what was told.
fn foretold(nanos: i64, change: impl Fn(i64, &mut Sample)) -> Vec<Sample> {
    let (mut ingest, mut sends) =
        (Ingest::new(ingest(Protocol::OpenTrackIO)), Sends::new(Protocol::OpenTrackIO));
    let mut out = Vec::new();
    for frame in 0..500 {
        let (arrived, datagrams) = sends.frame(frame, |sample| change(frame, sample));
        hear(&mut ingest, 0, arrived, source(7), &datagrams);
        for used in ingest.used().to_vec() {
            out.extend(output::ahead(&mut ingest, &used, nanos).map(|shown| shown.sample));
        }
    }
    out
}

const AHEAD: i64 = 120_000_000;

#[test]
fn ahead_the_pose_is_that_of_later() {
    let error = |nanos: i64| {
        let pose = foretold(nanos, |_, _| ())[450].pose.expect("a pose");
        rotation::angle_between(pose.rotation, Move::Crane.pose(9.12).rotation)
    };
    let (raw, ahead) = (error(0), error(AHEAD));
    assert!(ahead < 0.05 * raw, "{ahead} against {raw}");
}

#[test]
fn a_clock_that_stands_still_gives_way_to_arrival() {
    let frozen = foretold(AHEAD, |_, sample| sample.sampled = Some(SenderTime::from_nanos(1_000_000_000)));
    let pose = frozen.last().and_then(|sample| sample.pose).expect("a pose");
    let truth = Move::Crane.pose(499.0 / 50.0 + 0.12);
    let off = rotation::angle_between(pose.rotation, truth.rotation).to_degrees();
    assert!(off < 0.2, "{off} degrees");
}

#[test]
fn a_lost_tracker_is_told_as_lost_and_not_extrapolated() {
    let lost = foretold(AHEAD, |frame, sample| {
        if frame >= 100 {
            (sample.pose, sample.status) = (None, Status::Lost);
        }
    });
    assert!(lost[..100].iter().all(|sample| sample.pose.is_some()));
    assert!(lost[100..].iter().all(|sample| sample.pose.is_none() && sample.status == Status::Lost));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_order_of_times_makes_an_ingest_panic_or_tell_a_pose_of_no_numbers(
        times in proptest::collection::vec(
            (proptest::prelude::any::<i64>(), proptest::option::of(0i64..i64::MAX), 0usize..3), 1..60,
        ),
    ) {
        let mut ingest = Ingest::new(ingest(Protocol::OpenTrackIO));
        ingest.set_wall(wall());
        let mut sends = Sends::new(Protocol::OpenTrackIO);
        for (index, (arrived, sampled, lane)) in times.iter().enumerate() {
            let (_, datagrams) = sends.frame(index as i64, |sample| {
                sample.sampled = sampled.map(SenderTime::from_nanos);
            });
            let arrived = StageTime::from_nanos(*arrived);
            for bytes in &datagrams {
                ingest.datagram(*lane, arrived, source(7), bytes);
            }
            for used in ingest.used().to_vec() {
                if let Some(shown) = output::ahead(&mut ingest, &used, AHEAD) {
                    proptest::prop_assert!(shown.sample.pose.is_none_or(|pose| pose.is_valid()));
                }
            }
            ingest.poll_fault(arrived);
            ingest.health(arrived);
        }
    }
}

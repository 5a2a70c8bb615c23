//! Subjects whose true motion is known, in virtual time.

use std::net::SocketAddr;

use cyclorama_space::{DVec3, PanTiltRoll, SensorSize, rotation};
use cyclorama_time::{FrameNumber, FrameRate};
use proptest::prelude::*;

use super::*;
use crate::{
    Protocol,
    stream::{Sources, StreamOptions},
};

const PERIOD: i64 = 20_000_000;

/// A camera that sways, pans and cranes.
fn truth(nanos: i64) -> Pose {
    let sway = |period: f64| libm::sin(nanos as f64 * 1e-9 * std::f64::consts::TAU / period);
    Pose::new(
        DVec3::new(sway(5.0), 0.3 * sway(7.0), 1.5 + 0.2 * sway(11.0)),
        PanTiltRoll::from_degrees(20.0 * sway(6.0), 5.0 * sway(4.0), 0.0),
    )
}

fn sample(nanos: i64, pose: Option<Pose>) -> Sample {
    Sample {
        subject: "cam".into(),
        arrived: at(nanos),
        sampled: None,
        sequence: None,
        timecode: None,
        pose,
        lens: LensState { focal_length_mm: Some(35.0), ..LensState::default() },
        status: if pose.is_some() { Status::Good } else { Status::Lost },
        recording: None,
        genlocked: None,
        clocking: Default::default(),
    }
}

fn at(nanos: i64) -> StageTime {
    StageTime::from_nanos(nanos)
}

fn fed(options: LiveOptions, frames: std::ops::Range<i64>) -> Live {
    let mut live = Live::new(options);
    for frame in frames {
        let nanos = frame * PERIOD;
        assert_eq!(live.take(at(nanos), &sample(nanos, Some(truth(nanos)))), Taken::Used, "frame {frame}");
    }
    live
}

/// Metres and degrees between two poses.
fn apart(a: &Pose, b: &Pose) -> (f64, f64) {
    (a.position.distance(b.position), rotation::angle_between(a.rotation, b.rotation).to_degrees())
}

#[test]
fn between_samples_the_camera_is_where_it_was() {
    let mut live = fed(LiveOptions::default(), 0..200);
    assert_eq!(live.at(at(100 * PERIOD)).expect("there").pose, truth(100 * PERIOD));
    for nanos in (50 * PERIOD..150 * PERIOD).step_by(3_333_333) {
        let found = live.at(at(nanos)).expect("inside");
        let (metres, degrees) = apart(&found.pose, &truth(nanos));
        assert!(metres < 1e-4 && degrees < 0.01, "{nanos}: {metres} m, {degrees} degrees");
        assert_eq!((found.origin, found.stale, found.confidence), (Origin::Interpolated, false, 1.0));
        assert_eq!(found.overscan(), 1.0);
    }
}

#[test]
fn of_a_bunch_that_its_clock_gives_one_time_the_last_is_where_the_camera_was() {
    for gate in [false, true] {
        let mut live = fed(LiveOptions { gate, ..LiveOptions::default() }, 0..100);
        let same = at(100 * PERIOD);
        for frame in 100..104 {
            let pose = truth(frame * PERIOD);
            assert_eq!(live.take(same, &sample(100 * PERIOD, Some(pose))), Taken::Used, "frame {frame}");
            assert_eq!(live.at(same).expect("there").pose, pose, "frame {frame}");
        }
        let nanos = 104 * PERIOD;
        assert_eq!(live.take(at(nanos), &sample(nanos, Some(truth(nanos)))), Taken::Used);
        let found = live.at(at(nanos + 40_000_000)).expect("foretold");
        let (metres, degrees) = apart(&found.pose, &truth(nanos + 40_000_000));
        assert!(metres < 0.05 && degrees < 2.0, "{metres} m, {degrees} degrees");
        // A word of being lost does not take away what was seen at that time.
        assert_eq!(live.take(at(nanos), &sample(nanos, None)), Taken::Ignored);
        assert_eq!(live.at(at(nanos)).expect("there").pose, truth(nanos));
    }
}

#[test]
fn past_the_newest_it_is_foretold_then_held_and_called_stale() {
    let mut live = fed(LiveOptions::default(), 0..200);
    let newest = 199 * PERIOD;
    let mut last_confidence = 1.0;
    for ahead in [10_000_000, 40_000_000, 80_000_000, 160_000_000] {
        let found = live.at(at(newest + ahead)).expect("there");
        assert_eq!((found.origin, found.stale, found.ahead_nanos), (Origin::Predicted, false, ahead));
        let (metres, degrees) = apart(&found.pose, &truth(newest + ahead));
        assert!(metres < 0.02 && degrees < 1.0, "{ahead}: {metres} m, {degrees} degrees");
        assert!(found.confidence < last_confidence && found.confidence > 0.3);
        assert!(found.margin.1 > 0.0 && found.overscan() > 1.0 && found.overscan() < 1.3, "{found:?}");
        last_confidence = found.confidence;
    }
    let at_limit = live.at(at(newest + 250_000_000)).expect("there");
    let beyond = live.at(at(newest + 5_000_000_000)).expect("there");
    assert_eq!((at_limit.origin, beyond.origin, beyond.stale), (Origin::Predicted, Origin::Held, true));
    assert_eq!((beyond.pose, beyond.confidence), (at_limit.pose, 0.0), "held where the limit left it");
}

#[test]
fn a_lost_tracker_is_never_extrapolated_nor_bridged() {
    let mut live = fed(LiveOptions::default(), 0..100);
    assert_eq!(live.take(at(100 * PERIOD), &sample(100 * PERIOD, None)), Taken::Lost);
    let found = live.at(at(101 * PERIOD)).expect("held");
    assert_eq!((found.pose, found.origin, found.stale), (truth(99 * PERIOD), Origin::Held, true));
    assert_eq!((found.status, found.confidence), (Status::Lost, 0.0));
    for frame in 110..120 {
        live.take(at(frame * PERIOD), &sample(frame * PERIOD, Some(truth(frame * PERIOD))));
    }
    let between = live.at(at(105 * PERIOD)).expect("held");
    assert_eq!((between.pose, between.origin), (truth(99 * PERIOD), Origin::Held));
    assert_eq!(live.at(at(121 * PERIOD)).expect("there").origin, Origin::Predicted);
}

#[test]
fn a_bad_status_with_a_pose_is_still_not_lost() {
    let mut live = fed(LiveOptions::default(), 0..10);
    let mut bad = sample(10 * PERIOD, Some(truth(10 * PERIOD)));
    bad.status = Status::Bad;
    assert_eq!(live.take(at(10 * PERIOD), &bad), Taken::Used);
    assert!(live.at(at(10 * PERIOD)).expect("there").confidence < 0.5);
}

#[test]
fn a_sample_that_was_overtaken_fills_its_gap() {
    let mut live = Live::new(LiveOptions::default());
    for frame in (0..100).filter(|frame| *frame != 90) {
        live.take(at(frame * PERIOD), &sample(frame * PERIOD, Some(truth(frame * PERIOD))));
    }
    assert_ne!(live.at(at(90 * PERIOD)).expect("there").pose, truth(90 * PERIOD));
    let late = sample(99 * PERIOD + 1, Some(truth(90 * PERIOD)));
    assert_eq!(live.take(at(90 * PERIOD), &late), Taken::Used);
    assert_eq!(live.take(at(90 * PERIOD), &late), Taken::Ignored);
    assert_eq!(live.at(at(90 * PERIOD)).expect("there").pose, truth(90 * PERIOD));
}

#[test]
fn position_rotation_and_lens_may_each_have_their_own_moment() {
    let offsets = Offsets { translation_nanos: 2 * PERIOD, rotation_nanos: -3 * PERIOD, lens_nanos: PERIOD };
    let mut live = Live::new(LiveOptions { offsets, ..LiveOptions::default() });
    for frame in 0..100 {
        let nanos = frame * PERIOD;
        let mut sample = sample(nanos, Some(truth(nanos)));
        sample.lens.focal_length_mm = Some(frame as f64);
        live.take(at(nanos), &sample);
    }
    let found = live.at(at(50 * PERIOD)).expect("inside");
    assert_eq!(found.pose.position, truth(48 * PERIOD).position);
    assert_eq!(found.pose.rotation, truth(53 * PERIOD).rotation);
    assert!((found.lens.focal_length_mm.expect("said") - 49.0).abs() < 1e-9);
}

#[test]
fn the_lens_is_interpolated_and_what_is_said_now_and_then_stays() {
    let mut live = Live::new(LiveOptions::default());
    for frame in 0..10 {
        let mut sample = sample(frame * PERIOD, Some(truth(0)));
        sample.lens.focal_length_mm = Some(20.0 + frame as f64);
        sample.lens.sensor = (frame == 0).then_some(SensorSize::FULL_FRAME);
        live.take(at(frame * PERIOD), &sample);
    }
    let lens = live.at(at(5 * PERIOD + PERIOD / 2)).expect("there").lens;
    assert!((lens.focal_length_mm.expect("said") - 25.5).abs() < 1e-9);
    assert_eq!(lens.sensor, Some(SensorSize::FULL_FRAME));
}

#[test]
fn a_wild_sample_is_kept_out_and_a_jump_is_believed_after_four() {
    let mut live = fed(LiveOptions::default(), 0..100);
    let elsewhere = |nanos: i64| {
        let pose = truth(nanos);
        Pose { position: pose.position + DVec3::new(2.0, 0.0, 0.0), ..pose }
    };
    assert_eq!(
        live.take(at(100 * PERIOD), &sample(100 * PERIOD, Some(elsewhere(100 * PERIOD)))),
        Taken::Outlier
    );
    let found = live.at(at(100 * PERIOD)).expect("there");
    assert!(apart(&found.pose, &truth(100 * PERIOD)).0 < 0.01, "the wild one is not shown");
    assert_eq!(live.take(at(101 * PERIOD), &sample(101 * PERIOD, Some(truth(101 * PERIOD)))), Taken::Used);
    let taken: Vec<Taken> = (102..108)
        .map(|frame| live.take(at(frame * PERIOD), &sample(frame * PERIOD, Some(elsewhere(frame * PERIOD)))))
        .collect();
    use Taken::{Outlier, Relocked, Used};
    assert_eq!(taken, [Outlier, Outlier, Outlier, Relocked, Used, Used]);
    assert_eq!(live.outliers(), (4, 1));
    // Nothing lies between here and there.
    let between = live.at(at(103 * PERIOD)).expect("held");
    assert_eq!((between.pose, between.stale), (truth(101 * PERIOD), true));
    let after = live.at(at(108 * PERIOD)).expect("there").pose;
    assert!(apart(&after, &elsewhere(108 * PERIOD)).0 < 0.02, "no speed is made of the jump");
}

#[test]
fn whip_pans_pass_the_gate() {
    use crate::motion::Motion;
    // 60 degrees in a quarter of a second, from rest and to rest, at 25 and at 120 samples a second.
    for rate in [25.0, 50.0, 120.0] {
        let mut live = Live::new(LiveOptions::default());
        let mut last = 0.0;
        for index in 0..(4.0 * rate) as i64 {
            let seconds = index as f64 / rate;
            let x = ((seconds - 2.0) / 0.25).clamp(0.0, 1.0);
            let pan = 60.0 * x * x * (3.0 - 2.0 * x);
            let pose = Pose::new(DVec3::ZERO, PanTiltRoll::from_degrees(pan, 0.0, 0.0));
            let nanos = (seconds * 1e9) as i64;
            assert_eq!(
                live.take(at(nanos), &sample(nanos, Some(pose))),
                Taken::Used,
                "{rate} Hz at {seconds} s"
            );
            last = pan;
        }
        assert_eq!(last, 60.0);
    }
    // And everything that was really recorded.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/motion/");
    for name in ["mosys_f4_first600", "shakify_bike_on_gravel_2d", "fr2_desk_60hz"] {
        let text = std::fs::read_to_string(format!("{folder}{name}.csv")).expect("the recording");
        let mut live = Live::new(LiveOptions::default());
        for (seconds, pose) in Motion::from_csv(&text).expect("a motion").points() {
            let nanos = (seconds * 1e9) as i64;
            live.take(at(nanos), &sample(nanos, Some(*pose)));
        }
        assert_eq!(live.outliers(), (0, 0), "{name}");
    }
}

#[test]
fn genlocked_frames_are_exact_for_a_day_of_any_rate() {
    for rate in [FrameRate::FPS_23_976, FrameRate::FPS_29_97, FrameRate::FPS_59_94, FrameRate::FPS_25] {
        let genlock = Genlock { rate, origin: at(123_456_789) };
        let day = FrameNumber(86_400 * i64::from(rate.nominal()));
        let exact =
            i128::from(day.0) * i128::from(rate.denominator()) * 1_000_000_000 / i128::from(rate.numerator());
        assert_eq!(i128::from(genlock.at(day).nanos()) - 123_456_789, exact);
        for frame in [0, 1, 7, 86_399, day.0].map(FrameNumber) {
            assert_eq!(genlock.frame(genlock.at(frame)), frame);
            assert_eq!(genlock.next(genlock.at(frame)), (frame, genlock.at(frame)));
            assert_eq!(genlock.next(genlock.at(frame).plus_nanos(1)).0, frame.plus(1));
        }
    }
}

/// Two senders half a frame apart and not quite calibrated alike; the first is silent in `silent`. What an engine
/// shows at each frame, 60 ms ahead, and which sender it came from.
fn two_senders(
    silent: std::ops::Range<i64>,
    frames: i64,
    motion: impl Fn(i64) -> Pose,
) -> Vec<(Pose, usize)> {
    let mut subject = Redundant::new(RedundantOptions::default());
    let mut shown = Vec::new();
    for frame in 0..frames {
        let (first, second) = (frame * PERIOD, frame * PERIOD + PERIOD / 2);
        if !silent.contains(&frame) {
            subject.take(0, at(first), &sample(first, Some(motion(first))));
        }
        let other = motion(second);
        let other = Pose {
            position: other.position + DVec3::new(0.02, -0.01, 0.005),
            rotation: rotation::from_vector(DVec3::new(0.0, 0.004, 0.01)) * other.rotation,
        };
        subject.take(1, at(second), &sample(second, Some(other)));
        let now = at(second + PERIOD / 4);
        if let Some(found) = subject.at(now, now.plus_nanos(60_000_000)) {
            shown.push((found.pose, subject.active()));
        }
    }
    shown
}

#[test]
fn when_a_sender_dies_the_other_is_shown_within_a_frame_and_without_a_step() {
    let shown = two_senders(300..600, 1000, truth);
    let first_of_other = shown.iter().position(|(_, active)| *active == 1).expect("it took over");
    // The sample of frame 300 is the first that is missing.
    assert!((300..=301).contains(&first_of_other), "{first_of_other}");
    let back = shown.iter().skip(first_of_other).position(|(_, active)| *active == 0).expect("it returns");
    assert!((600..640).contains(&(first_of_other + back)), "{}", first_of_other + back);
    let switches = shown.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
    assert_eq!(switches, 2, "out and back, and no wavering");
    let steps: Vec<(f64, f64)> = shown.windows(2).map(|pair| apart(&pair[0].0, &pair[1].0)).collect();
    let worst = |range: std::ops::Range<usize>| {
        steps[range].iter().fold((0.0_f64, 0.0_f64), |most, step| (most.0.max(step.0), most.1.max(step.1)))
    };
    let usual = worst(100..290);
    for change in [first_of_other, first_of_other + back] {
        let made = worst(change - 3..change + 20);
        assert!(made.0 <= 2.0 * usual.0 && made.1 <= 2.0 * usual.1, "{made:?} against {usual:?}");
    }
}

#[test]
fn a_still_camera_creeps_from_one_sender_to_the_other_unseen() {
    let still = truth(0);
    let shown = two_senders(300..600, 1000, |_| still);
    for pair in shown.windows(2).skip(100) {
        let (metres, degrees) = apart(&pair[0].0, &pair[1].0);
        assert!(metres < 0.0025 && degrees < 0.1, "{metres} m, {degrees} degrees in a frame");
    }
    assert!(apart(&shown[980].0, &still).0 < 1e-9, "back on the preferred sender's own word");
}

#[test]
fn single_losses_do_not_make_the_senders_take_turns() {
    let mut subject = Redundant::new(RedundantOptions::default());
    for frame in 0..1000 {
        let nanos = frame * PERIOD;
        subject.take(1, at(nanos), &sample(nanos, Some(truth(nanos))));
        if frame % 100 != 99 {
            subject.take(0, at(nanos), &sample(nanos, Some(truth(nanos))));
        }
        subject.at(at(nanos + 1_000_000), at(nanos + 60_000_000));
    }
    assert!(subject.switches() <= 20, "{}", subject.switches());
}

#[test]
fn a_tracker_follows_samples_from_stream_to_pose() {
    let named = [1u8, 2].map(|host| SocketAddr::from(([10, 0, 0, host], 40000)));
    let streams = StreamOptions { sources: Sources::Named(named.to_vec()), ..StreamOptions::default() };
    let mut tracker = Tracker::new(TrackerOptions { streams, ..TrackerOptions::default() });
    let stranger = SocketAddr::from(([10, 0, 0, 3], 40000));
    for frame in 0..500_i64 {
        let nanos = frame * PERIOD;
        let mut packet = sample(nanos, Some(truth(nanos)));
        packet.sequence = Some((frame % 16) as u32);
        for source in named {
            assert!(tracker.take(Protocol::FreeD, Some(source), &packet).is_some(), "{frame}");
        }
        assert!(tracker.take(Protocol::FreeD, Some(stranger), &packet).is_none());
    }
    let now = at(499 * PERIOD);
    let found = tracker.at("cam", now, now.plus_nanos(-PERIOD)).expect("there");
    assert!(apart(&found.pose, &truth(498 * PERIOD)).0 < 1e-3);
    assert_eq!(tracker.subjects().collect::<Vec<_>>(), ["cam"]);
    assert!(tracker.has_clock("cam") && tracker.clocks("cam").count() == 2);
    assert!(tracker.at("nobody", now, now).is_none());
    let fault = tracker.poll_fault(now).expect("the stranger");
    assert_eq!(fault.cause, crate::stream::FaultCause::NotAllowed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_comes_the_pose_is_one(
        samples in prop::collection::vec((0i64..2_000_000_000, prop::array::uniform3(-100.0f64..100.0), any::<bool>(), 0usize..3), 1..300),
        asked in 0i64..3_000_000_000,
    ) {
        let mut subject = Redundant::new(RedundantOptions::default());
        for (nanos, position, lost, rank) in samples {
            let pose = Pose { position: DVec3::from_array(position), ..Pose::IDENTITY };
            subject.take(rank, at(nanos), &sample(nanos, (!lost).then_some(pose)));
            if let Some(found) = subject.at(at(nanos), at(asked)) {
                prop_assert!(found.pose.is_valid() && (0.0..=1.0).contains(&found.confidence), "{found:?}");
                prop_assert!((1.0..=2.0).contains(&found.overscan()));
            }
        }
    }
}

//! Paths from samples: exact on the frames, honest between and beyond them.

use cyclorama_space::{DVec3, LensState, PanTiltRoll, Pose, SensorSize};
use cyclorama_time::{FrameNumber, FrameRate, StageTime, Timecode, UtcTime};

use super::*;
use crate::{Protocol, Sample, Status, replay, take};

/// A camera on a smooth way, at `seconds`.
fn way(seconds: f64) -> Pose {
    let position = DVec3::new(libm::sin(seconds), 2.0 * seconds, 1.5 + 0.1 * libm::cos(3.0 * seconds));
    Pose::new(position, PanTiltRoll::from_degrees(20.0 * libm::sin(seconds), -5.0 + seconds, 1.0))
}

fn label(frame: i64) -> Timecode {
    Timecode::from_frame(FrameNumber(frame), FrameRate::FPS_25, false).expect("a label")
}

fn sample(frame: i64) -> Sample {
    Sample {
        subject: "f4:1".into(),
        arrived: StageTime::from_nanos(frame * 40_000_000),
        sampled: None,
        sequence: None,
        timecode: Some(label(90_000 + frame)),
        pose: Some(way(frame as f64 / 25.0)),
        lens: LensState::default(),
        status: Status::Good,
        recording: None,
        genlocked: None,
        clocking: Default::default(),
    }
}

fn evaluated(samples: &[Sample]) -> Evaluated {
    evaluate(samples, &EvaluateOptions::default()).expect("a path")
}

fn rest(path: &CameraPath, frame: i64) -> f64 {
    path.at(FrameNumber(frame)).expect("a frame").pose.position.distance(way(frame as f64 / 25.0).position)
}

#[test]
fn samples_on_the_frames_are_taken_to_the_bit() {
    let samples: Vec<_> = (0..100).map(sample).collect();
    let Evaluated { path, report } = evaluated(&samples);
    assert_eq!(path.rate, FrameRate::FPS_25);
    assert_eq!((report.frames, report.interpolated, report.held, report.resampled), (100, 0, 0, false));
    for (frame, sample) in path.frames.iter().zip(&samples) {
        assert_eq!((Some(frame.pose), frame.timecode), (sample.pose, sample.timecode));
    }
    assert_eq!((report.default_sensor, report.default_focal_length), (100, 100));
    let lens = path.frames[0].lens;
    assert_eq!(lens.sensor, Some(SensorSize { width_mm: 36.0, height_mm: 20.25 }));
    assert_eq!(lens.focal_length_mm, Some(35.0));
}

#[test]
fn a_lost_packet_is_interpolated_and_counted() {
    let samples: Vec<_> = (0..100).filter(|frame| ![30, 31, 60].contains(frame)).map(sample).collect();
    let Evaluated { path, report } = evaluated(&samples);
    assert_eq!((report.frames, report.interpolated, report.held), (100, 3, 0));
    assert!(
        [30, 31, 60].into_iter().all(|frame| rest(&path, frame) < 1e-3),
        "within a millimetre of the way"
    );
    assert_eq!(path.at(FrameNumber(60)).expect("a frame").timecode, Some(label(90_060)));
}

#[test]
fn a_lost_or_bad_tracker_is_held_never_guessed() {
    let mut samples: Vec<_> = (0..50).map(sample).collect();
    (samples[20].status, samples[21].status, samples[22].pose) = (Status::Lost, Status::Bad, None);
    (samples[0].status, samples[49].status) = (Status::Lost, Status::Bad);
    let Evaluated { path, report } = evaluated(&samples);
    assert_eq!((report.frames, report.held, report.interpolated), (50, 5, 0));
    for (held, good) in [(20, 19), (21, 19), (22, 19), (0, 1), (49, 48)] {
        assert_eq!(path.frames[held].pose, way(good as f64 / 25.0), "frame {held}");
    }
}

#[test]
fn a_long_gap_is_held() {
    let samples: Vec<_> = (0..20).chain(80..100).map(sample).collect();
    let Evaluated { path, report } = evaluated(&samples);
    assert_eq!((report.frames, report.held, report.interpolated), (100, 60, 0));
    assert_eq!(path.frames[50].pose, way(19.0 / 25.0));
}

#[test]
fn the_last_good_sample_of_a_frame_wins() {
    let mut samples: Vec<_> = (0..10).map(sample).collect();
    let mut again = sample(4);
    again.pose = Some(way(100.0));
    let mut bad = sample(4);
    bad.status = Status::Bad;
    samples.splice(5..5, [again, bad]);
    let Evaluated { path, report } = evaluated(&samples);
    assert_eq!((report.frames, report.duplicates, report.held), (10, 2, 0));
    assert_eq!(path.frames[4].pose, way(100.0));
}

#[test]
fn overtaken_datagrams_find_their_frames() {
    let mut samples: Vec<_> = (0..50).map(sample).collect();
    samples.swap(10, 12);
    samples.swap(30, 31);
    let straight: Vec<_> = (0..50).map(sample).collect();
    let (swapped, straight) = (evaluated(&samples), evaluated(&straight));
    assert_eq!(path_digest(&swapped.path), path_digest(&straight.path));
    assert_eq!(swapped.report.segments.len(), 1);
}

#[test]
fn a_path_runs_over_midnight() {
    let mut samples: Vec<_> = (0..50).map(sample).collect();
    for (frame, sample) in samples.iter_mut().enumerate() {
        sample.timecode = Some(label(2_160_000 - 25 + frame as i64));
    }
    let Evaluated { path, report } = evaluated(&samples);
    assert_eq!((report.frames, report.segments.len()), (50, 1));
    assert_eq!(path.frames[25].timecode.expect("a label").to_string(), "00:00:00:00");
}

#[test]
fn a_jump_in_timecode_begins_a_new_segment() {
    let mut samples: Vec<_> = (0..60).map(sample).collect();
    for (frame, sample) in samples.iter_mut().enumerate().skip(20) {
        sample.timecode = Some(label(1000 + frame as i64));
    }
    let Evaluated { path, report } = evaluated(&samples);
    assert_eq!((report.segments.len(), report.segment, report.frames), (2, 1, 40));
    assert_eq!(path.frames[0].timecode, Some(label(1020)));
    let first = EvaluateOptions { segment: SegmentChoice::First, ..EvaluateOptions::default() };
    assert_eq!(camera_path(&samples, &first).expect("a path").frames.len(), 20);
    let third = EvaluateOptions { segment: SegmentChoice::Number(2), ..EvaluateOptions::default() };
    assert!(matches!(camera_path(&samples, &third), Err(EvaluateError::NoSuchSegment { .. })));
}

#[test]
fn jittered_arrivals_without_timecode_give_the_steady_path() {
    let mut samples: Vec<_> = (0..250).map(sample).collect();
    for (frame, sample) in samples.iter_mut().enumerate() {
        // Up to 30 ms late, repeatably; the first and last are on time.
        let late = if frame == 0 || frame == 249 { 0 } else { (frame as i64 * 7919) % 30 };
        sample.arrived = sample.arrived.plus_nanos(late * 1_000_000);
        sample.timecode = None;
    }
    samples.remove(100);
    let Evaluated { path, report } = evaluated(&samples);
    assert_eq!(path.rate, FrameRate::FPS_25);
    assert_eq!((report.frames, report.interpolated, report.by_timecode), (250, 1, false));
    assert!((0..250).all(|frame| rest(&path, frame) < 1e-3));
}

#[test]
fn another_rate_is_sampled_from_the_same_way() {
    let samples: Vec<_> = (0..100).map(sample).collect();
    let options = EvaluateOptions { rate: Some(FrameRate::FPS_60), ..EvaluateOptions::default() };
    let Evaluated { path, report } = evaluate(&samples, &options).expect("a path");
    assert!(report.resampled);
    assert_eq!(report.held, 0);
    for frame in &path.frames {
        let seconds = frame.frame.0 as f64 / 60.0;
        assert!(frame.pose.position.distance(way(seconds).position) < 1e-3);
    }
    assert_eq!(path.frames[60].timecode.expect("a label").to_string(), "01:00:01:00");
}

#[test]
fn labels_that_count_24_may_mean_23_976() {
    let mut samples: Vec<_> = (0..48).map(sample).collect();
    for (frame, sample) in samples.iter_mut().enumerate() {
        sample.timecode = Timecode::from_frame(FrameNumber(frame as i64), FrameRate::FPS_24, false).ok();
    }
    let options = EvaluateOptions { rate: Some(FrameRate::FPS_23_976), ..EvaluateOptions::default() };
    let Evaluated { path, report } = evaluate(&samples, &options).expect("a path");
    assert_eq!((report.frames, report.interpolated, report.resampled), (48, 0, false));
    assert!(path.frames.iter().zip(&samples).all(|(frame, sample)| Some(frame.pose) == sample.pose));
    assert_eq!(path.frames[30].timecode.expect("a label").to_string(), "00:00:01:06");
}

#[test]
fn the_subject_with_most_poses_is_followed_unless_another_is_asked_for() {
    let mut samples: Vec<_> = (0..30).map(sample).collect();
    samples.extend((0..20).map(|frame| Sample { subject: "f4:2".into(), ..sample(frame) }));
    assert_eq!(evaluated(&samples).path.subject, "f4:1");
    let asked =
        |subject: &str| EvaluateOptions { subject: Some(subject.into()), ..EvaluateOptions::default() };
    assert_eq!(camera_path(&samples, &asked("f4:2")).expect("a path").frames.len(), 20);
    assert!(matches!(camera_path(&samples, &asked("f4:9")), Err(EvaluateError::NoSuchSubject { .. })));
    assert!(matches!(camera_path(&[], &asked("f4:9")), Err(EvaluateError::NoPose)));
}

#[test]
fn smoothing_takes_noise_out_and_adds_no_delay() {
    let clean: Vec<_> = (0..200).map(sample).collect();
    let mut noisy = clean.clone();
    for (frame, sample) in noisy.iter_mut().enumerate() {
        let pose = sample.pose.as_mut().expect("a pose");
        pose.position.x += if frame % 2 == 0 { 0.001 } else { -0.001 };
    }
    let options = EvaluateOptions { smooth: Some(Smoothing { frames: 1.5 }), ..EvaluateOptions::default() };
    let path = camera_path(&noisy, &options).expect("a path");
    let worst = (10..190).map(|frame| rest(&path, frame)).fold(0.0, f64::max);
    assert!(worst < 3e-4, "1 mm of noise became {worst} m");
    let turned = path.frames[100].pose.rotation.angle_between(way(4.0).rotation);
    assert!(turned < 1e-3, "{turned} rad off the way");
}

#[test]
fn a_difference_of_one_bit_changes_the_digest() {
    let samples: Vec<_> = (0..3).map(sample).collect();
    let mut other = samples.clone();
    let pose = other[2].pose.as_mut().expect("a pose");
    pose.position.z = f64::from_bits(pose.position.z.to_bits() ^ 1);
    assert_ne!(digest(&samples), digest(&other));
    assert_eq!(digest(&samples), digest(&samples.clone()));
}

#[test]
fn the_real_recording_becomes_one_unbroken_path() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/mosys_f4/dev_first600.f4");
    let recording = std::fs::read(file).expect("the recording in tests/data");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mosys.take");
    let info = take::TakeInfo::new("mosys", Protocol::F4, UtcTime::from_nanos(0));
    take::import(&recording, &path, &info, take::ImportOptions::default()).expect("room");
    let replayed = replay::samples(&take::Reader::open(&path).expect("a take")).expect("whole");
    let Evaluated { path, report } = evaluated(&replayed.samples);
    assert_eq!((path.rate, report.frames), (FrameRate::FPS_25, 600));
    assert_eq!((report.interpolated, report.held, report.duplicates, report.segments.len()), (0, 0, 0, 1));
    assert_eq!(path.frames[0].timecode.expect("a label").to_string(), "15:03:47:02");
    let first = path.frames[0].pose.position;
    assert!(first.distance(DVec3::new(-0.08045, -1.85355, 1.19801)) < 1e-9, "{first}");
    let focal = path.frames[0].lens.focal_length_mm.expect("the tracker says it");
    assert!((focal - 1_517.695_922_851_562_5 * 36.0 / 1920.0).abs() < 1e-6, "{focal} mm");
}

//! Delays that are known, found under noise.

use cyclorama_space::{DVec3, Pose};

use super::*;
use crate::send::Move;

/// Uniform noise, -1 to 1; the same each run.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// Whips at 5 s and 15 s, tracked `rate` times a second with noise of a hundredth of a degree.
fn tracked(rate: f64) -> Motion {
    let mut noise = noise(3);
    Motion::new((0..(20.0 * rate) as usize).map(|index| {
        let time = index as f64 / rate;
        let pose = Move::Whip.pose(time);
        let off = PanTiltRoll::from_degrees(0.01 * noise(), 0.0, 0.0).quaternion();
        (time, Pose { rotation: off * pose.rotation, ..pose })
    }))
    .expect("long enough")
}

/// What a camera saw `delay` seconds later, at `rate`, with `pixels` of noise.
fn seen(delay: f64, rate: f64, phase: f64, pixels: f64, sign: f64) -> Vec<(f64, f64)> {
    let mut noise = noise(11);
    let pan = |time: f64| PanTiltRoll::from_quaternion(Move::Whip.pose(time).rotation).pan.degrees();
    (1..(20.0 * rate) as usize)
        .map(|index| {
            let time = index as f64 / rate + phase;
            let moved = pan(time - delay) - pan(time - 1.0 / rate - delay);
            (time, sign * 30.0 * moved + pixels * noise())
        })
        .collect()
}

#[test]
fn a_known_delay_is_found_to_a_tenth_of_a_frame_under_noise() {
    for (tracker, camera) in [(120.0, 24.0), (50.0, 25.0), (24.0, 24.0)] {
        let track = tracked(tracker);
        for delay in [-0.123, 0.0417, 0.3] {
            for phase in [0.0, 0.0071] {
                let image = seen(delay, camera, phase, 3.0, -1.0);
                let found = measure(&track, &image, &DelayOptions::default()).expect("a clear whip");
                let off = (found.delay_ms * 1e-3 - delay) * camera;
                assert!(off.abs() < 0.1, "{tracker} Hz, {camera} fps: {off} frames off, {found:?}");
                assert!(found.quality > 0.95 && found.opposed, "{found:?}");
                assert!((found.frame_rate / camera - 1.0).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn the_error_made_is_of_the_size_of_the_uncertainty_told() {
    let track = tracked(100.0);
    let found =
        measure(&track, &seen(0.1, 25.0, 0.003, 10.0, 1.0), &DelayOptions::default()).expect("a whip");
    assert!((found.delay_ms - 100.0).abs() < 5.0 * found.uncertainty_ms.max(0.2), "{found:?}");
    assert!(found.uncertainty_ms < 4.0 && !found.opposed, "{found:?}");
}

#[test]
fn a_hole_in_the_picture_does_not_shift_the_answer() {
    let mut image = seen(0.08, 25.0, 0.0, 1.0, 1.0);
    image.drain(60..66);
    let found = measure(&tracked(50.0), &image, &DelayOptions::default()).expect("a whip");
    assert!((found.delay_frames - 2.0).abs() < 0.1, "{found:?}");
}

#[test]
fn what_shows_no_delay_is_refused() {
    let still = Motion::new((0..500).map(|i| (f64::from(i) / 50.0, Pose::IDENTITY))).expect("long enough");
    let options = DelayOptions::default();
    assert_eq!(
        measure(&still, &seen(0.1, 25.0, 0.0, 1.0, 1.0), &options),
        Err(DelayError::Still("the tracker"))
    );
    let blank: Vec<_> = (0..400).map(|i| (f64::from(i) / 25.0, 0.0)).collect();
    assert_eq!(measure(&tracked(50.0), &blank, &options), Err(DelayError::Still("the picture")));
    let mut noise = noise(5);
    let rubbish: Vec<_> = (0..400).map(|i| (f64::from(i) / 25.0, noise())).collect();
    assert!(matches!(measure(&tracked(50.0), &rubbish, &options), Err(DelayError::Unclear { .. })));
    let elsewhere: Vec<_> = (0..400).map(|i| (1000.0 + f64::from(i) / 25.0, 1.0)).collect();
    assert!(matches!(measure(&tracked(50.0), &elsewhere, &options), Err(DelayError::TooShort { .. })));
    let near = DelayOptions { longest: 0.1 };
    let far = measure(&tracked(50.0), &seen(0.3, 25.0, 0.0, 0.0, 1.0), &near);
    assert!(matches!(far, Err(DelayError::OutOfRange { .. } | DelayError::Unclear { .. })), "{far:?}");
}

#[test]
fn tilt_and_travel_do_not_matter() {
    let moving = Motion::new(
        tracked(50.0)
            .points()
            .iter()
            .map(|(time, pose)| (*time, Pose { position: DVec3::new(0.1 * time, 0.0, 1.0), ..*pose })),
    )
    .expect("long enough");
    let found = measure(&moving, &seen(0.12, 25.0, 0.0, 1.0, 1.0), &DelayOptions::default()).expect("a whip");
    assert!((found.delay_frames - 3.0).abs() < 0.1, "{found:?}");
}

#[test]
fn image_motion_is_read_and_a_bad_line_is_named() {
    assert_eq!(read_image_motion("t,dx\n0,1.5\n0.04,-2\n"), Ok(vec![(0.0, 1.5), (0.04, -2.0)]));
    assert_eq!(read_image_motion("0,1\n0.04\n"), Err(DelayError::Line { line: 2 }));
    assert_eq!(read_image_motion("0,1\n0,2\n"), Err(DelayError::Order { line: 2 }));
    assert_eq!(read_image_motion("0,inf\n"), Err(DelayError::Line { line: 1 }));
}

#[test]
fn a_book_keeps_one_delay_for_each_camera_and_mode() {
    let delay = measure(&tracked(50.0), &seen(0.12, 25.0, 0.0, 1.0, 1.0), &DelayOptions::default());
    let delay = delay.expect("a whip");
    let mut book = DelayBook::default();
    for (camera, mode) in [("A", "4k 25p"), ("A", "hd 50p"), ("A", "4k 25p"), ("B", "4k 25p")] {
        book.keep(camera, mode, &delay, "2026-11-21T10:00:00Z".to_owned());
    }
    let again = DelayBook::from_toml(&book.to_toml()).expect("our own file");
    assert_eq!((again.entries().len(), &again), (3, &book));
    assert_eq!(again.find("B", "4k 25p").map(|entry| entry.delay_ms), Some(delay.delay_ms));
    assert_eq!(DelayBook::from_toml(""), Ok(DelayBook::default()));
    let error = DelayBook::from_toml("[[delay]]\ncamera = 3\n").expect_err("no text");
    assert!(error.to_string().contains("line 2"), "{error}");
}

/// What a camera with a lens of 60 degrees sees of a painted cylinder around it, `delay` seconds late: `WIDE` pixels wide.
fn frame(seconds: f64, delay: f64, paint: &[Vec<f32>], noise: &mut impl FnMut() -> f64) -> Vec<f32> {
    let pan = PanTiltRoll::from_quaternion(Move::Whip.pose(seconds - delay).rotation).pan.radians();
    let focal = WIDE as f64 / 2.0 / (30.0_f64).to_radians().tan();
    let mut luma = Vec::with_capacity(WIDE * paint.len());
    for row in paint {
        for column in 0..WIDE {
            // Pan grows to the left.
            let angle = pan - ((column as f64 + 0.5 - WIDE as f64 / 2.0) / focal).atan();
            let place = (angle / std::f64::consts::TAU).rem_euclid(1.0) * row.len() as f64;
            let (index, part) = (place as usize % row.len(), place.fract() as f32);
            let painted = row[index] * (1.0 - part) + row[(index + 1) % row.len()] * part;
            luma.push(painted + 0.02 * noise() as f32);
        }
    }
    luma
}

const WIDE: usize = 256;

/// Motion of the frames of a whip, seen `delay` seconds late at 25 a second. `contrast` 0 is a grey wall.
fn filmed(delay: f64, contrast: f32) -> Result<Vec<(f64, f64)>, DelayError> {
    let mut noise = noise(17);
    let paint: Vec<Vec<f32>> =
        (0..16).map(|_| (0..700).map(|_| contrast * noise() as f32).collect()).collect();
    let mut motion = FrameMotion::default();
    for index in 75..200 {
        let seconds = f64::from(index) / 25.0;
        let luma = frame(seconds, delay, &paint, &mut noise);
        motion.take(seconds, &Picture { width: WIDE, luma: &luma });
    }
    motion.motion()
}

#[test]
fn a_known_delay_is_found_in_the_frames_to_a_tenth_of_a_frame() {
    for delay in [0.0, 0.04, 0.137, 0.29] {
        let motion = filmed(delay, 1.0).expect("a painted wall");
        let found = measure(&tracked(50.0), &motion, &DelayOptions::default()).expect("a whip");
        let off = (found.delay_ms * 1e-3 - delay) * 25.0;
        assert!(off.abs() <= 0.1, "{delay} s: {off} frames off, {found:?}");
        assert!(found.quality > 0.95 && !found.opposed, "{found:?}");
    }
}

#[test]
fn a_wall_without_texture_shows_no_delay() {
    assert!(matches!(filmed(0.1, 0.0), Err(DelayError::Blurred { frames: 125, .. })));
    assert_eq!(
        FrameMotion::default().motion().map(|motion| motion.len()),
        Err(DelayError::Blurred { clear: 0, frames: 0 })
    );
}

#[test]
fn pictures_of_any_size_and_content_are_taken() {
    let mut motion = FrameMotion::default();
    for (width, count) in [(0, 0), (0, 64), (1, 1), (7, 700), (64, 63), (64, 6400), (3000, 30_000)] {
        for value in [0.0, f32::NAN, f32::INFINITY, f32::MAX, -1.0] {
            motion.take(0.0, &Picture { width, luma: &vec![value; count] });
        }
    }
    assert!(motion.motion().is_err());
}

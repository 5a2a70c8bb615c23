//! Ends are met, straight and curved motion is reproduced, turns are short.

use proptest::prelude::*;

use super::*;
use crate::{PanTiltRoll, rotation};

fn any_rotation() -> impl Strategy<Value = DQuat> {
    (-180.0..180.0_f64, -89.0..89.0_f64, -180.0..180.0_f64)
        .prop_map(|(pan, tilt, roll)| PanTiltRoll::from_degrees(pan, tilt, roll).quaternion())
}

fn keyed<V>(time: f64, value: V) -> Keyed<V> {
    Keyed { time, value }
}

proptest! {
    #[test]
    fn slerp_meets_both_ends_and_turns_at_constant_speed(a in any_rotation(), b in any_rotation(), at in 0.0..1.0_f64) {
        prop_assert!(rotation::angle_between(slerp(a, b, 0.0), a) < 1e-12);
        prop_assert!(rotation::angle_between(slerp(a, b, 1.0), b) < 1e-12);
        let whole = rotation::angle_between(a, b);
        let part = rotation::angle_between(a, slerp(a, b, at));
        // Within a hair of half a turn the short way is anybody's guess.
        prop_assume!(whole < std::f64::consts::PI - 1e-6);
        prop_assert!((part - at * whole).abs() < 1e-9, "{part} of {whole} at {at}");
    }

    #[test]
    fn a_quaternion_and_its_negative_interpolate_alike(a in any_rotation(), b in any_rotation(), at in 0.0..1.0_f64) {
        prop_assume!(rotation::angle_between(a, b) < std::f64::consts::PI - 1e-6);
        prop_assert!(rotation::angle_between(slerp(a, b, at), slerp(a, -b, at)) < 1e-12);
        prop_assert!(rotation::angle_between(nlerp(a, b, at), nlerp(a, -b, at)) < 1e-12);
    }

    #[test]
    fn tiny_turns_keep_their_digits(a in any_rotation(), angle in 1e-12..1e-6_f64, at in 0.0..1.0_f64) {
        let b = a * rotation::from_vector(DVec3::new(0.0, 0.0, angle));
        let part = rotation::angle_between(a, slerp(a, b, at));
        prop_assert!((part - at * angle).abs() < 1e-15);
    }

    #[test]
    fn unevenly_sampled_parabolas_come_back(
        steps in proptest::array::uniform3(0.001..2.0_f64), k in proptest::array::uniform3(-5.0..5.0_f64), at in 0.0..1.0_f64,
    ) {
        let value = |t: f64| k[0] + k[1] * t + k[2] * t * t;
        let times = [-steps[0], 0.0, steps[1], steps[1] + steps[2]];
        let [before, from, to, after] = times.map(|t| keyed(t, value(t)));
        let time = at * steps[1];
        let found = cubic(Some(before), from, to, Some(after), time);
        prop_assert!((found - value(time)).abs() < 1e-9, "{found} {}", value(time));
    }

    #[test]
    fn a_cubic_never_leaves_its_interval_in_time(time in -10.0..10.0_f64) {
        let (from, to) = (keyed(0.0, DVec3::ZERO), keyed(1.0, DVec3::ONE));
        let found = cubic(None, from, to, None, time);
        prop_assert!((found - DVec3::splat(time.clamp(0.0, 1.0))).length() < 1e-12);
    }
}

#[test]
fn opposite_rotations_still_give_a_rotation() {
    let half_turn = rotation::from_vector(DVec3::new(0.0, 0.0, std::f64::consts::PI));
    assert!(slerp(DQuat::IDENTITY, half_turn, 0.5).is_normalized());
    assert!(nlerp(DQuat::IDENTITY, half_turn, 0.5).is_normalized());
}

#[test]
fn a_missing_neighbour_leaves_a_straight_line() {
    assert_eq!(cubic(None, keyed(2.0, 10.0), keyed(4.0, 20.0), None, 2.5), 12.5);
}

#[test]
fn two_samples_at_one_moment_are_a_step() {
    let (from, to) = (keyed(1.0, 10.0), keyed(1.0, 20.0));
    assert_eq!(cubic(Some(keyed(1.0, 0.0)), from, to, None, 0.5), 10.0);
    assert_eq!(cubic(None, from, to, Some(keyed(1.0, 30.0)), 1.0), 20.0);
}

#[test]
fn a_pose_halfway_through_a_straight_turn_is_halfway() {
    let at = |x: f64, pan: f64| Pose::new(DVec3::new(x, 0.0, 1.5), PanTiltRoll::from_degrees(pan, 0.0, 0.0));
    let found = pose(None, keyed(0.0, at(0.0, 170.0)), keyed(0.04, at(1.0, -170.0)), None, 0.02);
    assert!((found.position - DVec3::new(0.5, 0.0, 1.5)).length() < 1e-12);
    let pan = PanTiltRoll::from_quaternion(found.rotation).pan.degrees();
    assert!((pan.abs() - 180.0).abs() < 1e-9, "{pan}");
}

#[test]
fn a_lens_meets_its_ends_exactly_and_focuses_by_the_reciprocal() {
    let a = LensState { focal_length_mm: Some(24.1), focus_distance_m: Some(1.0), ..LensState::default() };
    let b = LensState {
        focal_length_mm: Some(70.3),
        focus_distance_m: Some(f64::INFINITY),
        f_stop: Some(2.8),
        ..LensState::default()
    };
    assert_eq!(lens(&a, &b, 0.0), a);
    assert_eq!(lens(&a, &b, 1.0), b);
    let middle = lens(&a, &b, 0.5);
    assert!((middle.focal_length_mm.unwrap() - 47.2).abs() < 1e-12);
    assert_eq!(middle.focus_distance_m, Some(2.0));
    assert_eq!((lens(&a, &b, 0.4).f_stop, middle.f_stop), (None, Some(2.8)));
}

#[test]
fn a_lens_that_stands_still_keeps_its_bits() {
    let still = LensState {
        focal_length_mm: Some(28.456798553466797),
        focus_distance_m: Some(1.0 / 0.43225201964378357),
        entrance_pupil_m: Some(0.14990541338920593),
        encoders: Some(Encoders { focus: Some(0.1), iris: None, zoom: Some(0.7) }),
        projection_offset_mm: Some([0.1, -0.2]),
        ..LensState::default()
    };
    assert_eq!(lens(&still, &still, 0.37), still);
}

//! What pan, tilt and roll mean, and how poses compose.

use proptest::prelude::*;

use super::*;
use crate::rotation;

fn any_angles() -> impl Strategy<Value = PanTiltRoll> {
    (-180.0..180.0_f64, -89.9..89.9_f64, -180.0..180.0_f64)
        .prop_map(|(pan, tilt, roll)| PanTiltRoll::from_degrees(pan, tilt, roll))
}

fn any_pose() -> impl Strategy<Value = Pose> {
    let position = (-50.0..50.0_f64, -50.0..50.0_f64, -50.0..50.0_f64);
    (position, any_angles()).prop_map(|((x, y, z), angles)| Pose::new(DVec3::new(x, y, z), angles))
}

fn assert_direction(direction: DVec3, expected: [f64; 3]) {
    assert!((direction - DVec3::from_array(expected)).length() < 1e-6, "{direction} is not {expected:?}");
}

proptest! {
    #[test]
    fn pan_tilt_and_roll_come_back_from_the_rotation(angles in any_angles()) {
        let again = PanTiltRoll::from_quaternion(angles.quaternion());
        for (again, given) in [(again.pan, angles.pan), (again.tilt, angles.tilt), (again.roll, angles.roll)] {
            prop_assert!((again - given).wrapped().degrees().abs() < 1e-7, "{again:?} {given:?}");
        }
    }

    #[test]
    fn any_angles_at_all_give_a_unit_rotation(pan in -1e4..1e4_f64, tilt in -1e4..1e4_f64, roll in -1e4..1e4_f64) {
        let pose = Pose::new(DVec3::ZERO, PanTiltRoll::from_degrees(pan, tilt, roll));
        prop_assert!(pose.is_valid());
        let again = PanTiltRoll::from_quaternion(pose.rotation).quaternion();
        prop_assert!(rotation::angle_between(again, pose.rotation) < 1e-7);
    }

    #[test]
    fn a_pose_and_its_inverse_cancel(pose in any_pose()) {
        let nothing = pose.then_inner(&pose.inverse());
        prop_assert!(nothing.position.length() < 1e-9);
        prop_assert!(rotation::angle_between(nothing.rotation, DQuat::IDENTITY) < 1e-9);
    }

    #[test]
    fn composing_does_not_depend_on_where_the_brackets_stand(a in any_pose(), b in any_pose(), c in any_pose()) {
        let (left, right) = (a.then_inner(&b).then_inner(&c), a.then_inner(&b.then_inner(&c)));
        prop_assert!((left.position - right.position).length() < 1e-9);
        prop_assert!(rotation::angle_between(left.rotation, right.rotation) < 1e-9);
    }

    #[test]
    fn poses_come_back_from_files_bit_for_bit(pose in any_pose()) {
        let again: Pose = serde_json::from_str(&serde_json::to_string(&pose).unwrap()).unwrap();
        prop_assert_eq!(again, pose);
    }

    #[test]
    fn right_forward_and_up_are_a_right_handed_frame(pose in any_pose()) {
        prop_assert!((pose.right().cross(pose.forward()) - pose.up()).length() < 1e-12);
    }
}

#[test]
fn positive_pan_turns_left() {
    assert_direction(
        Pose::new(DVec3::ZERO, PanTiltRoll::from_degrees(90.0, 0.0, 0.0)).forward(),
        [-1.0, 0.0, 0.0],
    );
}

#[test]
fn positive_tilt_looks_up() {
    assert_direction(
        Pose::new(DVec3::ZERO, PanTiltRoll::from_degrees(0.0, 90.0, 0.0)).forward(),
        [0.0, 0.0, 1.0],
    );
}

#[test]
fn positive_roll_is_clockwise_from_behind() {
    // The top of the camera falls to its right.
    assert_direction(Pose::new(DVec3::ZERO, PanTiltRoll::from_degrees(0.0, 0.0, 90.0)).up(), [1.0, 0.0, 0.0]);
}

#[test]
fn the_worked_example_of_a_turned_camera() {
    let pose = Pose::new(DVec3::ZERO, PanTiltRoll::from_degrees(30.0, 10.0, 5.0));
    assert_direction(pose.forward(), [-0.492404, 0.852869, 0.173648]);
    assert_direction(pose.right(), [0.855163, 0.511204, -0.085832]);
    assert_direction(pose.up(), [0.161973, -0.106234, 0.981060]);
}

#[test]
fn looking_straight_up_all_turning_is_pan() {
    let up = PanTiltRoll::from_degrees(20.0, 90.0, 25.0);
    let angles = PanTiltRoll::from_quaternion(up.quaternion());
    assert!((angles.pan.degrees() - 45.0).abs() < 1e-6, "{angles:?}");
    assert!((angles.tilt.degrees() - 90.0).abs() < 1e-6);
    assert_eq!(angles.roll.degrees(), 0.0);
}

#[test]
fn the_entrance_pupil_lies_ahead_of_the_sensor() {
    let sensor = Pose::new(DVec3::new(1.0, 2.0, 3.0), PanTiltRoll::from_degrees(90.0, 0.0, 0.0));
    assert_direction(sensor.ahead(0.15).position, [0.85, 2.0, 3.0]);
}

#[test]
fn a_pose_with_a_number_that_is_none_is_not_valid() {
    let mut pose = Pose::IDENTITY;
    pose.position.z = f64::NAN;
    assert!(!pose.is_valid());
    assert!(!Pose { rotation: DQuat::from_xyzw(0.0, 0.0, 0.0, 2.0), ..Pose::IDENTITY }.is_valid());
    assert!(!Pose { rotation: DQuat::from_xyzw(f64::NAN, 0.0, 0.0, 1.0), ..Pose::IDENTITY }.is_valid());
}

#[test]
fn poses_are_plain_lists_of_numbers_in_files() {
    let pose = Pose { position: DVec3::new(0.1, -0.2, 0.3), ..Pose::IDENTITY };
    let text = serde_json::to_string(&pose).unwrap();
    assert_eq!(text, r#"{"position":[0.1,-0.2,0.3],"rotation":[0.0,0.0,0.0,1.0]}"#);
}

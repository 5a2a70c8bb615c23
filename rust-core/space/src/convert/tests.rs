//! Hand-worked values of every table, and there and back again for any pose.

use glam::{DQuat, DVec3};
use proptest::prelude::*;

use super::{bevy, f4, freed, opencv, opentrackio, psn, unreal, usd};
use crate::{Angle, LensState, PanTiltRoll, Pose, SensorSize, rotation};

fn any_pose() -> impl Strategy<Value = Pose> {
    let angles = (-180.0..180.0, -89.0..89.0, -180.0..180.0);
    let position = (-50.0..50.0, -50.0..50.0, -5.0..20.0);
    (position, angles).prop_map(|((x, y, z), (pan, tilt, roll))| {
        Pose::new(DVec3::new(x, y, z), PanTiltRoll::from_degrees(pan, tilt, roll))
    })
}

fn close(a: &Pose, b: &Pose, tolerance: f64) -> Result<(), TestCaseError> {
    prop_assert!((a.position - b.position).length() < tolerance, "{a:?} is not at {b:?}");
    let apart = rotation::angle_between(a.rotation, b.rotation);
    prop_assert!(apart < tolerance, "{a:?} is turned {apart} rad from {b:?}");
    Ok(())
}

fn near(a: impl AsRef<[f64]>, b: impl AsRef<[f64]>, tolerance: f64) {
    let (a, b) = (a.as_ref(), b.as_ref());
    assert_eq!(a.len(), b.len());
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < tolerance), "{a:?} is not {b:?}");
}

/// The pose most tables are worked for by hand: 1.5 m left, 4 m ahead, 1.7 m up; left 30, up 10, roll 5.
fn worked() -> Pose {
    Pose::new(DVec3::new(-1.5, 4.0, 1.7), PanTiltRoll::from_degrees(30.0, 10.0, 5.0))
}

proptest! {
    #[test]
    fn every_table_leads_back_to_the_same_pose(pose in any_pose()) {
        close(&opentrackio::to_stage([opentrackio::from_stage(&pose)]), &pose, 1e-9)?;
        close(&freed::to_stage(&freed::from_stage(&pose)), &pose, 1e-9)?;
        close(&f4::to_stage(&f4::from_stage(&pose)), &pose, 1e-9)?;
        for sense in [psn::Sense::LeftHand, psn::Sense::RightHand] {
            let (position, orientation) = psn::from_stage(&pose, sense);
            close(&psn::to_stage(position, orientation, sense), &pose, 1e-9)?;
        }
        for world in [opencv::World::Stage, opencv::World::OpenCv] {
            let camera = opencv::from_stage(&pose, world);
            close(&opencv::to_stage(&camera, world).expect("a rotation"), &pose, 1e-9)?;
            let extrinsics = opencv::extrinsics_from_stage(&pose, world);
            close(&opencv::extrinsics_to_stage(&extrinsics, world), &pose, 1e-9)?;
        }
        close(&unreal::to_stage(&unreal::from_stage(&pose)), &pose, 1e-9)?;
        let (location, rotator) = unreal::rotator_from_stage(&pose);
        close(&unreal::rotator_to_stage(location, &rotator), &pose, 1e-9)?;
        close(&usd::to_stage(&usd::from_stage(&pose)).expect("a rotation"), &pose, 1e-9)?;
        close(&bevy::to_stage(&bevy::from_stage(&pose)), &pose, 1e-5)?;
    }

    #[test]
    fn both_opencv_forms_are_each_others_inverse(pose in any_pose()) {
        for world in [opencv::World::Stage, opencv::World::OpenCv] {
            let camera = opencv::from_stage(&pose, world);
            let extrinsics = opencv::extrinsics_from_stage(&pose, world);
            // The camera's own position must come out at its own origin.
            let turn = rotation::from_vector(DVec3::from_array(extrinsics.rvec));
            let origin = turn * DVec3::from_array(camera.translation_m) + DVec3::from_array(extrinsics.tvec_m);
            prop_assert!(origin.length() < 1e-9, "{origin}");
        }
    }

    #[test]
    fn unreals_rotator_and_quaternion_say_the_same(pose in any_pose()) {
        let (location, rotator) = unreal::rotator_from_stage(&pose);
        close(&unreal::rotator_to_stage(location, &rotator), &unreal::to_stage(&unreal::from_stage(&pose)), 1e-9)?;
    }

    #[test]
    fn freed_and_the_stage_differ_in_the_sign_of_pan_alone(pose in any_pose()) {
        let (freed, f4) = (freed::from_stage(&pose), f4::from_stage(&pose));
        prop_assert_eq!((freed.pan, freed.tilt, freed.roll), (-f4.pan, f4.tilt, f4.roll));
    }
}

#[test]
fn unreal_agrees_with_the_computed_examples() {
    let examples: serde_json::Value =
        serde_json::from_str(include_str!("../../../../tests/data/opentrackio/coord_examples.json")).unwrap();
    let numbers = |value: &serde_json::Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect()
    };
    let examples = examples.as_array().unwrap();
    assert_eq!(examples.len(), 5);
    for example in examples {
        let given = |key: &str| example["otrk"][key].as_f64().unwrap();
        let pose = opentrackio::to_stage([opentrackio::Transform {
            translation_m: [given("x"), given("y"), given("z")],
            rotation: PanTiltRoll::from_degrees(given("pan"), given("tilt"), given("roll")),
            ..Default::default()
        }]);
        let unreal::Transform { location_cm, rotation_xyzw } = unreal::from_stage(&pose);
        near(location_cm, numbers(&example["ue_cm"]), 1e-9);
        // Unreal's axes, computed with Unreal's numbers alone.
        let q = DQuat::from_array(rotation_xyzw);
        near((q * DVec3::X).to_array(), numbers(&example["ue_forward"]), 1e-9);
        near((q * DVec3::Y).to_array(), numbers(&example["ue_right"]), 1e-9);
        near((q * DVec3::Z).to_array(), numbers(&example["ue_up"]), 1e-9);
        let rotator = numbers(&example["ue_rot_pitch_yaw_roll"]);
        let [pitch, yaw, roll] = [rotator[0], rotator[1], rotator[2]].map(Angle::from_degrees);
        let again = unreal::rotator_to_stage(location_cm, &unreal::Rotator { pitch, yaw, roll });
        assert!(rotation::angle_between(again.rotation, pose.rotation) < 1e-9);
    }
}

#[test]
fn a_chain_is_read_outermost_first() {
    let pose = opentrackio::to_stage([
        opentrackio::Transform {
            translation_m: [1.0, 0.0, 0.0],
            rotation: PanTiltRoll::from_degrees(90.0, 0.0, 0.0),
            ..Default::default()
        },
        opentrackio::Transform {
            translation_m: [0.0, 2.0, 1.5],
            rotation: PanTiltRoll::from_degrees(0.0, 10.0, 0.0),
            ..Default::default()
        },
    ]);
    near(pose.position.to_array(), [-1.0, 0.0, 1.5], 1e-12);
    near(pose.forward().to_array(), [-0.984808, 0.0, 0.173648], 1e-6);
}

#[test]
fn a_scale_moves_the_links_further_in_and_turns_nothing() {
    let outer = opentrackio::Transform {
        rotation: PanTiltRoll::from_degrees(90.0, 0.0, 0.0),
        scale: [2.0, 3.0, 1.0],
        ..Default::default()
    };
    let inner =
        opentrackio::Transform { translation_m: [1.0, 1.0, 1.0], scale: [9.0; 3], ..Default::default() };
    let pose = opentrackio::to_stage([outer, inner]);
    near(pose.position.to_array(), [-3.0, 2.0, 1.0], 1e-12);
    near(pose.forward().to_array(), [-1.0, 0.0, 0.0], 1e-12);
}

#[test]
fn a_chain_of_nothing_is_the_stage_origin() {
    assert_eq!(opentrackio::to_stage([]), Pose::IDENTITY);
}

#[test]
fn freed_pans_right_for_positive_numbers_and_counts_millimetres() {
    let reading = freed::Reading {
        position_mm: [1000.0, -2500.0, 1700.0],
        pan: Angle::from_degrees(90.0),
        ..Default::default()
    };
    let pose = freed::to_stage(&reading);
    near(pose.position.to_array(), [1.0, -2.5, 1.7], 1e-12);
    near(pose.forward().to_array(), [1.0, 0.0, 0.0], 1e-12);
    // The same message in Unreal: yaw has FreeD's sign.
    let (location, rotator) = unreal::rotator_from_stage(&pose);
    near(location, [-250.0, 100.0, 170.0], 1e-9);
    near([rotator.yaw.degrees()], [90.0], 1e-9);
}

#[test]
fn f4_pans_left_for_positive_numbers_and_counts_centimetres() {
    let reading = f4::Reading {
        position_cm: [-8.045, -185.355, 119.801],
        pan: Angle::from_degrees(90.0),
        ..Default::default()
    };
    let pose = f4::to_stage(&reading);
    near(pose.position.to_array(), [-0.08045, -1.85355, 1.19801], 1e-12);
    near(pose.forward().to_array(), [-1.0, 0.0, 0.0], 1e-12);
}

#[test]
fn f4_focal_lengths_are_pixels_of_a_1920_wide_image() {
    near([f4::focal_length_mm(1517.6959228515625, 36.0)], [28.45679855], 1e-6);
    near([f4::focal_px(f4::focal_length_mm(1517.6959228515625, 36.0), 36.0)], [1517.6959228515625], 1e-9);
    near([f4::horizontal_fov(1516.0).degrees()], [64.67], 0.05);
    near([f4::horizontal_fov(4854.0).degrees()], [22.4], 0.05);
}

#[test]
fn psn_depth_is_the_stages_forward_and_its_height_the_stages_up() {
    let pose = psn::to_stage([1.0, 2.0, 3.0], [0.0; 3], psn::Sense::LeftHand);
    assert_eq!(pose.position, DVec3::new(1.0, 3.0, 2.0));
    near(pose.forward().to_array(), [0.0, 1.0, 0.0], 1e-15);
    assert_eq!(unreal::location_from_stage(pose.position), [300.0, 100.0, 200.0]);
}

#[test]
fn psn_turns_by_the_hand_it_is_told() {
    let quarter_about_up = [0.0, std::f64::consts::FRAC_PI_2, 0.0];
    // Left-handed axes: the left thumb up, the fingers go from depth (ahead) to x (right).
    let left = psn::to_stage([0.0; 3], quarter_about_up, psn::Sense::LeftHand);
    near(left.forward().to_array(), [1.0, 0.0, 0.0], 1e-12);
    let right = psn::to_stage([0.0; 3], quarter_about_up, psn::Sense::RightHand);
    near(right.forward().to_array(), [-1.0, 0.0, 0.0], 1e-12);
}

#[test]
fn opencv_on_the_stage_has_the_cameras_axes_as_columns() {
    let camera = opencv::from_stage(&worked(), opencv::World::Stage);
    let column = |i: usize| camera.rotation.map(|row| row[i]);
    near(column(0), worked().right().to_array(), 1e-12);
    near(column(1), (-worked().up()).to_array(), 1e-12);
    near(column(2), worked().forward().to_array(), 1e-12);
    assert_eq!(camera.translation_m, [-1.5, 4.0, 1.7]);
}

#[test]
fn opencv_in_its_own_world_maps_axis_by_axis() {
    let camera = opencv::CameraToWorld {
        rotation: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        translation_m: [1.0, 2.0, 3.0],
    };
    let pose = opencv::to_stage(&camera, opencv::World::OpenCv).unwrap();
    near(pose.position.to_array(), [1.0, 3.0, -2.0], 1e-15);
    near(pose.forward().to_array(), [0.0, 1.0, 0.0], 1e-15);
    // And on to Unreal as (z, x, -y).
    near(unreal::location_from_stage(pose.position), [300.0, 100.0, -200.0], 1e-9);
}

#[test]
fn an_opencv_camera_looking_back_at_the_origin_sees_it_straight_ahead() {
    let pose = Pose::new(DVec3::new(0.0, -5.0, 0.0), PanTiltRoll::default());
    let extrinsics = opencv::extrinsics_from_stage(&pose, opencv::World::Stage);
    near(extrinsics.tvec_m, [0.0, 0.0, 5.0], 1e-12);
    near(extrinsics.rvec, [std::f64::consts::FRAC_PI_2, 0.0, 0.0], 1e-12);
}

#[test]
fn a_mirrored_matrix_is_refused() {
    let mirrored = opencv::CameraToWorld {
        rotation: [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        translation_m: [0.0; 3],
    };
    assert!(opencv::to_stage(&mirrored, opencv::World::Stage).is_err());
    assert!(usd::to_stage(&[[f64::NAN; 4]; 4]).is_err());
    assert!(usd::to_stage(&[[0.0; 4]; 4]).is_err());
}

#[test]
fn a_usd_matrix_has_the_cameras_axes_as_rows_and_centimetres_below() {
    let identity = usd::from_stage(&Pose::IDENTITY);
    let expected = [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
    for (row, expected) in identity.iter().zip(expected) {
        near(row, expected, 1e-15);
    }
    let [_, _, back, position] = usd::from_stage(&worked());
    near(position, [-150.0, 400.0, 170.0, 1.0], 1e-9);
    // Unreal's worked forward is (0.852869, -0.492404, 0.173648): X forward, Y right.
    near(back, [0.492404, -0.852869, -0.173648, 0.0], 1e-6);
}

#[test]
fn a_scaled_usd_camera_keeps_its_rotation() {
    let scaled = usd::from_stage(&worked())
        .map(|[x, y, z, w]| if w == 0.0 { [x * 30.0, y * 30.0, z * 30.0, w] } else { [x, y, z, w] });
    let pose = usd::to_stage(&scaled).unwrap();
    assert!(rotation::angle_between(pose.rotation, worked().rotation) < 1e-12);
}

#[test]
fn usd_lens_figures_are_plain_millimetres_and_focus_is_in_centimetres() {
    let lens = LensState {
        focal_length_mm: Some(35.0),
        sensor: Some(SensorSize { width_mm: 36.0, height_mm: 24.0 }),
        focus_distance_m: Some(2.5),
        f_stop: Some(2.8),
        projection_offset_mm: Some([0.5, -0.25]),
        ..LensState::default()
    };
    let camera = usd::lens_from_stage(&lens).unwrap();
    assert_eq!(
        (camera.focal_length, camera.horizontal_aperture, camera.vertical_aperture),
        (35.0, 36.0, 24.0)
    );
    assert_eq!((camera.focus_distance, camera.f_stop), (250.0, 2.8));
    assert_eq!((camera.horizontal_aperture_offset, camera.vertical_aperture_offset), (-0.5, -0.25));
    assert_eq!(usd::lens_to_stage(&camera), lens);
}

#[test]
fn usd_has_no_number_for_a_lens_focused_at_infinity() {
    let lens = LensState {
        focal_length_mm: Some(35.0),
        sensor: Some(SensorSize { width_mm: 36.0, height_mm: 24.0 }),
        focus_distance_m: Some(f64::INFINITY),
        ..LensState::default()
    };
    assert_eq!(usd::lens_from_stage(&lens).unwrap().focus_distance, 0.0);
    assert_eq!(usd::lens_from_stage(&LensState::default()), None);
}

#[test]
fn bevy_looks_along_minus_z_when_the_stage_looks_ahead() {
    let isometry = bevy::from_stage(&worked());
    let ahead = isometry.rotation * bevy_math::Vec3::NEG_Z;
    let forward = worked().forward();
    near([ahead.x, ahead.y, ahead.z].map(f64::from), [forward.x, forward.z, -forward.y], 1e-6);
    near(isometry.translation.to_array().map(f64::from), [-1.5, 1.7, -4.0], 1e-6);
}

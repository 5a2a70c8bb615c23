//! What leaves for other programs: ST maps, Unreal's lens role; and light, breathing, the entrance pupil.

use crate::{
    DVec3, Distortion,
    DistortionDirection::{DistortedToUndistorted, UndistortedToDistorted},
    LensState, PanTiltRoll, Pose, SensorSize,
    optics::{
        LensModel, OpticsError,
        opencv::{self, Camera, PixelOrigin},
        physical, stmap, unreal,
    },
};

const SENSOR: SensorSize = SensorSize { width_mm: 36.0, height_mm: 20.25 };

fn barrel() -> LensState {
    LensState {
        focal_length_mm: Some(24.0),
        sensor: Some(SENSOR),
        distortion: Some(Distortion {
            direction: UndistortedToDistorted,
            radial: [-2e-4, 0.0, 1e-7, 0.0, 0.0, 0.0],
            tangential: [0.0; 2],
        }),
        ..LensState::default()
    }
}

#[test]
fn a_map_of_a_straight_lens_names_each_pixels_own_middle() {
    let model = LensModel::new(&LensState { distortion: None, ..barrel() }).unwrap();
    let map = stmap::map(&model, SENSOR, [4, 2], stmap::Makes::Undistorted).unwrap();
    assert_eq!(map.pixels[0], [0.125, 0.75], "upper left, v from the bottom");
    assert_eq!(map.pixels[7], [0.875, 0.25], "lower right");
    assert_eq!(map.nowhere, 0);
}

#[test]
fn the_two_maps_undo_each_other() {
    let model = LensModel::new(&barrel()).unwrap();
    let size = [64, 36];
    let undistorted = stmap::map(&model, SENSOR, size, stmap::Makes::Undistorted).unwrap();
    let at = |uv: [f32; 2]| {
        [(f64::from(uv[0]) - 0.5) * SENSOR.width_mm, (0.5 - f64::from(uv[1])) * SENSOR.height_mm]
    };
    for (index, pixel) in undistorted.pixels.iter().enumerate() {
        let [x, y] = model.undistort(at(*pixel)).unwrap();
        let middle = [(index % 64) as f64 + 0.5, (index / 64) as f64 + 0.5];
        assert!((x / SENSOR.width_mm * 64.0 + 32.0 - middle[0]).abs() < 1e-4);
        assert!((y / SENSOR.height_mm * 36.0 + 18.0 - middle[1]).abs() < 1e-4);
    }
    // Barrel: the camera's picture is smaller, so straight lines are fetched from further in.
    assert!(undistorted.pixels[0][0] > 0.5 / 64.0);
    let distorted = stmap::map(&model, SENSOR, size, stmap::Makes::Distorted).unwrap();
    assert!(distorted.pixels[0][0] < 0.5 / 64.0);
}

#[test]
fn pixels_beyond_the_model_come_from_nowhere_and_are_counted() {
    let fold = Distortion { radial: [-1.0 / 300.0, 0.0, 0.0, 0.0, 0.0, 0.0], ..barrel().distortion.unwrap() };
    let model = LensModel::new(&LensState { distortion: Some(fold), ..barrel() }).unwrap();
    let map = stmap::map(&model, SENSOR, [36, 20], stmap::Makes::Undistorted).unwrap();
    assert_eq!(map.pixels[0], [stmap::NOWHERE; 2]);
    assert_eq!(map.nowhere, map.pixels.iter().filter(|pixel| pixel[0] == stmap::NOWHERE).count() as u64);
    assert!(map.pixels.iter().flatten().all(|value| value.is_finite()));
    assert!(stmap::map(&model, SENSOR, [0, 20], stmap::Makes::Distorted).is_err());
}

#[test]
fn unreal_gets_opencvs_coefficients_and_shares_of_the_sensor() {
    let camera = Camera {
        fx: 1536.0,
        fy: 1536.0,
        cx: 1000.0,
        cy: 600.0,
        k: [-0.1, 0.02, -0.003, 0.0, 0.0, 0.0],
        p: [0.001, -0.002],
        image: [2048, 1152],
    };
    let lens = opencv::to_lens(&camera, SENSOR, PixelOrigin::Corner).unwrap();
    let role = unreal::lens_role(&lens).unwrap();
    assert_eq!(role.model, "Spherical");
    let expected = [-0.1, 0.02, -0.003, 0.001, -0.002];
    assert!(role.distortion_parameters.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15));
    assert!((role.fx_fy[0] - 0.75).abs() < 1e-15 && (role.fx_fy[1] - 1536.0 / 1152.0).abs() < 1e-15);
    assert!((role.principal_point[0] - 1000.0 / 2048.0).abs() < 1e-15);
    assert_eq!(role.baking_error_mm, 0.0);
    let six =
        opencv::to_lens(&Camera { k: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], ..camera }, SENSOR, PixelOrigin::Corner);
    let role = unreal::lens_role(&six.unwrap()).unwrap();
    assert_eq!(role.model, "Brown-Conrady U-D");
    let expected = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.001, -0.002];
    assert!(role.distortion_parameters.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15));
}

#[test]
fn few_radial_terms_reach_unreal_and_the_other_direction_keeps_its_name() {
    let one = Distortion {
        direction: DistortedToUndistorted,
        radial: [1e-4, 0.0, 0.0, 0.0, 0.0, 0.0],
        tangential: [0.0; 2],
    };
    let role = unreal::lens_role(&LensState { distortion: Some(one), ..barrel() }).unwrap();
    assert_eq!(role.model, "Brown-Conrady D-U");
    assert!((role.distortion_parameters[0] - 1e-4 * 24.0 * 24.0).abs() < 1e-15);
    assert_eq!(role.distortion_parameters[1..], [0.0; 7]);
}

#[test]
fn what_baking_two_centres_into_one_costs_is_said() {
    let lens = LensState { distortion_offset_mm: Some([0.5, 0.0]), ..barrel() };
    let role = unreal::lens_role(&lens).unwrap();
    assert_eq!(role.principal_point, [0.5, 0.5], "the projection decides where the picture is");
    assert!(role.baking_error_mm > 0.01 && role.baking_error_mm < 0.2, "{}", role.baking_error_mm);
    assert_eq!(unreal::lens_role(&LensState::default()), Err(OpticsError::Missing("focal length")));
}

#[test]
fn light_falls_off_and_never_below_nothing() {
    assert_eq!(physical::exposure([0.0; 3], 20.0), 1.0);
    assert!((physical::exposure([1e-4, 2e-7, 3e-10], 10.0) - (1.0 - 0.01 - 0.002 - 0.0003)).abs() < 1e-15);
    assert_eq!(physical::exposure([0.1, 0.0, 0.0], 100.0), 0.0);
}

#[test]
fn a_simple_lens_breathes_towards_the_near_end() {
    assert_eq!(physical::breathed_focal_length_mm(50.0, f64::INFINITY), Ok(50.0));
    // 1/f = 1/d + 1/b: at 550 mm the image lies 55 mm behind.
    assert!((physical::breathed_focal_length_mm(50.0, 0.55).unwrap() - 55.0).abs() < 1e-12);
    assert!(physical::breathed_focal_length_mm(50.0, 0.05).is_err());
    assert!(physical::breathed_focal_length_mm(50.0, f64::NAN).is_err());
}

#[test]
fn the_entrance_pupil_stands_ahead_of_the_sensor() {
    let pose = Pose::new(DVec3::new(1.0, 2.0, 3.0), PanTiltRoll::default());
    let lens = LensState { entrance_pupil_m: Some(0.1), ..LensState::default() };
    assert_eq!(physical::entrance_pupil(&pose, &lens).position, DVec3::new(1.0, 2.1, 3.0));
    assert_eq!(physical::entrance_pupil(&pose, &LensState::default()), pose);
}

#[test]
fn overscan_says_how_much_larger_the_other_picture_is() {
    let [undistorted, distorted] = LensModel::new(&barrel()).unwrap().overscan(SENSOR).unwrap();
    assert!(undistorted > 1.05 && distorted == 1.0, "{undistorted} {distorted}");
}

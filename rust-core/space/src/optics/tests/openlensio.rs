//! The spherical model both ways, against values worked by hand, and OpenCV's coefficients there and back.

use proptest::prelude::*;

use crate::{
    Distortion,
    DistortionDirection::{self, DistortedToUndistorted, UndistortedToDistorted},
    LensState, SensorSize,
    optics::{LensModel, OpticsError, opencv, opencv::PixelOrigin},
};

const SENSOR: SensorSize = SensorSize { width_mm: 36.0, height_mm: 20.25 };
/// One pixel of a 4096 pixel picture on [`SENSOR`], mm.
const PIXEL: f64 = 36.0 / 4096.0;

fn lens(direction: DistortionDirection, radial: [f64; 6], tangential: [f64; 2]) -> LensState {
    LensState {
        focal_length_mm: Some(28.0),
        sensor: Some(SENSOR),
        projection_offset_mm: Some([0.31, -0.12]),
        distortion_offset_mm: Some([-0.08, 0.22]),
        distortion: Some(Distortion { direction, radial, tangential }),
        ..LensState::default()
    }
}

/// Moderate to strong lenses, up to a tenth at the corner: none to six radial terms, both directions. None folds
/// back near the sensor, where an inverse is worth only what the slope there leaves of it.
fn any_lens() -> impl Strategy<Value = LensState> {
    let term = |most: f64| -most..most;
    let radial = (term(2e-4), term(1e-4), term(2e-7), term(1e-7), term(1e-10), term(1e-10));
    (radial, term(1e-5), term(1e-5), any::<bool>(), 0..=6_usize, 1.0..1.1_f64).prop_map(
        |((k1, k2, k3, k4, k5, k6), p1, p2, forward, terms, squeeze)| {
            let mut radial = [k1, k2, k3, k4, k5, k6];
            radial[terms..].fill(0.0);
            let direction = if forward { DistortedToUndistorted } else { UndistortedToDistorted };
            LensState { anamorphic_squeeze: Some(squeeze), ..lens(direction, radial, [p1, p2]) }
        },
    )
}

proptest! {
    #[test]
    fn distorting_undoes_undistorting_to_a_billionth_of_a_pixel(
        lens in any_lens(), x in -18.0..18.0_f64, y in -10.125..10.125_f64,
    ) {
        let model = LensModel::new(&lens).unwrap();
        if let Ok(straight) = model.undistort([x, y]) {
            let [u, v] = model.distort(straight).unwrap();
            prop_assert!(libm::hypot(u - x, v - y) < 1e-9 * PIXEL, "{} {}", u - x, v - y);
        }
        if let Ok(bent) = model.distort([x, y]) {
            let [u, v] = model.undistort(bent).unwrap();
            prop_assert!(libm::hypot(u - x, v - y) < 1e-9 * PIXEL, "{} {}", u - x, v - y);
        }
    }

    #[test]
    fn rays_come_back(lens in any_lens(), x in -0.5..0.5_f64, y in -0.3..0.3_f64) {
        let model = LensModel::new(&lens).unwrap();
        if let Ok(point) = model.project([x, y]) {
            let [u, v] = model.ray(point).unwrap();
            prop_assert!(libm::hypot(u - x, v - y) < 1e-12);
        }
    }

    #[test]
    fn whatever_the_numbers_the_answer_is_finite_or_an_error(
        radial in proptest::array::uniform6(proptest::num::f64::ANY),
        tangential in proptest::array::uniform2(proptest::num::f64::ANY),
        x in proptest::num::f64::ANY, y in proptest::num::f64::ANY, forward in any::<bool>(),
    ) {
        let direction = if forward { DistortedToUndistorted } else { UndistortedToDistorted };
        if let Ok(model) = LensModel::new(&lens(direction, radial, tangential)) {
            for answer in [model.distort([x, y]), model.undistort([x, y])].into_iter().flatten() {
                prop_assert!(answer.iter().all(|value| value.is_finite()));
            }
        }
    }

    #[test]
    fn opencv_coefficients_come_back(
        fx in 500.0..6000.0_f64, stretch in 0.9..1.1_f64, cx in 900.0..1100.0_f64, cy in 400.0..700.0_f64,
        k in proptest::array::uniform6(-0.5..0.5_f64), p in proptest::array::uniform2(-0.01..0.01_f64),
        centre in any::<bool>(),
    ) {
        let origin = if centre { PixelOrigin::PixelCentre } else { PixelOrigin::Corner };
        let camera = opencv::Camera { fx, fy: fx * stretch, cx, cy, k, p, image: [2048, 1152] };
        let lens = opencv::to_lens(&camera, SENSOR, origin).unwrap();
        let again = opencv::from_lens(&lens, camera.image, origin).unwrap();
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12 * b.abs().max(1.0) * 1e3;
        prop_assert!(close(again.fx, fx) && close(again.fy, fx * stretch));
        prop_assert!(close(again.cx, cx) && close(again.cy, cy));
        prop_assert!(again.k.iter().zip(k).all(|(a, b)| close(*a, b)));
        prop_assert!(again.p.iter().zip(p).all(|(a, b)| close(*a, b)));
    }
}

#[test]
fn a_hand_worked_point_lands_where_the_standard_says() {
    // (x, y) = (3, 4) from the centre, so r^2 = 25. R = (1 + .02 + .00625) / (1 + .01) = 1.02625 / 1.01.
    // x' = 3 R + 2(.001)(12) + .002(25 + 18), y' = 4 R + 2(.002)(12) + .001(25 + 32).
    let radial = [0.02 / 25.0, 0.01 / 25.0, 0.00625 / 625.0, 0.0, 0.0, 0.0];
    let state = LensState {
        projection_offset_mm: Some([0.5, 0.25]),
        distortion_offset_mm: Some([-0.1, 0.3]),
        ..lens(DistortedToUndistorted, radial, [0.001, 0.002])
    };
    let model = LensModel::new(&state).unwrap();
    let centre = [0.5 - 0.1, 0.25 + 0.3];
    let [x, y] = model.undistort([centre[0] + 3.0, centre[1] + 4.0]).unwrap();
    let ratio = 1.02625 / 1.01;
    assert!((x - (3.0 * ratio + 0.024 + 0.086 + centre[0])).abs() < 1e-14);
    assert!((y - (4.0 * ratio + 0.048 + 0.057 + centre[1])).abs() < 1e-14);
}

#[test]
fn the_two_offsets_do_different_things() {
    let straight = LensState { distortion: None, ..lens(DistortedToUndistorted, [0.0; 6], [0.0; 2]) };
    let model = LensModel::new(&straight).unwrap();
    assert_eq!(model.project([0.0, 0.0]).unwrap(), [0.31, -0.12], "the projection offset moves the picture");
    let model =
        LensModel::new(&lens(DistortedToUndistorted, [1e-3, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0; 2])).unwrap();
    let centre = [0.31 - 0.08, -0.12 + 0.22];
    let [x, y] = model.undistort(centre).unwrap();
    assert!((x - centre[0]).abs() < 1e-15 && (y - centre[1]).abs() < 1e-15, "the distortion's centre stays");
}

#[test]
fn a_model_that_folds_back_ends_where_it_folds() {
    // r (1 - r^2 / 300) is largest at r = 10.
    let radial = [-1.0 / 300.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let centred = LensState {
        projection_offset_mm: None,
        distortion_offset_mm: None,
        ..lens(UndistortedToDistorted, radial, [0.0; 2])
    };
    let model = LensModel::new(&centred).unwrap();
    assert!(model.distort([9.99, 0.0]).is_ok());
    let error = model.distort([10.01, 0.0]).unwrap_err();
    let OpticsError::OutsideField { radius_mm, limit_mm } = error else { panic!("{error}") };
    assert!((radius_mm - 10.01).abs() < 1e-12 && (limit_mm - 10.0).abs() < 1e-9);
    // The furthest it reaches is 10 (1 - 1/3).
    assert!(model.undistort([6.66, 0.0]).is_ok());
    assert!(matches!(model.undistort([6.67, 0.0]), Err(OpticsError::OutsideField { .. })));
    assert!(model.covers(SENSOR).is_err());
    assert!(model.covers(SensorSize { width_mm: 9.0, height_mm: 5.0 }).is_ok());
}

#[test]
fn a_model_that_divides_by_zero_ends_before_that() {
    // The denominator 1 - r^2 / 100 is zero at r = 10.
    let model = LensModel::new(&LensState {
        projection_offset_mm: None,
        distortion_offset_mm: None,
        ..lens(DistortedToUndistorted, [0.0, -0.01, 0.0, 0.0, 0.0, 0.0], [0.0; 2])
    })
    .unwrap();
    assert!(model.undistort([9.9, 0.0]).is_ok());
    assert!(matches!(model.undistort([10.1, 0.0]), Err(OpticsError::OutsideField { .. })));
    // Everything has an inverse inside the circle.
    let [x, _] = model.distort([500.0, 0.0]).unwrap();
    assert!(x < 10.0 && (model.undistort([x, 0.0]).unwrap()[0] - 500.0).abs() < 1e-6);
}

#[test]
fn tangential_terms_are_divided_by_the_focal_length_once() {
    let camera = opencv::Camera {
        fx: 2048.0,
        fy: 2048.0,
        cx: 1024.0,
        cy: 576.0,
        k: [0.0; 6],
        p: [0.01, -0.02],
        image: [2048, 1152],
    };
    let lens = opencv::to_lens(&camera, SENSOR, PixelOrigin::Corner).unwrap();
    assert_eq!(lens.focal_length_mm, Some(36.0));
    assert_eq!(lens.anamorphic_squeeze, None);
    let model = LensModel::new(&lens).unwrap();
    // OpenCV by hand at (0.3, 0.2): r^2 = .13.
    let [x, y] = model.project([0.3, 0.2]).unwrap();
    let by_hand =
        [0.3 + 2.0 * 0.01 * 0.06 - 0.02 * (0.13 + 0.18), 0.2 + 0.01 * (0.13 + 0.08) - 2.0 * 0.02 * 0.06];
    assert!((x / 36.0 - by_hand[0]).abs() < 1e-15 && (y / 36.0 - by_hand[1]).abs() < 1e-15);
}

#[test]
fn two_focal_lengths_become_a_squeeze_and_nothing_is_lost() {
    let camera = opencv::Camera {
        fx: 1000.0,
        fy: 2000.0,
        cx: 1100.0,
        cy: 500.0,
        k: [-0.1, 0.0, 0.0, 0.0, 0.0, 0.0],
        p: [0.001, 0.0],
        image: [2048, 1152],
    };
    let lens = opencv::to_lens(&camera, SENSOR, PixelOrigin::Corner).unwrap();
    assert_eq!(lens.squeeze(), 2.0);
    let [x, y] = LensModel::new(&lens).unwrap().project([0.3, 0.2]).unwrap();
    let ratio = 1.0 - 0.1 * 0.13;
    let bent = [0.3 * ratio + 2.0 * 0.001 * 0.06, 0.2 * ratio + 0.001 * (0.13 + 0.08)];
    let pitch = 36.0 / 2048.0;
    assert!((x / pitch + 1024.0 - (1000.0 * bent[0] + 1100.0)).abs() < 1e-9);
    assert!((y / pitch + 576.0 - (2000.0 * bent[1] + 500.0)).abs() < 1e-9);
}

#[test]
fn opencv_has_no_word_for_the_other_direction_or_a_second_centre() {
    let other = lens(DistortedToUndistorted, [1e-4; 6], [0.0; 2]);
    assert!(opencv::from_lens(&other, [1920, 1080], PixelOrigin::Corner).is_err());
    let two = lens(UndistortedToDistorted, [1e-4; 6], [0.0; 2]);
    assert!(opencv::from_lens(&two, [1920, 1080], PixelOrigin::Corner).is_err());
}

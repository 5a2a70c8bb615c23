//! The anamorphic model both ways.

use proptest::prelude::*;

use crate::{
    Angle, SensorSize,
    optics::{
        anamorphic::{Degree4, Terms, normalised, on_sensor},
        stmap::{self, Makes},
    },
};

fn terms() -> impl Strategy<Value = Terms> {
    let c = || -0.05..0.05_f64;
    (c(), c(), c(), c(), c()).prop_map(|(c02, c22, c04, c24, c44)| Terms { c02, c22, c04, c24, c44 })
}

proptest! {
    #[test]
    fn distorting_undoes_undistorting(
        x in terms(), y in terms(), turn in -2.0..2.0_f64, squeeze_x in 0.9..1.1_f64, squeeze_y in 0.9..1.1_f64,
        px in -0.9..0.9_f64, py in -0.6..0.6_f64,
    ) {
        let model = Degree4 { x, y, lens_rotation: Angle::from_degrees(turn), squeeze_x, squeeze_y };
        model.check().unwrap();
        if let Ok(straight) = model.undistort([px, py]) {
            let [u, v] = model.distort(straight).unwrap();
            prop_assert!(libm::hypot(u - px, v - py) < 1e-11, "{} {}", u - px, v - py);
        }
    }

    #[test]
    fn whatever_the_numbers_the_answer_is_finite_or_an_error(
        values in proptest::array::uniform10(proptest::num::f64::ANY),
        x in proptest::num::f64::ANY, y in proptest::num::f64::ANY,
    ) {
        let part = |at: usize| Terms {
            c02: values[at], c22: values[at + 1], c04: values[at + 2], c24: values[at + 3], c44: values[at + 4],
        };
        let model = Degree4 { x: part(0), y: part(5), ..Degree4::default() };
        for answer in [model.undistort([x, y]), model.distort([x, y])].into_iter().flatten() {
            prop_assert!(answer.iter().all(|value| value.is_finite()));
        }
    }
}

#[test]
fn a_hand_worked_point_uses_each_term() {
    // At (.6, .3): r^2 = .45, r^2 cos 2a = .27, r^4 cos 4a = .1296 - .1944 + .0081 = -.0567.
    let x = Terms { c02: 0.1, c22: 0.2, c04: 0.3, c24: 0.4, c44: 0.5 };
    let model = Degree4 { x, squeeze_x: 2.0, squeeze_y: 0.5, ..Degree4::default() };
    let [u, v] = model.undistort([0.6, 0.3]).unwrap();
    let ratio = 1.0 + 0.1 * 0.45 + 0.2 * 0.27 + 0.3 * 0.2025 + 0.4 * 0.1215 - 0.5 * 0.0567;
    assert!((u - 0.6 * ratio * 2.0).abs() < 1e-15 && (v - 0.15).abs() < 1e-15);
}

#[test]
fn a_turned_lens_distorts_along_its_own_axes() {
    // Only the cylinder's x is stretched; turned by 90 degrees that is the film back's y.
    let x = Terms { c02: 0.1, ..Terms::default() };
    let model = Degree4 { x, lens_rotation: Angle::from_degrees(90.0), ..Degree4::default() };
    let [u, v] = model.undistort([0.0, 0.5]).unwrap();
    assert!(u.abs() < 1e-15 && (v - 0.5 * 1.025).abs() < 1e-15);
    let [u, v] = model.undistort([0.5, 0.0]).unwrap();
    assert!((u - 0.5).abs() < 1e-15 && v.abs() < 1e-15);
}

#[test]
fn the_corner_of_the_film_back_has_radius_one() {
    let sensor = SensorSize { width_mm: 24.0, height_mm: 18.0 };
    assert_eq!(normalised(sensor, [12.0, 9.0]), [0.8, -0.6]);
    assert_eq!(on_sensor(sensor, [0.8, -0.6]), [12.0, 9.0]);
}

#[test]
fn its_map_fetches_each_pixel_from_where_the_model_says() {
    let sensor = SensorSize { width_mm: 24.0, height_mm: 18.0 };
    let x = Terms { c02: 0.08, c22: -0.02, ..Terms::default() };
    let model = Degree4 { x, lens_rotation: Angle::from_degrees(0.5), squeeze_y: 1.01, ..Degree4::default() };
    model.covers(sensor).unwrap();
    let map = stmap::map_anamorphic(&model, sensor, [8, 6], Makes::Undistorted).unwrap();
    assert_eq!(map.nowhere, 0);
    // The first pixel's middle, straight, must be where the model takes the point it is fetched from.
    let [u, v] = map.pixels[0].map(f64::from);
    let fetched = normalised(sensor, [(u - 0.5) * 24.0, (0.5 - v) * 18.0]);
    let [x, y] = on_sensor(sensor, model.undistort(fetched).unwrap());
    assert!((x + 10.5).abs() < 1e-5 && (y + 7.5).abs() < 1e-5, "{x} {y}");
    let folding = Degree4 { x: Terms { c02: -2.0, ..Terms::default() }, ..Degree4::default() };
    assert!(folding.covers(sensor).is_err());
}

//! Hand-worked fields of view, and there and back again.

use proptest::prelude::*;

use super::*;

fn lens(focal: f64, sensor: SensorSize) -> LensState {
    LensState { focal_length_mm: Some(focal), sensor: Some(sensor), ..LensState::default() }
}

proptest! {
    #[test]
    fn focal_length_and_field_of_view_are_inverse(focal in 4.0..2000.0_f64, side in 2.0..70.0_f64) {
        let fov = field_of_view(focal, side).expect("positive");
        prop_assert!(fov.degrees() > 0.0 && fov.degrees() < 180.0);
        let again = focal_length_mm(fov, side).expect("inside");
        prop_assert!((again - focal).abs() < 1e-9 * focal);
    }

    #[test]
    fn the_sensor_is_found_from_focal_length_and_field_of_view(
        focal in 8.0..300.0_f64, width in 5.0..60.0_f64, aspect in 1.0..2.5_f64,
    ) {
        let fov = field_of_view(focal, width).expect("positive");
        let sensor = SensorSize::from_field_of_view(focal, fov, aspect).expect("a sensor");
        prop_assert!((sensor.width_mm - width).abs() < 1e-9);
        prop_assert!((sensor.width_mm / sensor.height_mm - aspect).abs() < 1e-9);
    }
}

#[test]
fn a_full_frame_35_mm_lens_sees_54_degrees() {
    let lens = lens(35.0, SensorSize::FULL_FRAME);
    assert!((lens.horizontal_fov_degrees().unwrap() - 54.4322).abs() < 1e-4);
    assert!((lens.vertical_fov().unwrap().degrees() - 37.8493).abs() < 1e-4);
    assert_eq!(lens.aspect_ratio().unwrap().ratio(), 1.5);
}

#[test]
fn a_squeeze_widens_the_picture_and_not_its_height() {
    let spherical = lens(50.0, SensorSize { width_mm: 21.0, height_mm: 17.5 });
    let anamorphic = LensState { anamorphic_squeeze: Some(2.0), ..spherical };
    assert_eq!(anamorphic.horizontal_fov(), field_of_view(50.0, 42.0));
    assert_eq!(anamorphic.vertical_fov(), spherical.vertical_fov());
    assert!((anamorphic.aspect_ratio().unwrap().ratio() - 2.4).abs() < 1e-6);
}

#[test]
fn a_squeeze_that_is_no_ratio_is_taken_as_none() {
    for squeeze in [0.0, -2.0, f64::NAN, f64::INFINITY] {
        assert_eq!(LensState { anamorphic_squeeze: Some(squeeze), ..LensState::default() }.squeeze(), 1.0);
    }
}

#[test]
fn what_is_not_known_is_not_made_up() {
    assert_eq!(LensState::default().horizontal_fov(), None);
    assert_eq!(LensState::default().aspect_ratio(), None);
    assert_eq!(lens(0.0, SensorSize::FULL_FRAME).horizontal_fov(), None);
    assert_eq!(lens(f64::NAN, SensorSize::FULL_FRAME).vertical_fov(), None);
    assert_eq!(lens(35.0, SensorSize { width_mm: 0.0, height_mm: 24.0 }).horizontal_fov(), None);
    assert_eq!(SensorSize::from_width(36.0, 0.0), None);
    assert_eq!(SensorSize::from_field_of_view(35.0, Angle::from_degrees(0.0), 1.5), None);
    assert_eq!(focal_length_mm(Angle::from_degrees(180.0), 36.0), None);
}

#[test]
fn absent_figures_are_absent_in_files() {
    let text = serde_json::to_string(&lens(35.0, SensorSize::FULL_FRAME)).unwrap();
    assert_eq!(text, r#"{"focal_length_mm":35.0,"sensor":{"width_mm":36.0,"height_mm":24.0}}"#);
    assert_eq!(serde_json::from_str::<LensState>("{}").unwrap(), LensState::default());
    assert!(serde_json::from_str::<LensState>(r#"{"focal":35}"#).is_err());
}

#[test]
fn a_lens_focused_at_infinity_stays_there_in_files() {
    let lens = LensState { focus_distance_m: Some(f64::INFINITY), ..LensState::default() };
    let text = serde_json::to_string(&lens).unwrap();
    assert_eq!(text, r#"{"focus_distance_m":"infinity"}"#);
    assert_eq!(serde_json::from_str::<LensState>(&text).unwrap(), lens);
    let near = LensState { focus_distance_m: Some(2.5), ..LensState::default() };
    assert_eq!(serde_json::to_string(&near).unwrap(), r#"{"focus_distance_m":2.5}"#);
    assert_eq!(serde_json::from_str::<LensState>(r#"{"focus_distance_m":2.5}"#).unwrap(), near);
    assert_eq!(
        serde_json::from_str::<LensState>(r#"{"focus_distance_m":null}"#).unwrap(),
        LensState::default()
    );
    assert!(serde_json::from_str::<LensState>(r#"{"focus_distance_m":"far"}"#).is_err());
}

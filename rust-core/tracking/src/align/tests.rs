//! Alignments that are known, noisy, and impossible.

use cyclorama_space::{PanTiltRoll, rotation};
use proptest::prelude::*;

use super::*;

fn truth() -> Pose {
    Pose::new(DVec3::new(1.5, -2.0, 0.3), PanTiltRoll::from_degrees(123.0, -4.0, 2.0))
}

fn pairs(transform: &Pose, points: &[[f64; 3]], off: impl Fn(usize) -> DVec3) -> Vec<Pair> {
    let pair = |(index, point): (usize, &[f64; 3])| {
        let tracker = DVec3::from_array(*point);
        let wall = transform.position + transform.rotation * tracker + off(index);
        Pair { name: format!("p{index}"), tracker, wall }
    };
    points.iter().enumerate().map(pair).collect()
}

const CORNERS: [[f64; 3]; 6] =
    [[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [4.0, 0.1, 3.0], [0.0, -0.1, 3.0], [2.0, -3.0, 1.0], [1.0, -2.0, 2.0]];

#[test]
fn exact_points_give_the_exact_transform() {
    let found = align(&pairs(&truth(), &CORNERS, |_| DVec3::ZERO)).expect("well spread");
    assert!(found.transform.position.distance(truth().position) < 1e-12);
    assert!(rotation::angle_between(found.transform.rotation, truth().rotation) < 1e-12);
    assert!(found.rms < 1e-12 && (found.scale - 1.0).abs() < 1e-12);
    let moved = found.transform.then_inner(&Pose::IDENTITY);
    assert!(moved.position.distance(truth().position) < 1e-12);
}

#[test]
fn a_misread_point_is_the_worst_residual() {
    let misread = |index| if index == 4 { DVec3::new(0.0, 0.0, 0.08) } else { DVec3::ZERO };
    let found = align(&pairs(&truth(), &CORNERS, misread)).expect("well spread");
    let worst = found.worst().expect("six points");
    assert_eq!(worst.name, "p4");
    assert!((30.0..80.0).contains(&worst.mm), "{worst:?}");
}

#[test]
fn a_flat_wall_is_enough() {
    let flat = [[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [4.0, 0.0, 3.0], [0.0, 0.0, 3.0]];
    let found = align(&pairs(&truth(), &flat, |_| DVec3::ZERO)).expect("a rectangle");
    assert!(rotation::angle_between(found.transform.rotation, truth().rotation) < 1e-12);
}

#[test]
fn points_that_fix_nothing_are_refused() {
    let line = [[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [2.0, 2.0, 0.0], [5.0, 5.0, 0.001]];
    let error = align(&pairs(&truth(), &line, |_| DVec3::ZERO)).expect_err("a line");
    assert!(matches!(error, AlignError::OnOneLine { .. }), "{error}");
    let same = [[1.0, 2.0, 3.0]; 5];
    assert!(matches!(align(&pairs(&truth(), &same, |_| DVec3::ZERO)), Err(AlignError::OnOneLine { .. })));
    assert_eq!(align(&pairs(&truth(), &CORNERS[..2], |_| DVec3::ZERO)), Err(AlignError::TooFew { pairs: 2 }));
    let broken = align(&pairs(&truth(), &CORNERS, |i| DVec3::splat(if i == 2 { f64::NAN } else { 0.0 })));
    assert_eq!(broken, Err(AlignError::NotFinite { name: "p2".to_owned() }));
}

#[test]
fn centimetres_are_not_taken_for_metres() {
    let mut mixed = pairs(&truth(), &CORNERS, |_| DVec3::ZERO);
    mixed.iter_mut().for_each(|pair| pair.tracker *= 100.0);
    let error = align(&mixed).expect_err("other units");
    assert_eq!(error.to_string(), "distances in the wall's space are 0.0100 times those in the tracker's");
}

#[test]
fn a_flipped_axis_is_named() {
    let mut flipped = pairs(&truth(), &CORNERS, |_| DVec3::ZERO);
    flipped.iter_mut().for_each(|pair| pair.tracker.y *= -1.0);
    assert_eq!(align(&flipped), Err(AlignError::Mirrored));
    let mut swapped = pairs(&truth(), &CORNERS, |_| DVec3::ZERO);
    swapped
        .iter_mut()
        .for_each(|pair| pair.tracker = DVec3::new(pair.tracker.y, pair.tracker.x, pair.tracker.z));
    assert_eq!(align(&swapped), Err(AlignError::Mirrored));
}

#[test]
fn pairs_are_read_with_and_without_names_and_a_bad_line_is_named() {
    let text = "name,tx,ty,tz,wx,wy,wz\n# stage left\ncorner,0,0,0,1,2,3\n1,2,3,4,5,6\n";
    let read = read_pairs(text).expect("good lines");
    assert_eq!((read[0].name.as_str(), read[0].wall), ("corner", DVec3::new(1.0, 2.0, 3.0)));
    assert_eq!((read[1].name.as_str(), read[1].tracker), ("line 4", DVec3::new(1.0, 2.0, 3.0)));
    for (bad, line) in [("1,2,3,4,5,6\n1,2,3,4,5,x\n", 2), ("1,2,3\n", 1), ("a,1,2,3,4,5,NaN\n", 1)] {
        assert_eq!(read_pairs(bad), Err(AlignmentFileError::Line { line }), "{bad}");
    }
}

#[test]
fn an_alignment_comes_back_from_its_file_to_the_last_bit() {
    let found = align(&pairs(&truth(), &CORNERS, |i| DVec3::splat(1e-3 * i as f64))).expect("well spread");
    let text = found.to_toml();
    assert_eq!(Alignment::transform_from_toml(&text), Ok(found.transform));
    let broken = text.replace("rotation = [", "rotation = [9.0, ");
    assert!(Alignment::transform_from_toml(&broken).is_err());
    assert!(matches!(Alignment::transform_from_toml("x = 1"), Err(AlignmentFileError::Toml(_))));
}

proptest! {
    #[test]
    fn any_alignment_is_found_again(
        shift in prop::array::uniform3(-50.0f64..50.0),
        turned in prop::array::uniform3(-1.7f64..1.7),
        noise in prop::collection::vec(prop::array::uniform3(-0.002f64..0.002), 6),
    ) {
        let rotation = rotation::from_vector(DVec3::from_array(turned));
        let transform = Pose { position: DVec3::from_array(shift), rotation };
        let found = align(&pairs(&transform, &CORNERS, |i| DVec3::from_array(noise[i]))).expect("well spread");
        prop_assert!(rotation::angle_between(found.transform.rotation, rotation) < 0.004);
        prop_assert!(found.residuals.iter().all(|residual| residual.mm < 8.0));
        prop_assert!(found.rms < 0.004);
    }
}

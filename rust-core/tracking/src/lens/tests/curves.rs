//! Curves, tables and ranges, on made-up numbers and on a real lens.

use cyclorama_space::RawEncoders;
use proptest::prelude::*;

use super::super::*;
use crate::protocol::freed::Vendor;

/// The focus ring of a real ARRI lens: count and distance in m, by count, without repeats.
fn real_ring() -> Vec<(f64, f64)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/fiz/arri_B001C001.csv");
    let text = std::fs::read_to_string(path).expect("the metadata in tests/data");
    let mut lines = text.lines().map(|line| line.split('\t').map(str::trim).collect::<Vec<_>>());
    let names = lines.next().expect("a head");
    let column = |name| names.iter().position(|known| *known == name).expect("the column");
    let (count, distance) = (column("RawEncoderFocus RawLds"), column("Lens Focus Distance"));
    let number = |cell: &str| cell.parse::<f64>().expect("a number");
    let mut ring: Vec<_> = lines.map(|line| (number(line[count]), number(line[distance]))).collect();
    ring.sort_by(|a, b| a.0.total_cmp(&b.0));
    ring.dedup_by_key(|point| point.0);
    ring
}

/// The worst relative error at the points left out, when every `kept`th calibrates.
fn left_out(scale: Scale, kept: usize) -> f64 {
    let ring = real_ring();
    let last = ring.len() - 1;
    let known: Vec<_> = (0..=last).filter(|n| n % kept == 0 || *n == last).map(|n| ring[n]).collect();
    let curve = Curve::monotone("focus_m", scale, &known).expect("a ring turns one way");
    ring.iter().map(|(at, distance)| (curve.value(*at) / distance - 1.0).abs()).fold(0.0, f64::max)
}

#[test]
fn a_real_focus_ring_is_drawn_best_in_one_over_the_distance() {
    assert_eq!(real_ring().len(), 190);
    let (drawn, plain) = (left_out(Scale::Reciprocal, 19), left_out(Scale::Linear, 19));
    assert!(drawn < 0.006, "ten points give the distance to {drawn}");
    assert!(drawn < plain * 0.5, "{drawn} against {plain}");
}

proptest! {
    #[test]
    fn a_curve_goes_through_its_points_and_never_beyond_them(
        mut at in proptest::collection::btree_set(0..1000_u32, 2..12), seed in proptest::collection::vec(0.1..50.0_f64, 12),
        scale in prop_oneof![Just(Scale::Linear), Just(Scale::Logarithm), Just(Scale::Reciprocal)],
        t in 0.0..1.0_f64,
    ) {
        at.insert(1000);
        let at: Vec<f64> = at.into_iter().map(f64::from).collect();
        let points: Vec<(f64, f64)> = at.iter().copied().zip(seed.iter().copied()).collect();
        let curve = Curve::new("test", scale, &points).unwrap();
        for (at, value) in &points {
            prop_assert_eq!(curve.value(*at), *value);
        }
        for pair in points.windows(2) {
            let value = curve.value(pair[0].0 + (pair[1].0 - pair[0].0) * t);
            let (low, high) = (pair[0].1.min(pair[1].1), pair[0].1.max(pair[1].1));
            prop_assert!(value >= low * (1.0 - 1e-12) && value <= high * (1.0 + 1e-12), "{} in {}..{}", value, low, high);
        }
        prop_assert_eq!(curve.value(-1.0), points[0].1);
        prop_assert_eq!(curve.value(2000.0), points[points.len() - 1].1);
    }

    #[test]
    fn a_ring_that_turns_one_way_gives_values_that_go_one_way(
        steps in proptest::collection::vec((0.01..0.2_f64, 0.0..3.0_f64), 2..10), fine in 1..500_u32,
    ) {
        let mut point = (0.0, 0.5);
        let points: Vec<(f64, f64)> = steps.iter().map(|(x, y)| { point = (point.0 + x, point.1 + y); point }).collect();
        let curve = Curve::monotone("test", Scale::Logarithm, &points).unwrap();
        let [first, last] = curve.span();
        let at = |n: u32| first + (last - first) * f64::from(n) / 500.0;
        prop_assert!(curve.value(at(fine)) >= curve.value(at(fine - 1)) * (1.0 - 1e-12));
    }
}

#[test]
fn a_straight_ring_stays_straight() {
    let curve = Curve::new("test", Scale::Linear, &[(0.0, 1.0), (0.5, 2.0), (1.0, 3.0)]).unwrap();
    assert!((curve.value(0.3) - 1.6).abs() < 1e-15);
    let curve = Curve::new("test", Scale::Logarithm, &[(0.0, 2.0), (1.0, 8.0)]).unwrap();
    assert!((curve.value(0.5) - 4.0).abs() < 1e-14);
    let curve = Curve::new("test", Scale::Reciprocal, &[(0.0, f64::INFINITY), (1.0, 1.0)]).unwrap();
    assert!((curve.value(0.25) - 4.0).abs() < 1e-14);
    assert_eq!(curve.value(0.0), f64::INFINITY);
}

#[test]
fn a_ring_that_turns_back_is_named_by_its_line() {
    let text = |points: &[(f64, f64)]| {
        Curve::monotone("focus_m", Scale::Reciprocal, points).unwrap_err().to_string()
    };
    assert_eq!(
        text(&[(0.0, 10.0), (0.5, 3.0), (0.75, 4.0), (1.0, 1.0)]),
        "table focus_m, line 3: the value 4 turns back; values must only rise or only fall with the encoder"
    );
    assert_eq!(
        text(&[(0.0, 10.0), (0.5, 3.0), (0.5, 2.0)]),
        "table focus_m, line 3: the encoder position 0.5 does not lie after the one before it"
    );
    assert_eq!(text(&[(0.0, 0.0), (0.5, 3.0)]), "table focus_m, line 1: 0 is out of range");
    assert_eq!(text(&[(0.0, 1.0), (0.5, f64::NAN)]), "table focus_m, line 2: NaN is out of range");
    assert_eq!(text(&[]), "table focus_m: missing");
}

#[test]
fn a_table_is_exact_at_its_places_and_between_them_lies_between() {
    let lines: Vec<Vec<f64>> =
        [[0.0, 0.0, 20.0], [0.0, 1.0, 80.0], [1.0, 0.0, 22.0], [1.0, 0.5, 44.0], [1.0, 1.0, 88.0]]
            .map(Vec::from)
            .into();
    let table = Table::<1>::new("focal_length_mm", Scale::Logarithm, &lines).unwrap().expect("lines");
    let at = |focus, zoom| table.value(Some(focus), Some(zoom)).unwrap()[0];
    for line in &lines {
        assert_eq!(at(line[0], line[1]), line[2]);
    }
    assert!((at(0.0, 0.5) - 40.0).abs() < 1e-12, "the middle of a zoom is the geometric mean");
    assert!((at(0.5, 0.0) - (20.0_f64 * 22.0).sqrt()).abs() < 1e-12);
    assert_eq!((at(-1.0, 2.0), at(2.0, -1.0)), (80.0, 22.0), "outside is the nearest edge");
    assert_eq!(table.value(None, Some(0.5)), None, "focus matters and is not known");
    assert_eq!((table.focus_span(), table.zoom_span()), ([0.0, 1.0], [0.0, 1.0]));
    let prime = Table::<1>::new("focal_length_mm", Scale::Logarithm, &lines[..1]).unwrap().expect("a line");
    assert_eq!(prime.value(None, None), Some([20.0]), "a prime lens depends on no ring");
}

#[test]
fn a_wrong_line_of_a_table_is_named() {
    let text = |lines: &[Vec<f64>]| {
        Table::<1>::new("focal_length_mm", Scale::Logarithm, lines).unwrap_err().to_string()
    };
    let good = vec![0.0, 0.0, 20.0];
    assert_eq!(
        text(&[good.clone(), vec![0.0, 1.0]]),
        "table focal_length_mm, line 2: 2 numbers where 3 belong"
    );
    assert_eq!(
        text(&[good.clone(), vec![0.0, 1.0, 0.0]]),
        "table focal_length_mm, line 2: 0 is out of range"
    );
    assert_eq!(
        text(&[good.clone(), good]),
        "table focal_length_mm, line 2: there is already a line for focus 0, zoom 0"
    );
}

#[test]
fn vendors_ranges_are_turned_to_far_open_and_wide_first() {
    let ranges = EncoderRanges::of_vendor(&Vendor::Sony.ranges().expect("Sony sends counts"));
    let counts = RawEncoders { focus: Some(0xF000), iris: Some(5), zoom: Some(0x3D60) };
    let placed = ranges.positions(&counts);
    assert_eq!((placed.focus, placed.iris, placed.zoom), (Some(0.0), None, Some(0.5)));
}

#[test]
fn a_range_is_learnt_from_rings_that_were_turned_and_from_no_others() {
    let mut learner = RangeLearner::default();
    for count in [500, 12_000, 700, 40_000] {
        learner.observe(&RawEncoders { focus: Some(count), iris: Some(77), zoom: None });
    }
    let learnt = learner.learnt(&[Ring::Focus]);
    assert_eq!(learnt, EncoderRanges { focus: Some([40_000, 500]), iris: None, zoom: None });
    let again = EncoderRanges::from_json(&learnt.to_json()).unwrap();
    assert_eq!(again, learnt);
    assert!(EncoderRanges::from_json(r#"{"schema":"cyclorama.encoder-ranges/2","ranges":{}}"#).is_err());
    assert!(EncoderRanges { zoom: Some([9, 9]), ..learnt }.check().is_err());
}

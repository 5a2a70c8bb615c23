//! Whole files: applied, there and back, and damaged.

use cyclorama_space::{
    Distortion, DistortionDirection, Encoders, LensState, RawEncoders, SensorSize,
    optics::{
        LensModel,
        anamorphic::{Degree4, Terms},
        opencv::{Camera, PixelOrigin, to_lens},
        unreal,
    },
};
use proptest::prelude::*;

use super::super::*;

const SENSOR: SensorSize = SensorSize { width_mm: 36.0, height_mm: 20.25 };

/// A zoom with two focus positions and three zoom positions, every table there.
fn zoom_lens() -> Document {
    let places = [(0.0, 0.0), (0.0, 0.5), (0.0, 1.0), (1.0, 0.0), (1.0, 0.5), (1.0, 1.0)];
    let table = |values: fn(f64, f64) -> Vec<f64>| -> Vec<Vec<f64>> {
        places.iter().map(|(focus, zoom)| [vec![*focus, *zoom], values(*focus, *zoom)].concat()).collect()
    };
    Document {
        name: "stage zoom".to_owned(),
        model: "24-96".to_owned(),
        serial_number: "17".to_owned(),
        image: Some([4096, 2304]),
        distortion_direction: Some(DistortionDirection::UndistortedToDistorted),
        counts: Some(EncoderRanges { focus: Some([1000, 61_000]), iris: None, zoom: Some([65_535, 0]) }),
        focus_m: vec![(0.0, Distance(f64::INFINITY)), (0.5, Distance(3.0)), (1.0, Distance(0.75))],
        iris_f_stop: vec![(0.0, 2.0), (1.0, 22.0)],
        focal_length_mm: table(|focus, zoom| vec![24.0 * 4.0_f64.powf(zoom) * (1.0 + 0.02 * focus)]),
        distortion: table(|_, zoom| vec![-2e-4 * (1.0 - zoom), 0.0, 1e-7, 0.0, 0.0, 0.0, 1e-6, -2e-6]),
        projection_offset_mm: table(|_, zoom| vec![0.1 * zoom, -0.05]),
        entrance_pupil_m: table(|focus, zoom| {
            vec![((0.08 + 0.05 * zoom - 0.01 * focus) * 1e4).round() / 1e4]
        }),
        ..Document::new(SENSOR)
    }
}

#[test]
fn ring_counts_become_what_the_lens_does() {
    let file = LensFile::new(zoom_lens()).unwrap();
    let counts = RawEncoders { focus: Some(31_000), iris: None, zoom: Some(0) };
    let mut state = LensState {
        raw_encoders: Some(counts),
        encoders: Some(Encoders { focus: Some(0.9), iris: Some(0.0), zoom: Some(0.1) }),
        t_stop: Some(4.0),
        ..LensState::default()
    };
    let applied = file.apply(&mut state);
    assert_eq!(applied, Applied { focus: Placed::Inside, iris: Placed::Inside, zoom: Placed::Inside });
    assert_eq!(
        state.encoders,
        Some(Encoders { focus: Some(0.5), iris: Some(0.0), zoom: Some(1.0) }),
        "counts win"
    );
    assert_eq!((state.focus_distance_m, state.f_stop, state.t_stop), (Some(3.0), Some(2.0), Some(4.0)));
    assert!((state.focal_length_mm.unwrap() - 96.0 * 1.02_f64.sqrt()).abs() < 1e-9);
    assert!((state.entrance_pupil_m.unwrap() - 0.125).abs() < 1e-15);
    assert_eq!(state.projection_offset_mm, Some([0.1, -0.05]));
    assert_eq!(state.sensor, Some(SENSOR));
    assert!((file.breathing(Some(0.3)).unwrap() - 1.02).abs() < 1e-9);
    LensModel::new(&state).unwrap().covers(SENSOR).unwrap();
}

#[test]
fn a_ring_that_is_not_known_leaves_the_trackers_own_figures() {
    let file = LensFile::new(zoom_lens()).unwrap();
    let mut state = LensState { focal_length_mm: Some(50.0), ..LensState::default() };
    let applied = file.apply(&mut state);
    assert_eq!(applied, Applied::default());
    assert_eq!((state.focal_length_mm, state.focus_distance_m, state.encoders), (Some(50.0), None, None));
}

#[test]
fn beyond_the_calibration_the_edge_is_used_and_said() {
    let mut document = zoom_lens();
    document.counts = None;
    document.focal_length_mm.retain(|line| line[1] > 0.0);
    let file = LensFile::new(document).unwrap();
    let rings = Encoders { focus: Some(0.0), iris: Some(0.5), zoom: Some(0.2) };
    let mut state = LensState { encoders: Some(rings), ..LensState::default() };
    let applied = file.apply(&mut state);
    assert_eq!((applied.zoom, applied.focus), (Placed::Outside, Placed::Inside));
    assert!((state.focal_length_mm.unwrap() - 48.0).abs() < 1e-12);
}

#[test]
fn the_native_format_comes_back() {
    let document = zoom_lens();
    let text = document.to_json();
    assert!(text.starts_with("{\n  \"schema\": \"cyclorama.lens/1\",\n"), "{text}");
    assert_eq!(Document::from_json(&text).unwrap(), document);
    assert!(text.contains("\n    [0.0,\"infinity\"],\n"), "{text}");
}

#[test]
fn ulens_comes_back() {
    let document = zoom_lens();
    let exported = document.to_ulens().unwrap();
    assert_eq!(exported.remarks.len(), 2, "counts and infinity: {:?}", exported.remarks);
    let imported = Document::from_ulens(&exported.text).unwrap();
    assert_eq!(imported.remarks, Vec::<String>::new());
    let again = imported.document;
    let close = |a: &[Vec<f64>], b: &[Vec<f64>]| {
        a.len() == b.len()
            && a.iter()
                .flatten()
                .zip(b.iter().flatten())
                .all(|(a, b)| (a - b).abs() <= 1e-12 * (1.0 + b.abs()))
    };
    assert!(close(&again.focal_length_mm, &document.focal_length_mm));
    assert!(close(&again.projection_offset_mm, &document.projection_offset_mm));
    assert!(close(&again.entrance_pupil_m, &document.entrance_pupil_m));
    for (a, b) in again.distortion.iter().zip(&document.distortion) {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-14 * b.abs()), "{a:?} {b:?}");
    }
    assert_eq!(again.focus_m[1..], document.focus_m[1..]);
    assert_eq!(
        (again.iris_f_stop, again.distortion_direction),
        (document.iris_f_stop, document.distortion_direction)
    );
    assert_eq!(
        (again.name, again.model, again.serial_number, again.image),
        (document.name, document.model, document.serial_number, document.image)
    );
}

#[test]
fn unreals_own_numbers_survive_the_way_through_millimetres() {
    let text = r#"{
      "metadata": {"type": "LensFile", "version": "0.0.0", "name": "prime", "nodalOffsetCoordinateSystem": "OpenCV",
        "lensInfo": {"serialNumber": "A1", "modelName": "35", "distortionModel": "Spherical"},
        "fxFyUnits": "Normalized", "cxCyUnits": "Normalized", "userMetadata": [{"name": "by", "value": "anna"}]},
      "sensorDimensions": {"width": 36.0, "height": 20.25, "units": "Millimeters"},
      "imageDimensions": {"width": 1920, "height": 1080},
      "cameraParameterTables": [
        {"parameterName": "a", "header": "FocusEncoder,ZoomEncoder,K1,K2,K3,P1,P2", "data": "0,0,-0.1,0.02,0.003,0.001,-0.002"},
        {"parameterName": "b", "header": "FocusEncoder,ZoomEncoder,Fx,Fy", "data": "0,0,1,1.7777777777777777"},
        {"parameterName": "c", "header": "FocusEncoder,ZoomEncoder,Cx,Cy", "data": "0,0,0.5,0.51"},
        {"parameterName": "d", "header": "FocusEncoder,ZoomEncoder,Qx,Qy,Qz,Qw,Tx,Ty,Tz", "data": "0,0,0,0,0,1,0.5,0,12"},
        {"parameterName": "e", "header": "What,Ever", "data": "1,2"}],
      "encoderTables": [{"parameterName": "f", "header": "FocusEncoder,FocusCM", "data": "0,1000;0.5,250;1,100;"}]}"#;
    let Imported { document, remarks } = Document::from_ulens(text).unwrap();
    assert_eq!(remarks.len(), 2, "an unknown table and a sideways pupil: {remarks:?}");
    let file = LensFile::new(document.clone()).unwrap();
    let mut state = LensState {
        encoders: Some(Encoders { focus: Some(0.5), iris: None, zoom: None }),
        ..LensState::default()
    };
    file.apply(&mut state);
    let role = unreal::lens_role(&state).unwrap();
    let expected = [-0.1, 0.02, 0.003, 0.001, -0.002];
    assert_eq!(role.model, "Spherical");
    assert!(role.distortion_parameters.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{role:?}");
    assert!((role.fx_fy[0] - 1.0).abs() < 1e-12 && (role.principal_point[1] - 0.51).abs() < 1e-12);
    assert_eq!((state.focus_distance_m, state.entrance_pupil_m), (Some(2.5), Some(0.12)));
    assert_eq!(document.notes["by"], "anna");
    let again = Document::from_ulens(&document.to_ulens().unwrap().text).unwrap().document;
    assert_eq!(again.nodal_rest, document.nodal_rest);
}

#[test]
fn opencvs_two_ways_of_writing_give_the_lens_that_its_conversion_gives() {
    let flat = r#"{"fx": 1500, "fy": 1500, "cx": 1030, "cy": 570, "k": [-0.2, 0.05, 0.01, 0, 0, 0], "p": [0.001, 0.002], "image": [2048, 1152]}"#;
    let stored = r#"{"image_width": 2048, "image_height": 1152,
        "camera_matrix": {"type_id": "opencv-matrix", "rows": 3, "cols": 3, "dt": "d", "data": [1500, 0, 1030, 0, 1500, 570, 0, 0, 1]},
        "distortion_coefficients": {"type_id": "opencv-matrix", "rows": 1, "cols": 5, "dt": "d", "data": [-0.2, 0.05, 0.001, 0.002, 0.01]}}"#;
    let read = |text| Document::from_opencv(text, SENSOR, PixelOrigin::Corner).unwrap();
    assert_eq!(read(flat), read(stored));
    let camera = Camera {
        fx: 1500.0,
        fy: 1500.0,
        cx: 1030.0,
        cy: 570.0,
        k: [-0.2, 0.05, 0.01, 0.0, 0.0, 0.0],
        p: [0.001, 0.002],
        image: [2048, 1152],
    };
    let mut state = LensState::default();
    LensFile::new(read(flat)).unwrap().apply(&mut state);
    assert_eq!(state, to_lens(&camera, SENSOR, PixelOrigin::Corner).unwrap());
    let misspelt = Document::from_opencv("{\n  \"fz\": 3}", SENSOR, PixelOrigin::Corner).unwrap_err();
    assert!(format!("{misspelt:?}").contains("line: 2"), "{misspelt:?}");
    let tilted = stored.replace("0.01]", "0.01, 0, 0, 0, 0.1]");
    assert!(Document::from_opencv(&tilted, SENSOR, PixelOrigin::Corner).is_err());
}

#[test]
fn the_lens_block_of_opentrackio_says_what_is_known() {
    let file = LensFile::new(zoom_lens()).unwrap();
    let mut state = LensState {
        encoders: Some(Encoders { focus: Some(0.0), iris: None, zoom: Some(0.0) }),
        ..LensState::default()
    };
    file.apply(&mut state);
    let said = open_lens_io(file.document(), &state, None);
    assert_eq!(said["static"]["camera"]["activeSensorPhysicalDimensions"]["width"], 36.0);
    assert_eq!(said["lens"]["distortion"][0]["model"], "Brown-Conrady U-D");
    assert_eq!(said["lens"]["distortion"][0]["radial"], serde_json::json!([-2e-4, 0.0, 1e-7]));
    assert_eq!(said["lens"]["pinholeFocalLength"], 24.0);
    assert!(said["lens"].get("focusDistance").is_none(), "JSON has no infinity");
    assert!(said["static"]["lens"]["undistortionOverscanMax"].as_f64().unwrap() > 1.0);
}

#[test]
fn openlensio_that_we_write_comes_back_as_the_same_tables() {
    let document = Document { focus_m: Vec::new(), ..zoom_lens() };
    let file = LensFile::new(document.clone()).unwrap();
    let lines = document.focal_length_mm.iter().map(|line| {
        let rings = Encoders { focus: Some(line[0]), iris: None, zoom: Some(line[1]) };
        let mut state = LensState { encoders: Some(rings), ..LensState::default() };
        file.apply(&mut state);
        open_lens_io(&document, &state, file.exposure_falloff(&state)).to_string()
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let again = Document::from_open_lens_io(&text).unwrap();
    assert_eq!(again.remarks, Vec::<String>::new());
    let again = again.document;
    assert_eq!((again.sensor, again.distortion_direction), (document.sensor, document.distortion_direction));
    let places = |table: &[Vec<f64>]| table.iter().map(|line| [line[0], line[1]]).collect::<Vec<_>>();
    assert_eq!(places(&again.focal_length_mm), places(&document.focal_length_mm));
    let there = LensFile::new(again).unwrap();
    for line in &document.focal_length_mm {
        let rings = Encoders { focus: Some(line[0]), iris: None, zoom: Some(line[1]) };
        let (mut a, mut b) =
            (LensState { encoders: Some(rings), ..LensState::default() }, LensState::default());
        b.encoders = a.encoders;
        file.apply(&mut a);
        there.apply(&mut b);
        let close = |a: Option<f64>, b: Option<f64>| (a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() < 1e-9;
        assert!(close(a.focal_length_mm, b.focal_length_mm) && close(a.entrance_pupil_m, b.entrance_pupil_m));
        let terms = |state: &LensState| state.distortion.map(|distortion| distortion.radial[0]);
        assert!(close(terms(&a), terms(&b)), "{line:?}");
    }
}

#[test]
fn openlensio_of_a_prime_is_one_place_and_what_is_none_names_its_field() {
    let prime = r#"{"static": {"camera": {"activeSensorPhysicalDimensions": {"height": 24, "width": 36}},
        "lens": {"make": "Somebody", "serialNumber": "7"}}, "lens": {"pinholeFocalLength": 50, "encoders": {"iris": 0.5},
        "fStop": 4, "distortion": [{"radial": [0.001, 0.002], "tangential": [0.1, 0]}, {"model": "Other"}]}}"#;
    let Imported { document, remarks } = Document::from_open_lens_io(prime).unwrap();
    assert_eq!((document.focal_length_mm, document.make.as_str()), (vec![vec![0.0, 0.0, 50.0]], "Somebody"));
    assert_eq!(document.distortion, [[0.0, 0.0, 0.001, 0.002, 0.0, 0.0, 0.0, 0.0, 0.1, 0.0]]);
    assert_eq!(document.distortion_direction, Some(DistortionDirection::DistortedToUndistorted));
    assert_eq!(document.iris_f_stop, [], "one stop is no table");
    assert_eq!(remarks, ["1 further distortion models of a place are left out"]);
    for (from, to, field) in [
        ("\"width\": 36", "\"wide\": 36", "activeSensorPhysicalDimensions: missing"),
        ("pinholeFocalLength", "focal", "pinholeFocalLength: missing"),
        ("[0.001, 0.002]", "[1, 2, 3, 4, 5, 6, 7]", "distortion: `7 radial terms` is not known here"),
        ("\"fStop\": 4", "\"fStop\": \"4\"", "fStop: `\"4\"` is no number"),
    ] {
        let said = Document::from_open_lens_io(&prime.replace(from, to)).unwrap_err().to_string();
        assert_eq!(said, field);
    }
    assert!(matches!(Document::from_open_lens_io("{"), Err(LensError::Json(_))));
}

#[test]
fn a_fault_names_its_line_or_field() {
    let json = |text: &str| Document::from_json(text).unwrap_err();
    let text = format!("{:?}", json("{\"schema\": \"cyclorama.lens/1\",\n  \"sensor\": 3}"));
    assert!(text.contains("line: 2"), "{text}");
    assert!(matches!(json(r#"{"schema": "cyclorama.lens/2"}"#), LensError::Schema { .. }));
    let mut document = zoom_lens();
    document.focus_m[2].1 = Distance(9.0);
    document.focal_length_mm[4].pop();
    document.distortion_direction = None;
    let faults: Vec<String> = LensFile::faults(&document).iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "distortion_direction: missing",
            "table focus_m, line 3: the value 9 turns back; values must only rise or only fall with the encoder",
            "table focal_length_mm, line 5: 2 numbers where 3 belong",
        ]
    );
    let broken = zoom_lens().to_ulens().unwrap().text.replace("0,0,24,24", "0,0,24,wide");
    assert_eq!(
        Document::from_ulens(&broken).unwrap_err().to_string(),
        "table focal length, line 1: `wide` is no number"
    );
}

#[test]
fn a_check_says_in_words_what_is_missing() {
    let codes = |document: &Document| -> Vec<&str> {
        check(document, |_| None).into_iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(&zoom_lens()), Vec::<&str>::new());
    assert_eq!(
        codes(&Document::new(SENSOR)),
        ["no-focal-length", "no-distortion", "no-focus", "no-pupil", "no-iris", "no-centre", "no-counts"]
    );
    let terms = Terms { c02: -2.0, ..Terms::default() };
    let bent = Degree4 { x: terms, ..Degree4::default() };
    assert_eq!(codes(&Document { anamorphic_degree4: Some(bent), ..zoom_lens() }), ["not-invertible"]);
    let mut folding = zoom_lens();
    folding.distortion[0][2] = -5e-3;
    let findings = check(&folding, |_| None);
    assert_eq!(
        (findings.len(), findings[0].code, findings[0].severity),
        (1, "not-invertible", Severity::Error)
    );
    assert!(
        findings[0]
            .message
            .starts_with("at focus 0, zoom 0 the distortion cannot be undone up to the corner")
    );
}

#[test]
fn a_check_against_a_take_says_where_it_leaves_the_calibration() {
    let findings = check(&zoom_lens(), |file| {
        let mut usage = Usage::default();
        for count in [30_000, 61_000, 64_000] {
            let counts = RawEncoders { focus: Some(count), iris: None, zoom: Some(0) };
            usage.observe(file, &LensState { raw_encoders: Some(counts), ..LensState::default() });
        }
        Some(usage)
    });
    let said: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "the take uses the focus ring from 0.4833 to 1.0500, the calibration reaches from 0.0000 to 1.0000; \
             1 of 3 samples lie outside",
            "the take never says where the iris ring is, and the lens depends on it",
        ]
    );
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "[ -~\n]{0,200}") {
        let _ = Document::from_json(&text);
        let _ = Document::from_ulens(&text);
        let _ = Document::from_opencv(&text, SENSOR, PixelOrigin::Corner);
        let _ = EncoderRanges::from_json(&text);
    }

    #[test]
    fn no_damage_to_a_file_makes_anything_panic(
        ulens in any::<bool>(), at in any::<prop::sample::Index>(), with in "[-0-9.,e\"\\[\\]{}a-z;]{0,3}", cut in 0..6_usize,
    ) {
        let good = if ulens { zoom_lens().to_ulens().unwrap().text } else { zoom_lens().to_json() };
        let at = at.index(good.len());
        let damaged = format!("{}{with}{}", &good[..at], &good[(at + cut).min(good.len())..]);
        let read = if ulens { Document::from_ulens(&damaged).map(|i| i.document) } else { Document::from_json(&damaged) };
        if let Ok(document) = read {
            let _ = check(&document, |_| None);
            let _ = document.to_ulens();
            if let Ok(file) = LensFile::new(document) {
                let rings = Encoders { focus: Some(0.3), iris: Some(0.3), zoom: Some(0.3) };
                let mut state = LensState { encoders: Some(rings), ..LensState::default() };
                file.apply(&mut state);
                let _ = open_lens_io(file.document(), &state, None);
            }
        }
    }

    #[test]
    fn any_lens_with_an_opencv_form_comes_back_through_ulens(
        focal in 10.0..300.0_f64, squeeze in 0.9..2.0_f64, k in proptest::array::uniform6(-0.2..0.2_f64),
        p in proptest::array::uniform2(-0.01..0.01_f64), away in any::<bool>(),
    ) {
        let square = focal * focal;
        let scales = [square, square, square.powi(2), square.powi(2), square.powi(3), square.powi(3)];
        let radial: [f64; 6] = std::array::from_fn(|n| k[n] / scales[n]);
        let direction = if away { DistortionDirection::DistortedToUndistorted } else { DistortionDirection::UndistortedToDistorted };
        let document = Document {
            distortion_direction: Some(direction),
            anamorphic_squeeze: Some(squeeze),
            focal_length_mm: vec![vec![0.0, 0.0, focal]],
            distortion: vec![[&[0.0, 0.0][..], &radial, &p.map(|p| p / focal)].concat()],
            ..Document::new(SENSOR)
        };
        let again = Document::from_ulens(&document.to_ulens().unwrap().text).unwrap().document;
        prop_assert_eq!(again.distortion_direction, Some(direction));
        if (squeeze - 1.0).abs() > 1e-5 {
            prop_assert!((again.anamorphic_squeeze.unwrap() / squeeze - 1.0).abs() < 1e-12);
        }
        for (a, b) in again.distortion[0].iter().zip(&document.distortion[0]) {
            prop_assert!((a - b).abs() <= 1e-13 * b.abs(), "{} {}", a, b);
        }
        let state = |document: Document| {
            let mut state = LensState::default();
            LensFile::new(document).unwrap().apply(&mut state);
            state.distortion
        };
        let has = |distortion: Option<Distortion>| distortion.is_some_and(|d| d.direction == direction);
        prop_assert!(has(state(again)));
    }
}

//! Every recorded vector decodes through the command, and the real recording agrees with its golden values.

use std::fs;

use cyclorama_tests::{data, mosys_recording, run, text};

/// Protocol, file, samples: an info packet of PosiStageNet has none, a data packet has one per tracker.
const VECTORS: &[(&str, &str, usize)] = &[
    ("f4", "mosys_f4/dev_first600.f4", 600),
    ("f4", "mosys_f4/camdkit_unit_no_focal.f4", 1),
    ("freed", "freed/jwetzell_free-d_unit.freed", 1),
    ("freed", "freed/derived_from_mosys_f4_first600.freed", 600),
    ("opentrackio", "opentrackio/classic_complete_dynamic.json", 1),
    ("opentrackio", "opentrackio/classic_complete_static.json", 1),
    ("opentrackio", "opentrackio/classic_recommended_dynamic.json", 1),
    ("opentrackio", "opentrackio/classic_recommended_static.json", 1),
    ("opentrackio", "opentrackio/complete_dynamic.cbor", 1),
    ("opentrackio", "opentrackio/complete_dynamic.cbor.otrk", 1),
    ("opentrackio", "opentrackio/complete_dynamic.json.otrk", 1),
    ("opentrackio", "opentrackio/complete_dynamic.json.seg3.otrk", 1),
    ("opentrackio", "opentrackio/complete_dynamic.min.json", 1),
    ("opentrackio", "opentrackio/complete_static.cbor", 1),
    ("opentrackio", "opentrackio/complete_static.cbor.otrk", 1),
    ("opentrackio", "opentrackio/complete_static.json.otrk", 1),
    ("opentrackio", "opentrackio/complete_static.json.seg3.otrk", 1),
    ("opentrackio", "opentrackio/complete_static.min.json", 1),
    ("opentrackio", "opentrackio/generated_complete_dynamic.json", 1),
    ("opentrackio", "opentrackio/generated_complete_static.json", 1),
    ("opentrackio", "opentrackio/generated_recommended_dynamic.json", 1),
    ("opentrackio", "opentrackio/generated_recommended_static.json", 1),
    ("opentrackio", "opentrackio/recommended_dynamic.cbor", 1),
    ("opentrackio", "opentrackio/recommended_dynamic.cbor.otrk", 1),
    ("opentrackio", "opentrackio/recommended_dynamic.json.otrk", 1),
    ("opentrackio", "opentrackio/recommended_dynamic.json.seg3.otrk", 1),
    ("opentrackio", "opentrackio/recommended_dynamic.min.json", 1),
    ("opentrackio", "opentrackio/recommended_static.cbor", 1),
    ("opentrackio", "opentrackio/recommended_static.cbor.otrk", 1),
    ("opentrackio", "opentrackio/recommended_static.json.otrk", 1),
    ("opentrackio", "opentrackio/recommended_static.json.seg3.otrk", 1),
    ("opentrackio", "opentrackio/recommended_static.min.json", 1),
    ("psn", "psn/jwetzell_decode_1_data.psn", 1),
    ("psn", "psn/jwetzell_decode_2_info.psn", 0),
    ("psn", "psn/jwetzell_encode_3_data.psn", 1),
    ("psn", "psn/jwetzell_encode_4_info.psn", 0),
    ("psn", "psn/vyv_1trackers_data_0.psn", 1),
    ("psn", "psn/vyv_1trackers_info_0.psn", 0),
    ("psn", "psn/vyv_8trackers_data_0.psn", 8),
    ("psn", "psn/vyv_8trackers_info_0.psn", 0),
];

#[test]
fn every_vector_gives_its_samples_and_no_refusals() {
    for (protocol, file, samples) in VECTORS {
        let ended = run(&["track", "decode", "--protocol", protocol, "--summary", text(&data(file))]);
        let ended = ended.with_code(0);
        let lines = ended.json_lines();
        assert_eq!(lines.len(), samples + 1, "{file}: samples and a summary");
        let summary = ended.object("cyclorama.decode-summary/1");
        assert!(summary["accepted"].as_u64() >= Some(1), "{file}: {summary}");
        assert_eq!(summary["rejected"].as_object().map(serde_json::Map::len), Some(0), "{file}: {summary}");
    }
}

#[test]
fn no_vector_in_the_folder_is_forgotten() {
    for folder in ["mosys_f4", "freed", "psn", "opentrackio"] {
        for entry in fs::read_dir(data(folder)).expect("the folder of vectors") {
            let name = entry.expect("readable").file_name().to_string_lossy().into_owned();
            let vector = format!("{folder}/{name}");
            let not_messages =
                ["golden.csv", "coord_examples.json", "schema_classic.json", "schema_generated.json"];
            if not_messages.iter().any(|end| vector.ends_with(end)) {
                continue;
            }
            assert!(VECTORS.iter().any(|(_, file, _)| *file == vector), "{vector} is not in the table");
        }
    }
}

#[test]
fn the_real_recording_agrees_with_its_golden_values() {
    let golden = fs::read_to_string(data("mosys_f4/dev_first600.golden.csv")).expect("golden values");
    let mut rows = golden.lines();
    let header: Vec<&str> = rows.next().expect("a header").split(',').collect();
    let column = |name: &str| {
        header.iter().position(|have| *have == name).unwrap_or_else(|| panic!("{name} in {header:?}"))
    };
    let lines = run(&["track", "decode", "--protocol", "f4", text(&mosys_recording())]).done().json_lines();
    for (row, line) in rows.zip(&lines) {
        let cells: Vec<&str> = row.split(',').collect();
        let wanted = |name: &str| cells[column(name)].parse::<f64>().expect("a number");
        let transform = &line["transforms"][0];
        for (axis, name) in [("x", "x"), ("y", "y"), ("z", "h")] {
            close(&transform["translation"][axis], wanted(name) / 100.0, 1e-8, name);
        }
    }
    assert_eq!(lines.len(), 600);
}

fn close(value: &serde_json::Value, wanted: f64, within: f64, what: &str) {
    let got = value.as_f64().unwrap_or_else(|| panic!("{what} is a number, not {value}"));
    assert!((got - wanted).abs() <= within, "{what}: {got} is not {wanted}");
}

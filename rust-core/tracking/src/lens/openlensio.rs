//! A lens state as the static and lens blocks of an OpenTrackIO sample, the form OpenLensIO is exchanged in.

mod read;

use cyclorama_space::{DistortionDirection, LensState, optics::LensModel};
use serde_json::{Map, Value, json};

use super::Document;

/// `{"static": {...}, "lens": {...}}` of `state`, with what `document` says about the lens itself. Fields that are
/// not known are left out; overscans are there when the model covers the whole sensor.
pub fn open_lens_io(document: &Document, state: &LensState, falloff: Option<[f64; 3]>) -> Value {
    let mut camera = Map::new();
    let sensor = document.sensor;
    camera.insert(
        "activeSensorPhysicalDimensions".into(),
        json!({"height": sensor.height_mm, "width": sensor.width_mm}),
    );
    if let Some([width, height]) = document.image {
        camera.insert("activeSensorResolution".into(), json!({"height": height, "width": width}));
    }
    let mut lens = Map::new();
    for (key, text) in
        [("make", &document.make), ("model", &document.model), ("serialNumber", &document.serial_number)]
    {
        if !text.is_empty() {
            lens.insert(key.into(), json!(text));
        }
    }
    let overscan = LensModel::new(state).and_then(|model| model.overscan(sensor)).ok();
    if let Some([undistortion, distortion]) = overscan.filter(|_| state.distortion.is_some()) {
        lens.insert("distortionOverscanMax".into(), json!(distortion));
        lens.insert("undistortionOverscanMax".into(), json!(undistortion));
    }
    let mut statics = Map::from_iter([("camera".to_owned(), Value::Object(camera))]);
    if !lens.is_empty() {
        statics.insert("lens".into(), Value::Object(lens));
    }
    json!({"static": statics, "lens": dynamic(state, falloff)})
}

fn dynamic(state: &LensState, falloff: Option<[f64; 3]>) -> Map<String, Value> {
    let mut lens = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            lens.insert(key.to_owned(), value);
        }
    };
    let number = |value: Option<f64>| value.filter(|value| value.is_finite()).map(Value::from);
    let pair = |value: Option<[f64; 2]>| value.map(|[x, y]| json!({"x": x, "y": y}));
    put("pinholeFocalLength", number(state.focal_length_mm));
    put("focusDistance", number(state.focus_distance_m));
    put("fStop", number(state.f_stop));
    put("tStop", number(state.t_stop));
    put("entrancePupilOffset", number(state.entrance_pupil_m));
    put("projectionOffset", pair(state.projection_offset_mm));
    put("distortionOffset", pair(state.distortion_offset_mm));
    put("exposureFalloff", falloff.map(|[a1, a2, a3]| json!({"a1": a1, "a2": a2, "a3": a3})));
    put(
        "distortion",
        state.distortion.map(|distortion| {
            let model = match distortion.direction {
                DistortionDirection::DistortedToUndistorted => "Brown-Conrady D-U",
                DistortionDirection::UndistortedToDistorted => "Brown-Conrady U-D",
            };
            let terms = distortion.radial.iter().rposition(|k| *k != 0.0).map_or(1, |last| last + 1);
            json!([{"model": model, "radial": distortion.radial[..terms], "tangential": distortion.tangential}])
        }),
    );
    if let Some(rings) = state.encoders {
        let said = [("focus", rings.focus), ("iris", rings.iris), ("zoom", rings.zoom)];
        let said: Map<_, _> =
            said.into_iter().filter_map(|(key, at)| Some((key.to_owned(), json!(at?)))).collect();
        put("encoders", (!said.is_empty()).then_some(Value::Object(said)));
    }
    lens
}

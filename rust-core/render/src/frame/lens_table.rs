//! A lens state as named lists of numbers, and back: the one table for every file that carries a lens.

use cyclorama_space::{Distortion, DistortionDirection, Encoders, LensState, RawEncoders, SensorSize};

/// The names of the lists, with the count of numbers in each.
pub(crate) const NAMES: [(&str, usize); 12] = [
    ("focalLength", 1),
    ("sensor", 2),
    ("squeeze", 1),
    ("focusDistance", 1),
    ("fStop", 1),
    ("tStop", 1),
    ("entrancePupil", 1),
    ("encoders", 3),
    ("rawEncoders", 3),
    ("projectionOffset", 2),
    ("distortionOffset", 2),
    ("distortion", 9),
];

/// What is known of the lens, in the order of [`NAMES`]. Units as in [`LensState`].
pub(crate) fn numbers(lens: &LensState) -> [Option<Vec<f64>>; NAMES.len()] {
    let one = |value: Option<f64>| value.map(|value| vec![value]);
    let two = |value: Option<[f64; 2]>| value.map(|value| value.to_vec());
    [
        one(lens.focal_length_mm),
        lens.sensor.map(|sensor| vec![sensor.width_mm, sensor.height_mm]),
        one(lens.anamorphic_squeeze),
        one(lens.focus_distance_m),
        one(lens.f_stop),
        one(lens.t_stop),
        one(lens.entrance_pupil_m),
        lens.encoders.map(|e| optional([e.focus, e.iris, e.zoom])),
        lens.raw_encoders.map(|e| optional([e.focus, e.iris, e.zoom].map(|count| count.map(f64::from)))),
        two(lens.projection_offset_mm),
        two(lens.distortion_offset_mm),
        lens.distortion.map(|d| [&[direction_number(d.direction)][..], &d.radial, &d.tangential].concat()),
    ]
}

/// The lens state of lists found by name; `None` from `find` means not said. A list of the wrong length, or a
/// number that cannot be, names its list.
pub(crate) fn lens(
    mut find: impl FnMut(&'static str) -> Option<Vec<f64>>,
) -> Result<LensState, &'static str> {
    let mut lens = LensState::default();
    for (name, length) in NAMES {
        let Some(values) = find(name) else { continue };
        if values.len() != length || !put(&mut lens, name, &values) {
            return Err(name);
        }
    }
    Ok(lens)
}

/// Whether the list says something that can be; its length is right.
fn put(lens: &mut LensState, name: &str, values: &[f64]) -> bool {
    match (name, values) {
        ("focalLength", &[value]) => lens.focal_length_mm = Some(value),
        ("sensor", &[width_mm, height_mm]) => lens.sensor = Some(SensorSize { width_mm, height_mm }),
        ("squeeze", &[value]) => lens.anamorphic_squeeze = Some(value),
        ("focusDistance", &[value]) => lens.focus_distance_m = Some(value),
        ("fStop", &[value]) => lens.f_stop = Some(value),
        ("tStop", &[value]) => lens.t_stop = Some(value),
        ("entrancePupil", &[value]) => lens.entrance_pupil_m = Some(value),
        ("encoders", &[focus, iris, zoom]) => {
            let [focus, iris, zoom] = [focus, iris, zoom].map(present);
            lens.encoders = Some(Encoders { focus, iris, zoom });
        }
        ("rawEncoders", &[focus, iris, zoom]) => {
            let [focus, iris, zoom] =
                [focus, iris, zoom].map(|count| present(count).map(|count| count as u32));
            lens.raw_encoders = Some(RawEncoders { focus, iris, zoom });
        }
        ("projectionOffset", &[x, y]) => lens.projection_offset_mm = Some([x, y]),
        ("distortionOffset", &[x, y]) => lens.distortion_offset_mm = Some([x, y]),
        ("distortion", &[way, k1, k2, k3, k4, k5, k6, p1, p2]) => {
            let Some(direction) = direction(way) else { return false };
            lens.distortion =
                Some(Distortion { direction, radial: [k1, k2, k3, k4, k5, k6], tangential: [p1, p2] });
        }
        _ => return false,
    }
    true
}

/// Absent numbers inside a list are written as NaN, which no encoder position is.
fn optional(values: [Option<f64>; 3]) -> Vec<f64> {
    values.map(|value| value.unwrap_or(f64::NAN)).to_vec()
}

fn present(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}

fn direction_number(direction: DistortionDirection) -> f64 {
    match direction {
        DistortionDirection::DistortedToUndistorted => 0.0,
        DistortionDirection::UndistortedToDistorted => 1.0,
    }
}

fn direction(number: f64) -> Option<DistortionDirection> {
    [DistortionDirection::DistortedToUndistorted, DistortionDirection::UndistortedToDistorted]
        .into_iter()
        .find(|&direction| direction_number(direction) == number)
}

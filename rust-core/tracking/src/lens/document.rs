//! What a lens file says, as it stands there: the native format, version 1.

use std::collections::BTreeMap;

use cyclorama_space::{DistortionDirection, SensorSize, optics::anamorphic::Degree4};
use serde::{Deserialize, Serialize};

use super::{LensError, Problem, range::EncoderRanges};

/// The format's name and version, in each file.
pub const SCHEMA: &str = "cyclorama.lens/1";

/// A lens file. Tables are lists of lines; the numbers of a line are named in each table's description. Focus and
/// zoom are encoder positions: 0 far and wide, 1 near and tele.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: String,
    /// What people call this calibration.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Who made the lens.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub make: String,
    /// The lens model.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// The lens's serial number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub serial_number: String,
    /// The sensor area it was calibrated on.
    pub sensor: SensorSize,
    /// Pixels of the pictures it was calibrated with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<[u32; 2]>,
    /// How much wider the picture is shown than the sensor saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anamorphic_squeeze: Option<f64>,
    /// A match-mover's anamorphic distortion of the whole lens. For ST maps; tracker samples have no place for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anamorphic_degree4: Option<Degree4>,
    /// Which way `distortion` maps. Needed with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distortion_direction: Option<DistortionDirection>,
    /// Ring counts at positions 0 and 1. Where they stand, raw counts are placed by them; elsewhere the tracker's own
    /// normalised positions are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<EncoderRanges>,
    /// Focus ring: position, distance in m (or `"infinity"`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub focus_m: Vec<(f64, Distance)>,
    /// Iris ring: position, f-number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub iris_f_stop: Vec<(f64, f64)>,
    /// Iris ring: position, T-number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub iris_t_stop: Vec<(f64, f64)>,
    /// Focus, zoom, pinhole focal length in mm.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub focal_length_mm: Vec<Vec<f64>>,
    /// Focus, zoom, k1 to k6 (OpenLensIO's order, mm), p1, p2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distortion: Vec<Vec<f64>>,
    /// Focus, zoom, image centre against sensor centre in mm, right and down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projection_offset_mm: Vec<Vec<f64>>,
    /// Focus, zoom, distortion centre against image centre in mm, right and down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distortion_offset_mm: Vec<Vec<f64>>,
    /// Focus, zoom, entrance pupil ahead of the sensor in m.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entrance_pupil_m: Vec<Vec<f64>>,
    /// Focus, zoom, the rest of a nodal offset: m to the right and down, rotation x, y, z, w. Carried, not applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodal_rest: Vec<Vec<f64>>,
    /// Focus, zoom, a1, a2, a3 of the light's falloff (mm).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exposure_falloff: Vec<Vec<f64>>,
    /// Anything else people want to keep with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, String>,
}

impl Document {
    /// An empty calibration on a sensor.
    pub fn new(sensor: SensorSize) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            sensor,
            name: String::new(),
            make: String::new(),
            model: String::new(),
            serial_number: String::new(),
            image: None,
            anamorphic_squeeze: None,
            anamorphic_degree4: None,
            distortion_direction: None,
            counts: None,
            focus_m: Vec::new(),
            iris_f_stop: Vec::new(),
            iris_t_stop: Vec::new(),
            focal_length_mm: Vec::new(),
            distortion: Vec::new(),
            projection_offset_mm: Vec::new(),
            distortion_offset_mm: Vec::new(),
            entrance_pupil_m: Vec::new(),
            nodal_rest: Vec::new(),
            exposure_falloff: Vec::new(),
            notes: BTreeMap::new(),
        }
    }

    /// Reads the native format. Tables are not checked yet: see [`super::LensFile::new`].
    ///
    /// # Errors
    /// [`LensError::Json`] with line and column, [`LensError::Schema`] for another kind of file or a later version.
    pub fn from_json(text: &str) -> Result<Self, LensError> {
        #[derive(Deserialize)]
        struct Named {
            schema: String,
        }
        // First what it is, so that a later version is not called damaged.
        let Named { schema } = serde_json::from_str(text).map_err(LensError::Json)?;
        if schema != SCHEMA {
            return Err(LensError::Schema { found: schema, expected: SCHEMA });
        }
        serde_json::from_str(text).map_err(LensError::Json)
    }

    /// The native format: fields one a line, and each line of a table on its own line.
    pub fn to_json(&self) -> String {
        let value = serde_json::to_value(self).expect("finite numbers and text keys");
        let mut fields: Vec<_> = value.as_object().expect("a struct").iter().collect();
        let is_table = |value: &serde_json::Value| {
            value.as_array().is_some_and(|lines| lines.iter().any(serde_json::Value::is_array))
        };
        // What it is, then the lens, then its tables.
        fields.sort_by_key(|(name, value)| (*name != "schema", is_table(value)));
        let mut text = String::from("{");
        for (number, (name, value)) in fields.into_iter().enumerate() {
            text += if number == 0 { "\n  " } else { ",\n  " };
            text += &format!("\"{name}\": ");
            match value.as_array().filter(|_| is_table(value)) {
                Some(lines) => {
                    let lines: Vec<String> = lines.iter().map(|line| format!("    {line}")).collect();
                    text += &format!("[\n{}\n  ]", lines.join(",\n"));
                }
                None => text += &value.to_string(),
            }
        }
        text + "\n}\n"
    }

    pub(super) fn distances(&self) -> Vec<(f64, f64)> {
        self.focus_m.iter().map(|(at, distance)| (*at, distance.0)).collect()
    }

    /// Single values that cannot be.
    pub(super) fn check_fields(&self) -> Result<(), LensError> {
        let range = |field, value| LensError::Field { field, problem: Problem::Range(value) };
        for (field, side) in
            [("sensor width", self.sensor.width_mm), ("sensor height", self.sensor.height_mm)]
        {
            if !(side > 0.0 && side.is_finite()) {
                return Err(range(field, side));
            }
        }
        if let Some(squeeze) =
            self.anamorphic_squeeze.filter(|squeeze| !(*squeeze > 0.0 && squeeze.is_finite()))
        {
            return Err(range("anamorphic_squeeze", squeeze));
        }
        if !self.distortion.is_empty() && self.distortion_direction.is_none() {
            return Err(LensError::Field { field: "distortion_direction", problem: Problem::Missing });
        }
        self.anamorphic_degree4.map_or(Ok(()), |model| model.check())?;
        self.counts.as_ref().map_or(Ok(()), EncoderRanges::check)
    }
}

/// A focus distance, m; infinite is written as a word, which JSON has no number for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance(
    /// m.
    pub f64,
);

const ENDLESS: &str = "infinity";

impl Serialize for Distance {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == f64::INFINITY {
            serializer.serialize_str(ENDLESS)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Distance {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Distance;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(out, "metres or \"{ENDLESS}\"")
            }
            fn visit_f64<E>(self, metres: f64) -> Result<Distance, E> {
                Ok(Distance(metres))
            }
            fn visit_u64<E>(self, metres: u64) -> Result<Distance, E> {
                Ok(Distance(metres as f64))
            }
            fn visit_i64<E>(self, metres: i64) -> Result<Distance, E> {
                Ok(Distance(metres as f64))
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Distance, E> {
                if word == ENDLESS {
                    return Ok(Distance(f64::INFINITY));
                }
                Err(E::invalid_value(serde::de::Unexpected::Str(word), &self))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

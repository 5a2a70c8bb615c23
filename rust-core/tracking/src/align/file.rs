//! Point pairs from CSV, and an alignment as the small TOML file a stage keeps.

use cyclorama_outcome::{Classify, Kind};
use cyclorama_space::{DQuat, DVec3, Pose};
use serde::{Deserialize, Serialize};

use super::{Alignment, Pair};

/// Why a file holds no pairs or no alignment.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AlignmentFileError {
    /// A line is not six numbers, with or without a name before them.
    #[error("line {line} is not `name,x,y,z,x,y,z` (tracker, then wall, metres)")]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// The file is no alignment.
    #[error("{0}")]
    Toml(String),
    /// Its rotation is none.
    #[error("`rotation` is no unit quaternion w, x, y, z")]
    Rotation,
}

impl Classify for AlignmentFileError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

/// Reads pairs from CSV `name,tx,ty,tz,wx,wy,wz` (tracker, then wall, metres); the name may be left out. A first
/// line without numbers is the header; `#` begins a remark.
///
/// # Errors
/// [`AlignmentFileError::Line`].
pub fn read_pairs(text: &str) -> Result<Vec<Pair>, AlignmentFileError> {
    let mut pairs = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let (name, numbers) = match fields.len() {
            6 => (format!("line {line_number}"), &fields[..]),
            7 => (fields[0].to_owned(), &fields[1..]),
            _ => return Err(AlignmentFileError::Line { line: line_number }),
        };
        let read: Vec<f64> =
            numbers.iter().filter_map(|text| text.parse().ok()).filter(|n: &f64| n.is_finite()).collect();
        let Ok([a, b, c, x, y, z]) = <[f64; 6]>::try_from(read) else {
            if index == 0 && numbers.iter().all(|text| text.parse::<f64>().is_err()) {
                continue;
            }
            return Err(AlignmentFileError::Line { line: line_number });
        };
        pairs.push(Pair { name, tracker: DVec3::new(a, b, c), wall: DVec3::new(x, y, z) });
    }
    Ok(pairs)
}

/// The file as written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    /// Metres.
    position: [f64; 3],
    /// w, x, y, z.
    rotation: [f64; 4],
    #[serde(default)]
    rms_mm: f64,
    #[serde(default)]
    points: usize,
}

const SCHEMA: &str = "cyclorama.alignment/1";

impl Alignment {
    /// The file a stage keeps: transform, quality, number of points.
    pub fn to_toml(&self) -> String {
        let rotation = self.transform.rotation;
        let file = File {
            schema: SCHEMA.to_owned(),
            position: self.transform.position.to_array(),
            rotation: [rotation.w, rotation.x, rotation.y, rotation.z],
            rms_mm: self.rms * 1e3,
            points: self.residuals.len(),
        };
        let body = toml::to_string(&file).expect("plain numbers are TOML");
        format!("# Tracker space to wall space: metres, quaternion w, x, y, z.\n{body}")
    }

    /// The transform such a file holds.
    ///
    /// # Errors
    /// When the text is no alignment, or its rotation is none.
    pub fn transform_from_toml(text: &str) -> Result<Pose, AlignmentFileError> {
        let file: File = toml::from_str(text).map_err(|error| AlignmentFileError::Toml(error.to_string()))?;
        if file.schema != SCHEMA {
            return Err(AlignmentFileError::Toml(format!("`schema` is not \"{SCHEMA}\"")));
        }
        let [w, x, y, z] = file.rotation;
        let pose =
            Pose { position: DVec3::from_array(file.position), rotation: DQuat::from_xyzw(x, y, z, w) };
        if pose.is_valid() { Ok(pose) } else { Err(AlignmentFileError::Rotation) }
    }
}

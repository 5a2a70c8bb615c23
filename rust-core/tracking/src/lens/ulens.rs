//! `.ulens`: Unreal's lens files in JSON, with tables as text.
//!
//! Tables are told apart by their columns, not by their names. Coefficients act on slopes there and on millimetres
//! here, so each line is converted with the focal length at its own place. Distances are in cm there.

use cyclorama_space::{DistortionDirection, SensorSize};
use serde::{Deserialize, Serialize};

use super::{Document, LensError, Problem, Scale, Table, document::Distance};

mod read;
mod write;

/// A lens file that came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// What it says.
    pub document: Document,
    /// What was left out or is worth a look, in sentences.
    pub remarks: Vec<String>,
}

/// A lens file that goes out.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// The `.ulens` text.
    pub text: String,
    /// What the format has no place for, in sentences.
    pub remarks: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    metadata: Metadata,
    sensor_dimensions: Dimensions,
    #[serde(default)]
    image_dimensions: Option<Pixels>,
    #[serde(default)]
    camera_parameter_tables: Vec<TextTable>,
    #[serde(default)]
    encoder_tables: Vec<TextTable>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(rename = "type")]
    kind: String,
    version: String,
    #[serde(default)]
    lens_info: LensInfo,
    #[serde(default)]
    name: String,
    nodal_offset_coordinate_system: String,
    fx_fy_units: Unit,
    cx_cy_units: Unit,
    #[serde(default)]
    user_metadata: Vec<UserMetadata>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LensInfo {
    serial_number: String,
    model_name: String,
    distortion_model: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Unit {
    Millimeters,
    Normalized,
}

#[derive(Debug, Serialize, Deserialize)]
struct UserMetadata {
    name: String,
    value: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Dimensions {
    width: f64,
    height: f64,
    units: Unit,
}

#[derive(Debug, Serialize, Deserialize)]
struct Pixels {
    width: u32,
    height: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextTable {
    #[serde(default)]
    parameter_name: String,
    header: String,
    data: String,
}

const KIND: &str = "LensFile";
const VERSION: &str = "0.0.0";
const COORDINATES: &str = "OpenCV";

const FOCAL_LENGTH: [&str; 4] = ["FocusEncoder", "ZoomEncoder", "Fx", "Fy"];
const CENTRE: [&str; 4] = ["FocusEncoder", "ZoomEncoder", "Cx", "Cy"];
const NODAL: [&str; 9] = ["FocusEncoder", "ZoomEncoder", "Qx", "Qy", "Qz", "Qw", "Tx", "Ty", "Tz"];
const SPHERICAL: [&str; 7] = ["FocusEncoder", "ZoomEncoder", "K1", "K2", "K3", "P1", "P2"];
const RATIONAL: [&str; 10] = ["FocusEncoder", "ZoomEncoder", "K1", "K2", "K3", "K4", "K5", "K6", "P1", "P2"];
const FOCUS: [&str; 2] = ["FocusEncoder", "FocusCM"];
const IRIS: [&str; 2] = ["IrisEncoder", "IrisFstop"];

/// Names of the distortion models and which way they map.
const MODELS: [(&str, DistortionDirection); 3] = [
    ("Spherical", DistortionDirection::UndistortedToDistorted),
    ("Brown-Conrady U-D", DistortionDirection::UndistortedToDistorted),
    ("Brown-Conrady D-U", DistortionDirection::DistortedToUndistorted),
];

/// Focal length in mm at each place; the conversion of coefficients hangs on it.
struct FocalLengths(Option<Table<1>>);

impl FocalLengths {
    fn new(lines: &[Vec<f64>]) -> Result<Self, LensError> {
        Ok(Self(Table::new("focal_length_mm", Scale::Logarithm, lines)?))
    }

    fn at(&self, focus: f64, zoom: f64) -> Result<f64, LensError> {
        let missing = LensError::Table { table: "focal_length_mm", problem: Problem::Missing };
        Ok(self.0.as_ref().ok_or(missing)?.value(Some(focus), Some(zoom)).expect("both places are given")[0])
    }
}

/// What a term of this power of slopes is divided by to act on millimetres. Order: K1 to K6, P1, P2 by OpenCV's
/// names, each with its place in our line.
fn terms(focal: f64) -> [(&'static str, usize, f64); 8] {
    let square = focal * focal;
    let [first, second, third] = [square, square * square, square * square * square];
    [
        ("K1", 0, first),
        ("K2", 2, second),
        ("K3", 4, third),
        ("K4", 1, first),
        ("K5", 3, second),
        ("K6", 5, third),
        ("P1", 6, focal),
        ("P2", 7, focal),
    ]
}

//! Between [`Header`] and texts by name: what every file of ours says about its frame, whatever its format.
//!
//! Numbers are written as the shortest text that reads back to the same bits: exact, and legible in any viewer.

use cyclorama_space::{DQuat, DVec3, PanTiltRoll, Pose};
use cyclorama_time::{FrameNumber, Timecode};

use super::{FrameError, Header, OcioName, lens_table};

/// The layout of the `cyclorama.*` texts. A reader refuses any other.
pub(super) const VERSION: i32 = 1;
/// The name that the version has, as a number or as a text.
pub(super) const VERSION_NAME: &str = "cyclorama.version";

/// All that the header says but its version and what drew it, each with its name.
pub(super) fn texts(header: &Header) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let mut put = |name: &str, text: String| texts.push((format!("cyclorama.{name}"), text));
    put("take", header.take.clone());
    if let Some(shot) = &header.shot {
        put("shot", shot.clone());
    }
    put("frame", header.frame.0.to_string());
    put("rate", header.rate.to_string());
    if let Some(timecode) = header.timecode {
        put("timecode", format!("{timecode}@{}", timecode.rate()));
    }
    put("colourSpace", header.colour_space.clone());
    if let Some(OcioName { space, config }) = &header.ocio {
        put("ocioColourSpace", space.clone());
        put("ocioConfig", config.to_string());
    }
    put("position", doubles(&header.pose.position.to_array()));
    put("rotation", doubles(&header.pose.rotation.to_array()));
    let angles = PanTiltRoll::from_quaternion(header.pose.rotation);
    put("panTiltRoll", doubles(&[angles.pan.degrees(), angles.tilt.degrees(), angles.roll.degrees()]));
    for ((name, _), values) in lens_table::NAMES.into_iter().zip(lens_table::numbers(&header.lens)) {
        if let Some(values) = values {
            put(name, doubles(&values));
        }
    }
    texts
}

/// The header that texts say, found by name. The caller has read their version and what drew the frame.
///
/// # Errors
/// [`FrameError::Header`] with the name of what is missing or cannot be read.
pub(super) fn header(
    find: &dyn Fn(&str) -> Option<String>,
    software: Option<String>,
) -> Result<Header, FrameError> {
    let found = Found(find);
    let timecode = match find("cyclorama.timecode") {
        None => None,
        Some(label) => Some(label.parse::<Timecode>().map_err(|_| FrameError::Header("cyclorama.timecode"))?),
    };
    Ok(Header {
        take: found.required("cyclorama.take")?,
        shot: find("cyclorama.shot"),
        frame: FrameNumber(found.parsed("cyclorama.frame")?),
        timecode,
        rate: found.parsed("cyclorama.rate")?,
        pose: Pose {
            position: DVec3::from_array(found.numbers("cyclorama.position")?),
            rotation: DQuat::from_array(found.numbers("cyclorama.rotation")?),
        },
        lens: lens_table::lens(|name| found.list(&format!("cyclorama.{name}")))
            .map_err(FrameError::Header)?,
        colour_space: found.required("cyclorama.colourSpace")?,
        ocio: found.ocio()?,
        software: software.ok_or(FrameError::Header("software"))?,
    })
}

fn doubles(values: &[f64]) -> String {
    let words: Vec<String> = values.iter().map(f64::to_string).collect();
    words.join(" ")
}

struct Found<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Found<'_> {
    fn ocio(&self) -> Result<Option<OcioName>, FrameError> {
        let Some(space) = (self.0)("cyclorama.ocioColourSpace") else { return Ok(None) };
        Ok(Some(OcioName { space, config: self.parsed("cyclorama.ocioConfig")? }))
    }

    fn required(&self, name: &'static str) -> Result<String, FrameError> {
        (self.0)(name).ok_or(FrameError::Header(name))
    }

    fn parsed<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, FrameError> {
        self.required(name)?.parse().map_err(|_| FrameError::Header(name))
    }

    fn numbers<const N: usize>(&self, name: &'static str) -> Result<[f64; N], FrameError> {
        self.list(name).and_then(|list| list.try_into().ok()).ok_or(FrameError::Header(name))
    }

    /// Numbers by name. A list that cannot be read comes back empty, which is no list's length.
    fn list(&self, name: &str) -> Option<Vec<f64>> {
        let words = (self.0)(name)?;
        let numbers: Result<Vec<f64>, _> = words.split_ascii_whitespace().map(str::parse).collect();
        Some(numbers.unwrap_or_default())
    }
}

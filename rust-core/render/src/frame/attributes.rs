//! Between [`Header`] and the attributes of an EXR.
//!
//! What OpenEXR has a standard attribute for is written there, for other people's tools; those are often single
//! precision. The exact values stand beside them under `cyclorama.*`, and those are what is read back.

use std::collections::HashMap;

use cyclorama_space::{DQuat, DVec3, PanTiltRoll, Pose};
use cyclorama_time::{FrameNumber, Timecode};
use exr::math::Vec2;
use exr::meta::attribute::{AttributeValue, Chromaticities, Text, TimeCode};
use exr::meta::header::{ImageAttributes, LayerAttributes};

use super::{ColourSpace, FrameError, Header, OcioName, lens_table};

/// Fills the attributes from the header.
pub(super) fn write(header: &Header, image: &mut ImageAttributes, layer: &mut LayerAttributes) {
    image.chromaticities = ColourSpace::named(&header.colour_space).map(|space| chromaticities(&space));
    image.time_code = header.timecode.map(time_code);
    layer.software_name = Some(text(&header.software));
    layer.frames_per_second = Some((header.rate.numerator() as i32, header.rate.denominator()));
    layer.world_to_camera = Some(world_to_camera(&header.pose));
    let lens = &header.lens;
    layer.focus = lens.focus_distance_m.map(|metres| metres as f32);
    layer.aperture = lens.f_stop.map(|stop| stop as f32);
    layer.horizontal_field_of_view = lens.horizontal_fov_degrees().map(|degrees| degrees as f32);
    let angles = PanTiltRoll::from_quaternion(header.pose.rotation);
    let mut put = |name: &str, value| layer.other.insert(text(name), value);
    put("imageCounter", AttributeValue::I32(i32::try_from(header.frame.0).unwrap_or(i32::MAX)));
    put("reelName", string(&header.take));
    if let Some(millimetres) = lens.focal_length_mm {
        put("pinholeFocalLength", AttributeValue::F32(millimetres as f32));
    }
    if let Some(stop) = lens.t_stop {
        put("tStop", AttributeValue::F32(stop as f32));
    }
    put("colorInteropID", string(&header.colour_space));
    put("cyclorama.version", AttributeValue::I32(VERSION));
    put("cyclorama.take", string(&header.take));
    if let Some(shot) = &header.shot {
        put("cyclorama.shot", string(shot));
    }
    put("cyclorama.frame", string(&header.frame.0.to_string()));
    put("cyclorama.rate", string(&header.rate.to_string()));
    if let Some(timecode) = header.timecode {
        put("cyclorama.timecode", string(&format!("{timecode}@{}", timecode.rate())));
    }
    put("cyclorama.colourSpace", string(&header.colour_space));
    if let Some(OcioName { space, config }) = &header.ocio {
        put("cyclorama.ocioColourSpace", string(space));
        put("cyclorama.ocioConfig", string(&config.to_string()));
    }
    put("cyclorama.position", doubles(&header.pose.position.to_array()));
    put("cyclorama.rotation", doubles(&header.pose.rotation.to_array()));
    let degrees = [angles.pan.degrees(), angles.tilt.degrees(), angles.roll.degrees()];
    put("cyclorama.panTiltRoll", doubles(&degrees));
    for ((name, _), values) in lens_table::NAMES.into_iter().zip(lens_table::numbers(lens)) {
        if let Some(values) = values {
            put(&format!("cyclorama.{name}"), doubles(&values));
        }
    }
}

fn chromaticities(space: &ColourSpace) -> Chromaticities {
    let [red, green, blue, white] = space.primaries.map(|[x, y]| Vec2(x as f32, y as f32));
    Chromaticities { red, green, blue, white }
}

/// The header an EXR of ours carries.
pub(super) fn read(layer: &LayerAttributes) -> Result<Header, FrameError> {
    let found = Found(&layer.other);
    if !matches!(found.0.get(&text("cyclorama.version")), Some(AttributeValue::I32(VERSION))) {
        return Err(FrameError::Header("cyclorama.version"));
    }
    let timecode = match found.string("cyclorama.timecode") {
        None => None,
        Some(label) => Some(label.parse::<Timecode>().map_err(|_| FrameError::Header("cyclorama.timecode"))?),
    };
    Ok(Header {
        take: found.required("cyclorama.take")?,
        shot: found.string("cyclorama.shot"),
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
        software: layer.software_name.as_ref().map(decode).ok_or(FrameError::Header("software"))?,
    })
}

/// The layout of the `cyclorama.*` attributes. A reader refuses any other.
const VERSION: i32 = 1;

/// World metres to camera metres for row vectors; the camera looks along -Z with +Y up, as renderers have it.
fn world_to_camera(pose: &Pose) -> [f32; 16] {
    let (right, up, back) = (pose.right(), pose.up(), -pose.forward());
    let mut matrix = [0.0; 16];
    for row in 0..3 {
        for (column, axis) in [right, up, back].iter().enumerate() {
            matrix[4 * row + column] = axis[row] as f32;
        }
    }
    for (column, axis) in [right, up, back].iter().enumerate() {
        matrix[12 + column] = -axis.dot(pose.position) as f32;
    }
    matrix[15] = 1.0;
    matrix
}

/// SMPTE 12M above 30 frames per second counts pairs of frames; the second of a pair is the field mark's.
fn time_code(timecode: Timecode) -> TimeCode {
    let pairs = timecode.rate().nominal() > 30;
    TimeCode {
        hours: timecode.hours(),
        minutes: timecode.minutes(),
        seconds: timecode.seconds(),
        frame: if pairs { timecode.frames() / 2 } else { timecode.frames() }.min(29),
        drop_frame: timecode.is_drop_frame(),
        color_frame: false,
        field_phase: pairs && timecode.frames() % 2 == 1,
        binary_group_flags: [false; 3],
        binary_groups: [0; 8],
    }
}

/// EXR strings are bytes; ours are UTF-8, which other tools show as they can.
pub(super) fn text(value: &str) -> Text {
    Text::from_bytes_unchecked(value.as_bytes().into())
}

fn decode(text: &Text) -> String {
    String::from_utf8_lossy(text.as_slice()).into_owned()
}

fn string(value: &str) -> AttributeValue {
    AttributeValue::Text(text(value))
}

/// Numbers as text, each the shortest that reads back to the same bits: exact, and legible in any EXR viewer.
fn doubles(values: &[f64]) -> AttributeValue {
    let words: Vec<String> = values.iter().map(f64::to_string).collect();
    string(&words.join(" "))
}

struct Found<'a>(&'a HashMap<Text, AttributeValue>);

impl Found<'_> {
    fn string(&self, name: &str) -> Option<String> {
        match self.0.get(&text(name))? {
            AttributeValue::Text(value) => Some(decode(value)),
            _ => None,
        }
    }

    fn ocio(&self) -> Result<Option<OcioName>, FrameError> {
        let Some(space) = self.string("cyclorama.ocioColourSpace") else { return Ok(None) };
        Ok(Some(OcioName { space, config: self.parsed("cyclorama.ocioConfig")? }))
    }

    fn required(&self, name: &'static str) -> Result<String, FrameError> {
        self.string(name).ok_or(FrameError::Header(name))
    }

    fn parsed<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, FrameError> {
        self.required(name)?.parse().map_err(|_| FrameError::Header(name))
    }

    fn numbers<const N: usize>(&self, name: &'static str) -> Result<[f64; N], FrameError> {
        self.list(name).and_then(|list| list.try_into().ok()).ok_or(FrameError::Header(name))
    }

    /// Numbers by name. A list that cannot be read comes back empty, which is no list's length.
    fn list(&self, name: &str) -> Option<Vec<f64>> {
        let words = self.string(name)?;
        let numbers: Result<Vec<f64>, _> = words.split_ascii_whitespace().map(str::parse).collect();
        Some(numbers.unwrap_or_default())
    }
}

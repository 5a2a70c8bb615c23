//! Between [`Header`] and the attributes of an EXR.
//!
//! What OpenEXR has a standard attribute for is written there, for other people's tools; those are often single
//! precision. The exact values stand beside them under `cyclorama.*`, and those are what is read back.

use cyclorama_space::Pose;
use cyclorama_time::Timecode;
use exr::math::Vec2;
use exr::meta::attribute::{AttributeValue, Chromaticities, Text, TimeCode};
use exr::meta::header::{ImageAttributes, LayerAttributes};

use super::said::{self, VERSION, VERSION_NAME};
use super::{ColourSpace, FrameError, Header};

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
    put(VERSION_NAME, AttributeValue::I32(VERSION));
    for (name, words) in said::texts(header) {
        put(&name, string(&words));
    }
}

fn chromaticities(space: &ColourSpace) -> Chromaticities {
    let [red, green, blue, white] = space.primaries.map(|[x, y]| Vec2(x as f32, y as f32));
    Chromaticities { red, green, blue, white }
}

/// The header an EXR of ours carries.
pub(super) fn read(layer: &LayerAttributes) -> Result<Header, FrameError> {
    if !matches!(layer.other.get(&text(VERSION_NAME)), Some(AttributeValue::I32(VERSION))) {
        return Err(FrameError::Header(VERSION_NAME));
    }
    let find = |name: &str| match layer.other.get(&text(name))? {
        AttributeValue::Text(value) => Some(decode(value)),
        _ => None,
    };
    said::header(&find, layer.software_name.as_ref().map(decode))
}

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

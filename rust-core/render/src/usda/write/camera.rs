//! The camera's text. A take has hundreds of frames and a frame dozens of numbers, so they go straight into the text.

use std::fmt::Write as _;

use cyclorama_space::convert::usd;
use cyclorama_tracking::{CameraFrame, CameraPath};

use super::{Out, quoted};
use crate::frame::lens_table;

/// The camera with its path: a sample per frame, in full precision for us and in the attributes of USD for others.
pub(super) fn camera(out: &mut Out, path: &CameraPath) {
    out.open("def Camera \"Camera\"");
    out.line(format_args!("custom string cyclorama:subject = {}", quoted(&path.subject)));
    timecodes(out, &path.frames);
    each(out, "custom double3 cyclorama:position", &path.frames, |text, frame| {
        list(text, "(", &frame.pose.position.to_array(), ")");
    });
    each(out, "custom double4 cyclorama:rotation", &path.frames, |text, frame| {
        list(text, "(", &frame.pose.rotation.to_array(), ")");
    });
    let tables: Vec<_> = path.frames.iter().map(|frame| lens_table::numbers(&frame.lens)).collect();
    for (index, (name, _)) in lens_table::NAMES.into_iter().enumerate() {
        let said = path.frames.iter().zip(&tables);
        let said: Vec<(&CameraFrame, &[f64])> =
            said.filter_map(|(frame, table)| Some((frame, table[index].as_deref()?))).collect();
        // A lens that stops saying something must not look as if it went on saying it.
        let throughout = said.len() == path.frames.len();
        figures(out, &format!("custom double[] cyclorama:{name}"), &said, throughout, ["[", "]"]);
    }
    standard_camera(out, &path.frames);
    out.close();
}

/// The timecode of each frame, unless each follows from the first one's.
fn timecodes(out: &mut Out, frames: &[CameraFrame]) {
    let follows =
        |pair: &[CameraFrame]| pair[0].timecode.map(|timecode| timecode.plus_frames(1)) == pair[1].timecode;
    if frames.windows(2).all(follows) {
        return;
    }
    each(out, "custom string cyclorama:timecodes", frames, |text, frame| match frame.timecode {
        Some(timecode) => wrote(write!(text, "\"{timecode}@{}\"", timecode.rate())),
        None => text.push_str("\"\""),
    });
}

fn standard_camera(out: &mut Out, frames: &[CameraFrame]) {
    out.line("float2 clippingRange = (1, 1000000)");
    type Pick = fn(&usd::Camera) -> f64;
    let attributes: [(&str, Pick); 7] = [
        ("float fStop", |camera| camera.f_stop),
        ("float focalLength", |camera| camera.focal_length),
        ("float focusDistance", |camera| camera.focus_distance),
        ("float horizontalAperture", |camera| camera.horizontal_aperture),
        ("float horizontalApertureOffset", |camera| camera.horizontal_aperture_offset),
        ("float verticalAperture", |camera| camera.vertical_aperture),
        ("float verticalApertureOffset", |camera| camera.vertical_aperture_offset),
    ];
    let lenses = frames.iter().filter_map(|frame| Some((frame, usd::lens_from_stage(&frame.lens)?)));
    let lenses: Vec<(&CameraFrame, usd::Camera)> = lenses.collect();
    for (name, pick) in attributes {
        let values: Vec<(&CameraFrame, [f64; 1])> =
            lenses.iter().map(|(frame, lens)| (*frame, [pick(lens)])).collect();
        figures(out, name, &values, true, ["", ""]);
    }
    each(out, "matrix4d xformOp:transform", frames, |text, frame| {
        text.push_str("( ");
        for (at, row) in usd::from_stage(&frame.pose).into_iter().enumerate() {
            list(text, if at == 0 { "(" } else { ", (" }, &row, ")");
        }
        text.push_str(" )");
    });
    out.line("uniform token[] xformOpOrder = [\"xformOp:transform\"]");
}

/// One value when all are alike and that may be said, else a sample per frame; nothing where there is none.
fn figures<V: AsRef<[f64]>>(
    out: &mut Out,
    declaration: &str,
    values: &[(&CameraFrame, V)],
    may_be_one: bool,
    [before, after]: [&str; 2],
) {
    let Some((_, first)) = values.first() else { return };
    if may_be_one && values.iter().all(|(_, value)| alike(value.as_ref(), first.as_ref())) {
        out.begin_line();
        wrote(write!(out.text, "{declaration} = "));
        list(&mut out.text, before, first.as_ref(), after);
        out.text.push('\n');
        return;
    }
    out.open_samples(declaration);
    for (frame, value) in values {
        sample(out, frame, |text| list(text, before, value.as_ref(), after));
    }
    out.close();
}

/// The same bits.
fn alike(one: &[f64], other: &[f64]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.to_bits() == b.to_bits())
}

/// A sample per frame.
fn each(out: &mut Out, declaration: &str, frames: &[CameraFrame], value: impl Fn(&mut String, &CameraFrame)) {
    out.open_samples(declaration);
    for frame in frames {
        sample(out, frame, |text| value(text, frame));
    }
    out.close();
}

fn sample(out: &mut Out, frame: &CameraFrame, value: impl FnOnce(&mut String)) {
    out.begin_line();
    wrote(write!(out.text, "{}: ", frame.frame.0));
    value(&mut out.text);
    out.text.push_str(",\n");
}

/// Numbers as USD spells them: the shortest decimals that read back to the same bits.
fn list(text: &mut String, before: &str, values: &[f64], after: &str) {
    text.push_str(before);
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        if value.is_nan() { text.push_str("nan") } else { wrote(write!(text, "{value}")) }
    }
    text.push_str(after);
}

/// Writing into a text cannot fail.
fn wrote(result: std::fmt::Result) {
    let _ = result;
}

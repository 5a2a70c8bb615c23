//! From a Camera prim to the path of a tracked camera.

use cyclorama_space::{DQuat, DVec3, LensState, Pose, convert::usd};
use cyclorama_time::{FrameNumber, FrameRate, Timecode};
use cyclorama_tracking::{CameraFrame, CameraPath};

use super::{
    UsdaError,
    syntax::{Prim, Value},
    tree::{self, flat, unescaped},
};
use crate::{frame::lens_table, scene::Placement};

/// A Camera prim and the prims above it.
pub(super) struct Placed<'p, 'a> {
    pub(super) prim: &'p Prim<'a>,
    pub(super) chain: Vec<&'p Prim<'a>>,
}

/// What the layer says of time.
pub(super) struct Clock {
    pub(super) rate: Option<FrameRate>,
    pub(super) per_second: Option<f64>,
    pub(super) range: Option<(f64, f64)>,
    pub(super) timecode: Option<Timecode>,
}

/// No path has more frames: eleven hours at 24 frames per second.
const MOST_FRAMES: i64 = 1_000_000;

/// The path, and what was changed on the way.
///
/// `chain` places the prims above the camera at a time.
pub(super) fn load(
    placed: &Placed<'_, '_>,
    clock: &Clock,
    unit: f64,
    chain: &dyn Fn(f64) -> Result<Placement, UsdaError>,
) -> Result<(CameraPath, Vec<String>), UsdaError> {
    let prim = placed.prim;
    let mut edits = Edits::default();
    let frames = numbers(prim, clock)?;
    let first = frames.start;
    let mut path = Vec::new();
    for number in frames {
        let time = number as f64;
        let timecode = match prim.attribute("cyclorama:timecodes").and_then(|labels| labels.exactly(time)) {
            Some(Value::Text(label)) => unescaped(label).parse().ok(),
            _ => clock.timecode.map(|timecode| timecode.plus_frames(number - first)),
        };
        let pose = pose(prim, time, unit, chain, &mut edits)?;
        let lens = lens(prim, time, unit, &mut edits)?;
        path.push(CameraFrame { frame: FrameNumber(number), timecode, pose, lens });
    }
    let rate = clock.rate.unwrap_or_else(|| rate(clock.per_second.unwrap_or(24.0)));
    let subject = prim.text("cyclorama:subject").unwrap_or_else(|| prim.name.to_owned());
    Ok((CameraPath { subject, rate, frames: path }, edits.warnings(prim)))
}

/// Which tracked figures the standard attributes contradict: somebody has edited the camera since.
#[derive(Default)]
struct Edits {
    pose: bool,
    lens: bool,
}

impl Edits {
    fn warnings(&self, prim: &Prim<'_>) -> Vec<String> {
        let edited = [(self.pose, "transform"), (self.lens, "lens")];
        let warning = |(_, what): (bool, &str)| {
            format!("line {}: the camera's {what} was edited; the edited one is used", prim.line)
        };
        edited.into_iter().filter(|(edited, _)| *edited).map(warning).collect()
    }
}

fn numbers(prim: &Prim<'_>, clock: &Clock) -> Result<std::ops::Range<i64>, UsdaError> {
    let samples = ["cyclorama:position", "xformOp:transform"]
        .into_iter()
        .filter_map(|name| prim.attribute(name))
        .find(|attribute| !attribute.samples.is_empty());
    let ends =
        samples.and_then(|attribute| Some((attribute.samples.first()?.0, attribute.samples.last()?.0)));
    let own = prim.attribute("cyclorama:position").is_some();
    if own && ends.is_none() {
        return Ok(0..0);
    }
    let ends = if own { ends } else { clock.range.or(ends) };
    let (first, last) = ends.unwrap_or((0.0, 0.0));
    let fits = |time: f64| time.abs() < 9e15;
    let (first, last) = (first.ceil(), last.floor());
    if !fits(first) || !fits(last) || last - first >= MOST_FRAMES as f64 {
        return Err(prim.wrong_named("xformOp:transform", "the camera has more than a million frames"));
    }
    Ok(first as i64..last.max(first) as i64 + 1)
}

fn pose(
    prim: &Prim<'_>,
    time: f64,
    unit: f64,
    chain: &dyn Fn(f64) -> Result<Placement, UsdaError>,
    edits: &mut Edits,
) -> Result<Pose, UsdaError> {
    let placement = chain(time)?.then_inner(&tree::local(prim, time, unit)?);
    let position: Option<[f64; 3]> =
        exactly(prim, "cyclorama:position", time).and_then(|list| list.try_into().ok());
    let rotation: Option<[f64; 4]> =
        exactly(prim, "cyclorama:rotation", time).and_then(|list| list.try_into().ok());
    if let (Some(position), Some(rotation)) = (position, rotation) {
        let pose = Pose { position: DVec3::from_array(position), rotation: DQuat::from_array(rotation) };
        let far = placement.translation.distance(pose.position) > 1e-6 * (1.0 + pose.position.length());
        let axes = [pose.right(), pose.up(), -pose.forward()];
        let shown = [placement.linear.x_axis, placement.linear.y_axis, placement.linear.z_axis];
        let turned = axes.iter().zip(shown).any(|(axis, shown)| axis.distance(shown) > 1e-6);
        if !(far || turned) {
            return Ok(pose);
        }
        edits.pose = true;
    }
    let row = |axis: DVec3| [axis.x, axis.y, axis.z, 0.0];
    let at = placement.translation * 100.0;
    let linear = placement.linear;
    let rows = [row(linear.x_axis), row(linear.y_axis), row(linear.z_axis), [at.x, at.y, at.z, 1.0]];
    usd::to_stage(&rows).map_err(|_| prim.wrong_named("xformOp:transform", "it is no rotation"))
}

fn lens(prim: &Prim<'_>, time: f64, unit: f64, edits: &mut Edits) -> Result<LensState, UsdaError> {
    let tracked = lens_table::lens(|name| exactly(prim, &format!("cyclorama:{name}"), time))
        .map_err(|name| prim.wrong_named(&format!("cyclorama:{name}"), "it is no lens figure"))?;
    // Lens figures are in tenths of a scene unit, focus distances in scene units.
    let scale = unit * 100.0;
    let shown = |name: &str, scale: f64| {
        let attribute = prim.attribute(name)?;
        // Held between samples is near enough: ours has one on every frame that differs.
        let value = attribute.exactly(time).or_else(|| attribute.first())?;
        flat(value)?.first()?.parse::<f64>().ok().map(|value| value * scale)
    };
    let camera = usd::Camera {
        focal_length: shown("focalLength", scale).unwrap_or(0.0),
        horizontal_aperture: shown("horizontalAperture", scale).unwrap_or(0.0),
        vertical_aperture: shown("verticalAperture", scale).unwrap_or(0.0),
        horizontal_aperture_offset: shown("horizontalApertureOffset", scale).unwrap_or(0.0),
        vertical_aperture_offset: shown("verticalApertureOffset", scale).unwrap_or(0.0),
        focus_distance: shown("focusDistance", scale).unwrap_or(0.0),
        f_stop: shown("fStop", 1.0).unwrap_or(0.0),
    };
    let ours =
        lens_table::NAMES.iter().any(|(name, _)| prim.attribute(&format!("cyclorama:{name}")).is_some())
            || prim.attribute("cyclorama:subject").is_some();
    if !ours {
        return Ok(usd::lens_to_stage(&camera));
    }
    let Some(expected) = usd::lens_from_stage(&tracked) else { return Ok(tracked) };
    let figures = |c: &usd::Camera| {
        [
            c.focal_length,
            c.horizontal_aperture,
            c.vertical_aperture,
            c.horizontal_aperture_offset,
            c.vertical_aperture_offset,
            c.focus_distance,
            c.f_stop,
        ]
    };
    let alike = figures(&expected)
        .into_iter()
        .zip(figures(&camera))
        .all(|(a, b)| !a.is_finite() || (a - b).abs() <= 1e-6 * (1.0 + a.abs()));
    if alike {
        return Ok(tracked);
    }
    edits.lens = true;
    let edited = usd::lens_to_stage(&camera);
    Ok(LensState { entrance_pupil_m: tracked.entrance_pupil_m, distortion: tracked.distortion, ..edited })
}

/// Numbers of a sample exactly at a time, or of a value that never changes.
fn exactly(prim: &Prim<'_>, name: &str, time: f64) -> Option<Vec<f64>> {
    let words = flat(prim.attribute(name)?.exactly(time)?)?;
    words.into_iter().map(|word| word.parse().ok()).collect()
}

/// The frame rate a decimal stands for.
fn rate(per_second: f64) -> FrameRate {
    let known = [
        FrameRate::FPS_23_976,
        FrameRate::FPS_24,
        FrameRate::FPS_25,
        FrameRate::FPS_29_97,
        FrameRate::FPS_30,
        FrameRate::FPS_50,
        FrameRate::FPS_59_94,
        FrameRate::FPS_60,
    ];
    let near = known.into_iter().find(|rate| (rate.as_f64() - per_second).abs() < 0.004);
    near.or_else(|| FrameRate::new(per_second.round().clamp(1.0, 1000.0) as u32, 1).ok())
        .unwrap_or(FrameRate::FPS_24)
}

//! The tracked camera as every host must set it up: eye, axes, lens and picture centre of one frame.
//!
//! One home for what pose and lens mean for a picture, so that hosts agree to a fraction of a pixel. Straight lines
//! stay straight: lens distortion is for the compositor, as with other renderers.

use cyclorama_space::DVec3;
use cyclorama_tracking::path::CameraFrame;

/// Pose and lens of a frame, with what was not said filled in. Stage frame, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Optics {
    /// Centre of the entrance pupil.
    pub(crate) eye: DVec3,
    /// Unit, along the picture's rows.
    pub(crate) right: DVec3,
    /// Unit, along the view.
    pub(crate) forward: DVec3,
    /// Unit, up the picture.
    pub(crate) up: DVec3,
    /// Focal length, mm.
    pub(crate) focal_mm: f64,
    /// Width of what the picture shows of the sensor, mm; pixels are square.
    pub(crate) width_mm: f64,
    /// Image centre against the picture's centre, mm, right and down.
    pub(crate) offset_mm: [f64; 2],
    /// f-number and distance of the sharp plane from the eye, m; none when everything is sharp.
    pub(crate) depth_of_field: Option<(f64, f64)>,
}

impl Optics {
    /// The camera of a frame.
    pub(crate) fn new(frame: &CameraFrame) -> Self {
        let (pose, lens) = (&frame.pose, &frame.lens);
        let focal_mm = lens.focal_length_mm.filter(|focal| *focal > 0.0).unwrap_or(DEFAULT_FOCAL_MM);
        let sensor = lens.shown_size().map(|sensor| sensor.width_mm).filter(|width| *width > 0.0);
        let pupil = lens.entrance_pupil_m.unwrap_or(0.0);
        // Focus distances count from the sensor.
        let focus =
            lens.focus_distance_m.map(|distance| distance - pupil).filter(|distance| *distance > 0.05);
        let stop = lens.f_stop.filter(|stop| *stop > 0.0);
        Self {
            eye: pose.position + pose.forward() * pupil,
            right: pose.right(),
            forward: pose.forward(),
            up: pose.up(),
            focal_mm,
            width_mm: sensor.unwrap_or(DEFAULT_SENSOR_MM),
            offset_mm: lens.projection_offset_mm.unwrap_or_default(),
            depth_of_field: stop.zip(focus.map(|distance| distance.min(FARTHEST_FOCUS))),
        }
    }

    /// Where a point of the stage is in a picture of `width` x `height` square pixels, from the upper left corner;
    /// none behind the camera.
    #[cfg(test)]
    pub(crate) fn project(&self, point: DVec3, (width, height): (u32, u32)) -> Option<(f64, f64)> {
        let way = point - self.eye;
        let depth = way.dot(self.forward);
        let pitch = self.width_mm / f64::from(width);
        let along = |axis: DVec3| way.dot(axis) / depth * self.focal_mm;
        let x = f64::from(width) / 2.0 + (along(self.right) + self.offset_mm[0]) / pitch;
        let y = f64::from(height) / 2.0 + (self.offset_mm[1] - along(self.up)) / pitch;
        (depth > 0.0).then_some((x, y))
    }
}

/// Where a frame does not say it: a normal lens on a full-frame sensor, mm.
const DEFAULT_FOCAL_MM: f64 = 35.0;
const DEFAULT_SENSOR_MM: f64 = 36.0;
/// Focus beyond this is focus at infinity, m.
const FARTHEST_FOCUS: f64 = 1e4;

//! From a pixel to a ray: pose, lens and sensor of the tracked camera.
//!
//! Straight lines stay straight: lens distortion is for the compositor, as with other renderers.

use cyclorama_tracking::path::CameraFrame;
use glam::Vec3A;

use super::geometry::vector;
use super::sampling::disc;

/// A camera that knows its rays. Lengths in metres.
pub(super) struct Camera {
    /// Centre of the entrance pupil.
    eye: Vec3A,
    right: Vec3A,
    forward: Vec3A,
    up: Vec3A,
    /// Sensor over focal length, per pixel.
    step: f32,
    /// Of the image centre, in pixels from the upper left corner.
    centre: (f32, f32),
    /// Radius of the aperture; 0 for a pinhole.
    aperture: f32,
    /// From the pupil to the plane of focus.
    focus: f32,
}

impl Camera {
    /// The camera of a frame, for a picture of `width` x `height` square pixels as wide as the sensor.
    pub(super) fn new(frame: &CameraFrame, width: u32, height: u32) -> Self {
        let (pose, lens) = (&frame.pose, &frame.lens);
        let focal = lens.focal_length_mm.filter(|focal| *focal > 0.0).unwrap_or(DEFAULT_FOCAL_MM);
        let sensor = lens.sensor.map(|sensor| sensor.width_mm).filter(|width| *width > 0.0);
        let pitch = sensor.unwrap_or(DEFAULT_SENSOR_MM) / f64::from(width.max(1));
        let pupil = lens.entrance_pupil_m.unwrap_or(0.0);
        let [offset_x, offset_y] = lens.projection_offset_mm.unwrap_or_default();
        // Focus distances count from the sensor.
        let focus =
            lens.focus_distance_m.map(|distance| distance - pupil).filter(|distance| *distance > 0.05);
        let (aperture, focus) = match (lens.f_stop.filter(|stop| *stop > 0.0), focus) {
            (Some(stop), Some(focus)) => (focal * 1e-3 / (2.0 * stop), focus.min(1e4)),
            _ => (0.0, 1.0),
        };
        Self {
            eye: vector(pose.position + pose.forward() * pupil),
            right: vector(pose.right()),
            forward: vector(pose.forward()),
            up: vector(pose.up()),
            step: (pitch / focal) as f32,
            centre: (
                (f64::from(width) / 2.0 + offset_x / pitch) as f32,
                (f64::from(height) / 2.0 + offset_y / pitch) as f32,
            ),
            aperture: aperture as f32,
            focus: focus as f32,
        }
    }

    /// Origin and unit direction of the ray through a point of the picture (pixels from the upper left), leaving
    /// the aperture at `lens` of the unit square.
    pub(super) fn ray(&self, x: f32, y: f32, lens: (f32, f32)) -> (Vec3A, Vec3A) {
        let (across, down) = ((x - self.centre.0) * self.step, (y - self.centre.1) * self.step);
        let through = self.forward + self.right * across - self.up * down;
        if self.aperture == 0.0 {
            return (self.eye, through.normalize());
        }
        let (lens_x, lens_y) = disc(lens);
        let shift = (self.right * lens_x + self.up * lens_y) * self.aperture;
        (self.eye + shift, (through * self.focus - shift).normalize())
    }

    /// Along the view.
    pub(super) fn forward(&self) -> Vec3A {
        self.forward
    }
}

/// Where a frame does not say it: a normal lens on a full-frame sensor, mm.
const DEFAULT_FOCAL_MM: f64 = 35.0;
const DEFAULT_SENSOR_MM: f64 = 36.0;

//! From a pixel to a ray, by the [`Optics`] of the tracked camera.

use cyclorama_tracking::path::CameraFrame;
use glam::Vec3A;

use super::geometry::vector;
use super::sampling::disc;
use crate::optics::Optics;

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
        let optics = Optics::new(frame);
        let pitch = optics.width_mm / f64::from(width.max(1));
        let [offset_x, offset_y] = optics.offset_mm;
        let (aperture, focus) = match optics.depth_of_field {
            Some((stop, focus)) => (optics.focal_mm * 1e-3 / (2.0 * stop), focus),
            None => (0.0, 1.0),
        };
        Self {
            eye: vector(optics.eye),
            right: vector(optics.right),
            forward: vector(optics.forward),
            up: vector(optics.up),
            step: (pitch / optics.focal_mm) as f32,
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
        let through = self.through(x, y);
        if self.aperture == 0.0 {
            return (self.eye, through.normalize());
        }
        let (lens_x, lens_y) = disc(lens);
        let shift = (self.right * lens_x + self.up * lens_y) * self.aperture;
        (self.eye + shift, (through * self.focus - shift).normalize())
    }

    /// Origin and unit direction of the ray through a point of the picture and the middle of the lens.
    pub(super) fn middle(&self, x: f32, y: f32) -> (Vec3A, Vec3A) {
        (self.eye, self.through(x, y).normalize())
    }

    /// From the eye to a point of the picture, one unit along the view.
    fn through(&self, x: f32, y: f32) -> Vec3A {
        let (across, down) = ((x - self.centre.0) * self.step, (y - self.centre.1) * self.step);
        self.forward + self.right * across - self.up * down
    }

    /// Along the view.
    pub(super) fn forward(&self) -> Vec3A {
        self.forward
    }
}

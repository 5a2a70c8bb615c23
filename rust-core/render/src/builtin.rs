//! The built-in host's painter: a small ray tracer that gives the same picture on one thread and on many.
//!
//! It is no match for a production renderer and does not try to be one: it makes everything run with no other
//! software, and its pictures are fit to look at. Every random number is a function of frame, pixel and sample;
//! no sum crosses threads; trigonometry goes through `libm`. It reads no files and no clock.

mod camera;
mod denoise;
mod geometry;
mod sampling;
mod shade;
mod texture;

use cyclorama_tracking::path::CameraFrame;
use glam::Vec3A;
use rayon::prelude::*;

use crate::frame::Image;
use crate::scene::Scene;
use camera::Camera;
use denoise::Texel;
use geometry::Geometry;
use sampling::Stream;
use shade::{Seen, Shader};
use texture::Dusk;

/// How well to paint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Camera samples per pixel, 1 to 4096. Time grows with it, noise shrinks with its root.
    pub samples: u32,
    /// Smooth the light (not what it falls on) over the few samples.
    pub denoise: bool,
    /// Temporal history: the newest frame's weight, above 0 to 1, the rest being what was painted before.
    /// `None`: every frame stands alone. It smears what moves; it is there to make seams that can be measured.
    pub history: Option<f64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { samples: 4, denoise: true, history: None }
    }
}

/// What the camera sees beside light, without the lens's blur: one ray through the middle of each pixel, rows from the top.
#[derive(Clone, Debug, PartialEq)]
pub struct Surfaces {
    /// How far away it is, metres along the view axis from the entrance pupil; [`NOTHING`] where there is only sky.
    pub depth: Vec<f32>,
    /// The direction it faces, of the stage, on the camera's side: a unit long; zero where there is only sky.
    pub normals: Vec<[f32; 3]>,
}

/// The depth where nothing is hit, metres: what Blender writes there.
pub const NOTHING: f32 = 1e10;

/// A scene as it stands at one frame, and the camera of that frame.
struct View {
    geometry: Geometry,
    camera: Camera,
}

/// Paints frames of one scene.
pub struct Painter {
    scene: Scene,
    width: u32,
    height: u32,
    options: Options,
    dusk: Dusk,
    history: Option<Vec<[f32; 3]>>,
}

impl Painter {
    /// A painter of pictures of `size` (columns, rows; at least one each).
    pub fn new(scene: Scene, size: (u32, u32), options: Options) -> Self {
        let (width, height) = (size.0.max(1), size.1.max(1));
        let samples = options.samples.clamp(1, 4096);
        let options = Options { samples, ..options };
        Self { scene, width, height, options, dusk: Dusk::new(), history: None }
    }

    /// Forgets the temporal history, as at the start of a range.
    pub fn reset(&mut self) {
        self.history = None;
    }

    /// The picture the camera sees.
    ///
    /// The same frame gives the same bits, however many threads work on it, unless there is a history.
    pub fn paint(&mut self, frame: &CameraFrame) -> Image {
        let view = self.view(frame);
        self.picture(frame, &view)
    }

    /// The picture, and what is seen in it. The history is of the picture alone.
    pub fn paint_with_surfaces(&mut self, frame: &CameraFrame) -> (Image, Surfaces) {
        let view = self.view(frame);
        (self.picture(frame, &view), self.surfaces(&view))
    }

    fn view(&self, frame: &CameraFrame) -> View {
        let geometry = Geometry::new(&self.scene, frame.frame.0 as f64);
        View { geometry, camera: Camera::new(frame, self.width, self.height) }
    }

    fn picture(&mut self, frame: &CameraFrame, view: &View) -> Image {
        let pixels = self.light(frame, view);
        let pixels = match (self.options.history, self.history.take()) {
            (Some(weight), Some(before)) => blend(&before, &pixels, weight.clamp(0.0, 1.0) as f32),
            _ => pixels,
        };
        if self.options.history.is_some() {
            self.history = Some(pixels.clone());
        }
        Image { width: self.width, height: self.height, pixels }
    }

    fn surfaces(&self, view: &View) -> Surfaces {
        let View { geometry, camera } = view;
        let width = self.width as usize;
        let mut seen = vec![(NOTHING, [0.0; 3]); width * self.height as usize];
        seen.par_chunks_mut(width).enumerate().for_each(|(row, line)| {
            for (column, pixel) in line.iter_mut().enumerate() {
                let (origin, direction) = camera.middle(column as f32 + 0.5, row as f32 + 0.5);
                if let Some(hit) = geometry.nearest(origin, direction) {
                    *pixel = (hit.t * camera.forward().dot(direction), hit.normal.to_array());
                }
            }
        });
        let (depth, normals) = seen.into_iter().unzip();
        Surfaces { depth, normals }
    }

    fn light(&self, frame: &CameraFrame, view: &View) -> Vec<[f32; 3]> {
        let shader = Shader { scene: &self.scene, geometry: &view.geometry, dusk: &self.dusk };
        let width = self.width as usize;
        let mut seen = vec![Seen::default(); width * self.height as usize];
        seen.par_chunks_mut(width).enumerate().for_each(|(row, line)| {
            for (column, pixel) in line.iter_mut().enumerate() {
                *pixel = self.pixel(&shader, &view.camera, frame.frame.0, column as u32, row as u32);
            }
        });
        if self.options.denoise {
            smooth(&mut seen, width);
        }
        seen.into_iter()
            .map(|pixel| (pixel.light * pixel.albedo + pixel.gloss + pixel.glow).to_array())
            .collect()
    }

    /// The mean of a pixel's samples.
    fn pixel(&self, shader: &Shader<'_>, camera: &Camera, frame: i64, x: u32, y: u32) -> Seen {
        let mut mean = Seen::default();
        let count = self.options.samples as f32;
        for sample in 0..self.options.samples {
            let mut stream = Stream::new(frame, x, y, sample);
            let (dx, dy) = within_pixel(sample, self.options.samples);
            let (origin, direction) = camera.ray(x as f32 + dx, y as f32 + dy, stream.pair());
            let seen = shader.see(origin, direction, &mut stream);
            mean.light += seen.light / count;
            mean.albedo += seen.albedo / count;
            mean.gloss += seen.gloss / count;
            mean.glow += seen.glow / count;
            mean.normal += seen.normal / count;
            mean.depth += seen.depth * camera.forward().dot(direction) / count;
            mean.roughness += seen.roughness / count;
        }
        mean
    }
}

/// Where in the pixel a sample goes: an even lattice, the same in every pixel so that edges stay calm.
fn within_pixel(sample: u32, samples: u32) -> (f32, f32) {
    let down = (sample as f32 + 0.5) / samples as f32;
    let across = sample as f32 * 0.618_034 + 0.31;
    (across - across.floor(), down)
}

fn smooth(seen: &mut [Seen], width: usize) {
    let texels = |value: fn(&Seen) -> Vec3A, reach: fn(&Seen) -> f32| -> Vec<Texel> {
        let texel = |s: &Seen| Texel { value: value(s), normal: s.normal, depth: s.depth, reach: reach(s) };
        seen.iter().map(texel).collect()
    };
    let mut light = texels(|s| s.light, |_| 1.0);
    let mut gloss = texels(|s| s.gloss, |s| ((s.roughness - 0.08) * 4.0).clamp(0.0, 1.0));
    denoise::smooth(&mut light, width, 4);
    denoise::smooth(&mut gloss, width, 3);
    for ((seen, light), gloss) in seen.iter_mut().zip(light).zip(gloss) {
        seen.light = light.value;
        seen.gloss = gloss.value;
    }
}

/// The dusk landscape as a picture, for hosts that have no such pattern.
pub(crate) fn dusk_picture() -> Image {
    Dusk::new().picture()
}

fn blend(before: &[[f32; 3]], newest: &[[f32; 3]], weight: f32) -> Vec<[f32; 3]> {
    let mix = |(old, new): (&[f32; 3], &[f32; 3])| [0, 1, 2].map(|i| old[i] + (new[i] - old[i]) * weight);
    before.iter().zip(newest).map(mix).collect()
}

#[cfg(test)]
mod tests;

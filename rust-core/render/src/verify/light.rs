//! Brightness of a frame against the frame before it: lights do not jump by themselves, exposure faults do.

use cyclorama_time::FrameNumber;
use cyclorama_tracking::CameraFrame;

use crate::frame::Image;
use crate::plan::picture_change;

/// How bright a neighbour is, and by how much a frame may differ from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LightOf {
    /// The neighbour.
    pub frame: FrameNumber,
    /// Its mean luminance (see [`mean_luminance`]).
    pub mean: f64,
    /// The most stops between it and the frame.
    pub most_stops: f64,
}

impl LightOf {
    /// Stops between the neighbour and a frame of this mean luminance, when they are too many.
    pub fn jump_to(&self, mean: f64) -> Option<f64> {
        let stops = ((mean + DARK) / (self.mean + DARK)).log2();
        (stops.is_nan() || stops.abs() > self.most_stops).then_some(stops)
    }
}

/// Differences below this luminance are no brightness that anybody sees.
const DARK: f64 = 1e-3;

/// Mean luminance by Rec.709 weights. Each channel counts up to 4, so that a lamp's core that enters the picture
/// does not outweigh everything else.
pub fn mean_luminance(image: &Image) -> f64 {
    let of = |pixel: &[f32; 3]| {
        let [r, g, b] = pixel.map(|value| f64::from(value.clamp(0.0, 4.0)));
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    image.pixels.iter().map(of).sum::<f64>() / image.pixels.len().max(1) as f64
}

/// How many stops the mean may change between two frames: half a stop, and more the more of the picture the camera
/// replaces. `None` where it replaces so much that nothing can be said.
pub fn most_stops(before: &CameraFrame, after: &CameraFrame) -> Option<f64> {
    const STILL: f64 = 0.5;
    const PER_PICTURE: f64 = 6.0;
    const TOO_MUCH: f64 = 0.25;
    let change = picture_change(before, after);
    (change < TOO_MUCH).then_some(STILL + PER_PICTURE * change)
}

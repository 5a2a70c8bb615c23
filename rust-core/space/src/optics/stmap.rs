//! ST maps: for each pixel of the picture to be made, where in the other picture it comes from.
//!
//! A value is (u, v) from 0 to 1 across the whole picture, u from the left, v from the **bottom**, as compositing
//! programs read them; the middle of the first pixel is half a pixel in. Where the lens model ends both are
//! [`NOWHERE`], which lies outside every picture, and the count of such pixels is kept.

use super::{
    LensModel, OpticsError,
    anamorphic::{self, Degree4},
    positive,
};
use crate::SensorSize;

/// Which picture the map makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Makes {
    /// Straight lines out of what the camera took.
    Undistorted,
    /// What the camera would have taken, out of a render with straight lines.
    Distorted,
}

/// Both values of a pixel that comes from nowhere.
pub const NOWHERE: f32 = -1.0;

/// A map, row by row from the top.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// u and v of each pixel.
    pub pixels: Vec<[f32; 2]>,
    /// Pixels that come from nowhere.
    pub nowhere: u64,
}

/// The longest side of a map, pixels: what OpenEXR files of renders stay within.
pub const LONGEST_SIDE: u32 = 16_384;

/// The map of `width` x `height` pixels over the whole of `sensor`. Both pictures have its frame: no overscan.
///
/// # Errors
/// [`OpticsError::Number`] for a sensor or a picture of no size, or of one beyond [`LONGEST_SIDE`].
pub fn map(model: &LensModel, sensor: SensorSize, size: [u32; 2], makes: Makes) -> Result<Map, OpticsError> {
    draw(sensor, size, |here| match makes {
        Makes::Undistorted => model.distort(here),
        Makes::Distorted => model.undistort(here),
    })
}

/// As [`map`], for the anamorphic model.
///
/// # Errors
/// As [`map`].
pub fn map_anamorphic(
    model: &Degree4,
    sensor: SensorSize,
    size: [u32; 2],
    makes: Makes,
) -> Result<Map, OpticsError> {
    draw(sensor, size, |here| {
        let here = anamorphic::normalised(sensor, here);
        let there = match makes {
            Makes::Undistorted => model.distort(here),
            Makes::Distorted => model.undistort(here),
        };
        there.map(|there| anamorphic::on_sensor(sensor, there))
    })
}

/// Asks for each pixel, by its middle in mm, where it comes from.
fn draw(
    sensor: SensorSize,
    [width, height]: [u32; 2],
    from: impl Fn([f64; 2]) -> Result<[f64; 2], OpticsError>,
) -> Result<Map, OpticsError> {
    positive("the sensor width", sensor.width_mm)?;
    positive("the sensor height", sensor.height_mm)?;
    for side in [width, height] {
        if side == 0 || side > LONGEST_SIDE {
            return Err(OpticsError::Number { what: "a side of the map", value: f64::from(side) });
        }
    }
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    let mut nowhere = 0;
    for row in 0..height {
        for column in 0..width {
            let [u, v] = [place(column, width), place(row, height)];
            let here = [(u - 0.5) * sensor.width_mm, (v - 0.5) * sensor.height_mm];
            pixels.push(match from(here) {
                Ok([x, y]) => [(x / sensor.width_mm + 0.5) as f32, (0.5 - y / sensor.height_mm) as f32],
                Err(_) => {
                    nowhere += 1;
                    [NOWHERE; 2]
                }
            });
        }
    }
    Ok(Map { width, height, pixels, nowhere })
}

/// The middle of a pixel, 0 to 1.
fn place(index: u32, count: u32) -> f64 {
    (f64::from(index) + 0.5) / f64::from(count)
}

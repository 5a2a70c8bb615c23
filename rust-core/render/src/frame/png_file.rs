//! PNG previews: 8 bits a channel, sRGB transfer, chunks that say so.

use std::path::Path;

use super::png_frame::PngDepth;
use super::{FrameError, Image, atomic, check_size};

/// The picture as a PNG: clipped to 0 to 1, sRGB transfer, 8 bits a channel. NaN becomes black.
///
/// # Errors
/// [`FrameError::Size`] when the picture is empty, too large or its pixels do not fit its sides.
pub fn encode_png(image: &Image) -> Result<Vec<u8>, FrameError> {
    check_size(image)?;
    let samples = srgb_bytes(image);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, image.width, image.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_source_srgb(png::SrgbRenderingIntent::RelativeColorimetric);
    let refused = |error: png::EncodingError| FrameError::Encode(error.to_string());
    let mut writer = encoder.write_header().map_err(refused)?;
    writer.write_image_data(&samples).map_err(refused)?;
    writer.finish().map_err(refused)?;
    Ok(bytes)
}

/// Red, green and blue of each pixel, rows from the top: clipped to 0 to 1, sRGB transfer, 8 bits. NaN becomes black.
pub fn srgb_bytes(image: &Image) -> Vec<u8> {
    image.pixels.iter().flatten().map(|&linear| srgb_byte(linear)).collect()
}

/// Writes the picture as a PNG at `path`, replacing what stood there, whole or not at all.
///
/// # Errors
/// As [`encode_png`], and [`FrameError::Io`] when the file cannot be written.
pub fn write_png(path: &Path, image: &Image) -> Result<(), FrameError> {
    atomic::write(path, &encode_png(image)?)
}

/// Linear light to an 8-bit sRGB sample, rounded to the nearest.
fn srgb_byte(linear: f32) -> u8 {
    PngDepth::Eight.sample(linear) as u8
}

//! ST maps as OpenEXR: u in red, v in green, nothing in blue; 32-bit floats, for half floats cannot name every pixel.

use std::io::Cursor;

use cyclorama_space::optics::stmap::Map;
use exr::{
    image::{Encoding, Image, SpecificChannels, write::WritableImage as _},
    math::Vec2,
    meta::attribute::LineOrder,
    prelude::{Blocks, Compression},
};

/// The map as the bytes of an EXR file.
///
/// # Errors
/// What the encoder refuses.
pub(super) fn encode(map: &Map) -> Result<Vec<u8>, exr::error::Error> {
    let width = map.width as usize;
    let channels = SpecificChannels::rgb(|Vec2(x, y)| {
        let [u, v] = map.pixels[y * width + x];
        (u, v, 0.0_f32)
    });
    let encoding = Encoding {
        compression: Compression::ZIP16,
        blocks: Blocks::ScanLines,
        line_order: LineOrder::Increasing,
    };
    let image = Image::from_encoded_channels((width, map.height as usize), encoding, channels);
    let mut bytes = Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut bytes)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use cyclorama_render::frame::decode_exr_pixels;

    use super::*;

    #[test]
    fn a_map_keeps_every_bit_of_its_floats() {
        let pixels: Vec<[f32; 2]> =
            (0..12).map(|n| [1.0 / (n as f32 + 3.0), 0.1 + n as f32 * 1e-7]).collect();
        let map = Map { width: 4, height: 3, pixels, nowhere: 0 };
        let read = decode_exr_pixels(&encode(&map).unwrap()).unwrap();
        assert_eq!((read.width, read.height), (4, 3));
        for (read, written) in read.pixels.iter().zip(&map.pixels) {
            assert_eq!(*read, [written[0], written[1], 0.0]);
        }
    }
}

//! PNG frames of a job: 8 or 16 bits a channel, sRGB transfer, with the whole header in text chunks.
//!
//! Only a whole file is read: every chunk with its checksum, all rows, the end, and nothing behind it. Reading is bounded by the bytes
//! that are there, as that of an EXR is.

use std::io::Cursor;
use std::path::Path;

use png::{BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, Limits};

use super::transfer::{Transfer, srgb};
use super::{
    ALPHA, Channel, FrameError, FrameFile, FrameFormat, Header, Image, atomic, check_size, png_text,
};
use super::{BEST_COMPRESSION, LONGEST_SIDE, MOST_PIXELS};

/// Bits of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PngDepth {
    /// 0 to 255.
    Eight,
    /// 0 to 65535.
    Sixteen,
}

impl PngDepth {
    /// The sample of full light.
    pub(super) const fn most(self) -> u16 {
        match self {
            Self::Eight => u8::MAX as u16,
            Self::Sixteen => u16::MAX,
        }
    }

    /// Linear light to an sRGB sample, clipped to 0 to 1 and rounded to the nearest. NaN becomes 0.
    pub(super) fn sample(self, linear: f32) -> u16 {
        (srgb(linear) * f32::from(self.most()) + 0.5) as u16
    }
}

/// A PNG as it stands in its file, but for the transfer function.
pub struct PngPicture {
    /// Linear light. Alpha has no say in it.
    pub image: Image,
    /// How much of a pixel is covered, 0 to 1, where the file says it.
    pub alpha: Option<Channel>,
    /// Bits of its samples.
    pub depth: PngDepth,
}

/// The picture and its header as the bytes of a PNG frame: clipped to 0 to 1, sRGB transfer. NaN becomes black. The same input always
/// gives the same bytes.
///
/// # Errors
/// [`FrameError::Size`] when the picture is empty, too large or its pixels do not fit its sides;
/// [`FrameError::Encode`] when the encoder refuses.
pub fn encode_png_frame(image: &Image, depth: PngDepth, header: &Header) -> Result<Vec<u8>, FrameError> {
    check_size(image)?;
    let refused = |error: png::EncodingError| FrameError::Encode(error.to_string());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, image.width, image.height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(match depth {
        PngDepth::Eight => BitDepth::Eight,
        PngDepth::Sixteen => BitDepth::Sixteen,
    });
    encoder.set_source_srgb(png::SrgbRenderingIntent::RelativeColorimetric);
    // Noise of a renderer hardly shrinks, however long one tries.
    encoder.set_compression(png::Compression::Fast);
    for (keyword, text) in png_text::texts(header) {
        let added = if png_text::is_plain(&text) {
            encoder.add_text_chunk(keyword, text)
        } else {
            encoder.add_itxt_chunk(keyword, text)
        };
        added.map_err(refused)?;
    }
    let samples = image.pixels.iter().flatten().map(|&linear| depth.sample(linear));
    let samples: Vec<u8> = match depth {
        PngDepth::Eight => samples.map(|sample| sample as u8).collect(),
        PngDepth::Sixteen => samples.flat_map(u16::to_be_bytes).collect(),
    };
    let mut writer = encoder.write_header().map_err(refused)?;
    writer.write_image_data(&samples).map_err(refused)?;
    writer.finish().map_err(refused)?;
    Ok(bytes)
}

/// Writes the picture and its header at `path`, replacing what stood there, whole or not at all. It is a host's file for its worker:
/// nobody waits until the disk has it.
///
/// # Errors
/// As [`encode_png_frame`], and [`FrameError::Io`] when the file cannot be written.
pub fn write_png_frame(
    path: &Path,
    image: &Image,
    depth: PngDepth,
    header: &Header,
) -> Result<(), FrameError> {
    atomic::hand_over(path, &encode_png_frame(image, depth, header)?)
}

/// Reads a PNG frame that carries our header: the picture in linear light, and its alpha where it has one.
///
/// # Errors
/// [`FrameError::Damaged`] for anything but a whole PNG, [`FrameError::Size`] when it claims more pixels than its bytes can hold,
/// [`FrameError::Samples`] and [`FrameError::Colours`] for what is no frame's, [`FrameError::Header`] when something is missing.
pub fn open_png(bytes: &[u8]) -> Result<FrameFile, FrameError> {
    let (PngPicture { image, alpha, .. }, info) = decode(bytes)?;
    Ok(FrameFile { image, others: alpha.into_iter().collect(), header: png_text::read(&info)? })
}

/// Reads any PNG of red, green and blue, whoever wrote it.
///
/// # Errors
/// As [`open_png`], without the header's.
pub fn decode_png_picture(bytes: &[u8]) -> Result<PngPicture, FrameError> {
    decode(bytes).map(|(picture, _)| picture)
}

fn decode(bytes: &[u8]) -> Result<(PngPicture, png::Info<'static>), FrameError> {
    let mut options = DecodeOptions::default();
    // A frame is whole or it is none: each chunk has the checksum that it says.
    options.set_skip_ancillary_crc_failures(false);
    options.set_ignore_adler32(false);
    options.set_ignore_iccp_chunk(true);
    let mut file = Cursor::new(bytes);
    let mut decoder = Decoder::new_with_options(&mut file, options);
    decoder.set_limits(Limits { bytes: MOST_BESIDE_PIXELS });
    let (depth, samples) = check_claims(decoder.read_header_info().map_err(damaged)?, bytes.len())?;
    let mut reader = decoder.read_info().map_err(damaged)?;
    if reader.info().animation_control().is_some() {
        return Err(FrameError::Samples("an animation".to_owned()));
    }
    let transfer = Transfer::told_by(reader.info())?;
    let too_large = || broken("it is too large for this machine");
    let mut raw = vec![0; reader.output_buffer_size().ok_or_else(too_large)?];
    reader.next_frame(&mut raw).map_err(damaged)?;
    reader.finish().map_err(damaged)?;
    let info = reader.info().clone();
    drop(reader);
    if file.position() != bytes.len() as u64 {
        return Err(broken("there is more behind its end"));
    }
    let table = transfer.table(depth);
    let (pixels, alpha) = match depth {
        PngDepth::Eight => unpack(raw.iter().map(|sample| u16::from(*sample)), samples, &table, depth),
        PngDepth::Sixteen => {
            let pairs = raw.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair));
            unpack(pairs, samples, &table, depth)
        }
    };
    let image = Image { width: info.width, height: info.height, pixels };
    let alpha = alpha.map(|values| Channel::single(ALPHA, values));
    Ok((PngPicture { image, alpha, depth }, info))
}

/// Pixels of `samples` samples each, 3 or 4, and the fourth of each.
fn unpack(
    mut raw: impl Iterator<Item = u16>,
    samples: usize,
    light: &[f32],
    depth: PngDepth,
) -> (Vec<[f32; 3]>, Option<Vec<f32>>) {
    let (mut pixels, mut alpha) = (Vec::new(), Vec::new());
    while let (Some(red), Some(green), Some(blue)) = (raw.next(), raw.next(), raw.next()) {
        pixels.push([red, green, blue].map(|sample| light[usize::from(sample)]));
        if samples == 4 {
            alpha.push(f32::from(raw.next().unwrap_or(0)) / f32::from(depth.most()));
        }
    }
    (pixels, (samples == 4).then_some(alpha))
}

/// Refuses what is no frame's, and a file that promises more pixels than may be, or than its bytes can hold: bits of a sample, and
/// samples of a pixel.
fn check_claims(info: &png::Info<'_>, bytes: usize) -> Result<(PngDepth, usize), FrameError> {
    let (width, height, bytes) = (u64::from(info.width), u64::from(info.height), bytes as u64);
    let longest = u64::from(LONGEST_SIDE);
    let raw = width.saturating_mul(height).saturating_mul(info.bytes_per_pixel() as u64);
    let fits = width <= longest && height <= longest && width * height <= MOST_PIXELS;
    if !fits || raw > bytes.saturating_mul(BEST_COMPRESSION) {
        return Err(FrameError::Size { width, height, pixels: bytes });
    }
    let samples = match info.color_type {
        ColorType::Rgb => 3,
        ColorType::Rgba => 4,
        ColorType::Indexed => return Err(FrameError::Samples("a palette".to_owned())),
        ColorType::Grayscale | ColorType::GrayscaleAlpha => {
            return Err(FrameError::Samples("greys".to_owned()));
        }
    };
    match info.bit_depth {
        BitDepth::Eight => Ok((PngDepth::Eight, samples)),
        BitDepth::Sixteen => Ok((PngDepth::Sixteen, samples)),
        other => Err(FrameError::Samples(format!("samples of {} bits", other as u8))),
    }
}

/// Texts and rows in flight take no more memory than this, bytes.
const MOST_BESIDE_PIXELS: usize = 16 << 20;

fn damaged(error: DecodingError) -> FrameError {
    match error {
        DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            broken("it ends too early")
        }
        other => broken(&other.to_string()),
    }
}

fn broken(reason: &str) -> FrameError {
    FrameError::Damaged { format: FrameFormat::Png, reason: reason.to_owned() }
}

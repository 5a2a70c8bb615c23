//! OpenEXR files of one picture: half-float scan lines R, G, B, ZIP-compressed, with the whole header, and whatever other channels
//! belong to it.
//!
//! Reading is bounded by the bytes that are there: a header that promises more is refused before memory is taken.

use std::{borrow::Cow, fs, io::Cursor, path::Path};

use exr::{
    image::{
        AnyChannel, AnyChannels, Encoding, FlatSamples, Image as ExrImage, Layer, read::read,
        write::WritableImage,
    },
    math::Vec2,
    meta::{
        MetaData,
        attribute::{IntegerBounds, LineOrder},
        header::{ImageAttributes, LayerAttributes},
    },
    prelude::{Blocks, Compression, ReadChannels, ReadLayers},
};
use glam::DMat3;
use half::{f16, slice::HalfFloatSliceExt as _};

use super::{
    BEST_COMPRESSION, Channel, ColourSpace, FrameError, FrameFormat, Header, Image, LONGEST_SIDE,
    MOST_PIXELS, atomic, attributes, check_size, colour,
};

/// A frame as its file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameFile {
    /// Red, green and blue, **in the colour space of the file**.
    pub image: Image,
    /// The other channels with a number for each pixel, by name.
    pub others: Vec<Channel>,
    /// Its header.
    pub header: Header,
}

impl FrameFile {
    /// The picture, in linear Rec.709 as every picture in memory.
    pub fn into_picture(mut self) -> Image {
        if let Some(there) = conversion(&self.header.colour_space) {
            colour::apply(there.inverse(), &mut self.image.pixels);
        }
        self.image
    }
}

/// The picture and its header as the bytes of an EXR, in the colour space that the header names. The same input always gives
/// the same bytes.
///
/// Values beyond what half floats hold are clipped to +-65504; NaN stays NaN, for whoever checks the frame.
///
/// # Errors
/// [`FrameError::Size`] when the picture is empty, too large or its pixels do not fit its sides;
/// [`FrameError::Encode`] when the encoder refuses.
pub fn encode_exr(image: &Image, header: &Header) -> Result<Vec<u8>, FrameError> {
    encode_exr_with(image, Vec::new(), header)
}

/// As [`encode_exr`], with other channels beside red, green and blue. Those are written as they are, in no colour space.
///
/// # Errors
/// As [`encode_exr`]; [`FrameError::Size`] too when a channel has not a number for each pixel, [`FrameError::Encode`] when two
/// channels have one name.
pub fn encode_exr_with(image: &Image, others: Vec<Channel>, header: &Header) -> Result<Vec<u8>, FrameError> {
    check_size(image)?;
    check_others(image, &others)?;
    let size = Vec2(image.width as usize, image.height as usize);
    let pixels = in_space(image, &header.colour_space);
    let channel = |index: usize| -> FlatSamples {
        FlatSamples::F16(pixels.iter().map(|pixel| half_of(pixel[index])).collect())
    };
    let list = [("B", 2), ("G", 1), ("R", 0)]
        .into_iter()
        .map(|(name, index)| AnyChannel::new(name, channel(index)))
        .chain(
            others
                .into_iter()
                .map(|Channel { name, samples }| AnyChannel::new(attributes::text(&name), samples)),
        )
        .collect();
    let encoding = Encoding {
        compression: Compression::ZIP16,
        blocks: Blocks::ScanLines,
        line_order: LineOrder::Increasing,
    };
    let mut image_attributes = ImageAttributes::new(IntegerBounds::from_dimensions(size));
    let mut layer_attributes = LayerAttributes::default();
    attributes::write(header, &mut image_attributes, &mut layer_attributes);
    let layer = Layer::new(size, layer_attributes, encoding, AnyChannels::sort(list));
    let file = ExrImage { attributes: image_attributes, layer_data: layer };
    let mut bytes = Cursor::new(Vec::new());
    let refused = |error: exr::error::Error| FrameError::Encode(error.to_string());
    file.write().non_parallel().to_buffered(&mut bytes).map_err(refused)?;
    in_order(bytes.into_inner())
}

/// Writes the picture and its header at `path`, replacing what stood there, whole or not at all. It is a host's file for its
/// worker, which reads it at once and stores what passes: nobody waits until the disk has it.
///
/// # Errors
/// As [`encode_exr`], and [`FrameError::Io`] when the file cannot be written.
pub fn write_exr(path: &Path, image: &Image, header: &Header) -> Result<(), FrameError> {
    write_exr_with(path, image, Vec::new(), header)
}

/// As [`write_exr`], with other channels.
///
/// # Errors
/// As [`encode_exr_with`], and [`FrameError::Io`] when the file cannot be written.
pub fn write_exr_with(
    path: &Path,
    image: &Image,
    others: Vec<Channel>,
    header: &Header,
) -> Result<(), FrameError> {
    atomic::hand_over(path, &encode_exr_with(image, others, header)?)
}

/// Reads a frame that [`encode_exr`] made: the picture and its header, both complete.
///
/// # Errors
/// [`FrameError::Damaged`] for anything but a complete EXR, [`FrameError::Size`] when it claims more pixels than
/// its bytes can hold, [`FrameError::Channel`] and [`FrameError::Header`] when something is missing.
pub fn decode_exr(bytes: &[u8]) -> Result<(Image, Header), FrameError> {
    let file = open_exr(bytes)?;
    let header = file.header.clone();
    Ok((file.into_picture(), header))
}

/// As [`decode_exr`], with every channel, and red, green and blue as they stand in the file.
///
/// # Errors
/// As [`decode_exr`].
pub fn open_exr(bytes: &[u8]) -> Result<FrameFile, FrameError> {
    let (image, others, layer) = decode(bytes, |name| Some(name.to_owned()))?;
    Ok(FrameFile { image, others, header: attributes::read(&layer)? })
}

/// Reads the red, green and blue of any flat EXR's first layer, whoever wrote it.
///
/// # Errors
/// As [`decode_exr`], without the header's.
pub fn decode_exr_pixels(bytes: &[u8]) -> Result<Image, FrameError> {
    decode_exr_channels(bytes, |name| Some(name.to_owned())).map(|(image, _)| image)
}

/// As [`decode_exr_pixels`], with the other channels. `name` says what a channel of the file is called here; none leaves it out.
///
/// # Errors
/// As [`decode_exr_pixels`].
pub fn decode_exr_channels(
    bytes: &[u8],
    name: impl Fn(&str) -> Option<String>,
) -> Result<(Image, Vec<Channel>), FrameError> {
    decode(bytes, name).map(|(image, others, _)| (image, others))
}

/// Reads the frame at `path`.
///
/// # Errors
/// As [`decode_exr`], and [`FrameError::Io`] when the file cannot be read.
pub fn read_exr(path: &Path) -> Result<(Image, Header), FrameError> {
    let failed = |source| FrameError::Io { action: "read", path: path.to_owned(), source };
    decode_exr(&fs::read(path).map_err(failed)?)
}

/// The matrix into the space of that name, where it is another one than in memory.
fn conversion(space: &str) -> Option<DMat3> {
    ColourSpace::named(space).and_then(|space| space.matrix())
}

fn in_space<'a>(image: &'a Image, space: &str) -> Cow<'a, [[f32; 3]]> {
    let Some(there) = conversion(space) else { return Cow::Borrowed(&image.pixels) };
    let mut pixels = image.pixels.clone();
    colour::apply(there, &mut pixels);
    Cow::Owned(pixels)
}

/// A picture, its other channels, and the attributes of the layer that they are of.
type Decoded = (Image, Vec<Channel>, LayerAttributes);

fn decode(bytes: &[u8], called: impl Fn(&str) -> Option<String>) -> Result<Decoded, FrameError> {
    check_claims(bytes)?;
    let file = read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .first_valid_layer()
        .all_attributes()
        .non_parallel()
        .pedantic()
        .from_buffered(Cursor::new(bytes))
        .map_err(|error| damaged(&error))?;
    let layer = file.layer_data;
    let (width, height) = (layer.size.width(), layer.size.height());
    // What has fewer numbers than the picture has pixels is no channel of it.
    let whole =
        layer.channel_data.list.into_iter().filter(|channel| channel.sample_data.len() == width * height);
    let mut channels: Vec<Channel> = whole
        .filter_map(|channel| {
            let name = called(&String::from_utf8_lossy(channel.name.as_slice()))?;
            Some(Channel { name, samples: channel.sample_data })
        })
        .collect();
    let mut take = |name: char| {
        let at = channels.iter().position(|channel| channel.name.chars().eq([name]));
        at.map(|at| channels.remove(at).samples).ok_or(FrameError::Channel(name))
    };
    let colours = [take('R')?, take('G')?, take('B')?];
    let pixels = woven(colours.each_ref(), width * height);
    let side = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Ok((Image { width: side(width), height: side(height), pixels }, channels, layer.attributes))
}

/// Refuses channels that do not fit the picture, and two of one name.
fn check_others(image: &Image, others: &[Channel]) -> Result<(), FrameError> {
    if let Some(channel) = others.iter().find(|channel| channel.samples.len() != image.pixels.len()) {
        let (width, height) = (u64::from(image.width), u64::from(image.height));
        return Err(FrameError::Size { width, height, pixels: channel.samples.len() as u64 });
    }
    let mut names: Vec<&str> = others.iter().map(Channel::name).chain(["R", "G", "B"]).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(FrameError::Encode(format!("there are two channels {}", pair[0]))),
        None => Ok(()),
    }
}

/// The pixels of three channels of `count` samples each. In pieces that stay in the nearest cache, and many values at a time.
fn woven(channels: [&FlatSamples; 3], count: usize) -> Vec<[f32; 3]> {
    const PIECE: usize = 2048;
    let mut pixels = vec![[0.0; 3]; count];
    let [mut red, mut green, mut blue] = [[0.0; PIECE]; 3];
    for (piece, woven) in pixels.chunks_mut(PIECE).enumerate() {
        let (from, length) = (piece * PIECE, woven.len());
        for (channel, values) in channels.into_iter().zip([&mut red, &mut green, &mut blue]) {
            values_of(channel, from, &mut values[..length]);
        }
        for (pixel, ((red, green), blue)) in woven.iter_mut().zip(red.iter().zip(&green).zip(&blue)) {
            *pixel = [*red, *green, *blue];
        }
    }
    pixels
}

/// As many samples from the one at `from` on as there is room for.
fn values_of(channel: &FlatSamples, from: usize, values: &mut [f32]) {
    let wanted = from..from + values.len();
    match channel {
        FlatSamples::F16(samples) => samples[wanted].convert_to_f32_slice(values),
        FlatSamples::F32(samples) => values.copy_from_slice(&samples[wanted]),
        FlatSamples::U32(samples) => {
            values.iter_mut().zip(&samples[wanted]).for_each(|(value, sample)| *value = *sample as f32);
        }
    }
}

/// Refuses a file whose header promises more pixels than may be, or than its bytes can hold.
fn check_claims(bytes: &[u8]) -> Result<(), FrameError> {
    let meta = MetaData::read_from_buffered(bytes, true).map_err(|error| damaged(&error))?;
    let held = (bytes.len() as u64).saturating_mul(BEST_COMPRESSION);
    for header in &meta.headers {
        let (width, height) = (header.layer_size.width() as u64, header.layer_size.height() as u64);
        let longest = u64::from(LONGEST_SIDE);
        let channels = header.channels.list.len() as u64;
        let pixels = width.saturating_mul(height);
        let allowed =
            width > 0 && height > 0 && width <= longest && height <= longest && pixels <= MOST_PIXELS;
        if !allowed || channels > MOST_CHANNELS || pixels.saturating_mul(channels).saturating_mul(2) > held {
            return Err(FrameError::Size { width, height, pixels: bytes.len() as u64 });
        }
    }
    Ok(())
}

/// More channels than this are no picture of ours or of any renderer we know.
const MOST_CHANNELS: u64 = 64;

fn damaged(error: &exr::error::Error) -> FrameError {
    FrameError::Damaged { format: FrameFormat::Exr, reason: error.to_string() }
}

fn half_of(value: f32) -> f16 {
    f16::from_f32(if value.is_nan() { value } else { value.clamp(-65504.0, 65504.0) })
}

/// Sorts the header's attributes by name. The encoder keeps them in a hash map, whose order changes from run to
/// run; each attribute stands alone, so moving them changes no offset.
fn in_order(mut bytes: Vec<u8>) -> Result<Vec<u8>, FrameError> {
    const MAGIC_AND_VERSION: usize = 8;
    let mut attributes = Vec::new();
    let mut at = MAGIC_AND_VERSION;
    let cut_short = || FrameError::Encode("the header is cut short".to_owned());
    while *bytes.get(at).ok_or_else(cut_short)? != 0 {
        let start = at;
        let zero =
            |from: usize| bytes[from..].iter().position(|&byte| byte == 0).map(|length| from + length + 1);
        let value = zero(at).and_then(zero).ok_or_else(cut_short)?;
        let size = bytes.get(value..value + 4).and_then(|size| size.try_into().ok()).ok_or_else(cut_short)?;
        at = value + 4 + u32::from_le_bytes(size) as usize;
        attributes.push(bytes.get(start..at).ok_or_else(cut_short)?.to_vec());
    }
    attributes.sort_unstable();
    bytes.splice(MAGIC_AND_VERSION..at, attributes.concat());
    Ok(bytes)
}

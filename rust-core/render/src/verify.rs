//! Whether a frame is what was asked for: only what passes here is committed, and what is committed passes again.
//!
//! A host's word proves nothing. Each file is opened completely and judged by its pixels and its header.

mod channels;
mod job;
mod light;
mod seam;

use cyclorama_content::{Digest, Hasher};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::FrameNumber;
use cyclorama_tracking::CameraFrame;

pub(crate) use job::begins_anew;
pub(crate) use job::expected;
pub use job::{BadFrame, BadFrames, VerifyReport, judge_borders, verify_job};
pub use light::{LightOf, mean_luminance, most_stops};
pub use seam::{Changes, Seam, difference};

use crate::frame::{FrameError, FrameFormat, Header, Image, open_frame};
use crate::plan::{Passes, Size};

/// What a frame must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Its number.
    pub frame: FrameNumber,
    /// Its size.
    pub size: Size,
    /// What kind of file it is.
    pub format: FrameFormat,
    /// Name of its colour space.
    pub colour_space: String,
    /// The passes it consists of.
    pub passes: Passes,
    /// Pixels of the frame before it, when they are known and the camera moved in between.
    pub must_differ_from: Option<(FrameNumber, Digest)>,
    /// How bright the frame before it is, when it is known and brightness is judged.
    pub light: Option<LightOf>,
}

/// A frame that passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checked {
    /// Digest of the pixels alone: headers and compression do not count.
    pub pixels: Digest,
    /// Digest of the file's bytes.
    pub file: Digest,
    /// Size of the file.
    pub bytes: u64,
    /// Mean luminance of the picture (see [`mean_luminance`]).
    pub luminance: f64,
}

/// What is wrong with a frame.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameFault {
    /// The file is cut, damaged, or lacks channels or header fields.
    #[error("the file is not a complete frame: {0}")]
    Unreadable(#[source] FrameError),
    /// A file of another format.
    #[error("the file is {} instead of {}", found.in_words(), wanted.in_words())]
    Format {
        /// What was asked for.
        wanted: FrameFormat,
        /// What it is.
        found: FrameFormat,
    },
    /// Another picture size.
    #[error("the picture is {}x{} instead of {}x{}", found.width, found.height, wanted.width, wanted.height)]
    Size {
        /// What was asked for.
        wanted: Size,
        /// What it is.
        found: Size,
    },
    /// The header names another frame.
    #[error("the header says frame {}", .0.0)]
    Number(FrameNumber),
    /// The header names another colour space.
    #[error("the header says colour space `{0}`")]
    ColourSpace(String),
    /// A pass that was planned is not there.
    #[error("the pass {pass} is missing: the file has no channel {channel}")]
    Lacks {
        /// The pass.
        pass: String,
        /// What its channel would be called.
        channel: String,
    },
    /// A number that cannot be.
    #[error(
        "channel {channel} is {} at column {column}, row {row}{}",
        if value.is_nan() { "not a number" } else { "infinite" },
        if *count > 1 { format!(", the first of {count} such values") } else { String::new() }
    )]
    Value {
        /// The channel.
        channel: String,
        /// The number.
        value: f32,
        /// Pixels from the left.
        column: u32,
        /// Rows from the top.
        row: u32,
        /// How many such numbers there are in it; for a colour, in all three.
        count: u64,
    },
    /// Nothing but black.
    #[error("all pixels are black")]
    Black,
    /// One colour everywhere.
    #[error("all pixels are the same")]
    Constant,
    /// The pixels of the frame before, though the camera moved.
    #[error("the pixels are those of frame {}, though the camera moved", .0.0)]
    Duplicate(FrameNumber),
    /// Much brighter or darker than the frame before.
    #[error(
        "the picture is {:.1} stops {} than frame {}; the camera's motion explains {:.1}",
        stops.abs(), if *stops < 0.0 { "darker" } else { "brighter" }, neighbour.0, most
    )]
    Jump {
        /// The frame before.
        neighbour: FrameNumber,
        /// Stops between them.
        stops: f64,
        /// The most there may be.
        most: f64,
    },
}

impl Classify for FrameFault {
    fn kind(&self) -> Kind {
        Kind::Integrity
    }
}

/// Judges the bytes of a frame's file.
///
/// # Errors
/// [`FrameFault`]: the first thing that is wrong with it.
pub fn check_frame(file: &[u8], expected: &Expected) -> Result<Checked, FrameFault> {
    open_and_check(file, Digest::of(file), expected).map(|(checked, _)| checked)
}

/// As [`check_frame`], of a file whose digest is known, with the picture. What a picture is judged by is its beauty alone.
pub(crate) fn open_and_check(
    file: &[u8],
    digest: Digest,
    expected: &Expected,
) -> Result<(Checked, Image), FrameFault> {
    if let Some(found) = FrameFormat::of(file)
        && found != expected.format
    {
        return Err(FrameFault::Format { wanted: expected.format, found });
    }
    let frame = open_frame(file).map_err(FrameFault::Unreadable)?;
    check_header(&frame.image, &frame.header, expected)?;
    channels::check(&frame, &expected.passes)?;
    let image = frame.into_picture();
    check_picture(&image)?;
    let pixels = digest_of_pixels(&image);
    if let Some((neighbour, other)) = expected.must_differ_from
        && other == pixels
    {
        return Err(FrameFault::Duplicate(neighbour));
    }
    let luminance = mean_luminance(&image);
    if let Some(light) = expected.light
        && let Some(stops) = light.jump_to(luminance)
    {
        return Err(FrameFault::Jump { neighbour: light.frame, stops, most: light.most_stops });
    }
    Ok((Checked { pixels, file: digest, bytes: file.len() as u64, luminance }, image))
}

fn check_header(image: &Image, header: &Header, expected: &Expected) -> Result<(), FrameFault> {
    let found = Size { width: image.width, height: image.height };
    if found != expected.size {
        return Err(FrameFault::Size { wanted: expected.size, found });
    }
    if header.frame != expected.frame {
        return Err(FrameFault::Number(header.frame));
    }
    if header.colour_space != expected.colour_space {
        return Err(FrameFault::ColourSpace(header.colour_space.clone()));
    }
    Ok(())
}

fn check_picture(image: &Image) -> Result<(), FrameFault> {
    let Some(first) = image.pixels.first() else { return Err(FrameFault::Constant) };
    if image.pixels.iter().any(|pixel| pixel != first) || image.pixels.len() == 1 {
        return Ok(());
    }
    Err(if first.iter().all(|value| *value <= 0.0) { FrameFault::Black } else { FrameFault::Constant })
}

/// Pixels that are hashed at once.
const PIECE: usize = 16 << 10;

/// Digest of size and pixels; the same picture has the same one whatever file it is in.
pub fn digest_of_pixels(image: &Image) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update(&image.width.to_le_bytes()).update(&image.height.to_le_bytes());
    // Long pieces: the hash takes many kilobytes side by side, and one row by row.
    let mut bytes = vec![0; 12 * PIECE.min(image.pixels.len())];
    for pixels in image.pixels.chunks(PIECE) {
        let values = pixels.as_flattened();
        let (places, _) = bytes.as_chunks_mut();
        places.iter_mut().zip(values).for_each(|(place, value)| *place = value.to_le_bytes());
        hasher.update(&bytes[..4 * values.len()]);
    }
    hasher.finish()
}

/// Whether the camera moved or zoomed so much between two frames that their pictures cannot be equal: more than
/// 2 mm, 0.05 degrees or half a percent of focal length. Stillness never counts against a frame.
pub fn camera_moved(before: &CameraFrame, after: &CameraFrame) -> bool {
    let turn = before.pose.rotation.angle_between(after.pose.rotation);
    let focal = |frame: &CameraFrame| frame.lens.focal_length_mm.unwrap_or(1.0);
    before.pose.position.distance(after.pose.position) > 0.002
        || turn > 0.05_f64.to_radians()
        || (focal(before) / focal(after) - 1.0).abs() > 0.005
}

#[cfg(test)]
mod many_tests;
#[cfg(test)]
mod tests;

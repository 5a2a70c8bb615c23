//! A finished picture and what is known of it: pixels, header, and the files they travel in.
//!
//! Pixels are linear light, Rec.709 primaries, D65 white; a file may be in another space that its header names. The same picture always gives the same bytes: no
//! file carries a date. Files appear whole (written beside their name, then renamed) or not at all. A frame of a job is an EXR or a PNG;
//! whoever reads frames reads both.

mod atomic;
mod attributes;
mod channel;
mod colour;
mod exr_file;
mod format;
pub(crate) mod lens_table;
mod png_file;
mod png_frame;
mod png_text;
mod said;
mod transfer;

use std::path::PathBuf;

use cyclorama_content::Digest;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_space::{LensState, Pose};
use cyclorama_time::{FrameNumber, FrameRate, Timecode};
use serde::{Deserialize, Serialize};

pub use channel::{ALPHA, Channel};
pub(crate) use channel::{Fault, fault};
pub use colour::ColourSpace;
pub use exr_file::{
    FrameFile, decode_exr, decode_exr_channels, decode_exr_pixels, encode_exr, encode_exr_with, open_exr,
    read_exr, write_exr, write_exr_with,
};
pub use format::{FormatError, FrameFormat, decode_frame, open_frame, read_frame, write_frame};
pub use png_file::{encode_png, srgb_bytes, write_png};
pub use png_frame::{PngDepth, PngPicture, decode_png_picture, encode_png_frame, open_png, write_png_frame};

/// The colour space of every picture in memory, and of files unless another is asked for, as headers name it.
pub const COLOUR_SPACE: &str = "lin_rec709_scene";

/// The colour space of PNG frames: as above, with the transfer function of sRGB.
pub const PNG_COLOUR_SPACE: &str = "srgb_rec709_scene";

/// No side of a picture is longer, pixels.
pub const LONGEST_SIDE: u32 = 16_384;

/// No picture has more pixels than this (8192 x 8192).
pub const MOST_PIXELS: u64 = 1 << 26;

/// No compression of a picture's file shrinks data more than this (deflate ends near 1030).
const BEST_COMPRESSION: u64 = 1100;

/// A picture: linear light, Rec.709 primaries, D65 white, rows from the top.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height` pixels: red, green, blue.
    pub pixels: Vec<[f32; 3]>,
}

impl Image {
    /// A picture of one colour.
    pub fn filled(width: u32, height: u32, colour: [f32; 3]) -> Self {
        Self { width, height, pixels: vec![colour; width as usize * height as usize] }
    }

    /// The pixel at column `x`, row `y`, or `None` outside the picture.
    pub fn at(&self, x: u32, y: u32) -> Option<[f32; 3]> {
        let index = u64::from(y) * u64::from(self.width) + u64::from(x);
        (x < self.width && y < self.height).then(|| self.pixels.get(index as usize).copied())?
    }
}

/// What a rendered frame says about itself. Everything here is written into its file and read back exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Name of the take.
    pub take: String,
    /// Slate or shot, when the take has one.
    pub shot: Option<String>,
    /// Frame number within the take.
    pub frame: FrameNumber,
    /// Timecode label, when the take has timecode.
    pub timecode: Option<Timecode>,
    /// Frames per second.
    pub rate: FrameRate,
    /// Camera (sensor) pose in the stage frame, metres.
    pub pose: Pose,
    /// Lens.
    pub lens: LensState,
    /// Name of the colour space in the file, [`COLOUR_SPACE`] or [`PNG_COLOUR_SPACE`] usually. A name that is no [`ColourSpace`] is kept, and the
    /// pixels are taken as they are.
    pub colour_space: String,
    /// What an OCIO configuration calls that space, where one was named.
    pub ocio: Option<OcioName>,
    /// What drew it, with its version.
    pub software: String,
}

/// A colour space by the name that a certain OCIO configuration has for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OcioName {
    /// The name.
    pub space: String,
    /// The configuration's bytes.
    pub config: Digest,
}

/// Why a picture could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The file system refused.
    #[error("{action} `{}`", path.display())]
    Io {
        /// What was tried, as in "create".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The picture's sides and its pixels do not agree, or it is empty or too large.
    #[error("a picture of {width} x {height} with {pixels} pixels cannot be stored")]
    Size {
        /// Pixels in a row.
        width: u64,
        /// Rows.
        height: u64,
        /// Pixels there are, or bytes that should hold them.
        pixels: u64,
    },
    /// The bytes are no complete file of their format.
    #[error("read the picture as {}: {reason}", format.in_words())]
    Damaged {
        /// What they should be.
        format: FrameFormat,
        /// What is wrong.
        reason: String,
    },
    /// A PNG of other samples than a frame has.
    #[error("the PNG has {0}, and not red, green and blue of 8 or 16 bits")]
    Samples(String),
    /// A PNG whose colours are said in a way that is not read here.
    #[error("the PNG's cICP says {0}")]
    Colours(String),
    /// A picture without red, green and blue.
    #[error("the picture has no channel {0}")]
    Channel(char),
    /// The header lacks something that frames of ours always say, or says it in a way that cannot be.
    #[error("the header's `{0}` is missing or cannot be read")]
    Header(&'static str),
    /// An encoder refused.
    #[error("encode the picture: {0}")]
    Encode(String),
}

impl Classify for FrameError {
    fn kind(&self) -> Kind {
        match self {
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Kind::NotFound,
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => Kind::Refused,
            Self::Size { .. } => Kind::User,
            Self::Damaged { .. }
            | Self::Samples(_)
            | Self::Colours(_)
            | Self::Channel(_)
            | Self::Header(_) => Kind::Integrity,
            Self::Io { .. } | Self::Encode(_) => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Damaged { .. } | Self::Channel(_) => Some("render this frame again".to_owned()),
            Self::Header(_) => Some("only frames that Cyclorama wrote carry its header".to_owned()),
            _ => None,
        }
    }
}

/// Refuses pictures that no file of ours may hold.
fn check_size(image: &Image) -> Result<(), FrameError> {
    let (width, height) = (u64::from(image.width), u64::from(image.height));
    let pixels = image.pixels.len() as u64;
    let longest = u64::from(LONGEST_SIDE);
    let fits =
        width > 0 && height > 0 && width <= longest && height <= longest && width * height <= MOST_PIXELS;
    if fits && width * height == pixels { Ok(()) } else { Err(FrameError::Size { width, height, pixels }) }
}

#[cfg(test)]
mod png_tests;
#[cfg(test)]
mod tests;

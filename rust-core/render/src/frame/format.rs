//! Which kind of file a frame is, and reading one whatever it is.

use std::fmt;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Serialize};

use super::png_frame::{self, PngDepth};
use super::{
    COLOUR_SPACE, Channel, FrameError, FrameFile, Header, Image, PNG_COLOUR_SPACE, open_exr, open_png,
    write_exr_with,
};

/// The kind of file that a job's frames are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FrameFormat {
    /// OpenEXR: light as it is, in half floats, and every pass.
    #[default]
    Exr,
    /// PNG: 8 or 16 bits a channel, sRGB transfer, nothing above white, and the beauty alone.
    Png,
}

/// A word that is no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no format of frames: wanted is exr or png")]
pub struct FormatError(String);

impl Classify for FormatError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

impl FrameFormat {
    /// All there are.
    pub(crate) const ALL: [Self; 2] = [Self::Exr, Self::Png];

    /// The format that these bytes begin as; none when they are neither.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|format| bytes.starts_with(format.signature()))
    }

    /// Whether it is what jobs have unless they ask for another.
    pub fn is_exr(&self) -> bool {
        *self == Self::Exr
    }

    /// How names of its files end, without the full stop; and how people write it.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Exr => "exr",
            Self::Png => "png",
        }
    }

    /// Its name in sentences.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Exr => "OpenEXR",
            Self::Png => "PNG",
        }
    }

    /// The colour space of frames where nobody asks for another.
    pub const fn colour_space(self) -> &'static str {
        match self {
            Self::Exr => COLOUR_SPACE,
            Self::Png => PNG_COLOUR_SPACE,
        }
    }

    const fn signature(self) -> &'static [u8] {
        match self {
            Self::Exr => &[0x76, 0x2f, 0x31, 0x01],
            Self::Png => b"\x89PNG\r\n\x1a\n",
        }
    }
}

impl fmt::Display for FrameFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

impl FromStr for FrameFormat {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let is_named = |format: &Self| format.extension() == text;
        Self::ALL.into_iter().find(is_named).ok_or_else(|| FormatError(text.to_owned()))
    }
}

/// Reads a frame of either format, with every channel.
///
/// # Errors
/// As [`open_exr`] and [`open_png`]; bytes that are neither are no complete EXR.
pub fn open_frame(bytes: &[u8]) -> Result<FrameFile, FrameError> {
    match FrameFormat::of(bytes) {
        Some(FrameFormat::Png) => open_png(bytes),
        Some(FrameFormat::Exr) | None => open_exr(bytes),
    }
}

/// Reads a frame of either format: the picture in linear Rec.709, and its header.
///
/// # Errors
/// As [`open_frame`].
pub fn decode_frame(bytes: &[u8]) -> Result<(Image, Header), FrameError> {
    let file = open_frame(bytes)?;
    let header = file.header.clone();
    Ok((file.into_picture(), header))
}

/// Reads the frame at `path`, of either format.
///
/// # Errors
/// As [`open_frame`], and [`FrameError::Io`] when the file cannot be read.
pub fn read_frame(path: &Path) -> Result<(Image, Header), FrameError> {
    let failed = |source| FrameError::Io { action: "read", path: path.to_owned(), source };
    decode_frame(&fs::read(path).map_err(failed)?)
}

/// Writes a frame for its worker, replacing what stood there, whole or not at all. A PNG has 16 bits a channel, and the picture alone:
/// `others` have no place in it.
///
/// # Errors
/// As [`write_exr_with`] and [`write_png_frame`](super::write_png_frame).
pub fn write_frame(
    format: FrameFormat,
    path: &Path,
    image: &Image,
    others: Vec<Channel>,
    header: &Header,
) -> Result<(), FrameError> {
    match format {
        FrameFormat::Exr => write_exr_with(path, image, others, header),
        FrameFormat::Png => png_frame::write_png_frame(path, image, PngDepth::Sixteen, header),
    }
}

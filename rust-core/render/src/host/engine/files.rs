//! Files of an engine: which one is a frame's, and whether it is whole.

use std::fs;
use std::path::{Path, PathBuf};

use cyclorama_time::FrameNumber;

use crate::frame::{Channel, FrameFormat, Image, PngPicture, decode_exr_channels, decode_png_picture};
use crate::host::HostError;

/// What an engine drew.
pub(super) enum Drawn {
    /// A picture, and what it wrote beside its colours.
    Exr(Image, Vec<Channel>),
    /// A picture for the eye.
    Png(PngPicture),
}

/// How a file looked when it was looked at last.
#[derive(Default)]
pub(super) struct Seen(u64);

impl Seen {
    /// Whether it has grown no more since the last look. That alone does not make it whole: it is opened.
    pub(super) fn is_steady(&mut self, file: &Path) -> bool {
        let bytes = fs::metadata(file).map_or(0, |meta| meta.len());
        bytes > 0 && std::mem::replace(&mut self.0, bytes) == bytes
    }
}

/// The file of this format in `folder` that has the frame's number between two full stops of its name: engines add words of their
/// own, such as the pass.
pub(super) fn of_frame(folder: &Path, frame: FrameNumber, format: FrameFormat) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| number_of(path, format) == Some(frame)).min()
}

/// The number in the name of a file of this format: the last part that is one.
pub(super) fn number_of(path: &Path, format: FrameFormat) -> Option<FrameNumber> {
    let name = path.file_name()?.to_str()?;
    let (stem, extension) = name.rsplit_once('.')?;
    if !extension.eq_ignore_ascii_case(format.extension()) {
        return None;
    }
    stem.split('.').rev().find_map(|part| part.parse().ok()).map(FrameNumber)
}

/// What is in a file, which is removed; `None` when it is not whole and may still become so.
pub(super) fn taken(file: &Path, format: FrameFormat, is_final: bool) -> Result<Option<Drawn>, HostError> {
    let read = fs::read(file).map_err(|error| error.to_string());
    let named = |name: &str| Some(name.to_owned());
    let decode = |bytes: Vec<u8>| match format {
        FrameFormat::Exr => {
            decode_exr_channels(&bytes, named).map(|(image, others)| Drawn::Exr(image, others))
        }
        FrameFormat::Png => decode_png_picture(&bytes).map(Drawn::Png),
    };
    match read.and_then(|bytes| decode(bytes).map_err(|error| error.to_string())) {
        Ok(drawn) => {
            // What lies there still would be taken for another range's.
            fs::remove_file(file).map_err(|error| HostError(format!("{}: {error}", file.display())))?;
            clear_twins(file, format);
            Ok(Some(drawn))
        }
        Err(_) if !is_final => Ok(None),
        Err(why) => Err(HostError(format!("the engine's file {} is no frame: {why}", file.display()))),
    }
}

/// Removes what lies there of the same frame in another format: a preset may write both, and what nobody asks for would fill the disk.
fn clear_twins(file: &Path, format: FrameFormat) {
    let Some((folder, frame)) = file.parent().zip(number_of(file, format)) else { return };
    for other in FrameFormat::ALL.into_iter().filter(|other| *other != format) {
        if let Some(twin) = of_frame(folder, frame, other) {
            // It may be gone, or being written still: the folder goes with the worker.
            let _ = fs::remove_file(twin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frames_file_is_known_by_the_number_in_its_name() {
        let of = |name: &str, format| number_of(Path::new(name), format).map(|frame| frame.0);
        let number = |name: &str| of(name, FrameFormat::Exr);
        assert_eq!(number("frame.000120.exr"), Some(120));
        assert_eq!(number("frame.FinalImage.000120.EXR"), Some(120));
        assert_eq!(number("frame.-00012.exr"), Some(-12));
        assert_eq!(number("take.3.beauty.exr"), Some(3));
        assert_eq!((number("frame.000120.png"), number("frame.exr"), number("x")), (None, None, None));
        assert_eq!(of("frame.FinalImage.000120.png", FrameFormat::Png), Some(120));
        assert_eq!(of("frame.FinalImage.000120.exr", FrameFormat::Png), None);
    }
}

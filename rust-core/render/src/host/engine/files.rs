//! Files of an engine: which one is a frame's, and whether it is whole.

use std::fs;
use std::path::{Path, PathBuf};

use cyclorama_time::FrameNumber;

use crate::frame::{Channel, Image, decode_exr_channels};
use crate::host::HostError;

/// A picture, and what an engine wrote beside its colours.
pub(super) type Drawn = (Image, Vec<Channel>);

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

/// The EXR file in `folder` that has the frame's number between two full stops of its name: engines add words of their
/// own, such as the pass.
pub(super) fn of_frame(folder: &Path, frame: FrameNumber) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| number_of(path) == Some(frame)).min()
}

/// The number in a file's name: the last part that is one.
pub(super) fn number_of(path: &Path) -> Option<FrameNumber> {
    let name = path.file_name()?.to_str()?;
    let (stem, extension) = name.rsplit_once('.')?;
    if !extension.eq_ignore_ascii_case("exr") {
        return None;
    }
    stem.split('.').rev().find_map(|part| part.parse().ok()).map(FrameNumber)
}

/// What is in a file, which is removed; `None` when it is not whole and may still become so.
pub(super) fn taken(file: &Path, is_final: bool) -> Result<Option<Drawn>, HostError> {
    let read = fs::read(file).map_err(|error| error.to_string());
    let named = |name: &str| Some(name.to_owned());
    let drawn = read.and_then(|bytes| decode_exr_channels(&bytes, named).map_err(|error| error.to_string()));
    match drawn {
        Ok(drawn) => {
            // What lies there still would be taken for another range's.
            fs::remove_file(file).map_err(|error| HostError(format!("{}: {error}", file.display())))?;
            Ok(Some(drawn))
        }
        Err(_) if !is_final => Ok(None),
        Err(why) => Err(HostError(format!("the engine's file {} is no frame: {why}", file.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frames_file_is_known_by_the_number_in_its_name() {
        let number = |name: &str| number_of(Path::new(name)).map(|frame| frame.0);
        assert_eq!(number("frame.000120.exr"), Some(120));
        assert_eq!(number("frame.FinalImage.000120.EXR"), Some(120));
        assert_eq!(number("frame.-00012.exr"), Some(-12));
        assert_eq!(number("take.3.beauty.exr"), Some(3));
        assert_eq!((number("frame.000120.png"), number("frame.exr"), number("x")), (None, None, None));
    }
}

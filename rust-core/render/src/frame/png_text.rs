//! Between [`Header`] and the text chunks of a PNG: the same `cyclorama.*` names as in an EXR, and PNG's own `Software`.

use png::text_metadata::{ITXtChunk, ZTXtChunk};

use super::said::{self, VERSION, VERSION_NAME};
use super::{FrameError, Header};

/// PNG's own keyword for what made the picture.
const SOFTWARE: &str = "Software";
/// A text of ours is no longer, bytes.
const LONGEST: usize = 64 << 10;

/// What the file says, as keyword and text.
pub(super) fn texts(header: &Header) -> Vec<(String, String)> {
    let first = [(SOFTWARE, header.software.clone()), (VERSION_NAME, VERSION.to_string())];
    first.into_iter().map(|(name, text)| (name.to_owned(), text)).chain(said::texts(header)).collect()
}

/// Whether text can stand in a `tEXt` chunk, which more programs read than `iTXt`.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n'))
}

/// The header that a PNG carries, in text chunks of any kind.
///
/// # Errors
/// [`FrameError::Header`] with the name of what is missing or cannot be read.
pub(super) fn read(info: &png::Info<'_>) -> Result<Header, FrameError> {
    let find = |name: &str| find(info, name);
    if find(VERSION_NAME).as_deref() != Some(&VERSION.to_string()[..]) {
        return Err(FrameError::Header(VERSION_NAME));
    }
    said::header(&find, find(SOFTWARE))
}

fn find(info: &png::Info<'_>, name: &str) -> Option<String> {
    let plain = info.uncompressed_latin1_text.iter().find(|chunk| chunk.keyword == name);
    let text = plain.map(|chunk| chunk.text.clone()).or_else(|| {
        let chunk = info.utf8_text.iter().find(|chunk| chunk.keyword == name)?;
        unpacked(chunk.clone(), ITXtChunk::decompress_text_with_limit, ITXtChunk::get_text)
    });
    let text = text.or_else(|| {
        let chunk = info.compressed_latin1_text.iter().find(|chunk| chunk.keyword == name)?;
        unpacked(chunk.clone(), ZTXtChunk::decompress_text_with_limit, ZTXtChunk::get_text)
    });
    text.filter(|text| text.len() <= LONGEST)
}

/// The text of a chunk that may be compressed, if it is not too long.
fn unpacked<C>(
    mut chunk: C,
    unpack: fn(&mut C, usize) -> Result<(), png::DecodingError>,
    text: fn(&C) -> Result<String, png::DecodingError>,
) -> Option<String> {
    unpack(&mut chunk, LONGEST).ok()?;
    text(&chunk).ok()
}

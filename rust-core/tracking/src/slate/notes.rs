//! Notes about takes: lines appended beside a take, never into it and never changed.
//!
//! A take is immutable; what is learnt of it later stands in `NAME.notes.jsonl`, one JSON object per line. A line
//! that a killed writer left half done is passed over by readers and mended by the next writer's line end.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use cyclorama_time::UtcTime;
use serde::{Deserialize, Serialize};

use crate::take::TakeError;

/// Names the form of a line.
pub const SCHEMA: &str = "cyclorama.note/1";
/// A note is not longer than this, in bytes.
const LONGEST: usize = 4_096;

/// One note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// [`SCHEMA`].
    pub schema: String,
    /// The take's name.
    pub take: String,
    /// When it was noted, UTC.
    pub at: UtcTime,
    /// What.
    pub text: String,
}

/// Where the notes of the take at `path` stand.
pub fn path_of(path: &Path) -> PathBuf {
    path.with_extension("notes.jsonl")
}

/// Appends a note to those of the take at `path`; on the disk when this returns.
///
/// # Errors
/// When the file cannot be written.
pub fn append(path: &Path, take: &str, text: &str, at: UtcTime) -> Result<(), TakeError> {
    let place = path_of(path);
    let fail = |source| TakeError::io("write", &place, source);
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let note = Note { schema: SCHEMA.to_owned(), take: take.to_owned(), at, text: text[..end].to_owned() };
    let line = serde_json::to_string(&note).map_err(|error| fail(io::Error::other(error)))?;
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(&place).map_err(fail)?;
    let mut written = String::new();
    if !ends_whole(&mut file).map_err(fail)? {
        written.push('\n');
    }
    written += &line;
    written.push('\n');
    file.write_all(written.as_bytes()).and_then(|()| file.sync_all()).map_err(fail)
}

/// The notes of the take at `path`, oldest first; none where there is no file.
///
/// # Errors
/// When there is one and it cannot be read.
pub fn read(path: &Path) -> Result<Vec<Note>, TakeError> {
    let place = path_of(path);
    match fs::read_to_string(&place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(TakeError::io("read", &place, source)),
        Ok(text) => Ok(parse(&text)),
    }
}

/// The whole notes in `text`; anything else in it is passed over.
pub fn parse(text: &str) -> Vec<Note> {
    let note = |line: &str| serde_json::from_str::<Note>(line).ok().filter(|note| note.schema == SCHEMA);
    text.lines().filter_map(note).collect()
}

fn ends_whole(file: &mut fs::File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last[0] == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_kept_in_order_and_a_torn_line_loses_only_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let take = folder.path().join("A101_t001.take");
        let at = UtcTime::from_nanos(1_764_000_000_000_000_000);
        assert_eq!(read(&take).expect("none yet"), []);
        append(&take, "A101_t001", "good", at).expect("room");
        let mut file = OpenOptions::new().append(true).open(path_of(&take)).expect("there");
        file.write_all(b"{\"schema\":\"cyclorama.no").expect("room");
        append(&take, "A101_t001", "boom in \"shot\"\nat the end", at).expect("room");
        let texts: Vec<_> = read(&take).expect("whole").into_iter().map(|note| note.text).collect();
        assert_eq!(texts, ["good", "boom in \"shot\"\nat the end"]);
    }

    #[test]
    fn a_note_of_any_length_is_cut_at_a_letter() {
        let folder = tempfile::tempdir().expect("a folder");
        let take = folder.path().join("x.take");
        append(&take, "x", &"ü".repeat(5_000), UtcTime::from_nanos(0)).expect("room");
        assert_eq!(read(&take).expect("whole")[0].text.len(), LONGEST);
    }
}

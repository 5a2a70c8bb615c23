//! A file appears whole under its name, or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use cyclorama_assets::local::patiently;

use super::FrameError;

/// Writes `bytes` as `path`: into a file beside it first, flushed to the disk, then renamed.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), FrameError> {
    put(path, bytes, File::sync_all)
}

/// As [`write()`], for somebody who reads it at once and keeps what is good about it elsewhere: it is not flushed. Should the
/// machine lose its power, so does the reader.
pub(super) fn hand_over(path: &Path, bytes: &[u8]) -> Result<(), FrameError> {
    put(path, bytes, |_| Ok(()))
}

fn put(path: &Path, bytes: &[u8], keep: fn(&File) -> io::Result<()>) -> Result<(), FrameError> {
    let beside = beside(path);
    let failed = |action| move |source| FrameError::Io { action, path: path.to_owned(), source };
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        keep(&file)
    });
    let name = || patiently(|| fs::rename(&beside, path)).map_err(failed("rename"));
    let done = written.map_err(failed("write")).and_then(|()| name());
    if done.is_err() {
        // The half-written neighbour is of no use; failing to remove it changes nothing about the error.
        let _ = fs::remove_file(&beside);
    }
    done
}

/// A name in the same folder that no other writer of this or another process uses.
fn beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.{}.part", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

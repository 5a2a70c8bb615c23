//! A finished file appears under its name all at once, or not at all, and never in place of another.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::TakeError;

/// A file being made beside its final place. Dropped before [`Unfinished::place`], it is removed.
pub(super) struct Unfinished {
    temporary: PathBuf,
    path: PathBuf,
    placed: bool,
}

impl Unfinished {
    /// Where to write a file that will stand at `path`.
    ///
    /// # Errors
    /// When something stands there already.
    pub(super) fn at(path: &Path) -> Result<Self, TakeError> {
        if path.symlink_metadata().is_ok() {
            return Err(TakeError::Exists { path: path.to_owned() });
        }
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.part", std::process::id()));
        Ok(Self { temporary: path.with_file_name(name), path: path.to_owned(), placed: false })
    }

    pub(super) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Gives the finished, synced file its name.
    ///
    /// # Errors
    /// When the name was taken meanwhile, or the system refuses.
    pub(super) fn place(mut self) -> Result<(), TakeError> {
        let fail = |source| TakeError::io("create", &self.path, source);
        match fs::hard_link(&self.temporary, &self.path) {
            Ok(()) => {}
            Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => return Err(fail(taken)),
            // A file system without links: the check and the rename are then two steps.
            Err(_) if self.path.symlink_metadata().is_ok() => {
                return Err(TakeError::Exists { path: self.path.clone() });
            }
            Err(_) => {
                fs::rename(&self.temporary, &self.path).map_err(fail)?;
                self.placed = true;
            }
        }
        sync_folder(&self.path);
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.placed {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// A folder's entry for a new file survives a power cut only once the folder is on the disk too. Where a
/// system cannot do that (Windows), there is nothing to be done.
pub(super) fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = fs::File::open(folder) {
        let _ = folder.sync_all();
    }
}

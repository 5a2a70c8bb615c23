//! Names that differ in capital letters alone, where the file system takes them for one.

use std::fs;
use std::io;
use std::path::Path;

use super::{Workspace, WriteError, part};
use crate::local::{OWN_FOLDER, RelPath, Stamp, patiently};

/// Whether the file system of the working folder `root` takes names that differ in capital letters alone for one. The
/// folder's own records tell; where there are none nothing was brought there yet, and it does not matter.
pub fn is_case_blind(root: &Path) -> bool {
    let look = |name: &str| {
        let place = root.join(name);
        fs::symlink_metadata(&place).map(|found| Stamp::at(&place, &found).file_id)
    };
    match (look(OWN_FOLDER), look(&OWN_FOLDER.to_uppercase())) {
        (Ok(own), Ok(other)) => own == other,
        _ => false,
    }
}

impl Workspace {
    /// Gives what lies at `from` the spelling of `to`, which the file system takes for the same path. Fine when it is not
    /// there.
    ///
    /// # Errors
    /// [`WriteError`] when the system refuses.
    pub fn respell(&self, from: &RelPath, to: &RelPath) -> Result<(), WriteError> {
        let (old, new) = (from.name(), to.name());
        let respelt = || {
            let folder = self.existing(to.folder())?;
            self.forget(from.as_str());
            let is_file = folder.symlink_metadata(old)?.is_file();
            if old == new {
                Ok(())
            } else if is_file && cfg!(target_os = "linux") {
                // Linux takes this for moving a file onto itself, and does nothing.
                let aside = part::fresh_name();
                folder.rename(old, &self.parts, &aside)?;
                part::move_into(&self.parts, &aside, &folder, new, false)
            } else {
                patiently(|| folder.rename(old, &folder, new))
            }
        };
        match respelt() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(|source| WriteError::Io { path: to.to_string(), source }),
        }
    }
}

//! Putting files in places where somebody may have saved something meanwhile: then that stays.

use std::fs::{self, File};
use std::io;

use cap_std::fs::OpenOptions;

use super::{Part, Workspace, WriteError, part};
use crate::local::stamp::is_time;
use crate::local::{RelPath, Stamp};

impl Workspace {
    /// Moves a complete file into its place, with its permissions and time, and says how it looks there. `there` is how
    /// what lies in the place looked when it was decided that it goes; none where nothing did.
    ///
    /// # Errors
    /// [`WriteError`]; what was in the place before stays then. [`WriteError::Touched`] when that is something else by now.
    pub fn place(
        &self,
        mut part: Part,
        to: &RelPath,
        mode: u32,
        mtime_ns: i64,
        there: Option<Stamp>,
    ) -> Result<Stamp, WriteError> {
        let failed = |source| WriteError::Io { path: to.to_string(), source };
        let folder = self.made(to.folder()).map_err(failed)?;
        part.finish(mode, mtime_ns).map_err(failed)?;
        let is_over = self.lies_there(to, there)?;
        part.place(&folder, to.name(), is_over).map_err(|source| refused(to, is_over, source))
    }

    /// Whether there is still what looked as `there`; not when it went meanwhile, as nothing is lost then.
    pub(super) fn lies_there(&self, path: &RelPath, there: Option<Stamp>) -> Result<bool, WriteError> {
        let Some(there) = there else { return Ok(false) };
        let place = path.below(&self.path);
        match fs::symlink_metadata(&place) {
            Ok(now) if Stamp::at(&place, &now).is_still(&there) => Ok(true),
            Ok(_) => Err(WriteError::Touched { path: path.to_string() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(WriteError::Io { path: path.to_string(), source }),
        }
    }

    /// Gives a file that looked as `there` other permissions and another time, and says how it looks then.
    ///
    /// # Errors
    /// [`WriteError`] when it is not ours, [`WriteError::Touched`] when it does not look so any more.
    pub fn touch(
        &self,
        path: &RelPath,
        mode: u32,
        mtime_ns: i64,
        there: Option<Stamp>,
    ) -> Result<Stamp, WriteError> {
        let failed = |source| WriteError::Io { path: path.to_string(), source };
        let touched = || WriteError::Touched { path: path.to_string() };
        let file = match self.open_to_touch(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(touched()),
            opened => opened.map_err(failed)?,
        };
        let look = || Stamp::of(&file).map_err(failed);
        let (now, there) = (look()?, there.ok_or_else(touched)?);
        // Another name of the same file may have been given the time already.
        let dressed = Stamp { mtime_ns: now.mtime_ns, ..there };
        let is_dressed = now.is_still(&dressed) && is_time(now.mtime_ns, mtime_ns);
        if !now.is_still(&there) && !is_dressed {
            return Err(touched());
        }
        part::dress(&file, mode, mtime_ns).map_err(failed)?;
        look()
    }

    /// Opens a plain file to be given another time.
    fn open_to_touch(&self, path: &RelPath) -> io::Result<File> {
        let folder = self.existing(path.folder())?;
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(windows)]
        {
            // There a time is an attribute, which whoever may only read may not set.
            const READ_AND_WRITE_ATTRIBUTES: u32 = 0x180;
            cap_std::fs::OpenOptionsExt::access_mode(&mut options, READ_AND_WRITE_ATTRIBUTES);
        }
        let options = cap_fs_ext::OpenOptionsFollowExt::follow(&mut options, cap_fs_ext::FollowSymlinks::No);
        Ok(folder.open_with(path.name(), options)?.into_std())
    }

    /// Removes the file or link that looked as `there`. Fine when nothing lies there.
    ///
    /// # Errors
    /// [`WriteError`] when the system refuses, [`WriteError::Touched`] when it does not look so any more.
    pub fn remove_what_looked(&self, path: &RelPath, there: Option<Stamp>) -> Result<(), WriteError> {
        if self.lies_there(path, there)? { self.remove(path) } else { Ok(()) }
    }
}

/// Why something could not be moved to `path`: where nothing was to lie there, what does came meanwhile.
pub(super) fn refused(path: &RelPath, is_over: bool, source: io::Error) -> WriteError {
    match source.kind() {
        io::ErrorKind::AlreadyExists if !is_over => WriteError::Touched { path: path.to_string() },
        _ => WriteError::Io { path: path.to_string(), source },
    }
}

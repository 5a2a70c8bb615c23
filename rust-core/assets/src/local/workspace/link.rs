//! Symbolic links, which not every system lets everybody make.

use std::borrow::Cow;
use std::io;

use cap_fs_ext::DirExt as _;
use cap_std::fs::Dir;

use super::place::refused;
use super::{Workspace, WriteError, part};
use crate::local::{RelPath, Stamp, scan};

impl Workspace {
    /// Makes a symbolic link, in the place of a link or file that looked as `there`. Windows wants to know whether it
    /// leads to a folder.
    ///
    /// # Errors
    /// [`WriteError::LinkOutside`] when it would lead out of the folder, [`WriteError::NoLinks`] where nobody may make one.
    pub fn make_link(
        &self,
        path: &RelPath,
        target: &str,
        is_folder: bool,
        there: Option<Stamp>,
    ) -> Result<(), WriteError> {
        if !scan::stays_inside(path.folder().unwrap_or(""), target) {
            return Err(WriteError::LinkOutside { path: path.to_string(), target: target.to_owned() });
        }
        let failed = |source| WriteError::Io { path: path.to_string(), source };
        let folder = self.made(path.folder()).map_err(failed)?;
        let beside = part::fresh_name();
        match self.link(target, &beside, is_folder) {
            Err(error) if is_refused(&error) => {
                return Err(WriteError::NoLinks { path: path.to_string() });
            }
            made => made.map_err(failed)?,
        }
        let moved = self.lies_there(path, there).and_then(|is_over| {
            let moved = part::move_into(&self.parts, &beside, &folder, path.name(), is_over);
            moved.map_err(|source| refused(path, is_over, source))
        });
        if moved.is_err() {
            let _ = self.parts.remove_file_or_symlink(&beside);
        }
        moved
    }

    fn link(&self, target: &str, name: &str, is_folder: bool) -> io::Result<()> {
        #[cfg(test)]
        if self.path.join(super::OWN_FOLDER).join(NO_LINKS).exists() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        link(&self.parts, &spelt(target, cfg!(windows)), name, is_folder)
    }
}

#[cfg(unix)]
fn link(folder: &Dir, target: &str, name: &str, _is_folder: bool) -> io::Result<()> {
    folder.symlink(target, name)
}

#[cfg(windows)]
fn link(folder: &Dir, target: &str, name: &str, is_folder: bool) -> io::Result<()> {
    if is_folder { folder.symlink_dir(target, name) } else { folder.symlink_file(target, name) }
}

/// A link's target as the system spells it: Windows follows none that has `/` between its names.
fn spelt(target: &str, is_windows: bool) -> Cow<'_, str> {
    if is_windows { target.replace('/', "\\").into() } else { target.into() }
}

/// Whether the system lets nobody here make symbolic links.
fn is_refused(error: &io::Error) -> bool {
    /// What Windows says to who has no such privilege.
    const PRIVILEGE_NOT_HELD: i32 = 1314;
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported)
        || (cfg!(windows) && error.raw_os_error() == Some(PRIVILEGE_NOT_HELD))
}

/// With this among a folder's own records, it is as if the system refused to make links.
#[cfg(test)]
pub(crate) const NO_LINKS: &str = "no-links";

#[cfg(test)]
mod tests {
    use super::spelt;

    #[test]
    fn a_link_is_made_with_the_separators_that_the_system_follows() {
        assert_eq!(spelt("../Shared/a.png", true), "..\\Shared\\a.png");
        assert_eq!(spelt("../Shared/a.png", false), "../Shared/a.png");
    }
}

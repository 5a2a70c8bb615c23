//! Writes into a working folder: a file is whole under its name or not there, and nothing is written outside.
//!
//! Everything goes through handles of folders that were opened without following links, so that a link planted in the
//! folder leads nowhere. Files grow under `.cyclorama/parts` and are moved into place when they are complete.

mod case;
mod error;
mod link;
mod part;
mod place;

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cap_fs_ext::DirExt as _;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use super::names::RelPath;
use super::stamp::Stamp;
use super::{OWN_FOLDER, patiently, scan};

pub use case::is_case_blind;
pub use error::WriteError;
#[cfg(all(test, unix))]
pub(crate) use link::NO_LINKS;
pub use part::Part;

/// A working folder that may be written. One process at a time.
pub struct Workspace {
    path: PathBuf,
    root: Arc<Dir>,
    parts: Arc<Dir>,
    folders: Mutex<HashMap<String, Arc<Dir>>>,
    _lock: File,
}

impl Workspace {
    /// Opens the folder, which is made where it is not there, and throws away what a killed run left half done.
    ///
    /// # Errors
    /// [`WriteError::Busy`] while another process has it open, [`WriteError::Store`] when it is a store's.
    pub fn open(path: &Path) -> Result<Self, WriteError> {
        let failed = |source| WriteError::Io { path: path.display().to_string(), source };
        if scan::holds_a_store(path) {
            return Err(WriteError::Store(path.to_owned()));
        }
        fs::create_dir_all(path).map_err(failed)?;
        let root = Dir::open_ambient_dir(path, ambient_authority()).map_err(failed)?;
        let own = make_and_open(&root, OWN_FOLDER).map_err(failed)?;
        let lock = lock(&own, path)?;
        let parts = make_and_open(&own, PARTS).map_err(failed)?;
        for entry in parts.entries().map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if let Err(error) = parts.remove_file_or_symlink(&name) {
                // A folder is none of ours, and what somebody holds open goes another time. Neither is in the way.
                tracing::debug!(%error, name = %name.display(), "what lies among the parts stays");
            }
        }
        Ok(Self {
            path: path.to_owned(),
            root: Arc::new(root),
            parts: Arc::new(parts),
            folders: Mutex::default(),
            _lock: lock,
        })
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A new file that nobody sees yet, of `size` bytes, all zero.
    ///
    /// # Errors
    /// [`WriteError`] when the disk is full or refuses.
    pub fn part(&self, size: u64) -> Result<Part, WriteError> {
        Part::new(&self.parts, size).map_err(|source| WriteError::Io { path: PARTS.to_owned(), source })
    }

    /// Opens a plain file for reading.
    ///
    /// # Errors
    /// When it is not there, or a link.
    pub fn open_file(&self, path: &RelPath) -> io::Result<File> {
        let folder = self.existing(path.folder())?;
        let mut options = OpenOptions::new();
        options.read(true);
        let options = cap_fs_ext::OpenOptionsFollowExt::follow(&mut options, cap_fs_ext::FollowSymlinks::No);
        Ok(folder.open_with(path.name(), options)?.into_std())
    }

    /// A new file with the bytes of the one at `from`, shared on disk where the file system can.
    ///
    /// # Errors
    /// [`WriteError`] when that file is not there or cannot be read.
    pub fn copy_of(&self, from: &RelPath) -> Result<Part, WriteError> {
        let failed = |source| WriteError::Io { path: from.to_string(), source };
        let mut source = self.open_file(from).map_err(failed)?;
        let part = self.part(0)?;
        part.take_bytes_of(&mut source).map_err(failed)?;
        Ok(part)
    }

    /// How the file at `path` looks now; `None` when there is no plain file.
    pub fn stamp(&self, path: &RelPath) -> Option<Stamp> {
        let place = path.below(&self.path);
        let metadata = fs::symlink_metadata(&place).ok()?;
        metadata.is_file().then(|| Stamp::at(&place, &metadata))
    }

    /// Makes a folder, and those above it.
    ///
    /// # Errors
    /// [`WriteError`] when something else has the name.
    pub fn make_folder(&self, path: &str) -> Result<(), WriteError> {
        self.made(Some(path)).map(drop).map_err(|source| WriteError::Io { path: path.to_owned(), source })
    }

    /// Removes a file or link. Fine when it is not there.
    ///
    /// # Errors
    /// [`WriteError`] when the system refuses.
    pub fn remove(&self, path: &RelPath) -> Result<(), WriteError> {
        let removed = match self.existing(path.folder()) {
            // On Windows a link to a folder goes as folders do.
            Ok(folder) => patiently(|| folder.remove_file_or_symlink(path.name())),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(|source| WriteError::Io { path: path.to_string(), source }),
        }
    }

    /// Removes a folder if nothing is in it; says whether it is gone.
    pub fn remove_empty_folder(&self, path: &RelPath) -> bool {
        self.forget(path.as_str());
        self.existing(path.folder()).and_then(|folder| folder.remove_dir(path.name())).is_ok()
    }

    /// Brings everything written so far to the disk.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn sync(&self) -> Result<(), WriteError> {
        sync(&self.path)
    }

    /// The handle of a folder that is there.
    fn existing(&self, path: Option<&str>) -> io::Result<Arc<Dir>> {
        self.open_folder(path, |above, name| above.open_dir_nofollow(name))
    }

    /// The handle of a folder, made where it is not there.
    fn made(&self, path: Option<&str>) -> io::Result<Arc<Dir>> {
        self.open_folder(path, make_and_open)
    }

    fn open_folder(
        &self,
        path: Option<&str>,
        open: impl Fn(&Dir, &str) -> io::Result<Dir>,
    ) -> io::Result<Arc<Dir>> {
        let Some(path) = path else { return Ok(Arc::clone(&self.root)) };
        let (mut folder, mut opened) = self.nearest(path);
        while opened < path.len() {
            let start = if opened == 0 { 0 } else { opened + 1 };
            let end = path[start..].find('/').map_or(path.len(), |length| start + length);
            folder = Arc::new(open(&folder, &path[start..end])?);
            self.keep(&path[..end], &folder);
            opened = end;
        }
        Ok(folder)
    }

    /// The deepest folder on the way to `path` whose handle is known, and the length of its path.
    fn nearest(&self, path: &str) -> (Arc<Dir>, usize) {
        let folders = self.lock_folders();
        let slashes = path.rmatch_indices('/').map(|(at, _)| at);
        std::iter::once(path.len())
            .chain(slashes)
            .find_map(|length| Some((Arc::clone(folders.get(&path[..length])?), length)))
            .unwrap_or_else(|| (Arc::clone(&self.root), 0))
    }

    fn keep(&self, path: &str, folder: &Arc<Dir>) {
        let mut folders = self.lock_folders();
        if folders.len() >= MOST_HANDLES {
            folders.clear();
        }
        folders.insert(path.to_owned(), Arc::clone(folder));
    }

    /// Closes the folder at `path` and all below it, as far as they are open: Windows moves and removes no folder that somebody has
    /// open, and elsewhere its handle would lead to where it went.
    fn forget(&self, path: &str) {
        let is_below = |other: &str| {
            other.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.lock_folders().retain(|other, _| !is_below(other));
    }

    fn lock_folders(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Dir>>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Takes the lock of the working folder at `path`, whose own folder is `own`. It ends with the file, and with the process.
///
/// # Errors
/// [`WriteError::Busy`] while another process has it.
pub(crate) fn lock(own: &Dir, path: &Path) -> Result<File, WriteError> {
    let failed = |source| WriteError::Io { path: path.display().to_string(), source };
    let lock = own.open_with("lock", OpenOptions::new().write(true).create(true)).map_err(failed)?.into_std();
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(WriteError::Busy(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn make_and_open(above: &Dir, name: &str) -> io::Result<Dir> {
    match above.open_dir_nofollow(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            match above.create_dir(name) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            above.open_dir_nofollow(name)
        }
        other => other,
    }
}

/// Brings everything written so far to the file system of the folder at `path` to the disk.
///
/// # Errors
/// When the disk fails.
pub(crate) fn sync(path: &Path) -> Result<(), WriteError> {
    sync_file_system(path).map_err(|source| WriteError::Io { path: path.display().to_string(), source })
}

#[cfg(target_os = "linux")]
fn sync_file_system(path: &Path) -> io::Result<()> {
    rustix::fs::syncfs(File::open(path)?).map_err(io::Error::from)
}

/// Elsewhere there is no call for one file system: there each file is brought to the disk before it is placed.
#[cfg(not(target_os = "linux"))]
fn sync_file_system(_: &Path) -> io::Result<()> {
    Ok(())
}

const PARTS: &str = "parts";
/// Open folders kept, well below what a process may have open.
const MOST_HANDLES: usize = 128;

#[cfg(test)]
mod tests;

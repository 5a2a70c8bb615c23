//! Writes into a working folder: a file is whole under its name or not there, and nothing is written outside.
//!
//! Everything goes through handles of folders that were opened without following links, so that a link planted in the
//! folder leads nowhere. Files grow under `.cyclorama/parts` and are moved into place when they are complete.

mod part;

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cap_fs_ext::DirExt as _;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use cyclorama_outcome::{Classify, Kind};

use super::names::RelPath;
use super::stamp::Stamp;
use super::{OWN_FOLDER, scan};

pub use part::Part;

/// A working folder that may be written. One process at a time.
pub struct Workspace {
    path: PathBuf,
    root: Arc<Dir>,
    parts: Arc<Dir>,
    folders: Mutex<HashMap<String, Arc<Dir>>>,
    _lock: File,
}

/// Why something could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Another process is at work in the folder.
    #[error("another cyclorama is at work in `{}`", .0.display())]
    Busy(PathBuf),
    /// There is a content store in it.
    #[error("`{}` is a content store itself", .0.display())]
    Store(PathBuf),
    /// The system refused.
    #[error("`{path}` cannot be written")]
    Io {
        /// Below the working folder.
        path: String,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// A link that leads out of the folder.
    #[error("`{path}` is a link to `{target}`, outside the project")]
    LinkOutside {
        /// The link.
        path: String,
        /// Where it leads.
        target: String,
    },
}

impl Classify for WriteError {
    fn kind(&self) -> Kind {
        match self {
            Self::Busy(_) => Kind::Conflict,
            Self::Store(_) => Kind::User,
            Self::LinkOutside { .. } => Kind::Integrity,
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Kind::Refused,
                io::ErrorKind::NotADirectory
                | io::ErrorKind::IsADirectory
                | io::ErrorKind::InvalidFilename
                | io::ErrorKind::AlreadyExists => Kind::User,
                _ => Kind::Internal,
            },
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Busy(_) => Some("wait until it has ended".to_owned()),
            Self::Store(_) => Some("name a folder of its own for the project".to_owned()),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space, then repeat the command: it goes on from there".to_owned())
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some("close what has the file open, and check who may write there".to_owned())
            }
            _ => None,
        }
    }
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
        let lock =
            own.open_with("lock", OpenOptions::new().write(true).create(true)).map_err(failed)?.into_std();
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(WriteError::Busy(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let parts = make_and_open(&own, PARTS).map_err(failed)?;
        for entry in parts.entries().map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            parts.remove_file(&name).map_err(failed)?;
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

    /// Moves a complete file into its place, with its permissions and time, and says how it looks there.
    ///
    /// # Errors
    /// [`WriteError`]; what was in the place before stays then.
    pub fn place(&self, part: Part, to: &RelPath, mode: u32, mtime_ns: i64) -> Result<Stamp, WriteError> {
        let failed = |source| WriteError::Io { path: to.to_string(), source };
        let folder = self.made(to.folder()).map_err(failed)?;
        part.place(&folder, to.name(), mode, mtime_ns).map_err(failed)
    }

    /// How the file at `path` looks now; `None` when there is no plain file.
    pub fn stamp(&self, path: &RelPath) -> Option<Stamp> {
        let metadata = fs::symlink_metadata(path.below(&self.path)).ok()?;
        metadata.is_file().then(|| Stamp::of(&metadata))
    }

    /// Gives a file other permissions and another time, and says how it looks then.
    ///
    /// # Errors
    /// [`WriteError`] when it is not there or not ours.
    pub fn touch(&self, path: &RelPath, mode: u32, mtime_ns: i64) -> Result<Stamp, WriteError> {
        let failed = |source| WriteError::Io { path: path.to_string(), source };
        let file = self.open_file(path).map_err(failed)?;
        part::dress(&file, mode, mtime_ns).map_err(failed)?;
        file.metadata().map(|metadata| Stamp::of(&metadata)).map_err(failed)
    }

    /// Makes a folder, and those above it.
    ///
    /// # Errors
    /// [`WriteError`] when something else has the name.
    pub fn make_folder(&self, path: &str) -> Result<(), WriteError> {
        self.made(Some(path)).map(drop).map_err(|source| WriteError::Io { path: path.to_owned(), source })
    }

    /// Makes a symbolic link, in the place of a link or file that may be there.
    ///
    /// # Errors
    /// [`WriteError::LinkOutside`] when it would lead out of the folder.
    pub fn make_link(&self, path: &RelPath, target: &str) -> Result<(), WriteError> {
        if !scan::stays_inside(path.folder().unwrap_or(""), target) {
            return Err(WriteError::LinkOutside { path: path.to_string(), target: target.to_owned() });
        }
        let failed = |source| WriteError::Io { path: path.to_string(), source };
        let folder = self.made(path.folder()).map_err(failed)?;
        let beside = part::fresh_name();
        #[cfg(unix)]
        let made = self.parts.symlink(target, &beside);
        #[cfg(windows)]
        let made = self.parts.symlink_file(target, &beside);
        made.and_then(|()| self.parts.rename(&beside, &folder, path.name())).map_err(failed)
    }

    /// Removes a file or link. Fine when it is not there.
    ///
    /// # Errors
    /// [`WriteError`] when the system refuses.
    pub fn remove(&self, path: &RelPath) -> Result<(), WriteError> {
        let removed = match self.existing(path.folder()) {
            Ok(folder) => folder.remove_file(path.name()),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(|source| WriteError::Io { path: path.to_string(), source }),
        }
    }

    /// Removes a folder if nothing is in it; says whether it is gone.
    pub fn remove_empty_folder(&self, path: &RelPath) -> bool {
        self.lock_folders().remove(path.as_str());
        self.existing(path.folder()).and_then(|folder| folder.remove_dir(path.name())).is_ok()
    }

    /// Brings everything written so far to the disk.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn sync(&self) -> Result<(), WriteError> {
        let failed = |source| WriteError::Io { path: self.path.display().to_string(), source };
        sync_file_system(&self.path).map_err(failed)
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

    fn lock_folders(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Dir>>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace").field("path", &self.path).finish_non_exhaustive()
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

#[cfg(target_os = "linux")]
fn sync_file_system(path: &Path) -> io::Result<()> {
    rustix::fs::syncfs(File::open(path)?).map_err(io::Error::from)
}

/// Elsewhere there is no call for one file system; files there are as durable as the system makes them.
#[cfg(not(target_os = "linux"))]
fn sync_file_system(_: &Path) -> io::Result<()> {
    Ok(())
}

const PARTS: &str = "parts";
/// Open folders kept, well below what a process may have open.
const MOST_HANDLES: usize = 128;

#[cfg(test)]
mod tests;

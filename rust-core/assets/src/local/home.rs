//! Where the records of a working folder lie: in it, or in another folder of this machine where it may not be written, as
//! a card that is write-protected, a mount of somebody else's files, or a snapshot.
//!
//! A home is given to [`State`] and [`Workspace`] in the folder's place. Only what is published needs one elsewhere:
//! whoever brings files writes into the folder anyway.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use cyclorama_content::Digest;

use super::{OWN_FOLDER, State, Workspace, WriteError, scan::holds_a_store};

/// Where the records of one working folder lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    path: PathBuf,
    is_elsewhere: bool,
}

/// A working folder in which nobody else works as long as this lives, and its home.
#[derive(Debug)]
pub struct HeldFolder {
    /// Where its records lie.
    pub home: Home,
    _lock: Workspace,
    /// The folder's own lock, where the home is elsewhere and the folder has one.
    _own_lock: Option<File>,
}

impl Home {
    /// In the folder itself.
    pub fn of(root: &Path) -> Self {
        Self { path: root.to_owned(), is_elsewhere: false }
    }

    /// In `records`, which may hold the records of any number of folders.
    pub fn elsewhere(root: &Path, records: &Path) -> Self {
        let path = fs::canonicalize(root).or_else(|_| std::path::absolute(root));
        let path = path.unwrap_or_else(|_| root.to_owned());
        let digest = Digest::of(path.as_os_str().as_encoded_bytes()).to_string();
        Self { path: records.join(&digest[..DIGITS]), is_elsewhere: true }
    }

    /// Where what is known of `root` with a store was written last: in itself, or in `records`.
    pub fn written_last(root: &Path, records: Option<&Path>, store: &str) -> Self {
        let own = Self::of(root);
        let Some(other) = records.map(|records| Self::elsewhere(root, records)) else { return own };
        let written =
            |home: &Self| fs::metadata(State::path(home.path(), store)).and_then(|file| file.modified());
        // Never is before any time.
        if written(&other).ok() > written(&own).ok() { other } else { own }
    }

    /// What stands for the folder wherever its records are meant.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is not the folder itself.
    pub fn is_elsewhere(&self) -> bool {
        self.is_elsewhere
    }

    /// Where the journal of an unfinished publish to the store of this id lies.
    pub fn journal(&self, store: &str) -> PathBuf {
        State::path(&self.path, store).with_file_name("publishing")
    }
}

impl HeldFolder {
    /// Takes the folder. Its records lie in `records` where that is named, else in the folder, else, where that may not be
    /// written, in `spare`.
    ///
    /// # Errors
    /// [`WriteError::Busy`] while another process has it, and when none of these may be written.
    pub fn take(root: &Path, records: Option<&Path>, spare: Option<&Path>) -> Result<Self, WriteError> {
        if let Some(records) = records {
            return Self::with_records_in(root, records);
        }
        match (Workspace::open(root), spare) {
            (Ok(lock), _) => Ok(Self { home: Home::of(root), _lock: lock, _own_lock: None }),
            (Err(refused), Some(spare)) if refused.is_read_only() => Self::with_records_in(root, spare),
            (Err(refused), _) => Err(refused),
        }
    }

    fn with_records_in(root: &Path, records: &Path) -> Result<Self, WriteError> {
        if holds_a_store(root) {
            return Err(WriteError::Store(root.to_owned()));
        }
        let own_lock = own_lock(root)?;
        let home = Home::elsewhere(root, records);
        Ok(Self { _lock: Workspace::open(home.path())?, home, _own_lock: own_lock })
    }
}

/// The lock of a folder that may be written by others, in common with others who only read it.
fn own_lock(root: &Path) -> Result<Option<File>, WriteError> {
    let path = root.join(OWN_FOLDER).join("lock");
    // Whatever else has that name is no lock, and opening it might take for ever.
    if !fs::symlink_metadata(&path).is_ok_and(|found| found.is_file()) {
        return Ok(None);
    }
    let Ok(lock) = File::open(&path) else { return Ok(None) };
    match lock.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Err(WriteError::Busy(root.to_owned())),
        // A file system without locks has none to keep.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(lock)),
    }
}

impl WriteError {
    /// Whether nothing may be written there, by this person or anybody.
    pub fn is_read_only(&self) -> bool {
        let kinds = [io::ErrorKind::ReadOnlyFilesystem, io::ErrorKind::PermissionDenied];
        matches!(self, Self::Io { source, .. } if kinds.contains(&source.kind()))
    }
}

/// Hex digits of the digest of a folder's path: no two folders have the same.
const DIGITS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_has_a_home_of_its_own_by_whatever_way_it_is_named() {
        let (root, records) = (tempfile::tempdir().expect("a folder"), Path::new("records"));
        for name in ["a", "b"] {
            fs::create_dir(root.path().join(name)).expect("a folder");
        }
        let home = |path: &str| Home::elsewhere(&root.path().join(path), records);
        assert_eq!(home("a"), home("b/../a"));
        assert_ne!(home("a"), home("b"));
        assert_eq!(home("a").path().parent(), Some(records));
    }

    #[test]
    fn what_was_written_last_is_what_is_known() {
        let (root, records) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let last = || Home::written_last(root.path(), Some(records.path()), "store");
        let write = |home: &Home, seconds| {
            let path = State::path(home.path(), "store");
            fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            fs::File::create(&path).and_then(|file| file.set_modified(time)).expect("writes");
        };
        let (own, other) = (Home::of(root.path()), Home::elsewhere(root.path(), records.path()));
        assert_eq!(last(), own, "nothing is known");
        write(&other, 10);
        assert_eq!(last(), other);
        write(&own, 20);
        assert_eq!(last(), own);
        assert_eq!(Home::written_last(root.path(), None, "store"), own);
    }

    #[test]
    fn a_folder_that_somebody_works_in_is_busy_wherever_its_records_lie() {
        let (root, records) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let take = |records| HeldFolder::take(root.path(), records, None);
        let held = take(Some(records.path())).expect("nobody is there");
        assert!(
            held.home.is_elsewhere() && !root.path().join(OWN_FOLDER).exists(),
            "nothing is written into it"
        );
        assert!(matches!(take(Some(records.path())), Err(WriteError::Busy(_))));
        drop(held);
        let held = take(None).expect("nobody is there");
        assert!(!held.home.is_elsewhere());
        assert!(matches!(take(Some(records.path())), Err(WriteError::Busy(_))));
    }

    #[test]
    fn what_may_not_be_written_is_told_from_what_fails() {
        let is_read_only =
            |kind: io::ErrorKind| WriteError::Io { path: String::new(), source: kind.into() }.is_read_only();
        assert!(
            is_read_only(io::ErrorKind::ReadOnlyFilesystem) && is_read_only(io::ErrorKind::PermissionDenied)
        );
        assert!(!is_read_only(io::ErrorKind::StorageFull));
        assert!(!WriteError::Busy(PathBuf::new()).is_read_only());
    }
}

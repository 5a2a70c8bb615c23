//! Keeping the folder for content within a size: the versions that were not used for longest go first.
//!
//! Whoever uses a version holds a lock on it, which dies with the process; what is held is never removed. A version is renamed
//! before it is removed, so one of which a part is gone is never taken for whole, also after a `kill -9`. The times of use are those of the
//! lock files. A single version may be larger than the size: then it is here alone.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cyclorama_assets::{SnapshotId, local::patiently};
use cyclorama_progress::Cancel;
use cyclorama_time::Clock;

use super::{Stopped, hold};
use crate::host::confine::size_of;

/// A version that is used: as long as this lives, it is not removed.
pub struct Use {
    lock: File,
    clock: Arc<dyn Clock>,
}

/// A version that lies in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where.
    pub folder: PathBuf,
    /// The id of its store.
    pub store: String,
    /// The version.
    pub version: SnapshotId,
    /// Bytes of its files here, with what hosts added.
    pub bytes: u64,
    /// When it was used last.
    pub used: SystemTime,
    /// Whether somebody uses it now.
    pub is_used: bool,
}

/// What making room came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Versions that were removed.
    pub removed: u64,
    /// Their bytes.
    pub freed: u64,
    /// Bytes that lie there now, or will with what is wanted.
    pub left: u64,
}

impl Use {
    /// Holds the version of this folder, which need not be there yet. Waits for somebody who is about to remove it.
    pub(super) async fn of(folder: &Path, clock: Arc<dyn Clock>, cancel: &Cancel) -> Result<Self, Stopped> {
        let lock = hold(&lock_of(folder), File::try_lock_shared, cancel).await?;
        let held = Self { lock, clock };
        held.tell();
        Ok(held)
    }

    /// Writes down when it is used.
    fn tell(&self) {
        let nanos = u64::try_from(self.clock.utc().nanos()).unwrap_or(0);
        let told = self.lock.set_modified(SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos));
        if let Err(error) = told {
            tracing::debug!(%error, "when content was used is not known");
        }
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        self.tell();
    }
}

impl std::fmt::Debug for Use {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Use").finish_non_exhaustive()
    }
}

/// The versions in `root`, that which was not used for longest first.
///
/// # Errors
/// What the system says of `root` itself; one that is not there has no versions.
pub fn kept(root: &Path) -> io::Result<Vec<Kept>> {
    let mut found: Vec<Kept> = homes(root)?.iter().flat_map(|home| entries(home)).filter_map(look).collect();
    found.sort_by(|a, b| (a.used, &a.folder).cmp(&(b.used, &b.folder)));
    Ok(found)
}

/// Removes versions from `root` that nobody uses, that which was not used for longest first, until no more than `most` bytes
/// lie there together with `wanted` more. One that cannot be removed now, as somebody has a file of it open, stays and goes another
/// time; the next one goes in its place.
///
/// # Errors
/// What the system says of `root`.
pub fn make_room(root: &Path, most: u64, wanted: u64) -> io::Result<Room> {
    // Of somebody who was killed while removing it.
    let gone = |path: &PathBuf| path.extension().is_some_and(|name| name.to_string_lossy().starts_with(GONE));
    for left in homes(root)?.iter().flat_map(|home| entries(home)).filter(gone) {
        if let Err(error) = remove(&left) {
            tracing::debug!(%error, folder = %left.display(), "content that nobody uses cannot be removed now");
        }
    }
    let kept = kept(root)?;
    let there: u64 = kept.iter().map(|version| version.bytes).sum();
    let mut room = Room { left: there.saturating_add(wanted), ..Room::default() };
    for version in kept {
        if room.left <= most {
            break;
        }
        match take_out(&version.folder) {
            Ok(false) => {}
            Ok(true) => {
                room.removed += 1;
                room.freed += version.bytes;
                room.left -= version.bytes;
            }
            Err(error) => {
                let folder = version.folder.display();
                tracing::warn!(%error, %folder, "content that nobody uses cannot be removed now");
            }
        }
    }
    Ok(room)
}

/// Removes a version unless somebody uses it.
fn take_out(folder: &Path) -> io::Result<bool> {
    let lock = File::options().create(true).truncate(false).write(true).open(lock_of(folder))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => return Ok(false),
        Err(fs::TryLockError::Error(error)) => return Err(error),
    }
    let gone = folder.with_extension(format!("{GONE}{:016x}", rand::random::<u64>()));
    match patiently(|| fs::rename(folder, &gone)) {
        // Somebody else removed it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        renamed => renamed?,
    }
    // From here on it is nobody's, and whoever wants the version brings it anew.
    drop(lock);
    remove(&gone).map(|()| true)
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// The folders of stores.
fn homes(root: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(root) {
        Ok(_) => Ok(entries(root)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(folder).into_iter().flatten().flatten();
    folders
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

/// The version that lies in this folder, if it is one.
fn look(folder: PathBuf) -> Option<Kept> {
    let version = folder.file_name()?.to_str()?.parse().ok()?;
    let store = folder.parent()?.file_name().and_then(OsStr::to_str)?.to_owned();
    let lock = lock_of(&folder);
    // One that an older version of this brought has no lock yet.
    let about = fs::metadata(&lock).or_else(|_| fs::metadata(&folder));
    let used = about.and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    // Had for a moment only: whoever wants to use it waits for that.
    let had = |lock: File| matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock));
    let is_used = File::open(&lock).is_ok_and(had);
    let bytes = size_of(&folder);
    Some(Kept { folder, store, version, bytes, used, is_used })
}

/// The file that is locked as long as a version is used.
fn lock_of(folder: &Path) -> PathBuf {
    folder.with_extension("use")
}

const GONE: &str = "gone-";

#[cfg(test)]
mod tests {
    use super::*;
    use cyclorama_time::{UtcTime, VirtualClock};

    /// Versions of 400 bytes, used one after the other.
    async fn three(root: &Path) -> Vec<PathBuf> {
        let mut folders = Vec::new();
        for (number, name) in ["one", "two", "three"].into_iter().enumerate() {
            let version = SnapshotId::of(name.as_bytes(), UtcTime::from_seconds(1e9));
            let folder = root.join("store").join(version.to_string());
            fs::create_dir_all(folder.join("Content")).expect("a folder");
            fs::write(folder.join("Content/x"), vec![0; 400]).expect("writes");
            let clock = Arc::new(VirtualClock::new(UtcTime::from_seconds(2e9 + number as f64)));
            drop(held(&folder, clock).await);
            folders.push(folder);
        }
        folders
    }

    async fn held(folder: &Path, clock: Arc<VirtualClock>) -> Use {
        Use::of(folder, clock, &Cancel::new()).await.unwrap_or_else(|_| panic!("it can be held"))
    }

    fn there(folders: &[PathBuf]) -> Vec<bool> {
        folders.iter().map(|folder| folder.exists()).collect()
    }

    #[tokio::test]
    async fn what_was_not_used_for_longest_goes_first_and_no_more_than_must() {
        let root = tempfile::tempdir().expect("a folder");
        let folders = three(root.path()).await;
        let again = Arc::new(VirtualClock::new(UtcTime::from_seconds(3e9)));
        drop(held(&folders[0], again).await);
        let listed: Vec<PathBuf> =
            kept(root.path()).expect("lists").into_iter().map(|version| version.folder).collect();
        assert_eq!(listed, [&folders[1], &folders[2], &folders[0]].map(Clone::clone));
        assert_eq!(
            make_room(root.path(), 1200, 0).expect("makes room"),
            Room { left: 1200, ..Room::default() }
        );
        let room = make_room(root.path(), 1000, 200).expect("makes room");
        assert_eq!(room, Room { removed: 1, freed: 400, left: 1000 });
        assert_eq!(there(&folders), [true, false, true]);
    }

    #[tokio::test]
    async fn what_somebody_uses_stays_however_much_room_is_wanted() {
        let root = tempfile::tempdir().expect("a folder");
        let folders = three(root.path()).await;
        let clock = Arc::new(VirtualClock::new(UtcTime::from_seconds(2e9)));
        let (one, other) = (held(&folders[0], clock.clone()).await, held(&folders[0], clock).await);
        drop(one);
        assert!(kept(root.path()).expect("lists")[0].is_used, "by the other");
        let room = make_room(root.path(), 0, 100).expect("makes room");
        assert_eq!((room.removed, room.left, there(&folders)), (2, 500, vec![true, false, false]));
        drop(other);
        assert_eq!(make_room(root.path(), 0, 0).expect("makes room").removed, 1);
    }

    #[tokio::test]
    async fn one_that_cannot_be_removed_keeps_no_other_from_going() {
        let root = tempfile::tempdir().expect("a folder");
        let folders = three(root.path()).await;
        // A folder is where the file is that tells whether the version is used.
        fs::remove_file(lock_of(&folders[0])).expect("removes");
        fs::create_dir(lock_of(&folders[0])).expect("a folder");
        let room = make_room(root.path(), 400, 0).expect("makes room");
        assert_eq!((room.removed, room.left, there(&folders)), (2, 400, vec![true, false, false]));
    }

    #[tokio::test]
    async fn what_a_killed_process_left_half_removed_is_no_version_and_goes() {
        let root = tempfile::tempdir().expect("a folder");
        let folders = three(root.path()).await;
        // Killed after the renaming, in the middle of removing; the lock died with it.
        let left = folders[1].with_extension(format!("{GONE}0123456789abcdef"));
        fs::rename(&folders[1], &left).expect("renames");
        assert_eq!(kept(root.path()).expect("lists").len(), 2);
        let room = make_room(root.path(), u64::MAX, 0).expect("makes room");
        assert_eq!((room.removed, left.exists(), there(&folders)), (0, false, vec![true, false, true]));
    }
}

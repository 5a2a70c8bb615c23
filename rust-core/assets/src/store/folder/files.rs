//! The blocking file work of a folder store.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use cyclorama_content::{Digest, Hasher};

use super::{Condition, ETag, StoreError};
use crate::{Key, local::patiently, store::PROBE};

/// Where the store keeps what is no object.
const PRIVATE: &str = ".cyclorama";
/// Keys share this many lock files; two keys of one lock only wait for each other.
const LOCKS: usize = 64;
/// A temporary file not touched for this long belongs to a dead writer.
const ABANDONED_AFTER: Duration = Duration::from_secs(3600);

/// File locks over NFS belong to the process, so threads of one process need these beside them.
static PROCESS_LOCKS: [Mutex<()>; LOCKS] = [const { Mutex::new(()) }; LOCKS];

/// The version of an object with these bytes.
pub(super) fn version(bytes: &[u8]) -> ETag {
    ETag(Digest::of(bytes).to_string())
}

#[derive(Debug)]
pub(super) struct Files {
    root: PathBuf,
    swept: Once,
    /// It is removed in the end, with all that is in it.
    is_trial: bool,
}

impl Drop for Files {
    fn drop(&mut self) {
        if self.is_trial
            && let Err(error) = fs::remove_dir_all(&self.root)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::debug!(%error, "a folder for trying stays");
        }
    }
}

/// Held while a key is compared and replaced.
struct KeyLock {
    _file: File,
    _process: MutexGuard<'static, ()>,
}

/// Bytes that lie on the disk and may become an object.
#[derive(Debug)]
pub(super) struct StagedFile {
    temporary: Temporary,
    version: ETag,
}

/// A temporary file that is removed unless it got its name. Nobody has it open: Windows keeps a name for as long as somebody has.
#[derive(Debug)]
struct Temporary {
    path: PathBuf,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove; after a crash the sweep does it.
        let _ = fs::remove_file(&self.path);
    }
}

impl Files {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, swept: Once::new(), is_trial: false }
    }

    /// A folder in the root, or in the nearest one above that is there.
    pub(super) fn trial(&self) -> Self {
        let there = self.root.ancestors().find(|folder| folder.is_dir()).unwrap_or(&self.root);
        let root = there.join(format!(".{PROBE}{:016x}", rand::random::<u64>()));
        Self { root, swept: Once::new(), is_trial: true }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn read(&self, key: &Key) -> Result<Vec<u8>, StoreError> {
        fs::read(self.path(key)).map_err(|source| self.unread(key, source))
    }

    /// Why an object could not be read. Windows refuses to open a folder, where others find nothing to read in it.
    fn unread(&self, key: &Key, source: io::Error) -> StoreError {
        if source.kind() == io::ErrorKind::PermissionDenied && self.path(key).is_dir() {
            return StoreError::NotFound { key: key.clone() };
        }
        failure("read", key, source)
    }

    pub(super) fn read_range(&self, key: &Key, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        self.open(key)
            .and_then(|mut file| {
                let there = file.metadata()?.len().saturating_sub(offset);
                bytes.reserve_exact(usize::try_from(length.min(there)).unwrap_or(usize::MAX));
                file.seek(SeekFrom::Start(offset))?;
                file.take(length).read_to_end(&mut bytes)
            })
            .map_err(|source| self.unread(key, source))?;
        Ok(bytes)
    }

    pub(super) fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        self.measure(key).map_err(|source| self.unread(key, source))
    }

    pub(super) fn write(&self, key: &Key, bytes: &[u8], condition: &Condition) -> Result<ETag, StoreError> {
        self.sweep_once();
        self.is_still_open(key, condition)?;
        let temporary = self.filled(bytes, key).map_err(|source| failure("write", key, source))?;
        self.name(key, &temporary, condition)?;
        Ok(version(bytes))
    }

    /// Brings bytes to the disk that may become `key`. `digest` is theirs, where it is known.
    pub(super) fn stage(
        &self,
        key: &Key,
        bytes: &[u8],
        digest: Option<Digest>,
    ) -> Result<StagedFile, StoreError> {
        self.sweep_once();
        let temporary = self.filled(bytes, key).map_err(|source| failure("write", key, source))?;
        let version = digest.map_or_else(|| version(bytes), |digest| ETag(digest.to_string()));
        Ok(StagedFile { temporary, version })
    }

    /// Whether what was staged lies here, and has not become an object yet.
    pub(super) fn has(&self, staged: &StagedFile) -> bool {
        staged.temporary.path.starts_with(&self.root) && staged.temporary.path.exists()
    }

    pub(super) fn put_staged(
        &self,
        key: &Key,
        staged: &StagedFile,
        condition: &Condition,
    ) -> Result<ETag, StoreError> {
        self.is_still_open(key, condition)?;
        self.name(key, &staged.temporary, condition)?;
        // It would lie there for as long as somebody keeps what they staged.
        let _ = fs::remove_file(&staged.temporary.path);
        Ok(staged.version.clone())
    }

    fn sweep_once(&self) {
        self.swept.call_once(|| {
            if let Err(error) = self.sweep() {
                tracing::debug!(%error, "old temporary files stay");
            }
        });
    }

    /// A new file without a name that anybody knows, which holds what may become `key`.
    fn filled(&self, bytes: &[u8], key: &Key) -> io::Result<Temporary> {
        let (temporary, mut file) = self.temporary()?;
        file.write_all(bytes)?;
        if is_kept(key) {
            file.sync_all()?;
        }
        Ok(temporary)
    }

    /// Gives a file the name of `key` if `condition` holds, to last.
    fn name(&self, key: &Key, temporary: &Temporary, condition: &Condition) -> Result<(), StoreError> {
        let failed = |source| failure("write", key, source);
        let target = self.path(key);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        match condition {
            Condition::Absent => self.create(key, temporary, &target)?,
            Condition::Always => {
                let _lock = self.lock(key).map_err(failed)?;
                patiently(|| fs::rename(&temporary.path, &target)).map_err(failed)?;
            }
            Condition::Matches(wanted) => {
                let _lock = self.lock(key).map_err(failed)?;
                self.require(key, wanted)?;
                patiently(|| fs::rename(&temporary.path, &target)).map_err(failed)?;
            }
        }
        if is_kept(key) {
            sync_folder_of(&target).map_err(failed)?;
        }
        Ok(())
    }

    pub(super) fn remove(&self, key: &Key, condition: &Condition) -> Result<(), StoreError> {
        let failed = |source| failure("delete", key, source);
        if !self.root.exists() {
            return match condition {
                Condition::Matches(_) => Err(StoreError::Precondition { key: key.clone() }),
                _ => Ok(()),
            };
        }
        let _lock = self.lock(key).map_err(failed)?;
        let target = self.path(key);
        match condition {
            Condition::Always => {}
            Condition::Absent if !target.is_file() => return Ok(()),
            Condition::Absent => return Err(StoreError::Precondition { key: key.clone() }),
            Condition::Matches(wanted) => self.require(key, wanted)?,
        }
        if target.is_dir() {
            return Ok(());
        }
        match patiently(|| fs::remove_file(&target)) {
            Err(error) if is_absence(&error) => Ok(()),
            Err(error) => Err(failed(error)),
            Ok(()) if is_kept(key) => sync_folder_of(&target).map_err(failed),
            Ok(()) => Ok(()),
        }
    }

    pub(super) fn sweep(&self) -> Result<usize, StoreError> {
        let folder = self.root.join(PRIVATE).join("tmp");
        let failed =
            |source| StoreError::Io { operation: "sweep", key: folder.display().to_string(), source };
        if !folder.is_dir() {
            return Ok(0);
        }
        // The present by the file system's own clock: machines that share the folder need not agree on theirs.
        let present =
            self.temporary().and_then(|(_mark, file)| file.metadata()?.modified()).map_err(failed)?;
        let mut removed = 0;
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let age =
                entry.metadata().and_then(|meta| meta.modified()).map(|then| present.duration_since(then));
            if matches!(age, Ok(Ok(age)) if age >= ABANDONED_AFTER) && fs::remove_file(entry.path()).is_ok() {
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Gives a finished file its name, if nobody else has it.
    fn create(&self, key: &Key, temporary: &Temporary, target: &Path) -> Result<(), StoreError> {
        let failed = |source| failure("write", key, source);
        match fs::hard_link(&temporary.path, target) {
            Ok(()) => Ok(()),
            // Over NFS the answer of a link that worked can get lost and the repeated request finds the name taken.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if has_two_names(&temporary.path) {
                    Ok(())
                } else {
                    Err(StoreError::Precondition { key: key.clone() })
                }
            }
            // A file system without hard links: cooperating writers exclude each other by the lock instead.
            Err(error) if lacks_hard_links(&error) => {
                let _lock = self.lock(key).map_err(failed)?;
                if target.exists() {
                    return Err(StoreError::Precondition { key: key.clone() });
                }
                patiently(|| fs::rename(&temporary.path, target)).map_err(failed)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Spares whoever lost already the writing and flushing of bytes. What decides comes after they are written.
    fn is_still_open(&self, key: &Key, condition: &Condition) -> Result<(), StoreError> {
        match condition {
            Condition::Always => Ok(()),
            Condition::Matches(wanted) => self.require(key, wanted),
            // Opened, and not only looked for: over NFS that asks the server.
            Condition::Absent if self.open(key).is_ok() => Err(StoreError::Precondition { key: key.clone() }),
            Condition::Absent => Ok(()),
        }
    }

    fn require(&self, key: &Key, wanted: &ETag) -> Result<(), StoreError> {
        match self.measure(key) {
            Ok((_, present)) if present == *wanted => Ok(()),
            Ok(_) => Err(StoreError::Precondition { key: key.clone() }),
            Err(error) if is_absence(&error) => Err(StoreError::Precondition { key: key.clone() }),
            Err(error) => Err(failure("read", key, error)),
        }
    }

    fn measure(&self, key: &Key) -> io::Result<(u64, ETag)> {
        let mut file = self.open(key)?;
        let (mut hasher, mut buffer, mut size) = (Hasher::new(), vec![0; 1 << 16], 0);
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok((size, ETag(hasher.finish().to_string()))),
                Ok(read) => {
                    hasher.update(&buffer[..read]);
                    size += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn open(&self, key: &Key) -> io::Result<File> {
        let file = File::open(self.path(key))?;
        if file.metadata()?.is_dir() { Err(io::ErrorKind::NotFound.into()) } else { Ok(file) }
    }

    fn path(&self, key: &Key) -> PathBuf {
        let mut path = self.root.clone();
        path.extend(key.as_str().split('/'));
        path
    }

    /// The same, with nothing in it yet, and open.
    fn temporary(&self) -> io::Result<(Temporary, File)> {
        let folder = self.root.join(PRIVATE).join("tmp");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{:032x}", rand::random::<u128>()));
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok((Temporary { path }, file))
    }

    fn lock(&self, key: &Key) -> io::Result<KeyLock> {
        let shard = usize::from(Digest::of(key.as_str().as_bytes()).as_bytes()[0]) % LOCKS;
        let process = PROCESS_LOCKS[shard].lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.root.join(PRIVATE).join("locks");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{shard:02}"));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        file.lock()?;
        Ok(KeyLock { _file: file, _process: process })
    }
}

/// Whether an object has to survive a power cut. What the probe writes is gone in a moment, and who wins its races is decided
/// by names and locks alone.
pub(super) fn is_kept(key: &Key) -> bool {
    key.as_str().rsplit('/').next().is_none_or(|name| !name.starts_with(PROBE))
}

/// The error a caller can act on.
pub(super) fn failure(operation: &'static str, key: &Key, source: io::Error) -> StoreError {
    let key = key.clone();
    match source.kind() {
        _ if operation == "read" && is_absence(&source) => StoreError::NotFound { key },
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full { key, source },
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StoreError::Refused { key, source }
        }
        _ => StoreError::Io { operation, key: key.to_string(), source },
    }
}

/// Nothing is there, or what is there is a folder of other objects.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
    )
}

fn lacks_hard_links(error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::Unsupported => true,
        // What Linux says on FAT and some FUSE and SMB mounts; a folder without write permission fails earlier.
        io::ErrorKind::PermissionDenied => cfg!(unix) && error.raw_os_error() == Some(1),
        _ => cfg!(windows) && says_no_hard_links(error.raw_os_error()),
    }
}

/// Whether Windows says that a file system knows no hard links: FAT does not know the call, a share says that it is not supported.
pub(super) fn says_no_hard_links(code: Option<i32>) -> bool {
    const INVALID_FUNCTION: i32 = 1;
    const NOT_SUPPORTED: i32 = 50;
    matches!(code, Some(INVALID_FUNCTION | NOT_SUPPORTED))
}

/// Opened, and not only looked at: over NFS that asks the server.
#[cfg(unix)]
fn has_two_names(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    File::open(path).and_then(|file| file.metadata()).is_ok_and(|meta| meta.nlink() > 1)
}

#[cfg(not(unix))]
fn has_two_names(_: &Path) -> bool {
    false
}

/// Makes a new name survive a power cut. Only Unix can flush a folder.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

//! The working folder of a follower: every path stays inside it, and every change is whole.
//!
//! Its own things lie in `.cyclorama/`. Paths are opened beneath the folder only, whatever links lie in the way.

mod alone;

use std::collections::HashSet;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cap_fs_ext::{DirExt, SystemTimeSpec};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};
use cyclorama_content::Digest;
use serde::{Serialize, de::DeserializeOwned};

use super::FollowError;
use super::journal::{Followed, Journal, Look, Step};
use crate::local::{names::folded, patiently};

/// Things that were in the way: where they were, and where they lie now.
pub(super) type Kept = Vec<(String, String)>;

/// A folder that a ref is followed into. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Folder {
    dir: Arc<Dir>,
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`, made if it is not there.
    ///
    /// # Errors
    /// [`FollowError::Io`] when it cannot be made or opened.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, FollowError> {
        let path = path.into();
        let failed = |source| FollowError::Io { action: "open", path: path.clone(), source };
        std::fs::create_dir_all(path.join(STAGING)).map_err(failed)?;
        let dir = Dir::open_ambient_dir(&path, ambient_authority()).map_err(failed)?;
        Ok(Self { dir: Arc::new(dir), path })
    }

    /// The version it shows.
    ///
    /// # Errors
    /// [`FollowError::Io`] when that cannot be read.
    pub async fn followed(&self) -> Result<Option<Followed>, FollowError> {
        self.blocking(|folder| folder.read_json(FOLLOWED)).await
    }

    /// Takes all steps to the next version. Returns what was in the way.
    pub(super) async fn apply(&self, steps: Vec<Step>, next: Followed) -> Result<Kept, FollowError> {
        self.blocking(move |folder| {
            folder.settle(&steps)?;
            let journal = Journal::new(next, steps);
            folder.write_json(APPLYING, &journal)?;
            folder.take_steps(&journal)
        })
        .await
    }

    /// Takes the steps that a kill left over. Returns what was in the way.
    pub(super) async fn finish(&self) -> Result<Kept, FollowError> {
        self.blocking(|folder| {
            let Some(journal) = folder.read_json::<Journal>(APPLYING)? else { return Ok(Kept::new()) };
            let is_seen = journal.is_of_this_boot();
            let sound = journal.steps.iter().all(|step| match step {
                Step::Put { path, staged, content, is, .. } => {
                    let is_it = |digest: Option<Digest>| digest == Some(*content);
                    folder.digest_of_staged(staged).is_ok_and(is_it)
                        || match is_seen {
                            true => folder.looks(path, *is).unwrap_or(false),
                            false => folder.digest_of(path).is_ok_and(is_it),
                        }
                }
                _ => true,
            });
            if sound {
                return folder.take_steps(&journal);
            }
            // The machine lost power, and files with it: what is missing is fetched again. The version shown
            // is between two; forgetting it makes the next one compare with every file there is.
            folder.remove(APPLYING)?;
            folder.remove(FOLLOWED)?;
            Ok(Kept::new())
        })
        .await
    }

    pub(super) fn take_steps(&self, journal: &Journal) -> Result<Kept, FollowError> {
        let mut kept = Kept::new();
        // After a kill: what is in place already is not what has to go from there, however its name is spelt.
        let placed: HashSet<String> = journal
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::Put { path, staged, .. } if self.dir.symlink_metadata(staged_path(staged)).is_err() => {
                    Some(folded(path))
                }
                _ => None,
            })
            .collect();
        for step in &journal.steps {
            match step {
                Step::Folder { path } => self.make_folder(path, &mut kept)?,
                Step::Remove { path, was } => {
                    if !placed.contains(&folded(path)) && self.look(path)?.is_some() {
                        self.clear(path, Some(*was), &mut kept)?;
                    }
                }
                Step::Put { path, staged, is, mode, was, .. } => {
                    let source = staged_path(staged);
                    if self.dir.symlink_metadata(&source).is_err() {
                        // This step was taken before a kill.
                        continue;
                    }
                    if let Some((parent, _)) = path.rsplit_once('/') {
                        self.make_folder(parent, &mut kept)?;
                    }
                    self.clear(path, *was, &mut kept)?;
                    self.finish_file(&source, *is, *mode)?;
                    patiently(|| self.dir.rename(&source, &self.dir, path))
                        .map_err(|source| self.failed("write", path, source))?;
                }
                // Something else is in it: it stays.
                Step::RemoveFolder { path } => drop(self.dir.remove_dir(path)),
            }
        }
        self.write_json(FOLLOWED, &journal.next)?;
        self.remove(APPLYING)?;
        Ok(kept)
    }

    /// Makes way at a path: what looks as it was put there goes, everything else is kept aside.
    fn clear(&self, path: &str, was: Option<Look>, kept: &mut Kept) -> Result<(), FollowError> {
        let meta = match self.dir.symlink_metadata(path) {
            Ok(meta) => meta,
            Err(error) if is_absent(&error) => return Ok(()),
            Err(source) => return Err(self.failed("look at", path, source)),
        };
        if meta.is_dir() && self.dir.remove_dir(path).is_ok() {
            return Ok(());
        }
        if meta.is_file() && was.is_some_and(|was| was.is(&look_of(&meta))) {
            return match patiently(|| self.dir.remove_file(path)) {
                Err(source) if !is_absent(&source) => Err(self.failed("remove", path, source)),
                _ => Ok(()),
            };
        }
        let name = path.replace('/', "_");
        let aside = (0..).map(|number| format!("{KEPT}/{number}-{name}"));
        let aside = aside.take(10_000).find(|aside| self.dir.symlink_metadata(aside).is_err());
        let aside = aside.unwrap_or_else(|| format!("{KEPT}/{:016x}", rand::random::<u64>()));
        self.dir.create_dir_all(KEPT).map_err(|source| self.failed("make", KEPT, source))?;
        patiently(|| self.dir.rename(path, &self.dir, &aside))
            .map_err(|source| self.failed("move aside", path, source))?;
        kept.push((path.to_owned(), aside));
        Ok(())
    }

    fn make_folder(&self, path: &str, kept: &mut Kept) -> Result<(), FollowError> {
        if self.dir.create_dir_all(path).is_ok() {
            return Ok(());
        }
        // A file or a link stands where a folder has to be.
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            let part = &path[..end];
            if self.dir.symlink_metadata(part).is_ok_and(|meta| !meta.is_dir()) {
                self.clear(part, None, kept)?;
            }
        }
        self.dir.create_dir_all(path).map_err(|source| self.failed("make", path, source))
    }

    fn finish_file(&self, staged: &str, is: Look, mode: u32) -> Result<(), FollowError> {
        let failed = |source| self.failed("finish", staged, source);
        set_mode(&self.dir, staged, mode).map_err(failed)?;
        let time = SystemTimeSpec::from(cap_std::time::SystemTime::from_std(system_time(is.mtime_ns)));
        self.dir.set_mtime(staged, time).map_err(failed)
    }

    /// How a file looks; nothing when there is none.
    pub(super) fn look(&self, path: &str) -> Result<Option<Look>, FollowError> {
        match self.dir.symlink_metadata(path) {
            Ok(meta) if meta.is_file() => Ok(Some(look_of(&meta))),
            Ok(_) => Ok(None),
            Err(error) if is_absent(&error) => Ok(None),
            Err(source) => Err(self.failed("look at", path, source)),
        }
    }

    /// Whether there is a file that was made to look so and that nobody changed.
    pub(super) fn looks(&self, path: &str, wanted: Look) -> Result<bool, FollowError> {
        Ok(self.look(path)?.is_some_and(|found| wanted.is(&found)))
    }

    /// Part of a file of the folder.
    pub(super) fn read_part(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut file = self.dir.open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// A new staged file of this length, to be filled.
    pub(super) fn create_staged(&self, staged: &str, length: u64) -> Result<File, FollowError> {
        let path = staged_path(staged);
        let made = || {
            let options = OpenOptions::new().write(true).create(true).truncate(true).clone();
            let file = self.dir.open_with(&path, &options)?;
            file.set_len(length)?;
            Ok(file)
        };
        made().map_err(|source| self.failed("make", &path, source))
    }

    /// Writes bytes into a staged file.
    pub(super) fn write_staged(&self, staged: &str, offset: u64, bytes: &[u8]) -> Result<(), FollowError> {
        let path = staged_path(staged);
        let write = || {
            let mut file = self.dir.open_with(&path, OpenOptions::new().write(true))?;
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)
        };
        write().map_err(|source| self.failed("write", &path, source))
    }

    /// The digest of a staged file; nothing when there is none.
    pub(super) fn digest_of_staged(&self, staged: &str) -> Result<Option<Digest>, FollowError> {
        self.digest_of(&staged_path(staged))
    }

    /// The digest of a file; nothing when there is none.
    pub(super) fn digest_of(&self, path: &str) -> Result<Option<Digest>, FollowError> {
        let read = self.dir.open(path).and_then(Digest::of_reader);
        match read {
            Ok(digest) => Ok(Some(digest)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(source) => Err(self.failed("read", path, source)),
        }
    }

    /// Removes staged files that are not among these.
    pub(super) fn keep_staged(&self, wanted: &HashSet<String>) -> Result<(), FollowError> {
        let failed = |source| self.failed("list", STAGING, source);
        for entry in self.dir.read_dir(STAGING).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if !name.to_str().is_some_and(|name| wanted.contains(name)) {
                drop(self.dir.remove_file(Path::new(STAGING).join(name)));
            }
        }
        Ok(())
    }

    fn read_json<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, FollowError> {
        let text = match self.dir.read(path) {
            Ok(text) => text,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(source) => return Err(self.failed("read", path, source)),
        };
        serde_json::from_slice(&text).map(Some).map_err(|error| self.failed("read", path, error.into()))
    }

    /// Writes a file of our own, whole or not at all, also when the power goes.
    pub(super) fn write_json(&self, path: &str, value: &impl Serialize) -> Result<(), FollowError> {
        let temporary = format!("{path}.new");
        let write = || {
            let mut file = self.dir.create(&temporary)?;
            file.write_all(&serde_json::to_vec(value)?)?;
            file.sync_all()?;
            drop(file);
            patiently(|| self.dir.rename(&temporary, &self.dir, path))
        };
        write().map_err(|source| self.failed("write", path, source))
    }

    fn remove(&self, path: &str) -> Result<(), FollowError> {
        match patiently(|| self.dir.remove_file(path)) {
            Err(source) if !is_absent(&source) => Err(self.failed("remove", path, source)),
            _ => Ok(()),
        }
    }

    pub(super) fn failed(&self, action: &'static str, path: &str, source: io::Error) -> FollowError {
        FollowError::Io { action, path: self.path.join(path), source }
    }

    /// Runs file work where it may block.
    pub(super) async fn blocking<T, F>(&self, work: F) -> Result<T, FollowError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, FollowError> + Send + 'static,
    {
        let this = self.clone();
        match tokio::task::spawn_blocking(move || work(&this)).await {
            Ok(result) => result,
            Err(join) if join.is_panic() => std::panic::resume_unwind(join.into_panic()),
            Err(join) => Err(crate::RepositoryError::from(join).into()),
        }
    }
}

fn staged_path(staged: &str) -> String {
    format!("{STAGING}/{staged}")
}

fn look_of(meta: &Metadata) -> Look {
    let mtime_ns = meta.modified().map_or(0, |time| {
        let time = time.into_std();
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
        }
    });
    Look { size: meta.len(), mtime_ns }
}

fn system_time(nanos: i64) -> SystemTime {
    let span = Duration::from_nanos(nanos.unsigned_abs());
    if nanos < 0 { UNIX_EPOCH - span } else { UNIX_EPOCH + span }
}

#[cfg(unix)]
fn set_mode(dir: &Dir, path: &str, mode: u32) -> io::Result<()> {
    use cap_std::fs::PermissionsExt;
    // As a hydrate does: who brings a file can read and write it, also when its next version comes.
    dir.set_permissions(path, cap_std::fs::Permissions::from_mode(mode & 0o777 | 0o600))
}

#[cfg(not(unix))]
fn set_mode(_: &Dir, _: &str, _: u32) -> io::Result<()> {
    Ok(())
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

const STAGING: &str = ".cyclorama/staging";
const FOLLOWED: &str = ".cyclorama/followed.json";
const APPLYING: &str = ".cyclorama/applying.json";
/// What was in the way.
const KEPT: &str = ".cyclorama/kept";

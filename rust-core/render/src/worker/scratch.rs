//! A worker's scratch folder: removed at its end, or by the next worker when it was killed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::WorkerError;

const PREFIX: &str = "cyclorama-worker-";
const LOCK: &str = "lock";

/// A folder that is removed with everything in it. A lock inside, which dies with the process, says that it is used.
#[derive(Debug)]
pub(super) struct Scratch {
    path: PathBuf,
    _lock: File,
}

impl Scratch {
    /// A new folder in `parent`. Folders that killed workers left there are removed first.
    pub(super) fn new(parent: &Path) -> Result<Self, WorkerError> {
        let path = parent.join(format!("{PREFIX}{:016x}", rand::random::<u64>()));
        let path = std::path::absolute(&path).unwrap_or(path);
        let made = fs::create_dir_all(&path).and_then(|()| {
            sweep(parent);
            // Under its name only once it is held, or another worker that starts now would find it free.
            let unheld = path.join("lock.new");
            let lock = File::create(&unheld)?;
            lock.lock()?;
            fs::rename(&unheld, path.join(LOCK))?;
            Ok(lock)
        });
        match made {
            Ok(lock) => Ok(Self { path, _lock: lock }),
            Err(source) => Err(WorkerError::Scratch { path, source }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::debug!(%error, "the scratch folder stays");
        }
    }
}

/// A folder without a lock file is just being made; one whose lock can be had belongs to nobody.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if is_ours
            && let Ok(lock) = File::options().write(true).open(entry.path().join(LOCK))
            && lock.try_lock().is_ok()
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::debug!(%error, "an old scratch folder stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_of_dead_workers_are_swept() {
        let home = tempfile::tempdir().expect("a folder");
        let dead = home.path().join("cyclorama-worker-dead");
        let foreign = home.path().join("pictures");
        for folder in [&dead, &foreign] {
            fs::create_dir(folder).expect("a folder");
            File::create(folder.join(LOCK)).expect("a lock that nobody holds");
        }
        let young = home.path().join("cyclorama-worker-young");
        fs::create_dir(&young).expect("a folder");
        let living = Scratch::new(home.path()).expect("scratch");
        let other = Scratch::new(home.path()).expect("scratch");
        assert!(!dead.exists() && foreign.exists() && young.exists() && living.path().exists());
        let path = other.path().to_owned();
        drop(other);
        assert!(!path.exists());
    }
}

//! A working folder and its content store together: publishing what is in it.
//!
//! Takes the folder for itself, looks through it, refuses what cannot travel before anything is sent, publishes, and
//! remembers how the files looked, so that the next publish reads only what changed.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cyclorama_content::ChunkIds;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::Clock;

use crate::Repository;
use crate::hydrate::resume::absorb;
use crate::local::read::{ReadError, TakeError, read_steadily};
use crate::local::scan::{ScanError, Trouble, check_root, scan};
use crate::local::{Folder, HeldFolder, Home, Item, Record, RelPath, Scan, Stamp, State, WriteError};
use crate::publish::{self, Options, PublishError, ReadProblem, Report, Scanned, ScannedKind, Source, Take};

/// Why a working folder could not be published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkingError {
    /// Looking through it.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// Names, links or things in it that cannot travel. Nothing was sent.
    #[error("{} in the folder cannot be published", things(.0))]
    Troubles(Vec<Trouble>),
    /// Its own records in it.
    #[error(transparent)]
    Workspace(#[from] WriteError),
    /// What is known of it could not be kept. The publish itself is done.
    #[error("what was published could not be remembered")]
    State(#[source] io::Error),
    /// Publishing.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A background task was lost.
    #[error("a background task was lost")]
    Task(#[from] tokio::task::JoinError),
}

impl Classify for WorkingError {
    fn kind(&self) -> Kind {
        match self {
            Self::Scan(source) => source.kind(),
            Self::Troubles(_) => Kind::User,
            Self::Workspace(source) => source.kind(),
            Self::State(_) | Self::Task(_) => Kind::Internal,
            Self::Publish(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Scan(source) => source.hint(),
            Self::Troubles(_) => Some("rename them, or list them in .cycignore".to_owned()),
            Self::Workspace(source) if source.is_read_only() => {
                Some("name a folder for its records with --records, or check who may write there".to_owned())
            }
            Self::Workspace(source) => source.hint(),
            Self::Publish(source) => source.hint(),
            _ => None,
        }
    }
}

/// `a.uasset` and 3 other things, with the reason of the first.
fn things(troubles: &[Trouble]) -> String {
    match troubles {
        [] => "something".to_owned(),
        [one] => format!("`{}` ({})", one.path, one.why),
        [first, rest @ ..] => format!("`{}` ({}) and {} more things", first.path, first.why, rest.len()),
    }
}

/// Publishes the folder `root`. In a dry run nothing is written, also not in the folder.
///
/// # Errors
/// [`WorkingError`]; nothing is visible in the store then, except for [`WorkingError::State`].
pub async fn publish_folder(
    repository: &Repository,
    root: &Path,
    clock: Arc<dyn Clock>,
    options: &Options,
) -> Result<Report, WorkingError> {
    let store = repository.format().id.clone();
    let folder = WorkingFolder {
        root: root.to_owned(),
        records: options.records.clone(),
        spare: spare_of(repository),
    };
    let (dry_run, asked) = (options.dry_run, store.clone());
    let (ids, look_clock) = (repository.ids().clone(), Arc::clone(&clock));
    let looked = tokio::task::spawn_blocking(move || folder.look(&asked, dry_run, &ids, look_clock.as_ref()))
        .await??;
    let Looked { found, state, home, _held } = looked;
    let unsettled = state.unsettled;
    let source = Arc::new(FolderSource { root: root.to_owned(), clock });
    let options = Options { journal: Some(home.journal(&store)), ..options.clone() };
    let mut report = publish::publish(repository, source, found, state.into_base(&store), &options).await?;
    report.records = home.is_elsewhere().then(|| home.path().to_owned());
    if let Some(base) = report.base.take() {
        let snapshot = report.snapshot;
        let saved = tokio::task::spawn_blocking(move || {
            let mut state = State::published(base, snapshot);
            state.unsettled = unsettled;
            // What a hydrate brought that was cut off is known by now.
            state
                .save(home.path(), &store)
                .and_then(|()| State::forget_intended(home.path(), &store))
                .map(|()| state.into_base(&store))
        });
        report.base = Some(saved.await?.map_err(WorkingError::State)?);
    }
    Ok(report)
}

/// Where the records of a folder are that was published from this machine, or brought to it.
pub fn home_of(repository: &Repository, root: &Path, records: Option<&Path>) -> Home {
    let spare = spare_of(repository);
    Home::written_last(root, records.or(spare.as_deref()), &repository.format().id)
}

/// Where records of folders lie that may not be written.
fn spare_of(repository: &Repository) -> Option<PathBuf> {
    repository.cache_folder().map(|cache| cache.join("folders"))
}

/// A folder to be published, and where its records may lie: as named, or where the folder may not be written.
struct WorkingFolder {
    root: PathBuf,
    records: Option<PathBuf>,
    spare: Option<PathBuf>,
}

/// A folder as it was found, and what was known of it.
struct Looked {
    found: Vec<Scanned>,
    state: State,
    home: Home,
    /// Nobody works in it as long as this is there. A dry run only looks.
    _held: Option<HeldFolder>,
}

impl WorkingFolder {
    /// Takes the folder, and looks: what is found and what is known of it then belong together.
    fn look(
        &self,
        store: &str,
        dry_run: bool,
        ids: &ChunkIds,
        clock: &dyn Clock,
    ) -> Result<Looked, WorkingError> {
        check_root(&self.root)?;
        let (records, spare) = (self.records.as_deref(), self.spare.as_deref());
        let held = match dry_run {
            true => None,
            false => Some(HeldFolder::take(&self.root, records, spare)?),
        };
        let found = scan(&self.root)?;
        if !found.troubles.is_empty() {
            return Err(WorkingError::Troubles(found.troubles));
        }
        let (found, known) = (scanned(found), Home::written_last(&self.root, records.or(spare), store));
        let mut state = State::load(known.path(), store);
        if known.is_elsewhere() && !is_likely_of(&state, &found) {
            tracing::warn!(
                "most of what is known of this folder is not there: it is taken for another one and read anew, and nothing is published as removed"
            );
            state = State::default();
        }
        // What a hydrate brought that was cut off is nobody's edit.
        absorb(&mut state, &State::load_intended(known.path(), store), (&self.root, ids), clock);
        let home = held.as_ref().map_or(known, |held| held.home.clone());
        Ok(Looked { found, state, home, _held: held })
    }
}

/// Whether these records, which do not lie in the folder itself, are of what was found and not of another card that was
/// there before: then at least half of the files look as they did. Files of another card were not removed from this one.
fn is_likely_of(state: &State, found: &[Scanned]) -> bool {
    let known = state.records();
    let files = known.iter().filter(Record::is_file).count();
    let mut seeker = known.seeker();
    let same = found.iter().filter(|found| {
        let ScannedKind::File { stamp, .. } = &found.kind else { return false };
        let before = seeker.find(&found.path).and_then(|at| known.at(at).stamp());
        before.is_some_and(|before| (before.size, before.mtime_ns) == (stamp.size, stamp.mtime_ns))
    });
    same.count() * 2 >= files
}

/// A scan as publishing takes it: every folder before what is in it.
pub fn scanned(scan: Scan) -> Vec<Scanned> {
    let (mut found, mut path) = (Vec::new(), String::new());
    take_folder(scan.root, &mut path, &mut found);
    found.shrink_to_fit();
    found
}

fn take_folder(folder: Folder, path: &mut String, found: &mut Vec<Scanned>) {
    for item in folder.items {
        let length = path.len();
        if length > 0 {
            path.push('/');
        }
        path.push_str(item.name());
        let (kind, below) = match item {
            Item::File(file) => (ScannedKind::File { stamp: file.stamp, mode: file.mode }, None),
            Item::Folder(folder) => (ScannedKind::Folder, Some(folder)),
            Item::Symlink { target, .. } => (ScannedKind::Symlink(target), None),
        };
        found.push(Scanned { path: path.clone(), kind });
        if let Some(folder) = below {
            take_folder(folder, path, found);
        }
        path.truncate(length);
    }
}

/// The files of a folder on this machine.
pub struct FolderSource {
    /// The folder.
    pub root: PathBuf,
    /// Tells when reading began, by the clock that files get their times from.
    pub clock: Arc<dyn Clock>,
}

impl Source for FolderSource {
    fn read(&self, path: &str, take: &mut Take<'_>) -> Result<Stamp, ReadProblem> {
        let path = RelPath::new(path).map_err(|_| ReadProblem::Gone)?.below(&self.root);
        let taken = read_steadily(&path, &self.clock, |reader: &mut dyn Read, stamp| {
            take(reader, stamp).map_err(TakeError::<std::convert::Infallible>::Read)
        });
        match taken {
            Ok(steady) => Ok(steady.stamp),
            Err(ReadError::Changing(_)) => Err(ReadProblem::Unstable),
            Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Err(ReadProblem::Gone),
            Err(ReadError::Io(error)) => Err(ReadProblem::Io(error)),
            Err(ReadError::NotAFile) => Err(ReadProblem::Gone),
            Err(ReadError::Taker(never)) => match never {},
        }
    }

    fn look_again(&self, missing: &[&str]) -> io::Result<Vec<Scanned>> {
        let is_gone = |path: &str| {
            let Ok(path) = RelPath::new(path) else { return true };
            fs::symlink_metadata(path.below(&self.root)).is_err_and(|error| {
                matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
            })
        };
        // What is gone from the disk needs no second scan. What is there may be ignored by now, which a scan knows.
        if missing.iter().all(|path| is_gone(path)) {
            return Ok(Vec::new());
        }
        let found = scan(&self.root).map_err(|error| match error {
            ScanError::Root { source, .. } => source,
            rules @ ScanError::Rules(_) => io::Error::other(rules),
        })?;
        if !found.troubles.is_empty() {
            return Err(io::Error::other(format!("{} cannot be published", things(&found.troubles))));
        }
        let wanted: HashSet<&str> = missing.iter().copied().collect();
        Ok(scanned(found).into_iter().filter(|found| wanted.contains(found.path.as_str())).collect())
    }

    fn grace(&self) -> Duration {
        GRACE
    }
}

/// A save by removing a file and moving the new one into its place takes a few milliseconds, and on a share some more.
const GRACE: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests;

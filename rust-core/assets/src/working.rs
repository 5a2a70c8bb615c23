//! A working folder and its content store together: publishing what is in it.
//!
//! Looks through the folder, refuses what cannot travel before anything is sent, publishes, and remembers how the files
//! looked, so that the next publish reads only what changed.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::Clock;

use crate::Repository;
use crate::local::read::{ReadError, TakeError, read_steadily};
use crate::local::scan::{ScanError, Trouble, scan};
use crate::local::{Folder, Item, RelPath, Scan, Stamp, State, Workspace, WriteError};
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
    let (path, store, dry_run) = (root.to_owned(), repository.format().id.clone(), options.dry_run);
    let look = tokio::task::spawn_blocking(move || {
        let found = scan(&path)?;
        if !found.troubles.is_empty() {
            return Err(WorkingError::Troubles(found.troubles));
        }
        let lock = if dry_run { None } else { Some(Workspace::open(&path)?) };
        Ok((scanned(found), State::load(&path, &store), lock))
    });
    let (found, state, _lock) = look.await??;
    let unsettled = state.unsettled;
    let source = Arc::new(FolderSource { root: root.to_owned(), clock });
    let store = repository.format().id.clone();
    let mut report = publish::publish(repository, source, found, state.into_base(&store), options).await?;
    if let Some(base) = report.base.take() {
        let (path, snapshot) = (root.to_owned(), report.snapshot);
        let saved = tokio::task::spawn_blocking(move || {
            let mut state = State::published(base, snapshot);
            state.unsettled = unsettled;
            state.save(&path, &store).map(|()| state.into_base(&store))
        });
        report.base = Some(saved.await?.map_err(WorkingError::State)?);
    }
    Ok(report)
}

/// Where the journal of an unfinished publish of this folder lies.
pub fn journal_of(root: &Path, store: &str) -> PathBuf {
    State::path(root, store).with_file_name("publishing")
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
}

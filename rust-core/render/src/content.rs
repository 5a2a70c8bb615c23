//! Published content that a job needs beside its scene: the production's files, and packs of derived data such as a warm cache.
//!
//! A plan names each by its store and version, so it cannot change under the job, and may name packages of an Unreal project: then
//! only the part that they need is brought, beside what other jobs brought of the same version. A machine brings a version here once, for all
//! jobs and workers, and looks before each start of a host's worker whether it is still whole. Nothing is drawn before all of it
//! is here. This never opens a store, and never removes what a living worker uses ([`make_room`]).

mod name;
mod room;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cyclorama_assets::hydrate::{HydrateError, OnEdit, Options, Select, hydrate};
use cyclorama_assets::unreal::{ClosureError, DependencyTable, part_of_snapshot};
use cyclorama_assets::{Repository, Snapshot, SnapshotId};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::{Cancel, Cancelled, Progress};
use cyclorama_time::Clock;
use serde::{Deserialize, Serialize};

pub use name::{ContentName, NotAName};
pub use room::{Kept, Room, Use, kept, make_room};

use crate::host::confine::size_of;

/// Content that a job needs, as its plan says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What hosts know it by.
    pub name: ContentName,
    /// The store it was published to, as all of the job's machines reach it: a path or a URL.
    pub store: String,
    /// The version. It names every byte.
    pub snapshot: SnapshotId,
    /// Packages of an Unreal project, as `/Game/Maps/Stage`: only the part of the version that they need is brought
    /// ([`part_of_snapshot`]). All of it where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    /// Files in it, or in that part.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Why content could not be brought here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// The folder for content.
    #[error("the folder for content `{}` cannot be used", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The store does not give it whole.
    #[error("the version {} of `{name}` cannot be brought here", version.short())]
    Hydrate {
        /// What hosts know it by.
        name: ContentName,
        /// Which version.
        version: SnapshotId,
        /// Why.
        #[source]
        source: Box<HydrateError>,
    },
    /// What a part of it consists of is not known.
    #[error("what of the version {} of `{name}` the job needs cannot be found", version.short())]
    Part {
        /// What hosts know it by.
        name: ContentName,
        /// Which version.
        version: SnapshotId,
        /// Why.
        #[source]
        source: Box<ClosureError>,
    },
    /// Somebody asked to stop. What is here already is used next time.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Classify for ContentError {
    fn kind(&self) -> Kind {
        match self {
            Self::Folder { source, .. } => Classify::kind(source),
            Self::Hydrate { source, .. } => source.kind(),
            Self::Part { source, .. } => source.kind(),
            Self::Cancelled(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Folder { .. } => Some("name another one by the setting render.cache".to_owned()),
            Self::Hydrate { source, .. } if source.kind() == Kind::Integrity => Some(
                "look through the store with `cyclorama assets verify`, and publish the content again"
                    .to_owned(),
            ),
            Self::Hydrate { source, .. } => source.hint(),
            Self::Part { source, .. } => source.hint(),
            Self::Cancelled(_) => None,
        }
    }
}

/// Content that is here and whole, and stays so as long as this lives.
#[derive(Debug)]
pub struct Brought {
    /// Where it lies. Others on this machine use it too: it is for reading.
    pub folder: PathBuf,
    /// Bytes that were fetched for it now; 0 when it was here.
    pub fetched: u64,
    /// What was removed to make room for it.
    pub room: Room,
    /// Keeps it here.
    pub held: Use,
}

/// Where a machine keeps content, by store and version.
#[derive(Clone)]
pub struct ContentFolder {
    root: PathBuf,
    clock: Arc<dyn Clock>,
    most: u64,
}

impl ContentFolder {
    /// Keeps content in `root`, which is made where it is not there. Files get their times from `clock`.
    pub fn new(root: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self { root, clock, most: u64::MAX }
    }

    /// The same, which makes room before anything is fetched, so that no more than `most` bytes lie there. What is used stays and counts, and
    /// a job that needs more gets it: then there is more.
    #[must_use]
    pub fn within(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// Makes sure that `content`, whose store is open as `repository`, is here and whole: fetches what is missing, and puts right
    /// what was changed. While another process does the same this waits for it, as long as that one lives.
    ///
    /// # Errors
    /// [`ContentError`]; what was fetched until then is used next time.
    pub async fn bring(
        &self,
        repository: &Repository,
        content: &Content,
        progress: &Progress,
        cancel: &Cancel,
    ) -> Result<Brought, ContentError> {
        let home = self.root.join(&repository.format().id);
        let folder = home.join(content.snapshot.to_string());
        let unusable = |source| ContentError::Folder { path: home.clone(), source };
        fs::create_dir_all(&home).map_err(unusable)?;
        let failed = |source: HydrateError| ContentError::Hydrate {
            name: content.name.clone(),
            version: content.snapshot,
            source: Box::new(source),
        };
        let snapshot = repository.snapshot(content.snapshot).await.map_err(|error| failed(error.into()))?;
        let select = part(repository, content, &snapshot, &home.join(DEPENDENCIES)).await?;
        let stopped = |why| match why {
            Stopped::Io(source) => unusable(source),
            Stopped::Cancelled(cancelled) => cancelled.into(),
        };
        let _turn = hold(&folder.with_extension("lock"), File::try_lock, cancel).await.map_err(stopped)?;
        let held = Use::of(&folder, Arc::clone(&self.clock), cancel).await.map_err(stopped)?;
        let room = self.room(content.bytes, &folder).await;
        let mut options = Options::new(Arc::clone(&self.clock));
        options.on_edit = OnEdit::Replace;
        options.progress = progress.clone();
        options.cancel = cancel.clone();
        options.select = select;
        let hydrated = hydrate(repository, content.snapshot, &snapshot, &folder, &options).await;
        let report = hydrated.map_err(|source| match source {
            HydrateError::Cancelled(cancelled) => cancelled.into(),
            source => failed(source),
        })?;
        Ok(Brought { folder, fetched: report.bytes_downloaded, room, held })
    }

    /// Makes room for what of `bytes` is not in `folder` yet.
    async fn room(&self, bytes: u64, folder: &Path) -> Room {
        let (root, folder, most) = (self.root.clone(), folder.to_owned(), self.most);
        let made = tokio::task::spawn_blocking(move || match bytes.saturating_sub(size_of(&folder)) {
            0 => Ok(Room::default()),
            missing => make_room(&root, most, missing),
        });
        let made = made.await.map_err(io::Error::other).and_then(|made| made);
        made.unwrap_or_else(|error| {
            // Whether there is enough of the disk, the disk says.
            tracing::warn!(%error, "no room could be made in the folder for content");
            Room::default()
        })
    }
}

/// Which part of its version a job needs; `file` remembers what headers say.
async fn part(
    repository: &Repository,
    content: &Content,
    snapshot: &Snapshot,
    file: &Path,
) -> Result<Select, ContentError> {
    if content.packages.is_empty() {
        return Ok(Select::all());
    }
    let unknown = |source| ContentError::Part {
        name: content.name.clone(),
        version: content.snapshot,
        source: Box::new(source),
    };
    repository.load_indexes(&snapshot.indexes).await.map_err(|error| unknown(error.into()))?;
    let mut known = DependencyTable::load(file);
    let found = part_of_snapshot(repository, snapshot, &content.packages, &mut known).await;
    if let Err(error) = known.save(file) {
        tracing::debug!(%error, "what headers say is not remembered");
    }
    Ok(Select::all().with_paths(found.map_err(unknown)?.paths))
}

/// Beside a store's versions: what the headers of its packages say.
const DEPENDENCIES: &str = "dependencies";

enum Stopped {
    Io(io::Error),
    Cancelled(Cancelled),
}

/// Waits until `take` can have the lock of this file, which dies with whoever holds it.
async fn hold(
    lock: &Path,
    take: fn(&File) -> Result<(), fs::TryLockError>,
    cancel: &Cancel,
) -> Result<File, Stopped> {
    const LOOK: Duration = Duration::from_millis(100);
    let file = File::options().create(true).truncate(false).write(true).open(lock).map_err(Stopped::Io)?;
    loop {
        match take(&file) {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) => {}
            Err(fs::TryLockError::Error(source)) => return Err(Stopped::Io(source)),
        }
        cancel.check().map_err(Stopped::Cancelled)?;
        tokio::time::sleep(LOOK).await;
    }
}

//! Following a ref on the stage: each published version is brought into the working folder, once and as a whole.
//!
//! A look at the ref is one small request. A version is first fetched and proven beside the folder's files, what
//! matters most first; then all of it is renamed into place in one short phase that a journal makes whole after a
//! kill. So nobody opens half a version, but for the milliseconds of that phase. What is in the folder and was not put
//! there by following is never overwritten or removed: it is kept aside and told. The network may go away at any time.

mod folder;
mod journal;
mod stage;

use std::path::PathBuf;
use std::time::Duration;

use cyclorama_content::ChunkId;
use cyclorama_outcome::{Classify, Kind, retry::Policy};
use cyclorama_progress::{Cancel, Cancelled, Progress};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Serialize;

pub use folder::Folder;
pub use journal::Followed;
pub(crate) use journal::rewritten;

use crate::diff::{Difference, diff};
use crate::local::WriteError;
use crate::local::names::NameProblem;
use crate::{RefName, Repository, RepositoryError, SnapshotId, StoreError};

/// Why a version could not be brought into the folder. The folder shows the version before, or the journal finishes
/// this one at the next start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// The content store.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The ref is not there.
    #[error("there is no ref `{0}`")]
    NoRef(RefName),
    /// The folder follows another store or ref.
    #[error("the folder follows `{name}` of another store or ref")]
    Another {
        /// What it follows.
        name: RefName,
    },
    /// There is no version to go back to.
    #[error("this folder has had no version before the present one")]
    NoEarlier,
    /// A name cannot stand on every system.
    #[error(transparent)]
    Path(#[from] NameProblem),
    /// A file did not come out as it was published.
    #[error("`{0}` does not match its digest")]
    Content(String),
    /// The folder.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another command works in the folder, or it is no folder to work in.
    #[error(transparent)]
    Workspace(#[from] WriteError),
    /// A list of priorities is no list of globs.
    #[error("a priority is no glob")]
    Glob(#[from] globset::Error),
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Classify for FollowError {
    fn kind(&self) -> Kind {
        match self {
            Self::Repository(source) => source.kind(),
            Self::NoRef(_) | Self::NoEarlier => Kind::NotFound,
            Self::Another { .. } | Self::Glob(_) => Kind::User,
            Self::Path(_) => Kind::Refused,
            Self::Content(_) => Kind::Integrity,
            Self::Io { source, .. } => Classify::kind(source),
            Self::Workspace(source) => source.kind(),
            Self::Cancelled(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Repository(source) => source.hint(),
            Self::NoRef(_) => Some("see which there are with: cyclorama assets refs STORE".to_owned()),
            Self::Another { .. } => Some("follow into another folder".to_owned()),
            Self::Io { source, .. } => source.hint(),
            Self::Workspace(source) => source.hint(),
            _ => None,
        }
    }
}

impl FollowError {
    /// Whether a person can put it right while following goes on.
    fn is_mendable(&self) -> bool {
        let is_full = |source: &std::io::Error| {
            matches!(source.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
        };
        self.kind() == Kind::Refused
            || matches!(self, Self::Io { source, .. } | Self::Workspace(WriteError::Io { source, .. }) if is_full(source))
    }

    /// Whether another command works in the folder now.
    fn is_busy(&self) -> bool {
        matches!(self, Self::Workspace(WriteError::Busy(_)))
    }
}

/// How to follow.
#[derive(Clone, Debug)]
pub struct FollowOptions {
    /// The ref.
    pub name: RefName,
    /// How often it is looked at. Looks are spread by a quarter to either side.
    pub poll: Duration,
    /// What is fetched first: globs, the most important first. `*` stays in a folder, `**` does not.
    pub first: Vec<String>,
    /// Bytes per second that following may take from the network; the rest is for others.
    pub share: Option<u64>,
    /// Requests at the same time.
    pub at_once: usize,
    /// Come to the present version and end.
    pub once: bool,
    /// Bytes to fetch and fetched.
    pub progress: Progress,
    /// Stops at the next safe point.
    pub cancel: Cancel,
}

impl FollowOptions {
    /// Following a ref with a look every two seconds.
    pub fn new(name: RefName) -> Self {
        Self {
            name,
            poll: Duration::from_secs(2),
            first: Vec::new(),
            share: None,
            at_once: 8,
            once: false,
            progress: Progress::new(),
            cancel: Cancel::new(),
        }
    }
}

/// What happened, as one JSON line each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FollowEvent {
    /// `cyclorama.follow/1`.
    pub schema: &'static str,
    /// The ref.
    #[serde(rename = "ref")]
    pub name: RefName,
    /// What happened.
    #[serde(flatten)]
    pub what: Happened,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Happened {
    /// A version was seen and is being fetched.
    Fetching {
        /// Which.
        snapshot: SnapshotId,
        /// Files that come or change.
        files: u64,
        /// Bytes that cross the network.
        bytes: u64,
    },
    /// A version is in the folder, whole and proven.
    Version {
        /// Which.
        snapshot: SnapshotId,
        /// Who published it.
        author: String,
        /// What they said.
        message: String,
        /// Files written.
        files: u64,
        /// Files removed.
        removed: u64,
        /// Bytes that crossed the network.
        bytes_downloaded: u64,
        /// Bytes that were on the disk already.
        bytes_reused: u64,
    },
    /// Something in the folder was in the way and lies aside now.
    Kept {
        /// What.
        path: String,
        /// Where, from the folder.
        aside: String,
    },
    /// Something of a version cannot be in the folder.
    Skipped {
        /// What.
        path: String,
        /// Why, for people.
        reason: String,
    },
    /// The store could not be reached or read, the folder not written, or another command works in it. It is tried again.
    Trouble {
        /// Why, for people.
        reason: String,
        /// Milliseconds until then.
        retry_ms: u64,
    },
}

/// Follows until it is cancelled, or comes to the present version with `once`. `tell` is given each event.
///
/// # Errors
/// [`FollowError`] when going on makes no sense: trouble with the network, and another command that works in the folder, are
/// told and waited out; so is, once it went well, what a person can mend meanwhile: credentials that expired, rights, a full
/// disk. With `once` only that other command is, for half a minute.
pub async fn follow(
    repository: &Repository,
    folder: &Folder,
    options: &FollowOptions,
    tell: &mut (dyn FnMut(FollowEvent) + Send),
) -> Result<(), FollowError> {
    let (first, is_patient) = (priorities(&options.first)?, options.once);
    let mut run = Following { repository, folder, options, first, is_patient, tell };
    run.present().await?;
    let (mut failures, mut has_gone_well) = (0, false);
    loop {
        options.cancel.check()?;
        let wait = match run.look().await {
            Ok(()) if options.once => return Ok(()),
            Ok(()) => {
                (failures, has_gone_well) = (0, true);
                options.poll.mul_f64(0.75 + rand::random::<f64>() / 2.0)
            }
            Err(error)
                if !options.once
                    && (error.kind().is_transient()
                        || error.is_busy()
                        || (has_gone_well && error.is_mendable())) =>
            {
                failures += 1;
                let policy =
                    Policy { first_wait: options.poll, longest_wait: LONGEST_WAIT, ..Policy::default() };
                let wait = policy.ceiling_after(failures).mul_f64(0.5 + rand::random::<f64>() / 2.0);
                let retry_ms = wait.as_millis() as u64;
                let mut reason = reason(&error);
                if let Some(hint) = error.hint().filter(|_| !error.kind().is_transient()) {
                    reason = format!("{reason}: {hint}");
                }
                run.tell(Happened::Trouble { reason, retry_ms });
                wait
            }
            Err(error) => return Err(error),
        };
        pause(wait, &options.cancel).await?;
    }
}

/// Brings the version before the present one back into the folder. The ref stays where it is; following goes on with
/// the next version after the one that was taken back.
///
/// # Errors
/// [`FollowError::NoEarlier`] when there is none; [`WriteError::Busy`] when another command works in the folder for longer
/// than half a minute.
pub async fn roll_back(
    repository: &Repository,
    folder: &Folder,
    options: &FollowOptions,
    tell: &mut (dyn FnMut(FollowEvent) + Send),
) -> Result<SnapshotId, FollowError> {
    let first = priorities(&options.first)?;
    let mut run = Following { repository, folder, options, first, is_patient: true, tell };
    run.present().await?;
    let _alone = run.hold().await?;
    run.recover().await?;
    let present = run.present().await?.ok_or(FollowError::NoEarlier)?;
    let earlier = *present.earlier.last().ok_or(FollowError::NoEarlier)?;
    let mut next = present.clone();
    next.earlier.pop();
    // Of several that were taken back one after the other the newest is the one that the ref names.
    next.skip = present.skip.or(Some(present.snapshot));
    run.bring(earlier, Some(&present), next).await?;
    Ok(earlier)
}

/// One run of following.
struct Following<'a> {
    repository: &'a Repository,
    folder: &'a Folder,
    options: &'a FollowOptions,
    first: Vec<GlobSet>,
    /// Whether another command that works in the folder is waited for at once, rather than at the next look.
    is_patient: bool,
    tell: &'a mut (dyn FnMut(FollowEvent) + Send),
}

impl Following<'_> {
    /// The version in the folder.
    async fn present(&self) -> Result<Option<Followed>, FollowError> {
        let followed = self.folder.followed().await?;
        let is_another = |followed: &&Followed| {
            followed.store != self.repository.format().id || followed.name != self.options.name
        };
        match followed.as_ref().filter(is_another) {
            Some(followed) => Err(FollowError::Another { name: followed.name.clone() }),
            None => Ok(followed),
        }
    }

    /// Takes the folder for this command alone, until what is returned is dropped.
    async fn hold(&self) -> Result<std::fs::File, FollowError> {
        let mut looks = if self.is_patient { LOOKS_AT_BUSY } else { 0 };
        loop {
            match self.folder.blocking(Folder::lock).await {
                Err(error) if error.is_busy() && looks > 0 => looks -= 1,
                other => return other,
            }
            pause(BETWEEN_LOOKS_AT_BUSY, &self.options.cancel).await?;
        }
    }

    /// Finishes what a kill interrupted. The folder must be held.
    async fn recover(&mut self) -> Result<(), FollowError> {
        for (path, aside) in self.folder.finish().await? {
            self.tell(Happened::Kept { path, aside });
        }
        Ok(())
    }

    /// Looks at the ref and brings its version in, if it is another one.
    async fn look(&mut self) -> Result<(), FollowError> {
        if self.folder.is_applying().await? {
            let _alone = self.hold().await?;
            self.recover().await?;
        }
        let name = &self.options.name;
        let pointer =
            self.repository.read_ref(name).await?.ok_or_else(|| FollowError::NoRef(name.clone()))?;
        let wanted = pointer.value.snapshot;
        let is_here = |present: Option<&Followed>| {
            present.is_some_and(|now| now.snapshot == wanted || now.skip == Some(wanted))
        };
        if is_here(self.present().await?.as_ref()) {
            return Ok(());
        }
        let _alone = self.hold().await?;
        // Another follower may have brought it meanwhile, or died at it.
        self.recover().await?;
        let present = self.present().await?;
        if is_here(present.as_ref()) {
            return Ok(());
        }
        let store = self.repository.format().id.clone();
        let next = match &present {
            None => Followed::first(store, self.options.name.clone(), wanted),
            Some(present) => present.after(wanted),
        };
        self.bring(wanted, present.as_ref(), next).await
    }

    /// Brings a version in: compared, fetched, proven, and only then put in place. The folder must be held.
    async fn bring(
        &mut self,
        id: SnapshotId,
        present: Option<&Followed>,
        mut next: Followed,
    ) -> Result<(), FollowError> {
        let snapshot = self.repository.snapshot(id).await?;
        self.repository.load_indexes(&snapshot.indexes).await?;
        let differences = self.differences(present.and_then(|present| present.root), snapshot.root).await?;
        let staged = self.stage(id, differences).await?;
        next.snapshot = id;
        next.root = Some(snapshot.root);
        self.options.cancel.check()?;
        let kept = self.folder.apply(staged.steps, next).await?;
        for (path, aside) in kept {
            self.tell(Happened::Kept { path, aside });
        }
        self.tell(Happened::Version {
            snapshot: id,
            author: snapshot.author,
            message: snapshot.message,
            files: staged.files,
            removed: staged.removed,
            bytes_downloaded: staged.bytes_downloaded,
            bytes_reused: staged.bytes_reused,
        });
        Ok(())
    }

    /// What differs from the version in the folder. Where that was collected since, everything is compared: files that
    /// are other ones then lie aside.
    async fn differences(
        &self,
        present: Option<ChunkId>,
        wanted: ChunkId,
    ) -> Result<Vec<Difference>, RepositoryError> {
        match diff(self.repository, present, Some(wanted)).await {
            Err(
                RepositoryError::UnknownChunk { .. } | RepositoryError::Store(StoreError::NotFound { .. }),
            ) if present.is_some() => diff(self.repository, None, Some(wanted)).await,
            other => other,
        }
    }

    fn tell(&mut self, what: Happened) {
        (self.tell)(FollowEvent { schema: SCHEMA, name: self.options.name.clone(), what });
    }

    /// How soon a path is wanted: 0 is first.
    fn rank(&self, path: &str) -> usize {
        self.first.iter().position(|globs| globs.is_match(path)).unwrap_or(self.first.len())
    }
}

fn priorities(globs: &[String]) -> Result<Vec<GlobSet>, FollowError> {
    let set = |glob: &String| {
        let glob = GlobBuilder::new(glob).literal_separator(true).build()?;
        GlobSetBuilder::new().add(glob).build()
    };
    Ok(globs.iter().map(set).collect::<Result<_, _>>()?)
}

/// Waits, with a look at the flag now and then.
async fn pause(wait: Duration, cancel: &Cancel) -> Result<(), Cancelled> {
    let mut left = wait;
    while left > Duration::ZERO {
        cancel.check()?;
        let step = left.min(Duration::from_millis(100));
        tokio::time::sleep(step).await;
        left -= step;
    }
    cancel.check()
}

fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

const SCHEMA: &str = "cyclorama.follow/1";
/// The longest wait while the store cannot be reached.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How another command that works in the folder is waited for: half a minute in all.
const LOOKS_AT_BUSY: u32 = 120;
const BETWEEN_LOOKS_AT_BUSY: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests;

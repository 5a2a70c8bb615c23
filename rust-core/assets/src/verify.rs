//! Proof that a store holds what its refs and snapshots promise; where it does not, what is hurt.
//!
//! Without data: every ref, snapshot, index object and folder is read and checked, every pack must be there in its
//! right length with a footer that agrees with the index, and every chunk of every snapshot must be known. With data:
//! every pack is read and every chunk in it hashed again. Looking changes nothing, and one damage does not hide the next:
//! the report names each damaged object and each file that needs it. Condemning what was found is the way to mend it, and what
//! index objects knew the packs tell.

mod condemn;
mod files;
mod indexes;
mod packs;
mod reindex;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

pub use condemn::{Condemned, condemn};

use cyclorama_content::ChunkId;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::{Cancel, Cancelled, Progress};

use crate::{
    IndexId, Key, PackId, RefName, Repository, RepositoryError, Snapshot, SnapshotId, StoreError,
    repository::Collected, store::list_until,
};

/// How thoroughly to look.
#[derive(Clone, Debug, Default)]
pub struct VerifyOptions {
    /// Read every pack and hash every chunk again.
    pub read_data: bool,
    /// Packs looked at of all packs, and bytes read.
    pub progress: Progress,
    /// Stops at the next safe point.
    pub cancel: Cancel,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct VerifyReport {
    /// Refs looked at.
    pub refs: u64,
    /// Snapshots looked at.
    pub snapshots: u64,
    /// Packs looked at.
    pub packs: u64,
    /// Chunks that an index knows.
    pub chunks: u64,
    /// Bytes of packs read.
    pub bytes_read: u64,
    /// Packs that no index knows: of a publish that goes on, or of one that was killed. No damage.
    pub unindexed_packs: u64,
    /// What is damaged, sorted by object.
    pub damaged: Vec<Damage>,
    /// Packs that are damaged or lost, and not condemned: `damaged` names them too.
    #[serde(skip)]
    pub bad_packs: BTreeSet<PackId>,
}

/// A damaged object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Damage {
    /// Its key in the store, or `chunk ID` when it is a chunk that nothing holds.
    pub object: String,
    /// What is wrong with it.
    pub problem: String,
    /// The files that cannot be had whole because of it, sorted, with the latest snapshot they are in. A path that
    /// ends in `/` is a folder of which nothing can be said.
    pub files: Vec<HurtFile>,
}

/// A file that is hurt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct HurtFile {
    /// From the top folder.
    pub path: String,
    /// The latest snapshot in which it is hurt.
    pub snapshot: SnapshotId,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The store does not answer.
    #[error("the store cannot be read")]
    Repository(#[from] RepositoryError),
    /// Somebody else condemned at the same moment.
    #[error("a collection is at work in this store")]
    Raced,
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<StoreError> for VerifyError {
    fn from(source: StoreError) -> Self {
        Self::Repository(source.into())
    }
}

impl Classify for VerifyError {
    fn kind(&self) -> Kind {
        match self {
            Self::Repository(source) => source.kind(),
            Self::Raced => Kind::Conflict,
            Self::Cancelled(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Repository(source) => source.hint(),
            Self::Raced => Some("repeat the command when it is done".to_owned()),
            Self::Cancelled(_) => None,
        }
    }
}

/// Looks at everything.
///
/// # Errors
/// [`VerifyError`] when the store cannot be reached; damage is no error, it is in the report.
pub async fn verify(repository: &Repository, options: &VerifyOptions) -> Result<VerifyReport, VerifyError> {
    let mut look = Look {
        repository,
        options,
        found: Found::default(),
        report: VerifyReport::default(),
        in_use: HashSet::new(),
        is_spare: false,
        missing: BTreeSet::new(),
    };
    look.collections().await?;
    let mut snapshots = look.snapshots().await?;
    look.refs(&mut snapshots).await?;
    let indexes = look.indexes(&snapshots).await?;
    look.packs(&indexes).await?;
    look.files(&snapshots).await?;
    let Look { mut found, mut report, .. } = look;
    report.bad_packs = std::mem::take(&mut found.bad_packs);
    report.damaged = found.damage();
    Ok(report)
}

/// What is found while looking.
struct Look<'a> {
    repository: &'a Repository,
    options: &'a VerifyOptions,
    found: Found,
    report: VerifyReport,
    /// Snapshots that refs lead to.
    in_use: HashSet<SnapshotId>,
    /// What is looked at now is in use by nobody, and there was a collection.
    is_spare: bool,
    /// Index objects that snapshots name and that are not there.
    missing: BTreeSet<IndexId>,
}

/// Damage, before it is sorted.
#[derive(Debug, Default)]
struct Found {
    /// By object: what is wrong, and the files it hurts.
    objects: BTreeMap<String, (String, BTreeMap<String, SnapshotId>)>,
    /// Chunks that cannot be had from a pack, which is damaged.
    bad: HashMap<ChunkId, HashSet<PackId>>,
    /// Packs of which nothing can be had.
    lost: HashSet<PackId>,
    /// What collections have condemned. What is wrong with it is damage only where a version in use needs it.
    collected: Arc<Collected>,
    /// Packs with which something is wrong and that are not condemned.
    bad_packs: BTreeSet<PackId>,
}

impl Found {
    fn add(&mut self, object: impl Into<String>, problem: impl Into<String>) {
        self.objects.entry(object.into()).or_insert_with(|| (problem.into(), BTreeMap::new()));
    }

    fn is_condemned(&self, pack: &PackId) -> bool {
        self.collected.packs.contains(pack)
    }

    /// Something is wrong with a pack. Of one that is condemned nothing is promised.
    fn bad_pack(&mut self, pack: PackId, problem: impl Into<String>) {
        if !self.is_condemned(&pack) {
            self.add(pack.key().to_string(), problem);
            self.bad_packs.insert(pack);
        }
    }

    fn lost_pack(&mut self, pack: PackId, problem: impl Into<String>) {
        self.bad_pack(pack, problem);
        self.lost.insert(pack);
    }

    fn bad_chunk(&mut self, chunk: ChunkId, pack: PackId, problem: impl Into<String>) {
        self.bad_pack(pack, problem);
        self.bad.entry(chunk).or_default().insert(pack);
    }

    fn hurts(&mut self, object: &str, path: &str, snapshot: SnapshotId) {
        if let Some((_, files)) = self.objects.get_mut(object) {
            let latest = files.entry(path.to_owned()).or_insert(snapshot);
            *latest = snapshot.max(*latest);
        }
    }

    fn damage(self) -> Vec<Damage> {
        let objects = self.objects.into_iter();
        objects
            .map(|(object, (problem, files))| {
                let files = files.into_iter().map(|(path, snapshot)| HurtFile { path, snapshot }).collect();
                Damage { object, problem, files }
            })
            .collect()
    }
}

impl VerifyReport {
    /// Whether an index object is damaged or lost. What it knew can be told by the packs.
    pub fn hurts_index(&self) -> bool {
        self.damaged.iter().any(|damage| damage.object.starts_with(IndexId::PREFIX))
    }
}

impl Look<'_> {
    /// What was collected on purpose.
    async fn collections(&mut self) -> Result<(), VerifyError> {
        match self.repository.all_collected().await {
            Ok(collected) => self.found.collected = collected,
            Err(RepositoryError::Damaged { key, source }) => {
                self.note(key.to_string(), RepositoryError::Damaged { key, source })?;
            }
            Err(other) => return Err(other.into()),
        }
        Ok(())
    }

    /// Every snapshot of the store that can be read, oldest first.
    async fn snapshots(&mut self) -> Result<BTreeMap<SnapshotId, Snapshot>, VerifyError> {
        let mut read = BTreeMap::new();
        for (key, _) in self.list(SnapshotId::PREFIX).await? {
            self.options.cancel.check()?;
            self.report.snapshots += 1;
            let Some(id) = SnapshotId::from_key(&key) else {
                self.found.add(key.to_string(), "its name is no snapshot's");
                continue;
            };
            match self.repository.stored_snapshot(id).await {
                Ok(snapshot) => {
                    read.insert(id, snapshot);
                }
                Err(RepositoryError::Store(StoreError::NotFound { .. }))
                    if self.is_collected(&id).await? => {}
                Err(error) => self.note(key.to_string(), error)?,
            }
        }
        Ok(read)
    }

    /// Whether a version was collected on purpose, perhaps a moment ago.
    async fn is_collected(&mut self, id: &SnapshotId) -> Result<bool, VerifyError> {
        if !self.found.collected.snapshots.contains(id) {
            self.collections().await?;
        }
        Ok(self.found.collected.snapshots.contains(id))
    }

    /// A version that was not there when they were listed: somebody may have published it since.
    async fn is_there_now(
        &mut self,
        id: SnapshotId,
        snapshots: &mut BTreeMap<SnapshotId, Snapshot>,
    ) -> Result<bool, VerifyError> {
        // What is wrong with one that was listed is noted already.
        match self.repository.stored_snapshot(id).await {
            Ok(snapshot) => {
                self.report.snapshots += 1;
                snapshots.insert(id, snapshot);
                Ok(true)
            }
            Err(RepositoryError::Store(StoreError::NotFound { .. })) => Ok(false),
            Err(error) => self.note(id.key().to_string(), error).map(|()| false),
        }
    }

    /// Every ref must name a snapshot that is there, and so must every version the one it was made from, unless that
    /// was collected.
    async fn refs(&mut self, snapshots: &mut BTreeMap<SnapshotId, Snapshot>) -> Result<(), VerifyError> {
        for (key, _) in self.list(RefName::PREFIX).await? {
            self.report.refs += 1;
            let name = key.as_str().strip_prefix(RefName::PREFIX).unwrap_or_default();
            let Ok(name) = RefName::new(name) else {
                self.found.add(key.to_string(), "its name is no ref's");
                continue;
            };
            match self.repository.read_ref(&name).await {
                Ok(Some(pointer))
                    if !snapshots.contains_key(&pointer.value.snapshot)
                        && !self.is_there_now(pointer.value.snapshot, snapshots).await? =>
                {
                    let missing = pointer.value.snapshot.key().to_string();
                    self.found.add(missing, format!("it is missing, and ref `{name}` points to it"));
                }
                Ok(pointer) => {
                    self.in_use.extend(pointer.map(|pointer| pointer.value.snapshot));
                }
                Err(error) => self.note(key.to_string(), error)?,
            }
        }
        let mut waiting: Vec<_> = self.in_use.iter().copied().collect();
        while let Some(id) = waiting.pop() {
            let parents = snapshots.get(&id).map(|snapshot| snapshot.parents.clone()).unwrap_or_default();
            for parent in parents {
                if snapshots.contains_key(&parent)
                    || (!self.is_collected(&parent).await? && self.is_there_now(parent, snapshots).await?)
                {
                    waiting.extend(self.in_use.insert(parent).then_some(parent));
                } else if !self.found.collected.snapshots.contains(&parent) {
                    let problem = format!("it is missing, and version {} was made from it", id.short());
                    self.found.add(parent.key().to_string(), problem);
                }
            }
        }
        Ok(())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<(Key, u64)>, VerifyError> {
        let goes_on = || Ok::<_, VerifyError>(self.options.cancel.check()?);
        goes_on()?;
        let take = |key: &Key, size| Some((key.clone(), size));
        list_until(&**self.repository.store(), prefix, None, goes_on, take).await
    }

    /// Damage is noted; a store that does not answer ends the work.
    fn note(&mut self, object: String, error: RepositoryError) -> Result<(), VerifyError> {
        let is_damage = match &error {
            RepositoryError::Store(StoreError::NotFound { .. }) => true,
            other => matches!(other.kind(), Kind::Integrity | Kind::NotFound | Kind::Refused),
        };
        if !is_damage || matches!(&error, RepositoryError::Store(StoreError::Refused { .. })) {
            return Err(error.into());
        }
        self.found.add(object, reason(&error));
        Ok(())
    }
}

/// An error and what lies behind it, in one line.
fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests;

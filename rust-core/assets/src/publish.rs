//! Publishing a folder: only what the store lacks is sent, and nobody sees any of it until all of it is there.
//!
//! The order is packs, index, snapshot, ref. Everything before the ref is invisible and may be repeated, by anyone,
//! after a kill at any moment. The ref moves by compare-and-swap; whoever comes second merges what the first one
//! changed elsewhere, and stops where both changed the same path. A file that changes while it is read is never
//! published torn: its last version stays, and the report names it.

mod adopt;
mod commit;
mod error;
mod folders;
mod journal;
mod known;
mod locked;
mod merge;
mod options;
mod packages;
mod race;
mod read;
mod send;
mod source;
mod tidy;
mod work;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;

use cyclorama_content::ChunkId;
use cyclorama_outcome::{Classify as _, Kind};
use tokio::task::JoinSet;

pub(crate) use adopt::read_pack;
pub use error::PublishError;
pub(crate) use journal::understood as journal_understood;
pub use locked::AskLocks;
pub use merge::{Change, Conflict, OnConflict};
pub use options::Options;
pub use source::{Base, BaseEntry, ReadProblem, Scanned, ScannedKind, Source, Stamp, Take};

pub(crate) use folders::Folders;

use self::{
    commit::{Commit, Committed},
    journal::{Journal, Recovered},
    known::Known,
    send::Sender,
    work::Work,
};
use crate::locks::Held;
use crate::snapshot::check_words;
use crate::tree::path_order;
use crate::{Repository, RepositoryError, SnapshotId, Writers, repository::Pointer};

/// What was published.
#[derive(Clone, Debug)]
pub struct Report {
    /// The version the ref points to now.
    pub snapshot: SnapshotId,
    /// Nothing had changed, and nothing was written.
    pub unchanged: bool,
    /// Somebody else's changes are in it as well.
    pub merged: bool,
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of chunks that the store did not have.
    pub bytes_new: u64,
    /// Bytes sent: packs, index and folders.
    pub bytes_uploaded: u64,
    /// Bytes of packs that a killed publish had sent, and that were of use.
    pub bytes_adopted: u64,
    /// Files and links that this folder had in the version before and has no longer, sorted; what only moved is none of them.
    /// Empty where the folder knows no version of this ref.
    pub removed: Vec<String>,
    /// Files that could not be read as one version, with the reason. The version published before stays, if there
    /// was one.
    pub left: Vec<(String, String)>,
    /// Paths that look changed here and that somebody else has locked, sorted. Empty where nobody asked.
    pub held: Vec<Held>,
    /// Where the folder's records lie, if not in the folder itself.
    pub records: Option<PathBuf>,
    /// What this folder has now, to be kept for the next publish. Absent in a dry run.
    pub base: Option<Base>,
}

/// Publishes what a scan found. `base` is what this folder was published as, or made from, last.
///
/// # Errors
/// [`PublishError`]; nothing is visible then.
pub async fn publish(
    repository: &Repository,
    source: Arc<dyn Source>,
    mut scan: Vec<Scanned>,
    base: Base,
    options: &Options,
) -> Result<Report, PublishError> {
    check_words(&options.author, &options.message, options.engine.as_deref())
        .map_err(RepositoryError::from)?;
    if !scan.is_sorted_by(|a, b| path_order(&a.path, &b.path).is_le()) {
        scan.sort_by(|a, b| path_order(&a.path, &b.path));
    }
    let published = publish_in_turn(repository, source, &Arc::new(scan), &base, options).await;
    repository.end_turn().await;
    published
}

async fn publish_in_turn(
    repository: &Repository,
    source: Arc<dyn Source>,
    scan: &Arc<Vec<Scanned>>,
    base: &Base,
    options: &Options,
) -> Result<Report, PublishError> {
    let mut seen = None;
    for _ in 1..COLLECTIONS {
        match publish_once(repository, &source, scan, base, options, &mut seen).await {
            // What was counted on may be gone: all is looked at again, and only what is gone is read and sent.
            Err(PublishError::Collected { .. }) => {}
            Err(PublishError::Repository(error))
                if matches!(error.kind(), Kind::Integrity | Kind::NotFound) =>
            {
                // What the ref pointed to may be gone, if it points elsewhere by now.
                if repository.read_ref(&options.name).await? == seen {
                    return Err(error.into());
                }
            }
            ended => return ended,
        }
        options.cancel.check()?;
    }
    publish_once(repository, &source, scan, base, options, &mut seen).await
}

async fn publish_once(
    repository: &Repository,
    source: &Arc<dyn Source>,
    scan: &Arc<Vec<Scanned>>,
    base: &Base,
    options: &Options,
    seen: &mut Option<Pointer>,
) -> Result<Report, PublishError> {
    let pointer = repository.read_ref(&options.name).await?;
    seen.clone_from(&pointer);
    let origin = (repository.format().id.clone(), options.name.clone());
    let is_ours = base.origin.as_ref() == Some(&origin);
    let base_root = base.root.filter(|_| is_ours);
    let mut work = Work::compare(scan, base);
    if let (Some(pointer), true, true) = (&pointer, work.is_unchanged, is_ours)
        && is_settled(repository, pointer, base_root, options.replace).await?
    {
        return Ok(work.nothing_to_do(pointer.value.snapshot));
    }
    let mut scanned = pin!(tokio::time::sleep(source.grace()));
    let mut turn = allowed_in_time(repository, options);
    let (journal, recovered) = open_journal(repository, options).await?;
    // Read before the index: what is condemned later is told by the ref, when it moves.
    let prepared = async {
        let collected = match &pointer {
            Some(pointer) => repository.collected(pointer.value.gc_epoch).await?,
            None => repository.all_collected().await?,
        };
        repository.load_all_indexes().await?;
        Ok::<_, PublishError>(collected)
    };
    // Whoever has no version of it in common with the ref cannot tell what changed.
    let ask = options.locks.as_ref().filter(|_| is_ours || pointer.is_none());
    let (held, collected) = tokio::try_join!(locked::by_others(repository, &work, ask), prepared)?;
    let mut adopted = recovered.packs;
    if work.to_read() >= adopt::WORTH_LOOKING {
        adopted.extend(adopt::unindexed(repository, &adopted).await?);
    }
    adopted.retain(|pack| !collected.packs.contains(&pack.id));
    let epoch = collected.epoch;
    let known = Arc::new(Known::new(repository.clone(), &adopted, collected)?);
    work.reuse(recovered.files, &known);
    work.learnt = recovered.learnt;
    let mut sender = Sender::new(repository, &known, journal, options);
    sender.begin_merging();
    let reading = async {
        let mut bytes_new = work.read(&mut sender, Arc::clone(source)).await?;
        if work.look_again(source, scanned.as_mut()).await? {
            bytes_new += work.read(&mut sender, Arc::clone(source)).await?;
        }
        Ok::<_, PublishError>(bytes_new)
    };
    let bytes_new = tokio::select! {
        read = reading => read?,
        // Who may not write learns that before all is sent.
        Some(refused) = refused(&mut turn) => return Err(refused),
    };
    options.cancel.check()?;
    let mut folders = Folders::default();
    let ours = folders.build(work.entries(), repository.ids()).node;
    let packages = if work.learnt.is_empty() { Vec::new() } else { work.packages() };
    let mut commit = Commit {
        repository,
        options,
        known: &known,
        sender: &mut sender,
        adopted,
        bytes_adopted: 0,
        folders,
        base: base_root.map(|root| (root, &base.entries)),
        ours,
        bytes_new,
        learnt: std::mem::take(&mut work.learnt),
        packages,
        epoch,
    };
    let committed = commit.run(pointer, seen).await;
    // What was sent by who came too late is listed by no version yet: the next publish looks again.
    let is_listed = |committed: &Committed| committed.written || commit.sender.bytes == 0;
    let is_whole = |committed: &Committed| committed.snapshot.root == ours && is_listed(committed);
    if !options.dry_run && committed.as_ref().is_ok_and(is_whole) {
        // Nothing of it lies only in what was condemned: who comes again need not look.
        repository.remember_looked_through(&options.name, epoch, ours).await;
    }
    let bytes_adopted = commit.bytes_adopted;
    if let Err(PublishError::Conflicts { .. }) = committed {
        // Whoever settles them publishes again, and what is on its way need not be sent again then.
        sender.drain().await?;
    }
    let committed = committed?;
    sender.journal.remove();
    let stats = committed.snapshot.stats;
    Ok(Report {
        snapshot: committed.id,
        unchanged: !committed.written,
        merged: committed.merged,
        files: stats.files,
        bytes: stats.bytes,
        bytes_new,
        bytes_uploaded: sender.bytes,
        bytes_adopted,
        removed: if is_ours && committed.written { work.removed() } else { Vec::new() },
        left: std::mem::take(&mut work.left),
        held,
        records: None,
        base: (!options.dry_run).then(|| Base {
            origin: Some(origin),
            root: Some(ours),
            entries: work.into_entries(),
        }),
    })
}

/// Whether an unchanged folder has nothing to add to what the ref points to. One that is to be exactly this folder must be it;
/// and where something was condemned since this machine looked, the store may lack what this folder has. No request, as a
/// rule.
async fn is_settled(
    repository: &Repository,
    pointer: &Pointer,
    root: Option<ChunkId>,
    replace: bool,
) -> Result<bool, RepositoryError> {
    let is_known = repository.is_looked_through(pointer, root).await;
    if is_known && !replace {
        return Ok(true);
    }
    let is_it = Some(repository.pointed(pointer).await?.root) == root;
    Ok(if is_it { is_known } else { !replace })
}

/// Finds out whether the ref may be moved, while files are read: where writers take turns, asks for one, elsewhere sees to it
/// that conditions can be trusted. Whoever moves the ref waits for that then.
fn allowed_in_time(repository: &Repository, options: &Options) -> JoinSet<Result<(), RepositoryError>> {
    let mut asked = JoinSet::new();
    if !options.dry_run {
        let (repository, owner) = (repository.clone(), options.author.clone());
        asked.spawn(async move {
            match repository.format().writers {
                Writers::Single => repository.take_turn(&owner).await,
                Writers::Many => repository.trust().await,
            }
        });
    }
    asked
}

/// Comes back once it was refused, and never where it was allowed.
async fn refused(asked: &mut JoinSet<Result<(), RepositoryError>>) -> Option<PublishError> {
    match asked.join_next().await {
        Some(Ok(Err(refused))) => Some(refused.into()),
        _ => None,
    }
}

async fn open_journal(
    repository: &Repository,
    options: &Options,
) -> Result<(Arc<Journal>, Recovered), PublishError> {
    let path = options.journal.clone().filter(|_| !options.dry_run);
    let store = repository.format().id.clone();
    let opened = tokio::task::spawn_blocking(move || Journal::open(path.as_deref(), &store)).await;
    let (journal, recovered) = opened.map_err(RepositoryError::from)?.map_err(PublishError::Journal)?;
    Ok((Arc::new(journal), recovered))
}

/// Collections that may come in between.
const COLLECTIONS: u32 = 8;

#[cfg(test)]
pub(crate) mod tests;

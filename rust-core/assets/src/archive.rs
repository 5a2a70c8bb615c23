//! Versions copied from one store to another, whole: put away when a production is over, and brought back.
//!
//! What comes out is a store like any other, under an id of its own, that names, cuts and seals as the one it was made of:
//! it can be verified and hydrated as it lies. Packs are copied as they are. Each is proven by the digest in its name
//! when it is read, read again from where it was written, and a ref points to the version only after all of it was.
//! Nothing is removed anywhere, and nothing replaced but a pack that is proven not to be what its name says; what a killed
//! run left is used by the next. What was condemned comes back under another name: being condemned is final.

mod copy;
mod error;
mod plan;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cyclorama_progress::{Cancel, Progress};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use self::copy::{Copied, Renewed, copy_anew, copy_pack, copy_snapshot, index, index_anew};
pub use self::error::ArchiveError;
use self::plan::Plan;
use crate::gc::record::Record;
use crate::repository::prove;
use crate::store::{LONGEST_PAGE, PROBE};
use crate::{
    Condition, Format, Key, MemoryStore, RefName, Repository, RepositoryError, RepositoryOptions, Revision,
    Snapshot, SnapshotId, Store, StoreError, versions::create_ref,
};

/// How a version is copied.
#[derive(Clone, Debug)]
pub struct ArchiveOptions {
    /// What the ref in the other store is called.
    pub name: RefName,
    /// Whether all versions before it are copied with it, as far as they are there.
    pub history: bool,
    /// Who does it, for the ref.
    pub by: String,
    /// Find out what would be copied, and write nothing.
    pub dry_run: bool,
    /// Bytes of packs that are proven to be there, of all that are needed.
    pub progress: Progress,
    /// Stops between two packs.
    pub cancel: Cancel,
}

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Archived {
    /// The version.
    pub snapshot: SnapshotId,
    /// The ref that points to it there.
    #[serde(rename = "ref")]
    pub name: RefName,
    /// Versions: it, and those before it.
    pub versions: u64,
    /// Packs in which something of them lies.
    pub packs: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// Packs that were not there before; in a dry run, those that are not there.
    pub packs_copied: u64,
    /// Bytes of these.
    pub bytes_copied: u64,
    /// Packs among these that were damaged there.
    pub packs_replaced: u64,
}

/// The store in `place` that can take versions of `source`; made where there is none. In a dry run an empty one in memory
/// stands for it then, and nothing is remembered on this machine.
///
/// # Errors
/// [`ArchiveError::Other`] when what is there names, cuts or seals in another way, [`ArchiveError::Itself`] when it is
/// `source`, [`ArchiveError::NotEmpty`] when it is no store and something else lies there.
pub async fn open_target(
    source: &Repository,
    place: Arc<dyn Store>,
    dry_run: bool,
    mut options: RepositoryOptions,
) -> Result<Repository, ArchiveError> {
    if dry_run {
        options.cache = None;
    }
    let other = || ArchiveError::Other { store: place.describe() };
    let format = match read_format(&*place).await? {
        Some(there) if there.id == source.format().id => {
            return Err(ArchiveError::Itself { store: place.describe() });
        }
        Some(there) => there,
        None => {
            look_empty(&*place).await?;
            if dry_run {
                let stands_for_it = source.format().of_a_copy(0);
                return Ok(source.of_the_same_coding(Arc::new(MemoryStore::new()), stands_for_it, options));
            }
            prove(&*place, source.now()).await?;
            options.proven = true;
            let created = u64::try_from(source.now().nanos() / 1_000_000).unwrap_or(0);
            let new = source.format().of_a_copy(created);
            match place.put(&Format::key(), new.encode().into(), Condition::Absent).await {
                Ok(_) => new,
                // Another run was faster.
                Err(StoreError::Precondition { .. }) => read_format(&*place).await?.ok_or_else(other)?,
                Err(source) => return Err(RepositoryError::from(source).into()),
            }
        }
    };
    if !format.codes_as(source.format()) {
        return Err(other());
    }
    let target = source.of_the_same_coding(place, format, options);
    if !dry_run {
        target.trust().await?;
    }
    Ok(target)
}

/// Takes that were handed over, and what a killed probe left, are no reason to refuse a place; a project's folder is.
async fn look_empty(place: &dyn Store) -> Result<(), ArchiveError> {
    let found = place.list("", None, LONGEST_PAGE).await.map_err(RepositoryError::from)?.objects;
    let is_fine = |key: &Key| ["takes/", PROBE].iter().any(|start| key.as_str().starts_with(start));
    match found.into_iter().find(|(key, _)| !is_fine(key)) {
        Some((key, _)) => Err(ArchiveError::NotEmpty { store: place.describe(), key }),
        None => Ok(()),
    }
}

/// Copies a version of `source` to `target`, as [`open_target`] gives it, with everything that it needs. A dry run looks which
/// packs are there, reads none of them, and says what a real one would.
///
/// # Errors
/// [`ArchiveError`]. No ref was made then, and what was copied until then is of use to the next run.
pub async fn copy_version(
    source: &Repository,
    revision: &Revision,
    target: &Repository,
    options: &ArchiveOptions,
) -> Result<Archived, ArchiveError> {
    let (head, _) = source.resolve(revision).await?;
    let there = target.read_ref(&options.name).await?;
    if let Some(pointer) = &there
        && pointer.value.snapshot != head
    {
        return Err(ArchiveError::Taken { name: options.name.clone() });
    }
    let History { versions, ended } = history(source, head, options).await?;
    let epoch = target.newest_epoch().await?;
    let collected = target.all_collected().await?;
    if let Some(gone) = versions.keys().find(|id| collected.snapshots.contains(id)) {
        return Err(ArchiveError::Gone { version: *gone });
    }
    source.load_all_indexes().await?;
    target.load_all_indexes().await?;
    let given_up = source.all_collected().await?;
    let mut plan = Plan::new(source, target, &collected.packs, &given_up.packs);
    for version in versions.values() {
        plan.version(version, &options.cancel).await?;
    }
    let Plan { new, known, anew, .. } = plan;
    let mut archived = Archived {
        snapshot: head,
        name: options.name.clone(),
        versions: versions.len() as u64,
        packs: (new.len() + known.len() + anew.len()) as u64,
        bytes: new.values().chain(known.values()).chain(anew.values()).sum(),
        packs_copied: 0,
        bytes_copied: 0,
        packs_replaced: 0,
    };
    options.progress.set_total(archived.bytes);
    let all = new.iter().map(|pack| (pack, false)).chain(known.iter().map(|pack| (pack, true)));
    let all: Vec<_> = all.map(|((pack, size), is_known)| (*pack, *size, is_known)).collect();
    let copied = stream::iter(all)
        .map(|(pack, size, is_known)| copy_pack(source, target, pack, size, is_known, options))
        .buffer_unordered(if options.dry_run { LOOKS_AT_ONCE } else { PACKS_AT_ONCE });
    let mut copied: Vec<Copied> = copied.try_collect().await?;
    let renewed: Vec<_> = stream::iter(anew)
        .map(|(pack, size)| copy_anew(source, target, pack, size, &collected, options))
        .buffer_unordered(PACKS_AT_ONCE)
        .try_collect()
        .await?;
    let mut renamed = Vec::new();
    for Renewed { pack, size, copied: one } in renewed {
        copied.push(one);
        renamed.extend(pack.map(|pack| (pack, size)));
    }
    archived.packs_copied = copied.iter().filter(|copied| copied.bytes > 0).count() as u64;
    archived.bytes_copied = copied.iter().map(|copied| copied.bytes).sum();
    archived.packs_replaced = copied.iter().filter(|copied| copied.replaced).count() as u64;
    if options.dry_run {
        return Ok(archived);
    }
    index(source, target, &new).await?;
    index_anew(target, &renamed).await?;
    for id in versions.keys() {
        copy_snapshot(source, target, *id).await?;
    }
    // Packs keep the dates of their names, and no grace protects old ones until a ref needs them.
    if target.newest_epoch().await? != epoch {
        return Err(ArchiveError::Raced);
    }
    end_histories(target, ended).await?;
    if there.is_none() {
        create_ref(target, &options.name, &Revision::from(head), &options.by).await?;
    }
    Ok(archived)
}

/// Versions, and those before them that do not come along.
struct History {
    versions: BTreeMap<SnapshotId, Snapshot>,
    ended: BTreeSet<SnapshotId>,
}

async fn history(
    source: &Repository,
    head: SnapshotId,
    options: &ArchiveOptions,
) -> Result<History, ArchiveError> {
    let mut found = History { versions: BTreeMap::new(), ended: BTreeSet::new() };
    let mut waiting = vec![(head, None)];
    while let Some((id, needed_by)) = waiting.pop() {
        options.cancel.check()?;
        let snapshot = match source.stored_snapshot(id).await {
            Ok(snapshot) => snapshot,
            Err(RepositoryError::Store(StoreError::NotFound { .. })) => {
                let needed_by: SnapshotId = needed_by.unwrap_or(head);
                if !source.all_collected().await?.snapshots.contains(&id) {
                    let needed_by = format!("version {}", needed_by.short());
                    return Err(RepositoryError::LostSnapshot { snapshot: id, needed_by }.into());
                }
                found.ended.insert(id);
                continue;
            }
            Err(other) => return Err(other.into()),
        };
        for parent in &snapshot.parents {
            if !options.history {
                found.ended.insert(*parent);
            } else if !found.versions.contains_key(parent) && *parent != id {
                waiting.push((*parent, Some(id)));
            }
        }
        found.versions.insert(id, snapshot);
    }
    Ok(found)
}

/// Says that versions before these were left out on purpose, as a collection does: they are no damage.
async fn end_histories(target: &Repository, ended: BTreeSet<SnapshotId>) -> Result<(), ArchiveError> {
    let mut absent = BTreeSet::new();
    for id in ended {
        match target.store().head(&id.key()).await {
            Ok(_) => {}
            Err(StoreError::NotFound { .. }) => {
                absent.insert(id);
            }
            Err(problem) => return Err(RepositoryError::from(problem).into()),
        }
    }
    let record = target.newest_record().await?.unwrap_or_default();
    let known: BTreeSet<_> = record.snapshots().collect();
    if absent.is_subset(&known) {
        return Ok(());
    }
    let mut record = Record { epoch: record.epoch + 1, ..record };
    record.gone_snapshots.extend(absent);
    if !target.put_record(&record).await? {
        return Err(ArchiveError::Raced);
    }
    target.fence(record.epoch).await?;
    Ok(())
}

async fn read_format(place: &dyn Store) -> Result<Option<Format>, ArchiveError> {
    match place.get_at_most(&Format::key(), crate::format::LONGEST as u64).await {
        Ok(object) => Ok(Some(Format::decode(&object.bytes).map_err(RepositoryError::from)?)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(problem) => Err(RepositoryError::from(problem).into()),
    }
}

/// Whole packs copied at the same time.
const PACKS_AT_ONCE: usize = 4;
/// Packs looked for at the same time.
const LOOKS_AT_ONCE: usize = 16;

#[cfg(test)]
mod tests;

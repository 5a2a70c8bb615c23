//! Removing what was condemned and is needed by nobody.

use std::collections::BTreeSet;

use cyclorama_time::UtcTime;
use futures::{TryStreamExt, stream};

use super::{
    GcError, GcOptions, GcReport,
    mark::Marks,
    view::{View, list},
};
use crate::{
    Condition, IndexId, Key, PackId, Repository, RepositoryError, SnapshotId,
    index::{IndexBuilder, Location},
    store::{PROBE, probe_began},
};

/// Removes snapshots first and packs last, so that nothing that is there ever names what is not. Index objects are
/// written anew without the packs that go, before these go.
pub(super) async fn sweep(
    repository: &Repository,
    options: &GcOptions,
    view: &View,
    marks: &Marks,
    report: &mut GcReport,
) -> Result<(), GcError> {
    let needed = marks.needed_packs();
    let going: BTreeSet<_> = view.due_packs.iter().filter(|pack| !needed.contains(pack)).copied().collect();
    report.versions_removed += view.due.len() as u64;
    report.packs_removed += going.len() as u64;
    report.bytes_removed += going.iter().filter_map(|pack| view.packs.get(pack)).sum::<u64>();
    let waiting =
        view.packs.iter().filter(|(pack, _)| view.collected.packs.contains(pack) && !going.contains(pack));
    (report.packs_waiting, report.bytes_waiting) =
        waiting.fold((0, 0), |(packs, bytes), (_, size)| (packs + 1, bytes + size));
    let now_ms = view.now_ms();
    let rounds = view.record.rounds.iter().filter(|round| !round.is_due(now_ms));
    report.next_removal_ms = rounds.map(|round| round.condemned_ms.saturating_add(round.grace_ms)).min();
    let long_ago = view.now_ms().saturating_sub(options.grace_ms().max(LONGEST_CLAIM));
    let probes = left_by_probes(repository, long_ago).await?;
    report.probes_removed += probes.len() as u64;
    if options.dry_run {
        return Ok(());
    }
    repository.drop_claims(long_ago).await?;
    remove(repository, options, probes.into_iter()).await?;
    remove(repository, options, view.due.iter().map(SnapshotId::key)).await?;
    let replaced = rewrite_indexes(repository, view, &going).await?;
    report.indexes_removed += replaced.len() as u64;
    remove(repository, options, replaced.iter().map(IndexId::key)).await?;
    remove(repository, options, going.iter().map(PackId::key)).await
}

/// What probes wrote that began before `since_ms` and were killed. One that is racing is never touched: it would take the
/// removal for a broken promise of the store.
async fn left_by_probes(repository: &Repository, since_ms: u64) -> Result<Vec<Key>, RepositoryError> {
    let found = list(repository, PROBE, |key| Some((key.clone(), probe_began(key)?))).await?;
    let is_old =
        |began: UtcTime| u64::try_from(began.nanos() / 1_000_000).is_ok_and(|began| began < since_ms);
    Ok(found.into_iter().filter(|((_, began), _)| is_old(*began)).map(|((key, _), _)| key).collect())
}

/// Writes index objects anew that know of packs which go or are gone. Gives those whose place is taken.
async fn rewrite_indexes(
    repository: &Repository,
    view: &View,
    going: &BTreeSet<PackId>,
) -> Result<BTreeSet<IndexId>, RepositoryError> {
    let is_out = |pack: &PackId| going.contains(pack) || view.is_gone(pack);
    let loaded = repository.loaded_indexes();
    let affected: Vec<_> =
        loaded.iter().filter(|(_, index)| index.packs().iter().any(|(pack, _)| is_out(pack))).collect();
    let (mut full, mut builder) = (Vec::new(), IndexBuilder::default());
    for (_, index) in &affected {
        let stays = |place: &Location| !is_out(&place.pack);
        let fits = builder.len() + index.len() <= ROWS && builder.has_room_for(index.packs().len());
        if (!fits || builder.conflicts_with(index, stays)) && !builder.is_empty() {
            full.push(std::mem::take(&mut builder));
        }
        builder.take_from(index, stays);
    }
    if builder.is_empty() {
        builder = full.pop().unwrap_or_default();
    }
    // Only the last one takes their place, so that all that they know is known at any moment.
    builder.supersede(affected.iter().map(|(id, _)| *id));
    for builder in full {
        repository.put_index(builder.finish()).await?;
    }
    if !builder.is_empty() {
        repository.put_index(builder.finish()).await?;
    }
    let mut replaced: BTreeSet<_> = affected.iter().map(|(id, _)| *id).collect();
    let merged: BTreeSet<_> =
        loaded.iter().flat_map(|(_, index)| index.supersedes().iter().copied()).collect();
    replaced.extend(repository.list_indexes().await?.into_iter().filter(|id| merged.contains(id)));
    Ok(replaced)
}

async fn remove(
    repository: &Repository,
    options: &GcOptions,
    keys: impl Iterator<Item = Key>,
) -> Result<(), GcError> {
    stream::iter(keys.map(Ok))
        .try_for_each_concurrent(AT_ONCE, |key| async move {
            options.cancel.check()?;
            Ok(repository.store().delete(&key, Condition::Always).await?)
        })
        .await
}

/// Nobody makes a ref, or races a store against itself, for this many milliseconds.
const LONGEST_CLAIM: u64 = 3_600_000;
/// Removals at the same time.
const AT_ONCE: usize = 16;
/// Chunks after which an index object is full.
const ROWS: usize = 250_000;

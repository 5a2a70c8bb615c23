//! Removing what was condemned and is needed by nobody.

use std::collections::BTreeSet;
use std::error::Error as _;

use cyclorama_outcome::{Classify as _, Kind};
use cyclorama_time::UtcTime;
use futures::{StreamExt, TryStreamExt, stream};

use super::{
    GcError, GcOptions, GcReport,
    mark::Marks,
    view::{View, list},
};
use crate::{
    Condition, IndexId, Key, PackId, Repository, RepositoryError, SnapshotId,
    index::{FULL, IndexBuilder, Location},
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
    let probes = left_by_probes(repository, options, long_ago).await?;
    report.probes_removed += probes.len() as u64;
    if options.dry_run {
        return Ok(());
    }
    repository.drop_claims(long_ago).await?;
    let left = remove(repository, options, probes.into_iter(), report).await?;
    report.probes_removed -= left.len() as u64;
    let left = remove(repository, options, view.due.iter().map(SnapshotId::key), report).await?;
    report.versions_removed -= left.len() as u64;
    let replaced = rewrite_indexes(repository, view, &going).await?;
    let left = remove(repository, options, replaced.iter().map(IndexId::key), report).await?;
    report.indexes_removed += (replaced.len() - left.len()) as u64;
    let left = remove(repository, options, going.iter().map(PackId::key), report).await?;
    for pack in left.iter().filter_map(PackId::from_key) {
        let size = view.packs.get(&pack).copied().unwrap_or(0);
        report.packs_removed -= 1;
        report.bytes_removed -= size;
        report.packs_waiting += 1;
        report.bytes_waiting += size;
    }
    Ok(())
}

/// What probes wrote that began before `since_ms` and were killed. One that is racing is never touched: it would take the
/// removal for a broken promise of the store.
async fn left_by_probes(
    repository: &Repository,
    options: &GcOptions,
    since_ms: u64,
) -> Result<Vec<Key>, GcError> {
    let found = list(repository, options, PROBE, |key| Some((key.clone(), probe_began(key)?))).await?;
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
        let fits = builder.len() + index.len() <= FULL && builder.has_room_for(index.packs().len());
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

/// Removes objects. Gives, and counts, those that the store refuses to remove: a bucket may lock what was written to it.
/// They are of no use to anybody, and the next collection tries again.
pub(super) async fn remove(
    repository: &Repository,
    options: &GcOptions,
    keys: impl Iterator<Item = Key>,
    report: &mut GcReport,
) -> Result<Vec<Key>, GcError> {
    let mut removing = stream::iter(keys)
        .map(|key| async move {
            options.cancel.check()?;
            let removed = repository.store().delete(&key, Condition::Always).await;
            Ok::<_, GcError>((key, removed))
        })
        .buffer_unordered(AT_ONCE);
    let mut left = Vec::new();
    while let Some((key, removed)) = removing.try_next().await? {
        match removed {
            Err(refused) if refused.kind() == Kind::Refused => {
                let because = refused.source().map(ToString::to_string);
                report.refusal.get_or_insert_with(|| because.unwrap_or_else(|| refused.to_string()));
                left.push(key);
            }
            other => other?,
        }
    }
    report.not_removed += left.len() as u64;
    Ok(left)
}

/// Nobody makes a ref, or races a store against itself, for this many milliseconds.
const LONGEST_CLAIM: u64 = 3_600_000;
/// Removals at the same time.
const AT_ONCE: usize = 16;

//! Condemning what is not needed any more, and telling every writer.

use std::collections::{BTreeSet, HashSet};

use super::{
    GcError, GcOptions, GcReport,
    mark::Marks,
    move_out::move_out,
    record::{Record, Round},
    sweep,
    view::View,
};
use crate::{PackId, Repository, RepositoryError, SnapshotId, StoreError};

/// Condemns versions and packs; what is still needed of a pack that is mostly garbage is moved out of it before. Says
/// whether anything was condemned.
pub(super) async fn condemn(
    repository: &Repository,
    options: &GcOptions,
    view: &View,
    marks: &Marks,
    report: &mut GcReport,
) -> Result<bool, GcError> {
    let kept = marks.kept_by_pack();
    let (mut packs, mut leaving) = (BTreeSet::new(), HashSet::new());
    for (pack, size) in &view.packs {
        let kept = kept.get(pack).copied().unwrap_or(0);
        if view.collected.packs.contains(pack) {
            // Somebody came to need it just before it was condemned.
            if kept > 0 && view.due_packs.contains(pack) {
                leaving.insert(*pack);
            }
        } else if view.is_old(pack.made()) && is_mostly_garbage(kept, *size, options.move_out_from) {
            packs.insert(*pack);
            if kept > 0 {
                leaving.insert(*pack);
            }
        }
    }
    report.versions_condemned += view.unkept.len() as u64;
    report.packs_condemned += packs.len() as u64;
    report.bytes_condemned += packs.iter().filter_map(|pack| view.packs.get(pack)).sum::<u64>();
    report.packs_moved += leaving.len() as u64;
    report.bytes_moved += leaving.iter().filter_map(|pack| kept.get(pack)).sum::<u64>();
    if options.dry_run {
        return Ok(!packs.is_empty() || !view.unkept.is_empty());
    }
    if !leaving.is_empty() {
        let is_condemned = |id: &PackId| view.collected.packs.contains(id) || packs.contains(id);
        match move_out(repository, options, &marks.kept_in(&leaving), is_condemned).await {
            // It was there a moment ago: another collection removed it.
            Err(GcError::Repository(RepositoryError::Store(StoreError::NotFound { .. }))) => {
                return Err(GcError::Raced);
            }
            done => done?,
        }
    }
    if packs.is_empty() && view.unkept.is_empty() {
        return Ok(false);
    }
    options.cancel.check()?;
    let record = next_record(view, options, packs);
    if !repository.put_record(&record).await? {
        return Err(GcError::Raced);
    }
    report.epoch = record.epoch;
    repository.fence(record.epoch).await?;
    let before = repository.epochs().await?.into_iter().filter(|epoch| *epoch < record.epoch);
    sweep::remove(repository, options, before.map(Record::key), report).await?;
    Ok(true)
}

fn is_mostly_garbage(kept: u64, size: u64, from: f64) -> bool {
    kept == 0 || (size.saturating_sub(kept)) as f64 >= from * size as f64
}

/// The record of everything condemned so far and now. What is in the store no more takes no place in its rounds.
fn next_record(view: &View, options: &GcOptions, packs: BTreeSet<PackId>) -> Record {
    let mut record = view.record.clone();
    record.epoch += 1;
    let is_there = |pack: &PackId| view.packs.contains_key(pack);
    for round in &mut record.rounds {
        record.gone_packs.extend(round.packs.iter().filter(|pack| !is_there(pack)));
        round.packs.retain(is_there);
        let left = |id: &SnapshotId| {
            view.kept.contains_key(id) || view.waiting.contains(id) || view.due.contains(id)
        };
        record.gone_snapshots.extend(round.snapshots.iter().copied().filter(|id| !left(id)));
        round.snapshots.retain(left);
    }
    record.rounds.retain(|round| !round.packs.is_empty() || !round.snapshots.is_empty());
    record.rounds.push(Round {
        condemned_ms: view.now_ms(),
        grace_ms: options.grace_ms(),
        snapshots: view.unkept.clone(),
        packs,
    });
    record
}

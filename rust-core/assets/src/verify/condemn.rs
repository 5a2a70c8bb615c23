//! Mending a store: index objects that are damaged or lost are written anew, packs are condemned.
//!
//! A writer counts on no condemned pack. So whoever still has the files sends what lay in them again with the next
//! publish, under the same ids, and every version that needed it is whole again. It is told as a collection is: by a
//! record, and by the fence that makes every writer know it.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use super::{
    Damage, VerifyError, VerifyOptions, VerifyReport,
    reindex::{Reindexed, reindex},
};
use crate::{
    PackId, Repository, RepositoryError, StoreError, Writers,
    gc::{
        GRACE,
        record::{Record, Round},
    },
};

/// What was condemned, and what was mended at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Condemned {
    /// Packs, with what is left of them.
    pub packs: u64,
    /// Index objects that were damaged, or lost, and of which everything is known again.
    pub indexes: u64,
    /// The number of the record that says so; 0 where nothing had to be said.
    pub epoch: u64,
}

/// Mends what [`super::verify`] found. Index objects that are damaged or lost are written anew from what the packs say of
/// themselves. Every pack that is damaged or lost is condemned, and every writer is made to look for what is not there. A
/// damaged pack stays for as long as the grace of a collection, since what is whole in it may be in use. `owner` is who
/// does it, for a store of one writer. Where index objects are written anew, every pack's end is read: the progress in `options`
/// counts packs then, and until the record is written it can be stopped.
///
/// # Errors
/// [`VerifyError::Raced`] when a collection condemned meanwhile, [`VerifyError::Cancelled`] when somebody asked to stop: nothing
/// is condemned then. What was written anew stays, and the next run does the rest.
pub async fn condemn(
    repository: &Repository,
    report: &VerifyReport,
    owner: &str,
    options: &VerifyOptions,
) -> Result<Condemned, VerifyError> {
    if report.damaged.is_empty() {
        return Ok(Condemned::default());
    }
    match repository.format().writers {
        Writers::Many => {
            repository.trust().await?;
            tell(repository, report, options).await
        }
        Writers::Single => {
            repository.take_turn(owner).await?;
            let told = tell(repository, report, options).await;
            repository.end_turn().await;
            told
        }
    }
}

async fn tell(
    repository: &Repository,
    report: &VerifyReport,
    options: &VerifyOptions,
) -> Result<Condemned, VerifyError> {
    if !lacks_chunks(report) {
        return record(repository, report, 0).await;
    }
    let Reindexed { mended, refused } = reindex(repository, &report.bad_packs, options).await?;
    options.cancel.check()?;
    let condemned = record(repository, report, mended).await?;
    // What may not be removed is told last: all else is done.
    refused.map_or(Ok(condemned), |error| Err(RepositoryError::from(error).into()))
}

async fn record(
    repository: &Repository,
    report: &VerifyReport,
    indexes: u64,
) -> Result<Condemned, VerifyError> {
    let before = repository.newest_record().await?.unwrap_or_default();
    let known: HashSet<PackId> = before.packs().collect();
    let (mut there, mut gone) = (BTreeSet::new(), BTreeSet::new());
    for pack in report.bad_packs.iter().filter(|pack| !known.contains(pack)) {
        match repository.store().head(&pack.key()).await {
            Ok(_) => there.insert(*pack),
            Err(StoreError::NotFound { .. }) => gone.insert(*pack),
            Err(source) => return Err(RepositoryError::from(source).into()),
        };
    }
    let packs = (there.len() + gone.len()) as u64;
    if packs == 0 && !lacks_chunks(report) {
        // A run that was killed may have told nobody yet.
        repository.fence(before.epoch).await?;
        return Ok(Condemned { packs, indexes, epoch: before.epoch });
    }
    let mut record = Record { epoch: before.epoch + 1, ..before };
    record.gone_packs.extend(gone);
    if !there.is_empty() {
        record.rounds.push(Round {
            condemned_ms: u64::try_from(repository.now().nanos() / 1_000_000).unwrap_or(0),
            grace_ms: u64::try_from(GRACE.as_millis()).unwrap_or(u64::MAX),
            snapshots: BTreeSet::new(),
            packs: there,
        });
    }
    if !repository.put_record(&record).await? {
        return Err(VerifyError::Raced);
    }
    repository.fence(record.epoch).await?;
    Ok(Condemned { packs, indexes, epoch: record.epoch })
}

/// Whether chunks are lost of which no pack is known: a later record alone makes writers look for them.
fn lacks_chunks(report: &VerifyReport) -> bool {
    let is_chunk = |damage: &Damage| damage.object.starts_with("chunk ");
    report.hurts_index() || report.damaged.iter().any(is_chunk)
}

//! What is copied, and proven: packs, with what tells readers where their chunks lie, and versions.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;

use super::{ArchiveError, ArchiveOptions};
use crate::index::{FULL, IndexBuilder, MOST_PACKS};
use crate::pack::{Pack, read_footer};
use crate::repository::Collected;
use crate::{Condition, ETag, Key, PackId, Repository, RepositoryError, SnapshotId, StoreError, Writers};

/// What became of a pack.
pub(super) struct Copied {
    /// Bytes that were written, or would be.
    pub(super) bytes: u64,
    /// It was there, and not what its name says.
    pub(super) replaced: bool,
}

/// One pack, proven where it comes from and where it is then. `is_known`: the target's index names it, and the source may
/// have what lies in it under another name.
pub(super) async fn copy_pack(
    source: &Repository,
    target: &Repository,
    pack: PackId,
    size: u64,
    is_known: bool,
    options: &ArchiveOptions,
) -> Result<Copied, ArchiveError> {
    options.cancel.check()?;
    let there = found(target, pack).await?;
    let is_as_long = there.as_ref().is_some_and(|(length, _)| *length == size);
    let copied = if options.dry_run {
        // What is as long may be damaged: a dry run does not look.
        let bytes = if is_as_long { 0 } else { size };
        Copied { bytes, replaced: there.is_some() && !is_as_long }
    } else if there.is_some() && is_itself(target, pack).await? {
        Copied { bytes: 0, replaced: false }
    } else {
        let bytes = match source.stored_object(&pack.key(), |bytes| pack.names(bytes)).await {
            Err(RepositoryError::Store(StoreError::NotFound { key })) if is_known => {
                return Err(ArchiveError::OtherName { key });
            }
            read => read?,
        };
        options.progress.add_transferred(size);
        let bad = there.map(|(_, etag)| etag);
        let replaced = bad.is_some();
        put_proven(target, pack, bytes, bad).await?;
        Copied { bytes: size, replaced }
    };
    options.progress.add_done(size);
    Ok(copied)
}

/// How long a pack is, and which version of it is there.
async fn found(target: &Repository, pack: PackId) -> Result<Option<(u64, ETag)>, ArchiveError> {
    match target.store().head(&pack.key()).await {
        Ok(there) => Ok(Some(there)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(problem) => Err(RepositoryError::from(problem).into()),
    }
}

/// Whether a pack that is there is what its name says.
async fn is_itself(target: &Repository, pack: PackId) -> Result<bool, ArchiveError> {
    match target.stored_object(&pack.key(), |bytes| pack.names(bytes)).await {
        Ok(_) => Ok(true),
        Err(RepositoryError::NotItself { .. }) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

/// Writes a pack, in the place of what is damaged there, and reads it back.
async fn put_proven(
    target: &Repository,
    pack: PackId,
    bytes: Bytes,
    bad: Option<ETag>,
) -> Result<(), ArchiveError> {
    match bad {
        None => target.put_object(&pack.key(), bytes).await?,
        Some(bad) => replace_pack(target, &pack.key(), bytes, bad).await?,
    }
    target.stored_object(&pack.key(), |bytes| pack.names(bytes)).await?;
    Ok(())
}

/// Puts a pack in the place of what is damaged there, and of nothing else.
async fn replace_pack(target: &Repository, key: &Key, bytes: Bytes, bad: ETag) -> Result<(), ArchiveError> {
    let condition = match target.format().writers {
        Writers::Many => Condition::Matches(bad),
        Writers::Single => Condition::Always,
    };
    match target.store().put(key, bytes, condition).await {
        // Somebody else was faster: it is proven next.
        Ok(_) | Err(StoreError::Precondition { .. }) => {
            target.store().doubt(key);
            Ok(())
        }
        Err(problem) => Err(RepositoryError::from(problem).into()),
    }
}

/// A pack that came, or would come, under another id.
pub(super) struct Renewed {
    /// None in a dry run.
    pub(super) pack: Option<Pack>,
    /// Its bytes.
    pub(super) size: u64,
    pub(super) copied: Copied,
}

/// A pack that is condemned in the target, under an id that is not: the same one in each run, so that what a killed run
/// brought is there for the next.
pub(super) async fn copy_anew(
    source: &Repository,
    target: &Repository,
    pack: PackId,
    size: u64,
    condemned: &Collected,
    options: &ArchiveOptions,
) -> Result<Renewed, ArchiveError> {
    options.cancel.check()?;
    if options.dry_run {
        options.progress.add_done(size);
        return Ok(Renewed { pack: None, size, copied: Copied { bytes: size, replaced: false } });
    }
    let bytes = source.stored_object(&pack.key(), |bytes| pack.names(bytes)).await?;
    let entries = read_footer(&bytes, size, source.sealer())
        .map_err(|problem| RepositoryError::Damaged { key: pack.key(), source: problem })?;
    let pack = Pack { id: pack, bytes, entries }.unless(|id| condemned.packs.contains(id));
    let there = found(target, pack.id).await?;
    let copied = if there.is_some() && is_itself(target, pack.id).await? {
        Copied { bytes: 0, replaced: false }
    } else {
        options.progress.add_transferred(size);
        put_proven(target, pack.id, pack.bytes.clone(), there.map(|(_, etag)| etag)).await?;
        Copied { bytes: size, replaced: false }
    };
    options.progress.add_done(size);
    Ok(Renewed { pack: Some(Pack { bytes: Bytes::new(), ..pack }), size, copied })
}

/// Tells readers of the target what lies in packs that came under another id.
pub(super) async fn index_anew(target: &Repository, packs: &[(Pack, u64)]) -> Result<(), ArchiveError> {
    let mut builder = IndexBuilder::default();
    for (pack, size) in packs {
        if !builder.has_room_for(1) || builder.len() >= FULL {
            target.put_index(std::mem::take(&mut builder).finish()).await?;
        }
        builder.add_pack(pack.id, *size, &pack.entries);
    }
    if !builder.is_empty() {
        target.put_index(builder.finish()).await?;
    }
    Ok(())
}

/// Tells readers of the target where the chunks of these packs lie, in as many index objects as that takes.
pub(super) async fn index(
    source: &Repository,
    target: &Repository,
    packs: &HashMap<PackId, u64>,
) -> Result<(), ArchiveError> {
    let packs: Vec<PackId> = packs.keys().copied().collect();
    for some in packs.chunks(MOST_PACKS) {
        let some: BTreeSet<_> = some.iter().copied().collect();
        let mut builder = IndexBuilder::default();
        for (_, index) in source.loaded_indexes().iter().rev() {
            if !builder.is_empty() && builder.len() + index.len() > FULL {
                target.put_index(std::mem::take(&mut builder).finish()).await?;
            }
            builder.take_from(index, |place| some.contains(&place.pack));
        }
        if !builder.is_empty() {
            target.put_index(builder.finish()).await?;
        }
    }
    Ok(())
}

pub(super) async fn copy_snapshot(
    source: &Repository,
    target: &Repository,
    id: SnapshotId,
) -> Result<(), ArchiveError> {
    let bytes = source.stored_object(&id.key(), |bytes| id.names(bytes)).await?;
    target.put_object(&id.key(), bytes).await?;
    target.stored_snapshot(id).await?;
    Ok(())
}

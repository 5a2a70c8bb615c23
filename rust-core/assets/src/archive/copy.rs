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

/// One pack, proven where it comes from and where it is then.
pub(super) async fn copy_pack(
    source: &Repository,
    target: &Repository,
    pack: PackId,
    size: u64,
    options: &ArchiveOptions,
) -> Result<Copied, ArchiveError> {
    options.cancel.check()?;
    let key = pack.key();
    let names = |bytes: &[u8]| pack.names(bytes);
    let there = match target.store().head(&key).await {
        Ok(there) => Some(there),
        Err(StoreError::NotFound { .. }) => None,
        Err(problem) => return Err(RepositoryError::from(problem).into()),
    };
    let copied = match there {
        // What is as long may be damaged: a dry run does not look.
        Some((length, _)) if options.dry_run && length == size => Copied { bytes: 0, replaced: false },
        there if options.dry_run => Copied { bytes: size, replaced: there.is_some() },
        None => {
            let bytes = source.stored_object(&key, names).await?;
            options.progress.add_transferred(size);
            target.put_object(&key, bytes).await?;
            target.stored_object(&key, names).await?;
            Copied { bytes: size, replaced: false }
        }
        Some((_, etag)) => match target.stored_object(&key, names).await {
            Ok(_) => Copied { bytes: 0, replaced: false },
            Err(RepositoryError::NotItself { .. }) => {
                let bytes = source.stored_object(&key, names).await?;
                options.progress.add_transferred(size);
                replace_pack(target, &key, bytes, etag).await?;
                target.stored_object(&key, names).await?;
                Copied { bytes: size, replaced: true }
            }
            Err(other) => return Err(other.into()),
        },
    };
    options.progress.add_done(size);
    Ok(copied)
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

/// A pack that is condemned in the target, under an id that is not. Gives it, but in a dry run, and its bytes.
pub(super) async fn copy_anew(
    source: &Repository,
    target: &Repository,
    pack: PackId,
    size: u64,
    condemned: &Collected,
    options: &ArchiveOptions,
) -> Result<(Option<Pack>, u64), ArchiveError> {
    options.cancel.check()?;
    if options.dry_run {
        options.progress.add_done(size);
        return Ok((None, size));
    }
    let bytes = source.stored_object(&pack.key(), |bytes| pack.names(bytes)).await?;
    options.progress.add_transferred(size);
    let entries = read_footer(&bytes, size, source.sealer())
        .map_err(|problem| RepositoryError::Damaged { key: pack.key(), source: problem })?;
    let id = PackId::of(&bytes, target.now());
    let pack = Pack { id, bytes, entries }.unless(|id| condemned.packs.contains(id));
    target.put_object(&pack.id.key(), pack.bytes.clone()).await?;
    target.stored_object(&pack.id.key(), |bytes| pack.id.names(bytes)).await?;
    options.progress.add_done(size);
    Ok((Some(Pack { bytes: Bytes::new(), ..pack }), size))
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

/// Tells readers of the target where the chunks of these packs lie.
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
            builder.take_from(index, |place| some.contains(&place.pack));
        }
        target.put_index(builder.finish()).await?;
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

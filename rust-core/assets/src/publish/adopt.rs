//! Taking over what a killed publish left in the store, from whatever machine: packs that no index knows.

use std::collections::HashSet;

use cyclorama_time::UtcTime;
use futures::{StreamExt, stream};

use super::journal::StoredPack;
use crate::{
    Key, PackId, Repository, RepositoryError,
    pack::{USUAL_SUFFIX, footer_length, read_footer},
    store::list_as,
};

/// The packs that are in no loaded index and not in `noted`, as far as they are young enough. Load all indexes first.
///
/// Packs that cannot be read are left alone: verification names them.
pub(super) async fn unindexed(
    repository: &Repository,
    noted: &[StoredPack],
) -> Result<Vec<StoredPack>, RepositoryError> {
    let loaded = repository.loaded_indexes();
    let mut known: HashSet<PackId> = noted.iter().map(|pack| pack.id).collect();
    known.extend(loaded.iter().flat_map(|(_, index)| index.packs().iter().map(|(id, _)| *id)));
    let newest = loaded.iter().map(|(id, _)| id.made()).max();
    let found = list_since(repository, newest.map(|made| made.plus_nanos(-SLACK))).await?;
    let candidates = found.into_iter().filter(|(id, _)| !known.contains(id)).collect::<Vec<_>>();
    let read: Vec<_> = stream::iter(candidates)
        .map(|(id, size)| async move {
            match read_pack(repository, id, size).await {
                Ok(pack) => Some(pack),
                Err(error) => {
                    tracing::warn!(pack = %id, %error, "a pack of an unfinished publish is of no use");
                    None
                }
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    Ok(read.into_iter().flatten().collect())
}

/// Packs made since then, with their sizes; all of them when there is no then.
async fn list_since(
    repository: &Repository,
    since: Option<UtcTime>,
) -> Result<Vec<(PackId, u64)>, RepositoryError> {
    let take = |key: &Key, size| Some((PackId::from_key(key)?, size));
    Ok(list_as(&**repository.store(), PackId::PREFIX, since.map(first_key), take).await?)
}

/// A key before that of every pack made at `time` or later.
fn first_key(time: UtcTime) -> Key {
    let mut id = [0; 32];
    id[..6].copy_from_slice(&PackId::of(b"", time).as_bytes()[..6]);
    PackId::from_bytes(id).key()
}

/// What a pack holds, from its last bytes. Parts of objects come without a checksum, so what does not fit together is
/// asked for once more.
pub(crate) async fn read_pack(
    repository: &Repository,
    id: PackId,
    size: u64,
) -> Result<StoredPack, RepositoryError> {
    match last_bytes(repository, id, size).await {
        Err(RepositoryError::Damaged { .. }) => last_bytes(repository, id, size).await,
        read => read,
    }
}

async fn last_bytes(repository: &Repository, id: PackId, size: u64) -> Result<StoredPack, RepositoryError> {
    let key = id.key();
    let damaged = |source| RepositoryError::Damaged { key: key.clone(), source };
    let suffix = |length: u64| {
        let length = length.min(size);
        repository.store().get_range(&key, size - length, length)
    };
    let mut bytes = suffix(USUAL_SUFFIX).await?;
    let length = footer_length(&bytes, size).map_err(damaged)?;
    if length > bytes.len() as u64 {
        bytes = suffix(length).await?;
    }
    let entries = read_footer(&bytes, size, repository.sealer()).map_err(damaged)?;
    Ok(StoredPack { id, size, entries })
}

/// Clocks of publishers may differ by this much, in nanoseconds, and a publish may take that long.
const SLACK: i64 = 3 * 24 * 3600 * 1_000_000_000;
/// Bytes to read from which on it is worth to look for what others have sent: a listing, and the end of each pack, may be
/// more than what is saved.
pub(super) const WORTH_LOOKING: u64 = USUAL_SUFFIX;
/// Footers read at the same time.
const AT_ONCE: usize = 16;

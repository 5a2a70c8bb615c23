//! Whether packs are what the index says of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use cyclorama_content::ChunkId;
use cyclorama_outcome::{Classify as _, Kind};
use futures::{StreamExt, stream};

use super::{Look, VerifyError, reason};
use crate::{
    IndexId, PackId, Repository, RepositoryError,
    index::{Index, KEY, Location},
    pack::{PackEntry, read_footer},
    publish::read_pack,
};

/// What one pack turned out to be.
struct Seen {
    pack: PackId,
    /// Its chunks, or why they are unknown.
    entries: Result<Vec<PackEntry>, RepositoryError>,
    /// Those that are not what their id says.
    wrong: Vec<ChunkId>,
    /// Whether the whole object is the one that was written.
    is_itself: bool,
    bytes_read: u64,
}

impl Look<'_> {
    /// Compares every pack with the rows of all index objects about it.
    pub(super) async fn packs(&mut self, indexes: &[(IndexId, Arc<Index>)]) -> Result<(), VerifyError> {
        let mut present = BTreeMap::new();
        for (key, size) in self.list(PackId::PREFIX).await? {
            match PackId::from_key(&key) {
                Some(id) => {
                    present.insert(id, size);
                }
                None => self.found.add(key.to_string(), "its name is no pack's"),
            }
        }
        let mut rows: HashMap<PackId, Vec<([u8; KEY], Location)>> = HashMap::new();
        for (key, place) in indexes.iter().flat_map(|(_, index)| index.iter()) {
            rows.entry(place.pack).or_default().push((key, place));
        }
        for (pack, rows) in &rows {
            let expected = rows.first().map_or(0, |(_, place)| place.pack_size);
            match present.get(pack) {
                None => self.found.lost_pack(*pack, "it is missing"),
                Some(size) if *size != expected => {
                    self.found.lost_pack(*pack, format!("it has {size} bytes, and should have {expected}"));
                }
                Some(_) => {}
            }
        }
        self.report.packs = present.len() as u64;
        self.report.unindexed_packs = present.keys().filter(|pack| !rows.contains_key(pack)).count() as u64;
        self.options.progress.set_total(present.len() as u64);
        let (repository, read_data) = (self.repository.clone(), self.options.read_data);
        let lost = self.found.lost.clone();
        let mut looked = stream::iter(present.into_iter().filter(|(pack, _)| !lost.contains(pack)))
            .map(|(pack, size)| look_at(repository.clone(), pack, size, read_data))
            .buffer_unordered(if read_data { PACKS_AT_ONCE } else { FOOTERS_AT_ONCE });
        while let Some(seen) = looked.next().await {
            self.options.cancel.check()?;
            let seen = seen?;
            self.options.progress.add_done(1);
            self.options.progress.add_transferred(seen.bytes_read);
            self.report.bytes_read += seen.bytes_read;
            let rows = rows.remove(&seen.pack).unwrap_or_default();
            self.judge(seen, &rows)?;
        }
        Ok(())
    }

    fn judge(&mut self, seen: Seen, rows: &[([u8; KEY], Location)]) -> Result<(), VerifyError> {
        let pack = seen.pack;
        for chunk in &seen.wrong {
            self.found.bad_chunk(*chunk, pack, "a chunk in it does not match its id");
        }
        if !seen.is_itself {
            self.found.bad_pack(pack, "it does not match the digest in its name");
        }
        let entries = match seen.entries {
            Ok(entries) => entries,
            Err(error) => {
                // The chunks may be whole; readers find them by the index and never need the footer.
                if self.found.is_condemned(&pack) {
                    return Ok(());
                }
                // One of a later version is not understood, and none the worse for it.
                if error.kind() != Kind::Refused {
                    self.found.bad_packs.insert(pack);
                }
                return self.note(pack.key().to_string(), error);
            }
        };
        let by_key: HashMap<&[u8], &PackEntry> =
            entries.iter().map(|entry| (&entry.id.as_bytes()[..KEY], entry)).collect();
        for (key, place) in rows {
            let is_same = by_key.get(&key[..]).is_some_and(|entry| {
                (entry.offset, entry.stored, entry.raw) == (place.offset, place.stored, place.raw)
                    && entry.codec == place.codec
            });
            if !is_same {
                self.found.lost_pack(pack, "its footer and an index disagree about a chunk");
            }
        }
        Ok(())
    }
}

impl Seen {
    /// Whether something is wrong with it that may lie on the way here.
    fn is_doubtful(&self) -> bool {
        let is_damaged = |error: &RepositoryError| !is_gone(error);
        !self.is_itself || !self.wrong.is_empty() || self.entries.as_ref().is_err_and(is_damaged)
    }
}

/// Looks at a pack, again where something is wrong.
async fn look_at(
    repository: Repository,
    pack: PackId,
    size: u64,
    read_data: bool,
) -> Result<Seen, RepositoryError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let seen = look_once(repository.clone(), pack, size, read_data).await?;
        if tries == TRIES || !seen.is_doubtful() {
            return Ok(seen);
        }
        repository.store().doubt(&pack.key());
    }
}

/// Reads a pack's footer, or the whole of it and every chunk.
async fn look_once(
    repository: Repository,
    pack: PackId,
    size: u64,
    read_data: bool,
) -> Result<Seen, RepositoryError> {
    if !read_data {
        let read = read_pack(&repository, pack, size).await;
        let entries = match read {
            Err(error @ RepositoryError::Store(_)) if !is_gone(&error) => return Err(error),
            other => other.map(|pack| pack.entries),
        };
        return Ok(Seen { pack, entries, wrong: Vec::new(), is_itself: true, bytes_read: 0 });
    }
    let bytes = match repository.store().get(&pack.key()).await.map_err(RepositoryError::from) {
        Ok(object) => object.bytes,
        Err(error) if is_gone(&error) => {
            return Ok(Seen { pack, entries: Err(error), wrong: Vec::new(), is_itself: true, bytes_read: 0 });
        }
        Err(error) => return Err(error),
    };
    Ok(tokio::task::spawn_blocking(move || hash_all(&repository, pack, &bytes)).await?)
}

fn is_gone(error: &RepositoryError) -> bool {
    matches!(error, RepositoryError::Store(crate::StoreError::NotFound { .. }))
}

fn hash_all(repository: &Repository, pack: PackId, bytes: &Bytes) -> Seen {
    let size = bytes.len() as u64;
    let footer = read_footer(bytes, size, repository.sealer());
    let (entries, wrong) = match footer {
        Err(source) => (Err(RepositoryError::Damaged { key: pack.key(), source }), Vec::new()),
        Ok(entries) => {
            let is_wrong = |entry: &&PackEntry| {
                let PackEntry { id, offset, stored, raw, codec } = **entry;
                let place = Location { pack, pack_size: size, offset, stored, raw, codec };
                let stored = bytes.get(offset as usize..).and_then(|rest| rest.get(..stored as usize));
                stored.is_none_or(|stored| repository.unpack(&id, &place, stored).is_err())
            };
            let wrong = entries.iter().filter(is_wrong).map(|entry| entry.id).collect();
            (Ok(entries), wrong)
        }
    };
    tracing::trace!(pack = %pack, problem = entries.as_ref().err().map(|error| reason(error)), "read");
    Seen { pack, entries, wrong, is_itself: pack.names(bytes), bytes_read: size }
}

/// How often a pack is read that came damaged.
const TRIES: u32 = 3;
/// Whole packs held in memory at the same time.
const PACKS_AT_ONCE: usize = 4;
/// Footers read at the same time.
const FOOTERS_AT_ONCE: usize = 16;

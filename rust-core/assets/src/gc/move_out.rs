//! Moving what is needed out of packs that are mostly garbage. Chunks travel as they are stored, each proven first.

use std::collections::{HashMap, HashSet};

use super::{GcError, GcOptions};
use crate::{
    PackId, Repository, RepositoryError,
    index::{FULL, IndexBuilder, KEY, Location},
    pack::{PackBuilder, PackEntry},
    publish::read_pack,
    repository::TREE_PACK,
};

/// Puts these chunks into new packs, and into an index object. The packs they lie in stay as they are.
pub(super) async fn move_out(
    repository: &Repository,
    options: &GcOptions,
    chunks: &HashMap<PackId, HashSet<[u8; KEY]>>,
    is_condemned: impl Fn(&PackId) -> bool,
) -> Result<(), GcError> {
    let target = repository.format().pack_target as usize;
    // Folders stay among folders: readers fetch small packs whole.
    let mut folders = Filling::new((TREE_PACK / 2) as usize);
    let mut content = Filling::new(target);
    let mut index = IndexBuilder::default();
    for (pack, wanted) in chunks {
        options.cancel.check()?;
        let (size, _) = repository.store().head(&pack.key()).await?;
        let entries = read_pack(repository, *pack, size).await?.entries;
        let wanted = entries.into_iter().filter(|entry| wanted.contains(&entry.id.as_bytes()[..KEY]));
        let into = if size <= TREE_PACK { &mut folders } else { &mut content };
        for run in runs(wanted.collect()) {
            into.take(repository, *pack, size, &run).await?;
            if into.pack.len() >= into.target {
                into.put(repository, &mut index, &is_condemned).await?;
            }
        }
        if index.len() >= FULL || !index.has_room_for(2) {
            repository.put_index(std::mem::take(&mut index).finish()).await?;
        }
    }
    for filling in [&mut folders, &mut content] {
        filling.put(repository, &mut index, &is_condemned).await?;
    }
    if !index.is_empty() {
        repository.put_index(index.finish()).await?;
    }
    Ok(())
}

/// Chunks that lie near each other, to be read at once; in the order they lie in.
fn runs(entries: Vec<PackEntry>) -> Vec<Vec<PackEntry>> {
    let mut runs: Vec<Vec<PackEntry>> = Vec::new();
    for entry in entries {
        let end = entry.offset + entry.stored;
        match runs.last_mut() {
            Some(run)
                if run
                    .last()
                    .is_some_and(|last| entry.offset - (last.offset + last.stored) <= LONGEST_GAP)
                    && run.first().is_some_and(|first| end - first.offset <= LONGEST_RUN) =>
            {
                run.push(entry);
            }
            _ => runs.push(vec![entry]),
        }
    }
    runs
}

/// A pack being filled.
struct Filling {
    pack: PackBuilder,
    target: usize,
}

impl Filling {
    fn new(target: usize) -> Self {
        Self { pack: PackBuilder::default(), target }
    }

    async fn take(
        &mut self,
        repository: &Repository,
        pack: PackId,
        pack_size: u64,
        run: &[PackEntry],
    ) -> Result<(), RepositoryError> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return Ok(()) };
        let length = last.offset + last.stored - first.offset;
        let mut tries = 0;
        loop {
            tries += 1;
            let bytes = repository.store().get_range(&pack.key(), first.offset.into(), length.into()).await?;
            match proven(repository, pack, pack_size, run, &bytes) {
                Ok(stored) => {
                    for (entry, stored) in run.iter().zip(stored) {
                        self.pack.add_stored(entry.id, entry.raw, entry.codec, stored);
                    }
                    return Ok(());
                }
                Err(error) if tries == TRIES => return Err(error),
                // The fault may lie on the way.
                Err(_) => {}
            }
        }
    }

    async fn put(
        &mut self,
        repository: &Repository,
        index: &mut IndexBuilder,
        is_condemned: &impl Fn(&PackId) -> bool,
    ) -> Result<(), RepositoryError> {
        if self.pack.is_empty() {
            return Ok(());
        }
        let pack = std::mem::take(&mut self.pack).finish(repository.sealer(), repository.now());
        let pack = pack.unless(is_condemned);
        let size = pack.bytes.len() as u64;
        repository.put_object(&pack.id.key(), pack.bytes).await?;
        index.add_pack(pack.id, size, &pack.entries);
        Ok(())
    }
}

/// The stored form of each chunk of a run, once each is what its id says.
fn proven<'a>(
    repository: &Repository,
    pack: PackId,
    pack_size: u64,
    run: &[PackEntry],
    bytes: &'a [u8],
) -> Result<Vec<&'a [u8]>, RepositoryError> {
    let start = run.first().map_or(0, |first| first.offset);
    let one = |entry: &PackEntry| {
        let PackEntry { id, offset, stored, raw, codec } = *entry;
        let place = Location { pack, pack_size, offset, stored, raw, codec };
        let found = bytes.get((offset - start) as usize..).and_then(|rest| rest.get(..stored as usize));
        let found = found.ok_or(RepositoryError::WrongChunk { chunk: id, pack })?;
        repository.unpack(&id, &place, found).map(|_| found)
    };
    run.iter().map(one).collect()
}

/// Bytes nobody wants that are fetched to save a request.
const LONGEST_GAP: u32 = 128 << 10;
/// Bytes of one request.
const LONGEST_RUN: u32 = 8 << 20;
/// How often something is read that came damaged.
const TRIES: u32 = 3;

//! What publishers learnt of packages, kept in the store beside each version: tables that each know some files.
//!
//! A publish adds a table of what it read. Tables that are small beside each other are put together, so that there are
//! few, and each record is rewritten a few times at most. What a table says is a shortcut: whoever does not find a file in it, or
//! cannot read it, reads the file's header.

use cyclorama_content::{ChunkId, Digest};
use futures::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};

use super::DependencyTable;
use crate::{Repository, RepositoryError};

/// A table that is stored as one chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptTable {
    /// The chunk.
    pub chunk: ChunkId,
    /// How many files it knows.
    pub files: u32,
}

/// Adds what the tables of a snapshot know to `known`. Tables that are gone or damaged are passed over.
///
/// # Errors
/// [`RepositoryError`] when the store does not answer.
pub async fn load_kept(
    repository: &Repository,
    tables: &[KeptTable],
    known: &mut DependencyTable,
) -> Result<(), RepositoryError> {
    let mut read = stream::iter(tables.to_vec()).map(|table| read_table(repository, table)).buffered(AT_ONCE);
    while let Some(table) = read.next().await {
        if let Some(table) = table? {
            known.absorb(&table);
        }
    }
    Ok(())
}

/// The tables after a publish that learnt `learnt`, and those of them that have to be stored. `tables` are those before;
/// `live` are the contents of the packages there are now, sorted, so that what no version will ask for again is left out in time.
///
/// # Errors
/// As [`load_kept`].
pub(crate) async fn tables_with(
    repository: &Repository,
    tables: &[KeptTable],
    learnt: &DependencyTable,
    live: &[Digest],
) -> Result<(Vec<KeptTable>, Vec<(ChunkId, Vec<u8>)>), RepositoryError> {
    let files = |tables: &[KeptTable]| tables.iter().map(|table| table.files as usize).sum::<usize>();
    if learnt.is_empty() {
        return Ok((tables.to_vec(), Vec::new()));
    }
    let (mut kept, mut learnt, mut added) = (tables.to_vec(), learnt.clone(), Vec::new());
    if files(&kept) > 2 * live.len() + MOST_FILES {
        load_kept(repository, &kept, &mut learnt).await?;
        learnt.retain(live);
        kept.clear();
    } else {
        // The last ones, as long as they are small beside what comes.
        while let Some(last) = kept.last()
            && last.files as usize <= 2 * learnt.len()
            && last.files as usize + learnt.len() <= MOST_FILES
        {
            if let Some(table) = read_table(repository, *last).await? {
                learnt.absorb(&table);
            }
            kept.pop();
        }
    }
    for table in learnt.in_parts(MOST_FILES) {
        let (bytes, files) = (table.encode(), table.len() as u32);
        let chunk = repository.ids().of(&bytes);
        kept.push(KeptTable { chunk, files });
        added.push((chunk, bytes));
    }
    Ok((kept, added))
}

/// A table, or nothing where it is gone or no table.
async fn read_table(
    repository: &Repository,
    table: KeptTable,
) -> Result<Option<DependencyTable>, RepositoryError> {
    use cyclorama_outcome::{Classify as _, Kind};
    match repository.node_chunk(table.chunk).await {
        Ok(bytes) => Ok(DependencyTable::decode(&bytes).ok()),
        Err(error) if matches!(error.kind(), Kind::Integrity | Kind::NotFound) => {
            tracing::debug!(chunk = %table.chunk, %error, "a table of dependencies cannot be read");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Files of one table: some 400 KB before it is packed. Few in tests, so that they fill.
const MOST_FILES: usize = if cfg!(test) { 16 } else { 4096 };
/// Tables read at the same time.
const AT_ONCE: usize = 8;

#[cfg(test)]
mod tests;

//! Packages in a store: of each file only the chunks that hold its header are fetched.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cyclorama_content::ChunkId;
use cyclorama_outcome::{Classify, Kind};

use super::{
    Closure, Dependencies, DependencyTable, FIRST_READ, Follow, Header, HeaderError, Package, Packages,
    UnknownPackage, Walk, dependencies, load_kept, read,
};
use crate::repository::Batch;
use crate::tree::{Entry, FileEntry};
use crate::{Repository, RepositoryError, Snapshot};

/// Why a map's closure could not be found in a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClosureError {
    /// The map is not there.
    #[error(transparent)]
    Unknown(#[from] UnknownPackage),
    /// The store did not give what is needed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl Classify for ClosureError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unknown(source) => source.kind(),
            Self::Repository(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown(source) => source.hint(),
            Self::Repository(source) => source.hint(),
        }
    }
}

/// Everything that maps need, in a snapshot whose indexes are loaded. What `known` tells is not fetched; otherwise it
/// learns what the snapshot's publishers learnt, and of what they did not, the headers are fetched.
///
/// # Errors
/// [`ClosureError`] when a map is not there or the store fails. Headers that cannot be read are listed in the result.
pub async fn closure_of_snapshot<N: AsRef<str>>(
    repository: &Repository,
    snapshot: &Snapshot,
    maps: &[N],
    follow: Follow,
    known: &mut DependencyTable,
) -> Result<Closure, ClosureError> {
    let found = repository.walk(snapshot.root, |_| true).await?;
    let files = files_of(&found);
    let packages = packages_of(&files);
    let walk = Walk::new(&packages, maps, follow)?;
    walked(repository, snapshot, &files, walk, known).await
}

/// Files of a version by their path.
pub(super) type Files<'a> = HashMap<&'a str, &'a FileEntry>;

/// The files among what a version has.
pub(super) fn files_of(found: &[(String, Entry)]) -> Files<'_> {
    let files = found.iter().filter_map(|(path, entry)| match entry {
        Entry::File(file) => Some((path.as_str(), file)),
        _ => None,
    });
    files.collect()
}

/// The packages among these files.
pub(super) fn packages_of(files: &Files<'_>) -> Packages {
    let mut paths: Vec<&str> = files.keys().copied().collect();
    paths.sort_unstable();
    Packages::of(&paths)
}

/// Walks to the end, as [`closure_of_snapshot`] does.
pub(super) async fn walked(
    repository: &Repository,
    snapshot: &Snapshot,
    files: &Files<'_>,
    mut walk: Walk<'_>,
    known: &mut DependencyTable,
) -> Result<Closure, ClosureError> {
    let mut tables = Some(&snapshot.dependencies);
    loop {
        let asked = walk.ask();
        if asked.is_empty() {
            return Ok(walk.finish());
        }
        let content = |package: &Package| files[package.path.as_str()];
        if asked.iter().any(|package| known.find(&content(package).content).is_none())
            && let Some(tables) = tables.take()
        {
            load_kept(repository, tables, known).await?;
        }
        let mut unknown = Vec::new();
        for package in asked {
            let file = content(package);
            match known.find(&file.content) {
                Some(answer) => walk.answer(package, Ok(answer)),
                None => unknown.push((package, file)),
            }
        }
        ask_store(repository, &unknown, |package, file, answer| {
            if let Ok(answer) = &answer {
                known.learn(file.content, answer);
            }
            walk.answer(package, answer);
        })
        .await?;
    }
}

/// Answers from the first chunk of each file, and for those where it is not enough, from more of them.
async fn ask_store(
    repository: &Repository,
    asked: &[(&Package, &FileEntry)],
    mut tell: impl FnMut(&Package, &FileEntry, Result<Dependencies, HeaderError>),
) -> Result<(), RepositoryError> {
    let mut by_chunk: HashMap<ChunkId, Vec<usize>> = HashMap::new();
    for (at, (package, file)) in asked.iter().enumerate() {
        match file.chunks.first() {
            Some(chunk) => by_chunk.entry(*chunk).or_default().push(at),
            None => tell(package, file, Err(HeaderError::NotAPackage)),
        }
    }
    let answers = Arc::new(Mutex::new(Vec::with_capacity(by_chunk.len())));
    let read = {
        let answers = Arc::clone(&answers);
        move |batch: Batch| {
            let read: Vec<_> = batch.iter().map(|(chunk, bytes)| (*chunk, dependencies(bytes))).collect();
            answers.lock().unwrap_or_else(PoisonError::into_inner).extend(read);
            Ok::<_, RepositoryError>(())
        }
    };
    repository.fetch_into(repository.plan(by_chunk.keys().copied())?, REQUESTS, read).await?;
    let answers = std::mem::take(&mut *answers.lock().unwrap_or_else(PoisonError::into_inner));
    let mut longer = Vec::new();
    for (chunk, answer) in answers {
        for at in by_chunk.get(&chunk).into_iter().flatten() {
            let (package, file) = asked[*at];
            match answer {
                Err(HeaderError::Short { .. }) if file.chunks.len() > 1 => longer.push((package, file)),
                ref answer => tell(package, file, answer.clone()),
            }
        }
    }
    for (package, file) in longer {
        let answer = from_beginning(repository, file, dependencies).await?;
        tell(package, file, answer);
    }
    Ok(())
}

/// The header of a file in a store whose indexes are loaded.
///
/// # Errors
/// [`RepositoryError`] when the store fails; inside, what is wrong with the header.
pub async fn header_of_file(
    repository: &Repository,
    file: &FileEntry,
) -> Result<Result<Header, HeaderError>, RepositoryError> {
    from_beginning(repository, file, read).await
}

async fn from_beginning<T>(
    repository: &Repository,
    file: &FileEntry,
    parse: impl Fn(&[u8]) -> Result<T, HeaderError>,
) -> Result<Result<T, HeaderError>, RepositoryError> {
    let mut beginning = Vec::new();
    let mut wanted = FIRST_READ.min(16 << 10) as u64;
    for chunk in &file.chunks {
        beginning.extend_from_slice(&repository.chunk(chunk).await?);
        if (beginning.len() as u64) < wanted {
            continue;
        }
        match parse(&beginning) {
            Err(HeaderError::Short { needed }) => wanted = needed,
            result => return Ok(result),
        }
    }
    Ok(parse(&beginning))
}

/// Requests at the same time.
const REQUESTS: usize = 8;

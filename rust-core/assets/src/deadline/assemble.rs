//! Makes whole objects from chunks: near the bucket, so that only what is new crossed the studio's line.
//!
//! An object is written once BLAKE3, XXH3-128 and size of what was put together are those of the snapshot's entry,
//! and not before. What is there already, by name and size, stays: the name says the content. A run that was
//! stopped goes on where it was. Files are put together in groups that fit a budget of memory; one file that is larger
//! than the budget is put together alone, and needs memory of its own size.

use std::collections::{HashMap, HashSet};

use bytes::{Bytes, BytesMut};
use cyclorama_content::{ChunkId, FileDigests};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::{Cancel, Cancelled, Progress};
use futures::{StreamExt, TryStreamExt, stream};

use super::{ManifestError, snapshot::data_key};
use crate::tree::FileEntry;
use crate::{Condition, KeyError, Repository, RepositoryError, Store, StoreError};

/// How objects are made.
#[derive(Clone, Debug)]
pub struct AssembleOptions {
    /// Bytes of files put together at a time.
    pub memory: u64,
    /// Bytes of the largest file that is put together at all.
    pub largest: u64,
    /// Requests at the same time.
    pub requests: usize,
    /// Find out which objects would be made, and make none.
    pub dry_run: bool,
    /// Bytes of objects that are there, of all.
    pub progress: Progress,
    /// Stops between two groups.
    pub cancel: Cancel,
}

impl Default for AssembleOptions {
    fn default() -> Self {
        Self {
            memory: 128 << 20,
            largest: 5 << 30,
            requests: 16,
            dry_run: false,
            progress: Progress::new(),
            cancel: Cancel::new(),
        }
    }
}

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assembled {
    /// Objects that are needed: files with the same content are one.
    pub objects: u64,
    /// Objects that were there.
    pub present: u64,
    /// Objects that were written; in a dry run, those that are not there.
    pub written: u64,
    /// Bytes of those.
    pub bytes: u64,
}

/// Why job attachments could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssembleError {
    /// The content store.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The bucket of the attachments.
    #[error("the attachments' store failed")]
    Target(#[from] StoreError),
    /// The manifest.
    #[error(transparent)]
    Manifest(ManifestError),
    /// A part of a key has characters that no key has.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The chunks are what their ids say, but the file is not what its entry says. Nothing was written.
    #[error("`{name}` put together is not the file that was published")]
    Wrong {
        /// The file's name in its folder.
        name: String,
    },
    /// One file needs more memory than is allowed.
    #[error("`{name}` has {size} bytes; files of up to {largest} are put together")]
    TooLarge {
        /// The file's name in its folder.
        name: String,
        /// Its bytes.
        size: u64,
        /// What is allowed.
        largest: u64,
    },
    /// Stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Classify for AssembleError {
    fn kind(&self) -> Kind {
        match self {
            Self::Repository(source) => source.kind(),
            Self::Target(source) => source.kind(),
            Self::Manifest(source) => source.kind(),
            Self::Key(_) | Self::TooLarge { .. } => Kind::User,
            Self::Wrong { .. } => Kind::Integrity,
            Self::Cancelled(_) => Kind::Cancelled,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Repository(source) => source.hint(),
            Self::Target(source) => source.hint(),
            Self::Manifest(source) => source.hint(),
            _ => None,
        }
    }
}

/// Makes the objects of these files that `target` lacks, from chunks of a snapshot whose indexes are loaded.
///
/// # Errors
/// [`AssembleError`] at the first that cannot be made. Objects written until then are whole.
pub async fn assemble(
    repository: &Repository,
    files: &[FileEntry],
    target: &dyn Store,
    options: &AssembleOptions,
) -> Result<Assembled, AssembleError> {
    let mut seen = HashSet::new();
    let files: Vec<&FileEntry> = files.iter().filter(|file| seen.insert(file.xxh128)).collect();
    options.progress.set_total(files.iter().map(|file| file.size).sum());
    let absent = find_absent(&files, target, options).await?;
    let mut assembled = Assembled {
        objects: files.len() as u64,
        present: (files.len() - absent.len()) as u64,
        ..Assembled::default()
    };
    if let Some(file) = absent.iter().find(|file| file.size > options.largest) {
        let (name, size, largest) = (file.name.clone(), file.size, options.largest);
        return Err(AssembleError::TooLarge { name, size, largest });
    }
    if options.dry_run {
        assembled.written = absent.len() as u64;
        assembled.bytes = absent.iter().map(|file| file.size).sum();
        return Ok(assembled);
    }
    let mut rest = &absent[..];
    while !rest.is_empty() {
        options.cancel.check()?;
        let (group, others) = rest.split_at(group_of(rest, options.memory));
        write_group(repository, group, target, options).await?;
        assembled.written += group.len() as u64;
        assembled.bytes += group.iter().map(|file| file.size).sum::<u64>();
        rest = others;
    }
    Ok(assembled)
}

/// How many files from the front fit the budget: one at least.
fn group_of(files: &[&FileEntry], memory: u64) -> usize {
    let mut sum = 0u64;
    let fits = |file: &&&FileEntry| {
        sum = sum.saturating_add(file.size);
        sum <= memory
    };
    files.iter().take_while(fits).count().max(1)
}

/// The files whose object is not there with the right size, in their order.
async fn find_absent<'a>(
    files: &[&'a FileEntry],
    target: &dyn Store,
    options: &AssembleOptions,
) -> Result<Vec<&'a FileEntry>, AssembleError> {
    let asked: Vec<Option<&FileEntry>> = stream::iter(files.iter().copied())
        .map(|file| async move {
            options.cancel.check()?;
            match target.head(&data_key(file.xxh128)).await {
                Ok((size, _)) if size == file.size => {
                    options.progress.add_done(size);
                    Ok(None)
                }
                Ok(_) | Err(StoreError::NotFound { .. }) => Ok(Some(file)),
                Err(source) => Err(AssembleError::from(source)),
            }
        })
        .buffered(options.requests.max(1))
        .try_collect()
        .await?;
    Ok(asked.into_iter().flatten().collect())
}

async fn write_group(
    repository: &Repository,
    group: &[&FileEntry],
    target: &dyn Store,
    options: &AssembleOptions,
) -> Result<(), AssembleError> {
    let wanted = group.iter().flat_map(|file| file.chunks.iter().copied());
    let mut fetch = repository.fetch(repository.plan(wanted)?, options.requests.max(1));
    let mut chunks: HashMap<ChunkId, Bytes> = HashMap::new();
    while let Some(batch) = fetch.next().await? {
        chunks.extend(batch);
    }
    let chunks = &chunks;
    let written = stream::iter(group.iter().copied()).map(|file| async move {
        let bytes = put_together(file, chunks)?;
        target.put(&data_key(file.xxh128), bytes, Condition::Always).await?;
        options.progress.add_done(file.size);
        options.progress.add_transferred(file.size);
        Ok::<_, AssembleError>(())
    });
    written.buffer_unordered(options.requests.max(1)).try_collect().await
}

/// A file from its chunks, when it is the one that was published.
fn put_together(file: &FileEntry, chunks: &HashMap<ChunkId, Bytes>) -> Result<Bytes, AssembleError> {
    let wrong = || AssembleError::Wrong { name: file.name.clone() };
    let whole = match &file.chunks[..] {
        [] => Bytes::new(),
        [one] => chunks.get(one).ok_or_else(wrong)?.clone(),
        many => {
            let mut whole = BytesMut::new();
            for chunk in many {
                let bytes = chunks.get(chunk).ok_or_else(wrong)?;
                if (whole.len() + bytes.len()) as u64 > file.size {
                    return Err(wrong());
                }
                whole.extend_from_slice(bytes);
            }
            whole.freeze()
        }
    };
    let FileDigests { size, content, xxh128 } = FileDigests::of(&whole);
    if (size, content, xxh128) == (file.size, file.content, file.xxh128) { Ok(whole) } else { Err(wrong()) }
}

//! Asking for what sleeps in an archive: one look at all of a store, and one list, before anything is read from it.
//!
//! A bucket may move packs to a class from which they must be asked back, hours before they can be read. Without this, a
//! restore ends at the first of them, and after it at the next.

use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::{Cancel, Cancelled, Progress};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use crate::gc::record::PREFIX as COLLECTIONS;
use crate::store::{Sleep, Wake, list_pages};
use crate::{Format, IndexId, PackId, RefName, Repository, RepositoryError, SnapshotId, Store, StoreError};

/// How a store is looked through.
#[derive(Clone, Debug, Default)]
pub struct WakeOptions {
    /// How what sleeps is asked for; without it, nothing is.
    pub ask: Option<Wake>,
    /// Objects that were looked at.
    pub progress: Progress,
    /// Stops between two objects.
    pub cancel: Cancel,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Woken {
    /// Packs, index objects and versions.
    pub objects: u64,
    /// Those that cannot be read yet, by their keys, sorted.
    pub asleep: Vec<String>,
    /// Their bytes.
    pub bytes_asleep: u64,
    /// Those of them that are on their way: they were asked for now or before.
    pub waking: u64,
}

/// Why a store was not looked through.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WakeError {
    /// The store does not answer, refuses, or is none.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<StoreError> for WakeError {
    fn from(source: StoreError) -> Self {
        Self::Repository(source.into())
    }
}

impl Classify for WakeError {
    fn kind(&self) -> Kind {
        match self {
            Self::Repository(source) => source.kind(),
            Self::Cancelled(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Repository(source) => source.hint(),
            Self::Cancelled(_) => None,
        }
    }
}

/// Looks which objects of the content store in `store` sleep, and asks for them. Needs no key: nothing is read.
///
/// # Errors
/// [`WakeError`]; what was asked for until then is on its way.
pub async fn wake(store: &dyn Store, options: &WakeOptions) -> Result<Woken, WakeError> {
    if !Repository::exists(store).await.map_err(RepositoryError::from)? {
        return Err(RepositoryError::NoStore { store: store.describe() }.into());
    }
    let mut objects = Vec::new();
    // What describes the content first: without it nothing of the rest can be found.
    let begins = [Format::key().as_str().to_owned(), RefName::PREFIX.to_owned(), COLLECTIONS.to_owned()];
    let content = [SnapshotId::PREFIX, IndexId::PREFIX, PackId::PREFIX].map(str::to_owned);
    for prefix in begins.iter().chain(&content) {
        let page = |page| {
            objects.extend::<Vec<_>>(page);
            Ok::<_, WakeError>(options.cancel.check()?)
        };
        list_pages(store, prefix, None, page).await?;
    }
    options.progress.set_total(objects.len() as u64);
    let mut woken = Woken { objects: objects.len() as u64, ..Woken::default() };
    let mut looked = stream::iter(objects)
        .map(|(key, size)| async move {
            options.cancel.check()?;
            let sleep = store.wake(&key, options.ask).await.map_err(RepositoryError::from)?;
            options.progress.add_done(1);
            Ok::<_, WakeError>((key, size, sleep))
        })
        .buffer_unordered(AT_ONCE);
    while let Some((key, size, sleep)) = looked.try_next().await? {
        if sleep != Sleep::Awake {
            woken.asleep.push(key.to_string());
            woken.bytes_asleep += size;
            woken.waking += u64::from(sleep == Sleep::Waking);
        }
    }
    woken.asleep.sort();
    Ok(woken)
}

/// Objects looked at at the same time.
const AT_ONCE: usize = 16;

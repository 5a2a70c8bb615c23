//! A store in a folder, shared safely by processes and by machines over NFS, also under kill -9.
//!
//! An object is a file at the path its key spells. A write goes to a temporary file in `.cyclorama/tmp`, is
//! flushed to the disk, and then takes its name in one step: by `link` when nothing may be there (it fails on an
//! existing name), by `rename` under an advisory lock otherwise. Locks are held by processes, so they die with
//! them. Folders that start with a dot are never objects. A key cannot be an object and a folder of others at
//! once, and on file systems that ignore case two keys that differ only in case are one object.

mod files;
mod listing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use cyclorama_content::Digest;

use self::files::{Files, StagedFile};
use super::{Condition, ETag, Listing, Object, Staged, Store, StoreError};
use crate::Key;

/// Objects as files. The version of an object is the BLAKE3 digest of its bytes, so `head` reads the whole file.
///
/// Cheap to clone. File work runs on the runtime's blocking threads.
#[derive(Clone, Debug)]
pub struct FolderStore(Arc<Files>);

impl FolderStore {
    /// The store at `root`, which is made by the first write.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self(Arc::new(Files::new(std::path::absolute(&root).unwrap_or(root))))
    }

    /// The folder, absolute.
    pub fn root(&self) -> &Path {
        self.0.root()
    }

    /// Removes temporary files that writers left when they were killed: those not touched for an hour by the
    /// file system's own clock. Returns how many. Each store does it once by itself, at its first write.
    ///
    /// # Errors
    /// [`StoreError::Io`] or [`StoreError::Refused`] when the folder cannot be read.
    pub async fn sweep(&self) -> Result<usize, StoreError> {
        self.blocking(Files::sweep).await
    }

    async fn page(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
        sized: bool,
    ) -> Result<Listing, StoreError> {
        let (prefix, start_after) = (prefix.to_owned(), start_after.cloned());
        let limit = limit.clamp(1, super::LONGEST_PAGE);
        self.blocking(move |files| listing::page(files.root(), &prefix, start_after.as_ref(), limit, sized))
            .await
    }

    async fn blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Files) -> Result<T, StoreError> + Send + 'static,
    {
        let files = Arc::clone(&self.0);
        match tokio::task::spawn_blocking(move || work(&files)).await {
            Ok(result) => result,
            Err(join) if join.is_panic() => std::panic::resume_unwind(join.into_panic()),
            Err(join) => Err(StoreError::Io {
                operation: "reach",
                key: self.describe(),
                source: std::io::Error::other(join),
            }),
        }
    }
}

#[async_trait]
impl Store for FolderStore {
    async fn get(&self, key: &Key) -> Result<Object, StoreError> {
        let key = key.clone();
        self.blocking(move |files| {
            let bytes = files.read(&key)?;
            let etag = files::version(&bytes);
            Ok(Object { bytes: bytes.into(), etag })
        })
        .await
    }

    async fn get_at_most(&self, key: &Key, limit: u64) -> Result<Object, StoreError> {
        let key = key.clone();
        self.blocking(move |files| {
            let bytes = files.read_range(&key, 0, limit.saturating_add(1))?;
            if bytes.len() as u64 > limit {
                return Err(StoreError::TooLong { key, limit });
            }
            let etag = files::version(&bytes);
            Ok(Object { bytes: bytes.into(), etag })
        })
        .await
    }

    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        let key = key.clone();
        self.blocking(move |files| files.read_range(&key, offset, length).map(Bytes::from)).await
    }

    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        let key = key.clone();
        self.blocking(move |files| files.head(&key)).await
    }

    async fn put(&self, key: &Key, bytes: Bytes, condition: Condition) -> Result<ETag, StoreError> {
        let key = key.clone();
        self.blocking(move |files| files.write(&key, &bytes, &condition)).await
    }

    async fn stage(&self, key: &Key, bytes: Bytes, digest: Option<Digest>) -> Result<Staged, StoreError> {
        let key = key.clone();
        self.blocking(move |files| {
            let ready = files.stage(&key, &bytes, digest)?;
            Ok(Staged::with(key, bytes, ready))
        })
        .await
    }

    async fn put_staged(&self, staged: &Staged, condition: Condition) -> Result<ETag, StoreError> {
        let staged = staged.clone();
        self.blocking(move |files| match staged.ready::<StagedFile>() {
            Some(ready) if files.has(ready) => files.put_staged(staged.key(), ready, &condition),
            _ => files.write(staged.key(), staged.bytes(), &condition),
        })
        .await
    }

    async fn delete(&self, key: &Key, condition: Condition) -> Result<(), StoreError> {
        let key = key.clone();
        self.blocking(move |files| files.remove(&key, &condition)).await
    }

    async fn list(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.page(prefix, start_after, limit, true).await
    }

    async fn list_keys(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.page(prefix, start_after, limit, false).await
    }

    fn describe(&self) -> String {
        self.0.root().display().to_string()
    }

    /// A folder in this one, or where this one will be made: the file system decides what holds.
    fn trial(&self) -> Option<Arc<dyn Store>> {
        Some(Arc::new(Self(Arc::new(self.0.trial()))))
    }
}

#[cfg(test)]
mod tests;

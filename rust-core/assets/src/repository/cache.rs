//! A folder of this machine for immutable objects and for how far refs were seen.
//!
//! A cache that cannot be read or written is no error: everything works without it, with more requests. Whoever
//! takes something from it checks it as if it came from the store.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::SnapshotId;

/// Files below one folder, or nothing at all.
#[derive(Clone, Debug)]
pub(super) struct Cache(Option<PathBuf>);

impl Cache {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self(folder)
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        self.0.as_deref()
    }

    /// What was kept under this name.
    pub(super) async fn get(&self, kind: &str, name: &str) -> Option<Bytes> {
        let path = self.0.as_ref()?.join(kind).join(name);
        tokio::fs::read(path).await.ok().map(Bytes::from)
    }

    /// Keeps bytes under a name, whole or not at all.
    pub(super) async fn put(&self, kind: &str, name: &str, bytes: &[u8]) {
        let Some(folder) = &self.0 else { return };
        let folder = folder.join(kind);
        let temporary = folder.join(format!(".{:016x}", rand::random::<u64>()));
        let written = async {
            tokio::fs::create_dir_all(&folder).await?;
            tokio::fs::write(&temporary, bytes).await?;
            tokio::fs::rename(&temporary, folder.join(name)).await
        };
        if let Err(error) = written.await {
            tracing::debug!(%error, folder = %folder.display(), "the cache takes nothing");
            let _ = tokio::fs::remove_file(&temporary).await;
        }
    }

    /// Removes what was kept under a name.
    pub(super) async fn forget(&self, kind: &str, name: &str) {
        let Some(folder) = &self.0 else { return };
        if let Err(error) = tokio::fs::remove_file(folder.join(kind).join(name)).await {
            tracing::debug!(%error, kind, name, "nothing was kept under this name");
        }
    }

    /// The highest sequence number a ref was seen with, and what it pointed to then.
    pub(super) async fn seen(&self, name: &str) -> Option<(u64, SnapshotId)> {
        let bytes = self.get("refs", name).await?;
        let (sequence, snapshot) = std::str::from_utf8(&bytes).ok()?.split_once(' ')?;
        Some((sequence.parse().ok()?, snapshot.trim_end().parse().ok()?))
    }

    /// Remembers how far a ref was seen.
    pub(super) async fn remember(&self, name: &str, sequence: u64, snapshot: SnapshotId) {
        self.put("refs", name, format!("{sequence} {snapshot}\n").as_bytes()).await;
    }
}

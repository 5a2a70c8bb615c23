//! A part of a store, seen as a store of its own.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt as _, stream, stream::BoxStream};

use super::{Condition, ETag, Listing, Object, Sleep, Store, StoreError, Wake};
use crate::{Key, KeyError};

/// Everything under `prefix/` of another store. Errors name the full key.
pub struct Prefixed {
    inner: Arc<dyn Store>,
    prefix: Key,
}

impl Prefixed {
    /// The view of `inner` under `prefix/`.
    pub fn new(inner: Arc<dyn Store>, prefix: Key) -> Self {
        Self { inner, prefix }
    }

    fn outer(&self, key: &Key) -> Result<Key, StoreError> {
        self.prefix.join(key.as_str()).map_err(|KeyError(text)| StoreError::Io {
            operation: "name",
            key: text,
            source: std::io::Error::new(std::io::ErrorKind::InvalidFilename, "the name is too long"),
        })
    }

    fn inner_key(&self, key: &Key) -> Option<Key> {
        Key::new(key.as_str().strip_prefix(self.prefix.as_str())?.strip_prefix('/')?).ok()
    }
}

#[async_trait]
impl Store for Prefixed {
    async fn get(&self, key: &Key) -> Result<Object, StoreError> {
        self.inner.get(&self.outer(key)?).await
    }

    async fn get_at_most(&self, key: &Key, limit: u64) -> Result<Object, StoreError> {
        self.inner.get_at_most(&self.outer(key)?, limit).await
    }

    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        self.inner.get_range(&self.outer(key)?, offset, length).await
    }

    fn stream_range(&self, key: Key, offset: u64, length: u64) -> BoxStream<'_, Result<Bytes, StoreError>> {
        match self.outer(&key) {
            Ok(key) => self.inner.stream_range(key, offset, length),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        self.inner.head(&self.outer(key)?).await
    }

    async fn put(&self, key: &Key, bytes: Bytes, condition: Condition) -> Result<ETag, StoreError> {
        self.inner.put(&self.outer(key)?, bytes, condition).await
    }

    async fn delete(&self, key: &Key, condition: Condition) -> Result<(), StoreError> {
        self.inner.delete(&self.outer(key)?, condition).await
    }

    async fn list(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        let start_after = start_after.map(|key| self.outer(key)).transpose()?;
        let prefix = format!("{}/{prefix}", self.prefix);
        let page = self.inner.list(&prefix, start_after.as_ref(), limit).await?;
        Ok(Listing {
            objects: page
                .objects
                .iter()
                .filter_map(|(key, size)| Some((self.inner_key(key)?, *size)))
                .collect(),
            next: page.next.as_ref().and_then(|key| self.inner_key(key)),
        })
    }

    async fn wake(&self, key: &Key, ask: Option<Wake>) -> Result<Sleep, StoreError> {
        self.inner.wake(&self.outer(key)?, ask).await
    }

    fn describe(&self) -> String {
        format!("{}/{}", self.inner.describe().trim_end_matches('/'), self.prefix)
    }

    fn is_patient(&self) -> bool {
        self.inner.is_patient()
    }

    fn doubt(&self, key: &Key) {
        if let Ok(key) = self.outer(key) {
            self.inner.doubt(&key);
        }
    }
}

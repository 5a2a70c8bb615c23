//! A store that counts what it is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use cyclorama_assets::{Condition, ETag, Key, Listing, Object, Store, StoreError};

/// Another store, counted. Clones count together.
#[derive(Clone)]
pub struct Counting {
    inner: Arc<dyn Store>,
    requests: Arc<AtomicU64>,
}

impl Counting {
    /// `inner`, counted from zero.
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, requests: Arc::default() }
    }

    /// Calls so far; on S3 each is one request, but for large writes.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    fn counted(&self) -> &dyn Store {
        self.requests.fetch_add(1, Ordering::Relaxed);
        &*self.inner
    }
}

#[async_trait]
impl Store for Counting {
    async fn get(&self, key: &Key) -> Result<Object, StoreError> {
        self.counted().get(key).await
    }

    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        self.counted().get_range(key, offset, length).await
    }

    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        self.counted().head(key).await
    }

    async fn put(&self, key: &Key, bytes: Bytes, condition: Condition) -> Result<ETag, StoreError> {
        self.counted().put(key, bytes, condition).await
    }

    async fn delete(&self, key: &Key, condition: Condition) -> Result<(), StoreError> {
        self.counted().delete(key, condition).await
    }

    async fn list(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.counted().list(prefix, start_after, limit).await
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn is_patient(&self) -> bool {
        self.inner.is_patient()
    }

    fn doubt(&self, key: &Key) {
        self.inner.doubt(key);
    }
}

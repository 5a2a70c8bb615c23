//! A store for tests, on whose way somebody stands: told of each request, and of what is read and written.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::{Condition, ETag, Listing, Object, Store, StoreError};
use crate::Key;

/// What is asked of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Get,
    GetRange,
    Head,
    Put,
    Delete,
    List,
}

/// Who stands between a store and its users. Does nothing where it does not say otherwise.
#[async_trait]
pub(crate) trait Between: Send + Sync + 'static {
    /// Before a request for `key`, or for a listing of the keys that start so. An error is the answer to it.
    async fn asked(&self, _request: Request, _key: &str) -> Result<(), StoreError> {
        Ok(())
    }

    /// Before `bytes` are written; what is given back is what is.
    async fn written(&self, _key: &Key, bytes: Bytes) -> Result<Bytes, StoreError> {
        Ok(bytes)
    }

    /// After `bytes` were read, by [`Request::Get`] or [`Request::GetRange`]; what is given back is what arrives.
    async fn read(&self, _request: Request, _key: &Key, bytes: Bytes) -> Result<Bytes, StoreError> {
        Ok(bytes)
    }

    /// After a page was listed; what is given back is what arrives.
    fn listed(&self, page: Listing) -> Listing {
        page
    }
}

/// A store, and who stands before it.
pub(crate) struct Watched<B> {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) by: B,
}

impl<B: Between> Watched<B> {
    pub(crate) fn new(store: Arc<dyn Store>, by: B) -> Arc<Self> {
        Arc::new(Self { store, by })
    }
}

#[async_trait]
impl<B: Between> Store for Watched<B> {
    async fn get(&self, key: &Key) -> Result<Object, StoreError> {
        self.by.asked(Request::Get, key.as_str()).await?;
        let Object { bytes, etag } = self.store.get(key).await?;
        Ok(Object { bytes: self.by.read(Request::Get, key, bytes).await?, etag })
    }

    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        self.by.asked(Request::GetRange, key.as_str()).await?;
        let bytes = self.store.get_range(key, offset, length).await?;
        self.by.read(Request::GetRange, key, bytes).await
    }

    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        self.by.asked(Request::Head, key.as_str()).await?;
        self.store.head(key).await
    }

    async fn put(&self, key: &Key, bytes: Bytes, condition: Condition) -> Result<ETag, StoreError> {
        self.by.asked(Request::Put, key.as_str()).await?;
        let bytes = self.by.written(key, bytes).await?;
        self.store.put(key, bytes, condition).await
    }

    async fn delete(&self, key: &Key, condition: Condition) -> Result<(), StoreError> {
        self.by.asked(Request::Delete, key.as_str()).await?;
        self.store.delete(key, condition).await
    }

    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Listing, StoreError> {
        self.by.asked(Request::List, prefix).await?;
        Ok(self.by.listed(self.store.list(prefix, after, limit).await?))
    }

    fn describe(&self) -> String {
        self.store.describe()
    }
}

/// The same bytes but for one bit in their middle, as a disk or a network may hand them over.
pub(crate) fn one_bit_flipped(bytes: &[u8]) -> Bytes {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    bytes.into()
}

//! Store access with patience: transient failures are tried again, and a write whose answer got lost is recognised.

use std::sync::Arc;

use bytes::Bytes;
use cyclorama_assets::{Condition, ETag, Key, Listing, Object, Store, StoreError};
use cyclorama_outcome::{Classify, Kind, retry::Policy};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;

use super::LedgerError;

/// How a conditional write ended.
#[derive(Debug)]
pub(super) enum Written {
    /// Our bytes are there.
    Ours(ETag),
    /// Somebody else's are; they are these, or nothing.
    Theirs(Option<Object>),
}

#[derive(Clone)]
pub(super) struct Writer {
    store: Arc<dyn Store>,
    policy: Policy,
}

impl Writer {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, policy: Policy::default() }
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(super) async fn get(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        match self.patiently(|| self.store.get(key)).await {
            Ok(object) => Ok(Some(object)),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A JSON record, `None` when it is not there.
    pub(super) async fn read<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, LedgerError> {
        let Some(object) = self.get(key).await? else { return Ok(None) };
        match serde_json::from_slice(&object.bytes) {
            Ok(record) => Ok(Some(record)),
            Err(source) => Err(LedgerError::Record { key: key.clone(), source }),
        }
    }

    pub(super) async fn page(
        &self,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.patiently(|| self.store.list(prefix, after, limit)).await
    }

    /// Every key under `prefix`.
    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let page = self.page(prefix, after.as_ref(), 1000).await?;
            keys.extend(page.objects.into_iter().map(|(key, _)| key));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(keys),
            }
        }
    }

    pub(super) async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        self.patiently(|| self.store.put(key, bytes.clone(), Condition::Always)).await.map(drop)
    }

    /// Writes what is the same whoever writes it: an object that is already there is as good. A store that refuses
    /// although nothing is there is asked again.
    pub(super) async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        for attempt in 1.. {
            match self.patiently(|| self.store.put(key, bytes.clone(), Condition::Absent)).await {
                Err(StoreError::Precondition { .. }) => {}
                result => return result.map(drop),
            }
            match self.patiently(|| self.store.head(key)).await {
                Err(error @ StoreError::NotFound { .. }) => {
                    if !self.wait(attempt, Kind::RateLimited).await {
                        return Err(error);
                    }
                }
                result => return result.map(drop),
            }
        }
        unreachable!("the policy bounds the attempts")
    }

    pub(super) async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        self.patiently(|| self.store.delete(key, Condition::Always)).await
    }

    /// Writes bytes that nobody else writes, if `condition` holds. When an answer was lost, or the store refused
    /// though the condition holds, what is there tells the truth.
    pub(super) async fn compare_and_put(
        &self,
        key: &Key,
        bytes: Bytes,
        condition: &Condition,
    ) -> Result<Written, StoreError> {
        for attempt in 1.. {
            match self.patiently(|| self.store.put(key, bytes.clone(), condition.clone())).await {
                Ok(etag) => return Ok(Written::Ours(etag)),
                Err(StoreError::Precondition { .. }) => {}
                Err(error) => return Err(error),
            }
            let present = self.get(key).await?;
            let still_holds = match (&present, condition) {
                (Some(object), _) if object.bytes == bytes => return Ok(Written::Ours(object.etag.clone())),
                (Some(object), Condition::Matches(wanted)) => object.etag == *wanted,
                (None, Condition::Absent) | (_, Condition::Always) => true,
                (Some(_), Condition::Absent) | (None, Condition::Matches(_)) => false,
            };
            if !still_holds || !self.wait(attempt, Kind::RateLimited).await {
                return Ok(Written::Theirs(present));
            }
        }
        unreachable!("the policy bounds the attempts")
    }

    async fn patiently<'a, T>(
        &'a self,
        mut work: impl FnMut() -> BoxFuture<'a, Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        for attempt in 1.. {
            match work().await {
                Err(error) if self.wait(attempt, error.kind()).await => {
                    tracing::debug!(attempt, %error, "the store is tried again");
                }
                result => return result,
            }
        }
        unreachable!("the policy bounds the attempts")
    }

    /// Waits before the next attempt; false when there shall be none.
    async fn wait(&self, attempt: u32, kind: Kind) -> bool {
        let Some(wait) = self.policy.wait_after(attempt, kind, rand::random()) else { return false };
        tokio::time::sleep(wait).await;
        true
    }
}

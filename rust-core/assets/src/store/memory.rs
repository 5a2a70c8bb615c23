//! A store in memory: for tests, and the simplest statement of what a store must do.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::{Condition, ETag, Listing, Object, Store, StoreError};
use crate::Key;

/// Objects in a map. Every write gives a new version. Lives as long as the process.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<Key, Object>,
    writes: u64,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check(&self, key: &Key, condition: &Condition) -> Result<(), StoreError> {
        let holds = match (condition, self.objects.get(key)) {
            (Condition::Always, _) | (Condition::Absent, None) => true,
            (Condition::Matches(wanted), Some(object)) => *wanted == object.etag,
            (Condition::Absent, Some(_)) | (Condition::Matches(_), None) => false,
        };
        if holds { Ok(()) } else { Err(StoreError::Precondition { key: key.clone() }) }
    }

    fn object(&self, key: &Key) -> Result<&Object, StoreError> {
        self.objects.get(key).ok_or_else(|| StoreError::NotFound { key: key.clone() })
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: &Key) -> Result<Object, StoreError> {
        self.state().object(key).cloned()
    }

    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        let bytes = self.state().object(key)?.bytes.clone();
        let size = bytes.len() as u64;
        let start = offset.min(size);
        let end = offset.saturating_add(length).min(size);
        Ok(bytes.slice(start as usize..end as usize))
    }

    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        self.state().object(key).map(|object| (object.bytes.len() as u64, object.etag.clone()))
    }

    async fn put(&self, key: &Key, bytes: Bytes, condition: Condition) -> Result<ETag, StoreError> {
        let mut state = self.state();
        state.check(key, &condition)?;
        state.writes += 1;
        let etag = ETag(format!("w{}", state.writes));
        state.objects.insert(key.clone(), Object { bytes, etag: etag.clone() });
        Ok(etag)
    }

    async fn delete(&self, key: &Key, condition: Condition) -> Result<(), StoreError> {
        let mut state = self.state();
        state.check(key, &condition)?;
        state.objects.remove(key);
        Ok(())
    }

    async fn list(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        let limit = limit.clamp(1, super::LONGEST_PAGE);
        let state = self.state();
        let from = start_after.map_or(Bound::Unbounded, |key| Bound::Excluded(key.clone()));
        let mut found = state
            .objects
            .range((from, Bound::Unbounded))
            .filter(|(key, _)| key.as_str().starts_with(prefix))
            .map(|(key, object)| (key.clone(), object.bytes.len() as u64));
        let objects: Vec<_> = found.by_ref().take(limit).collect();
        let next = found.next().and_then(|_| objects.last().map(|(key, _)| key.clone()));
        Ok(Listing { objects, next })
    }

    fn describe(&self) -> String {
        "memory:".to_owned()
    }
}

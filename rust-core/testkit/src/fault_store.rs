//! A store that fails on purpose, the way networks and servers do.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cyclorama_assets::{Condition, ETag, Key, Listing, Object, Store, StoreError};
use rand::{Rng, SeedableRng, rngs::StdRng};

/// How often each fault happens, 0 to 1. All zero is a faithful wrapper.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// The request never arrives: a transient error, nothing done.
    pub unreachable: f64,
    /// The write or removal is done, then its answer is lost: a transient error.
    pub lost_answer: f64,
    /// A conditional write is refused though its condition holds, as some servers do under contention.
    pub false_refusal: f64,
    /// The request waits for up to [`Faults::longest_wait`] first.
    pub slow: f64,
    /// The longest wait of a slow request.
    pub longest_wait: Duration,
}

/// Another store, with seeded faults. The same seed and the same order of requests give the same faults.
pub struct FaultStore {
    inner: Arc<dyn Store>,
    faults: Faults,
    random: Mutex<StdRng>,
    injected: Mutex<u64>,
}

impl FaultStore {
    /// `inner`, failing as `faults` says.
    pub fn new(inner: Arc<dyn Store>, faults: Faults, seed: u64) -> Self {
        Self { inner, faults, random: Mutex::new(StdRng::seed_from_u64(seed)), injected: Mutex::new(0) }
    }

    /// How many errors were made up so far.
    pub fn injected(&self) -> u64 {
        *self.injected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn happens(&self, probability: f64) -> bool {
        probability > 0.0
            && self.random.lock().unwrap_or_else(PoisonError::into_inner).random_bool(probability.min(1.0))
    }

    fn fault(&self, operation: &'static str, key: &str) -> StoreError {
        *self.injected.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        let source = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "503 slow down");
        StoreError::Io { operation, key: key.to_owned(), source }
    }

    async fn before(&self, operation: &'static str, key: &str) -> Result<(), StoreError> {
        if self.happens(self.faults.slow) {
            let share = self.random.lock().unwrap_or_else(PoisonError::into_inner).random::<f64>();
            tokio::time::sleep(self.faults.longest_wait.mul_f64(share)).await;
        }
        if self.happens(self.faults.unreachable) { Err(self.fault(operation, key)) } else { Ok(()) }
    }

    fn refuse(&self, key: &Key, condition: &Condition) -> Result<(), StoreError> {
        if *condition != Condition::Always && self.happens(self.faults.false_refusal) {
            *self.injected.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            return Err(StoreError::Precondition { key: key.clone() });
        }
        Ok(())
    }
}

#[async_trait]
impl Store for FaultStore {
    async fn get(&self, key: &Key) -> Result<Object, StoreError> {
        self.before("read", key.as_str()).await?;
        self.inner.get(key).await
    }

    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        self.before("read", key.as_str()).await?;
        self.inner.get_range(key, offset, length).await
    }

    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        self.before("read", key.as_str()).await?;
        self.inner.head(key).await
    }

    async fn put(&self, key: &Key, bytes: Bytes, condition: Condition) -> Result<ETag, StoreError> {
        self.before("write", key.as_str()).await?;
        self.refuse(key, &condition)?;
        let etag = self.inner.put(key, bytes, condition).await?;
        if self.happens(self.faults.lost_answer) {
            return Err(self.fault("write", key.as_str()));
        }
        Ok(etag)
    }

    async fn delete(&self, key: &Key, condition: Condition) -> Result<(), StoreError> {
        self.before("delete", key.as_str()).await?;
        self.refuse(key, &condition)?;
        self.inner.delete(key, condition).await?;
        if self.happens(self.faults.lost_answer) {
            return Err(self.fault("delete", key.as_str()));
        }
        Ok(())
    }

    async fn list(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.before("list", prefix).await?;
        self.inner.list(prefix, start_after, limit).await
    }

    fn describe(&self) -> String {
        format!("{} with faults", self.inner.describe())
    }
}

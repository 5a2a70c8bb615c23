//! Store access with patience: transient failures are tried again, and a write whose answer got lost is recognised.
//!
//! Every attempt is bounded by the store, and their number by the policy. It never guesses: when a conditional write
//! is refused, what is there says whether it was refused because an earlier attempt had won.

use std::sync::Arc;

use bytes::Bytes;
use cyclorama_content::Digest;
use cyclorama_outcome::{Classify, Kind, retry::Policy};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;

use super::{Condition, ETag, LONGEST_PAGE, Listing, Object, Staged, Store, StoreError};
use crate::Key;

/// How a conditional write ended.
#[derive(Debug)]
pub enum Written {
    /// Our bytes are there.
    Ours(ETag),
    /// Somebody else's are; they are these, or nothing.
    Theirs(Option<Object>),
}

/// Why a JSON record could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The store failed, and trying again did not help.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is there is no such record.
    #[error("`{key}` cannot be read")]
    Damaged {
        /// Which.
        key: Key,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

impl Classify for RecordError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(source) => source.kind(),
            Self::Damaged { .. } => Kind::Integrity,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Store(source) => source.hint(),
            Self::Damaged { .. } => None,
        }
    }
}

/// A store that is asked again while asking again may help. Cheap to clone.
#[derive(Clone)]
pub struct Patient {
    store: Arc<dyn Store>,
    policy: Policy,
    longest: u64,
}

impl Patient {
    /// `store`, with the usual patience; with none where the store is patient itself.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, policy: Policy::default(), longest: u64::MAX }
    }

    /// The same, for objects of at most `limit` bytes: longer ones are [`StoreError::TooLong`].
    #[must_use]
    pub fn reading_at_most(self, limit: u64) -> Self {
        Self { longest: limit, ..self }
    }

    /// The store behind.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// An object, `None` when it is not there.
    ///
    /// # Errors
    /// [`StoreError`] when asking again did not help.
    pub async fn get(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        found(self.patiently(|| self.store.get_at_most(key, self.longest)).await)
    }

    /// Size and version of an object, `None` when it is not there.
    ///
    /// # Errors
    /// [`StoreError`] when asking again did not help.
    pub async fn head(&self, key: &Key) -> Result<Option<(u64, ETag)>, StoreError> {
        found(self.patiently(|| self.store.head(key)).await)
    }

    /// A JSON record, `None` when it is not there.
    ///
    /// # Errors
    /// [`RecordError`] when the store fails, or what is there is no such record.
    pub async fn read<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, RecordError> {
        Ok(self.read_version(key).await?.map(|(record, _)| record))
    }

    /// A JSON record with its version, `None` when it is not there.
    ///
    /// # Errors
    /// [`RecordError`] when the store fails, or what is there is no such record.
    pub async fn read_version<T: DeserializeOwned>(
        &self,
        key: &Key,
    ) -> Result<Option<(T, ETag)>, RecordError> {
        let Some(object) = self.get(key).await? else { return Ok(None) };
        match serde_json::from_slice(&object.bytes) {
            Ok(record) => Ok(Some((record, object.etag))),
            Err(source) => Err(RecordError::Damaged { key: key.clone(), source }),
        }
    }

    /// One page of a listing.
    ///
    /// # Errors
    /// [`StoreError`] when asking again did not help.
    pub async fn page(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Listing, StoreError> {
        self.patiently(|| self.store.list(prefix, after, limit)).await
    }

    /// One page of a listing, for the keys alone ([`Store::list_keys`]).
    ///
    /// # Errors
    /// [`StoreError`] when asking again did not help.
    pub async fn page_of_keys(
        &self,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.patiently(|| self.store.list_keys(prefix, after, limit)).await
    }

    /// Every key under `prefix`, with its size in bytes.
    ///
    /// # Errors
    /// [`StoreError`] when asking again did not help.
    pub async fn list(&self, prefix: &str) -> Result<Vec<(Key, u64)>, StoreError> {
        let (mut objects, mut after) = (Vec::new(), None);
        loop {
            let page = self.page(prefix, after.as_ref(), LONGEST_PAGE).await?;
            objects.extend(page.objects);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(objects),
            }
        }
    }

    /// Writes whatever is there.
    ///
    /// # Errors
    /// [`StoreError`] when asking again did not help.
    pub async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        self.patiently(|| self.store.put(key, bytes.clone(), Condition::Always)).await.map(drop)
    }

    /// Makes bytes ready to be written, beside other work ([`Store::stage`]).
    ///
    /// # Errors
    /// [`StoreError`] when asking again did not help.
    pub async fn stage(&self, key: &Key, bytes: Bytes, digest: Option<Digest>) -> Result<Staged, StoreError> {
        self.patiently(|| self.store.stage(key, bytes.clone(), digest)).await
    }

    /// Writes what is the same whoever writes it: an object that is already there is as good. A store that refuses
    /// although nothing is there is asked again.
    ///
    /// # Errors
    /// [`StoreError`] when asking again did not help.
    pub async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        self.put_staged_if_absent(&Staged::new(key.clone(), bytes)).await.map(drop)
    }

    /// As [`Self::put_if_absent`], of what was staged. Whether it was written now: else it was there.
    ///
    /// # Errors
    /// [`StoreError`] when asking again did not help.
    pub async fn put_staged_if_absent(&self, staged: &Staged) -> Result<bool, StoreError> {
        for attempt in 1.. {
            match self.patiently(|| self.store.put_staged(staged, Condition::Absent)).await {
                Err(StoreError::Precondition { .. }) => {}
                result => return result.map(|_| true),
            }
            match self.patiently(|| self.store.head(staged.key())).await {
                Err(error @ StoreError::NotFound { .. }) => {
                    if !self.wait(attempt, Kind::RateLimited).await {
                        return Err(error);
                    }
                }
                result => return result.map(|_| false),
            }
        }
        unreachable!("the policy bounds the attempts")
    }

    /// Removes an object, or finds it gone.
    ///
    /// # Errors
    /// [`StoreError`] when asking again did not help.
    pub async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        self.patiently(|| self.store.delete(key, Condition::Always)).await
    }

    /// Removes exactly this version; false when another one is there and stays. Gone is gone, whoever removed it.
    ///
    /// # Errors
    /// [`StoreError`] when asking again did not help.
    pub async fn delete_version(&self, key: &Key, version: &ETag) -> Result<bool, StoreError> {
        for attempt in 1.. {
            match self.patiently(|| self.store.delete(key, Condition::Matches(version.clone()))).await {
                Err(StoreError::Precondition { .. }) => {}
                Err(StoreError::NotFound { .. }) => return Ok(true),
                result => return result.map(|()| true),
            }
            match self.head(key).await? {
                None => return Ok(true),
                Some((_, present)) if present != *version => return Ok(false),
                Some(_) if self.wait(attempt, Kind::RateLimited).await => {}
                Some(_) => return Err(StoreError::Precondition { key: key.clone() }),
            }
        }
        unreachable!("the policy bounds the attempts")
    }

    /// Writes bytes that nobody else writes, if `condition` holds. When an answer was lost, or the store refused
    /// though the condition holds, what is there tells the truth.
    ///
    /// # Errors
    /// [`StoreError`] when asking again did not help; whether the bytes were written is then unknown.
    pub async fn compare_and_put(
        &self,
        key: &Key,
        bytes: Bytes,
        condition: &Condition,
    ) -> Result<Written, StoreError> {
        self.compare_and_put_staged(&Staged::new(key.clone(), bytes), condition).await
    }

    /// As [`Self::compare_and_put`], of what was staged.
    ///
    /// # Errors
    /// As there.
    pub async fn compare_and_put_staged(
        &self,
        staged: &Staged,
        condition: &Condition,
    ) -> Result<Written, StoreError> {
        for attempt in 1.. {
            match self.patiently(|| self.store.put_staged(staged, condition.clone())).await {
                Ok(etag) => return Ok(Written::Ours(etag)),
                Err(StoreError::Precondition { .. }) => {}
                Err(error) => return Err(error),
            }
            let present = self.get(staged.key()).await?;
            let still_holds = match (&present, condition) {
                (Some(object), _) if object.bytes == *staged.bytes() => {
                    return Ok(Written::Ours(object.etag.clone()));
                }
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
                Err(error) if !self.store.is_patient() && self.wait(attempt, error.kind()).await => {
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

fn found<T>(result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A number that no other record has: it makes every written record's bytes its writer's own, so that a version
/// never returns even where a store calls the same bytes the same version.
pub fn nonce() -> String {
    format!("{:016x}", rand::random::<u64>())
}

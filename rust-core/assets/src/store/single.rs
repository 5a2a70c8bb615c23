//! One writer at a time, for a store that ignores conditions.
//!
//! Such a store cannot tell two writers apart, so they tell each other: who writes holds a claim, an object that is
//! rewritten at every heartbeat. A second writer that sees a living claim is refused; one that sees no heartbeat for
//! a while takes over. Conditions are judged here, by looking before writing.
//!
//! **This is the best that can be done, not a proof.** Two writers that begin within the same moment on a store that
//! answers late may both believe for up to one heartbeat that they are alone. Use a store that keeps its conditions
//! wherever more than one person publishes. No clocks are compared.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::{Condition, ETag, Listing, Object, Store, StoreError};
use crate::Key;

/// A store that one writer has to itself. Dropping it leaves the claim to fall silent; [`SingleWriter::release`]
/// frees it at once.
pub struct SingleWriter {
    inner: Arc<dyn Store>,
    claim: Arc<Claim>,
    beats: JoinSet<()>,
}

struct Claim {
    record: Record,
    lost: AtomicBool,
}

/// What stands in the claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    schema: String,
    owner: String,
    nonce: String,
    beat: u64,
}

/// Why a writer does not have the store to itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// Somebody else writes.
    #[error("{owner} is writing to this store, which takes only one writer at a time")]
    Busy {
        /// As they call themselves.
        owner: String,
    },
    /// The claim could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classify for ClaimError {
    fn kind(&self) -> Kind {
        match self {
            Self::Busy { .. } => Kind::Conflict,
            Self::Store(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Busy { .. } => Some(
                "wait until they are done; a writer that crashed is taken over after half a minute"
                    .to_owned(),
            ),
            Self::Store(source) => source.hint(),
        }
    }
}

const SCHEMA: &str = "cyclorama.writer/1";
/// The claim is rewritten so often.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A claim that was not rewritten for this long is nobody's.
const SILENCE: Duration = Duration::from_secs(25);
/// After claiming, the time in which another's claim shows.
const SETTLE: Duration = Duration::from_millis(1500);

impl SingleWriter {
    /// Claims `store` for `owner`, a name that people recognise. Takes seconds, and half a minute where a writer
    /// crashed.
    ///
    /// # Errors
    /// [`ClaimError::Busy`] when somebody else writes.
    pub async fn claim(inner: Arc<dyn Store>, owner: &str) -> Result<Self, ClaimError> {
        outwait(&*inner).await?;
        let record = Record {
            schema: SCHEMA.to_owned(),
            owner: owner.chars().filter(|c| !c.is_control()).take(100).collect(),
            nonce: format!("{:032x}", rand::random::<u128>()),
            beat: 0,
        };
        inner.put(&key(), encode(&record), Condition::Always).await?;
        // Twice: a claim that was on its way at the first look is there at the second.
        for _ in 0..2 {
            tokio::time::sleep(SETTLE).await;
            match read(&*inner).await? {
                Some((seen, _)) if seen.nonce == record.nonce => {}
                Some((other, _)) => return Err(ClaimError::Busy { owner: other.owner }),
                None => return Err(ClaimError::Busy { owner: "somebody".to_owned() }),
            }
        }
        let claim = Arc::new(Claim { record, lost: AtomicBool::new(false) });
        let mut beats = JoinSet::new();
        beats.spawn(beat(Arc::clone(&inner), Arc::clone(&claim)));
        Ok(Self { inner, claim, beats })
    }

    /// Frees the store for the next writer.
    ///
    /// # Errors
    /// When the claim cannot be removed; it falls silent by itself then.
    pub async fn release(mut self) -> Result<(), StoreError> {
        self.beats.shutdown().await;
        if self.still_ours().await? { self.inner.delete(&key(), Condition::Always).await } else { Ok(()) }
    }

    async fn still_ours(&self) -> Result<bool, StoreError> {
        if self.claim.lost.load(Ordering::Acquire) {
            return Ok(false);
        }
        Ok(read(&*self.inner).await?.is_some_and(|(seen, _)| seen.nonce == self.claim.record.nonce))
    }

    /// Judges a condition by looking. Only where it depends on others is the claim looked at as well: a pack that is
    /// written twice hurts nobody.
    async fn judge(&self, of: &Key, condition: &Condition) -> Result<(), StoreError> {
        let lost = || StoreError::Precondition { key: of.clone() };
        if self.claim.lost.load(Ordering::Acquire) {
            return Err(lost());
        }
        let there = match condition {
            Condition::Always => return Ok(()),
            _ => match self.inner.head(of).await {
                Ok((_, etag)) => Some(etag),
                Err(StoreError::NotFound { .. }) => None,
                Err(error) => return Err(error),
            },
        };
        let holds = match condition {
            Condition::Always => true,
            Condition::Absent => there.is_none(),
            Condition::Matches(etag) => there.as_ref() == Some(etag) && self.still_ours().await?,
        };
        if holds { Ok(()) } else { Err(lost()) }
    }
}

/// Rewrites the claim at every heartbeat until another's is there.
async fn beat(store: Arc<dyn Store>, claim: Arc<Claim>) {
    let mut record = claim.record.clone();
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        match read(&*store).await {
            Ok(Some((seen, _))) if seen.nonce != record.nonce => {
                claim.lost.store(true, Ordering::Release);
                return;
            }
            // Unreachable now: the next beat may get through, and until then nobody else's can be seen.
            Err(_) => continue,
            Ok(_) => {}
        }
        record.beat += 1;
        if let Err(error) = store.put(&key(), encode(&record), Condition::Always).await {
            tracing::debug!(%error, "a heartbeat did not get through");
        }
    }
}

/// Waits for a claim that is there to show whether it is alive.
async fn outwait(store: &dyn Store) -> Result<(), ClaimError> {
    let Some((_, first)) = read(store).await? else { return Ok(()) };
    const STEP: Duration = Duration::from_secs(1);
    for _ in 0..SILENCE.as_secs() {
        tokio::time::sleep(STEP).await;
        match read(store).await? {
            None => return Ok(()),
            Some((seen, etag)) if etag != first => return Err(ClaimError::Busy { owner: seen.owner }),
            Some(_) => {}
        }
    }
    Ok(())
}

/// The claim that is there. One that cannot be read is somebody's, of another version.
async fn read(store: &dyn Store) -> Result<Option<(Record, ETag)>, StoreError> {
    const LONGEST: usize = 4096;
    match store.get(&key()).await {
        Ok(object) => {
            let known = (object.bytes.len() <= LONGEST).then(|| serde_json::from_slice(&object.bytes).ok());
            let record = known.flatten().unwrap_or_else(|| Record {
                schema: SCHEMA.to_owned(),
                owner: "somebody with another version of this software".to_owned(),
                nonce: String::new(),
                beat: 0,
            });
            Ok(Some((record, object.etag)))
        }
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn encode(record: &Record) -> Bytes {
    serde_json::to_vec(record).unwrap_or_else(|_| unreachable!("strings and a number are JSON")).into()
}

fn key() -> Key {
    Key::new("writer.json").unwrap_or_else(|_| unreachable!("the name is portable"))
}

#[async_trait]
impl Store for SingleWriter {
    async fn get(&self, key: &Key) -> Result<Object, StoreError> {
        self.inner.get(key).await
    }

    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        self.inner.get_range(key, offset, length).await
    }

    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        self.inner.head(key).await
    }

    async fn put(&self, key: &Key, bytes: Bytes, condition: Condition) -> Result<ETag, StoreError> {
        self.judge(key, &condition).await?;
        self.inner.put(key, bytes, condition).await
    }

    async fn delete(&self, key: &Key, condition: Condition) -> Result<(), StoreError> {
        self.judge(key, &condition).await?;
        self.inner.delete(key, Condition::Always).await
    }

    async fn list(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.inner.list(prefix, start_after, limit).await
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn is_patient(&self) -> bool {
        self.inner.is_patient()
    }
}

//! One writer at a time, for a store that ignores conditions.
//!
//! Such a store cannot tell two writers apart, so they tell each other: who writes holds a claim, an object that is
//! rewritten at every heartbeat. A second writer that sees a living claim is refused; one that sees no heartbeat for
//! a while takes over, and at once where the writer was a process of this machine that is gone. Conditions are judged
//! here, by looking before writing.
//!
//! Two that begin together cannot both believe that they are alone, as long as what is written is seen by whoever reads
//! after the answer. Each looks that there is no claim and writes its own, and starts over unless the answer came
//! within one window of the beginning of its look; then it waits one window, and looks whether its claim stands. Let the
//! second one's claim overwrite the first one's. Its look saw no claim, so it began before the first one's was written;
//! so its claim was written less than one window after that, and the first one's last look, which comes later, finds it.
//! No clocks are compared.
//!
//! **What is left is not a proof:** a writer that is stopped for half a minute between its last look and a write, or
//! whose write is held up so long on its way. Use a store that keeps its conditions wherever more than one person
//! publishes.

mod process;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cyclorama_outcome::{Classify, Kind};
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::process::Process;
use super::{Condition, ETag, Listing, Object, Sleep, Store, StoreError, Wake};
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
    /// Who writes, for others on the same machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    process: Option<Process>,
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
    /// Claims take too long to write to be sure of them.
    #[error("the store answers too slowly to tell whether somebody else is writing to it")]
    Slow,
    /// The claim could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classify for ClaimError {
    fn kind(&self) -> Kind {
        match self {
            Self::Busy { .. } => Kind::Conflict,
            Self::Slow => Kind::Network,
            Self::Store(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Busy { .. } => Some(
                "wait until they are done; a writer that crashed is taken over after half a minute"
                    .to_owned(),
            ),
            Self::Slow => Some("try again, or use a server that keeps its conditions".to_owned()),
            Self::Store(source) => source.hint(),
        }
    }
}

const SCHEMA: &str = "cyclorama.writer/1";
/// A claim of more bytes cannot be read.
const LONGEST: u64 = 4096;
/// The claim is rewritten so often.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A claim that was not rewritten for this long is nobody's.
const SILENCE: Duration = Duration::from_secs(25);
/// How long looking and claiming may take together, and how long to wait then until another's claim must show.
const WINDOW: Duration = Duration::from_millis(500);
/// How often a claim is tried whose answer took longer than that.
const TRIES: u32 = 8;

impl SingleWriter {
    /// Claims `store` for `owner`, a name that people recognise. Takes about half a second, and half a minute where a
    /// writer on another machine crashed.
    ///
    /// # Errors
    /// [`ClaimError::Busy`] when somebody else writes.
    pub async fn claim(inner: Arc<dyn Store>, owner: &str) -> Result<Self, ClaimError> {
        let record = Record {
            schema: SCHEMA.to_owned(),
            owner: shown(owner),
            nonce: format!("{:032x}", rand::random::<u128>()),
            beat: 0,
            process: Process::this(),
        };
        place(&*inner, &record).await?;
        tokio::time::sleep(WINDOW).await;
        let claim = Arc::new(Claim { record, lost: AtomicBool::new(false) });
        let mut writer = Self { inner, claim, beats: JoinSet::new() };
        writer.check().await?;
        writer.beats.spawn(beat(Arc::clone(&writer.inner), Arc::clone(&writer.claim)));
        Ok(writer)
    }

    /// Proves that the claim stands at this moment.
    ///
    /// # Errors
    /// [`ClaimError::Busy`] when it is somebody else's.
    pub async fn check(&self) -> Result<(), ClaimError> {
        let owner = match read(&*self.inner).await? {
            Some((seen, _)) if seen.nonce != self.claim.record.nonce => seen.owner,
            Some(_) if !self.claim.lost.load(Ordering::Acquire) => return Ok(()),
            _ => "somebody".to_owned(),
        };
        Err(ClaimError::Busy { owner })
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
        match self.check().await {
            Ok(()) => Ok(true),
            Err(ClaimError::Store(source)) => Err(source),
            Err(_) => Ok(false),
        }
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

/// Writes the claim where nobody's stands, soon enough after looking.
async fn place(store: &dyn Store, record: &Record) -> Result<(), ClaimError> {
    for _ in 0..TRIES {
        let dead = outwait(store, record).await?;
        let looked = Instant::now();
        match read(store).await? {
            Some((seen, etag)) if dead.as_ref() != Some(&etag) => {
                return Err(ClaimError::Busy { owner: seen.owner });
            }
            _ => {}
        }
        store.put(&key(), encode(record), Condition::Always).await?;
        if looked.elapsed() < WINDOW {
            return Ok(());
        }
    }
    Err(ClaimError::Slow)
}

/// Waits for a claim that is there to show whether it is alive; gives the one that is not, or is our own.
async fn outwait(store: &dyn Store, own: &Record) -> Result<Option<ETag>, ClaimError> {
    let Some((there, first)) = read(store).await? else { return Ok(None) };
    if there.nonce == own.nonce || there.process.as_ref().is_some_and(Process::is_gone) {
        return Ok(Some(first));
    }
    const STEP: Duration = Duration::from_secs(1);
    for _ in 0..SILENCE.as_secs() {
        tokio::time::sleep(STEP).await;
        match read(store).await? {
            None => return Ok(None),
            Some((seen, etag)) if etag != first => return Err(ClaimError::Busy { owner: seen.owner }),
            Some(_) => {}
        }
    }
    Ok(Some(first))
}

/// The claim that is there.
async fn read(store: &dyn Store) -> Result<Option<(Record, ETag)>, StoreError> {
    match store.get_at_most(&key(), LONGEST).await {
        Ok(object) => Ok(Some((understood(&object.bytes), object.etag))),
        Err(StoreError::TooLong { .. }) => match store.head(&key()).await {
            Ok((_, etag)) => Ok(Some((understood(b""), etag))),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        },
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a claim says. One that cannot be read is somebody's, of another version.
fn understood(bytes: &[u8]) -> Record {
    let known =
        (bytes.len() as u64 <= LONGEST).then(|| serde_json::from_slice::<Record>(bytes).ok()).flatten();
    match known {
        Some(record) => Record { owner: shown(&record.owner), ..record },
        None => Record {
            schema: SCHEMA.to_owned(),
            owner: "somebody with another version of this software".to_owned(),
            nonce: String::new(),
            beat: 0,
            process: None,
        },
    }
}

/// What a claim says, as far as others are shown it, and the claim as it would be written; for fuzzing.
pub(crate) fn owner_and_bytes(bytes: &[u8]) -> (String, Bytes) {
    let record = understood(bytes);
    (record.owner.clone(), encode(&record))
}

/// A name as a terminal can show it. Others may have written it.
fn shown(owner: &str) -> String {
    owner.chars().filter(|c| !c.is_control()).take(100).collect()
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

    async fn get_at_most(&self, key: &Key, limit: u64) -> Result<Object, StoreError> {
        self.inner.get_at_most(key, limit).await
    }

    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        self.inner.get_range(key, offset, length).await
    }

    fn stream_range(&self, key: Key, offset: u64, length: u64) -> BoxStream<'_, Result<Bytes, StoreError>> {
        self.inner.stream_range(key, offset, length)
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

    async fn wake(&self, key: &Key, ask: Option<Wake>) -> Result<Sleep, StoreError> {
        self.inner.wake(key, ask).await
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

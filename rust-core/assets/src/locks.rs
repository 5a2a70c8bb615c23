//! Advisory locks: who works on which files, agreed by compare-and-swap in the store.
//!
//! A lock is one object under `locks/`. Taking it creates the object or replaces exactly the version that was seen, so
//! of any number of lockers of one path one wins. Locks on folders and globs are written first and looked round after:
//! of two that meet, the one that is written later sees the other and steps back. A lock nobody renews is stale once
//! its object stood still for its lease while the one who wants it watched; clocks of two machines are never compared.
//! Nothing here stops anybody from writing: publish asks [`Locks::check`] and refuses or warns.

mod pattern;
mod record;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::{StageTime, UtcTime};
use futures::{StreamExt, TryStreamExt, stream};

pub use pattern::{Pattern, PatternError};
pub use record::{Held, LockEnd, LockRecord, Owner, TakenFrom, Wanted};

use self::pattern::{PREFIX, WIDE};
use crate::lease::LeaseWatch;
use crate::store::{Patient, RecordError, Written, nonce};
use crate::{Condition, ETag, Key, Store, StoreError};

/// Why a lock could not be taken, kept or given back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The store failed, and trying again did not help.
    #[error("the locks' store failed")]
    Store(#[from] StoreError),
    /// What lies there is no lock.
    #[error("a lock cannot be read")]
    Record(#[source] RecordError),
    /// Somebody else took the lock over.
    #[error("the lock on `{pattern}` was taken over by {by}")]
    Lost {
        /// What was locked.
        pattern: Pattern,
        /// Who has it now, as far as known.
        by: String,
    },
    /// Nobody holds a lock on this.
    #[error("nobody has locked `{0}`")]
    NotLocked(Pattern),
    /// Somebody else holds the lock.
    #[error("`{}` is locked by {}", .0.pattern, .0.owner)]
    NotYours(Box<LockRecord>),
}

impl Classify for LockError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(source) => source.kind(),
            Self::Record(source) => source.kind(),
            Self::Lost { .. } | Self::NotYours(_) => Kind::Conflict,
            Self::NotLocked(_) => Kind::NotFound,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Store(source) => source.hint(),
            Self::Record(source) => source.hint(),
            Self::Lost { .. } => Some("talk to them before you publish what you changed".to_owned()),
            Self::NotYours(_) => {
                Some("ask them to release it, or take it over with --force, which is recorded".to_owned())
            }
            Self::NotLocked(_) => None,
        }
    }
}

impl From<RecordError> for LockError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(source) => Self::Store(source),
            damaged @ RecordError::Damaged { .. } => Self::Record(damaged),
        }
    }
}

/// A lock that this process holds. Lost when [`Locks::renew`] says so.
#[derive(Clone, Debug)]
pub struct Lock {
    record: LockRecord,
    etag: ETag,
}

impl Lock {
    /// What the store says about it.
    pub fn record(&self) -> &LockRecord {
        &self.record
    }
}

/// How an attempt to take a lock ended.
#[derive(Debug)]
pub enum Acquired {
    /// It is ours.
    Ours(Box<Lock>),
    /// Somebody else holds it, or something that meets it.
    Busy(Box<LockRecord>),
}

/// The locks of one production. Cheap to clone.
#[derive(Clone)]
pub struct Locks {
    store: Patient,
}

/// When somebody wants a lock: by which clocks, and what they saw before.
pub struct Look<'a> {
    /// What was seen of other people's locks so far. Keep it between attempts: it is how a stale lock is known.
    pub watch: &'a mut LeaseWatch<Key>,
    /// Monotonic, this machine's.
    pub now: StageTime,
    /// The wall clock, for people only.
    pub utc: UtcTime,
}

impl Locks {
    /// The locks in `store`, whose conditions must have been proven.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store: Patient::new(store).reading_at_most(LONGEST) }
    }

    /// Tries to take a lock, once. A lock of the same owner is taken again, with the new note and lease.
    ///
    /// # Errors
    /// [`LockError::Store`] when the store fails, [`LockError::Record`] when a lock in it cannot be read.
    pub async fn acquire(&self, wanted: &Wanted, look: &mut Look<'_>) -> Result<Acquired, LockError> {
        let key = wanted.pattern.key();
        let seen = self.store.read_version::<LockRecord>(&key).await?;
        let taken_from = match &seen {
            Some((record, _)) if record.is_open_to(&wanted.owner) => record.taken_from.clone(),
            Some((record, etag)) => match wanted.reason_to_take(record, &key, etag, look) {
                Some(reason) => vec![TakenFrom::new(record, reason)],
                None => return Ok(Acquired::Busy(Box::new(record.clone()))),
            },
            None => Vec::new(),
        };
        let epoch = seen.as_ref().map_or(1, |(record, _)| record.epoch.saturating_add(1));
        let record = LockRecord::new(wanted, epoch, taken_from, nonce(), look.utc);
        let condition = Condition::unchanged(seen.as_ref().map(|(_, etag)| etag));
        let mut lock = match self.store.compare_and_put(&key, json(&record), &condition).await? {
            Written::Ours(etag) => Lock { record, etag },
            Written::Theirs(Some(object)) => return busy(&key, &object.bytes),
            // Somebody took it and gave it back meanwhile; whoever wants it asks again.
            Written::Theirs(None) => return Ok(Acquired::Busy(Box::new(record))),
        };
        look.watch.forget(&key);
        match self.clear_the_way(&mut lock, wanted, look).await? {
            None => Ok(Acquired::Ours(Box::new(lock))),
            Some(other) => {
                self.release(lock).await?;
                Ok(Acquired::Busy(Box::new(other)))
            }
        }
    }

    /// Shows that the owner still wants the lock. Do it three times per lease.
    ///
    /// # Errors
    /// [`LockError::Lost`] when somebody took it over: what was changed under it needs a talk.
    pub async fn renew(&self, lock: &mut Lock) -> Result<(), LockError> {
        let record =
            LockRecord { beat: lock.record.beat.saturating_add(1), nonce: nonce(), ..lock.record.clone() };
        let key = record.pattern.key();
        let condition = Condition::Matches(lock.etag.clone());
        match self.store.compare_and_put(&key, json(&record), &condition).await? {
            Written::Ours(etag) => {
                *lock = Lock { record, etag };
                Ok(())
            }
            Written::Theirs(present) => Err(lost(&record.pattern, present.map(|object| object.bytes))),
        }
    }

    /// Gives a lock back.
    ///
    /// # Errors
    /// [`LockError::Lost`] when somebody took it over before; theirs stays.
    pub async fn release(&self, lock: Lock) -> Result<(), LockError> {
        let key = lock.record.pattern.key();
        if self.store.delete_version(&key, &lock.etag).await? {
            return Ok(());
        }
        // When the answer to our removal was lost, what is there may be a lock that was made after it.
        match self.store.get(&key).await? {
            Some(object) if names_as_taken(&object.bytes, &lock.record) => {
                Err(lost(&lock.record.pattern, Some(object.bytes)))
            }
            _ => Ok(()),
        }
    }

    /// Gives back a lock that another process of the same owner took; with `force` also somebody else's.
    ///
    /// # Errors
    /// [`LockError::NotLocked`] when there is none, [`LockError::NotYours`] when it is another's.
    pub async fn release_of(&self, pattern: &Pattern, owner: &Owner, force: bool) -> Result<(), LockError> {
        let found = self.store.read_version::<LockRecord>(&pattern.key()).await?;
        let Some((record, etag)) = found else { return Err(LockError::NotLocked(pattern.clone())) };
        if !force && !record.is_open_to(owner) {
            return Err(LockError::NotYours(Box::new(record)));
        }
        self.release(Lock { record, etag }).await
    }

    /// The lock on exactly this pattern, for renewing one that another process of the same owner took.
    ///
    /// # Errors
    /// [`LockError::NotLocked`] when there is none, [`LockError::NotYours`] when it is another's.
    pub async fn resume(&self, pattern: &Pattern, owner: &Owner) -> Result<Lock, LockError> {
        match self.store.read_version::<LockRecord>(&pattern.key()).await? {
            None => Err(LockError::NotLocked(pattern.clone())),
            Some((record, etag)) if record.is_open_to(owner) => Ok(Lock { record, etag }),
            Some((record, _)) => Err(LockError::NotYours(Box::new(record))),
        }
    }

    /// All locks, by what they are on.
    ///
    /// # Errors
    /// [`LockError`] when the store fails or a lock cannot be read.
    pub async fn list(&self) -> Result<Vec<LockRecord>, LockError> {
        let keys = self.store.list(PREFIX).await?.into_iter().map(|(key, _)| key);
        let mut records: Vec<_> =
            self.read_all(keys.collect()).await?.into_iter().map(|(_, record, _)| record).collect();
        records.sort_by(|a, b| a.pattern.as_str().cmp(b.pattern.as_str()));
        Ok(records)
    }

    /// Which of `paths` somebody other than `owner` has locked, in the order of `paths`.
    ///
    /// One listing, and one read for each lock that may matter. Stale locks are told too: only who watches one for
    /// its lease knows that it is stale.
    ///
    /// # Errors
    /// [`LockError`] when the store fails or a lock cannot be read.
    pub async fn check<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a str>,
        owner: &Owner,
    ) -> Result<Vec<Held>, LockError> {
        let paths: Vec<&str> = paths.into_iter().collect();
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let present: BTreeSet<Key> = self.store.list(PREFIX).await?.into_iter().map(|(key, _)| key).collect();
        if present.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: BTreeSet<Key> = paths.iter().map(|path| pattern::key_of_path(path)).collect();
        let matter = present.into_iter().filter(|key| wanted.contains(key) || is_wide(key));
        let records = self.read_all(matter.collect()).await?;
        let others: Vec<_> = records.iter().filter(|(_, record, _)| !record.is_open_to(owner)).collect();
        Ok(paths
            .iter()
            .filter_map(|path| {
                let (_, record, _) = others.iter().find(|(_, record, _)| record.pattern.covers(path))?;
                Some(Held { path: (*path).to_owned(), lock: record.clone() })
            })
            .collect())
    }

    /// A lock of somebody else that meets the one just written and may not be taken, if there is one. Those that may
    /// be taken are named in ours first and removed after.
    async fn clear_the_way(
        &self,
        lock: &mut Lock,
        wanted: &Wanted,
        look: &mut Look<'_>,
    ) -> Result<Option<LockRecord>, LockError> {
        let own = lock.record.pattern.key();
        let prefix =
            if lock.record.pattern.is_path() { format!("{PREFIX}{WIDE}") } else { PREFIX.to_owned() };
        let keys = self.store.list(&prefix).await?.into_iter().map(|(key, _)| key);
        let mut taken = Vec::new();
        for (key, record, etag) in self.read_all(keys.filter(|key| *key != own).collect()).await? {
            if record.is_open_to(&wanted.owner) || !record.pattern.may_meet(&lock.record.pattern) {
                continue;
            }
            let Some(reason) = wanted.reason_to_take(&record, &key, &etag, look) else {
                return Ok(Some(record));
            };
            lock.record.taken_from.push(TakenFrom::new(&record, reason));
            taken.push((key, record, etag));
        }
        if !taken.is_empty() {
            self.renew(lock).await?;
        }
        for (key, record, etag) in taken {
            // Its owner may have woken up this moment.
            if !self.store.delete_version(&key, &etag).await? {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    async fn read_all(&self, keys: Vec<Key>) -> Result<Vec<(Key, LockRecord, ETag)>, LockError> {
        let reads = keys.into_iter().map(|key| async move {
            let found = self.store.read_version::<LockRecord>(&key).await?;
            Ok::<_, LockError>(found.map(|(record, etag)| (key, record, etag)))
        });
        let found: Vec<_> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }
}

fn is_wide(key: &Key) -> bool {
    key.as_str().strip_prefix(PREFIX).is_some_and(|name| name.starts_with(WIDE))
}

fn busy(key: &Key, bytes: &[u8]) -> Result<Acquired, LockError> {
    let record = serde_json::from_slice(bytes)
        .map_err(|source| LockError::Record(RecordError::Damaged { key: key.clone(), source }))?;
    Ok(Acquired::Busy(Box::new(record)))
}

/// Whether a lock's bytes say that it was taken from `record`.
fn names_as_taken(bytes: &[u8], record: &LockRecord) -> bool {
    serde_json::from_slice::<LockRecord>(bytes).is_ok_and(|present| {
        present.taken_from.iter().any(|from| from.owner.is_same(&record.owner) && from.epoch == record.epoch)
    })
}

fn lost(pattern: &Pattern, present: Option<Bytes>) -> LockError {
    let by = present.and_then(|bytes| serde_json::from_slice::<LockRecord>(&bytes).ok());
    let by = by.map_or_else(|| "somebody who released it".to_owned(), |record| record.owner.to_string());
    LockError::Lost { pattern: pattern.clone(), by }
}

fn json(record: &LockRecord) -> Bytes {
    serde_json::to_vec(record)
        .map(Bytes::from)
        .unwrap_or_else(|error| unreachable!("a record is JSON: {error}"))
}

/// How many locks are read at the same time.
const AT_ONCE: usize = 16;
/// No lock has more bytes.
const LONGEST: u64 = 1 << 20;
/// A lock taken by hand lasts a working day without a sign of life.
pub const USUAL_LEASE: Duration = Duration::from_secs(10 * 3600);

//! A content store opened: its format, refs, snapshots, folders and chunks, each checked before it is believed.
//!
//! What is immutable is kept in a local cache folder where there is one, and checked again when it comes from there.
//! Everything that is read proves itself: objects by the digest in their name, chunks by their id. Nothing here
//! changes what is in the store but [`Repository::init`] and [`Repository::move_ref`].

mod buffers;
mod cache;
mod collected;
mod error;
mod fetch;
mod indexes;
mod nodes;
mod pointer;
mod revision;
mod trust;
mod turn;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use cyclorama_content::{ChunkId, ChunkIds, Chunker};
use cyclorama_time::{Clock, UtcTime};

pub(crate) use collected::Collected;
pub use error::RepositoryError;
pub(crate) use fetch::Wants;
pub use fetch::{Batch, Fetch, FetchPlan};
pub use nodes::Found;
pub(crate) use nodes::TREE_PACK;
pub use pointer::Pointer;
pub use revision::{Revision, RevisionError};
pub(crate) use trust::prove;

use self::{cache::Cache, indexes::Indexes, nodes::TreePacks, trust::Trust, turn::Turn};
use crate::{
    Condition, Format, FormatOptions, KeyService, KeySource, MasterKey, Snapshot, SnapshotId, Store,
    StoreError, Writers,
    codec::Unpacker,
    format::{self, Coding},
    seal::{Sealed, Sealer, service::Keys},
    snapshot::LONGEST_JSON,
};

/// How a store is opened.
#[derive(Clone)]
pub struct RepositoryOptions {
    /// The key of an encrypted store, where a person gave it.
    pub key: Option<Arc<dyn KeySource>>,
    /// Who is asked for the key of a store whose format file holds it wrapped.
    pub key_service: Option<Arc<dyn KeyService>>,
    /// A folder of this machine for what need not be fetched twice. It may be removed at any time.
    pub cache: Option<PathBuf>,
    /// Who tells the present; it goes into the names of new objects.
    pub clock: Arc<dyn Clock>,
    /// Whether a ref may be older than this machine has seen it, or gone. What it is now is remembered then.
    pub accept_rollback: bool,
    /// Whether whoever opens it has proven that the object store keeps its conditions, on the way it is reached. Otherwise
    /// that is done before the first write that stands on one.
    pub proven: bool,
}

impl RepositoryOptions {
    /// No key, no cache, no rollback, nothing proven.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let (key, key_service, cache) = (None, None, None);
        Self { key, key_service, cache, clock, accept_rollback: false, proven: false }
    }

    fn keys(&self) -> Keys<'_> {
        Keys { source: self.key.as_deref(), service: self.key_service.as_deref() }
    }
}

impl std::fmt::Debug for RepositoryOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RepositoryOptions")
            .field("key", &self.key.is_some())
            .field("key_service", &self.key_service.is_some())
            .field("cache", &self.cache)
            .field("accept_rollback", &self.accept_rollback)
            .field("proven", &self.proven)
            .finish_non_exhaustive()
    }
}

/// A content store, open. Cheap to clone; clones share what they have read.
#[derive(Clone)]
pub struct Repository(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    format: Format,
    coding: Coding,
    cache: Cache,
    clock: Arc<dyn Clock>,
    accept_rollback: bool,
    indexes: Indexes,
    tree_packs: TreePacks,
    turn: Turn,
    trust: Trust,
    /// Contexts that nobody uses at the moment.
    unpackers: Mutex<Vec<Unpacker>>,
}

impl Repository {
    /// Makes a new, empty content store, after proving that the object store keeps its conditions. With
    /// [`Writers::Single`] in `format` there is no proof, and whoever moves a ref takes a turn first.
    ///
    /// # Errors
    /// [`RepositoryError::Exists`] when there is one already, [`RepositoryError::Probe`] when conditions are ignored.
    pub async fn init(
        store: Arc<dyn Store>,
        format: FormatOptions,
        options: RepositoryOptions,
    ) -> Result<Self, RepositoryError> {
        let is_shared = format.writers == Writers::Many;
        if is_shared {
            prove(&*store, options.clock.utc()).await?;
        }
        let created = options.clock.utc().nanos() / 1_000_000;
        let id = Format::new_id();
        let key = options.keys().make(&id).await?;
        let master = key.as_ref().map(|(master, _)| master.clone());
        let format = Format::new(format, created.max(0) as u64, id, key);
        let condition = if is_shared { Condition::Absent } else { Condition::Always };
        if condition == Condition::Always && Self::exists(&*store).await? {
            return Err(RepositoryError::Exists { store: store.describe() });
        }
        match store.put(&Format::key(), format.encode().into(), condition).await {
            Ok(_) => {}
            Err(StoreError::Precondition { .. }) => {
                return Err(RepositoryError::Exists { store: store.describe() });
            }
            Err(source) => return Err(source.into()),
        }
        let made =
            Self::with_format(store, format, master.as_ref(), RepositoryOptions { proven: true, ..options })?;
        if is_shared {
            made.remember_proof().await;
        }
        Ok(made)
    }

    /// Opens the content store that is there. One request.
    ///
    /// # Errors
    /// [`RepositoryError::NoStore`] when there is none, others when it cannot be read or the key is not its own.
    pub async fn open(store: Arc<dyn Store>, options: RepositoryOptions) -> Result<Self, RepositoryError> {
        let bytes = match store.get_at_most(&Format::key(), format::LONGEST as u64).await {
            Ok(object) => object.bytes,
            Err(StoreError::NotFound { .. }) => {
                return Err(RepositoryError::NoStore { store: store.describe() });
            }
            Err(source) => return Err(source.into()),
        };
        let format = Format::decode(&bytes)?;
        let (sealed, wrapped) =
            (format.seal.is_some(), format.seal.as_ref().and_then(|seal| seal.key.as_ref()));
        let master = options.keys().open(&format.id, sealed, wrapped).await?;
        Self::with_format(store, format, master.as_ref(), options)
    }

    /// Whether there is a content store.
    ///
    /// # Errors
    /// When the object store does not answer.
    pub async fn exists(store: &dyn Store) -> Result<bool, StoreError> {
        match store.head(&Format::key()).await {
            Ok(_) => Ok(true),
            Err(StoreError::NotFound { .. }) => Ok(false),
            Err(source) => Err(source),
        }
    }

    fn with_format(
        store: Arc<dyn Store>,
        format: Format,
        master: Option<&MasterKey>,
        options: RepositoryOptions,
    ) -> Result<Self, RepositoryError> {
        let coding = format.coding(master)?;
        Ok(Self::with_coding(store, format, coding, options))
    }

    /// Another store that names, cuts and seals as this one, open.
    pub(crate) fn of_the_same_coding(
        &self,
        store: Arc<dyn Store>,
        format: Format,
        options: RepositoryOptions,
    ) -> Self {
        Self::with_coding(store, format, self.0.coding.clone(), options)
    }

    fn with_coding(
        store: Arc<dyn Store>,
        format: Format,
        coding: Coding,
        options: RepositoryOptions,
    ) -> Self {
        let cache = Cache::new(options.cache.map(|folder| folder.join(&format.id)));
        Self(Arc::new(Inner {
            store,
            format,
            coding,
            cache,
            clock: options.clock,
            accept_rollback: options.accept_rollback,
            indexes: Indexes::default(),
            tree_packs: TreePacks::default(),
            turn: Turn::default(),
            trust: Trust::new_with(options.proven.then_some(())),
            unpackers: Mutex::default(),
        }))
    }

    /// What the format file says.
    pub fn format(&self) -> &Format {
        &self.0.format
    }

    /// The object store below.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.0.store
    }

    /// This store's folder on this machine for what need not be fetched twice, where there is one.
    pub fn cache_folder(&self) -> Option<&Path> {
        self.0.cache.folder()
    }

    /// The present, by the clock it was opened with.
    pub fn now(&self) -> UtcTime {
        self.0.clock.utc()
    }

    /// Makes this production's chunk ids.
    pub fn ids(&self) -> &ChunkIds {
        &self.0.coding.ids
    }

    /// Where a file of this name and size is cut.
    pub fn chunker(&self, name: &str, size: u64) -> &Chunker {
        let Format { chunking, .. } = &self.0.format;
        if chunking.class_of(name, size) == chunking.large {
            &self.0.coding.large
        } else {
            &self.0.coding.small
        }
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.0.coding.sealer
    }

    /// A snapshot, checked against its id.
    ///
    /// # Errors
    /// [`RepositoryError`] when it is not there, damaged, or not what its name says.
    pub async fn snapshot(&self, id: SnapshotId) -> Result<Snapshot, RepositoryError> {
        let bytes = self.object("snap", &id.to_string(), &id.key(), |bytes| id.names(bytes)).await?;
        self.decode_snapshot(id, &bytes)
    }

    /// A snapshot, checked against its id, whatever a cache holds.
    pub(crate) async fn stored_snapshot(&self, id: SnapshotId) -> Result<Snapshot, RepositoryError> {
        let bytes = self.stored_object(&id.key(), |bytes| id.names(bytes)).await?;
        self.decode_snapshot(id, &bytes)
    }

    fn decode_snapshot(&self, id: SnapshotId, bytes: &[u8]) -> Result<Snapshot, RepositoryError> {
        let key = id.key();
        let mut buffer = Vec::new();
        self.sealer()
            .open(Sealed::Snapshot, b"", bytes, &mut buffer)
            .and_then(Snapshot::decode)
            .map_err(|source| RepositoryError::Damaged { key, source })
    }

    /// Stores a snapshot, and says its id. It is nobody's until a ref names it.
    pub(crate) async fn put_snapshot(&self, snapshot: &Snapshot) -> Result<SnapshotId, RepositoryError> {
        let bytes = Bytes::from(self.sealer().seal(Sealed::Snapshot, b"", &snapshot.encode()?));
        let id = SnapshotId::of(&bytes, self.now());
        self.put_object(&id.key(), bytes.clone()).await?;
        self.0.cache.put("snap", &id.to_string(), &bytes).await;
        Ok(id)
    }

    /// Writes an object whose name says its content: if it is there already, it is there.
    pub(crate) async fn put_object(&self, key: &crate::Key, bytes: Bytes) -> Result<(), RepositoryError> {
        match self.0.store.put(key, bytes, Condition::Absent).await {
            Ok(_) | Err(StoreError::Precondition { .. }) => Ok(()),
            Err(source) => Err(source.into()),
        }
    }

    /// An immutable object's bytes, from the cache or the store, once `is_it` says that they are it.
    pub(crate) async fn object(
        &self,
        kind: &'static str,
        name: &str,
        key: &crate::Key,
        is_it: impl Fn(&[u8]) -> bool,
    ) -> Result<Bytes, RepositoryError> {
        if let Some(bytes) = self.0.cache.get(kind, name).await
            && is_it(&bytes)
        {
            return Ok(bytes);
        }
        let bytes = self.stored_object(key, is_it).await?;
        self.0.cache.put(kind, name, &bytes).await;
        Ok(bytes)
    }

    /// An immutable object's bytes from the store, once `is_it` says that they are it.
    pub(crate) async fn stored_object(
        &self,
        key: &crate::Key,
        is_it: impl Fn(&[u8]) -> bool,
    ) -> Result<Bytes, RepositoryError> {
        for _ in 0..TRIES {
            match self.0.store.get_at_most(key, most_bytes(key)).await {
                Ok(object) if is_it(&object.bytes) => return Ok(object.bytes),
                Ok(_) | Err(StoreError::TooLong { .. }) => {}
                Err(other) => return Err(other.into()),
            }
            self.0.store.doubt(key);
        }
        Err(RepositoryError::NotItself { key: key.clone() })
    }

    /// One chunk, proven by its id.
    ///
    /// # Errors
    /// [`RepositoryError`] when no index knows it, or what is stored is not it.
    pub async fn chunk(&self, id: &ChunkId) -> Result<Bytes, RepositoryError> {
        self.read_chunk(id).await
    }
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository").field("store", &self.0.store.describe()).finish_non_exhaustive()
    }
}

/// The most bytes that an immutable object of ours can have, by its kind.
fn most_bytes(key: &crate::Key) -> u64 {
    let is_snapshot = key.as_str().starts_with(SnapshotId::PREFIX);
    if is_snapshot { LONGEST_JSON + LONGEST_SEAL } else { LONGEST_BINARY }
}

/// Bytes that a seal adds to a small object, and room for later ones.
const LONGEST_SEAL: u64 = 4096;
/// Packs and index objects: of the largest target (256 MiB), what goes beyond it, and the footer (64 MiB).
const LONGEST_BINARY: u64 = 1 << 30;
/// How often something is read again that came damaged: the fault may lie on the way.
const TRIES: usize = 3;

#[cfg(test)]
mod tests;

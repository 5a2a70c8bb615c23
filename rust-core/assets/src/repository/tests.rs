//! Reading many chunks: all of them arrive, each batch within its bounds.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use cyclorama_time::{UtcTime, VirtualClock};

use crate::publish::{Base, Options, ReadProblem, Scanned, ScannedKind, Source, Stamp, Take, publish};
use crate::store::watched::{Between, Watched};
use crate::tree::{Entry, FileEntry};
use crate::{
    Condition, ETag, FormatOptions, IndexId, Key, Listing, MemoryStore, Object, RefName, Repository,
    RepositoryError, RepositoryOptions, Store, StoreError,
};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

/// One file.
struct Only(Vec<u8>);

impl Only {
    fn stamp(&self) -> Stamp {
        Stamp { size: self.0.len() as u64, mtime_ns: 1, ..Stamp::default() }
    }
}

impl Source for Only {
    fn read(&self, _: &str, take: &mut Take<'_>) -> Result<Stamp, ReadProblem> {
        take(&mut &self.0[..], &self.stamp())?;
        Ok(self.stamp())
    }
}

/// A file of many chunks in a store, and its entry.
async fn published(store: Arc<dyn Store>) -> (Repository, FileEntry) {
    let clock = Arc::new(VirtualClock::new(UtcTime::from_seconds(1.7e9)));
    let options = RepositoryOptions::new(clock);
    let repository = Repository::init(store, FormatOptions::default(), options);
    let repository = repository.await.expect("a new store");
    let lines =
        (0..600_000u32).map(|number| format!("{number:08} and the same words again and again, 64 bytes\n"));
    let source = Only(lines.collect::<String>().into_bytes());
    let kind = ScannedKind::File { stamp: source.stamp(), mode: Some(0o644) };
    let scan = vec![Scanned { path: "log.txt".to_owned(), kind }];
    let total = source.0.len();
    let report = publish(&repository, Arc::new(source), scan, Base::default(), &Options::new()).await;
    assert!(report.expect("publishes").bytes_uploaded < total as u64 / 8, "it packs well");
    let (_, snapshot) = repository.resolve(&RefName::main().into()).await.expect("a version");
    let found = repository.walk(snapshot.root, |_| true).await.expect("folders");
    let [(_, Entry::File(file))] = &found[..] else { panic!("one file: {found:?}") };
    let file = file.clone();
    (repository, file)
}

#[tokio::test]
async fn what_packs_very_well_does_not_come_all_at_once() {
    let (repository, file) = published(Arc::new(MemoryStore::new())).await;
    let plan = repository.plan(file.chunks.iter().copied()).expect("all are known");
    let (mut fetch, mut arrived, mut bytes) = (repository.fetch(plan, 2), HashSet::new(), 0);
    while let Some(batch) = fetch.next().await.expect("arrives") {
        let length: usize = batch.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(length <= 8 << 20, "{length} bytes at once");
        bytes += length;
        arrived.extend(batch.into_iter().map(|(id, _)| id));
    }
    assert_eq!(arrived, file.chunks.iter().copied().collect());
    assert_eq!(bytes as u64, file.size);
}

/// What a store does otherwise than one in memory.
enum Manner {
    /// Every long range breaks off, because its object was written anew meanwhile.
    Anew,
    /// Nothing that is small by its kind may be read without a limit.
    Limited,
}

struct Peculiar(MemoryStore, Manner);

#[async_trait]
impl Store for Peculiar {
    async fn get(&self, key: &Key) -> Result<Object, StoreError> {
        assert!(matches!(self.1, Manner::Anew), "`{key}` is read whatever its length");
        self.0.get(key).await
    }

    async fn get_at_most(&self, key: &Key, limit: u64) -> Result<Object, StoreError> {
        let small = ["format.json", "refs/", "snap/", "locks/", "writer.json"];
        let most = if small.iter().any(|kind| key.as_str().starts_with(kind)) { 2 << 20 } else { 1 << 30 };
        assert!(matches!(self.1, Manner::Anew) || limit <= most, "`{key}` is read up to {limit} bytes");
        self.0.get_at_most(key, limit).await
    }

    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        self.0.get_range(key, offset, length).await
    }

    fn stream_range(&self, key: Key, offset: u64, length: u64) -> BoxStream<'_, Result<Bytes, StoreError>> {
        if matches!(self.1, Manner::Limited) {
            return self.0.stream_range(key, offset, length);
        }
        let half = stream::once({
            let key = key.clone();
            async move { self.0.get_range(&key, offset, length / 2).await }
        });
        half.chain(stream::once(async move { Err(StoreError::Precondition { key }) })).boxed()
    }

    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        self.0.head(key).await
    }

    async fn put(&self, key: &Key, bytes: Bytes, condition: Condition) -> Result<ETag, StoreError> {
        self.0.put(key, bytes, condition).await
    }

    async fn delete(&self, key: &Key, condition: Condition) -> Result<(), StoreError> {
        self.0.delete(key, condition).await
    }

    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Listing, StoreError> {
        self.0.list(prefix, after, limit).await
    }

    fn describe(&self) -> String {
        self.0.describe()
    }
}

#[tokio::test]
async fn a_pack_that_is_written_anew_while_it_is_read_is_read_chunk_by_chunk() {
    let (repository, file) = published(Arc::new(Peculiar(MemoryStore::new(), Manner::Anew))).await;
    let plan = repository.plan(file.chunks.iter().copied()).expect("all are known");
    let (mut fetch, mut bytes) = (repository.fetch(plan, 2), 0);
    while let Some(batch) = fetch.next().await.expect("arrives") {
        bytes += batch.iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>();
    }
    assert_eq!(bytes, file.size);
}

#[tokio::test]
async fn nothing_that_is_small_by_its_kind_is_read_without_a_limit() {
    let store: Arc<dyn Store> = Arc::new(Peculiar(MemoryStore::new(), Manner::Limited));
    let (repository, _) = published(Arc::clone(&store)).await;
    let options =
        RepositoryOptions { proven: true, ..RepositoryOptions::new(Arc::clone(&repository.0.clock)) };
    let reader = Repository::open(Arc::clone(&store), options).await.expect("opens");
    let (_, snapshot) = reader.resolve(&crate::RefName::main().into()).await.expect("a version");
    reader.load_indexes(&snapshot.indexes).await.expect("indexes");
    let locks = crate::locks::Locks::new(Arc::clone(&store));
    assert!(locks.list().await.expect("lists").is_empty());
    let long = Bytes::from(vec![b' '; 3 << 20]);
    store.put(&crate::RefName::main().key(), long, Condition::Always).await.expect("writes");
    let refused = reader.read_ref(&crate::RefName::main()).await.expect_err("no ref is so long");
    assert!(matches!(refused, RepositoryError::Store(StoreError::TooLong { .. })), "{refused:?}");
}

/// Listings that do not know index objects yet.
struct Unlisted;

impl Between for Unlisted {
    fn listed(&self, mut page: Listing) -> Listing {
        page.objects.retain(|(key, _)| IndexId::from_key(key).is_none());
        page
    }
}

#[tokio::test]
async fn what_a_version_names_and_what_was_made_a_moment_ago_is_known_whatever_a_listing_says() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let (writer, entry) = published(Arc::clone(&store)).await;
    let index = writer.list_indexes().await.expect("lists")[0];
    let gone = IndexId::of(b"was merged", UtcTime::from_seconds(1.7e9));
    let seconds_later = async |seconds: f64| {
        let clock = Arc::new(VirtualClock::new(UtcTime::from_seconds(1.7e9 + seconds)));
        let store = Watched::new(Arc::clone(&store), Unlisted);
        Repository::open(store, RepositoryOptions::new(clock)).await.expect("opens")
    };
    let knows = |repository: &Repository| repository.locate(&entry.chunks[0]).is_some();
    let reader = seconds_later(3600.0).await;
    reader.load_indexes(&[index, gone]).await.expect("loads");
    assert!(knows(&reader), "the version names it");
    reader.load_all_indexes().await.expect("loads");
    assert!(!knows(&reader), "the store says that it is gone");
    let publisher = seconds_later(10.0).await;
    publisher.load_indexes(&[index]).await.expect("loads");
    publisher.load_all_indexes().await.expect("loads");
    assert!(knows(&publisher), "no listing may know it yet");
    publisher.load_every_index().await.expect("loads");
    assert!(!knows(&publisher), "who must know what there is believes the store");
}

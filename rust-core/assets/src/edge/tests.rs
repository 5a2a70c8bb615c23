//! Readers, an edge, and a store that counts what is fetched from it.

mod wrong;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use tempfile::{TempDir, tempdir};

use super::cache::{Cache, Looked, piece_name};
use super::*;
use crate::publish::tests::noise;
use crate::store::watched::{Between, Request, Watched};
use crate::{Condition, Key, MemoryStore, Store, StoreError};

/// Counts the bytes that are read from a store far away.
#[derive(Default)]
struct Counted(AtomicU64);

impl Counted {
    fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Between for Counted {
    async fn asked(&self, request: Request, _key: &str) -> Result<(), StoreError> {
        if request == Request::GetRange {
            // Give the others time to ask for the same.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    async fn read(&self, _request: Request, _key: &Key, bytes: Bytes) -> Result<Bytes, StoreError> {
        self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

type FarAway = Watched<Counted>;

fn far_away() -> Arc<FarAway> {
    Watched::new(Arc::new(MemoryStore::new()), Counted::default())
}

struct Stage {
    far: Arc<FarAway>,
    edge: Edge,
    cache: TempDir,
    pack: Key,
    content: Bytes,
}

const WORD: &str = "a-long-and-secret-word";

fn token() -> Option<Token> {
    Token::new(WORD)
}

fn options(cache: &TempDir) -> EdgeOptions {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    EdgeOptions { address, cache: cache.path().to_owned(), capacity: 64 << 20, token: token() }
}

impl Stage {
    async fn new() -> Self {
        let far = far_away();
        let content = Bytes::from(noise(5 * (1 << 20) + 12_345, 7));
        let pack = Key::new("packs/ab/abcdef").expect("a key");
        far.put(&pack, content.clone(), Condition::Always).await.expect("put");
        let cache = tempdir().expect("a folder");
        let edge = Edge::bind(far.clone(), options(&cache)).await.expect("an edge");
        Self { far, edge, cache, pack, content }
    }

    fn reader(&self) -> EdgeStore {
        EdgeStore::new(self.far.clone(), self.edge.address(), token())
    }

    /// The whole pack in ranges that fit no pieces.
    async fn read_ranges(&self, reader: &EdgeStore) -> Vec<u8> {
        let mut read = Vec::new();
        while read.len() < self.content.len() {
            let piece = reader.get_range(&self.pack, read.len() as u64, 700_001).await.expect("a range");
            assert!(!piece.is_empty());
            read.extend_from_slice(&piece);
        }
        read
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_readers_of_the_same_bytes_cost_one_fetch() {
    let stage = Stage::new().await;
    let readers: Vec<_> = (0..8).map(|_| stage.reader()).collect();
    let reads = readers.iter().map(|reader| stage.read_ranges(reader));
    for read in futures::future::join_all(reads).await {
        assert_eq!(read, stage.content);
    }
    assert_eq!(stage.far.by.bytes(), stage.content.len() as u64);
    let stats = stage.edge.stats();
    assert_eq!(stats.bytes_fetched, stage.content.len() as u64);
    assert!(stats.bytes_served >= 8 * stage.content.len() as u64);
    assert_eq!(stage.reader().get(&stage.pack).await.expect("whole").bytes, stage.content);
    assert_eq!(stage.far.by.bytes(), stage.content.len() as u64);
}

#[tokio::test]
async fn a_flipped_bit_in_the_cache_is_found_and_fetched_again() {
    let stage = Stage::new().await;
    let reader = stage.reader();
    stage.read_ranges(&reader).await;
    for file in std::fs::read_dir(stage.cache.path()).expect("a folder") {
        let path = file.expect("a file").path();
        if path.ends_with("lock") {
            continue;
        }
        let mut bytes = std::fs::read(&path).expect("read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        std::fs::write(&path, bytes).expect("written");
    }
    assert_eq!(stage.read_ranges(&reader).await, stage.content);
    assert_eq!(stage.edge.stats().damaged, 6);
    assert_eq!(stage.far.by.bytes(), 2 * stage.content.len() as u64);
}

#[tokio::test]
async fn readers_go_on_without_the_edge_when_it_dies_and_what_it_kept_is_of_use_to_the_next() {
    let stage = Stage::new().await;
    let reader = stage.reader();
    stage.read_ranges(&reader).await;
    let Stage { far, edge, cache, pack, content } = stage;
    edge.shutdown().await;
    let read = reader.get(&pack).await.expect("from the store").bytes;
    assert_eq!(read, content);
    assert_eq!(far.by.bytes(), 2 * content.len() as u64);
    let edge = Edge::bind(far.clone(), options(&cache)).await.expect("an edge");
    let reader = EdgeStore::new(far.clone(), edge.address(), token());
    assert_eq!(reader.get(&pack).await.expect("from the edge").bytes, content);
    assert_eq!(far.by.bytes(), 2 * content.len() as u64);
}

#[tokio::test]
async fn without_the_token_nothing_is_read_through_the_edge() {
    let stage = Stage::new().await;
    for word in [None, Token::new("another-and-wrong-word")] {
        let stranger = EdgeStore::new(stage.far.clone(), stage.edge.address(), word);
        stranger.get_range(&stage.pack, 0, 10).await.expect("from the store");
    }
    assert_eq!(stage.edge.stats().bytes_served, 0);
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let open = EdgeOptions { address: everywhere, token: None, ..options(&stage.cache) };
    let refused = Edge::bind(stage.far.clone(), open).await;
    assert!(matches!(refused, Err(EdgeError::Open(_))));
    assert!(Token::new("short").is_none() && Token::new("with spaces in the middle").is_none());
    assert!(!format!("{:?}", token()).contains(WORD));
}

#[tokio::test]
async fn what_may_change_is_never_taken_from_the_edge() {
    let stage = Stage::new().await;
    let reader = stage.reader();
    for name in ["refs/main", "format.json", "locks/a", "gc/1"] {
        let key = Key::new(name).expect("a key");
        for version in [&b"one"[..], b"two"] {
            reader.put(&key, Bytes::from_static(version), Condition::Always).await.expect("put");
            assert_eq!(reader.get(&key).await.expect("got").bytes, version);
        }
    }
    assert_eq!(stage.edge.stats(), EdgeStats::default());
    let missing = reader.get(&Key::new("packs/no/such").expect("a key")).await;
    assert!(matches!(missing, Err(StoreError::NotFound { .. })));
}

#[test]
fn a_cache_stays_within_its_bounds_and_forgets_the_least_used() {
    let folder = tempdir().expect("a folder");
    let names: Vec<_> = (0..5).map(|block| piece_name("s", "k", block)).collect();
    let cache = Cache::open(folder.path(), 3 * 132).expect("a cache");
    for name in &names[..3] {
        cache.put(name, &[7; 100]).expect("kept");
    }
    assert_eq!(cache.get(&names[0]), Looked::There(Bytes::from_static(&[7; 100])));
    cache.put(&names[3], &[7; 100]).expect("kept");
    assert_eq!(cache.bytes(), 3 * 132);
    assert_eq!(cache.get(&names[1]), Looked::Absent);
    assert!(matches!(cache.get(&names[0]), Looked::There(_)));
    cache.put(&names[4], &[7; 10_000]).expect("too large to be kept, which is fine");
    assert_eq!(cache.get(&names[4]), Looked::Absent);
    drop(cache);
    std::fs::write(folder.path().join("somebody's file"), b"x").expect("written");
    std::fs::write(folder.path().join(format!("{}.part", names[4])), b"half").expect("written");
    let smaller = Cache::open(folder.path(), 132).expect("a cache");
    assert_eq!(smaller.bytes(), 132);
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 3, "a piece, what is not ours, and the lock");
    let second = Cache::open(folder.path(), 132).expect_err("two would remove each other's pieces");
    assert_eq!(second.kind(), std::io::ErrorKind::WouldBlock);
    drop(smaller);
    let swapped = folder.path().join(&names[2]);
    std::fs::write(&swapped, b"short").expect("written");
    let cache = Cache::open(folder.path(), 1000).expect("a cache");
    assert_eq!(cache.get(&names[2]), Looked::Damaged);
    assert!(!swapped.exists());
}

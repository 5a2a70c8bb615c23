//! One writer at a time on a server that ignores conditions, in virtual time.

#![allow(clippy::unwrap_used, reason = "a test panics with the promise that was broken")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cyclorama_assets::store::{ClaimError, SingleWriter};
use cyclorama_assets::{Condition, ETag, Key, Listing, MemoryStore, Object, Store, StoreError};
use cyclorama_testkit::s3_server::Modes;
use cyclorama_testkit::{RuntimeClock, S3Server, contract};
use futures::future::join_all;
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::time::Instant;

async fn lax() -> (S3Server, Arc<dyn Store>) {
    let modes = Modes { ignores_conditions: true, ..Modes::default() };
    let server = S3Server::new(Arc::new(RuntimeClock::new()), modes);
    let store = Arc::new(server.store().await);
    (server, store)
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_of_many_writers_that_begin_at_once_gets_the_store() {
    let (_, store) = lax().await;
    let names: Vec<String> = (0..12).map(|n| format!("writer {n}")).collect();
    let claims = join_all(names.iter().map(|name| SingleWriter::claim(Arc::clone(&store), name))).await;
    let winners = claims.iter().filter(|claim| claim.is_ok()).count();
    let refused = claims.iter().filter(|claim| matches!(claim, Err(ClaimError::Busy { .. }))).count();
    assert_eq!((winners, refused), (1, 11));
}

#[tokio::test(start_paused = true)]
async fn a_second_writer_is_refused_by_the_name_of_the_first_until_it_is_done() {
    let (_, store) = lax().await;
    let first = SingleWriter::claim(Arc::clone(&store), "anna@stage").await.unwrap();
    let refused = SingleWriter::claim(Arc::clone(&store), "ben").await.map(drop).unwrap_err();
    assert!(refused.to_string().starts_with("anna@stage is writing"), "{refused}");
    first.release().await.unwrap();
    let began = Instant::now();
    SingleWriter::claim(store, "ben").await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "a freed store is had at once");
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_crashed_is_taken_over_after_its_silence() {
    let (_, store) = lax().await;
    let first = SingleWriter::claim(Arc::clone(&store), "anna").await.unwrap();
    let version = first.put(&key("refs/main"), Bytes::from_static(b"1"), Condition::Absent).await.unwrap();
    drop(first);
    let began = Instant::now();
    let second = SingleWriter::claim(Arc::clone(&store), "ben").await.unwrap();
    assert!((20..40).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    second.put(&key("refs/main"), Bytes::from_static(b"2"), Condition::Matches(version)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn alone_the_writer_has_a_store_that_keeps_its_conditions() {
    let (server, store) = lax().await;
    let alone = SingleWriter::claim(Arc::clone(&store), "anna").await.unwrap();
    let place = key("a/b");
    let first = alone.put(&place, Bytes::from_static(b"1"), Condition::Absent).await.unwrap();
    let twice = alone.put(&place, Bytes::from_static(b"2"), Condition::Absent).await;
    assert!(matches!(twice, Err(StoreError::Precondition { .. })), "{twice:?}");
    alone.put(&place, Bytes::from_static(b"3"), Condition::Matches(first.clone())).await.unwrap();
    let stale = alone.delete(&place, Condition::Matches(first)).await;
    assert!(matches!(stale, Err(StoreError::Precondition { .. })), "{stale:?}");
    assert_eq!(server.peek("a/b"), Some(Bytes::from_static(b"3")));
    assert_eq!(contract::store::list_all(&alone, "a/", 10).await, ["a/b"]);
}

/// A store whose answers and effects take their time, each another.
struct Slow {
    inner: MemoryStore,
    random: Mutex<SmallRng>,
    longest_ms: u64,
}

impl Slow {
    async fn wait(&self) {
        let wait = self.random.lock().unwrap().random_range(0..=self.longest_ms);
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
}

#[async_trait]
impl Store for Slow {
    async fn get(&self, key: &Key) -> Result<Object, StoreError> {
        self.wait().await;
        let got = self.inner.get(key).await;
        self.wait().await;
        got
    }

    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        self.inner.get_range(key, offset, length).await
    }

    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        self.inner.head(key).await
    }

    async fn put(&self, key: &Key, bytes: Bytes, _: Condition) -> Result<ETag, StoreError> {
        self.wait().await;
        let put = self.inner.put(key, bytes, Condition::Always).await;
        self.wait().await;
        put
    }

    async fn delete(&self, key: &Key, _: Condition) -> Result<(), StoreError> {
        self.wait().await;
        self.inner.delete(key, Condition::Always).await
    }

    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Listing, StoreError> {
        self.inner.list(prefix, after, limit).await
    }

    fn describe(&self) -> String {
        "slow".to_owned()
    }
}

#[tokio::test(start_paused = true)]
async fn however_slow_the_store_answers_no_two_writers_believe_that_they_are_alone() {
    let mut had_it = 0;
    for seed in 0..300 {
        let random = SmallRng::seed_from_u64(seed);
        let store =
            Arc::new(Slow { inner: MemoryStore::new(), random: Mutex::new(random), longest_ms: seed * 2 });
        let inside = Arc::new(AtomicUsize::new(0));
        let writers = (0..4).map(|number| {
            let (store, inside) = (Arc::clone(&store), Arc::clone(&inside));
            async move {
                let begin = store.random.lock().unwrap().random_range(0..1500);
                tokio::time::sleep(Duration::from_millis(begin)).await;
                let Ok(claim) = SingleWriter::claim(store, &format!("writer {number}")).await else {
                    return 0;
                };
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two at once, seed {seed}");
                tokio::time::sleep(Duration::from_secs(2)).await;
                inside.fetch_sub(1, Ordering::SeqCst);
                claim.release().await.unwrap();
                1
            }
        });
        had_it += join_all(writers).await.into_iter().sum::<usize>();
    }
    assert!(had_it > 150, "only {had_it} claims were had at all");
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_somebody_overwrote_stops_the_writer() {
    let (_, store) = lax().await;
    let first = SingleWriter::claim(Arc::clone(&store), "anna").await.unwrap();
    let version = first.put(&key("refs/main"), Bytes::from_static(b"1"), Condition::Absent).await.unwrap();
    store
        .put(&key("writer.json"), Bytes::from_static(b"{\"not\":\"ours\"}"), Condition::Always)
        .await
        .unwrap();
    let next = first.put(&key("refs/main"), Bytes::from_static(b"2"), Condition::Matches(version)).await;
    assert!(matches!(next, Err(StoreError::Precondition { .. })), "{next:?}");
    tokio::time::sleep(Duration::from_secs(6)).await;
    let any = first.put(&key("packs/x"), Bytes::from_static(b"2"), Condition::Always).await;
    assert!(any.is_err(), "after a heartbeat it knows that it is not alone");
}

#[tokio::test(start_paused = true)]
async fn a_claim_cannot_write_to_the_terminal_of_whoever_reads_it() {
    let (_, store) = lax().await;
    let first = SingleWriter::claim(Arc::clone(&store), "anna").await.unwrap();
    let owner = format!("\u{1b}[2Jeve{}", "!".repeat(200));
    let claim =
        serde_json::json!({ "schema": "cyclorama.writer/1", "owner": owner, "nonce": "x", "beat": 1 });
    store.put(&key("writer.json"), claim.to_string().into(), Condition::Always).await.unwrap();
    let busy = first.check().await.unwrap_err().to_string();
    assert!(busy.starts_with("[2Jeve!") && busy.len() < 200 && !busy.contains(char::is_control), "{busy:?}");
}

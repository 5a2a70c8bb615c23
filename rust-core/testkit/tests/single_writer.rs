//! One writer at a time on a server that ignores conditions, in virtual time.

#![allow(clippy::unwrap_used, reason = "a test panics with the promise that was broken")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cyclorama_assets::store::{ClaimError, SingleWriter};
use cyclorama_assets::{Condition, Key, Store, StoreError};
use cyclorama_testkit::s3_server::Modes;
use cyclorama_testkit::{RuntimeClock, S3Server, contract};
use futures::future::join_all;
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

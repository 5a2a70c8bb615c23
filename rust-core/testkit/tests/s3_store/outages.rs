//! Outages, slow servers, and links of which only a part may be used: how long is waited, and how much is asked at once.

use std::collections::VecDeque;
use std::time::Duration;

use cyclorama_assets::{Condition, Key, Store};
use cyclorama_outcome::Classify;
use cyclorama_testkit::s3_server::{Fault, Seen};
use tokio::time::Instant;

use crate::{body, faulty, key, server};

#[tokio::test(start_paused = true)]
async fn an_outage_of_a_minute_is_waited_out() {
    let (server, store) = faulty([]).await;
    assert!(store.get(&key("object")).await.is_ok(), "a store that was there once");
    let began = Instant::now();
    server.set_schedule(move |_: &Seen| {
        (began.elapsed() < Duration::from_secs(60)).then_some(Fault::LostAnswer)
    });
    assert!(store.get(&key("object")).await.is_ok());
    assert!(began.elapsed() < Duration::from_secs(65), "back within seconds: {:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_is_given_up_within_the_limits() {
    for fault in [Fault::Stall, Fault::Internal, Fault::SlowDown, Fault::CutAnswer(0), Fault::CaptivePortal] {
        let (server, store) = faulty([]).await;
        let always = fault.clone();
        server.set_schedule(move |_: &Seen| Some(always.clone()));
        let began = Instant::now();
        let error = store.get(&key("object")).await.unwrap_err();
        assert!(error.kind().is_transient(), "{fault:?}: {error:?}");
        assert!(began.elapsed() <= Duration::from_secs(125), "{fault:?} took {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_is_waited_for_and_not_flooded() {
    let (server, store) = faulty([]).await;
    server.set_schedule(|_: &Seen| Some(Fault::Delay(Duration::from_secs(12))));
    assert!(store.get(&key("object")).await.is_ok());
    assert!(server.traffic().most_at_once() <= 3);
}

#[tokio::test(start_paused = true)]
async fn refusals_to_slow_down_lower_the_number_of_requests_at_once() {
    let (server, store) = faulty([]).await;
    let before = store.pace().limit();
    server.set_schedule(VecDeque::from(vec![Fault::SlowDown; 30]));
    let reads = (0..30).map(|_| async { store.get_range(&key("object"), 0, 10).await });
    for read in futures::future::join_all(reads).await {
        assert_eq!(read.unwrap(), body(10));
    }
    assert!(store.pace().limit() < before, "{} of {before}", store.pace().limit());
}

#[tokio::test(start_paused = true)]
async fn a_cap_on_bandwidth_holds_in_both_directions() {
    let server = server();
    server.plant("object", body(2_000_000));
    let mut options = server.options();
    (options.cap_up, options.cap_down) = (Some(1_000_000), Some(500_000));
    let store = server.store_with(options).await;
    let began = Instant::now();
    let keys: Vec<Key> = (0..4).map(|n| key(&format!("up/{n}"))).collect();
    let puts = keys.iter().map(|key| store.put(key, body(500_000), Condition::Always));
    for put in futures::future::join_all(puts).await {
        put.unwrap();
    }
    let up = began.elapsed().as_secs_f64();
    assert!((1.8..2.4).contains(&up), "2 MB at 1 MB/s took {up} s");
    let began = Instant::now();
    store.get(&key("object")).await.unwrap();
    let down = began.elapsed().as_secs_f64();
    assert!((3.7..4.6).contains(&down), "2 MB at 0.5 MB/s took {down} s");
}

//! What is read arrives whole and of one version, whatever happens on the way.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use cyclorama_assets::{Store, StoreError};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_testkit::s3_server::{Fault, Seen};
use futures::TryStreamExt as _;
use tokio::time::Instant;

use crate::{body, faulty, key};

#[tokio::test(start_paused = true)]
async fn each_fault_is_survived_by_reads_with_the_right_bytes_within_seconds() {
    let faults = [
        Fault::SlowDown,
        Fault::Internal,
        Fault::Conflict,
        Fault::CutRequest(0),
        Fault::CutAnswer(0),
        Fault::CutAnswer(100_000),
        Fault::StallAnswer(0),
        Fault::StallAnswer(150_000),
        Fault::Delay(Duration::from_secs(2)),
        Fault::Stall,
        Fault::LostAnswer,
        Fault::SilentAnswer,
        Fault::FlipBit(12_345),
        Fault::CaptivePortal,
        Fault::Refusal(503, "ServiceUnavailable", "busy"),
    ];
    for fault in faults {
        let (server, store) = faulty([fault.clone(), fault.clone()]).await;
        let began = Instant::now();
        let read = store.get(&key("object")).await.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert!(read.bytes == body(300_000), "{fault:?} gave other bytes");
        assert!(began.elapsed() < Duration::from_secs(8), "{fault:?} took {:?}", began.elapsed());
        assert!(server.traffic().requests() <= 4, "{fault:?}: {:?}", server.traffic().by_operation());
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_body_goes_on_where_it_was() {
    let (server, store) = faulty([Fault::CutAnswer(200_000)]).await;
    store.get(&key("object")).await.unwrap();
    let sent: Vec<u64> = server.traffic().records().iter().map(|record| record.bytes_out).collect();
    assert_eq!(sent[0], 300_000);
    assert!(sent[1] <= 132_768, "only the rest is asked for: {sent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_range_in_pieces_goes_on_where_it_was_cut_and_ends_where_the_object_changed() {
    let (server, store) = faulty([Fault::CutAnswer(200_000)]).await;
    let whole = store.get_range(&key("object"), 7, 250_000).await.unwrap();
    server.set_schedule(VecDeque::from([Fault::CutAnswer(200_000)]));
    let pieces: Vec<Bytes> = store.stream_range(key("object"), 7, 250_000).try_collect().await.unwrap();
    assert!(pieces.concat() == whole, "nothing twice and nothing left out");
    assert_eq!(pieces.concat().len(), 250_000);
    let sent: Vec<u64> = server.traffic().records().iter().map(|record| record.bytes_out).collect();
    assert!(sent.last().is_some_and(|last| *last <= 82_768), "only the rest is asked for: {sent:?}");
    let changing = server.clone();
    let mut number = 0;
    server.set_schedule(move |_: &Seen| {
        number += 1;
        if number == 2 {
            changing.plant("object", Bytes::from(vec![7; 400_000]));
        }
        (number == 1).then_some(Fault::CutAnswer(200_000))
    });
    let mixed: Result<Vec<Bytes>, _> = store.stream_range(key("object"), 7, 250_000).try_collect().await;
    assert!(
        matches!(mixed, Err(StoreError::Precondition { .. })),
        "what was handed on is of the other version"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_and_then_breaks_off_every_body_is_waited_for() {
    let (server, store) = faulty([]).await;
    let began = Instant::now();
    server.set_schedule(move |_: &Seen| {
        (began.elapsed() < Duration::from_secs(20)).then_some(Fault::CutAnswer(0))
    });
    let pieces: Vec<Bytes> = store.stream_range(key("object"), 0, 300_000).try_collect().await.unwrap();
    assert!(pieces.concat() == body(300_000));
    assert!(began.elapsed() < Duration::from_secs(25), "back within seconds: {:?}", began.elapsed());
    assert!(server.traffic().records().len() < 40, "and it was not flooded");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_goes_on_is_of_the_same_version_or_begins_anew() {
    let (server, store) = faulty([]).await;
    let changing = server.clone();
    let mut number = 0;
    server.set_schedule(move |_: &Seen| {
        number += 1;
        match number {
            1 => Some(Fault::CutAnswer(200_000)),
            2 => {
                changing.plant("object", Bytes::from(vec![7; 400_000]));
                None
            }
            _ => None,
        }
    });
    let read = store.get(&key("object")).await.unwrap();
    assert!(read.bytes == vec![7; 400_000], "never a mix of two versions");
}

#[tokio::test(start_paused = true)]
async fn of_an_object_that_is_longer_than_allowed_the_rest_is_not_waited_for() {
    let (server, store) = faulty([Fault::SlowAnswer(20_000)]).await;
    let began = Instant::now();
    let refused = store.get_at_most(&key("object"), 1000).await.unwrap_err();
    assert!(matches!(refused, StoreError::TooLong { limit: 1000, .. }), "{refused:?}");
    assert_eq!((refused.kind(), server.traffic().requests()), (Kind::Integrity, 1));
    assert!(began.elapsed() < Duration::from_secs(8), "all of it takes 15 s: {:?}", began.elapsed());
}

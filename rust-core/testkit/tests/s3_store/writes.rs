//! What is written is written once, or not at all, and the writer knows which.

use std::collections::VecDeque;
use std::time::Duration;

use cyclorama_assets::{Condition, ETag, Store, StoreError};
use cyclorama_testkit::s3_server::{Fault, Operation, Seen};
use tokio::time::Instant;

use crate::{body, faulty, key, server};

#[tokio::test(start_paused = true)]
async fn each_fault_is_survived_by_conditional_writes_that_win_once() {
    let faults = [
        Fault::SlowDown,
        Fault::Internal,
        Fault::Conflict,
        Fault::CutRequest(50_000),
        Fault::CutAnswer(0),
        Fault::Stall,
        Fault::LostAnswer,
        Fault::SilentAnswer,
        Fault::CaptivePortal,
    ];
    for fault in faults {
        let (server, store) = faulty([fault.clone()]).await;
        let began = Instant::now();
        let etag = store
            .put(&key("new"), body(90_000), Condition::Absent)
            .await
            .unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert!(server.peek("new") == Some(body(90_000)), "{fault:?} wrote other bytes");
        let next = store.put(&key("new"), body(5), Condition::Matches(etag)).await;
        assert!(next.is_ok(), "the version of a lost answer is the object's: {fault:?}, {next:?}");
        assert!(began.elapsed() < Duration::from_secs(60), "{fault:?} took {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_conditional_write_whose_answer_was_lost_still_loses_to_another_writer() {
    let (server, store) = faulty([Fault::Internal]).await;
    server.plant("new", body(7));
    let lost = store.put(&key("new"), body(9), Condition::Absent).await;
    assert!(matches!(lost, Err(StoreError::Precondition { .. })), "{lost:?}");
    assert_eq!(server.peek("new"), Some(body(7)));
}

#[tokio::test(start_paused = true)]
async fn another_writer_of_the_same_bytes_does_not_make_a_loser_win() {
    let (server, store) = faulty([]).await;
    store.put(&key("new"), body(9), Condition::Absent).await.unwrap();
    server.set_schedule(VecDeque::from([Fault::Internal]));
    let lost = store.put(&key("new"), body(9), Condition::Absent).await;
    assert!(matches!(lost, Err(StoreError::Precondition { .. })), "{lost:?}");
}

#[tokio::test(start_paused = true)]
async fn an_upload_in_parts_is_taken_up_again_and_sends_nothing_twice() {
    let server = server();
    let mut options = server.options();
    (options.parts_from, options.part) = (20 << 20, 6 << 20);
    let whole = body(33 << 20);
    server.set_schedule(|seen: &Seen| {
        let third = seen.operation == Operation::UploadPart && seen.number >= 5;
        third.then_some(Fault::Refusal(403, "AccessDenied", "the link is gone"))
    });
    let store = server.store_with(options.clone()).await;
    store.put(&key("big"), whole.clone(), Condition::Absent).await.unwrap_err();
    assert_eq!((server.open_uploads(), server.peek("big")), (1, None));
    let kept = server.traffic().bytes_in();
    server.heal();
    server.forget_traffic();
    let store = server.store_with(options).await;
    store.put(&key("big"), whole.clone(), Condition::Absent).await.unwrap();
    assert!(server.peek("big") == Some(whole.clone()));
    let parts = server.traffic().count(Operation::UploadPart);
    assert!((1..6).contains(&parts), "{parts} parts were sent again");
    assert!(kept + server.traffic().bytes_in() < (whole.len() as u64) * 5 / 4);
    assert_eq!(server.open_uploads(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_upload_in_parts_whose_end_was_lost_or_garbled_is_found_done() {
    for fault in
        [Fault::LostAnswer, Fault::ErrorInside, Fault::CutAnswer(10), Fault::SilentAnswer, Fault::Conflict]
    {
        let server = server();
        let mut options = server.options();
        (options.parts_from, options.part) = (8 << 20, 5 << 20);
        let mut left = Some(fault.clone());
        server.set_schedule(
            move |seen: &Seen| {
                if seen.operation == Operation::CompleteUpload { left.take() } else { None }
            },
        );
        let whole = body(11 << 20);
        let put = server.store_with(options).await.put(&key("big"), whole.clone(), Condition::Absent).await;
        assert!(put.is_ok(), "{fault:?}: {put:?}");
        assert!(server.peek("big") == Some(whole), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn removing_what_a_lost_answer_already_removed_is_done() {
    let (server, store) = faulty([]).await;
    let (_, etag) = store.head(&key("object")).await.unwrap();
    let mut lost = Some(Fault::LostAnswer);
    server.set_schedule(
        move |seen: &Seen| {
            if seen.operation == Operation::DeleteObject { lost.take() } else { None }
        },
    );
    store.delete(&key("object"), Condition::Matches(etag)).await.unwrap();
    assert_eq!(server.peek("object"), None);
    let stale = store.delete(&key("object"), Condition::Matches(ETag("\"x\"".to_owned()))).await;
    assert!(matches!(stale, Err(StoreError::Precondition { .. })), "{stale:?}");
}

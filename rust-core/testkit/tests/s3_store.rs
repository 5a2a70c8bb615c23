//! The store on S3 against the test server: the contract of every store, and each thing that goes wrong, in virtual
//! time.

#![allow(clippy::unwrap_used, reason = "a test panics with the promise that was broken")]

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cyclorama_assets::store::{ProbeError, Wake, probe_conditional};
use cyclorama_assets::wake::{WakeOptions, wake};
use cyclorama_assets::{Condition, ETag, Key, Store, StoreError};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_s3::{Checksums, Encryption, Identity, Options, S3Store};
use cyclorama_testkit::s3_server::{ACCESS_KEY, Fault, Modes, Operation, SECRET_KEY, Seen};
use cyclorama_testkit::{RuntimeClock, S3Server, contract};
use futures::TryStreamExt as _;
use tokio::time::Instant;

fn server_with(modes: Modes) -> S3Server {
    S3Server::new(Arc::new(RuntimeClock::new()), modes)
}

fn server() -> S3Server {
    server_with(Modes::default())
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

/// Bytes that differ from place to place.
fn body(size: usize) -> Bytes {
    (0..size).map(|at| (at * 31 + at / 251 + at / 65_537) as u8).collect()
}

async fn faulty(faults: impl IntoIterator<Item = Fault>) -> (S3Server, S3Store) {
    let server = server();
    server.plant("object", body(300_000));
    server.set_schedule(faults.into_iter().collect::<VecDeque<_>>());
    let store = server.store().await;
    (server, store)
}

#[tokio::test(start_paused = true)]
async fn the_store_on_s3_keeps_the_contract() {
    let server = server();
    contract::store(Arc::new(server.store().await)).await;
}

#[tokio::test(start_paused = true)]
async fn a_part_of_a_bucket_keeps_the_contract_and_sees_nothing_else() {
    let server = server();
    server.plant("elsewhere", body(3));
    server.plant("showy", body(3));
    server.plant("show/ep 1/not a key of ours", body(3));
    let mut options = server.options();
    options.place.prefix = "show/ep 1/".to_owned();
    let store = Arc::new(server.store_with(options).await);
    contract::store(Arc::clone(&store) as Arc<dyn Store>).await;
    assert!(server.keys().iter().any(|key| key == "show/ep 1/whole/object.bin"));
    let all = contract::store::list_all(&*store, "", 7).await;
    assert!(!all.iter().any(|key| key.contains("elsewhere") || key.contains("showy")), "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn objects_in_parts_keep_the_contract() {
    let server = server_with(Modes { least_part: 1, ..Modes::default() });
    let mut options = server.options();
    (options.parts_from, options.part) = (1, 300_000);
    contract::store(Arc::new(server.store_with(options).await)).await;
    assert!(server.traffic().count(Operation::CompleteUpload) > 50);
    assert_eq!(server.open_uploads(), 0, "uploads that lost are given up");
}

#[tokio::test(start_paused = true)]
async fn a_server_without_checksums_keeps_the_contract() {
    let server = server_with(Modes { no_checksums: true, least_part: 1, ..Modes::default() });
    let mut options = server.options();
    options.checksums = Checksums::Off;
    (options.parts_from, options.part) = (2 << 20, 1 << 20);
    contract::store(Arc::new(server.store_with(options).await)).await;
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_wants_its_encryption_named_and_the_requester_to_pay_keeps_the_contract() {
    for (encryption, wanted) in
        [(Encryption::S3, "AES256"), (Encryption::Kms(Some("alias/wall".to_owned())), "aws:kms")]
    {
        let modes =
            Modes { wants_payer: true, wants_encryption: Some(wanted), least_part: 1, ..Modes::default() };
        let server = server_with(modes);
        let mut options = server.options();
        (options.parts_from, options.part) = (300_000, 300_000);
        let silent = server.store_with(options.clone()).await;
        let refused = silent.put(&key("x"), body(1), Condition::Always).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Refused);
        assert!(told(&refused).contains("`encryption`"), "{}", told(&refused));
        (options.encryption, options.requester_pays) = (encryption, true);
        contract::store(Arc::new(server.store_with(options).await)).await;
        assert!(server.traffic().count(Operation::CompleteUpload) > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_conditions_is_found_out() {
    let server = server_with(Modes { ignores_conditions: true, ..Modes::default() });
    let error = probe_conditional(&server.store().await, None).await.unwrap_err();
    assert!(matches!(error, ProbeError::Unconditional { operation: "create", .. }), "{error:?}");
    assert_eq!(server.keys(), Vec::<String>::new(), "the probe leaves nothing");
}

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

/// What a person sees: the line and those below it, and the hint.
fn told(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    format!("{text}; hint: {}", error.hint().unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn each_refusal_is_told_in_words_that_say_what_to_do() {
    let cases = [
        (403, "AccessDenied", "User is not authorized to perform: s3:GetObject", Kind::Refused, "permission"),
        (403, "AccessDenied", "not authorized to perform: kms:Decrypt on the key", Kind::Refused, "kms:"),
        (400, "ExpiredToken", "The provided token has expired.", Kind::Refused, "sign in again"),
        (403, "InvalidAccessKeyId", "The key does not exist.", Kind::Refused, "AWS_PROFILE"),
        (403, "SignatureDoesNotMatch", "The signature does not match.", Kind::Refused, "AWS_PROFILE"),
        (403, "RequestTimeTooSkewed", "The difference is too large.", Kind::Refused, "clock"),
        (403, "InvalidObjectState", "The object is archived.", Kind::Refused, "assets wake"),
        (
            400,
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
            Kind::User,
            "AWS_REGION=eu-west-1",
        ),
        (404, "NoSuchBucket", "The bucket does not exist.", Kind::NotFound, "bucket's name"),
        (301, "PermanentRedirect", "Use the right endpoint.", Kind::User, "AWS_REGION"),
        (501, "NotImplemented", "A header is not implemented.", Kind::Refused, "checksums"),
    ];
    for (status, code, message, kind, hint) in cases {
        let (server, store) = faulty([]).await;
        server.set_schedule(move |_: &Seen| Some(Fault::Refusal(status, code, message)));
        let began = Instant::now();
        let error = store.get(&key("object")).await.unwrap_err();
        let text = told(&error);
        assert_eq!(error.kind(), kind, "{text}");
        assert!(text.contains(hint) && text.contains(code), "{code} says {text}");
        assert!(began.elapsed() < Duration::from_secs(1), "{code} is not tried again");
        assert_eq!(server.traffic().requests(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_expire_meanwhile_are_looked_for_once_more() {
    // HEAD is answered without a body, and so without a code.
    let kinds = [("ExpiredToken", "The provided token has expired."), ("", "")];
    for ((code, words), times, works) in
        kinds.into_iter().flat_map(|kind| [(kind, 1, true), (kind, 2, false)])
    {
        let expired = Fault::Refusal(400, code, words);
        let (server, _) = faulty(std::iter::repeat_n(expired, times)).await;
        let asked = Arc::new(AtomicU32::new(0));
        let given = {
            let asked = Arc::clone(&asked);
            move || {
                asked.fetch_add(1, Ordering::Relaxed);
                (ACCESS_KEY.to_owned(), SECRET_KEY.to_owned())
            }
        };
        let identity = Identity::Given(Arc::new(given));
        let store = server.store_with(Options { identity, ..server.options() }).await;
        let read = match code {
            "" => store.head(&key("object")).await.map(|(size, _)| size),
            _ => store.get(&key("object")).await.map(|object| object.bytes.len() as u64),
        };
        assert_eq!((asked.load(Ordering::Relaxed), server.traffic().requests()), (2, 2));
        match read {
            Ok(size) => assert!(works && size == 300_000),
            Err(error) => {
                assert!(!works && error.kind() == Kind::Refused, "{}", told(&error));
                assert!(told(&error).contains("sign in again"), "{}", told(&error));
            }
        }
    }
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

#[tokio::test(start_paused = true)]
async fn what_sleeps_in_an_archive_is_asked_for_at_once_and_once() {
    let server = server();
    for (key, size) in [("format.json", 9), ("packs/aa/a", 7), ("packs/bb/b", 5), ("snap/c", 3)] {
        server.plant(key, body(size));
    }
    let store = server.store().await;
    let look = async |ask: Option<Wake>| {
        let woken = wake(&store, &WakeOptions { ask, ..WakeOptions::default() }).await.unwrap();
        assert_eq!(woken.objects, 4, "what a store begins with may sleep too");
        (woken.asleep, woken.bytes_asleep, woken.waking)
    };
    let ask = Some(Wake { days: 3, cheap: true });
    assert_eq!(look(ask).await, (vec![], 0, 0));
    server.put_to_sleep("packs/");
    let asleep = vec!["packs/aa/a".to_owned(), "packs/bb/b".to_owned()];
    assert_eq!(store.get(&key("packs/aa/a")).await.unwrap_err().kind(), Kind::Refused);
    assert_eq!(look(None).await, (asleep.clone(), 12, 0), "nothing is asked for");
    assert_eq!(look(ask).await, (asleep.clone(), 12, 2));
    assert_eq!(look(ask).await, (asleep, 12, 2), "asked for once");
    assert_eq!(server.woken(), ["packs/aa/a", "packs/bb/b"]);
    server.wake();
    assert_eq!(look(ask).await, (vec![], 0, 0));
    assert_eq!(store.get(&key("packs/aa/a")).await.unwrap().bytes, body(7));
}

#[tokio::test(start_paused = true)]
async fn wrong_keys_are_refused_and_never_shown() {
    let server = server();
    let mut options = server.options();
    options.identity =
        Identity::Key { access: "test-access-key".to_owned(), secret: "a-very-secret-word".to_owned() };
    let store = server.store_with(options).await;
    let error = store.get(&key("object")).await.unwrap_err();
    let text = format!("{} {error:?}", told(&error));
    assert_eq!(error.kind(), Kind::Refused, "{text}");
    assert!(!text.contains("a-very-secret-word"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_is_not_there_is_named_as_such() {
    let server = server();
    let mut options = server.options();
    options.place.bucket = "nowhere".to_owned();
    let store = server.store_with(options).await;
    for error in [
        store.list("", None, 10).await.map(drop).unwrap_err(),
        store.get(&key("x")).await.map(drop).unwrap_err(),
        store.put(&key("x"), body(1), Condition::Always).await.map(drop).unwrap_err(),
    ] {
        assert!(told(&error).contains("no such bucket"), "{}", told(&error));
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

#[tokio::test]
async fn over_a_real_socket_the_contract_holds_too() {
    let server = server();
    let listening = server.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let options = cyclorama_s3::Options { endpoint: Some(listening.endpoint()), ..server.options() };
    let store = S3Store::connect(options).await.unwrap();
    contract::store(Arc::new(store)).await;
}

#[tokio::test]
async fn nobody_listening_is_unreachable_and_says_so() {
    let server = server();
    let listening = server.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let mut options = cyclorama_s3::Options { endpoint: Some(listening.endpoint()), ..server.options() };
    drop(listening);
    options.limits.retry.attempts = 2;
    let store = S3Store::connect(options).await.unwrap();
    let error = store.get(&key("object")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Network);
    assert!(told(&error).contains("cannot be reached"), "{}", told(&error));
}

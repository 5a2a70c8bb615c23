//! What a service refuses, and what a person is told then.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cyclorama_assets::store::Wake;
use cyclorama_assets::wake::{WakeOptions, wake};
use cyclorama_assets::{Condition, Store};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_s3::{Identity, Options, S3Store};
use cyclorama_testkit::s3_server::{ACCESS_KEY, Fault, SECRET_KEY, Seen};
use tokio::time::Instant;

use crate::{body, faulty, key, server, told};

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

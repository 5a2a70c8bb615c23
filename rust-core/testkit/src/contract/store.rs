//! The contract of an object store.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use cyclorama_assets::{Condition, ETag, Key, Listing, Store, StoreError, store::probe_conditional};
use cyclorama_content::Digest;
use futures::{StreamExt as _, TryStreamExt as _};
use tokio::task::JoinSet;

/// Runs every promise of [`Store`] against an empty `store`. Panics with the promise that was broken.
pub async fn store(store: Arc<dyn Store>) {
    absent_objects_are_not_found(&*store).await;
    writes_are_whole_and_versioned(&*store).await;
    conditions_hold(&*store).await;
    conditions_hold_for_what_was_staged(&*store).await;
    ranges_end_with_the_object(&*store).await;
    what_is_longer_than_allowed_is_refused(&*store).await;
    sizes_from_nothing_to_megabytes_survive(&*store).await;
    removals_keep_their_conditions(&*store).await;
    listings_are_sorted_paged_and_prefixed(&*store).await;
    one_of_many_creators_wins(&store).await;
    counting_by_compare_and_swap_loses_nothing(&store).await;
    readers_never_see_half_an_object(&store).await;
    probe_conditional(&*store, None).await.expect("the probe trusts the store");
    let left = store.list("cyclorama-probe", None, 10).await.expect("lists");
    assert!(left.objects.is_empty(), "the probe leaves traces: {left:?}");
    assert!(!store.describe().is_empty());
}

fn key(text: &str) -> Key {
    Key::new(text).expect("a portable key")
}

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

fn is_lost<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Precondition { .. }))
}

async fn absent_objects_are_not_found(store: &dyn Store) {
    let nothing = key("absent/object");
    assert!(matches!(store.get(&nothing).await, Err(StoreError::NotFound { .. })));
    assert!(matches!(store.head(&nothing).await, Err(StoreError::NotFound { .. })));
    assert!(matches!(store.get_range(&nothing, 0, 1).await, Err(StoreError::NotFound { .. })));
    let mut pieces = store.stream_range(nothing.clone(), 0, 1);
    assert!(matches!(pieces.next().await, Some(Err(StoreError::NotFound { .. }))));
    assert!(pieces.next().await.is_none(), "after an error nothing more comes");
    drop(pieces);
    store.delete(&nothing, Condition::Always).await.expect("removing nothing is fine");
    store.delete(&nothing, Condition::Absent).await.expect("removing nothing under Absent is fine");
    let stale = Condition::Matches(ETag("never".to_owned()));
    assert!(is_lost(&store.delete(&nothing, stale.clone()).await), "nothing matches no version");
    assert!(is_lost(&store.put(&nothing, bytes("x"), stale).await), "nothing matches no version");
    assert_eq!(store.list("absent", None, 10).await.expect("lists").objects, []);
}

async fn what_is_longer_than_allowed_is_refused(store: &dyn Store) {
    let place = key("bounded/object");
    assert!(matches!(store.get_at_most(&place, 7).await, Err(StoreError::NotFound { .. })));
    let etag = store.put(&place, bytes("7 bytes"), Condition::Always).await.expect("writes");
    let whole = store.get_at_most(&place, 7).await.expect("it is no longer");
    assert_eq!((whole.bytes, whole.etag), (bytes("7 bytes"), etag));
    let refused = store.get_at_most(&place, 6).await;
    assert!(matches!(refused, Err(StoreError::TooLong { limit: 6, .. })), "{refused:?}");
    store.delete(&place, Condition::Always).await.expect("removes");
}

async fn writes_are_whole_and_versioned(store: &dyn Store) {
    let place = key("whole/object.bin");
    let first = store.put(&place, bytes("first"), Condition::Always).await.expect("writes");
    let read = store.get(&place).await.expect("reads");
    assert_eq!((&read.bytes[..], &read.etag), (&b"first"[..], &first));
    assert_eq!(store.head(&place).await.expect("heads"), (5, first.clone()));
    let second = store.put(&place, bytes("second!"), Condition::Always).await.expect("writes");
    assert_ne!(first, second, "other bytes have another version");
    assert_eq!(store.head(&place).await.expect("heads"), (7, second));
    assert_eq!(store.get(&place).await.expect("reads").bytes, "second!");
}

async fn conditions_hold(store: &dyn Store) {
    let place = key("conditional/object");
    let first = store.put(&place, bytes("1"), Condition::Absent).await.expect("nothing was there");
    assert!(is_lost(&store.put(&place, bytes("2"), Condition::Absent).await), "something was there");
    let second =
        store.put(&place, bytes("3"), Condition::Matches(first.clone())).await.expect("the version matched");
    assert!(
        is_lost(&store.put(&place, bytes("4"), Condition::Matches(first)).await),
        "the version was stale"
    );
    let read = store.get(&place).await.expect("reads");
    assert_eq!((&read.bytes[..], read.etag), (&b"3"[..], second));
}

async fn conditions_hold_for_what_was_staged(store: &dyn Store) {
    let place = key("staged/object");
    let staged = async |text: &'static str| store.stage(&place, bytes(text), None).await.expect("stages");
    let first = staged("1").await;
    let second = store.stage(&place, bytes("2"), Some(Digest::of(b"2"))).await.expect("stages");
    assert!(matches!(store.head(&place).await, Err(StoreError::NotFound { .. })), "it is nobody's yet");
    let etag = store.put_staged(&first, Condition::Absent).await.expect("nothing was there");
    assert!(is_lost(&store.put_staged(&second, Condition::Absent).await), "something was there");
    assert_eq!(store.get(&place).await.expect("reads").bytes, "1");
    let newer =
        store.put_staged(&second, Condition::Matches(etag.clone())).await.expect("the version matched");
    let (_, seen) = store.head(&place).await.expect("it is there");
    assert_eq!(newer, seen, "a digest that was given makes no other version than one that was not");
    assert!(is_lost(&store.put_staged(&staged("3").await, Condition::Matches(etag)).await), "it was stale");
    assert_eq!(store.get(&place).await.expect("reads").bytes, "2");
}

async fn ranges_end_with_the_object(store: &dyn Store) {
    let place = key("ranges/object");
    store.put(&place, bytes("0123456789"), Condition::Always).await.expect("writes");
    for (offset, length, expected) in [
        (0, 10, "0123456789"),
        (3, 4, "3456"),
        (8, 100, "89"),
        (9, u64::MAX, "9"),
        (10, 1, ""),
        (500, 5, ""),
        (4, 0, ""),
    ] {
        let read = store.get_range(&place, offset, length).await.expect("reads");
        assert_eq!(read, expected, "{length} from {offset}");
        let pieces = store.stream_range(place.clone(), offset, length);
        let pieces: Vec<Bytes> = pieces.try_collect().await.expect("reads in pieces");
        assert_eq!(pieces.concat(), expected.as_bytes(), "{length} from {offset}, in pieces");
    }
}

async fn sizes_from_nothing_to_megabytes_survive(store: &dyn Store) {
    for size in [0usize, 1, 4095, 65_536, 5 << 20] {
        let place = key(&format!("sizes/{size}"));
        let body = Bytes::from((0..size).map(|i| (i * 31 + i / 251) as u8).collect::<Vec<_>>());
        store.put(&place, body.clone(), Condition::Absent).await.expect("writes");
        assert!(store.get(&place).await.expect("reads").bytes == body, "{size} bytes come back");
        assert_eq!(store.head(&place).await.expect("heads").0, size as u64);
    }
}

async fn removals_keep_their_conditions(store: &dyn Store) {
    let place = key("removals/object");
    let first = store.put(&place, bytes("1"), Condition::Always).await.expect("writes");
    let second = store.put(&place, bytes("2"), Condition::Always).await.expect("writes");
    assert!(is_lost(&store.delete(&place, Condition::Matches(first)).await), "the version was stale");
    assert!(is_lost(&store.delete(&place, Condition::Absent).await), "something was there");
    store.delete(&place, Condition::Matches(second)).await.expect("the version matched");
    assert!(matches!(store.get(&place).await, Err(StoreError::NotFound { .. })));
    store.put(&place, bytes("3"), Condition::Absent).await.expect("a removed object can be made again");
}

async fn listings_are_sorted_paged_and_prefixed(store: &dyn Store) {
    // `-` and `.` sort before `/`, digits and letters after it: the order is that of the whole key.
    let names = ["l/a-b", "l/a.b", "l/a/b", "l/a/c/d", "l/a0", "l/b", "l/ba/x", "m"];
    for name in names {
        store.put(&key(name), bytes(name), Condition::Always).await.expect("writes");
    }
    for limit in [1, 2, 3, 1000] {
        let found = list_all(store, "l/", limit).await;
        assert_eq!(found, names[..7], "in pages of {limit}");
    }
    assert_eq!(list_all(store, "l/a", 2).await, names[..5], "a prefix may end within a name");
    assert_eq!(list_all(store, "l/a/", 2).await, ["l/a/b", "l/a/c/d"]);
    assert_eq!(list_all(store, "l/b", 1).await, ["l/b", "l/ba/x"]);
    let page = store.list("l/", Some(&key("l/a/b")), 2).await.expect("lists");
    let found: Vec<_> = page.objects.iter().map(|(key, size)| (key.as_str(), *size)).collect();
    assert_eq!(found, [("l/a/c/d", 7), ("l/a0", 4)]);
    assert_eq!(page.next, Some(key("l/a0")));
    let keys = store.list_keys("l/", Some(&key("l/a/b")), 2).await.expect("lists");
    let named = |page: &Listing| page.objects.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    assert_eq!((named(&keys), keys.next.clone()), (named(&page), page.next.clone()), "the keys alone");
    for nowhere in ["l/b/", "l/nothing/"] {
        assert_eq!(list_all(store, nowhere, 10).await, [""; 0], "{nowhere}");
    }
    let between = store.list("l/", Some(&key("l/a/zzz")), 1).await.expect("lists");
    assert_eq!(between.objects[0].0.as_str(), "l/a0", "start_after need not exist");
}

/// Every key under `prefix`, fetched in pages of `limit`.
pub async fn list_all(store: &dyn Store, prefix: &str, limit: usize) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.list(prefix, after.as_ref(), limit).await.expect("lists");
        assert!(page.objects.len() <= limit, "a page is not longer than asked");
        found.extend(page.objects.into_iter().map(|(key, _)| key.to_string()));
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

async fn one_of_many_creators_wins(store: &Arc<dyn Store>) {
    for round in 0..10 {
        let place = key(&format!("race/create/{round}"));
        let mut tasks = JoinSet::new();
        for writer in 0..8 {
            let (store, place) = (Arc::clone(store), place.clone());
            tasks.spawn(async move {
                let body = bytes(&format!("writer {writer}"));
                store.put(&place, body.clone(), Condition::Absent).await.map(|_| body)
            });
        }
        let results = tasks.join_all().await;
        assert_eq!(results.iter().filter(|r| is_lost(r)).count(), 7, "seven lose: {results:?}");
        let winner = results.into_iter().find_map(Result::ok).expect("one wins");
        assert_eq!(store.get(&place).await.expect("reads").bytes, winner);
    }
}

async fn counting_by_compare_and_swap_loses_nothing(store: &Arc<dyn Store>) {
    const TASKS: u32 = 8;
    const STEPS: u32 = 10;
    let place = key("race/count");
    store.put(&place, bytes("0"), Condition::Always).await.expect("writes");
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (store, place) = (Arc::clone(store), place.clone());
        tasks.spawn(async move {
            let mut steps = 0;
            while steps < STEPS {
                let read = store.get(&place).await.expect("reads");
                let count: u32 = std::str::from_utf8(&read.bytes).expect("text").parse().expect("a number");
                match store.put(&place, bytes(&(count + 1).to_string()), Condition::Matches(read.etag)).await
                {
                    Ok(_) => steps += 1,
                    Err(StoreError::Precondition { .. }) => tokio::task::yield_now().await,
                    Err(error) => panic!("the store failed: {error:?}"),
                }
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(store.get(&place).await.expect("reads").bytes, (TASKS * STEPS).to_string());
}

async fn readers_never_see_half_an_object(store: &Arc<dyn Store>) {
    let place = key("race/replace");
    let body = |fill: u8| Bytes::from(vec![fill; 200_000]);
    store.put(&place, body(0), Condition::Always).await.expect("writes");
    let mut tasks = JoinSet::new();
    for writer in 1..4u8 {
        let (store, place) = (Arc::clone(store), place.clone());
        tasks.spawn(async move {
            for step in 0..5 {
                store.put(&place, body(writer * 10 + step), Condition::Always).await.expect("writes");
            }
        });
    }
    for _ in 0..3 {
        let (store, place) = (Arc::clone(store), place.clone());
        tasks.spawn(async move {
            for _ in 0..10 {
                let read = store.get(&place).await.expect("there is always one");
                let fills: BTreeSet<u8> = read.bytes.iter().copied().collect();
                assert_eq!((read.bytes.len(), fills.len()), (200_000, 1), "an object of one writer, whole");
            }
        });
    }
    tasks.join_all().await;
}

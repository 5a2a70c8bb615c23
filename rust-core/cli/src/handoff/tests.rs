//! Takes into a store: whole, once, with their notes.

use cyclorama_assets::{
    Key,
    store::{Store, memory::MemoryStore},
};
use cyclorama_time::{StageTime, UtcTime};
use cyclorama_tracking::{
    Protocol,
    slate::notes,
    take::{TakeInfo, Writer},
};

use super::*;

fn take(folder: &std::path::Path, name: &str, close: bool) -> std::path::PathBuf {
    let path = folder.join(name).with_extension("take");
    let at = UtcTime::from_nanos(1_764_000_000_000_000_000);
    let mut writer = Writer::create(&path, &TakeInfo::new(name, Protocol::F4, at)).expect("room");
    for index in 0..50 {
        writer.record(StageTime::from_nanos(index * 20_000_000), None, &[0xF4; 35], None).expect("room");
    }
    if close {
        writer.close().expect("room");
    }
    path
}

async fn keys(store: &dyn Store, prefix: &str) -> Vec<Key> {
    let listing = store.list(prefix, None, 1_000).await.expect("listed");
    listing.objects.into_iter().map(|(key, _)| key).collect()
}

#[tokio::test]
async fn a_take_is_handed_over_once_whole_and_named() {
    let (folder, store) = (tempfile::tempdir().expect("a folder"), MemoryStore::new());
    let path = take(folder.path(), "A101_t001", true);
    let first = hand_over(&store, &path).await.expect("handed");
    assert!(!first.known);
    let stored = store.get(&first.key.parse().expect("a key")).await.expect("there");
    assert_eq!(stored.bytes, std::fs::read(&path).expect("there"));
    assert_eq!(keys(&store, LISTING).await.len(), 1);
    // A run that was killed in between begins again.
    let again = hand_over(&store, &path).await.expect("handed");
    assert!(again.known && again.digest == first.digest);
    assert_eq!(keys(&store, "takes/").await.len(), 2, "nothing is there twice");
}

#[tokio::test]
async fn notes_follow_their_take_and_are_only_ever_added() {
    let (folder, store) = (tempfile::tempdir().expect("a folder"), MemoryStore::new());
    let path = take(folder.path(), "A101_t001", true);
    let at = UtcTime::from_nanos(1_764_000_100_000_000_000);
    notes::append(&path, "A101_t001", "good", at).expect("room");
    assert_eq!(hand_over(&store, &path).await.expect("handed").notes, 1);
    notes::append(&path, "A101_t001", "boom in shot", at).expect("room");
    assert_eq!(hand_over(&store, &path).await.expect("handed").notes, 1, "only the new one");
    assert_eq!(keys(&store, "takes/notes/").await.len(), 2);
}

#[tokio::test]
async fn what_was_never_closed_or_is_damaged_stays_here() {
    let (folder, store) = (tempfile::tempdir().expect("a folder"), MemoryStore::new());
    let open = take(folder.path(), "open", false);
    assert!(matches!(hand_over(&store, &open).await, Err(HandError::Open(_))));
    let damaged = take(folder.path(), "damaged", true);
    let mut bytes = std::fs::read(&damaged).expect("there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    std::fs::write(&damaged, bytes).expect("room");
    assert!(hand_over(&store, &damaged).await.is_err());
    assert!(keys(&store, "takes/").await.is_empty(), "nothing half of it is visible");
    assert_eq!(closed_takes(folder.path()).expect("listed").len(), 1, "the open one does not count");
}

//! Takes into a store: whole, once, with their notes.

use cyclorama_assets::{
    Key,
    store::{Store, memory::MemoryStore},
};
use cyclorama_time::{StageTime, UtcTime};
use cyclorama_tracking::{
    Protocol,
    slate::notes as notes_of_files,
    take::{TakeInfo, Writer},
};

use super::{fetch::FetchError, *};

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
    notes_of_files::append(&path, "A101_t001", "good", at).expect("room");
    assert_eq!(hand_over(&store, &path).await.expect("handed").notes, 1);
    notes_of_files::append(&path, "A101_t001", "boom in shot", at).expect("room");
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
    let (_, others) = takes_in(folder.path()).expect("listed");
    assert_eq!(others, [open], "but is known");
}

#[tokio::test]
async fn a_take_comes_out_again_by_its_name_or_the_begin_of_its_digest() {
    let (folder, store) = (tempfile::tempdir().expect("a folder"), MemoryStore::new());
    let path = take(folder.path(), "A101 täke.1", true);
    take_noted(&path);
    let other = take(folder.path(), "A101", true);
    let handed = hand_over(&store, &path).await.expect("handed");
    hand_over(&store, &other).await.expect("handed");
    for asked in ["A101 täke.1", handed.digest.as_str(), &handed.digest[..8], &handed.digest[..20]] {
        let fetched = fetch(&store, asked).await.expect(asked);
        assert_eq!(fetched.bytes, std::fs::read(&path).expect("there"), "{asked}");
        assert_eq!(fetched.description.name, "A101 täke.1");
    }
    let texts = notes(&store, &handed.digest).await.expect("read").into_iter().map(|note| note.text);
    assert_eq!(texts.collect::<Vec<_>>(), ["good"]);
    for asked in ["A102", "", &handed.digest[..3]] {
        assert!(matches!(fetch(&store, asked).await, Err(FetchError::NotThere(_))), "{asked}");
    }
}

#[tokio::test]
async fn of_takes_with_one_name_the_digest_says_which_is_meant() {
    let (store, folders) = (MemoryStore::new(), [0, 1].map(|_| tempfile::tempdir().expect("a folder")));
    let first = hand_over(&store, &take(folders[0].path(), "A101_t001", true)).await.expect("handed");
    let path = folders[1].path().join("A101_t001.take");
    let at = UtcTime::from_nanos(1_764_000_000_000_000_000);
    let mut writer = Writer::create(&path, &TakeInfo::new("A101_t001", Protocol::F4, at)).expect("room");
    writer.record(StageTime::from_nanos(0), None, &[0xF5; 35], None).expect("room");
    writer.close().expect("room");
    hand_over(&store, &path).await.expect("handed");
    let Err(FetchError::Several { digests, .. }) = fetch(&store, "A101_t001").await else { panic!("which?") };
    assert!(digests.len() == 2 && digests.contains(&first.digest[..16].to_owned()), "{digests:?}");
    assert_eq!(fetch(&store, &digests[0]).await.expect("one").description.digest[..16], digests[0]);
}

fn take_noted(path: &std::path::Path) {
    notes_of_files::append(path, "A101", "good", UtcTime::from_nanos(1_764_000_100_000_000_000))
        .expect("room");
}

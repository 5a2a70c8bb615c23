use super::*;
use crate::store::probe_conditional;
use cyclorama_outcome::{Classify, Kind};
use std::fs::{self, FileTimes};
use std::time::Duration;

fn key(text: &str) -> Key {
    Key::new(text).expect("a key")
}

#[tokio::test]
async fn a_store_that_is_not_there_yet_is_empty_and_stays_unmade_by_reading() {
    let home = tempfile::tempdir().expect("a folder");
    let store = FolderStore::new(home.path().join("later/on"));
    assert_eq!(store.list("", None, 10).await.expect("lists"), Listing::default());
    assert!(matches!(store.get(&key("a")).await, Err(StoreError::NotFound { .. })));
    store.delete(&key("a"), Condition::Always).await.expect("nothing to remove");
    assert!(!home.path().join("later").exists());
    store.put(&key("a"), Bytes::from_static(b"1"), Condition::Absent).await.expect("writes");
    assert_eq!(fs::read(home.path().join("later/on/a")).expect("a plain file"), b"1");
}

#[tokio::test]
async fn a_prefix_that_is_no_folder_of_objects_leads_nowhere() {
    let home = tempfile::tempdir().expect("a folder");
    let store = FolderStore::new(home.path().join("store"));
    fs::write(home.path().join("outside"), "no object").expect("writes");
    store.put(&key("a/b"), Bytes::from_static(b"1"), Condition::Always).await.expect("writes");
    for nowhere in ["../", "../store/a/", "/a/", "a//", "a/../a/", ".cyclorama/", "a/b/", "b/"] {
        let page = store.list(nowhere, None, 10).await.expect("lists");
        assert_eq!(page, Listing::default(), "{nowhere}");
    }
    let named = |page: Listing| page.objects.into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(named(store.list("a/", None, 10).await.expect("lists")), [key("a/b")]);
    assert_eq!(named(store.list_keys("a", None, 10).await.expect("lists")), [key("a/b")]);
}

#[tokio::test]
async fn what_a_killed_writer_left_is_invisible_and_swept_when_old() {
    let home = tempfile::tempdir().expect("a folder");
    let store = FolderStore::new(home.path());
    store.put(&key("a"), Bytes::from_static(b"1"), Condition::Always).await.expect("writes");
    let folder = home.path().join(".cyclorama/tmp");
    for (name, hours) in [("old", 2), ("young", 0)] {
        let file = fs::File::create(folder.join(name)).expect("a temporary file");
        let present = file.metadata().expect("metadata").modified().expect("a time");
        let then = present - Duration::from_secs(hours * 3600);
        file.set_times(FileTimes::new().set_modified(then)).expect("times");
    }
    let listed = store.list("", None, 10).await.expect("lists");
    assert_eq!(listed.objects, [(key("a"), 1)]);
    assert_eq!(store.sweep().await.expect("sweeps"), 1);
    let left: Vec<_> = fs::read_dir(&folder).expect("lists").map(|e| e.expect("entry").file_name()).collect();
    assert_eq!(left, ["young"]);
}

#[test]
fn all_but_what_the_probe_writes_is_brought_to_the_disk() {
    let thrown_away = ["cyclorama-probe-0123456789abcdef", "part/of/it/cyclorama-probe-0"];
    let kept = ["ledger.json", "jobs/a-0/plan.json", "cyclorama-probe-of-somebody/a", "my-cyclorama-probe-0"];
    assert!(thrown_away.iter().all(|name| !files::is_kept(&key(name))));
    assert!(kept.iter().all(|name| files::is_kept(&key(name))));
}

#[tokio::test]
async fn writes_leave_no_temporary_files_behind() {
    let home = tempfile::tempdir().expect("a folder");
    let store = FolderStore::new(home.path());
    for condition in
        [Condition::Absent, Condition::Absent, Condition::Always, Condition::Matches(ETag("x".into()))]
    {
        let _ = store.put(&key("a"), Bytes::from_static(b"1"), condition).await;
    }
    assert_eq!(fs::read_dir(home.path().join(".cyclorama/tmp")).expect("lists").count(), 0);
}

#[tokio::test]
async fn what_is_staged_is_seen_by_nobody_and_leaves_nothing_unless_it_is_put() {
    let home = tempfile::tempdir().expect("a folder");
    let (store, staging) = (FolderStore::new(home.path()), home.path().join(".cyclorama/tmp"));
    let staged =
        async |text: &'static str| store.stage(&key("a/b"), Bytes::from(text), None).await.expect("stages");
    let files = || fs::read_dir(&staging).expect("lists").count();
    let (first, second) = (staged("first").await, staged("second").await);
    assert_eq!((files(), store.list("", None, 10).await.expect("lists")), (2, Listing::default()));
    let etag = store.put_staged(&first, Condition::Absent).await.expect("nothing was there");
    assert_eq!(store.get(&key("a/b")).await.expect("reads"), Object { bytes: "first".into(), etag });
    let lost = store.put_staged(&second, Condition::Absent).await;
    assert!(matches!(lost, Err(StoreError::Precondition { .. })), "{lost:?}");
    drop(second);
    assert_eq!(files(), 0, "also while somebody keeps what became an object");
    // Whoever asks again since the answer was lost finds what they wrote.
    let again = store.put_staged(&first, Condition::Absent).await;
    assert!(matches!(again, Err(StoreError::Precondition { .. })), "{again:?}");
    store.put_staged(&first, Condition::Always).await.expect("writes");
    let elsewhere = FolderStore::new(home.path().join("elsewhere"));
    elsewhere.put_staged(&staged("third").await, Condition::Absent).await.expect("of any store");
    assert_eq!(elsewhere.get(&key("a/b")).await.expect("reads").bytes, "third");
    assert_eq!(files(), 0);
}

#[tokio::test]
async fn a_digest_that_is_known_already_is_the_version() {
    let home = tempfile::tempdir().expect("a folder");
    let store = FolderStore::new(home.path());
    let bytes = Bytes::from_static(b"a picture");
    let staged = store.stage(&key("a"), bytes.clone(), Some(Digest::of(&bytes))).await.expect("stages");
    let etag = store.put_staged(&staged, Condition::Absent).await.expect("writes");
    assert_eq!(store.head(&key("a")).await.expect("is there").1, etag);
}

#[tokio::test]
async fn a_trial_leaves_no_trace_whether_the_store_is_there_or_not() {
    let home = tempfile::tempdir().expect("a folder");
    let count = || fs::read_dir(home.path()).expect("lists").count();
    for root in [home.path().to_owned(), home.path().join("later/on")] {
        let trial = FolderStore::new(&root).trial().expect("a folder has one");
        probe_conditional(&*trial, None).await.expect("conditions hold here");
        assert_eq!(count(), 1, "it is tried where the store is, or will be");
        drop(trial);
        assert_eq!(count(), 0, "{}", root.display());
    }
}

#[tokio::test]
async fn whoever_lost_already_writes_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("taken"), "by another").expect("writes");
    // Nothing can be written beside it.
    fs::write(home.path().join(".cyclorama"), "no folder").expect("writes");
    let store = FolderStore::new(home.path());
    let put = async |name, condition| store.put(&key(name), "mine".into(), condition).await;
    for condition in [Condition::Absent, Condition::Matches(ETag("older".to_owned()))] {
        let lost = put("taken", condition).await;
        assert!(matches!(lost, Err(StoreError::Precondition { .. })), "{lost:?}");
    }
    let free = put("free", Condition::Absent).await;
    assert!(matches!(free, Err(StoreError::Io { .. })), "{free:?}");
}

#[tokio::test]
async fn an_object_cannot_be_a_folder_of_others_and_the_error_is_the_callers() {
    let home = tempfile::tempdir().expect("a folder");
    let store = FolderStore::new(home.path());
    store.put(&key("a"), Bytes::from_static(b"1"), Condition::Always).await.expect("writes");
    let below = store.put(&key("a/b"), Bytes::from_static(b"2"), Condition::Absent).await;
    let error = below.expect_err("a is no folder");
    assert!(!error.kind().is_transient(), "{error:?}");
    assert!(matches!(store.get(&key("a/b")).await, Err(StoreError::NotFound { .. })));
    store.put(&key("c/d"), Bytes::from_static(b"3"), Condition::Always).await.expect("writes");
    assert!(matches!(store.get(&key("c")).await, Err(StoreError::NotFound { .. })));
    assert!(matches!(store.head(&key("c")).await, Err(StoreError::NotFound { .. })));
}

#[test]
fn a_full_disk_and_a_refusal_say_so() {
    let full = files::failure("write", &key("a"), std::io::ErrorKind::StorageFull.into());
    assert!(matches!(full, StoreError::Full { .. }));
    assert!(full.hint().is_some());
    let refused = files::failure("write", &key("a"), std::io::ErrorKind::PermissionDenied.into());
    assert_eq!(refused.kind(), Kind::Refused);
}

#[tokio::test]
async fn a_store_whose_root_lies_below_a_file_takes_no_writes_and_is_not_tried_again() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let store = FolderStore::new(file.path().join("store"));
    let error =
        store.put(&key("a"), Bytes::from_static(b"1"), Condition::Always).await.expect_err("no folder");
    assert!(!error.kind().is_transient(), "{error:?}");
}

#[test]
fn where_windows_knows_no_hard_links_writers_exclude_each_other_by_the_lock() {
    let codes: Vec<i32> = (0..200).filter(|code| files::says_no_hard_links(Some(*code))).collect();
    assert_eq!(codes, [1, 50]);
}

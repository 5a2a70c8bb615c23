//! Manifests byte by byte, and objects from chunks.

use std::sync::Arc;

use bytes::Bytes;
use cyclorama_content::Xxh128;
use cyclorama_outcome::{Classify, Kind};
use proptest::{collection::vec, prelude::*};

use super::*;
use crate::publish::tests::{Project, new_store, noise, push};
use crate::publish::{Base, Options};
use crate::{Condition, Key, MemoryStore, RefName, Repository, Store};

fn file(path: &str, bytes: &[u8]) -> ManifestFile {
    let size = bytes.len() as u64;
    ManifestFile { hash: Xxh128::of(bytes), mtime_us: 1_704_164_645_678_901, path: path.to_owned(), size }
}

#[test]
fn the_manifest_is_the_official_tools_to_the_byte() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/deadline");
    let read = |path: &str| std::fs::read(format!("{folder}/{path}")).expect("a vector in tests/data");
    let official = read("vec-811233dcb13d024c019aeb05d9d199cd-2026-11-21T06-26-06.manifest");
    let names = ["sub dir/ü_é.uasset", "empty.bin", "a.txt"];
    let files = names.map(|path| file(path, &read(&format!("root/{path}"))));
    let ours = Manifest::new(files.to_vec()).expect("a manifest");
    assert_eq!(String::from_utf8(ours.encode()), String::from_utf8(official.clone()));
    assert_eq!(Manifest::decode(&official).expect("read"), ours);
}

/// Worked out by hand: U+FF5E is one unit 0xff5e, U+1F600 begins with 0xd83d, so the smaller scalar comes later.
#[test]
fn paths_are_sorted_by_utf16_and_not_by_scalar() {
    let files = vec![file("～", b""), file("😀", b""), file("z", b""), file("Z\u{7f}\"\\\n", b"")];
    let text = String::from_utf8(Manifest::new(files).expect("a manifest").encode()).expect("ASCII");
    let paths: Vec<&str> = text.split(r#""path":""#).skip(1).collect();
    assert!(paths[0].starts_with(r#"Z\u007f\"\\\n""#), "{text}");
    assert!(paths[1].starts_with(r#"z""#));
    assert!(paths[2].starts_with(r#"\ud83d\ude00""#));
    assert!(paths[3].starts_with(r#"\uff5e""#));
    assert!(text.ends_with(r#"],"totalSize":0}"#));
}

#[test]
fn what_is_no_manifest_is_refused() {
    assert!(matches!(Manifest::new(Vec::new()), Err(ManifestError::Empty)));
    assert!(matches!(Manifest::new(vec![file("a", b""), file("a", b"x")]), Err(ManifestError::Twice(_))));
    for path in ["", "/a", "a//b", "../a", "a/..", "a\0"] {
        assert!(matches!(Manifest::new(vec![file(path, b"")]), Err(ManifestError::Path(_))), "{path:?}");
    }
    let huge = ManifestFile { size: u64::MAX, ..file("a", b"") };
    assert!(matches!(Manifest::new(vec![huge.clone()]), Err(ManifestError::TooLarge)));
    assert!(matches!(Manifest::new(vec![huge, file("b", b"x")]), Err(ManifestError::TooLarge)));
    let good = String::from_utf8(Manifest::new(vec![file("a", b"x")]).expect("one").encode()).expect("ASCII");
    let with = |from: &str, to: &str| Manifest::decode(good.replace(from, to).as_bytes());
    assert!(with("a", "a").is_ok());
    assert!(matches!(with("2023-03-03", "2024-03-03"), Err(ManifestError::Other(_))));
    assert!(matches!(with("xxh128", "md5"), Err(ManifestError::Other(_))));
    assert!(matches!(
        with(r#""totalSize":1"#, r#""totalSize":2"#),
        Err(ManifestError::Total { said: 2, sum: 1 })
    ));
    assert!(matches!(with(r#""size":1"#, r#""size":-1"#), Err(ManifestError::Malformed(_))));
}

proptest! {
    #[test]
    fn decode_inverts_encode_and_only_ascii_is_written(
        files in vec(("[^/\0.]{1,12}(/\\PC{1,6}x)?", any::<i64>(), 0u64..1 << 52, any::<[u8; 16]>()), 1..12)
    ) {
        let mut files: Vec<_> = files.into_iter().map(|(path, mtime_us, size, hash)| {
            ManifestFile { hash: Xxh128::from_bytes(hash), mtime_us, path, size }
        }).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        prop_assume!(files.iter().all(|file| file.path.split('/').all(|name| !matches!(name, "" | "." | ".."))));
        let manifest = Manifest::new(files).expect("a manifest");
        let bytes = manifest.encode();
        prop_assert!(bytes.iter().all(|byte| (0x20..0x7f).contains(byte)));
        prop_assert_eq!(Manifest::decode(&bytes).expect("read"), manifest.clone());
        let order: Vec<Vec<u8>> = manifest.files().iter()
            .map(|file| file.path.encode_utf16().flat_map(u16::to_be_bytes).collect()).collect();
        prop_assert!(order.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(Manifest::decode(&bytes).is_err());
    }
}

/// A published project with files of no chunk, one, many, and two that are the same.
async fn published() -> (Repository, Attachments) {
    let mut project = Project::default();
    let large = noise(1_500_000, 3);
    project.write("Content/A.uasset", &b"one"[..]).write("Content/Copy of A.uasset", &b"one"[..]);
    project.write("Content/ü.ubulk", large).write("empty.txt", &b""[..]);
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    push(&repository, &project, &mut Base::default(), &Options::new()).await.expect("published");
    let (_, snapshot) = repository.resolve(&RefName::main().into()).await.expect("a version");
    repository.load_indexes(&snapshot.indexes).await.expect("indexes");
    let attachments = manifest_of(&repository, snapshot.root, |_| true).await.expect("a manifest");
    (repository, attachments)
}

async fn object(store: &dyn Store, file: &ManifestFile) -> Bytes {
    let key = Key::new(format!("Data/{}.xxh128", file.hash)).expect("a key");
    store.get(&key).await.expect("an object").bytes
}

#[tokio::test]
async fn every_file_of_the_manifest_is_an_object_and_a_second_run_writes_nothing() {
    let (repository, attachments) = published().await;
    let target = MemoryStore::new();
    let options = AssembleOptions { memory: 1000, ..AssembleOptions::default() };
    let made = assemble(&repository, &attachments.files, &target, &options).await.expect("made");
    assert_eq!(made, Assembled { objects: 3, present: 0, written: 3, bytes: 1_500_003 });
    assert_eq!(attachments.manifest.files().len(), 4);
    for file in attachments.manifest.files() {
        let bytes = object(&target, file).await;
        assert_eq!((Xxh128::of(&bytes), bytes.len() as u64), (file.hash, file.size), "{}", file.path);
    }
    let again = assemble(&repository, &attachments.files, &target, &options).await.expect("made");
    assert_eq!(again, Assembled { objects: 3, present: 3, written: 0, bytes: 0 });
}

#[tokio::test]
async fn a_dry_run_says_what_a_real_one_does_and_writes_nothing() {
    let (repository, attachments) = published().await;
    let target = MemoryStore::new();
    let real = AssembleOptions::default();
    let dry = AssembleOptions { dry_run: true, ..AssembleOptions::default() };
    let small = attachments.files.iter().filter(|file| file.size < 1000).cloned().collect::<Vec<_>>();
    for files in [&small, &attachments.files, &attachments.files] {
        let before = target.list("", None, 10).await.expect("listed");
        let foretold = assemble(&repository, files, &target, &dry).await.expect("finds out");
        assert_eq!(target.list("", None, 10).await.expect("listed"), before);
        assert_eq!(assemble(&repository, files, &target, &real).await.expect("made"), foretold);
    }
    let large = AssembleOptions { largest: 1000, dry_run: true, ..AssembleOptions::default() };
    let refused = assemble(&repository, &attachments.files, &MemoryStore::new(), &large).await;
    assert!(matches!(refused, Err(AssembleError::TooLarge { .. })), "{refused:?}");
}

#[tokio::test]
async fn an_object_of_another_size_is_written_again() {
    let (repository, attachments) = published().await;
    let target = MemoryStore::new();
    let first = &attachments.manifest.files()[0];
    let key = Key::new(format!("Data/{}.xxh128", first.hash)).expect("a key");
    target.put(&key, Bytes::from_static(b"half"), Condition::Always).await.expect("put");
    let made =
        assemble(&repository, &attachments.files, &target, &AssembleOptions::default()).await.expect("made");
    assert_eq!((made.present, made.written), (0, 3));
    assert_eq!(object(&target, first).await.len() as u64, first.size);
}

#[tokio::test]
async fn what_does_not_match_its_entry_is_not_written() {
    let (repository, mut attachments) = published().await;
    let target = MemoryStore::new();
    for file in &mut attachments.files {
        file.xxh128 = Xxh128::of(file.name.as_bytes());
    }
    let problem = assemble(&repository, &attachments.files, &target, &AssembleOptions::default()).await;
    let problem = problem.expect_err("wrong");
    assert!(matches!(problem, AssembleError::Wrong { .. }));
    assert_eq!(problem.kind(), Kind::Integrity);
    assert!(target.list("", None, 10).await.expect("listed").objects.is_empty());
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_refused_before_anything_is_written() {
    let (repository, attachments) = published().await;
    let target = MemoryStore::new();
    let options = AssembleOptions { largest: 1000, ..AssembleOptions::default() };
    let problem = assemble(&repository, &attachments.files, &target, &options).await.expect_err("too large");
    assert!(matches!(problem, AssembleError::TooLarge { size: 1_500_000, largest: 1000, .. }));
    assert!(target.list("", None, 10).await.expect("listed").objects.is_empty());
    options.cancel.cancel();
    let options = AssembleOptions { largest: 5 << 30, ..options };
    let stopped = assemble(&repository, &attachments.files, &target, &options).await.expect_err("stopped");
    assert_eq!(stopped.kind(), Kind::Cancelled);
}

#[test]
fn a_manifests_key_is_the_official_one() {
    let place = Place { farm: "farm-1".into(), queue: "queue-2".into(), guid: "abc".into() };
    let key = place.manifest_key("/mnt/stage").expect("a key");
    let root = Xxh128::of(b"/mnt/stage");
    assert_eq!(key.as_str(), format!("Manifests/farm-1/queue-2/Inputs/abc/{root}_input"));
    assert!(Place { farm: "../x".into(), ..place }.manifest_key("/").is_err());
}

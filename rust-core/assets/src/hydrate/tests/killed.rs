//! Runs that end in the middle, and many files at a time.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};

use async_trait::async_trait;
#[cfg(unix)]
use cyclorama_content::ChunkClass;

use super::*;
use crate::store::watched::{Between, Request, Watched};
use crate::{Store, StoreError};

/// Stops a store's answers to requests for content after some, as a killed run would stop asking.
struct Cut {
    left: AtomicI64,
    most_open: AtomicUsize,
}

impl Cut {
    fn new(store: &Arc<dyn Store>, left: i64) -> Arc<Watched<Self>> {
        Watched::new(Arc::clone(store), Self { left: left.into(), most_open: 0.into() })
    }
}

#[async_trait]
impl Between for Cut {
    async fn asked(&self, request: Request, key: &str) -> Result<(), StoreError> {
        if request != Request::GetRange {
            return Ok(());
        }
        let open = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        self.most_open.fetch_max(open, Relaxed);
        if self.left.fetch_sub(1, Relaxed) > 0 {
            return Ok(());
        }
        let source = std::io::ErrorKind::ConnectionReset.into();
        Err(StoreError::Io { operation: "read", key: key.to_owned(), source })
    }
}

/// Hydrates with a store that is cut off after some requests; says how many were left over.
async fn hydrate_until(stage: &Stage, id: SnapshotId, requests: i64) -> Result<Report, HydrateError> {
    let cut = Cut::new(stage.repository.store(), requests);
    let options = RepositoryOptions::new(Arc::new(Machine));
    let repository = Repository::open(cut, options).await.expect("opens");
    let snapshot = repository.snapshot(id).await.expect("there");
    let options = Options { at_once: 1, ..Options::new(Arc::new(Machine)) };
    hydrate(&repository, id, &snapshot, stage.wall.path(), &options).await
}

/// A stage with small packs, so that a version takes many requests.
async fn stage_of_small_packs() -> Stage {
    let stage = Stage::new().await;
    let format = FormatOptions { pack_target: 1 << 20, ..FormatOptions::default() };
    let options = RepositoryOptions::new(Arc::new(Machine));
    let repository = Repository::init(Arc::new(MemoryStore::new()), format, options).await.expect("a store");
    Stage { repository, ..stage }
}

#[tokio::test]
async fn a_run_that_ended_in_the_middle_is_no_edit_by_hand_whichever_way_one_goes_on() {
    let stage = stage_of_small_packs().await;
    let big =
        |name: u64, version: u64| (format!("Content/{name}.uasset"), noise(700_000, name * 100 + version));
    for name in 0..8 {
        let (path, bytes) = big(name, 1);
        stage.write(&path, &bytes);
    }
    stage.write("Content/Gone/leaves.uasset", b"only in the first");
    let first = stage.publish().await;
    let before = tree(stage.artist.path());
    stage.hydrate(first).await;
    for name in 0..8 {
        let (path, bytes) = big(name, 2);
        stage.write(&path, &bytes);
    }
    stage.write("Content/New/appears.uasset", &noise(900_000, 77));
    fs::remove_dir_all(stage.artist.path().join("Content/Gone")).expect("removes");
    let second = stage.publish().await;
    for requests in [1, 3, 5] {
        hydrate_until(&stage, second, requests).await.expect_err("cut off");
        settle();
        let torn = tree(stage.wall.path());
        // One request may bring no file whole: where packs are cut is random.
        assert!(requests == 1 || torn != before, "something had arrived");
        hydrate_until(&stage, second, 1).await.expect_err("cut off again");
        // Back, though half of the second version lies there.
        stage.hydrate(first).await;
        assert_eq!(tree(stage.wall.path()), before, "after {requests} requests");
    }
    hydrate_until(&stage, second, 4).await.expect_err("cut off");
    let rest = stage.hydrate(second).await;
    stage.same();
    assert!(rest.bytes_downloaded < 5_000_000, "what had arrived is not fetched again: {rest:?}");
}

#[tokio::test]
async fn an_edit_made_after_a_run_that_ended_in_the_middle_is_still_an_edit() {
    let stage = stage_of_small_packs().await;
    for name in 0..4 {
        stage.write(&format!("{name}.uasset"), &noise(900_000, name));
    }
    let id = stage.publish().await;
    hydrate_until(&stage, id, 3).await.expect_err("cut off");
    settle();
    write(stage.wall.path(), "0.uasset", b"mine");
    let error = stage.hydrate_as(id, |_| {}).await.expect_err("an edit");
    assert!(matches!(&error, HydrateError::Edited(paths) if paths == &["0.uasset"]), "{error}");
    assert_eq!(fs::read(stage.wall.path().join("0.uasset")).expect("reads"), b"mine");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_thousand_files_of_which_each_pack_holds_a_part_do_not_use_up_what_a_process_may_open() {
    const FILES: u64 = 1_000;
    let small = ChunkClass { min: 1 << 10, avg: 4 << 10, max: 16 << 10 };
    let chunking = Chunking { small, ..Chunking::default() };
    let format = FormatOptions { chunking, ..FormatOptions::default() };
    let options = RepositoryOptions::new(Arc::new(Machine));
    let repository = Repository::init(Arc::new(MemoryStore::new()), format, options).await.expect("a store");
    let stage = Stage { repository, ..Stage::new().await };
    for version in 0..2 {
        for name in 0..FILES {
            let mut bytes = noise(20_000, name);
            bytes.extend(noise(20_000, 5_000 + name + version * FILES));
            stage.write(&format!("{name}.uasset"), &bytes);
        }
        stage.publish().await;
    }
    let main = stage.repository.resolve(&RefName::main().into()).await.expect("published");
    let cut = Cut::new(stage.repository.store(), i64::MAX);
    let options = RepositoryOptions::new(Arc::new(Machine));
    let repository = Repository::open(Arc::clone(&cut) as _, options).await.expect("opens");
    let options = Options { at_once: 1, ..Options::new(Arc::new(Machine)) };
    hydrate(&repository, main.0, &main.1, stage.wall.path(), &options).await.expect("hydrates");
    stage.same();
    let most = cut.by.most_open.load(Relaxed);
    assert!(most < 512, "{most} files were open");
}

#[tokio::test]
async fn what_a_hydrate_brought_that_was_cut_off_is_nobodys_edit_and_is_not_published() {
    let stage = stage_of_small_packs().await;
    for number in 0..6 {
        stage.write(&format!("Content/{number}.uasset"), &noise(1_000_000, number));
    }
    let old = stage.publish().await;
    for number in 0..6 {
        stage.write(&format!("Content/{number}.uasset"), &noise(1_000_000, 10 + number));
    }
    let newest = stage.publish().await;
    stage.hydrate(newest).await;
    let reference = Some(RefName::main());
    let repository = &stage.repository;
    let (_, snapshot) = repository.resolve(&RefName::main().into()).await.expect("a version");
    let options = Options { reference, ..Options::new(Arc::new(Machine)) };
    hydrate(repository, newest, &snapshot, stage.wall.path(), &options).await.expect("hydrates");
    hydrate_until(&stage, old, 3).await.expect_err("it is cut off");
    let reverted = (0..6)
        .filter(|number| {
            let place = stage.wall.path().join(format!("Content/{number}.uasset"));
            fs::read(place).expect("there") == noise(1_000_000, *number)
        })
        .count();
    assert!((1..6).contains(&reverted), "{reverted} files are of the old version");
    settle();
    let options = publish::Options::new();
    let published = publish_folder(repository, stage.wall.path(), Arc::new(Machine), &options).await;
    published.expect("publishes");
    let elsewhere = Stage { repository: repository.clone(), ..Stage::new().await };
    let (id, _) = repository.resolve(&RefName::main().into()).await.expect("a version");
    elsewhere.hydrate(id).await;
    for number in 0..6 {
        let place = elsewhere.wall.path().join(format!("Content/{number}.uasset"));
        assert!(
            fs::read(place).expect("there") == noise(1_000_000, 10 + number),
            "file {number} is the newest"
        );
    }
}

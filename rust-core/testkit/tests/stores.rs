//! Every store keeps the store contract, also between processes.

use std::process::{Command, Stdio};
use std::sync::Arc;

use bytes::Bytes;
use cyclorama_assets::publish::{Base, Options, PublishError, Report, publish};
use cyclorama_assets::versions::{MoveError, create_ref, delete_ref, protect_ref, set_ref};
use cyclorama_assets::{
    Condition, ETag, FolderStore, FormatOptions, Key, Listing, MemoryStore, Object, RefName, Repository,
    RepositoryError, RepositoryOptions, Store, StoreError,
    store::{Prefixed, ProbeError, probe_conditional},
};
use cyclorama_outcome::{Classify as _, Kind};
use cyclorama_testkit::counting::Counting;
use cyclorama_testkit::{FaultStore, Faults, MemoryFolder, RuntimeClock, contract};

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_store_keeps_the_contract() {
    contract::store(Arc::new(MemoryStore::new())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_store_keeps_the_contract() {
    let home = tempfile::tempdir().expect("a folder");
    contract::store(Arc::new(FolderStore::new(home.path()))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_store_keeps_the_contract_and_its_neighbours_out() {
    let whole: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let neighbour = Key::new("part-of/it").expect("a key");
    whole.put(&neighbour, Bytes::from_static(b"n"), Condition::Always).await.expect("writes");
    let part = Prefixed::new(Arc::clone(&whole), Key::new("part").expect("a key"));
    contract::store(Arc::new(part)).await;
    for key in contract::store::list_all(&*whole, "", 1000).await {
        assert!(key.starts_with("part/") || key == "part-of/it", "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fault_store_without_faults_keeps_the_contract() {
    let store = FaultStore::new(Arc::new(MemoryStore::new()), Faults::default(), 1);
    contract::store(Arc::new(store)).await;
}

#[test]
fn processes_that_race_for_a_folder_lose_and_double_nothing() {
    const PROCESSES: u32 = 4;
    const KEYS: u32 = 60;
    const COUNTS: u32 = 15;
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("count"), b"0").expect("a start");
    let racers: Vec<_> = (0..PROCESSES)
        .map(|name| {
            Command::new(env!("CARGO_BIN_EXE_store-racer"))
                .arg(home.path())
                .args([name.to_string(), KEYS.to_string(), COUNTS.to_string()])
                .stdout(Stdio::piped())
                .spawn()
                .expect("a racer starts")
        })
        .collect();
    let won: Vec<u32> = racers
        .into_iter()
        .map(|racer| {
            let output = racer.wait_with_output().expect("a racer ends");
            assert!(output.status.success());
            String::from_utf8(output.stdout).expect("text").trim().parse().expect("a number")
        })
        .collect();
    assert_eq!(won.iter().sum::<u32>(), KEYS, "each key has one creator: {won:?}");
    for (name, won) in won.iter().enumerate() {
        let owned = (0..KEYS)
            .filter(|key| {
                let owner = std::fs::read_to_string(home.path().join(format!("race/{key}")));
                owner.expect("made") == name.to_string()
            })
            .count();
        assert_eq!(owned, *won as usize, "a winner's bytes are the ones that stay");
    }
    let count = std::fs::read_to_string(home.path().join("count")).expect("read");
    assert_eq!(count, (PROCESSES * COUNTS).to_string());
}

/// A server that answers "done" to every conditional write and ignores the condition.
struct IgnoresConditions(Arc<MemoryStore>);

#[async_trait::async_trait]
impl Store for IgnoresConditions {
    async fn get(&self, key: &Key) -> Result<Object, StoreError> {
        self.0.get(key).await
    }
    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        self.0.get_range(key, offset, length).await
    }
    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        self.0.head(key).await
    }
    async fn put(&self, key: &Key, bytes: Bytes, _: Condition) -> Result<ETag, StoreError> {
        self.0.put(key, bytes, Condition::Always).await
    }
    async fn delete(&self, key: &Key, _: Condition) -> Result<(), StoreError> {
        self.0.delete(key, Condition::Always).await
    }
    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Listing, StoreError> {
        self.0.list(prefix, after, limit).await
    }
    fn describe(&self) -> String {
        "a store that ignores conditions".to_owned()
    }
}

#[tokio::test]
async fn the_probe_refuses_a_store_that_ignores_conditions_and_says_what_to_use() {
    let error =
        probe_conditional(&IgnoresConditions(Arc::default()), None).await.expect_err("it cannot be trusted");
    assert!(
        matches!(error, ProbeError::Unconditional { operation: "create", winners: 16, tried: 16 }),
        "{error:?}"
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("S3")));
}

fn no_cache() -> RepositoryOptions {
    RepositoryOptions::new(Arc::new(RuntimeClock::new()))
}

async fn publish_one(repository: &Repository, text: &str) -> Result<Report, PublishError> {
    let mut folder = MemoryFolder::default();
    folder.write(format!("Content/{text}.uasset"), text.to_owned());
    publish(repository, Arc::new(folder.clone()), folder.scan(), Base::default(), &Options::new()).await
}

#[tokio::test]
async fn a_shared_store_that_is_reached_through_a_gateway_without_conditions_is_not_written_to() {
    let server = Arc::new(MemoryStore::new());
    let good = Repository::init(server.clone(), FormatOptions::default(), no_cache()).await.expect("a store");
    publish_one(&good, "first").await.expect("publishes");
    let (main, other) = (RefName::main(), RefName::new("other").expect("a name"));
    create_ref(&good, &other, &main.clone().into(), "ann").await.expect("makes a ref");
    let before = good.refs().await.expect("reads");
    let gateway = Repository::open(Arc::new(IgnoresConditions(server)), no_cache()).await.expect("opens");
    let published = publish_one(&gateway, "second").await.expect_err("it would be lost unseen");
    assert!(matches!(published, PublishError::Repository(RepositoryError::Probe(_))), "{published:?}");
    assert_eq!(published.kind(), Kind::Refused);
    let new = RefName::new("new").expect("a name");
    let refused = [
        create_ref(&gateway, &new, &main.clone().into(), "ann").await.map(drop),
        protect_ref(&gateway, &other, true).await.map(drop),
        delete_ref(&gateway, &other, false).await.map(drop),
    ];
    for refused in refused {
        let error = refused.expect_err("it would be lost unseen");
        assert!(matches!(error, MoveError::Repository(RepositoryError::Probe(_))), "{error:?}");
    }
    let back = set_ref(&gateway, &other, &main.into(), "ann", false).await;
    assert!(back.is_ok(), "nothing is to be moved: {back:?}");
    assert_eq!(good.refs().await.expect("reads"), before, "no ref moved");
}

#[tokio::test]
async fn a_machine_proves_each_way_to_a_store_once_and_only_when_it_writes() {
    let home = tempfile::tempdir().expect("a folder");
    let cached = || RepositoryOptions { cache: Some(home.path().to_owned()), ..no_cache() };
    let server: Arc<dyn Store> = Arc::new(MemoryStore::new());
    Repository::init(Arc::clone(&server), FormatOptions::default(), no_cache()).await.expect("a store");
    let publishes = async |text: &str| {
        let counted = Counting::new(Arc::clone(&server));
        let opened = Repository::open(Arc::new(counted.clone()), cached()).await.expect("opens");
        opened.read_ref(&RefName::main()).await.expect("reads");
        let read = counted.requests();
        publish_one(&opened, text).await.expect("publishes");
        (read, counted.requests())
    };
    let (read, first) = publishes("first").await;
    assert_eq!(read, 2, "whoever only reads proves nothing");
    assert!(first > 34, "two races of sixteen: {first} requests");
    let (_, second) = publishes("second").await;
    assert!(second < 20, "it is remembered: {second} requests");
    // Another way to the same store is proven for itself.
    let other = Prefixed::new(Arc::clone(&server), Key::new("elsewhere").expect("a key"));
    for (key, _) in server.list("", None, 1000).await.expect("lists").objects {
        let bytes = server.get(&key).await.expect("reads").bytes;
        other.put(&key, bytes, Condition::Always).await.expect("writes");
    }
    let counted = Counting::new(Arc::new(other));
    let opened = Repository::open(Arc::new(counted.clone()), cached()).await.expect("opens");
    publish_one(&opened, "third").await.expect("publishes");
    assert!(counted.requests() > 34, "{} requests", counted.requests());
}

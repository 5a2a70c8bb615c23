//! Many publishers of one ref at once, on every kind of store: one history that is in the order of time, and nothing lost.
//!
//! `CYCLORAMA_RACERS` says how many there are and how often each publishes, `16x20` when it says nothing, `100x100` in the
//! long tier.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test panics with the promise that was broken; what it cost is printed"
)]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cyclorama_assets::publish::{Base, Options, PublishError, publish};
use cyclorama_assets::tree::Entry;
use cyclorama_assets::{
    FolderStore, FormatOptions, MemoryStore, RefName, Repository, RepositoryError, RepositoryOptions,
    SnapshotId, Store,
};
use cyclorama_content::Digest;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_testkit::counting::Counting;
use cyclorama_testkit::s3_server::{Fault, Modes, Seen};
use cyclorama_testkit::{FaultStore, Faults, MemoryFolder, RuntimeClock, S3Server};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::task::JoinSet;

/// One publish, as its publisher saw it.
struct Published {
    snapshot: SnapshotId,
    /// Steps of a clock that all share: when it began, and when it was done.
    began: u64,
    done: u64,
    /// What was published.
    content: BTreeMap<String, Bytes>,
}

fn options() -> RepositoryOptions {
    RepositoryOptions { proven: true, ..RepositoryOptions::new(Arc::new(RuntimeClock::new())) }
}

#[expect(clippy::disallowed_methods, reason = "how long this test runs is set from outside")]
fn racers() -> (usize, usize) {
    let wanted = std::env::var("CYCLORAMA_RACERS").unwrap_or_else(|_| "16x20".to_owned());
    let (publishers, rounds) = wanted.split_once('x').unwrap();
    (publishers.parse().unwrap(), rounds.parse().unwrap())
}

/// A quarter of the rounds, where each request takes real time.
fn fewer() -> (usize, usize) {
    let (publishers, rounds) = racers();
    (publishers, rounds.div_ceil(4))
}

async fn one_publisher(
    store: Arc<dyn Store>,
    number: usize,
    rounds: usize,
    steps: Arc<AtomicU64>,
) -> Vec<Published> {
    let repository = Repository::open(store, options()).await.unwrap();
    let (mut folder, mut base, mut all) = (MemoryFolder::default(), Base::default(), Vec::new());
    let how = Options { threads: 1, uploads: 1, author: number.to_string(), ..Options::new() };
    for round in 0..rounds {
        folder.write(format!("By{number}/{}.uasset", round % 3), format!("{number} in round {round}"));
        let began = steps.fetch_add(1, Ordering::SeqCst);
        let report = loop {
            let source = Arc::new(folder.clone());
            match publish(&repository, source, folder.scan(), base.clone(), &how).await {
                Ok(report) => break report,
                Err(PublishError::Crowded { .. }) => {}
                Err(error) => panic!("publisher {number}, round {round}: {error:?}"),
            }
        };
        let done = steps.fetch_add(1, Ordering::SeqCst);
        base = report.base.unwrap();
        all.push(Published { snapshot: report.snapshot, began, done, content: folder.content() });
    }
    all
}

async fn race(store: Arc<dyn Store>, (publishers, rounds): (usize, usize)) {
    // Each publisher has buffers for its packs, and there are many.
    let format = FormatOptions { pack_target: 50_000, ..FormatOptions::default() };
    let counting = Counting::new(store);
    let store: Arc<dyn Store> = Arc::new(counting.clone());
    let repository = Repository::init(Arc::clone(&store), format, options()).await.unwrap();
    let steps = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for number in 0..publishers {
        tasks.spawn(one_publisher(Arc::clone(&store), number, rounds, Arc::clone(&steps)));
    }
    let published: Vec<Published> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(published.len(), publishers * rounds);
    println!("{} publishes, {} requests", published.len(), counting.requests());
    for kind in ["packs/", "index/", "snap/"] {
        let (objects, bytes) = left(&*store, kind).await;
        println!("{objects} objects, {bytes} bytes under {kind}");
    }
    let places = history(&repository).await;
    assert_eq!(places.len(), published.len(), "each publish is in the history once, and nothing else");
    is_in_the_order_of_time(&published, &places);
    nothing_is_lost(&repository, &published, &places).await;
}

/// The versions of `main` by their place, the first one 0.
async fn history(repository: &Repository) -> HashMap<SnapshotId, usize> {
    let pointer = repository.read_ref(&RefName::main()).await.unwrap().unwrap();
    let (mut versions, mut next) = (Vec::new(), Some(pointer.value.snapshot));
    while let Some(id) = next {
        versions.push(id);
        next = repository.snapshot(id).await.unwrap().parents.first().copied();
    }
    assert_eq!(pointer.value.sequence as usize, versions.len(), "the ref moved once for each of them");
    versions.into_iter().rev().enumerate().map(|(place, id)| (id, place)).collect()
}

/// What was done before another one began stands before it.
fn is_in_the_order_of_time(published: &[Published], places: &HashMap<SnapshotId, usize>) {
    let mut by_place: Vec<_> = published.iter().map(|one| (places[&one.snapshot], one)).collect();
    by_place.sort_by_key(|(place, _)| *place);
    let mut latest_beginning = 0;
    for (place, one) in by_place {
        assert!(one.done > latest_beginning, "version {place} was done before an earlier one began");
        latest_beginning = latest_beginning.max(one.began);
    }
}

/// Each version has what its publisher had, and the last one everybody's last.
async fn nothing_is_lost(
    repository: &Repository,
    published: &[Published],
    places: &HashMap<SnapshotId, usize>,
) {
    let mut last: BTreeMap<String, Bytes> = BTreeMap::new();
    let mut by_time: Vec<_> = published.iter().collect();
    by_time.sort_by_key(|one| places[&one.snapshot]);
    let stride = by_time.len() / 500 + 1;
    for (place, one) in by_time.iter().enumerate() {
        last.extend(one.content.clone());
        if place % stride != 0 && place + 1 != by_time.len() {
            continue;
        }
        let snapshot = repository.snapshot(one.snapshot).await.unwrap();
        repository.load_indexes(&snapshot.indexes).await.unwrap();
        let found = repository.walk(snapshot.root, |_| true).await.unwrap();
        let found: BTreeMap<_, _> = found
            .into_iter()
            .filter_map(|(path, entry)| match entry {
                Entry::File(file) => Some((path, file.content)),
                _ => None,
            })
            .collect();
        let wanted: BTreeMap<_, _> =
            last.iter().map(|(path, bytes)| (path.clone(), Digest::of(bytes))).collect();
        assert_eq!(found, wanted, "version {}", places[&one.snapshot]);
    }
}

/// Each request takes a random part of this time.
const LATENCY: Duration = Duration::from_millis(40);

fn far_away(store: Arc<dyn Store>) -> Arc<dyn Store> {
    let faults = Faults { slow: 1.0, longest_wait: LATENCY, ..Faults::default() };
    Arc::new(FaultStore::new(store, faults, 7))
}

/// Objects under a prefix, and their bytes.
async fn left(store: &dyn Store, prefix: &str) -> (u64, u64) {
    let (mut objects, mut bytes, mut after) = (0, 0, None);
    loop {
        let page = store.list(prefix, after.as_ref(), 1000).await.unwrap();
        objects += page.objects.len() as u64;
        bytes += page.objects.iter().map(|(_, size)| size).sum::<u64>();
        match page.next {
            Some(next) => after = Some(next),
            None => return (objects, bytes),
        }
    }
}

/// Where each attempt wrote others' indexes anew it was 69 KB a publish, and where each left one of its own, several objects.
#[tokio::test(start_paused = true)]
async fn who_loses_a_race_leaves_no_index_behind() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    race(far_away(Arc::clone(&store)), (16, 20)).await;
    let (objects, bytes) = left(&*store, "index/").await;
    assert!(
        objects < 40 && bytes < 320 * 2_000,
        "{objects} index objects of {bytes} bytes after 320 publishes"
    );
}

#[tokio::test(start_paused = true)]
async fn racing_publishers_make_one_history_in_memory() {
    race(far_away(Arc::new(MemoryStore::new())), racers()).await;
}

#[tokio::test(start_paused = true)]
async fn racing_publishers_make_one_history_in_a_folder() {
    let home = tempfile::tempdir().unwrap();
    race(far_away(Arc::new(FolderStore::new(home.path()))), fewer()).await;
}

#[tokio::test(start_paused = true)]
async fn racing_publishers_make_one_history_on_s3() {
    let server = S3Server::new(Arc::new(RuntimeClock::new()), Modes::default());
    let mut random = StdRng::seed_from_u64(7);
    server.set_schedule(move |_: &Seen| Some(Fault::Delay(LATENCY.mul_f64(random.random()))));
    race(Arc::new(server.store().await), fewer()).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_conditions_gets_no_shared_store() {
    let modes = Modes { ignores_conditions: true, ..Modes::default() };
    let server = S3Server::new(Arc::new(RuntimeClock::new()), modes);
    let store: Arc<dyn Store> = Arc::new(server.store().await);
    let refused = Repository::init(Arc::clone(&store), FormatOptions::default(), options()).await;
    let error = refused.expect_err("it cannot be shared");
    assert!(matches!(error, RepositoryError::Probe(_)), "{error:?}");
    assert_eq!(error.kind(), Kind::Refused);
    assert!(server.keys().is_empty(), "{:?}", server.keys());
}

//! Collections of small stores in memory: what goes, what stays, and what is refused.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use cyclorama_content::Digest;
use cyclorama_time::{Clock as _, UtcTime, VirtualClock};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::*;
use crate::store::watched::{Between, Request, Watched};
use crate::{
    Condition, FormatOptions, Key, MasterKey, MemoryStore, PackId, RefName, RepositoryOptions, RevisionError,
    Store,
    publish::{
        Base, Options,
        tests::{Project, noise, push},
    },
    store::{LONGEST_PAGE, PROBE, probe_conditional},
    unreal::{DependencyTable, load_kept, sample::Sample},
    verify::{VerifyOptions, verify},
    versions::{MoveError, create_ref, delete_ref, set_ref},
};

mod schedules;

/// Asked before each request: what it is and for which key. It may wait, or fail.
type Step = Box<dyn Fn(Request, &str) -> BoxFuture<'static, Result<(), StoreError>> + Send + Sync>;

#[async_trait]
impl Between for Step {
    async fn asked(&self, request: Request, key: &str) -> Result<(), StoreError> {
        self(request, key).await
    }
}

/// A store and its present, which goes on only when it is told to.
struct Place {
    store: Arc<dyn Store>,
    clock: Arc<VirtualClock>,
    key: Option<Arc<MasterKey>>,
}

impl Place {
    async fn new() -> (Self, Repository) {
        Self::on(Arc::new(MemoryStore::new()), None).await
    }

    async fn on(store: Arc<dyn Store>, key: Option<Arc<MasterKey>>) -> (Self, Repository) {
        let clock = Arc::new(VirtualClock::new(UtcTime::from_seconds(1.7e9)));
        let place = Self { store, clock, key };
        // Packs of a few chunks, and files cut alike in every run.
        let format = FormatOptions { pack_target: 300_000, keyed_ids: false, ..FormatOptions::default() };
        let made = Repository::init(Arc::clone(&place.store), format, place.options()).await;
        let repository = made.expect("a new store");
        (place, repository)
    }

    fn options(&self) -> RepositoryOptions {
        let key = self.key.clone().map(|key| key as _);
        RepositoryOptions { key, proven: true, ..RepositoryOptions::new(Arc::clone(&self.clock) as _) }
    }

    /// The store as somebody sees it who comes anew.
    async fn opened(&self) -> Repository {
        Repository::open(Arc::clone(&self.store), self.options()).await.expect("opens")
    }

    fn days_pass(&self, days: i64) {
        self.clock.advance(days * 24 * 3600 * 1_000_000_000);
    }

    async fn collect(&self, options: &GcOptions) -> GcReport {
        self.clock.advance(1_000_000_000);
        gc(&self.opened().await, options).await.expect("collects")
    }

    /// Every version of the history of a ref, newest first, as far as it is kept: all files, proven.
    async fn history(&self, name: &str) -> Vec<BTreeMap<String, Bytes>> {
        let mut versions = Vec::new();
        loop {
            let repository = self.opened().await;
            let revision = format!("{name}~{}", versions.len()).parse().expect("a revision");
            match repository.resolve(&revision).await {
                Ok((_, snapshot)) => versions.push(content(&repository, &snapshot).await.expect("whole")),
                Err(RepositoryError::Revision(_)) => return versions,
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    async fn is_sound(&self) {
        let options = VerifyOptions { read_data: true, ..VerifyOptions::default() };
        let report = verify(&self.opened().await, &options).await.expect("verifies");
        assert_eq!(report.damaged, []);
    }

    async fn count(&self, prefix: &str) -> usize {
        self.store.list(prefix, None, LONGEST_PAGE).await.expect("lists").objects.len()
    }

    async fn packed_bytes(&self) -> u64 {
        let packs = self.store.list(PackId::PREFIX, None, LONGEST_PAGE).await.expect("lists").objects;
        packs.iter().map(|(_, size)| size).sum()
    }
}

/// The files of a version, each chunk and each whole file proven.
async fn content(
    repository: &Repository,
    snapshot: &crate::Snapshot,
) -> Result<BTreeMap<String, Bytes>, RepositoryError> {
    repository.load_indexes(&snapshot.indexes).await?;
    let mut files = BTreeMap::new();
    for (path, entry) in repository.walk(snapshot.root, |_| true).await? {
        if let crate::tree::Entry::File(file) = entry {
            let mut bytes = Vec::new();
            for chunk in &file.chunks {
                bytes.extend_from_slice(&repository.chunk(chunk).await?);
            }
            assert_eq!(cyclorama_content::Digest::of(&bytes), file.content, "{path}");
            files.insert(path, Bytes::from(bytes));
        }
    }
    Ok(files)
}

fn last(versions: u64) -> GcOptions {
    GcOptions { keep: Keep(vec![KeepRule::Last(versions)]), ..GcOptions::new() }
}

fn at_once(versions: u64) -> GcOptions {
    GcOptions { grace: Duration::ZERO, ..last(versions) }
}

fn steady() -> Options {
    Options { threads: 1, uploads: 1, ..Options::new() }
}

/// Three versions: ten files, of which eight change with each version.
async fn three_versions(repository: &Repository) -> (Project, Base, Vec<BTreeMap<String, Bytes>>) {
    let (mut project, mut base, mut versions) = (Project::default(), Base::default(), Vec::new());
    for version in 0..3 {
        for file in 0..10 {
            if version == 0 || file < 8 {
                project.write(&format!("Content/{file}.uasset"), noise(60_000, version * 100 + file));
            }
        }
        push(repository, &project, &mut base, &steady()).await.expect("publishes");
        versions.insert(0, project.content());
    }
    (project, base, versions)
}

#[tokio::test]
async fn what_was_learnt_of_packages_stays_as_long_as_their_version() {
    let (place, repository) = Place::new().await;
    let (mut project, mut base) = (Project::default(), Base::default());
    let package = |number: u64| {
        let mut bytes = Sample::new("/Game/X").needs(&["/Game/Y"]).bytes();
        bytes.extend(noise(60_000, number));
        bytes
    };
    for number in 0..12 {
        project.write(&format!("Content/{}.uasset", number % 5), package(number));
        push(&repository, &project, &mut base, &steady()).await.expect("publishes");
    }
    place.days_pass(40);
    let collected = place.collect(&at_once(1)).await;
    assert!(collected.versions_condemned > 0 && collected.bytes_moved > 0, "{collected:?}");
    place.days_pass(40);
    place.collect(&at_once(1)).await;
    let fresh = place.opened().await;
    let (_, snapshot) = fresh.resolve(&RefName::main().into()).await.expect("a version");
    fresh.load_indexes(&snapshot.indexes).await.expect("indexes");
    let mut known = DependencyTable::default();
    load_kept(&fresh, &snapshot.dependencies, &mut known).await.expect("loads");
    for (path, bytes) in project.content() {
        assert!(known.find(&Digest::of(&bytes)).is_some(), "{path}");
    }
}

#[tokio::test]
async fn what_no_version_needs_is_condemned_first_and_removed_after_its_grace() {
    let (place, repository) = Place::new().await;
    let (_, _, versions) = three_versions(&repository).await;
    let all = place.packed_bytes().await;
    place.days_pass(1);
    let young = place.collect(&last(1)).await;
    assert_eq!((young.versions_condemned, young.packs_condemned), (0, 0), "it may be about to be used");
    place.days_pass(14);
    let first = place.collect(&last(1)).await;
    assert_eq!((first.versions_kept, first.versions_condemned, first.versions_removed), (1, 2, 0));
    assert!(first.packs_condemned > 0 && first.packs_removed == 0 && first.packs_moved > 0, "{first:?}");
    // Whoever reads an old version by its id goes on; as part of the history it is there as well until it is removed.
    assert_eq!(place.history("main").await, versions);
    place.days_pass(13);
    assert_eq!(place.collect(&last(1)).await.packs_removed, 0);
    place.is_sound().await;
    place.days_pass(2);
    let second = place.collect(&last(1)).await;
    assert_eq!((second.versions_removed, second.packs_removed), (2, first.packs_condemned));
    assert_eq!(place.history("main").await, versions[..1]);
    place.is_sound().await;
    let (kept, left) = (second.bytes_kept, place.packed_bytes().await);
    assert!(left < all / 2 && left < kept + kept / 10, "{left} of {all} bytes are left for {kept}");
    let third = place.collect(&last(1)).await;
    assert_eq!((third.versions_condemned, third.packs_condemned, third.packs_removed), (0, 0, 0));
    let gone = place.opened().await.resolve(&"main~1".parse().expect("a revision")).await;
    assert!(matches!(gone, Err(RepositoryError::Revision(RevisionError::Collected(_)))), "{gone:?}");
}

#[tokio::test]
async fn without_a_rule_all_of_the_history_stays_and_only_what_nothing_leads_to_goes() {
    let (place, repository) = Place::new().await;
    let (mut project, mut base, mut versions) = three_versions(&repository).await;
    let side = Options { name: RefName::new("side").expect("a name"), ..steady() };
    project.write("Content/Side.uasset", noise(90_000, 77));
    push(&repository, &project, &mut base.clone(), &side).await.expect("publishes");
    delete_ref(&repository, &side.name, false).await.expect("removes");
    let everything = GcOptions { grace: Duration::ZERO, ..GcOptions::new() };
    let report = place.collect(&everything).await;
    assert_eq!((report.versions_kept, report.versions_removed), (3, 1), "{report:?}");
    assert_eq!(place.history("main").await, versions);
    place.is_sound().await;
    // What was collected is sent again by whoever publishes it.
    push(&repository, &project, &mut base, &steady()).await.expect("publishes");
    versions.insert(0, project.content());
    assert_eq!(place.history("main").await, versions);
    place.is_sound().await;
}

#[tokio::test]
async fn a_dry_run_tells_what_a_collection_does_and_writes_nothing() {
    let (place, repository) = Place::new().await;
    three_versions(&repository).await;
    let before: Vec<_> = place.store.list("", None, LONGEST_PAGE).await.expect("lists").objects;
    let told = place.collect(&GcOptions { dry_run: true, ..at_once(1) }).await;
    assert_eq!(place.store.list("", None, LONGEST_PAGE).await.expect("lists").objects, before);
    let done = place.collect(&at_once(1)).await;
    assert_eq!(told.bytes_condemned, done.bytes_condemned);
    assert_eq!((told.versions_condemned, told.packs_moved), (2, done.packs_moved));
}

#[tokio::test]
async fn a_pack_that_is_little_garbage_is_left_alone() {
    let (place, repository) = Place::new().await;
    let (mut project, mut base) = (Project::default(), Base::default());
    for file in 0..4 {
        project.write(&format!("{file}.uasset"), noise(60_000, file));
    }
    push(&repository, &project, &mut base, &steady()).await.expect("publishes");
    project.write("0.uasset", noise(60_000, 9));
    push(&repository, &project, &mut base, &steady()).await.expect("publishes");
    let careful = GcOptions { move_out_from: 0.5, ..at_once(1) };
    assert_eq!(place.collect(&careful).await.packs_moved, 0);
    let thorough = GcOptions { move_out_from: 0.01, ..at_once(1) };
    assert!(place.collect(&thorough).await.packs_moved > 0);
    assert_eq!(place.history("main").await, [project.content()]);
    place.is_sound().await;
}

#[tokio::test]
async fn an_encrypted_store_is_collected_by_whoever_has_its_key() {
    let key = Arc::new(MasterKey::random());
    let (place, repository) = Place::on(Arc::new(MemoryStore::new()), Some(key)).await;
    let (_, _, versions) = three_versions(&repository).await;
    let report = place.collect(&at_once(1)).await;
    assert!(report.packs_moved > 0 && report.packs_removed > 0, "{report:?}");
    assert_eq!(place.history("main").await, versions[..1]);
    place.is_sound().await;
}

#[tokio::test]
async fn index_objects_that_others_took_the_place_of_and_no_publish_could_remove_go() {
    let (place, _) = Place::new().await;
    let locked: Step = Box::new(|request, key| {
        let is_refused = request == Request::Delete && key.starts_with("index/");
        let refuse = || StoreError::Refused {
            key: Key::new(key).expect("a key"),
            source: std::io::Error::other("locked"),
        };
        std::future::ready(if is_refused { Err(refuse()) } else { Ok(()) }).boxed()
    });
    let locked = Watched::new(Arc::clone(&place.store), locked);
    let repository = Repository::open(locked, place.options()).await.expect("opens");
    let (mut project, mut base) = (Project::default(), Base::default());
    for round in 0..20 {
        project.write(&format!("{round}.uasset"), noise(500, round));
        push(&repository, &project, &mut base, &steady()).await.expect("publishes");
    }
    let before = place.count("index/").await;
    let report = place.collect(&at_once(100)).await;
    assert!(report.indexes_removed > 0 && place.count("index/").await < before, "{report:?} of {before}");
    assert_eq!(place.history("main").await.len(), 20);
    place.is_sound().await;
}

#[tokio::test]
async fn what_a_killed_probe_left_goes_when_it_is_old_and_one_that_is_racing_is_left_alone() {
    let (place, repository) = Place::new().await;
    three_versions(&repository).await;
    let killed = dying(&place.store, |request, key| request == Request::Delete && key.starts_with(PROBE));
    assert!(probe_conditional(&*killed, Some(place.clock.utc())).await.is_err());
    let nameless = Key::new(format!("{PROBE}0123456789abcdef")).expect("a key");
    place.store.put(&nameless, Bytes::new(), Condition::Always).await.expect("writes");
    assert_eq!(place.count(PROBE).await, 2);
    let collected = async |options: &GcOptions| {
        let report = place.collect(options).await;
        (report.probes_removed, place.count(PROBE).await)
    };
    assert_eq!(collected(&at_once(3)).await, (0, 2), "it may be racing, whatever the grace");
    place.days_pass(13);
    assert_eq!(collected(&last(3)).await, (0, 2), "the grace is two weeks");
    place.days_pass(1);
    assert_eq!(collected(&GcOptions { dry_run: true, ..last(3) }).await, (1, 2));
    assert_eq!(collected(&last(3)).await, (1, 1), "what does not say when it began stays");
    assert_eq!(collected(&last(3)).await, (0, 1));
    assert_eq!(place.history("main").await.len(), 3);
}

#[tokio::test]
async fn damage_stops_a_collection_before_anything_is_removed() {
    for what in ["pack", "snapshot", "index", "parent"] {
        let (place, repository) = Place::new().await;
        three_versions(&repository).await;
        let reader = place.opened().await;
        let (id, head) = reader.resolve(&RefName::main().into()).await.expect("a version");
        reader.load_all_indexes().await.expect("indexes");
        let root = reader.locate(&head.root).expect("its top folder");
        let knows = |index: &crate::index::Index| index.find(&head.root).is_some();
        let lost = match what {
            "pack" => root.pack.key(),
            "snapshot" => id.key(),
            "parent" => head.parents[0].key(),
            _ => reader.loaded_indexes().iter().find(|(_, index)| knows(index)).expect("one").0.key(),
        };
        place.store.delete(&lost, Condition::Always).await.expect("removes");
        let left = place.store.list("", None, LONGEST_PAGE).await.expect("lists").objects;
        let versions = if what == "parent" { 2 } else { 1 };
        let stopped = gc(&place.opened().await, &at_once(versions)).await.expect_err("it is damaged");
        assert_eq!(stopped.kind(), Kind::Integrity, "{what}: {stopped:?}");
        assert_eq!(place.store.list("", None, LONGEST_PAGE).await.expect("lists").objects, left, "{what}");
    }
}

#[tokio::test]
async fn a_version_that_is_on_its_way_out_gets_no_ref() {
    let (place, repository) = Place::new().await;
    three_versions(&repository).await;
    let (old, _) = repository.resolve(&"main~2".parse().expect("a revision")).await.expect("a version");
    place.days_pass(15);
    place.collect(&last(1)).await;
    // It is there still, and another machine may have it in its cache even when it is not.
    let repository = place.opened().await;
    let revision = old.into();
    let name = RefName::new("old").expect("a name");
    let refused = |result: Result<(), MoveError>| match result {
        Err(error) => assert_eq!(error.kind(), Kind::NotFound, "{error:?}"),
        Ok(()) => panic!("it has a ref now"),
    };
    refused(create_ref(&repository, &name, &revision, "ann").await.map(drop));
    refused(set_ref(&repository, &RefName::main(), &revision, "ann", false).await.map(drop));
    let kept = create_ref(&repository, &name, &RefName::main().into(), "ann").await;
    assert_eq!(kept.expect("makes it").gc_epoch, 1);
}

#[tokio::test]
async fn what_a_ref_came_to_need_before_the_fence_stays() {
    let (place, repository) = Place::new().await;
    let (_, _, versions) = three_versions(&repository).await;
    place.days_pass(15);
    let (old, _) = repository.resolve(&"main~2".parse().expect("a revision")).await.expect("a version");
    // Condemned, and the collector is killed before it comes to the refs.
    let stopping =
        dying(&place.store, |request, key| request == Request::Put && key.starts_with(RefName::PREFIX));
    let other = Repository::open(stopping, place.options()).await.expect("opens");
    assert!(gc(&other, &last(1)).await.is_err());
    let name = RefName::new("old").expect("a name");
    create_ref(&repository, &name, &old.into(), "ann").await.expect_err("a new ref looks for records");
    set_ref(&repository, &RefName::main(), &old.into(), "ann", false).await.expect("nobody told this ref");
    place.days_pass(30);
    let report = place.collect(&last(1)).await;
    assert_eq!(report.versions_removed, 1, "the one between: {report:?}");
    assert_eq!(place.history("main").await, versions[2..]);
    place.is_sound().await;
    place.days_pass(30);
    place.collect(&last(1)).await;
    place.is_sound().await;
}

/// The same store to somebody who is killed at the first request that is like this.
fn dying(
    inner: &Arc<dyn Store>,
    dies: impl Fn(Request, &str) -> bool + Send + Sync + 'static,
) -> Arc<dyn Store> {
    let dead = AtomicBool::new(false);
    let step: Step = Box::new(move |request, key| {
        let is_dead = dead.load(Ordering::Relaxed) || dies(request, key);
        dead.store(is_dead, Ordering::Relaxed);
        let source = std::io::ErrorKind::ConnectionAborted.into();
        let error = StoreError::Io { operation: "reach", key: key.to_owned(), source };
        std::future::ready(if is_dead { Err(error) } else { Ok(()) }).boxed()
    });
    Watched::new(Arc::clone(inner), step)
}

#[tokio::test]
async fn a_collection_killed_before_any_write_or_removal_harms_nothing_and_is_ended_by_the_next_one() {
    for stop in 0.. {
        let (place, repository) = Place::new().await;
        let (_, _, versions) = three_versions(&repository).await;
        let left = AtomicU64::new(stop);
        let stopping = dying(&place.store, move |request, key| {
            let counts =
                matches!(request, Request::Put | Request::Delete) && !key.starts_with("cyclorama-probe");
            counts
                && left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                    .is_err()
        });
        let killed = Repository::open(stopping, place.options()).await.expect("opens");
        let ended = gc(&killed, &at_once(1)).await.is_ok();
        assert_eq!(place.history("main").await[0], versions[0], "killed after {stop}");
        place.is_sound().await;
        if ended {
            assert!(stop > 10, "{stop} writes and removals");
            return;
        }
        place.collect(&at_once(1)).await;
        assert_eq!(place.history("main").await, versions[..1], "killed after {stop}");
        place.is_sound().await;
        let again = place.collect(&at_once(1)).await;
        assert_eq!((again.packs_removed, again.packs_waiting), (0, 0), "killed after {stop}: all is done");
        assert_eq!(place.count("gc/").await, 1);
    }
}

#[tokio::test]
async fn what_a_bucket_refuses_to_remove_is_told_and_everything_else_goes() {
    let (place, repository) = Place::new().await;
    three_versions(&repository).await;
    let locked = Arc::new(AtomicBool::new(true));
    let step: Step = {
        let (locked, refused) = (Arc::clone(&locked), AtomicBool::new(false));
        Box::new(move |request, key| {
            // The first pack that is to go is locked.
            let is_it = request == Request::Delete
                && key.starts_with(PackId::PREFIX)
                && locked.load(Ordering::Relaxed)
                && !refused.swap(true, Ordering::Relaxed);
            let (operation, key) = ("delete", key.to_owned());
            let refusal = StoreError::Service {
                operation,
                key,
                kind: Kind::Refused,
                hint: None,
                source: "the object is locked".into(),
            };
            std::future::ready(if is_it { Err(refusal) } else { Ok(()) }).boxed()
        })
    };
    let other = Repository::open(Watched::new(Arc::clone(&place.store), step), place.options()).await;
    let report = gc(&other.expect("opens"), &at_once(1)).await.expect("it goes on");
    assert_eq!((report.not_removed, report.packs_waiting), (1, 1), "{report:?}");
    assert_eq!(report.refusal.as_deref(), Some("the object is locked"));
    assert!(report.packs_removed > 0 && report.versions_removed == 2, "{report:?}");
    place.is_sound().await;
    locked.store(false, Ordering::Relaxed);
    let next = place.collect(&at_once(1)).await;
    assert_eq!((next.packs_removed, next.not_removed, next.packs_waiting), (1, 0, 0), "{next:?}");
    place.is_sound().await;
}

//! Versions put away and brought back: nothing more and nothing less comes along, whenever a run is killed.

use async_trait::async_trait;
use bytes::Bytes;
use cyclorama_outcome::{Classify as _, Kind};

use super::*;
use crate::history::{LogOptions, log};
use crate::publish::tests::{Project, clock, kills::Stopping, new_store, noise, pull, push, reopened};
use crate::publish::{Base, Options};
use crate::store::watched::{Between, Watched, one_bit_flipped};
use crate::verify::{VerifyOptions, condemn, verify};
use crate::{Key, MasterKey, MemoryStore, PackId};

mod renamed;

/// Flips a bit of each pack that is kept.
struct Spoils;

#[async_trait]
impl Between for Spoils {
    async fn written(&self, key: &Key, bytes: Bytes) -> Result<Bytes, StoreError> {
        Ok(if key.as_str().starts_with(PackId::PREFIX) { one_bit_flipped(&bytes) } else { bytes })
    }
}

/// A production with two versions, and on another ref something of another kind. Gives the two versions too.
async fn production() -> (Arc<MemoryStore>, Repository, [Project; 2]) {
    let store = Arc::new(MemoryStore::new());
    let repository = new_store(Arc::clone(&store) as _).await;
    let (mut project, mut base) = (Project::default(), Base::default());
    project
        .write("Content/Wall.uasset", noise(2_500_000, 1))
        .write("Content/A/B/Prop.uasset", noise(90_000, 2));
    push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    let first = project.clone();
    project.write("Content/A/B/Prop.uasset", noise(90_000, 3)).write("Config/Default.ini", "words");
    push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    let mut other = Project::default();
    other.write("Content/Other.uasset", noise(3_000_000, 4));
    let elsewhere = Options { name: other_ref(), ..Options::new() };
    push(&repository, &other, &mut Base::default(), &elsewhere).await.expect("publishes");
    (store, repository, [first, project])
}

fn other_ref() -> RefName {
    RefName::new("other").expect("a name")
}

fn options() -> ArchiveOptions {
    let (progress, cancel) = (Progress::new(), Cancel::new());
    let (name, by) = (RefName::main(), "ada".to_owned());
    ArchiveOptions { name, history: true, by, dry_run: false, progress, cancel }
}

async fn copy(
    source: &Repository,
    place: Arc<dyn Store>,
    options: &ArchiveOptions,
) -> Result<(Repository, Archived), ArchiveError> {
    let source = reopened(source).await;
    let target = open_target(&source, place, options.dry_run, RepositoryOptions::new(clock())).await?;
    let archived = copy_version(&source, &RefName::main().into(), &target, options).await?;
    Ok((target, archived))
}

async fn is_sound(repository: &Repository) {
    let options = VerifyOptions { read_data: true, ..VerifyOptions::default() };
    let report = verify(&reopened(repository).await, &options).await.expect("verifies");
    assert_eq!(report.damaged, []);
}

async fn versions(repository: &Repository) -> usize {
    log(repository, &RefName::main().into(), LogOptions::default()).await.expect("a history").len()
}

#[tokio::test]
async fn an_archive_is_a_store_with_one_history_and_what_it_needs() {
    let (store, production, [_, second]) = production().await;
    let (archive, archived) =
        copy(&production, Arc::new(MemoryStore::new()), &options()).await.expect("copies");
    assert_eq!(pull(&archive).await, second.content());
    is_sound(&archive).await;
    assert_eq!((versions(&archive).await, archived.versions), (2, 2));
    assert_eq!((archived.packs, archived.bytes), (archived.packs_copied, archived.bytes_copied));
    let all = store.list("packs/", None, 1000).await.expect("lists").objects;
    let all: u64 = all.iter().map(|(_, size)| size).sum();
    assert!(archived.bytes + 3_000_000 <= all, "the other ref's content stays behind: {archived:?} of {all}");
    assert_ne!(archive.format().id, production.format().id, "no machine takes one for the other");
    let (_, again) =
        copy(&production, Arc::clone(archive.store()), &options()).await.expect("it is all there");
    assert_eq!(again, Archived { packs_copied: 0, bytes_copied: 0, ..archived });
}

#[tokio::test]
async fn a_version_without_its_history_is_whole_and_nothing_is_missed() {
    let (_, production, [_, second]) = production().await;
    let alone = ArchiveOptions { history: false, ..options() };
    let (archive, archived) = copy(&production, Arc::new(MemoryStore::new()), &alone).await.expect("copies");
    assert_eq!((archived.versions, versions(&archive).await), (1, 1));
    assert_eq!(pull(&archive).await, second.content());
    is_sound(&archive).await;
    let (mut edited, mut base) = (second.clone(), Base::default());
    edited.write("Content/New.uasset", noise(9000, 9));
    push(&archive, &edited, &mut base, &Options::new()).await.expect("work can go on in it");
    is_sound(&archive).await;
}

#[tokio::test]
async fn what_was_put_away_comes_back_into_an_empty_place_and_beside_what_is_there() {
    let (_, production, [_, second]) = production().await;
    let (archive, _) = copy(&production, Arc::new(MemoryStore::new()), &options()).await.expect("copies");
    let (back, _) = copy(&archive, Arc::new(MemoryStore::new()), &options()).await.expect("comes back");
    assert_eq!(pull(&back).await, second.content());
    is_sound(&back).await;
    let named = ArchiveOptions { name: RefName::new("from-archive").expect("a name"), ..options() };
    let (beside, archived) =
        copy(&archive, Arc::clone(production.store()), &named).await.expect("comes back");
    assert_eq!((archived.packs_copied, archived.bytes_copied), (0, 0), "it is all there still");
    is_sound(&beside).await;
}

#[tokio::test]
async fn a_run_killed_after_any_write_shows_nothing_and_is_ended_by_the_next() {
    let (_, production, [_, second]) = production().await;
    for stops_at in 0.. {
        let frail = Stopping::after(stops_at);
        let ended = copy(&production, Arc::clone(&frail) as _, &options()).await;
        if ended.is_ok() {
            assert!(stops_at > 10, "format, packs, index, versions and ref: {stops_at} writes");
            return;
        }
        let shown = frail.get(&Key::new("refs/main").expect("a key")).await;
        assert!(!matches!(&shown, Ok(object) if !is_tentative(&object.bytes)), "killed at write {stops_at}");
        let place = Arc::new(MemoryStore::new());
        for (key, _) in frail.list("", None, 1000).await.expect("lists").objects {
            let bytes = frail.get(&key).await.expect("reads").bytes;
            place.put(&key, bytes, Condition::Always).await.expect("writes");
        }
        let (archive, _) = copy(&production, place, &options()).await.expect("the next run ends it");
        assert_eq!(pull(&archive).await, second.content(), "killed at write {stops_at}");
        is_sound(&archive).await;
    }
}

fn is_tentative(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).contains("\"tentative\":true")
}

#[tokio::test]
async fn any_damaged_object_is_refused_and_no_ref_is_made() {
    let (store, production, _) = production().await;
    let (archive, _) = copy(&production, Arc::new(MemoryStore::new()), &options()).await.expect("copies");
    drop((store, production));
    for (key, size) in archive.store().list("", None, 1000).await.expect("lists").objects {
        let good = archive.store().get(&key).await.expect("reads").bytes;
        let mut bad = good.to_vec();
        bad[size as usize / 2] ^= 1;
        archive.store().put(&key, bad.into(), Condition::Always).await.expect("writes");
        let place = Arc::new(MemoryStore::new());
        let opened = Repository::open(Arc::clone(archive.store()), RepositoryOptions::new(clock())).await;
        let problem = match opened {
            Err(problem) => problem.kind(),
            Ok(damaged) => {
                let target =
                    open_target(&damaged, Arc::clone(&place) as _, false, RepositoryOptions::new(clock()));
                let target = target.await.expect("an empty place");
                let main = RefName::main().into();
                copy_version(&damaged, &main, &target, &options()).await.expect_err(key.as_str()).kind()
            }
        };
        assert_eq!(problem, Kind::Integrity, "{key}");
        assert!(place.list("refs/", None, 10).await.expect("lists").objects.is_empty(), "{key}");
        archive.store().put(&key, good, Condition::Always).await.expect("writes");
    }
}

#[tokio::test]
async fn what_a_store_spoils_while_it_keeps_it_is_found_before_a_ref_is_made() {
    let (_, production, _) = production().await;
    let frail = Watched::new(Arc::new(MemoryStore::new()), Spoils);
    let problem = copy(&production, Arc::clone(&frail) as _, &options()).await.expect_err("it is spoilt");
    assert_eq!(problem.kind(), Kind::Integrity);
    assert!(frail.list("refs/", None, 10).await.expect("lists").objects.is_empty());
}

#[tokio::test]
async fn another_productions_store_and_a_ref_that_is_there_stay_as_they_are() {
    let (_, production, _) = production().await;
    let stranger = new_store(Arc::new(MemoryStore::new())).await;
    let problem =
        copy(&production, Arc::clone(stranger.store()), &options()).await.expect_err("a stranger's");
    assert!(matches!(problem, ArchiveError::Other { .. }), "{problem}");
    let (archive, _) = copy(&production, Arc::new(MemoryStore::new()), &options()).await.expect("copies");
    let taken = ArchiveOptions { name: other_ref(), ..options() };
    let problem = copy(&archive, Arc::clone(production.store()), &taken).await.expect_err("it is taken");
    assert!(matches!(problem, ArchiveError::Taken { .. }), "{problem}");
    let alone = ArchiveOptions { history: false, ..options() };
    let (archive, _) = copy(&production, Arc::new(MemoryStore::new()), &alone).await.expect("copies");
    let source = reopened(&production).await;
    let before = "main~1".parse().expect("a version");
    let named = ArchiveOptions { name: other_ref(), ..options() };
    let problem = copy_version(&source, &before, &archive, &named).await.expect_err("it was left out");
    assert!(matches!(problem, ArchiveError::Gone { .. }), "{problem}");
}

/// Everything in a store, with its bytes.
async fn all_of(place: &dyn Store) -> Vec<(Key, Bytes)> {
    let mut all = Vec::new();
    for (key, _) in place.list("", None, 1000).await.expect("lists").objects {
        let bytes = place.get(&key).await.expect("reads").bytes;
        all.push((key, bytes));
    }
    all
}

#[tokio::test]
async fn a_dry_run_says_what_a_real_one_does_and_writes_nothing() {
    let (_, production, _) = production().await;
    let dry = ArchiveOptions { dry_run: true, ..options() };
    for alone in [true, false] {
        // Into an empty place first, then beside a version that is there.
        let (dry, real) = (
            ArchiveOptions { history: !alone, ..dry.clone() },
            ArchiveOptions { history: !alone, ..options() },
        );
        let place = Arc::new(MemoryStore::new());
        let (_, foretold) = copy(&production, Arc::clone(&place) as _, &dry).await.expect("finds out");
        assert!(all_of(&*place).await.is_empty(), "nothing was written");
        let (_, archived) = copy(&production, place, &real).await.expect("copies");
        assert_eq!(foretold, archived);
        assert!(archived.packs_copied > 1, "{archived:?}");
    }
    let (place, elsewhere) =
        (Arc::new(MemoryStore::new()), ArchiveOptions { name: other_ref(), ..options() });
    copy(&production, Arc::clone(&place) as _, &elsewhere).await.expect("copies");
    let mut before = all_of(&*place).await;
    let lost = before.iter().position(|(key, _)| key.as_str().starts_with("packs/")).expect("a pack");
    let (lost, _) = before.remove(lost);
    place.delete(&lost, Condition::Always).await.expect("removes");
    let (_, foretold) = copy(&production, Arc::clone(&place) as _, &dry).await.expect("finds out");
    assert_eq!(all_of(&*place).await, before, "nothing was written");
    let (_, archived) = copy(&production, Arc::clone(&place) as _, &options()).await.expect("copies");
    assert_eq!((foretold.packs_copied, &foretold), (1, &archived), "what a killed run left out is seen");
    let others = new_store(Arc::new(MemoryStore::new())).await;
    let refused = copy(&production, Arc::clone(others.store()), &dry).await.expect_err("a stranger's");
    assert!(matches!(refused, ArchiveError::Other { .. }), "{refused}");
}

#[tokio::test]
async fn a_version_is_not_put_away_in_its_own_store_or_among_other_things() {
    let (_, production, _) = production().await;
    let itself = copy(&production, Arc::clone(production.store()), &options()).await.expect_err("itself");
    assert!(matches!(itself, ArchiveError::Itself { .. }), "{itself}");
    let place = Arc::new(MemoryStore::new());
    for key in ["takes/list/a", "cyclorama-probe-0123456789abcdef", "Content/Wall.uasset"] {
        let key = Key::new(key).expect("a key");
        place.put(&key, Bytes::from_static(b"x"), Condition::Absent).await.expect("writes");
    }
    let project =
        copy(&production, Arc::clone(&place) as _, &options()).await.expect_err("a project's folder");
    assert!(project.to_string().contains("`Content/Wall.uasset`"), "{project}");
    assert_eq!(place.list("", None, 10).await.expect("lists").objects.len(), 3);
    place.delete(&Key::new("Content/Wall.uasset").expect("a key"), Condition::Always).await.expect("removes");
    copy(&production, place, &options()).await.expect("takes and a killed probe are no content");
}

#[tokio::test]
async fn an_encrypted_archive_opens_with_the_key_of_its_production_and_shows_nothing() {
    let key = Arc::new(MasterKey::random());
    let with_key =
        || RepositoryOptions { key: Some(Arc::clone(&key) as _), ..RepositoryOptions::new(clock()) };
    let made = Repository::init(Arc::new(MemoryStore::new()), crate::FormatOptions::default(), with_key());
    let production = made.await.expect("a store");
    let mut project = Project::default();
    project.write("Content/Secret-name.uasset", "the wall's secret texture ".repeat(3000));
    push(&production, &project, &mut Base::default(), &Options::new()).await.expect("publishes");
    let place: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let target = open_target(&production, Arc::clone(&place), false, RepositoryOptions::new(clock())).await;
    let target = target.expect("an empty place");
    copy_version(&production, &RefName::main().into(), &target, &options()).await.expect("copies");
    for (key, _) in place.list("", None, 1000).await.expect("lists").objects {
        let bytes = place.get(&key).await.expect("reads").bytes;
        assert!(!bytes.windows(6).any(|window| window == b"ecret-" || window == b"ecret "), "{key}");
    }
    let opened =
        Repository::open(Arc::clone(&place), with_key()).await.expect("the production's key opens it");
    let (_, snapshot) = opened.resolve(&RefName::main().into()).await.expect("a version");
    opened.load_indexes(&snapshot.indexes).await.expect("indexes");
    assert_eq!(opened.walk(snapshot.root, |_| true).await.expect("folders").len(), 2);
    let without = Repository::open(place, RepositoryOptions::new(clock())).await;
    assert!(without.is_err());
}

#[tokio::test]
async fn packs_that_are_damaged_or_lost_are_brought_back_from_an_archive() {
    for (what, is_condemned) in
        [("cut", false), ("flipped", false), ("lost", false), ("flipped", true), ("lost", true)]
    {
        let (store, production, [_, second]) = production().await;
        let (archive, archived) =
            copy(&production, Arc::new(MemoryStore::new()), &options()).await.expect("copies");
        for (key, _) in archive.store().list(PackId::PREFIX, None, 1000).await.expect("lists").objects {
            let bytes = store.get(&key).await.expect("reads").bytes;
            let hurt = match what {
                "cut" => bytes.slice(..bytes.len() - 1),
                "flipped" => one_bit_flipped(&bytes),
                _ => {
                    store.delete(&key, Condition::Always).await.expect("removes");
                    continue;
                }
            };
            store.put(&key, hurt, Condition::Always).await.expect("writes");
        }
        let look = VerifyOptions { read_data: true, ..VerifyOptions::default() };
        let report = verify(&reopened(&production).await, &look).await.expect("verifies");
        assert_eq!(report.bad_packs.len() as u64, archived.packs, "{what}: {:?}", report.damaged);
        if is_condemned {
            condemn(&reopened(&production).await, &report, "ada", &VerifyOptions::default())
                .await
                .expect("condemns");
        }
        let named = ArchiveOptions { name: RefName::new("healed").expect("a name"), ..options() };
        let (_, restored) = copy(&archive, Arc::clone(&store) as _, &named).await.expect("comes back");
        let replaced = if is_condemned || what == "lost" { 0 } else { archived.packs };
        assert_eq!((restored.packs_copied, restored.packs_replaced), (archived.packs, replaced), "{what}");
        is_sound(&production).await;
        assert_eq!(pull(&production).await, second.content(), "{what}, condemned: {is_condemned}");
        crate::gc::gc(&reopened(&production).await, &crate::gc::GcOptions::new()).await.expect("collects");
    }
}

#[tokio::test]
async fn a_store_that_was_mended_can_be_put_away() {
    let (store, production, [_, second]) = production().await;
    let reader = reopened(&production).await;
    let (_, newest) = reader.resolve(&RefName::main().into()).await.expect("a version");
    reader.load_all_indexes().await.expect("indexes");
    let wall = reader.walk(newest.root, |_| true).await.expect("folders").into_iter();
    let wall = wall.filter(|(path, _)| path == "Content/Wall.uasset").find_map(|(_, entry)| match entry {
        crate::tree::Entry::File(file) => Some(file.chunks[0]),
        _ => None,
    });
    let bad = reader.locate(&wall.expect("it is there")).expect("known").pack.key();
    store.delete(&bad, Condition::Always).await.expect("removes");
    let look = VerifyOptions::default();
    let report = verify(&reopened(&production).await, &look).await.expect("verifies");
    condemn(&reopened(&production).await, &report, "ada", &VerifyOptions::default()).await.expect("condemns");
    push(&reopened(&production).await, &second, &mut Base::default(), &Options::new())
        .await
        .expect("publishes");
    let alone = ArchiveOptions { history: false, ..options() };
    let (archive, _) = copy(&production, Arc::new(MemoryStore::new()), &alone).await.expect("copies");
    assert_eq!(pull(&archive).await, second.content());
}

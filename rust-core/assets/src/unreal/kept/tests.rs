//! What publishers learn reaches whoever reads, stays small, and is never needed.

use std::sync::Arc;

use super::*;
use crate::publish::tests::{Project, clock, new_store, noise, push, reopened};
use crate::publish::{Base, Options, Report};
use crate::store::watched::{Between, Request, Watched};
use crate::unreal::sample::Sample;
use crate::unreal::{Closure, Follow, closure_of_snapshot, dependencies};
use crate::{Format, MemoryStore, RefName, RepositoryOptions, Snapshot, Store, StoreError};
use async_trait::async_trait;

fn package(needs: &[&str], number: u64) -> Vec<u8> {
    let mut bytes = Sample::new("/Game/X").needs(needs).mentions(&["/Game/Later"]).bytes();
    bytes.extend(noise(2000, number));
    bytes
}

fn path(number: u64) -> String {
    format!("Content/P{number}.uasset")
}

/// A map that needs four packages, of which each needs the next.
fn project() -> Project {
    let mut project = Project::default();
    project.write("Content/Stage.umap", package(&["/Game/P0"], 99));
    for number in 0..4 {
        let next = format!("/Game/P{}", number + 1);
        let needs = if number < 3 { vec![next.as_str()] } else { Vec::new() };
        project.write(&path(number), package(&needs, number));
    }
    project.write("Config/Game.ini", "[a]\n").write("Content/Broken.uasset", "no package");
    project
}

async fn newest(repository: &Repository) -> (Repository, Snapshot) {
    let fresh = reopened(repository).await;
    let (_, snapshot) = fresh.resolve(&RefName::main().into()).await.expect("a version");
    fresh.load_indexes(&snapshot.indexes).await.expect("indexes");
    (fresh, snapshot)
}

async fn known_of(repository: &Repository) -> (DependencyTable, Snapshot) {
    let (fresh, snapshot) = newest(repository).await;
    let mut known = DependencyTable::default();
    load_kept(&fresh, &snapshot.dependencies, &mut known).await.expect("loads");
    (known, snapshot)
}

fn knows_all(known: &DependencyTable, project: &Project) {
    for (path, bytes) in project.content() {
        let said = known.find(&Digest::of(&bytes));
        assert_eq!(
            said,
            dependencies(&bytes).ok().filter(|_| path.ends_with("uasset") || path.ends_with("umap"))
        );
    }
}

async fn published(repository: &Repository, project: &Project, base: &mut Base) -> Report {
    push(repository, project, base, &Options::new()).await.expect("publishes")
}

async fn stage(repository: &Repository, snapshot: &Snapshot) -> Closure {
    let mut known = DependencyTable::default();
    let maps = ["/Game/Stage"];
    closure_of_snapshot(repository, snapshot, &maps, Follow::Loaded, &mut known).await.expect("a closure")
}

#[tokio::test]
async fn a_version_says_what_its_packages_refer_to() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    published(&repository, &project(), &mut Base::default()).await;
    let (known, snapshot) = known_of(&repository).await;
    assert_eq!((known.len(), snapshot.dependencies.len()), (5, 1));
    knows_all(&known, &project());
}

#[tokio::test]
async fn a_map_is_found_alike_with_tables_without_and_where_they_are_lost() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    published(&repository, &project(), &mut Base::default()).await;
    let (fresh, snapshot) = newest(&repository).await;
    let with = stage(&fresh, &snapshot).await;
    assert_eq!(with.packages.len(), 5);
    let lost = KeptTable { chunk: fresh.ids().of(b"nowhere"), files: 5 };
    let other = KeptTable { chunk: snapshot.root, files: 5 };
    for dependencies in [vec![], vec![lost], vec![other]] {
        let mut other = snapshot.clone();
        other.dependencies = dependencies;
        assert_eq!(stage(&fresh, &other).await, with);
    }
}

#[tokio::test]
async fn many_small_publishes_leave_few_tables_that_know_all_that_is_there() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (mut project, mut base) = (project(), Base::default());
    published(&repository, &project, &mut base).await;
    for round in 0..60 {
        project.write(&path(round % 4), package(&["/Game/P0"], 1000 + round));
        published(&repository, &project, &mut base).await;
        let (known, snapshot) = known_of(&repository).await;
        knows_all(&known, &project);
        let files: Vec<u32> = snapshot.dependencies.iter().map(|table| table.files).collect();
        assert!(files.iter().sum::<u32>() as usize <= 2 * 5 + 2 * MOST_FILES, "{files:?}");
        assert!(files.iter().all(|files| *files as usize <= MOST_FILES), "{files:?}");
        assert!(files.len() <= 6, "{files:?}");
    }
}

#[tokio::test]
async fn a_merge_knows_what_both_learnt() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (mut ann, mut base) = (project(), Base::default());
    published(&repository, &ann, &mut base).await;
    let (mut bob, mut bobs) = (ann.clone(), base.clone());
    published(&repository, ann.write(&path(0), package(&["/Game/P2"], 500)), &mut base).await;
    let merged = published(&repository, bob.write(&path(1), package(&["/Game/P3"], 501)), &mut bobs).await;
    assert!(merged.merged);
    let (known, _) = known_of(&repository).await;
    knows_all(&known, &ann);
    knows_all(&known, &bob);
}

#[tokio::test]
async fn what_a_killed_publish_had_learnt_is_not_lost() {
    let (store, home) = (Arc::new(MemoryStore::new()), tempfile::tempdir().expect("a folder"));
    let repository = new_store(Arc::clone(&store) as _).await;
    let options = Options { journal: Some(home.path().join("journal")), ..Options::new() };
    let run = |repository: Repository, options: Options| async move {
        push(&repository, &project(), &mut Base::default(), &options).await
    };
    // Everything is sent and noted, and no index tells of it.
    let before = store.get(&Format::key()).await.expect("the format");
    let elsewhere =
        Repository::open(Watched::new(Arc::clone(&store) as _, NoIndex), RepositoryOptions::new(clock()));
    assert!(run(elsewhere.await.expect("opens"), options.clone()).await.is_err());
    assert_eq!(store.get(&Format::key()).await.expect("the format"), before);
    let report = run(repository.clone(), options).await.expect("publishes");
    assert!(report.bytes_adopted > 0, "nothing was read again");
    knows_all(&known_of(&repository).await.0, &project());
}

/// No index can be written.
struct NoIndex;

#[async_trait]
impl Between for NoIndex {
    async fn asked(&self, request: Request, key: &str) -> Result<(), StoreError> {
        if request == Request::Put && key.starts_with("index") {
            let (operation, source) = ("write", std::io::Error::other("no"));
            return Err(StoreError::Io { operation, key: key.to_owned(), source });
        }
        Ok(())
    }
}

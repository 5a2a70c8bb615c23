use std::sync::Arc;

use super::*;
use crate::history::{LogOptions, log};
use crate::publish::tests::{Project, new_store, push};
use crate::publish::{Base, Options};
use crate::store::watched::{Between, Request, Watched};
use crate::{Condition, Key, MemoryStore, Store, StoreError};

async fn store_of(versions: usize) -> Repository {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (mut project, mut base) = (Project::default(), Base::default());
    for version in 0..versions {
        project.write("Content/Wall.uasset", format!("version {version}"));
        project.write(&format!("Content/New{version}.uasset"), "new");
        let options =
            Options { author: "mia".to_owned(), message: format!("number {version}"), ..Options::new() };
        push(&repository, &project, &mut base, &options).await.expect("publishes");
    }
    repository
}

fn name(text: &str) -> RefName {
    RefName::new(text).expect("a name")
}

fn version(text: &str) -> Revision {
    text.parse().expect("a version")
}

#[tokio::test]
async fn a_history_says_who_did_what_and_how_much() {
    let repository = store_of(3).await;
    let options = LogOptions { count_changes: true, ..LogOptions::default() };
    let entries = log(&repository, &version("main"), options).await.expect("reads");
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            let changes = entry.changes.expect("counted");
            (entry.message.as_str(), entry.files, changes.added, changes.changed, changes.removed)
        })
        .collect();
    assert_eq!(told, [("number 2", 4, 1, 1, 0), ("number 1", 3, 1, 1, 0), ("number 0", 2, 2, 0, 0)]);
    assert_eq!(entries[0].refs, [RefName::main()]);
    assert!(entries.iter().all(|entry| entry.author == "mia" && entry.bytes_uploaded > 0));
    let (before, one) = (version("main~1"), LogOptions { limit: 1, ..LogOptions::default() });
    let short = log(&repository, &before, one);
    assert_eq!(short.await.expect("reads")[0].message, "number 1");
}

#[tokio::test]
async fn a_ref_set_back_moves_forward_in_number_and_publishing_goes_on() {
    let repository = store_of(3).await;
    let main = RefName::main();
    let (before, after) =
        set_ref(&repository, &main, &version("main~2"), "lead", false).await.expect("moves");
    assert_ne!(before, after.snapshot);
    assert_eq!(after.sequence, 4);
    let entries = log(&repository, &version("main"), LogOptions::default()).await.expect("reads");
    assert_eq!(entries.len(), 1);
    let back = set_ref(&repository, &main, &before.into(), "lead", false).await.expect("moves");
    assert_eq!((back.1.snapshot, back.1.sequence), (before, 5));
}

#[tokio::test]
async fn a_protected_ref_is_published_to_and_moved_or_removed_only_with_force() {
    let repository = store_of(2).await;
    let main = RefName::main();
    protect_ref(&repository, &main, true).await.expect("protects");
    let old = version("main~1");
    let set = set_ref(&repository, &main, &old, "tom", false).await;
    assert!(matches!(set, Err(MoveError::Protected(_))));
    assert!(matches!(delete_ref(&repository, &main, false).await, Err(MoveError::Protected(_))));
    let mut project = Project::default();
    project.write("Content/Other.uasset", "other");
    push(&repository, &project, &mut Base::default(), &Options::new()).await.expect("publishing goes on");
    let pointer = repository.read_ref(&main).await.expect("reads").expect("a ref");
    assert!(pointer.value.protected, "it stays protected");
    set_ref(&repository, &main, &old, "lead", true).await.expect("with force");
    protect_ref(&repository, &main, false).await.expect("ends it");
    delete_ref(&repository, &main, false).await.expect("removes");
    assert!(matches!(set_ref(&repository, &main, &old, "x", false).await, Err(MoveError::Missing(_))));
}

#[tokio::test]
async fn refs_are_made_once() {
    let repository = store_of(2).await;
    let stage = name("stage");
    create_ref(&repository, &stage, &version("main~1"), "lead").await.expect("makes");
    let again = create_ref(&repository, &stage, &version("main"), "lead").await;
    assert!(matches!(again, Err(MoveError::Exists(_))));
    let lost = create_ref(&repository, &name("x"), &version("nothing"), "lead").await;
    assert!(lost.is_err_and(|error| error.kind() == Kind::NotFound));
}

#[tokio::test]
async fn an_old_copy_put_in_a_refs_place_is_told_to_whoever_saw_the_newer_one() {
    let home = tempfile::tempdir().expect("a folder");
    let store: Arc<dyn Store> = Arc::clone(store_of(2).await.store());
    let mut options = crate::RepositoryOptions::new(crate::publish::tests::clock());
    options.cache = Some(home.path().to_owned());
    let repository = Repository::open(Arc::clone(&store), options).await.expect("opens");
    let key = RefName::main().key();
    let old = store.get(&key).await.expect("reads").bytes;
    set_ref(&repository, &RefName::main(), &version("main~1"), "lead", false).await.expect("moves");
    store.put(&key, old, Condition::Always).await.expect("writes");
    let told = repository.read_ref(&RefName::main()).await;
    assert!(matches!(told, Err(RepositoryError::Rollback { seen: 3, found: 2, .. })), "{told:?}");
}

/// Does something once while the answer to a request for a ref is on its way.
struct Meanwhile(std::sync::Mutex<Option<futures::future::BoxFuture<'static, ()>>>);

#[async_trait::async_trait]
impl Between for Meanwhile {
    async fn read(&self, _: Request, key: &Key, bytes: bytes::Bytes) -> Result<bytes::Bytes, StoreError> {
        let step = (*key == RefName::main().key()).then(|| self.0.lock().expect("nobody panicked").take());
        if let Some(step) = step.flatten() {
            step.await;
        }
        Ok(bytes)
    }
}

#[tokio::test]
async fn a_ref_that_another_process_here_moves_while_the_answer_comes_did_not_go_back() {
    let home = tempfile::tempdir().expect("a folder");
    let store: Arc<dyn Store> = Arc::clone(store_of(2).await.store());
    let options = || crate::RepositoryOptions {
        cache: Some(home.path().to_owned()),
        ..crate::RepositoryOptions::new(crate::publish::tests::clock())
    };
    let other = Repository::open(Arc::clone(&store), options()).await.expect("opens");
    let step = Box::pin(async move {
        set_ref(&other, &RefName::main(), &version("main~1"), "lead", false).await.expect("moves");
    });
    let store = Watched::new(store, Meanwhile(std::sync::Mutex::new(Some(step))));
    let repository = Repository::open(store, options()).await.expect("opens");
    let read = repository.read_ref(&RefName::main()).await.expect("reads").expect("a ref");
    assert_eq!(read.value.sequence, 3);
}

#[tokio::test]
async fn a_ref_that_was_removed_and_made_anew_is_accepted_once_by_whoever_says_so() {
    let home = tempfile::tempdir().expect("a folder");
    let elsewhere = store_of(2).await;
    let store: Arc<dyn Store> = Arc::clone(elsewhere.store());
    let here = async |accept_rollback: bool| {
        let mut options = crate::RepositoryOptions::new(crate::publish::tests::clock());
        options.cache = Some(home.path().to_owned());
        options.accept_rollback = accept_rollback;
        let repository = Repository::open(Arc::clone(&store), options).await.expect("opens");
        repository.read_ref(&RefName::main()).await
    };
    let main = RefName::main();
    let newest = here(false).await.expect("reads").expect("a ref").value.snapshot;
    delete_ref(&elsewhere, &main, false).await.expect("removes");
    let gone = here(false).await.expect_err("it was there");
    assert!(matches!(gone, RepositoryError::Vanished { seen: 2, .. }), "{gone:?}");
    assert!(gone.to_string().contains("is gone") && gone.kind() == Kind::Integrity, "{gone}");
    create_ref(&elsewhere, &main, &newest.into(), "lead").await.expect("makes");
    let back = here(false).await.expect_err("its number began anew");
    assert!(matches!(back, RepositoryError::Rollback { seen: 2, found: 1, .. }), "{back:?}");
    let hint = back.hint().unwrap_or_default();
    assert!(hint.contains("--accept-rollback"), "{hint}");
    let accepted = here(true).await.expect("accepted").expect("a ref").value.sequence;
    assert_eq!(accepted, 1);
    assert_eq!(here(false).await.expect("from then on").expect("a ref").value.sequence, 1);
    delete_ref(&elsewhere, &main, false).await.expect("removes");
    assert_eq!(here(true).await.expect("accepted"), None);
    assert_eq!(here(false).await.expect("from then on"), None);
}

//! A publish that mends, while somebody else moves the ref.

use std::sync::Mutex;

use async_trait::async_trait;
use futures::{FutureExt as _, future::BoxFuture};

use super::*;
use crate::RepositoryOptions;
use crate::publish::Report;
use crate::publish::tests::clock;
use crate::store::watched::{Between, Request, Watched};
use crate::versions::protect_ref;

type Step = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// Does something once, just before a request: of this kind, and for a key that begins so.
struct Before(Mutex<Option<Step>>, (Request, &'static str));

#[async_trait]
impl Between for Before {
    async fn asked(&self, request: Request, key: &str) -> Result<(), StoreError> {
        if request == self.1.0 && key.starts_with(self.1.1) {
            let step = self.0.lock().expect("nobody panicked").take();
            if let Some(step) = step {
                step().await;
            }
        }
        Ok(())
    }
}

/// A store of which a pack is lost and condemned, and the folder that was published to it.
async fn condemned() -> (Arc<MemoryStore>, Repository, Project, Base) {
    let (store, repository, project, base) = store_and_folder().await;
    let key = packs_of_both(&repository).await[0].clone();
    store.delete(&key, Condition::Always).await.expect("removes");
    let report = look(&repository, true).await;
    condemn(&reopened(&repository).await, &report, "ann", &VerifyOptions::default()).await.expect("condemns");
    (store, repository, project, base)
}

/// Publishes by somebody with a cache, with `step` in between. Gives him, and what he was told.
async fn push_while(
    store: &Arc<MemoryStore>,
    home: &std::path::Path,
    project: &Project,
    base: &Base,
    step: Step,
) -> (Repository, Report) {
    let watched =
        Watched::new(Arc::clone(store) as _, Before(Mutex::new(Some(step)), (Request::Put, "refs/main")));
    let options =
        RepositoryOptions { proven: true, cache: Some(home.to_owned()), ..RepositoryOptions::new(clock()) };
    let writer = Repository::open(Arc::clone(&watched) as _, options).await.expect("opens");
    let report = push(&writer, project, &mut base.clone(), &Options::new()).await.expect("publishes");
    assert!(watched.by.0.lock().expect("nobody panicked").is_none(), "somebody came in between");
    (writer, report)
}

async fn is_looked_through(repository: &Repository, base: &Base) -> bool {
    let pointer = repository.read_ref(&RefName::main()).await.expect("reads").expect("a ref");
    repository.is_looked_through(&pointer, base.root).await
}

#[tokio::test]
async fn one_that_finds_the_same_version_there_names_what_it_sent_all_the_same() {
    let (store, repository, project, base) = condemned().await;
    let home = tempfile::tempdir().expect("a folder");
    let other = reopened(&repository).await;
    let step: Step = Box::new(move || {
        async move {
            protect_ref(&other, &RefName::main(), true).await.expect("protects");
        }
        .boxed()
    });
    let (writer, report) = push_while(&store, home.path(), &project, &base, step).await;
    assert!(!report.unchanged && report.bytes_uploaded > 0, "{report:?}");
    assert!(is_looked_through(&writer, &base).await);
    let (id, snapshot) =
        reopened(&repository).await.resolve(&RefName::main().into()).await.expect("a version");
    assert_eq!(id, report.snapshot);
    let there: Vec<_> = repository.list_indexes().await.expect("lists");
    let is_named = there.iter().all(|id| snapshot.indexes.contains(id));
    assert!(is_named && there.len() == 3, "the version names what was sent again: {there:?}");
    assert_eq!(look(&repository, true).await.damaged, []);
}

#[tokio::test]
async fn one_that_comes_after_another_names_what_both_sent() {
    let (store, repository, project, base) = condemned().await;
    let home = tempfile::tempdir().expect("a folder");
    let step: Step = {
        let (other, project, mut base) = (reopened(&repository).await, project.clone(), base.clone());
        Box::new(move || {
            async move {
                push(&other, &project, &mut base, &Options::new()).await.expect("mends first");
            }
            .boxed()
        })
    };
    let (writer, report) = push_while(&store, home.path(), &project, &base, step).await;
    assert!(!report.unchanged && report.bytes_uploaded > 0, "{report:?}");
    let (_, snapshot) =
        reopened(&repository).await.resolve(&RefName::main().into()).await.expect("a version");
    let there = repository.list_indexes().await.expect("lists");
    assert!(there.iter().all(|id| snapshot.indexes.contains(id)), "what both sent is in its list: {there:?}");
    let again = push(&writer, &project, &mut base.clone(), &Options::new()).await.expect("publishes");
    assert!(again.unchanged && again.bytes_uploaded == 0, "{again:?}");
    assert!(is_looked_through(&writer, &base).await);
    assert_eq!(look(&repository, true).await.damaged, []);
}

#[tokio::test]
async fn an_index_object_that_a_publish_puts_together_with_others_meanwhile_is_no_damage() {
    let (store, repository, mut project, mut base) = store_and_folder().await;
    for number in 0..5 {
        project.write("Content/Changes.uasset", noise(5000, 10 + number));
        push(&reopened(&repository).await, &project, &mut base, &Options::new()).await.expect("publishes");
    }
    let before = repository.list_indexes().await.expect("lists");
    let (other, mut later) = (repository.clone(), project.clone());
    let step: Step = Box::new(move || {
        async move {
            for number in 0..3 {
                later.write("Content/Changes.uasset", noise(5000, 20 + number));
                let other = reopened(&other).await;
                push(&other, &later, &mut base, &Options::new()).await.expect("publishes");
            }
        }
        .boxed()
    });
    let by = Before(Mutex::new(Some(step)), (Request::Get, IndexId::PREFIX));
    let watched = Watched::new(Arc::clone(&store) as _, by);
    let options = RepositoryOptions { proven: true, ..RepositoryOptions::new(clock()) };
    let looking = Repository::open(watched, options).await.expect("opens");
    let report = verify(&looking, &VerifyOptions::default()).await.expect("looks");
    let after = repository.list_indexes().await.expect("lists");
    assert!(before.iter().any(|id| !after.contains(id)), "{before:?}, {after:?}");
    assert_eq!(report.damaged, []);
}

#[tokio::test]
async fn a_version_that_is_published_while_others_are_read_is_no_damage_and_is_looked_at() {
    let (store, repository, mut project, mut base) = store_and_folder().await;
    let step: Step = {
        let other = reopened(&repository).await;
        Box::new(move || {
            async move {
                project.write("Content/Changes.uasset", noise(5000, 30));
                push(&other, &project, &mut base, &Options::new()).await.expect("publishes");
            }
            .boxed()
        })
    };
    let before = look(&repository, false).await.snapshots;
    let by = Before(Mutex::new(Some(step)), (Request::List, RefName::PREFIX));
    let watched = Watched::new(Arc::clone(&store) as _, by);
    let options = RepositoryOptions { proven: true, ..RepositoryOptions::new(clock()) };
    let looking = Repository::open(watched, options).await.expect("opens");
    let report = verify(&looking, &VerifyOptions::default()).await.expect("looks");
    assert_eq!((report.damaged, report.snapshots), (Vec::new(), before + 1));
}

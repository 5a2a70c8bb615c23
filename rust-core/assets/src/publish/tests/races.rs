//! Several publishers of one ref at once: nothing is lost, and what cannot be decided is put to a person.

use futures::future::join_all;

use super::*;
use crate::FolderStore;

async fn everybody_publishes(store: Arc<dyn Store>, publishers: usize, rounds: u64) {
    let repository = new_store(store).await;
    let all = (0..publishers).map(|number| {
        let repository = repository.clone();
        async move {
            let own = reopened(&repository).await;
            let (mut project, mut base) = (Project::default(), Base::default());
            for round in 0..rounds {
                let file = format!("Content/By{number}/Asset{}.uasset", round % 3);
                project.write(&file, format!("{number} in round {round}"));
                let options = Options { threads: 1, ..Options::new() };
                push(&own, &project, &mut base, &options).await.expect("publishes");
            }
            project.content()
        }
    });
    let mut expected = BTreeMap::new();
    for content in join_all(all).await {
        expected.extend(content);
    }
    assert_eq!(pull(&repository).await, expected);
    let pointer = repository.read_ref(&RefName::main()).await.expect("reads").expect("a ref");
    assert_eq!(pointer.value.sequence, publishers as u64 * rounds, "each publish moved the ref once");
    let mut length = 0;
    let mut next = Some(pointer.value.snapshot);
    while let Some(id) = next {
        length += 1;
        next = repository.snapshot(id).await.expect("a version").parents.first().copied();
    }
    assert_eq!(length, publishers as u64 * rounds, "each publish is in the history");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_publishers_lose_nothing_in_memory() {
    everybody_publishes(Arc::new(MemoryStore::new()), 8, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_publishers_lose_nothing_in_a_folder() {
    let home = tempfile::tempdir().expect("a folder");
    everybody_publishes(Arc::new(FolderStore::new(home.path())), 4, 3).await;
}

/// Two folders that were made from the same version.
async fn pair() -> (Repository, [(Project, Base); 2]) {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (project, mut base) = (project(), Base::default());
    push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    (repository, [(project.clone(), base.clone()), (project, base)])
}

#[tokio::test]
async fn what_only_one_side_changed_goes_through() {
    let (repository, [(mut ann, mut ann_base), (mut ben, mut ben_base)]) = pair().await;
    ann.write("Content/Wall.uasset", "ann's").remove("Config/Default.ini").write("Content/New/A.uasset", "a");
    ben.write("Content/Maps/Stage.umap", "ben's").write("Content/New/B.uasset", "b");
    push(&repository, &ann, &mut ann_base, &Options::new()).await.expect("publishes");
    let report = push(&repository, &ben, &mut ben_base, &Options::new()).await.expect("merges");
    assert!(report.merged);
    let mut expected = ann.content();
    expected.extend([
        ("Content/Maps/Stage.umap".to_owned(), "ben's".into()),
        ("Content/New/B.uasset".to_owned(), "b".into()),
    ]);
    assert_eq!(pull(&repository).await, expected);
    // Ben's folder still lacks what Ann did; publishing it again undoes nothing.
    assert!(push(&repository, &ben, &mut ben_base, &Options::new()).await.expect("publishes").unchanged);
    ben.write("Content/New/B.uasset", "b2");
    push(&repository, &ben, &mut ben_base, &Options::new()).await.expect("merges");
    expected.insert("Content/New/B.uasset".to_owned(), "b2".into());
    assert_eq!(pull(&repository).await, expected);
}

#[tokio::test]
async fn what_both_changed_is_a_choice() {
    let (repository, [(mut ann, mut ann_base), (mut ben, ben_base)]) = pair().await;
    ann.write("Content/Wall.uasset", "ann's").remove("Content/Maps/Stage.umap").write("Both.ini", "same");
    ben.write("Content/Wall.uasset", "ben's").write("Content/Maps/Stage.umap", "b").write("Both.ini", "same");
    push(&repository, &ann, &mut ann_base, &Options::new()).await.expect("publishes");
    let stopped = push(&repository, &ben, &mut ben_base.clone(), &Options::new()).await;
    let Err(PublishError::Conflicts { conflicts, .. }) = stopped else { panic!("{stopped:?}") };
    let conflict = |path: &str, ours, theirs| Conflict { path: path.to_owned(), ours, theirs };
    let expected = [
        conflict("Content/Maps/Stage.umap", Change::Changed, Change::Removed),
        conflict("Content/Wall.uasset", Change::Changed, Change::Changed),
    ];
    assert_eq!(conflicts, expected);
    assert_eq!(pull(&repository).await, ann.content(), "nothing was published");
    for (on_conflict, expected) in [(OnConflict::Theirs, &ann), (OnConflict::Ours, &ben)] {
        let options = Options { on_conflict, ..Options::new() };
        push(&repository, &ben, &mut ben_base.clone(), &options).await.expect("publishes");
        assert_eq!(pull(&repository).await, expected.content(), "{on_conflict:?}");
    }
}

#[tokio::test]
async fn a_folder_that_knows_no_version_adds_to_what_is_there() {
    let (repository, [(ann, _), _]) = pair().await;
    let mut newcomer = Project::default();
    newcomer.write("Content/Other.uasset", "new").write("Config/Default.ini", "[a]\nb=c\n");
    push(&repository, &newcomer, &mut Base::default(), &Options::new()).await.expect("merges");
    let mut expected = ann.content();
    expected.insert("Content/Other.uasset".to_owned(), "new".into());
    assert_eq!(pull(&repository).await, expected);
    let options = Options { replace: true, ..Options::new() };
    push(&repository, &newcomer, &mut Base::default(), &options).await.expect("replaces");
    assert_eq!(pull(&repository).await, newcomer.content());
}

use tempfile::{TempDir, tempdir};

use super::*;
use crate::local::read::tests::Machine;
use crate::local::{OWN_FOLDER, Workspace};
use crate::tree::Entry;
use crate::{FormatOptions, MemoryStore, RefName, RepositoryOptions};

/// A store, and a folder that is published there.
struct Stage {
    repository: Repository,
    folder: TempDir,
}

impl Stage {
    async fn new() -> Self {
        let options = RepositoryOptions::new(Arc::new(Machine));
        let store = Arc::new(MemoryStore::new());
        let repository = Repository::init(store, FormatOptions::default(), options).await.expect("a store");
        Self { repository, folder: tempdir().expect("a folder") }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        write(&self.root().join(path), bytes);
    }

    async fn publish(&self, root: &Path, records: Option<&Path>) -> Result<Report, WorkingError> {
        settle();
        let options = Options { records: records.map(Path::to_owned), ..Options::new() };
        publish_folder(&self.repository, root, Arc::new(Machine), &options).await
    }

    /// The paths of what is published.
    async fn published(&self) -> Vec<String> {
        let (_, snapshot) = self.repository.resolve(&RefName::main().into()).await.expect("a version");
        self.repository.load_indexes(&snapshot.indexes).await.expect("indexes");
        let entries = self.repository.walk(snapshot.root, |_| true).await.expect("folders");
        entries
            .into_iter()
            .filter(|(_, entry)| matches!(entry, Entry::File(_)))
            .map(|(path, _)| path)
            .collect()
    }
}

/// Writes a file, also one of a name that Windows takes for a device: only by its full path.
fn write(path: &Path, bytes: &[u8]) {
    let (folder, name) = (path.parent().expect("a folder"), path.file_name().expect("a name"));
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.canonicalize().expect("is there").join(name), bytes).expect("writes");
}

/// Files written a moment ago are not told apart by their times: time passes between people's actions.
fn settle() {
    std::thread::park_timeout(Duration::from_millis(60));
}

#[tokio::test]
async fn a_folder_that_somebody_works_in_is_not_even_looked_at() {
    let stage = Stage::new().await;
    stage.write("Content/con.uasset", b"a name that is refused when it is seen");
    let working = Workspace::open(stage.root()).expect("nobody is there");
    let refused = stage.publish(stage.root(), None).await.expect_err("somebody works there");
    assert!(matches!(refused, WorkingError::Workspace(WriteError::Busy(_))), "{refused:?}");
    drop(working);
    let refused = stage.publish(stage.root(), None).await.expect_err("the name");
    assert!(matches!(refused, WorkingError::Troubles(_)), "{refused:?}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told_and_not_made() {
    let stage = Stage::new().await;
    let nowhere = stage.root().join("nowhere");
    let refused = stage.publish(&nowhere, None).await.expect_err("not there");
    assert_eq!(refused.kind(), Kind::NotFound);
    assert!(!nowhere.exists());
}

#[tokio::test]
async fn a_folder_with_its_records_elsewhere_stays_as_it_is_and_is_known_the_next_time() {
    let (stage, records) = (Stage::new().await, tempdir().expect("a folder"));
    stage.write("Clips/A001.mov", b"a take");
    let first = stage.publish(stage.root(), Some(records.path())).await.expect("publishes");
    assert!(!stage.root().join(OWN_FOLDER).exists(), "nothing is written into it");
    let home = home_of(&stage.repository, stage.root(), Some(records.path()));
    assert_eq!(first.records.as_deref(), Some(home.path()));
    let known = State::load(home.path(), &stage.repository.format().id);
    assert_eq!(known.snapshot, Some(first.snapshot));
    let second = stage.publish(stage.root(), Some(records.path())).await.expect("looks");
    assert!(second.unchanged && second.base.is_none(), "no file was read");
}

#[tokio::test]
async fn a_card_in_the_place_of_another_removes_nothing_of_that() {
    let (stage, records) = (Stage::new().await, tempdir().expect("a folder"));
    ["A1.mov", "A2.mov", "A3.mov"].into_iter().for_each(|name| stage.write(name, name.as_bytes()));
    stage.publish(stage.root(), Some(records.path())).await.expect("publishes");
    // One file less is the same card still.
    fs::remove_file(stage.root().join("A3.mov")).expect("goes");
    let report = stage.publish(stage.root(), Some(records.path())).await.expect("publishes");
    assert_eq!(report.removed, ["A3.mov"]);
    ["A1.mov", "A2.mov"].into_iter().for_each(|name| fs::remove_file(stage.root().join(name)).expect("goes"));
    ["B1.mov", "B2.mov"].into_iter().for_each(|name| stage.write(name, name.as_bytes()));
    let report = stage.publish(stage.root(), Some(records.path())).await.expect("publishes");
    assert_eq!(report.removed, [""; 0]);
    assert_eq!(stage.published().await, ["A1.mov", "A2.mov", "B1.mov", "B2.mov"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_may_not_be_written_keeps_its_records_in_the_cache() {
    use std::os::unix::fs::PermissionsExt as _;
    let cache = tempdir().expect("a folder");
    let options = RepositoryOptions {
        cache: Some(cache.path().to_owned()),
        ..RepositoryOptions::new(Arc::new(Machine))
    };
    let store = Arc::new(MemoryStore::new());
    let repository = Repository::init(store, FormatOptions::default(), options).await.expect("a store");
    let stage = Stage { repository, ..Stage::new().await };
    stage.write("A001.mov", b"a take");
    let protect = |mode| fs::set_permissions(stage.root(), fs::Permissions::from_mode(mode)).expect("ours");
    protect(0o555);
    if fs::create_dir(stage.root().join("x")).is_ok() {
        println!("SKIPPED, nothing was write-protected: whoever runs this may write everywhere");
        return protect(0o755);
    }
    let first = stage.publish(stage.root(), None).await;
    let second = stage.publish(stage.root(), None).await;
    protect(0o755);
    let (first, second) = (first.expect("publishes"), second.expect("looks"));
    assert!(first.records.is_some_and(|records| records.starts_with(cache.path())));
    assert!(second.unchanged && second.base.is_none(), "no file was read");
    // Where it may be written again, what is known of it comes along.
    let third = stage.publish(stage.root(), None).await.expect("looks");
    assert!(third.unchanged && third.base.is_none() && third.records.is_none());
}

#[test]
fn what_is_there_after_all_is_found_and_what_is_ignored_by_now_is_not() {
    let root = tempdir().expect("a folder");
    fs::create_dir(root.path().join("Content")).expect("a folder");
    for (name, bytes) in
        [("Content/back.uasset", "back"), ("Content/raw.psd", "raw"), (".cycignore", "*.psd")]
    {
        fs::write(root.path().join(name), bytes).expect("writes");
    }
    let source = FolderSource { root: root.path().to_owned(), clock: Arc::new(Machine) };
    let missing = ["Content", "Content/back.uasset", "Content/gone.uasset", "Content/raw.psd"];
    let found = source.look_again(&missing).expect("looks");
    let paths: Vec<_> = found.iter().map(|found| found.path.as_str()).collect();
    assert_eq!(paths, ["Content", "Content/back.uasset"]);
    assert!(source.look_again(&["Content/gone.uasset"]).expect("looks").is_empty());
    // What cannot be seen is not gone.
    write(&root.path().join("Content/con.uasset"), b"x");
    assert!(source.look_again(&missing).is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn what_arrived_with_other_permissions_than_it_had_is_not_changed() {
    use std::os::unix::fs::PermissionsExt as _;

    use crate::hydrate;
    let (stage, wall) = (Stage::new().await, tempdir().expect("a folder"));
    for (name, mode) in [("locked.uasset", 0o444), ("shared.uasset", 0o664), ("run.sh", 0o555)] {
        stage.write(name, name.as_bytes());
        fs::set_permissions(stage.root().join(name), fs::Permissions::from_mode(mode)).expect("ours");
    }
    let published = stage.publish(stage.root(), None).await.expect("publishes");
    let snapshot = stage.repository.snapshot(published.snapshot).await.expect("there");
    let mut options = hydrate::Options::new(Arc::new(Machine));
    options.reference = Some(RefName::main());
    settle();
    hydrate::hydrate(&stage.repository, published.snapshot, &snapshot, wall.path(), &options)
        .await
        .expect("arrives");
    for root in [wall.path(), stage.root()] {
        let again = stage.publish(root, None).await.expect("looks");
        assert!(again.unchanged && again.base.is_none(), "no file was read");
    }
    let mode = fs::metadata(wall.path().join("run.sh")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o755, "it can be run, and written by its owner");
}

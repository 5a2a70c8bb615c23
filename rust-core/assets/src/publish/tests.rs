//! Whole publishes from a folder in memory to a store in memory.

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;
use cyclorama_time::{UtcTime, VirtualClock};

use super::*;
use crate::{FormatOptions, MemoryStore, RefName, RepositoryOptions, Store, tree::Entry};

mod few;
mod gone;
pub(crate) mod kills;
mod locked;
mod modes;
mod races;
mod turns;

/// A folder in memory: what its files hold, and how often each was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Project(BTreeMap<String, (Bytes, i64)>);

impl Project {
    pub(crate) fn write(&mut self, path: &str, bytes: impl Into<Bytes>) -> &mut Self {
        let version = self.0.get(path).map_or(1, |(_, version)| version + 1);
        self.0.insert(path.to_owned(), (bytes.into(), version));
        self
    }

    pub(crate) fn remove(&mut self, path: &str) -> &mut Self {
        self.0.remove(path);
        self
    }

    fn stamp(&self, path: &str) -> Option<Stamp> {
        let (bytes, version) = self.0.get(path)?;
        Some(Stamp { size: bytes.len() as u64, mtime_ns: *version, ctime_ns: *version, file_id: 1 })
    }

    pub(crate) fn scan(&self) -> Vec<Scanned> {
        let file = |path: &String| {
            let stamp = self.stamp(path).expect("it is there");
            Scanned { path: path.clone(), kind: ScannedKind::File { stamp, mode: Some(0o644) } }
        };
        self.0.keys().map(file).collect()
    }

    pub(crate) fn content(&self) -> BTreeMap<String, Bytes> {
        self.0.iter().map(|(path, (bytes, _))| (path.clone(), bytes.clone())).collect()
    }
}

impl Source for Project {
    fn read(&self, path: &str, take: &mut Take<'_>) -> Result<Stamp, ReadProblem> {
        let stamp = self.stamp(path).ok_or(ReadProblem::Gone)?;
        take(&mut &self.0[path].0[..], &stamp)?;
        Ok(stamp)
    }
}

/// Bytes that do not pack and are the same on every run.
pub(crate) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    })
    .take(length)
    .collect()
}

pub(crate) fn clock() -> Arc<VirtualClock> {
    Arc::new(VirtualClock::new(UtcTime::from_seconds(1.7e9)))
}

pub(crate) fn small_packs() -> FormatOptions {
    FormatOptions { pack_target: 1 << 20, ..FormatOptions::default() }
}

pub(crate) async fn new_store(store: Arc<dyn Store>) -> Repository {
    Repository::init(store, small_packs(), RepositoryOptions::new(clock())).await.expect("a new store")
}

pub(crate) async fn reopened(repository: &Repository) -> Repository {
    let store = Arc::clone(repository.store());
    let options = RepositoryOptions { proven: true, ..RepositoryOptions::new(clock()) };
    Repository::open(store, options).await.expect("opens")
}

/// Publishes, and keeps what the next publish needs.
pub(crate) async fn push(
    repository: &Repository,
    project: &Project,
    base: &mut Base,
    options: &Options,
) -> Result<Report, PublishError> {
    let source = Arc::new(project.clone());
    let mut report = publish(repository, source, project.scan(), base.clone(), options).await?;
    if let Some(new) = report.base.take() {
        *base = new;
    }
    Ok(report)
}

/// What a ref shows to somebody who knows nothing but the store: every file, read chunk by chunk and checked.
pub(crate) async fn pull(repository: &Repository) -> BTreeMap<String, Bytes> {
    let fresh = reopened(repository).await;
    let (_, snapshot) = fresh.resolve(&RefName::main().into()).await.expect("a version");
    fresh.load_indexes(&snapshot.indexes).await.expect("indexes");
    let mut files = BTreeMap::new();
    for (path, entry) in fresh.walk(snapshot.root, |_| true).await.expect("folders") {
        if let Entry::File(file) = entry {
            let mut bytes = Vec::new();
            for chunk in &file.chunks {
                bytes.extend_from_slice(&fresh.chunk(chunk).await.expect("a chunk"));
            }
            assert_eq!(cyclorama_content::FileDigests::of(&bytes).content, file.content, "{path}");
            files.insert(path, Bytes::from(bytes));
        }
    }
    files
}

fn project() -> Project {
    let mut project = Project::default();
    project
        .write("Content/Maps/Stage.umap", noise(300_000, 1))
        .write("Content/Wall.uasset", "text ".repeat(50_000))
        .write("Content/Empty.uasset", "")
        .write("Config/Default.ini", "[a]\nb=c\n");
    project
}

#[tokio::test]
async fn what_was_published_is_what_anybody_reads() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (project, mut base) = (project(), Base::default());
    let report = push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    assert_eq!((report.files, report.bytes), (4, 550_008));
    assert!(!report.unchanged && report.left.is_empty());
    assert!(report.bytes_uploaded < 320_000, "text is packed: {}", report.bytes_uploaded);
    assert_eq!(pull(&repository).await, project.content());
}

#[tokio::test]
async fn an_edit_sends_only_what_changed() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (mut project, mut base) = (project(), Base::default());
    project.write("Content/Big.ubulk", noise(8 << 20, 9));
    push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    let mut edited = project.content()["Content/Big.ubulk"].to_vec();
    edited.splice(4_000_000..4_000_000, *b"a header grew");
    project.write("Content/Big.ubulk", edited).remove("Config/Default.ini");
    let report = push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    assert!(report.bytes_uploaded < 600_000, "{}", report.bytes_uploaded);
    assert_eq!(pull(&repository).await, project.content());
}

#[tokio::test]
async fn nothing_changed_is_two_requests_and_no_listing() {
    let counted = kills::Stopping::never();
    let repository = new_store(Arc::clone(&counted) as Arc<dyn Store>).await;
    let (project, mut base) = (project(), Base::default());
    push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    let before = counted.by.requests();
    let fresh = reopened(&repository).await;
    let report = push(&fresh, &project, &mut base, &Options::new()).await.expect("publishes");
    assert!(report.unchanged);
    assert_eq!((report.files, report.bytes), (4, 550_008));
    assert_eq!(counted.by.requests() - before, 2, "the format file and the ref");
}

#[tokio::test]
async fn a_dry_run_counts_and_writes_nothing() {
    let counted = kills::Stopping::never();
    let repository = new_store(Arc::clone(&counted) as Arc<dyn Store>).await;
    let (project, mut base) = (project(), Base::default());
    let writes = counted.by.writes();
    let options = Options { dry_run: true, ..Options::new() };
    let report = push(&repository, &project, &mut base, &options).await.expect("finds out");
    assert_eq!(counted.by.writes(), writes);
    assert_eq!((report.files, report.bytes_new), (4, 550_008));
    assert!(report.bytes_uploaded > 300_000 && base == Base::default());
}

#[tokio::test]
async fn who_says_more_than_a_version_has_room_for_is_told_before_anything_is_sent() {
    let counted = kills::Stopping::never();
    let repository = new_store(Arc::clone(&counted) as Arc<dyn Store>).await;
    let (project, mut base) = (project(), Base::default());
    let writes = counted.by.writes();
    let options = Options { message: "wall ".repeat(1 << 18), ..Options::new() };
    let refused = push(&repository, &project, &mut base, &options).await.expect_err("nobody could read it");
    assert_eq!((refused.kind(), counted.by.writes()), (Kind::User, writes));
    assert!(refused.hint().is_some_and(|hint| hint.contains("fewer words")), "{refused:?}");
    let options = Options { message: "wall ".repeat(1 << 15), ..Options::new() };
    push(&repository, &project, &mut base, &options).await.expect("that is a long story, and has room");
    assert_eq!(pull(&repository).await, project.content());
}

/// Changes a file each time it is read, as often as it is told to.
struct Restless(Project, std::sync::atomic::AtomicU32);

impl Source for Restless {
    fn read(&self, path: &str, take: &mut Take<'_>) -> Result<Stamp, ReadProblem> {
        if path == "Content/Wall.uasset" {
            return Err(ReadProblem::Unstable);
        }
        if path == "Config/Default.ini" && self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
            let half = Stamp { size: 4, ..Stamp::default() };
            take(&mut &b"half"[..], &half).map_err(ReadProblem::Io)?;
        }
        self.0.read(path, take)
    }
}

#[tokio::test]
async fn a_file_that_keeps_changing_keeps_the_version_it_had() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (first, mut base) = (project(), Base::default());
    push(&repository, &first, &mut base, &Options::new()).await.expect("publishes");
    let mut second = first.clone();
    second.write("Content/Wall.uasset", "new").write("Config/Default.ini", "[a]\nb=d\n");
    let source = Arc::new(Restless(second.clone(), 0.into()));
    let report = publish(&repository, source, second.scan(), base, &Options::new()).await.expect("publishes");
    assert_eq!(report.left, [("Content/Wall.uasset".to_owned(), ReadProblem::Unstable.to_string())]);
    let mut expected = second.content();
    expected.insert("Content/Wall.uasset".to_owned(), first.content()["Content/Wall.uasset"].clone());
    assert_eq!(pull(&repository).await, expected);
    // Once it is quiet it is published, though it looks as it did.
    let base = report.base.expect("a base");
    publish(&repository, Arc::new(second.clone()), second.scan(), base, &Options::new())
        .await
        .expect("publishes");
    assert_eq!(pull(&repository).await, second.content());
}

#[tokio::test]
async fn a_base_of_another_store_saves_no_reading_that_is_needed() {
    let (one, two) =
        (new_store(Arc::new(MemoryStore::new())).await, new_store(Arc::new(MemoryStore::new())).await);
    let (project, mut base) = (project(), Base::default());
    push(&one, &project, &mut base, &Options::new()).await.expect("publishes");
    push(&two, &project, &mut base, &Options::new()).await.expect("publishes");
    assert_eq!(pull(&two).await, project.content());
}

#[tokio::test]
async fn an_encrypted_store_shows_nothing_and_works_the_same() {
    let store = Arc::new(MemoryStore::new());
    let key = Arc::new(crate::MasterKey::random());
    let options =
        || RepositoryOptions { key: Some(Arc::clone(&key) as _), ..RepositoryOptions::new(clock()) };
    let repository =
        Repository::init(Arc::clone(&store) as _, small_packs(), options()).await.expect("a store");
    let (mut project, mut base) = (project(), Base::default());
    project.write("Content/Secret-name.uasset", "the wall's secret texture ".repeat(3000));
    push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    push(&repository, &project, &mut base, &Options::new()).await.expect("nothing changed");
    let names = store.list("", None, 1000).await.expect("lists").objects;
    for (name, _) in names {
        let bytes = store.get(&name).await.expect("reads").bytes;
        for secret in [&b"secret texture"[..], b"Secret-name", b"snapshot"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{name}");
        }
    }
    let fresh = Repository::open(Arc::clone(&store) as _, options()).await.expect("opens");
    let (_, snapshot) = fresh.resolve(&RefName::main().into()).await.expect("a version");
    fresh.load_indexes(&snapshot.indexes).await.expect("indexes");
    assert_eq!(fresh.walk(snapshot.root, |_| true).await.expect("folders").len(), 8);
    let plain = Repository::open(store, RepositoryOptions::new(clock())).await;
    assert!(matches!(plain, Err(RepositoryError::Key(_))));
}

#[tokio::test]
async fn many_small_publishes_leave_few_index_objects_to_read() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (mut project, mut base) = (project(), Base::default());
    for round in 0..40 {
        project.write("Content/Wall.uasset", noise(2000, 100 + round));
        push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    }
    let (_, snapshot) = repository.resolve(&RefName::main().into()).await.expect("a version");
    assert!(snapshot.indexes.len() <= 8, "{}", snapshot.indexes.len());
    assert_eq!(pull(&repository).await, project.content());
    let back = repository.resolve(&"main~39".parse().expect("a revision")).await.expect("the first version");
    assert!(back.1.parents.is_empty());
}

#[tokio::test]
async fn a_cancelled_publish_shows_nothing() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let options = Options::new();
    options.cancel.cancel();
    let stopped = push(&repository, &project(), &mut Base::default(), &options).await;
    assert!(matches!(stopped, Err(PublishError::Cancelled(_))));
    assert_eq!(repository.read_ref(&RefName::main()).await.expect("reads"), None);
}

#[tokio::test]
async fn a_source_that_panics_or_fails_to_read_is_no_half_publish() {
    struct Unreadable;
    impl Source for Unreadable {
        fn read(&self, _: &str, _: &mut Take<'_>) -> Result<Stamp, ReadProblem> {
            Err(ReadProblem::Io(io::ErrorKind::PermissionDenied.into()))
        }
    }
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let report =
        publish(&repository, Arc::new(Unreadable), project().scan(), Base::default(), &Options::new())
            .await
            .expect("publishes what it can");
    assert_eq!((report.files, report.left.len()), (0, 4));
}

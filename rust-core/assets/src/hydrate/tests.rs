use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use cyclorama_content::{Chunking, Digest};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::{StageTime, UtcTime};
use tempfile::{TempDir, tempdir};

use super::*;
use crate::repository::RepositoryOptions;
use crate::tree::{Entry, FileEntry, Node, SymlinkEntry};
use crate::working::publish_folder;
use crate::{FormatOptions, MemoryStore, publish};

mod killed;
mod meanwhile;
mod places;
mod spelling;

/// The machine's clock, which file systems use too.
struct Machine;

impl Clock for Machine {
    fn now(&self) -> StageTime {
        StageTime::from_nanos(0)
    }

    #[expect(clippy::disallowed_methods, reason = "files get their times from this machine's clock")]
    fn utc(&self) -> UtcTime {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        UtcTime::from_nanos(now.as_nanos() as i64)
    }
}

/// A store, a folder that is published, and one that is hydrated.
struct Stage {
    repository: Repository,
    artist: TempDir,
    wall: TempDir,
}

impl Stage {
    async fn new() -> Self {
        let options = RepositoryOptions::new(Arc::new(Machine));
        let format = FormatOptions { chunking: Chunking::default(), ..FormatOptions::default() };
        let repository =
            Repository::init(Arc::new(MemoryStore::new()), format, options).await.expect("a store");
        Self { repository, artist: tempdir().expect("a folder"), wall: tempdir().expect("a folder") }
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        write(self.artist.path(), path, bytes);
    }

    async fn publish(&self) -> SnapshotId {
        settle();
        let options = publish::Options::new();
        let clock: Arc<dyn Clock> = Arc::new(Machine);
        publish_folder(&self.repository, self.artist.path(), clock, &options)
            .await
            .expect("publishes")
            .snapshot
    }

    async fn hydrate_as(
        &self,
        id: SnapshotId,
        change: impl FnOnce(&mut Options),
    ) -> Result<Report, HydrateError> {
        settle();
        let mut options = Options::new(Arc::new(Machine));
        options.reference = Some(RefName::main());
        change(&mut options);
        let snapshot = self.repository.snapshot(id).await.expect("there");
        hydrate(&self.repository, id, &snapshot, self.wall.path(), &options).await
    }

    async fn hydrate(&self, id: SnapshotId) -> Report {
        self.hydrate_as(id, |_| {}).await.expect("hydrates")
    }

    fn same(&self) {
        assert_eq!(tree(self.wall.path()), tree(self.artist.path()));
    }
}

/// Files written a moment ago are not told apart by their times: time passes between people's actions.
fn settle() {
    std::thread::park_timeout(Duration::from_millis(60));
}

fn write(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("below the root")).expect("a folder");
    fs::write(path, bytes).expect("writes");
}

/// Every path with its bytes and time; folders end in `/`.
fn tree(root: &Path) -> BTreeMap<String, (Vec<u8>, i64)> {
    let mut found = BTreeMap::new();
    crate::local::scan::scan(root).expect("scans").root.walk(&mut |path, item| {
        match item {
            crate::local::Item::File(file) => found
                .insert(path.to_owned(), (fs::read(root.join(path)).expect("reads"), file.stamp.mtime_ns)),
            crate::local::Item::Folder(_) => found.insert(format!("{path}/"), (Vec::new(), 0)),
            crate::local::Item::Symlink { target, .. } => {
                found.insert(path.to_owned(), (target.clone().into(), -1))
            }
        };
    });
    found
}

fn noise(length: usize, seed: u64) -> Vec<u8> {
    use rand::{RngCore as _, SeedableRng as _};
    let mut bytes = vec![0; length];
    rand::rngs::SmallRng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

#[tokio::test]
async fn a_version_arrives_as_it_was_published_and_again_costs_nothing() {
    let stage = Stage::new().await;
    stage.write("Content/Maps/Stage.umap", b"map");
    stage.write("Content/big.uasset", &noise(900_000, 1));
    stage.write("Content/same.uasset", &noise(900_000, 1));
    stage.write("Content/empty.txt", b"");
    stage.write("Content/zero.bin", &vec![0; 500_000]);
    fs::create_dir_all(stage.artist.path().join("Content/Nothing/Below")).expect("a folder");
    #[cfg(unix)]
    std::os::unix::fs::symlink("Maps/Stage.umap", stage.artist.path().join("Content/link")).expect("links");
    let id = stage.publish().await;
    let report = stage.hydrate(id).await;
    stage.same();
    assert_eq!((report.files, report.files_written, report.bytes_new), (5, 5, 2_300_003));
    assert!(report.bytes_downloaded < 1_000_000, "one copy crossed: {report:?}");
    let again = stage.hydrate(id).await;
    assert_eq!((again.files, again.files_written, again.bytes_downloaded), (5, 0, 0));
}

#[tokio::test]
async fn an_edit_fetches_only_what_changed_and_removes_only_what_came_from_us() {
    let stage = Stage::new().await;
    let mut big = noise(2_000_000, 2);
    stage.write("a/big.uasset", &big);
    stage.write("a/old.uasset", b"old");
    stage.write("moved/by/hand.uasset", &noise(300_000, 3));
    stage.hydrate(stage.publish().await).await;
    write(stage.wall.path(), "a/mine.uasset", b"mine");
    big[1_000_000] ^= 1;
    stage.write("a/big.uasset", &big);
    fs::remove_file(stage.artist.path().join("a/old.uasset")).expect("removes");
    fs::rename(stage.artist.path().join("moved"), stage.artist.path().join("elsewhere")).expect("moves");
    let report = stage.hydrate(stage.publish().await).await;
    assert!(report.bytes_downloaded < 300_000, "{report:?}");
    assert!(report.bytes_shared > 1_500_000, "{report:?}");
    assert_eq!(report.files_removed, 2);
    assert_eq!(fs::read(stage.wall.path().join("a/mine.uasset")).expect("still there"), b"mine");
    fs::remove_file(stage.wall.path().join("a/mine.uasset")).expect("removes");
    stage.same();
}

#[tokio::test]
async fn files_changed_by_hand_stop_it_before_anything_is_written_or_are_a_choice() {
    let stage = Stage::new().await;
    stage.write("a", b"one");
    stage.write("b", b"one");
    stage.hydrate(stage.publish().await).await;
    settle();
    write(stage.wall.path(), "a", b"mine");
    stage.write("a", b"two");
    stage.write("b", b"two");
    let id = stage.publish().await;
    let before = tree(stage.wall.path());
    let error = stage.hydrate_as(id, |_| {}).await.expect_err("an edit");
    assert!(matches!(&error, HydrateError::Edited(paths) if paths == &["a"]), "{error}");
    assert_eq!(error.kind(), Kind::Conflict);
    assert_eq!(tree(stage.wall.path()), before);
    let kept = stage.hydrate_as(id, |options| options.on_edit = OnEdit::Keep).await.expect("keeps");
    assert_eq!(kept.kept, ["a"]);
    assert_eq!(fs::read(stage.wall.path().join("a")).expect("reads"), b"mine");
    assert_eq!(fs::read(stage.wall.path().join("b")).expect("reads"), b"two");
    stage.hydrate_as(id, |options| options.on_edit = OnEdit::Replace).await.expect("replaces");
    stage.same();
}

#[tokio::test]
async fn a_part_of_a_version_is_hydrated_and_publishing_from_it_loses_nothing() {
    let stage = Stage::new().await;
    stage.write("Content/Maps/A.umap", b"a");
    stage.write("Content/Maps/B.umap", b"b");
    stage.write("Content/rock.uasset", b"rock");
    let id = stage.publish().await;
    let select = Select::only(["Content/Maps/A.umap"]).expect("a glob");
    let report = stage.hydrate_as(id, |options| options.select = select).await.expect("hydrates");
    assert_eq!(report.files, 1);
    assert!(!stage.wall.path().join("Content/rock.uasset").exists());
    settle();
    write(stage.wall.path(), "Content/Maps/A.umap", b"new");
    settle();
    let options = publish::Options::new();
    let clock: Arc<dyn Clock> = Arc::new(Machine);
    let published =
        publish_folder(&stage.repository, stage.wall.path(), clock, &options).await.expect("publishes");
    let snapshot = stage.repository.snapshot(published.snapshot).await.expect("there");
    let found = stage.repository.walk(snapshot.root, |_| true).await.expect("walks");
    let files: Vec<_> = found.iter().filter(|(_, entry)| matches!(entry, Entry::File(_))).collect();
    assert_eq!(files.len(), 3, "{found:?}");
    let nothing = Select::only(["Nowhere/**"]).expect("a glob");
    let error = stage.hydrate_as(id, |options| options.select = nothing).await.expect_err("nothing");
    assert_eq!(error.kind(), Kind::NotFound);
}

#[tokio::test]
async fn files_become_folders_and_folders_become_files() {
    let stage = Stage::new().await;
    stage.write("x", b"file");
    stage.write("y/below", b"file");
    stage.hydrate(stage.publish().await).await;
    fs::remove_file(stage.artist.path().join("x")).expect("removes");
    fs::remove_dir_all(stage.artist.path().join("y")).expect("removes");
    stage.write("x/below", b"now a folder");
    stage.write("y", b"now a file");
    stage.hydrate(stage.publish().await).await;
    stage.same();
}

#[tokio::test]
async fn a_dry_run_tells_and_writes_nothing() {
    let stage = Stage::new().await;
    stage.write("a", &noise(100_000, 4));
    let id = stage.publish().await;
    let report = stage.hydrate_as(id, |options| options.dry_run = true).await.expect("tells");
    assert_eq!((report.files_written, report.bytes_new), (1, 100_000));
    assert!(report.bytes_downloaded >= 100_000);
    assert_eq!(fs::read_dir(stage.wall.path()).expect("there").count(), 0);
}

#[tokio::test]
async fn what_somebody_touched_without_changing_is_no_edit_and_lost_records_cost_only_reading() {
    let stage = Stage::new().await;
    stage.write("a", b"one");
    let id = stage.publish().await;
    stage.hydrate(id).await;
    settle();
    write(stage.wall.path(), "a", b"one");
    assert_eq!(stage.hydrate(id).await.files_written, 0);
    stage.same();
    let store = &stage.repository.format().id;
    fs::remove_file(State::path(stage.wall.path(), store)).expect("removes");
    let report = stage.hydrate(id).await;
    assert_eq!((report.files_written, report.bytes_downloaded), (0, 0));
}

/// Puts chunks into a store as a publisher would.
async fn store_chunks(
    repository: &Repository,
    chunks: Vec<(cyclorama_content::ChunkId, Vec<u8>)>,
) -> crate::IndexId {
    let mut packer = crate::codec::Packer::new(1).expect("memory");
    let mut pack = crate::pack::PackBuilder::default();
    for (id, raw) in &chunks {
        let (codec, packed) = packer.pack(raw);
        pack.add(*id, raw.len() as u32, codec, packed, repository.sealer());
    }
    let pack = pack.finish(repository.sealer(), repository.now());
    let mut index = crate::index::IndexBuilder::default();
    index.add_pack(pack.id, pack.bytes.len() as u64, &pack.entries);
    repository.put_object(&pack.id.key(), pack.bytes).await.expect("stored");
    repository.put_index(index.finish()).await.expect("stored").0
}

/// A version that no honest publisher makes.
async fn hostile(stage: &Stage, entries: Vec<Entry>) -> HydrateError {
    stage.write("plain", b"plain");
    let honest = stage.publish().await;
    let mut snapshot = stage.repository.snapshot(honest).await.expect("there");
    let node = Node::new(entries).encode(stage.repository.ids());
    snapshot.indexes.push(store_chunks(&stage.repository, node.chunks).await);
    snapshot.root = node.id;
    let options = Options::new(Arc::new(Machine));
    let result = hydrate(&stage.repository, honest, &snapshot, stage.wall.path(), &options).await;
    let error = result.expect_err("refused");
    assert_eq!(tree(stage.wall.path()), BTreeMap::new(), "nothing was written");
    error
}

fn file(name: &str) -> Entry {
    let (content, chunks) = (Digest::of(b""), Vec::new());
    let xxh128 = cyclorama_content::Xxh128::of(b"");
    Entry::File(FileEntry {
        name: name.to_owned(),
        size: 0,
        mtime_ns: 0,
        mode: 0o644,
        content,
        xxh128,
        chunks,
    })
}

fn link(name: &str, target: &str) -> Entry {
    Entry::Symlink(SymlinkEntry { name: name.to_owned(), target: target.to_owned() })
}

#[tokio::test]
async fn names_and_links_of_a_hostile_version_are_refused_before_anything_is_written() {
    for (entries, reason) in [
        (vec![file("nul.txt")], "device"),
        (vec![file("a:b")], "character"),
        (vec![file("A"), file("a")], "capital"),
        (vec![file(".cyclorama")], "records"),
        (vec![file(".CycloRama")], "records"),
        (vec![link("out", "/etc")], "outside"),
        (vec![link("out", "../up")], "outside"),
        (vec![file("trailing.")], "dot"),
    ] {
        let stage = Stage::new().await;
        let error = hostile(&stage, entries).await;
        assert!(matches!(error, HydrateError::Refused(_)) && error.to_string().contains(reason), "{error}");
        assert_eq!(error.kind(), Kind::Integrity);
    }
}

#[tokio::test]
async fn a_file_that_is_not_what_its_entry_says_is_refused() {
    let stage = Stage::new().await;
    let Entry::File(empty) = file("a") else { unreachable!("made as a file") };
    let lying = Entry::File(FileEntry { content: Digest::of(b"something else"), ..empty.clone() });
    assert!(matches!(hostile(&stage, vec![lying]).await, HydrateError::WrongFile { .. }));
    let stage = Stage::new().await;
    let huge = Entry::File(FileEntry { size: 5, ..empty });
    assert_eq!(hostile(&stage, vec![huge]).await.kind(), Kind::Integrity);
}

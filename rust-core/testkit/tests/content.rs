//! Published content that jobs need: brought to a machine once, whole or not at all, and told to hosts.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use cyclorama_assets::publish::Options;
use cyclorama_assets::working::publish_folder;
use cyclorama_assets::{Condition, FormatOptions, Key, MemoryStore, Repository, RepositoryOptions, Store};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::{Cancel, Progress};
use cyclorama_render::content::{Brought, Content, ContentError, ContentFolder, ContentName};
use cyclorama_render::host::{Channel, HostCommand};
use cyclorama_render::ledger::Ledger;
use cyclorama_render::worker::{WorkerError, WorkerOptions, WorkerReport, run};
use cyclorama_testkit::{RuntimeClock, WallClock, jobs::small_plan};
use tempfile::{TempDir, tempdir};

/// A published pack, and a machine.
#[derive(Clone)]
struct Story {
    store: Arc<MemoryStore>,
    pack: Content,
    machine: Arc<TempDir>,
    most: u64,
}

impl Story {
    async fn begin() -> Self {
        let made = tempdir().expect("a folder");
        fs::create_dir(made.path().join("0")).expect("a folder");
        fs::write(made.path().join("0/shader.udd"), noise(300_000)).expect("writes");
        fs::write(made.path().join("1.udd"), b"warm").expect("writes");
        Self::publishing(&made, "ddc".parse().expect("a name")).await
    }

    /// All of a folder.
    async fn publishing(made: &TempDir, name: ContentName) -> Self {
        let store = Arc::new(MemoryStore::new());
        let options = RepositoryOptions::new(Arc::new(WallClock));
        let repository =
            Repository::init(store.clone(), FormatOptions::default(), options).await.expect("a store");
        let options = Options::new();
        let published = publish_folder(&repository, made.path(), Arc::new(WallClock), &options);
        let published = published.await.expect("publishes");
        let (snapshot, packages) = (published.snapshot, Vec::new());
        let pack = Content { name, store: store.describe(), snapshot, packages, files: 2, bytes: 300_004 };
        Self { store, pack, machine: Arc::new(tempdir().expect("a folder")), most: u64::MAX }
    }

    /// A published Unreal project of two maps, and a machine.
    async fn of_two_maps() -> Self {
        let made = tempdir().expect("a folder");
        let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/unreal");
        for (file, folder) in
            [("Stage.umap", "Maps"), ("Other.umap", "Maps"), ("Rock.uasset", ""), ("Tree.uasset", "")]
        {
            let folder = made.path().join("Content").join(folder);
            fs::create_dir_all(&folder).expect("a folder");
            fs::copy(packages.join(file), folder.join(file)).expect("copies");
        }
        fs::write(made.path().join("Show.uproject"), b"{}").expect("writes");
        Self::publishing(&made, ContentName::project()).await
    }

    fn of_map(&self, map: &str) -> Self {
        let pack = Content { packages: vec![map.to_owned()], ..self.pack.clone() };
        Self { pack, ..self.clone() }
    }

    async fn bring(&self) -> Result<Brought, ContentError> {
        // As another process would, which knows nothing but what is on the disk.
        let options = RepositoryOptions::new(Arc::new(WallClock));
        let repository = Repository::open(self.store.clone(), options).await.expect("a store");
        let folder =
            ContentFolder::new(self.machine.path().to_owned(), Arc::new(WallClock)).within(self.most);
        folder.bring(&repository, &self.pack, &Progress::new(), &Cancel::new()).await
    }
}

/// Bytes that do not shrink.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

async fn work(needs: &str, folder: Option<&Path>) -> Result<WorkerReport, WorkerError> {
    let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
    let job = ledger.submit(&small_plan(2, 2)).await.expect("submits");
    let host = HostCommand {
        program: env!("CARGO_BIN_EXE_fake-host").into(),
        arguments: ["--needs", needs].map(Into::into).to_vec(),
        environment: Vec::new(),
        channel: Channel::Pipes,
    };
    let scratch = tempdir().expect("a folder");
    let name = "ddc".parse().expect("a name");
    let content = folder.map(|folder| (name, folder.to_owned())).into_iter().collect();
    let options = WorkerOptions { content, ..WorkerOptions::new("w", host, scratch.path()) };
    run(job, options, Arc::new(RuntimeClock::new()), Cancel::new()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_finds_a_pack_by_its_variable_and_in_what_it_is_told_to_open() {
    let story = Story::begin().await;
    let brought = story.bring().await.expect("brings");
    let report = work("ddc/0/shader.udd", Some(&brought.folder)).await.expect("works");
    assert_eq!(report.committed, 2);
    let missing = work("ddc/0/shader.udd", None).await.expect_err("nobody told it");
    assert!(format!("{missing:?}").contains("ddc/0/shader.udd is not there"), "{missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_fetched_once_for_all_jobs_of_a_machine_also_when_they_begin_together() {
    let story = Story::begin().await;
    let (one, other) = tokio::join!(story.bring(), story.bring());
    let (one, other) = (one.expect("brings"), other.expect("brings"));
    assert_eq!(one.folder, other.folder);
    assert!(
        one.fetched.min(other.fetched) == 0 && one.fetched.max(other.fetched) > 250_000,
        "{one:?} {other:?}"
    );
    assert_eq!(fs::read(one.folder.join("1.udd")).expect("reads"), b"warm");
    assert_eq!(story.bring().await.expect("is here").fetched, 0);
}

/// Files of a brought project, by their path.
fn files(folder: &Path) -> Vec<String> {
    let names = ["Content/Maps/Other.umap", "Content/Maps/Stage.umap", "Content/Rock.uasset"];
    let names = names.into_iter().chain(["Content/Tree.uasset", "Show.uproject"]);
    names.filter(|name| folder.join(name).is_file()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_two_maps_share_a_folder_that_grows_also_when_they_begin_together() {
    let story = Story::of_two_maps().await;
    let stage = story.of_map("/Game/Maps/Stage");
    let folder = stage.bring().await.expect("brings").folder;
    let stage_needs = ["Content/Maps/Stage.umap", "Content/Rock.uasset", "Show.uproject"];
    assert_eq!(files(&folder), stage_needs, "nothing of the other map");
    let other = story.of_map("/Game/Maps/Other");
    let (one, two) = tokio::join!(other.bring(), stage.bring());
    let (one, two) = (one.expect("brings"), two.expect("is here"));
    assert_eq!((&one.folder, &two.folder, two.fetched), (&folder, &folder, 0));
    assert_eq!(files(&folder).len(), 5, "what the first needs is still there");
    assert_eq!(story.bring().await.expect("is here").fetched, 0, "nor does all of it fetch anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_keeps_within_its_size_and_never_takes_content_from_who_uses_it() {
    let first = Story { most: 400_000, ..Story::begin().await };
    let mut stories = vec![first];
    for _ in 0..2 {
        let next = Story::begin().await;
        stories.push(Story { machine: stories[0].machine.clone(), most: 400_000, ..next });
    }
    let used = stories[0].bring().await.expect("brings");
    let second = stories[1].bring().await.expect("brings, although there is no room");
    // With the records that a folder keeps of itself.
    let left = second.room.left;
    assert!(second.room.removed == 0 && (600_008..700_000).contains(&left), "both are used: {second:?}");
    let gone = second.folder.clone();
    drop(second);
    let third = stories[2].bring().await.expect("brings");
    assert_eq!((third.room.removed, gone.exists(), used.folder.exists()), (1, false, true));
    assert_eq!(fs::read(used.folder.join("1.udd")).expect("reads"), b"warm");
    drop((used, third));
    let again = stories[1].bring().await.expect("brings anew");
    assert!(again.fetched > 250_000 && again.room.removed == 2, "{again:?}");
    assert_eq!(again.room.left, 300_004);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_the_version_does_not_have_is_named() {
    let story = Story::of_two_maps().await.of_map("/Game/Maps/Third");
    let refused = story.bring().await.expect_err("no such map");
    assert_eq!(refused.kind(), Kind::NotFound);
    assert!(refused.to_string().contains("of `project` the job needs cannot be found"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_in_a_pack_is_put_right_before_it_is_used_again() {
    let story = Story::begin().await;
    let folder = story.bring().await.expect("brings").folder;
    fs::write(folder.join("1.udd"), b"cold!").expect("writes");
    fs::remove_file(folder.join("0/shader.udd")).expect("removes");
    assert!(story.bring().await.expect("brings").fetched > 250_000);
    assert_eq!(fs::read(folder.join("1.udd")).expect("reads"), b"warm");
    assert_eq!(fs::read(folder.join("0/shader.udd")).expect("reads"), noise(300_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_that_is_damaged_or_gone_is_named_and_is_no_pack() {
    let story = Story::begin().await;
    let store: Arc<dyn Store> = story.store.clone();
    let listed = store.list("packs/", None, 1000).await.expect("lists");
    for (key, _) in &listed.objects {
        damage(&store, key).await;
    }
    let refused = story.bring().await.expect_err("damaged");
    assert_eq!(refused.kind(), Kind::Integrity, "{refused:?}");
    assert!(refused.to_string().contains("of `ddc` cannot be brought here"), "{refused}");
    for (key, _) in &listed.objects {
        store.delete(key, Condition::Always).await.expect("deletes");
    }
    let refused = story.bring().await.expect_err("gone");
    assert_eq!(refused.kind(), Kind::Integrity, "{refused:?}");
}

async fn damage(store: &Arc<dyn Store>, key: &Key) {
    let mut bytes = store.get(key).await.expect("there").bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    store.put(key, bytes.into(), Condition::Always).await.expect("puts");
}

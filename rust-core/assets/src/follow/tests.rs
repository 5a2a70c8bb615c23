//! A stage that follows, on virtual time: how soon, how whole, and what it does with trouble.

mod alone;
mod disk;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::{Instant, sleep};

use super::journal::{Journal, Step};
use super::*;
use crate::publish::tests::{Project, clock, noise, push, small_packs};
use crate::publish::{Base, Options};
use crate::store::watched::{Between, Request, Watched};
use crate::versions::set_ref;
use crate::{Key, MemoryStore, RepositoryOptions, Store, StoreError};

const RTT: Duration = Duration::from_millis(80);
/// 200 Mbit/s.
const BYTES_PER_SECOND: f64 = 25e6;

/// The way to a store far away: each request costs a round trip, bytes take their time, and it may be out of reach.
#[derive(Default)]
struct Far {
    requests: AtomicU64,
    cut: AtomicBool,
    /// Whose credentials have expired.
    expired: AtomicBool,
    /// No time passes: a publisher's threads would wait for it in vain where it only moves when nothing else does.
    near: AtomicBool,
}

impl Far {
    async fn travel(&self, time: Duration) -> Result<(), StoreError> {
        if self.near.load(Ordering::Relaxed) {
            return Ok(());
        }
        sleep(time).await;
        if self.expired.load(Ordering::Relaxed) {
            let (operation, key) = ("read", "anything".to_owned());
            let (kind, hint) = (Kind::Refused, Some("sign in again".to_owned()));
            return Err(StoreError::Service {
                operation,
                key,
                kind,
                hint,
                source: "they have expired".into(),
            });
        }
        if !self.cut.load(Ordering::Relaxed) {
            return Ok(());
        }
        let source = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        Err(StoreError::Io { operation: "read", key: "anything".to_owned(), source })
    }

    async fn carry(&self, bytes: Bytes) -> Result<Bytes, StoreError> {
        self.travel(Duration::from_secs_f64(bytes.len() as f64 / BYTES_PER_SECOND)).await?;
        Ok(bytes)
    }
}

#[async_trait]
impl Between for Far {
    async fn asked(&self, _request: Request, _key: &str) -> Result<(), StoreError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.travel(RTT).await
    }

    async fn read(&self, _request: Request, _key: &Key, bytes: Bytes) -> Result<Bytes, StoreError> {
        self.carry(bytes).await
    }

    async fn written(&self, _key: &Key, bytes: Bytes) -> Result<Bytes, StoreError> {
        self.carry(bytes).await
    }
}

/// An artist's machine, a store, and a stage.
struct Studio {
    far: Arc<Watched<Far>>,
    artist: Repository,
    stage: Repository,
    home: tempfile::TempDir,
    project: Project,
    base: Base,
    told: Arc<Mutex<Vec<(Instant, Happened)>>>,
}

impl Studio {
    async fn new() -> Self {
        let far = Watched::new(Arc::new(MemoryStore::new()), Far::default());
        let store: Arc<dyn Store> = Arc::clone(&far) as _;
        let options = RepositoryOptions::new(clock());
        let artist =
            Repository::init(Arc::clone(&store), small_packs(), options.clone()).await.expect("a store");
        let stage = Repository::open(store, options).await.expect("opens");
        let home = tempfile::tempdir().expect("a folder");
        let (project, base, told) = Default::default();
        Self { far, artist, stage, home, project, base, told }
    }

    async fn publish(&mut self) -> SnapshotId {
        self.far.by.near.store(true, Ordering::Relaxed);
        let report = push(&self.artist, &self.project, &mut self.base, &Options::new()).await;
        self.far.by.near.store(false, Ordering::Relaxed);
        report.expect("publishes").snapshot
    }

    fn folder(&self) -> Folder {
        Folder::open(self.home.path()).expect("a folder")
    }

    fn options(&self) -> FollowOptions {
        FollowOptions::new(RefName::main())
    }

    async fn follow(&self, options: &FollowOptions) -> Result<(), FollowError> {
        let told = Arc::clone(&self.told);
        let mut tell = move |event: FollowEvent| {
            told.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), event.what));
        };
        follow(&self.stage, &self.folder(), options, &mut tell).await
    }

    /// Comes to the present version.
    async fn catch_up(&self) {
        self.follow(&FollowOptions { once: true, ..self.options() }).await.expect("follows");
    }

    fn told(&self) -> Vec<(Instant, Happened)> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn last(&self) -> Happened {
        self.told().last().expect("something was told").1.clone()
    }

    fn assert_shows(&self, expected: &BTreeMap<String, Bytes>) {
        assert!(content(self.home.path()) == *expected, "the folder shows the version and nothing else");
    }
}

/// Every file of a folder but ours.
fn content(folder: &Path) -> BTreeMap<String, Bytes> {
    fn visit(folder: &Path, prefix: &str, out: &mut BTreeMap<String, Bytes>) {
        for entry in std::fs::read_dir(folder).expect("lists") {
            let entry = entry.expect("an entry");
            let name = format!("{prefix}{}", entry.file_name().to_str().expect("text"));
            if name == ".cyclorama" {
                continue;
            }
            match entry.file_type().expect("a type").is_dir() {
                true => visit(&entry.path(), &format!("{name}/"), out),
                false => drop(out.insert(name, std::fs::read(entry.path()).expect("reads").into())),
            }
        }
    }
    let mut out = BTreeMap::new();
    visit(folder, "", &mut out);
    out
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_one_of_ten_thousand_files_is_on_the_stage_within_ten_round_trips_and_a_look() {
    let mut studio = Studio::new().await;
    for number in 0..10_000 {
        let path = format!("Content/F{}/G{}/Asset{number}.uasset", number % 40, number % 7);
        studio.project.write(&path, format!("asset {number}"));
    }
    studio.publish().await;
    studio.catch_up().await;
    studio.assert_shows(&studio.project.content());

    let options = studio.options();
    let edited = Bytes::from(noise(1_000_000, 7));
    let mut artist = (studio.project.clone(), studio.base.clone());
    artist.0.write("Content/F3/G1/Asset43.uasset", edited.clone());
    let publishing = async {
        sleep(Duration::from_secs(7)).await;
        let report = push(&studio.artist, &artist.0, &mut artist.1, &Options::new()).await;
        (report.expect("publishes").snapshot, Instant::now(), studio.far.by.requests.load(Ordering::Relaxed))
    };
    let watching = async {
        let before = studio.told().len();
        let ends = async {
            while !studio.told()[before..].iter().any(|(_, what)| matches!(what, Happened::Version { .. })) {
                sleep(Duration::from_millis(1)).await;
            }
            options.cancel.cancel();
        };
        let (end, ()) = tokio::join!(studio.follow(&options), ends);
        assert!(matches!(end, Err(FollowError::Cancelled(_))));
    };
    let ((snapshot, published, requests), ()) = tokio::join!(publishing, watching);
    let (arrived, what) = studio.told().pop().expect("told");
    let Happened::Version { snapshot: shown, files, bytes_downloaded, .. } = what else {
        panic!("{what:?}");
    };
    assert_eq!((shown, files), (snapshot, 1));
    let took = arrived - published;
    let transfer = Duration::from_secs_f64(bytes_downloaded as f64 / BYTES_PER_SECOND);
    let allowed = options.poll.mul_f64(1.25) + 10 * RTT + transfer;
    assert!(took <= allowed, "{took:?} of {allowed:?}");
    let asked = studio.far.by.requests.load(Ordering::Relaxed) - requests;
    assert!(asked <= 12, "{asked} requests from the publish to the picture");
    assert!(bytes_downloaded < 1_100_000, "{bytes_downloaded}");
    artist.0.content().get("Content/F3/G1/Asset43.uasset").expect("it is there");
    studio.assert_shows(&artist.0.content());
}

#[tokio::test(start_paused = true)]
async fn a_version_that_was_taken_back_stays_away_until_the_next_one_comes() {
    let mut studio = Studio::new().await;
    studio.project.write("Content/Wall.uasset", "good");
    let good = studio.publish().await;
    studio.catch_up().await;
    studio.project.write("Content/Wall.uasset", "bad").write("Content/More.uasset", "more");
    studio.publish().await;
    studio.catch_up().await;
    studio.assert_shows(&studio.project.content());
    let back = roll_back(&studio.stage, &studio.folder(), &studio.options(), &mut |_| {}).await;
    assert_eq!(back.expect("goes back"), good);
    studio.catch_up().await;
    assert_eq!(content(studio.home.path())["Content/Wall.uasset"], "good");
    assert_eq!(content(studio.home.path()).len(), 1);
    studio.project.write("Content/Wall.uasset", "better");
    studio.publish().await;
    studio.catch_up().await;
    studio.assert_shows(&studio.project.content());
    // Two at a time: neither of them comes back by itself.
    for text in ["worse", "worst"] {
        studio.project.write("Content/Wall.uasset", text);
        studio.publish().await;
        studio.catch_up().await;
    }
    for _ in 0..2 {
        let back = roll_back(&studio.stage, &studio.folder(), &studio.options(), &mut |_| {}).await;
        back.expect("goes back");
    }
    studio.catch_up().await;
    assert_eq!(content(studio.home.path())["Content/Wall.uasset"], "better");
    // The other way: the ref itself is set back, for every stage.
    set_ref(&studio.artist, &RefName::main(), &good.into(), "lead", false).await.expect("sets");
    studio.catch_up().await;
    assert_eq!(content(studio.home.path())["Content/Wall.uasset"], "good");
    let none = Studio::new().await;
    let nowhere = roll_back(&none.stage, &none.folder(), &none.options(), &mut |_| {}).await;
    assert!(matches!(nowhere, Err(FollowError::NoEarlier)));
}

#[tokio::test(start_paused = true)]
async fn what_somebody_changed_on_the_stage_is_kept_aside_and_told() {
    let mut studio = Studio::new().await;
    studio.project.write("Content/Wall.uasset", "one").write("Content/Old.uasset", "old");
    studio.publish().await;
    studio.catch_up().await;
    let at = |path: &str| studio.home.path().join(path);
    std::fs::write(at("Content/Wall.uasset"), "changed by hand").expect("writes");
    std::fs::write(at("Content/Old.uasset"), "this one too").expect("writes");
    std::fs::write(at("Content/Mine.uasset"), "nobody else's").expect("writes");
    std::fs::write(at("Content/New.uasset"), "in the way").expect("writes");
    studio.project.write("Content/Wall.uasset", "two").remove("Content/Old.uasset");
    studio.project.write("Content/New.uasset", "new");
    studio.publish().await;
    studio.catch_up().await;
    let mut kept = Vec::new();
    for (_, what) in studio.told() {
        if let Happened::Kept { path, aside } = what {
            let bytes = std::fs::read_to_string(studio.home.path().join(aside)).expect("it lies aside");
            kept.push((path, bytes));
        }
    }
    kept.sort();
    let expected = [
        ("Content/New.uasset", "in the way"),
        ("Content/Old.uasset", "this one too"),
        ("Content/Wall.uasset", "changed by hand"),
    ];
    assert_eq!(kept, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let mut shows = studio.project.content();
    shows.insert("Content/Mine.uasset".to_owned(), "nobody else's".into());
    studio.assert_shows(&shows);
}

#[tokio::test(start_paused = true)]
async fn a_kill_between_any_two_steps_leaves_a_version_that_the_next_start_makes_whole() {
    let mut studio = Studio::new().await;
    for number in 0..6 {
        studio.project.write(&format!("Content/A{number}.uasset"), format!("old {number}"));
    }
    studio.publish().await;
    studio.catch_up().await;
    let before = studio.project.content();
    studio.project.write("Content/A0.uasset", "new").remove("Content/A1.uasset");
    studio.project.remove("Content/A2.uasset").write("Moved/A2.uasset", "old 2");
    studio.project.write("Content/B/C.uasset", "deep").remove("Content/A3.uasset");
    studio.project.write("Content/A3.uasset/Inside.uasset", "a folder now");
    studio.publish().await;
    let mut kills = 0;
    for taken in 0.. {
        let copy = tempfile::tempdir().expect("a folder");
        for (path, bytes) in &before {
            let path = copy.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("makes");
            std::fs::write(path, bytes).expect("writes");
        }
        let folder = Folder::open(copy.path()).expect("a folder");
        let options = FollowOptions { once: true, ..studio.options() };
        follow(&studio.stage, &folder, &options, &mut |_| {}).await.expect("follows");
        // Back to just before the first step, with everything staged ...
        let journal = journal_of(&studio, copy.path()).await;
        let Some(journal) = journal else { panic!("nothing to do") };
        if taken > journal.steps.len() {
            break;
        }
        // ... and killed after some of them.
        folder.take_some_steps(&journal, taken).expect("takes");
        kills += 1;
        follow(&studio.stage, &folder, &options, &mut |_| {}).await.expect("recovers");
        assert!(content(copy.path()) == studio.project.content(), "after {taken} steps");
        assert!(!copy.path().join(".cyclorama/applying.json").exists());
    }
    assert!(kills > 8, "{kills} kills");
}

/// Puts a copy of the folder back to its old version and stages the new one, without a step taken.
async fn journal_of(studio: &Studio, folder: &Path) -> Option<Journal> {
    let folder = Folder::open(folder).ok()?;
    let old = FollowOptions { once: true, ..studio.options() };
    let pointer = studio.stage.read_ref(&RefName::main()).await.ok()??;
    let (now, present) = (pointer.value.snapshot, folder.followed().await.ok()??);
    let parent = *studio.stage.snapshot(now).await.ok()?.parents.first()?;
    let tell: &mut (dyn FnMut(FollowEvent) + Send) = &mut |_| {};
    let mut run = Following {
        repository: &studio.stage,
        folder: &folder,
        options: &old,
        first: vec![],
        is_patient: false,
        tell,
    };
    run.bring(parent, Some(&present), present.after(parent)).await.ok()?;
    let present = folder.followed().await.ok()??;
    let snapshot = studio.stage.snapshot(now).await.ok()?;
    let differences = diff(&studio.stage, present.root, Some(snapshot.root)).await.ok()?;
    let staged = run.stage(now, differences).await.ok()?;
    let mut next = present.after(now);
    next.root = Some(snapshot.root);
    Some(Journal::new(next, staged.steps))
}

#[tokio::test(start_paused = true)]
async fn trouble_is_told_and_waited_out_and_the_version_comes_after_it() {
    let mut studio = Studio::new().await;
    studio.project.write("Content/Wall.uasset", "one");
    studio.publish().await;
    studio.catch_up().await;
    studio.project.write("Content/Wall.uasset", "two");
    studio.publish().await;
    studio.far.by.cut.store(true, Ordering::Relaxed);
    let options = studio.options();
    let helper = async {
        sleep(Duration::from_secs(60)).await;
        assert!(matches!(studio.last(), Happened::Trouble { .. }), "{:?}", studio.last());
        assert_eq!(content(studio.home.path())["Content/Wall.uasset"], "one", "the stage shows what it had");
        studio.far.by.cut.store(false, Ordering::Relaxed);
        sleep(LONGEST_WAIT + Duration::from_secs(5)).await;
        options.cancel.cancel();
    };
    let (end, ()) = tokio::join!(studio.follow(&options), helper);
    assert!(matches!(end, Err(FollowError::Cancelled(_))));
    studio.assert_shows(&studio.project.content());
    let troubles = studio.told().iter().filter(|(_, what)| matches!(what, Happened::Trouble { .. })).count();
    assert!((3..20).contains(&troubles), "{troubles}");
    let versions = studio.told().iter().filter(|(_, what)| matches!(what, Happened::Version { .. })).count();
    assert_eq!(versions, 2, "each version is told once");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_a_person_can_mend_is_waited_out_once_it_went_well_and_ends_it_before() {
    let mut studio = Studio::new().await;
    studio.project.write("Content/Wall.uasset", "one");
    studio.publish().await;
    studio.far.by.expired.store(true, Ordering::Relaxed);
    let refused = studio.follow(&studio.options()).await.expect_err("it has never gone well");
    assert_eq!(refused.kind(), Kind::Refused);
    studio.far.by.expired.store(false, Ordering::Relaxed);
    studio.catch_up().await;
    let first = studio.project.content();
    studio.project.write("Content/Wall.uasset", "two");
    studio.publish().await;
    studio.catch_up().await;
    let options = studio.options();
    let helper = async {
        sleep(Duration::from_secs(5)).await;
        studio.far.by.expired.store(true, Ordering::Relaxed);
        sleep(Duration::from_secs(20)).await;
        let Happened::Trouble { reason, .. } = studio.last() else { panic!("{:?}", studio.last()) };
        assert!(reason.contains("sign in again"), "{reason}");
        studio.far.by.expired.store(false, Ordering::Relaxed);
        let back = "main~1".parse().expect("a version");
        set_ref(&studio.artist, &RefName::main(), &back, "lead", false).await.expect("moves");
        sleep(LONGEST_WAIT + Duration::from_secs(5)).await;
        options.cancel.cancel();
    };
    let (end, ()) = tokio::join!(studio.follow(&options), helper);
    assert!(matches!(end, Err(FollowError::Cancelled(_))), "{end:?}");
    studio.assert_shows(&first);
}

#[tokio::test(start_paused = true)]
async fn a_moved_file_is_taken_from_the_disk_and_a_changed_one_in_part() {
    let mut studio = Studio::new().await;
    let (big, mut changed) = (noise(1_500_000, 3), noise(1_500_000, 4));
    studio.project.write("Content/Big.uasset", big.clone()).write("Content/Changed.uasset", changed.clone());
    studio.publish().await;
    studio.catch_up().await;
    changed[700_000] ^= 1;
    studio.project.remove("Content/Big.uasset").write("Elsewhere/Big.uasset", big);
    studio.project.write("Content/Changed.uasset", changed);
    studio.publish().await;
    studio.catch_up().await;
    studio.assert_shows(&studio.project.content());
    let Happened::Version { bytes_downloaded, bytes_reused, removed, files, .. } = studio.last() else {
        panic!("{:?}", studio.last());
    };
    assert_eq!((files, removed), (2, 1));
    assert!(bytes_downloaded < 600_000 && bytes_reused > 2_400_000, "{bytes_downloaded}, {bytes_reused}");
}

#[tokio::test(start_paused = true)]
async fn following_takes_no_more_than_its_share_and_what_matters_comes_first() {
    let mut studio = Studio::new().await;
    for number in 0..8 {
        studio.project.write(&format!("Content/Props/P{number}.uasset"), noise(1_000_000, 10 + number));
    }
    studio.project.write("Content/Wall/Screen.uasset", noise(1_000_000, 99));
    studio.publish().await;
    let first = vec!["Content/Wall/**".to_owned()];
    let options = FollowOptions { once: true, share: Some(1_000_000), first, ..studio.options() };
    let begun = Instant::now();
    // Stopped after a while: what matters is there already.
    let life = Duration::from_millis(2500);
    assert!(tokio::time::timeout(life, studio.follow(&options)).await.is_err(), "nine seconds of bytes");
    let staged: Vec<_> = std::fs::read_dir(studio.home.path().join(".cyclorama/staging"))
        .expect("lists")
        .filter_map(|entry| std::fs::read(entry.expect("an entry").path()).ok())
        .collect();
    assert!(staged.contains(&noise(1_000_000, 99)), "the wall's file came first");
    // The others come in the order in which they lie in the packs, which is another each time.
    let others = (10..18).filter(|seed| staged.contains(&noise(1_000_000, *seed))).count();
    assert!(others < 4, "{others} more files in 2.5 s of 1 MB each");
    studio.follow(&options).await.expect("goes on");
    studio.assert_shows(&studio.project.content());
    let took = begun.elapsed().as_secs_f64();
    assert!((7.0..14.0).contains(&took), "{took} seconds for nine megabytes at one per second");
}

#[tokio::test(start_paused = true)]
async fn a_folder_follows_one_ref_of_one_store() {
    let mut studio = Studio::new().await;
    studio.project.write("Content/Wall.uasset", "one");
    studio.publish().await;
    studio.catch_up().await;
    let other = FollowOptions { once: true, ..FollowOptions::new(RefName::new("other").expect("a name")) };
    assert!(matches!(studio.follow(&other).await, Err(FollowError::Another { .. })));
    let fresh = Studio::new().await;
    let once = FollowOptions { once: true, ..fresh.options() };
    assert!(matches!(fresh.follow(&once).await, Err(FollowError::NoRef(_))));
}

impl Folder {
    /// Writes the journal and takes the first steps of it, as if killed after them.
    fn take_some_steps(&self, journal: &Journal, count: usize) -> Result<(), FollowError> {
        let some: Vec<Step> = journal.steps[..count].to_vec();
        self.take_steps(&Journal { steps: some, ..journal.clone() })?;
        let mut old = journal.next.clone();
        old.snapshot = *old.earlier.last().expect("an earlier version");
        self.write_json(FOLLOWED_FILE, &old)?;
        self.write_json(APPLYING_FILE, journal)
    }
}

const FOLLOWED_FILE: &str = ".cyclorama/followed.json";
const APPLYING_FILE: &str = ".cyclorama/applying.json";

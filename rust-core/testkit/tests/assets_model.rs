//! Whole publishes, hydrates and collections through a network that fails, against a model of what a ref may show. In
//! virtual time.
//!
//! In a part of the schedules listings are old: a write shows only after later ones. Publishing and hydrating stand on no
//! listing; collecting does, so there is none in these.
//!
//! `CYCLORAMA_ASSETS_SEEDS` says how many schedules; 500 when it says nothing, 10 000 in the long tier.

#![allow(clippy::unwrap_used, reason = "a test panics with the promise that was broken")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cyclorama_assets::gc::{GcOptions, Keep, KeepRule, gc};
use cyclorama_assets::publish::{Base, OnConflict, Options, PublishError, Report, publish};
use cyclorama_assets::verify::{VerifyOptions, verify};
use cyclorama_assets::{
    FormatOptions, RefName, Repository, RepositoryError, RepositoryOptions, Store, hydrate,
};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_testkit::s3_server::{Modes, Seeded};
use cyclorama_testkit::{MemoryFolder, RuntimeClock, S3Server, WallClock};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::time::Instant;

type Content = BTreeMap<String, Bytes>;

/// Somebody who publishes a part of the project.
struct Person {
    part: &'static str,
    folder: MemoryFolder,
    base: Base,
    /// What of this part the ref may show: after a publish whose end nobody saw, what was there and what was meant.
    maybe: Vec<Content>,
    /// The end of the last publish was not seen. What it may have added cannot be removed by who does not know of it.
    is_unsure: bool,
    repository: Repository,
}

impl Person {
    fn new(part: &'static str, repository: Repository) -> Self {
        let (folder, base, maybe) = (MemoryFolder::default(), Base::default(), vec![Content::new()]);
        Self { part, folder, base, maybe, is_unsure: false, repository }
    }

    fn edit(&mut self, random: &mut StdRng) {
        for _ in 0..random.random_range(1..4) {
            let path = format!("{}/{}.uasset", self.part, random.random_range(0..4));
            if random.random_bool(0.15) && !self.is_unsure {
                self.folder.remove(&path);
                continue;
            }
            let length = if random.random_bool(0.3) { 60_000 } else { 800 };
            let mut bytes = vec![0; random.random_range(0..length)];
            random.fill(&mut bytes[..]);
            self.folder.write(path, bytes);
        }
    }

    async fn publish(&mut self, seed: u64) -> Result<Report, PublishError> {
        // A publish whose end was not seen is no one else's.
        let how = Options { threads: 1, uploads: 2, on_conflict: OnConflict::Ours, ..Options::new() };
        let source = Arc::new(self.folder.clone());
        let done = publish(&self.repository, source, self.folder.scan(), self.base.clone(), &how).await;
        let wanted = self.folder.content();
        self.is_unsure = done.is_err();
        match &done {
            Ok(report) => {
                if let Some(base) = &report.base {
                    self.base = base.clone();
                }
                self.maybe = vec![wanted];
            }
            Err(error) => {
                assert!(is_told(error), "seed {seed}: {error:?}");
                self.maybe.push(wanted);
            }
        }
        done
    }
}

struct Story {
    random: StdRng,
    server: S3Server,
    people: [Person; 2],
    reader: Repository,
    store: Arc<dyn Store>,
    home: tempfile::TempDir,
    seed: u64,
    /// Listings show a write only after so many later ones.
    stale: usize,
}

fn options() -> RepositoryOptions {
    RepositoryOptions { proven: true, ..RepositoryOptions::new(Arc::new(RuntimeClock::new())) }
}

impl Story {
    async fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let stale = if random.random_bool(0.25) { random.random_range(1..12) } else { 0 };
        let modes = Modes { least_part: 1, stale_list: stale, ..Modes::default() };
        let server = S3Server::new(Arc::new(RuntimeClock::new()), modes);
        let mut reached = server.options();
        if random.random_bool(0.3) {
            (reached.parts_from, reached.part) = (30_000, 10_000);
        }
        let store: Arc<dyn Store> = Arc::new(server.store_with(reached).await);
        let format = FormatOptions { pack_target: 50_000, ..FormatOptions::default() };
        let reader = Repository::init(Arc::clone(&store), format, options()).await.unwrap();
        let person =
            async |part| Person::new(part, Repository::open(store.clone(), options()).await.unwrap());
        let people = [person("Ann").await, person("Ben").await];
        Self { random, server, people, reader, store, home: tempfile::tempdir().unwrap(), seed, stale }
    }

    async fn step(&mut self) {
        let began = Instant::now();
        match self.random.random_range(0..7) {
            0 | 1 => {
                let who = self.random.random_range(0..2);
                self.people[who].edit(&mut self.random);
                let _ = self.people[who].publish(self.seed).await;
            }
            2 => {
                self.people.iter_mut().for_each(|person| person.edit(&mut self.random));
                let [ann, ben] = &mut self.people;
                let _ = tokio::join!(ann.publish(self.seed), ben.publish(self.seed));
            }
            3 if self.stale == 0 => {
                let _ = collect(&self.store, self.seed).await;
            }
            4 if self.stale == 0 => {
                self.people[0].edit(&mut self.random);
                let (store, ann) = (&self.store, &mut self.people[0]);
                let _ = tokio::join!(ann.publish(self.seed), collect(store, self.seed));
            }
            _ => {
                let _ = self.hydrate().await;
            }
        }
        let took = began.elapsed();
        assert!(took < LONGEST, "seed {}: {took:?} for one command", self.seed);
    }

    /// Brings what the ref shows into the folder, and sees that it is what was published.
    async fn hydrate(&mut self) -> Result<(), ()> {
        let there = self.home.path().join("there");
        let resolved = self.reader.resolve(&RefName::main().into()).await;
        let done = match &resolved {
            Ok((id, snapshot)) => {
                let how = hydrate::Options::new(Arc::new(WallClock));
                let done = hydrate::hydrate(&self.reader, *id, snapshot, &there, &how).await;
                done.map(drop).map_err(|error| {
                    assert!(is_told(&error), "seed {}: {error:?}", self.seed);
                })
            }
            Err(RepositoryError::Revision(_)) => {
                for person in &mut self.people {
                    let nothing = person.maybe.iter().any(Content::is_empty);
                    assert!(nothing, "seed {}: the work of {} is lost", self.seed, person.part);
                }
                return Ok(());
            }
            Err(error) => {
                assert!(is_told(error), "seed {}: {error:?}", self.seed);
                Err(())
            }
        };
        let found = contents(&there);
        for person in &mut self.people {
            let part: Content =
                found.iter().filter(|(path, _)| path.starts_with(person.part)).map(own).collect();
            if done.is_ok() {
                assert!(person.maybe.contains(&part), "seed {}: wrong files of {}", self.seed, person.part);
                person.maybe = vec![part];
            }
        }
        done
    }

    /// Everything works again: a publish that hangs goes through soon, and everybody sees it.
    async fn recovers(&mut self) {
        let ends = Instant::now() + Duration::from_millis(self.random.random_range(0..30_000));
        self.server.set_schedule(Seeded::new(self.seed ^ 0x5eed, 0.9));
        let server = self.server.clone();
        let seed = self.seed;
        let person = &mut self.people[0];
        person.edit(&mut self.random);
        let publishing = async {
            let done = person.publish(seed).await;
            (done.is_ok(), Instant::now())
        };
        let healing = async {
            tokio::time::sleep_until(ends).await;
            server.heal();
        };
        let ((is_done, at), ()) = tokio::join!(publishing, healing);
        let late = at.saturating_duration_since(ends);
        assert!(late <= RECOVERY, "seed {seed}: {late:?} after the fault had ended");
        assert!(is_done || late.is_zero(), "seed {seed}: failed on a healthy network");
        for who in 0..2 {
            self.people[who].publish(seed).await.unwrap();
        }
        self.hydrate().await.unwrap();
        let wanted: Content = self.people.iter().flat_map(|person| person.folder.content()).collect();
        assert_eq!(contents(&self.home.path().join("there")), wanted, "seed {seed}");
        if self.stale > 0 {
            return;
        }
        collect(&self.store, seed).await.unwrap();
        let whole =
            verify(&self.reader, &VerifyOptions { read_data: true, ..VerifyOptions::default() }).await;
        assert_eq!(whole.unwrap().damaged, [], "seed {seed}");
    }
}

/// Removes what only versions before the last two need, a moment after it was condemned.
async fn collect(store: &Arc<dyn Store>, seed: u64) -> Result<(), ()> {
    let keep = Keep(vec![KeepRule::Last(2)]);
    let how = GcOptions { keep, grace: Duration::from_secs(1), ..GcOptions::new() };
    let tell = |error: &dyn std::fmt::Debug, is_told: bool| assert!(is_told, "seed {seed}: {error:?}");
    let opened = Repository::open(Arc::clone(store), options()).await;
    let collector = opened.map_err(|error| tell(&error, is_told(&error)))?;
    gc(&collector, &how).await.map(drop).map_err(|error| tell(&error, is_told(&error)))
}

/// A bad network may look like one, or like bytes that stay wrong however often they are read.
fn is_told(error: &(impl Classify + std::fmt::Debug)) -> bool {
    match error.kind() {
        Kind::Integrity => true,
        // A flipped bit in the number of a format's version looks like a version that is not known here.
        Kind::Refused => format!("{error:?}").contains("source: Version {"),
        kind => kind.is_transient(),
    }
}

fn own((path, bytes): (&String, &Bytes)) -> (String, Bytes) {
    (path.clone(), bytes.clone())
}

/// Every file of a folder but our own records.
fn contents(root: &Path) -> Content {
    let mut found = Content::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.ends_with(".cyclorama") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap().into());
            }
        }
    }
    found
}

/// A command of a few dozen requests, each of which is given up after some minutes.
const LONGEST: Duration = Duration::from_secs(7200);
/// From the end of a fault to the end of what it held up.
const RECOVERY: Duration = Duration::from_secs(5);

async fn schedule(seed: u64) {
    let mut story = Story::new(seed).await;
    let rate = story.random.random_range(0.2..0.95);
    story.server.set_schedule(Seeded::new(seed, rate));
    for _ in 0..6 {
        story.step().await;
    }
    story.recovers().await;
}

#[expect(clippy::disallowed_methods, reason = "how long this test runs is set from outside")]
fn seeds() -> u64 {
    std::env::var("CYCLORAMA_ASSETS_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(500)
}

fn run(share: u64) {
    for seed in (0..seeds()).filter(|seed| seed % 2 == share) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(schedule(seed));
    }
}

#[test]
fn under_even_fault_schedules_publishes_and_hydrates_lose_nothing_and_bring_no_wrong_byte() {
    run(0);
}

#[test]
fn under_odd_fault_schedules_publishes_and_hydrates_lose_nothing_and_bring_no_wrong_byte() {
    run(1);
}

//! A publisher that is killed after any number of requests: nobody ever sees half of anything, and the next one ends it.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use super::*;
use crate::store::watched::{Between, Request, Watched};
use crate::{Key, StoreError};

/// Ends a store, as a machine that is switched off: after some writes no more is done. It counts.
pub(crate) struct Stopping {
    writes: AtomicU64,
    requests: AtomicU64,
    sent: AtomicU64,
    stop_after: AtomicU64,
}

impl Stopping {
    /// A store in memory that goes on for ever.
    pub(crate) fn never() -> Arc<Watched<Self>> {
        Self::after(u64::MAX)
    }

    /// A store in memory that takes this many writes.
    pub(crate) fn after(writes: u64) -> Arc<Watched<Self>> {
        let by = Self { writes: 0.into(), requests: 0.into(), sent: 0.into(), stop_after: writes.into() };
        Watched::new(Arc::new(MemoryStore::new()), by)
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(super) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    fn stop_after(&self, writes: u64) {
        self.stop_after.store(self.writes() + writes, Ordering::Relaxed);
    }

    fn go_on(&self) {
        self.stop_after.store(u64::MAX, Ordering::Relaxed);
    }
}

#[async_trait]
impl Between for Stopping {
    async fn asked(&self, request: Request, key: &str) -> Result<(), StoreError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let ended = || self.writes.fetch_add(1, Ordering::Relaxed) >= self.stop_after.load(Ordering::Relaxed);
        if request == Request::Put && ended() {
            let source = io::ErrorKind::ConnectionAborted.into();
            return Err(StoreError::Io { operation: "write", key: key.to_owned(), source });
        }
        Ok(())
    }

    async fn written(&self, _key: &Key, bytes: Bytes) -> Result<Bytes, StoreError> {
        self.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

fn large() -> Project {
    let mut project = project();
    for number in 0..12 {
        project.write(&format!("Content/Texture{number}.uasset"), noise(700_000, 50 + number));
    }
    project
}

/// One thing after the other, so that each run makes the same requests.
fn steady() -> Options {
    Options { threads: 1, uploads: 1, ..Options::new() }
}

/// How many writes a publish makes, and how many bytes.
async fn undisturbed(project: &Project) -> (u64, u64) {
    let store = Stopping::never();
    let repository = new_store(Arc::clone(&store) as _).await;
    let before = (store.by.writes(), store.by.sent());
    push(&repository, project, &mut Base::default(), &steady()).await.expect("publishes");
    (store.by.writes() - before.0, store.by.sent() - before.1)
}

#[tokio::test]
async fn a_first_publish_killed_after_any_write_shows_nothing_and_is_ended_by_the_next_one() {
    let project = large();
    let (writes, bytes) = undisturbed(&project).await;
    assert!(writes > 10, "{writes}");
    for with_journal in [true, false] {
        for stop in 0..writes {
            let home = tempfile::tempdir().expect("a folder");
            let journal = with_journal.then(|| home.path().join("journal"));
            let options = Options { journal, ..steady() };
            let store = Stopping::never();
            let repository = new_store(Arc::clone(&store) as _).await;
            let before = store.by.sent();
            store.by.stop_after(stop);
            let killed = push(&repository, &project, &mut Base::default(), &options).await;
            store.by.go_on();
            if killed.is_ok() {
                // Where files are cut is random for each store, and so is the number of packs.
                assert!(stop + 3 >= writes, "it ended with {stop} of {writes} writes");
                continue;
            }
            let fresh = reopened(&repository).await;
            assert_eq!(fresh.read_ref(&RefName::main()).await.expect("reads"), None, "after {stop} writes");
            push(&fresh, &project, &mut Base::default(), &options).await.expect("ends it");
            assert_eq!(pull(&fresh).await, project.content(), "after {stop} writes");
            let both = store.by.sent() - before;
            let most = bytes + bytes / 20;
            assert!(
                both <= most,
                "{both} of {bytes} bytes, killed after {stop} writes, journal {with_journal}"
            );
        }
    }
}

#[tokio::test]
async fn an_edit_killed_after_any_write_shows_the_version_before() {
    let first = large();
    let mut second = first.clone();
    second.write("Content/Texture3.uasset", noise(900_000, 99)).remove("Config/Default.ini");
    for stop in 0..20 {
        let store = Stopping::never();
        let repository = new_store(Arc::clone(&store) as _).await;
        let mut base = Base::default();
        push(&repository, &first, &mut base, &Options::new()).await.expect("publishes");
        store.by.stop_after(stop);
        let killed = push(&repository, &second, &mut base.clone(), &steady()).await;
        store.by.go_on();
        if killed.is_ok() {
            assert!(stop >= 4, "packs, index, snapshot and ref");
            assert_eq!(pull(&repository).await, second.content());
            return;
        }
        assert_eq!(pull(&repository).await, first.content(), "after {stop} writes");
        push(&reopened(&repository).await, &second, &mut base, &Options::new()).await.expect("ends it");
        assert_eq!(pull(&repository).await, second.content(), "after {stop} writes");
    }
    panic!("no publish was left to end");
}

#[tokio::test]
async fn a_journal_saves_reading_again() {
    struct Counting(Project, AtomicU64);
    impl Source for Counting {
        fn read(&self, path: &str, take: &mut Take<'_>) -> Result<Stamp, ReadProblem> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.read(path, take)
        }
    }
    let home = tempfile::tempdir().expect("a folder");
    let options =
        Options { journal: Some(home.path().join("journal")), threads: 1, uploads: 1, ..Options::new() };
    let store = Stopping::never();
    let repository = new_store(Arc::clone(&store) as _).await;
    let project = large();
    let read = |repository: Repository| {
        let source = Arc::new(Counting(project.clone(), 0.into()));
        let (scan, options) = (project.scan(), options.clone());
        async move {
            let result =
                publish(&repository, Arc::clone(&source) as _, scan, Base::default(), &options).await;
            (result.is_ok(), source.1.load(Ordering::Relaxed))
        }
    };
    store.by.stop_after(6);
    let (ended, _) = read(repository.clone()).await;
    assert!(!ended);
    store.by.go_on();
    let (ended, files) = read(reopened(&repository).await).await;
    assert!(ended);
    assert!(files < 12, "{files} of 16 files were read again");
    assert!(!home.path().join("journal").exists());
}

//! Advisory locks: one winner whatever the store does, take-overs on record, and nothing decided by two clocks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cyclorama_assets::lease::LeaseWatch;
use cyclorama_assets::locks::{Acquired, Lock, LockEnd, LockError, Locks, Look, Owner, Pattern, Wanted};
use cyclorama_assets::{FolderStore, Key, MemoryStore, Store};
use cyclorama_testkit::{FaultStore, Faults, RuntimeClock};
use cyclorama_time::Clock;
use futures::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng};

const PATH: &str = "Content/Maps/Stage.umap";

fn owner(name: &str) -> Owner {
    Owner { person: name.to_owned(), machine: "stage-1".to_owned(), tool: "test".to_owned() }
}

fn wanted(name: &str, pattern: &str) -> Wanted {
    Wanted {
        pattern: pattern.parse().expect("a pattern"),
        owner: owner(name),
        note: format!("{name} works"),
        lease: Duration::from_secs(60),
        force: false,
    }
}

fn troubled(inner: Arc<dyn Store>, seed: u64) -> Arc<dyn Store> {
    let faults = Faults {
        unreachable: 0.08,
        lost_answer: 0.15,
        false_refusal: 0.05,
        slow: 0.6,
        longest_wait: Duration::from_millis(40),
    };
    Arc::new(FaultStore::new(inner, faults, seed))
}

/// Somebody who wants locks, with their own memory of what they saw.
struct Locker {
    locks: Locks,
    watch: LeaseWatch<Key>,
    clock: RuntimeClock,
}

impl Locker {
    fn new(store: Arc<dyn Store>) -> Self {
        Self { locks: Locks::new(store), watch: LeaseWatch::new(), clock: RuntimeClock::new() }
    }

    async fn acquire(&mut self, wanted: &Wanted) -> Acquired {
        let mut look = Look { watch: &mut self.watch, now: self.clock.now(), utc: self.clock.utc() };
        self.locks.acquire(wanted, &mut look).await.expect("the store is patient enough")
    }

    async fn take(&mut self, wanted: &Wanted) -> Lock {
        match self.acquire(wanted).await {
            Acquired::Ours(lock) => *lock,
            Acquired::Busy(record) => panic!("{} has it", record.owner),
        }
    }
}

async fn race(store: Arc<dyn Store>, lockers: usize) {
    let tries = (0..lockers).map(|index| {
        let mut locker = Locker::new(Arc::clone(&store));
        // Another spelling of one path is the same path.
        let path = if index % 2 == 0 { PATH.to_owned() } else { PATH.to_uppercase() };
        async move { locker.acquire(&wanted(&format!("artist-{index}"), &path)).await }
    });
    let results = join_all(tries).await;
    let winners: Vec<&Lock> = results
        .iter()
        .filter_map(|result| match result {
            Acquired::Ours(lock) => Some(&**lock),
            Acquired::Busy(_) => None,
        })
        .collect();
    let [winner] = winners.as_slice() else { panic!("{} of {lockers} won", winners.len()) };
    for result in &results {
        if let Acquired::Busy(record) = result {
            assert_eq!(record.owner, winner.record().owner, "a loser is told who won");
        }
    }
    let locks = Locks::new(store);
    assert_eq!(locks.list().await.expect("lists"), [winner.record().clone()]);
    locks.release((*winner).clone()).await.expect("gives it back");
    assert_eq!(locks.list().await.expect("lists"), []);
}

#[tokio::test(start_paused = true)]
async fn of_many_lockers_of_one_path_exactly_one_wins_also_when_answers_get_lost() {
    for seed in 0..60 {
        let store = troubled(Arc::new(MemoryStore::new()), seed);
        race(Arc::clone(&store), 8).await;
        race(store, 5).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_folder_exactly_one_wins_too() {
    let home = tempfile::tempdir().expect("a folder");
    for round in 0..6 {
        race(Arc::new(FolderStore::new(home.path())), 6).await;
        race(troubled(Arc::new(FolderStore::new(home.path())), round), 6).await;
    }
}

/// Lockers of patterns that meet, for a while; whoever holds one while another holds one that meets it is caught.
async fn hold_and_release(seed: u64) -> usize {
    const PATTERNS: [&str; 6] = [
        "Content/Maps/Stage.umap",
        "Content/Maps/",
        "Content/Maps/*.umap",
        "Content/Props/Lamp.uasset",
        "Content/",
        "Content/Props/**",
    ];
    let store = troubled(Arc::new(MemoryStore::new()), seed);
    let held: Arc<Mutex<Vec<Pattern>>> = Arc::default();
    let lockers = (0..5_u64).map(|index| {
        let (store, held) = (Arc::clone(&store), Arc::clone(&held));
        async move {
            let mut random = StdRng::seed_from_u64(seed * 100 + index);
            let mut locker = Locker::new(store);
            let mut had = 0;
            for _ in 0..12 {
                let wish =
                    wanted(&format!("artist-{index}"), PATTERNS[random.random_range(0..PATTERNS.len())]);
                if let Acquired::Ours(lock) = locker.acquire(&wish).await {
                    {
                        let mut held = held.lock().expect("no panic");
                        assert!(!held.iter().any(|other| other.may_meet(&wish.pattern)), "seed {seed}");
                        held.push(wish.pattern.clone());
                    }
                    tokio::time::sleep(Duration::from_millis(random.random_range(0..100))).await;
                    held.lock().expect("no panic").retain(|other| *other != wish.pattern);
                    locker.locks.release(*lock).await.expect("nobody took it");
                    had += 1;
                }
                tokio::time::sleep(Duration::from_millis(random.random_range(0..150))).await;
            }
            had
        }
    });
    let had = join_all(lockers).await.into_iter().sum();
    assert_eq!(Locks::new(store).list().await.expect("lists"), [], "nothing is left over");
    had
}

#[tokio::test(start_paused = true)]
async fn two_locks_that_meet_are_never_held_at_once() {
    let mut had = 0;
    for seed in 0..40 {
        had += hold_and_release(seed).await;
    }
    assert!(had > 400, "only {had} locks were had: the test shows nothing");
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_stale_only_after_a_lease_of_silence_that_the_taker_watched() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let (mut mia, mut tom) = (Locker::new(Arc::clone(&store)), Locker::new(Arc::clone(&store)));
    let mut lock = mia.take(&wanted("mia", PATH)).await;
    let pass = |seconds| tokio::time::sleep(Duration::from_secs(seconds));
    pass(1000).await;
    assert!(
        matches!(tom.acquire(&wanted("tom", PATH)).await, Acquired::Busy(_)),
        "he looks for the first time"
    );
    pass(59).await;
    assert!(matches!(tom.acquire(&wanted("tom", PATH)).await, Acquired::Busy(_)));
    mia.locks.renew(&mut lock).await.expect("still hers");
    pass(59).await;
    assert!(matches!(tom.acquire(&wanted("tom", PATH)).await, Acquired::Busy(_)), "she gave a sign of life");
    pass(60).await;
    let taken = tom.take(&wanted("tom", PATH)).await;
    let from = &taken.record().taken_from;
    assert_eq!((from.len(), &from[0].owner, from[0].reason), (1, &owner("mia"), LockEnd::Expired));
    assert_eq!(taken.record().epoch, 2);
    match mia.locks.renew(&mut lock).await {
        Err(LockError::Lost { by, .. }) => assert_eq!(by, "tom at stage-1"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(mia.locks.release(lock).await, Err(LockError::Lost { .. })), "his lock stays");
    assert_eq!(tom.locks.list().await.expect("lists").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_forced_take_over_names_everybody_it_was_taken_from() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let mut locker = Locker::new(Arc::clone(&store));
    let mut map = locker.take(&wanted("mia", PATH)).await;
    locker.take(&wanted("tom", "Content/Props/")).await;
    let all = Wanted { force: true, ..wanted("lead", "Content/") };
    let lock = locker.take(&all).await;
    let mut from: Vec<_> = lock.record().taken_from.iter().map(|from| from.owner.person.clone()).collect();
    from.sort();
    assert_eq!(from, ["mia", "tom"]);
    assert!(lock.record().taken_from.iter().all(|from| from.reason == LockEnd::Forced));
    assert_eq!(locker.locks.list().await.expect("lists"), [lock.record().clone()]);
    assert!(matches!(locker.locks.renew(&mut map).await, Err(LockError::Lost { .. })));
}

#[tokio::test]
async fn paths_that_others_locked_are_told_and_ones_own_are_not() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let mut locker = Locker::new(Arc::clone(&store));
    locker.take(&wanted("mia", PATH)).await;
    locker.take(&wanted("tom", "Content/Props/")).await;
    let paths = ["Content/Props/Lamp.uasset", "Content/A.uasset", "content/maps/STAGE.umap"];
    let told = |name: &'static str| {
        let locks = locker.locks.clone();
        async move {
            let held = locks.check(paths, &owner(name)).await.expect("reads");
            held.into_iter().map(|held| (held.path, held.lock.owner.person)).collect::<Vec<_>>()
        }
    };
    let (lamp, stage) = ((paths[0].to_owned(), "tom".to_owned()), (paths[2].to_owned(), "mia".to_owned()));
    assert_eq!(told("eve").await, [lamp.clone(), stage.clone()]);
    assert_eq!(told("mia").await, [lamp]);
    assert_eq!(told("tom").await, [stage]);
    let refused = locker.locks.release_of(&PATH.parse().expect("a path"), &owner("tom"), false).await;
    assert!(matches!(refused, Err(LockError::NotYours(_))));
    locker.locks.release_of(&PATH.parse().expect("a path"), &owner("mia"), false).await.expect("hers");
    assert_eq!(told("tom").await, []);
}

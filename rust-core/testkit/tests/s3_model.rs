//! Random operations under random faults, against a map that says what may be there. In virtual time.
//!
//! `CYCLORAMA_MODEL_SEEDS` says how many schedules; 500 when it says nothing, 10 000 in the long tier.

#![allow(clippy::unwrap_used, reason = "a test panics with the promise that was broken")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cyclorama_assets::{Condition, ETag, Key, Store, StoreError};
use cyclorama_outcome::Classify as _;
use cyclorama_s3::S3Store;
use cyclorama_testkit::s3_server::{Modes, Seeded};
use cyclorama_testkit::{RuntimeClock, S3Server};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::time::Instant;

/// What may be under a key: after a write that failed, both what was there and what was written.
type Maybe = BTreeSet<Option<Bytes>>;

struct Model {
    random: StdRng,
    store: S3Store,
    objects: BTreeMap<Key, Maybe>,
    versions: BTreeMap<Key, ETag>,
    written: u32,
    seed: u64,
}

impl Model {
    fn key(&mut self) -> Key {
        Key::new(format!("k/{}", self.random.random_range(0..4))).unwrap()
    }

    /// Bytes that were never written before.
    fn fresh(&mut self) -> Bytes {
        self.written += 1;
        let size = match self.random.random_range(0..4) {
            0 => 0,
            1 => self.random.random_range(0..200),
            _ => self.random.random_range(0..24_000),
        };
        let mut bytes = format!("{}:{}:", self.seed, self.written).into_bytes();
        bytes.extend((0..size).map(|at: u32| (at * 7 + self.written) as u8));
        bytes.into()
    }

    fn maybe(&mut self, key: &Key) -> &mut Maybe {
        self.objects.entry(key.clone()).or_insert_with(|| Maybe::from([None]))
    }

    async fn step(&mut self) {
        let key = self.key();
        match self.random.random_range(0..10) {
            0..4 => self.put(&key).await,
            4..7 => self.get(&key).await,
            7 => self.get_range(&key).await,
            8 => self.delete(&key).await,
            _ => self.list().await,
        }
    }

    async fn put(&mut self, key: &Key) {
        let bytes = self.fresh();
        let condition = match (self.random.random_range(0..4), self.versions.get(key)) {
            (0, _) => Condition::Always,
            (1, _) | (_, None) => Condition::Absent,
            (_, Some(version)) => Condition::Matches(version.clone()),
        };
        let result = self.store.put(key, bytes.clone(), condition.clone()).await;
        let seed = self.seed;
        let maybe = self.maybe(key);
        match result {
            Ok(version) => {
                if condition == Condition::Absent {
                    assert!(maybe.contains(&None), "seed {seed}: created over an object");
                }
                *maybe = Maybe::from([Some(bytes)]);
                self.versions.insert(key.clone(), version);
            }
            Err(StoreError::Precondition { .. }) => {
                if condition == Condition::Absent {
                    maybe.remove(&None);
                    assert!(!maybe.is_empty(), "seed {seed}: refused to create where nothing was");
                } else if condition == Condition::Always {
                    panic!("seed {seed}: a condition that was not asked for");
                }
                self.versions.remove(key);
            }
            Err(error) => {
                assert!(error.kind().is_transient(), "seed {seed}: {error:?}");
                maybe.insert(Some(bytes));
                self.versions.remove(key);
            }
        }
    }

    async fn get(&mut self, key: &Key) {
        let result = self.store.get(key).await;
        let seed = self.seed;
        match result {
            Ok(object) => {
                let maybe = self.maybe(key);
                let there = maybe.contains(&Some(object.bytes.clone()));
                assert!(
                    there,
                    "seed {seed}: bytes of {key} that are not its own: {:?}",
                    &object.bytes[..object.bytes.len().min(12)]
                );
                *maybe = Maybe::from([Some(object.bytes)]);
                self.versions.insert(key.clone(), object.etag);
            }
            Err(StoreError::NotFound { .. }) => {
                assert!(self.maybe(key).contains(&None), "seed {seed}: a write of {key} is lost");
                *self.maybe(key) = Maybe::from([None]);
            }
            Err(error) => assert!(error.kind().is_transient(), "seed {seed}: {error:?}"),
        }
    }

    /// A part has no checksum of the server's: whoever reads it knows its digest, and asks again when it differs.
    async fn get_range(&mut self, key: &Key) {
        let (offset, length) =
            (self.random.random_range(0..20_000_u64), self.random.random_range(0..9_000_u64));
        let part = |whole: &Bytes| {
            let size = whole.len() as u64;
            whole.slice(offset.min(size) as usize..offset.saturating_add(length).min(size) as usize)
        };
        for _ in 0..8 {
            let result = self.store.get_range(key, offset, length).await;
            let seed = self.seed;
            match result {
                Ok(bytes) => {
                    let own = self.maybe(key).iter().flatten().any(|whole| part(whole) == bytes);
                    if own {
                        return;
                    }
                }
                Err(StoreError::NotFound { .. }) => {
                    assert!(self.maybe(key).contains(&None), "seed {seed}: a write of {key} is lost");
                    return;
                }
                Err(error) => {
                    assert!(error.kind().is_transient(), "seed {seed}: {error:?}");
                    return;
                }
            }
        }
        panic!("seed {}: {length} bytes of {key} from {offset} stay wrong", self.seed);
    }

    async fn delete(&mut self, key: &Key) {
        let condition = match self.versions.get(key) {
            Some(version) if self.random.random_bool(0.5) => Condition::Matches(version.clone()),
            _ => Condition::Always,
        };
        let result = self.store.delete(key, condition.clone()).await;
        let seed = self.seed;
        self.versions.remove(key);
        let maybe = self.maybe(key);
        match result {
            Ok(()) => *maybe = Maybe::from([None]),
            Err(StoreError::Precondition { .. }) if condition != Condition::Always => {}
            Err(error) => {
                assert!(error.kind().is_transient(), "seed {seed}: {error:?}");
                maybe.insert(None);
            }
        }
    }

    async fn list(&mut self) {
        let page = match self.store.list("k/", None, 10).await {
            Ok(page) => page,
            Err(error) => return assert!(error.kind().is_transient(), "seed {}: {error:?}", self.seed),
        };
        let found: BTreeMap<Key, u64> = page.objects.into_iter().collect();
        for (key, maybe) in &mut self.objects {
            let seen = found.get(key).copied();
            maybe.retain(|state| state.as_ref().map(|bytes| bytes.len() as u64) == seen);
            assert!(!maybe.is_empty(), "seed {}: the listing shows {key} as {seen:?}", self.seed);
        }
    }

    /// Everything works again at once: each key is read, and holds what it may hold.
    async fn settle(&mut self) {
        let keys: Vec<Key> = self.objects.keys().cloned().collect();
        for key in keys {
            let began = Instant::now();
            match self.store.get(&key).await {
                Ok(object) => assert!(self.maybe(&key).contains(&Some(object.bytes)), "seed {}", self.seed),
                Err(StoreError::NotFound { .. }) => {
                    assert!(self.maybe(&key).contains(&None), "seed {}", self.seed);
                }
                Err(error) => panic!("seed {}: {error:?} on a healthy link", self.seed),
            }
            assert!(began.elapsed() < Duration::from_secs(1), "seed {}", self.seed);
        }
    }
}

async fn schedule(seed: u64) {
    let modes = Modes { least_part: 1, no_checksums: false, ..Modes::default() };
    let server = S3Server::new(Arc::new(RuntimeClock::new()), modes);
    let mut random = StdRng::seed_from_u64(seed);
    let rate = random.random_range(0.2..0.95);
    server.set_schedule(Seeded::new(seed, rate));
    let mut options = server.options();
    if random.random_bool(0.3) {
        (options.parts_from, options.part) = (8_000, 5_000);
    }
    let store = server.store_with(options).await;
    let (objects, versions) = (BTreeMap::new(), BTreeMap::new());
    let mut model = Model { random, store, objects, versions, written: 0, seed };
    for step in 0..30 {
        let began = Instant::now();
        model.step().await;
        let took = began.elapsed();
        assert!(took < Duration::from_secs(600), "seed {seed}, step {step}: waited {took:?}");
    }
    recovers(&mut model, &server, seed).await;
    server.heal();
    model.settle().await;
}

/// An operation that hangs in a bad network is done within five seconds after it became good.
async fn recovers(model: &mut Model, server: &S3Server, seed: u64) {
    let key = model.key();
    let bytes = model.fresh();
    model.versions.remove(&key);
    server.set_schedule(Seeded::new(seed ^ 0x5eed, 0.98));
    let ends = Instant::now() + Duration::from_millis(model.random.random_range(0..30_000));
    let store = model.store.clone();
    let operation = async {
        let result = store.put(&key, bytes.clone(), Condition::Always).await;
        (result, Instant::now())
    };
    let healing = async {
        tokio::time::sleep_until(ends).await;
        server.heal();
    };
    let ((result, done), ()) = tokio::join!(operation, healing);
    let late = done.saturating_duration_since(ends);
    assert!(late <= Duration::from_secs(5), "seed {seed}: {late:?} after the fault had ended");
    match result {
        Ok(_) => *model.maybe(&key) = Maybe::from([Some(bytes)]),
        Err(error) => {
            assert!(error.kind().is_transient() && late.is_zero(), "seed {seed}: {error:?}");
            model.maybe(&key).insert(Some(bytes));
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long this test runs is set from outside")]
fn seeds() -> u64 {
    std::env::var("CYCLORAMA_MODEL_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(500)
}

fn run(share: u64) {
    for seed in (0..seeds()).filter(|seed| seed % 2 == share) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(schedule(seed));
    }
}

#[test]
fn under_even_fault_schedules_no_byte_is_wrong_no_write_lost_and_no_wait_without_end() {
    run(0);
}

#[test]
fn under_odd_fault_schedules_no_byte_is_wrong_no_write_lost_and_no_wait_without_end() {
    run(1);
}

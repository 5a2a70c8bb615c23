//! Publishers, collectors, readers and people who move refs in one store, each request of each of them in an order that a
//! seed decides; without any grace. Whatever the order, what a ref points to is whole at every moment.

use std::sync::{Mutex, PoisonError};

use cyclorama_outcome::Classify as _;
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::{sync::oneshot, task::JoinSet};

use super::*;
use crate::publish::PublishError;

/// Requests that wait for their turn.
#[derive(Default)]
struct Turns(Mutex<Vec<Waiting>>);

struct Waiting {
    actor: usize,
    is_change: bool,
    go: oneshot::Sender<()>,
}

impl Turns {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store as one of those sees it who take turns.
    fn seat(self: &Arc<Self>, actor: usize, inner: &Arc<MemoryStore>) -> Arc<dyn Store> {
        let turns = Arc::clone(self);
        let step: Step = Box::new(move |request, key| {
            let (go, gone) = oneshot::channel();
            // What nobody can see before a ref leads to it needs no look.
            let is_change =
                request == Request::Delete || (request == Request::Put && key.starts_with(RefName::PREFIX));
            turns.waiting().push(Waiting { actor, is_change, go });
            async move {
                let _ = gone.await;
                Ok(())
            }
            .boxed()
        });
        Watched::new(Arc::clone(inner) as _, step)
    }
}

/// What an actor does, on its own view of the store.
struct Actor {
    place: Place,
    random: StdRng,
    seed: u64,
}

impl Actor {
    fn name(&mut self) -> RefName {
        RefName::new(["main", "main", "side"][self.random.random_range(0..3)]).expect("a name")
    }

    /// A project of few files of few contents, so that what is published was often there before and collected since.
    async fn publish(mut self) {
        let (mut project, mut base) = (Project::default(), Base::default());
        for _ in 0..3 {
            for _ in 0..self.random.random_range(1..3) {
                let path =
                    format!("{}/{}.uasset", self.random.random_range(0..2), self.random.random_range(0..2));
                project.write(&path, noise(2000, self.random.random_range(0..4)));
            }
            let options = Options { name: self.name(), replace: self.random.random_bool(0.5), ..steady() };
            let repository = self.place.opened().await;
            match push(&repository, &project, &mut base, &options).await {
                Ok(_) => {}
                Err(PublishError::Conflicts { .. } | PublishError::Collected { .. }) => {
                    base = Base::default();
                }
                Err(error) => panic!("seed {}: {error:?}", self.seed),
            }
        }
    }

    async fn collect(mut self) {
        for _ in 0..3 {
            let options = GcOptions {
                move_out_from: [0.01, 0.5, 1.0][self.random.random_range(0..3)],
                ..at_once(self.random.random_range(1..3))
            };
            match collect(&self.place.opened().await, &options).await {
                Ok(_) | Err(GcError::Raced) => {}
                Err(error) => panic!("seed {}: {error:?}", self.seed),
            }
        }
    }

    /// Makes, sets and removes refs.
    async fn point(mut self) {
        for _ in 0..4 {
            let repository = self.place.opened().await;
            let (name, other) = (self.name(), self.name());
            let back = self.random.random_range(0..3);
            let revision = format!("{other}~{back}").parse().expect("a revision");
            let done = match self.random.random_range(0..3) {
                0 => create_ref(&repository, &name, &revision, "ann").await.map(drop),
                1 => set_ref(&repository, &name, &revision, "ann", true).await.map(drop),
                _ if name == RefName::main() => Ok(()),
                _ => delete_ref(&repository, &name, true).await.map(drop),
            };
            match done {
                Err(error) if error.kind() == Kind::Integrity => panic!("seed {}: {error:?}", self.seed),
                _ => {}
            }
        }
    }

    /// Reads what a ref points to with what it knew before; only a version that is gone by now may fail.
    async fn read(mut self) {
        let repository = self.place.opened().await;
        for _ in 0..6 {
            let name = self.name();
            let Some(pointer) = repository.read_ref(&name).await.expect("a ref that can be read") else {
                continue;
            };
            let read = match repository.pointed(&pointer).await {
                Ok(snapshot) => content(&repository, &snapshot).await.map(drop),
                Err(error) => Err(error),
            };
            if let Err(error) = read {
                let now = repository.read_ref(&name).await.expect("a ref that can be read");
                let moved = now.is_none_or(|now| now.value.snapshot != pointer.value.snapshot);
                assert!(moved, "seed {}: {error:?}", self.seed);
            }
        }
    }
}

/// What every ref points to, past all turns.
async fn all_is_whole(place: &Place, seed: u64) {
    let repository = place.opened().await;
    for pointer in repository.refs().await.expect("refs") {
        let snapshot = repository.pointed(&pointer).await;
        let snapshot = snapshot.unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
        if let Err(error) = content(&repository, &snapshot).await {
            panic!("seed {seed}: {} is not whole: {error:?}", pointer.value.name);
        }
    }
}

async fn schedule(seed: u64) {
    let store = Arc::new(MemoryStore::new());
    let (place, _) = Place::on(Arc::clone(&store) as _, None).await;
    let turns = Arc::new(Turns::default());
    let mut random = StdRng::seed_from_u64(seed);
    let mut tasks = JoinSet::new();
    let mut handles = Vec::new();
    for number in 0..7 {
        let place = Place { store: turns.seat(number, &store), clock: Arc::clone(&place.clock), key: None };
        let actor = Actor { place, random: StdRng::seed_from_u64(seed * 100 + number as u64), seed };
        handles.push(match number {
            0..3 => tasks.spawn(actor.publish()),
            3 | 4 => tasks.spawn(actor.collect()),
            5 => tasks.spawn(actor.point()),
            _ => tasks.spawn(actor.read()),
        });
    }
    // A favourite gets most of the turns for a while, so that others stand still between any two of their requests.
    let (mut favourite, mut turn) = (0, 0);
    loop {
        // Time passes only when nobody has anything to do but to wait for a turn.
        tokio::time::sleep(Duration::from_secs(10)).await;
        while let Some(ended) = tasks.try_join_next() {
            match ended {
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                _ => {}
            }
        }
        if tasks.is_empty() {
            break;
        }
        turn += 1;
        assert!(turn < 20_000, "seed {seed}: no end");
        if random.random_bool(0.05) {
            favourite = random.random_range(0..handles.len());
        }
        if random.random_bool(0.001) {
            handles[random.random_range(0..handles.len())].abort();
        }
        let next = {
            let mut waiting = turns.waiting();
            waiting.retain(|waiting| !waiting.go.is_closed());
            waiting.sort_by_key(|waiting| waiting.actor);
            let favoured: Vec<_> = (0..waiting.len()).filter(|at| waiting[*at].actor == favourite).collect();
            match (waiting.len(), favoured.first()) {
                (0, _) => None,
                (_, Some(at)) if random.random_bool(0.8) => Some(waiting.remove(*at)),
                (count, _) => Some(waiting.remove(random.random_range(0..count))),
            }
        };
        place.clock.advance(1_000_000);
        let Some(next) = next else { continue };
        let _ = next.go.send(());
        tokio::time::sleep(Duration::from_nanos(1_000_000)).await;
        if next.is_change {
            all_is_whole(&place, seed).await;
        }
    }
    // What is left of those who were killed goes as well, and nothing else.
    place.days_pass(1);
    for _ in 0..3 {
        place.collect(&at_once(1)).await;
        all_is_whole(&place, seed).await;
        place.is_sound().await;
    }
    let rest = place.collect(&GcOptions { move_out_from: 1.0, ..at_once(1) }).await;
    assert_eq!((rest.packs_waiting, rest.packs_removed, rest.versions_removed), (0, 0, 0), "seed {seed}");
}

/// `CYCLORAMA_GC_SEEDS` says how many schedules; 400 when it says nothing.
#[expect(clippy::disallowed_methods, reason = "how long this test runs is set from outside")]
fn seeds() -> u64 {
    std::env::var("CYCLORAMA_GC_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(400)
}

fn run(share: u64) {
    for seed in (0..seeds()).filter(|seed| seed % 2 == share) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(schedule(seed));
    }
}

#[test]
fn in_even_orders_of_requests_no_collection_takes_what_a_ref_needs() {
    run(0);
}

#[test]
fn in_odd_orders_of_requests_no_collection_takes_what_a_ref_needs() {
    run(1);
}

//! Edges that hold or give something else than what is in the store: readers find out, and go on without.

use std::collections::BTreeMap;

use super::*;
use crate::publish::tests::{Project, clock, new_store, pull, push};
use crate::publish::{Base, Options};
use crate::store::watched::one_bit_flipped;
use crate::{Repository, RepositoryOptions};

/// Flips one bit of what is read in parts: of the answer with this number, or of all of them.
struct Flipping {
    which: Option<u64>,
    answered: AtomicU64,
}

#[async_trait]
impl Between for Flipping {
    async fn read(&self, request: Request, _key: &Key, bytes: Bytes) -> Result<Bytes, StoreError> {
        if request != Request::GetRange {
            return Ok(bytes);
        }
        let number = self.answered.fetch_add(1, Ordering::Relaxed);
        if self.which.is_some_and(|which| which != number) {
            return Ok(bytes);
        }
        Ok(one_bit_flipped(&bytes))
    }
}

/// A published project, and its store far away.
async fn published() -> (Arc<FarAway>, BTreeMap<String, Bytes>) {
    let far = far_away();
    let repository = new_store(Arc::clone(&far) as _).await;
    let mut project = Project::default();
    for number in 0..20 {
        project.write(&format!("Content/{number}.uasset"), noise(40_000, number));
    }
    push(&repository, &project, &mut Base::default(), &Options::new()).await.expect("publishes");
    (far, project.content())
}

/// What a machine reads through the edge.
async fn read(far: &Arc<FarAway>, edge: &Edge) -> BTreeMap<String, Bytes> {
    let reader = EdgeStore::new(Arc::clone(far) as _, edge.address(), token());
    let options = RepositoryOptions::new(clock());
    pull(&Repository::open(Arc::new(reader), options).await.expect("opens")).await
}

async fn edge_behind(far: &Arc<FarAway>, which: Option<u64>, cache: &TempDir) -> Edge {
    let store = Watched::new(Arc::clone(far) as _, Flipping { which, answered: AtomicU64::new(0) });
    Edge::bind(store, options(cache)).await.expect("an edge")
}

#[tokio::test]
async fn a_bit_flipped_on_the_way_to_the_edge_is_mended_for_everybody_by_the_first_who_reads_it() {
    let (far, content) = published().await;
    let sound = tempdir().expect("a folder");
    let edge = edge_behind(&far, Some(u64::MAX), &sound).await;
    assert_eq!(read(&far, &edge).await, content);
    let fetches = edge.stats().misses;
    assert!(fetches > 3, "snapshot, index, folders and content: {fetches}");
    for which in 0..fetches {
        let cache = tempdir().expect("a folder");
        let edge = edge_behind(&far, Some(which), &cache).await;
        assert_eq!(read(&far, &edge).await, content, "fetch {which} was flipped");
        let stats = edge.stats();
        assert_eq!(stats.misses, fetches + 1, "fetch {which} was flipped, and it alone came anew");
        assert_eq!(read(&far, &edge).await, content);
        assert_eq!(edge.stats().misses, stats.misses, "the second machine finds what was mended");
    }
}

#[tokio::test]
async fn an_edge_that_gives_nothing_but_wrong_bytes_does_no_harm() {
    let (far, content) = published().await;
    let cache = tempdir().expect("a folder");
    let edge = edge_behind(&far, None, &cache).await;
    for _ in 0..2 {
        assert_eq!(read(&far, &edge).await, content);
    }
    assert!(edge.stats().bytes_served > 0, "it was asked, and what it said was wrong");
}

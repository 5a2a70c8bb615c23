//! Index objects stay few, however often somebody publishes, and nothing is lost with those that are removed.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;

use super::*;
use crate::gc::{GcOptions, gc};
use crate::store::watched::{Between, Request, Watched};
use crate::verify::{VerifyOptions, verify};
use crate::{IndexId, StoreError};

/// Publishes a folder that has one more file each time; gives the folder, and the number of index objects after each.
async fn grow(repository: &Repository, publishes: u64) -> (Project, Vec<usize>) {
    let (mut project, mut base, mut counts) = (Project::default(), Base::default(), Vec::new());
    for number in 0..publishes {
        project.write(&format!("Content/{number}.uasset"), noise(2000, number));
        let own = reopened(repository).await;
        push(&own, &project, &mut base, &Options::new()).await.expect("publishes");
        counts.push(repository.list_indexes().await.expect("lists").len());
    }
    (project, counts)
}

#[tokio::test]
async fn a_hundred_publishes_leave_a_dozen_index_objects_and_every_version_can_be_read() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (project, counts) = grow(&repository, 100).await;
    assert!(counts.iter().all(|count| *count <= 12), "{counts:?}");
    assert_eq!(pull(&repository).await, project.content());
    let reader = reopened(&repository).await;
    let (_, newest) = reader.resolve(&RefName::main().into()).await.expect("a version");
    let there = reader.list_indexes().await.expect("lists");
    assert!(newest.indexes.iter().all(|id| there.contains(id)), "the newest version lists what is there");
    for back in [1, 10, 99] {
        let reader = reopened(&repository).await;
        let name = format!("main~{back}").parse().expect("a name");
        let (_, old) = reader.resolve(&name).await.expect("a version");
        reader.load_indexes(&old.indexes).await.expect("what took their place");
        for (path, entry) in reader.walk(old.root, |_| true).await.expect("folders") {
            if let Entry::File(file) = entry {
                let bytes = reader.chunk(&file.chunks[0]).await.expect("a chunk");
                assert_eq!(project.content()[&path], bytes);
            }
        }
        assert_eq!(old.stats.files, 100 - back);
    }
    let report = verify(&reopened(&repository).await, &VerifyOptions::default()).await.expect("looks");
    assert_eq!(report.damaged, []);
    gc(&reopened(&repository).await, &GcOptions::new()).await.expect("collects");
    assert_eq!(pull(&repository).await, project.content());
}

/// Lets nobody remove an index object.
struct Locked(AtomicU32);

#[async_trait]
impl Between for Locked {
    async fn asked(&self, request: Request, key: &str) -> Result<(), StoreError> {
        if request == Request::Delete && key.starts_with(IndexId::PREFIX) {
            self.0.fetch_add(1, Ordering::Relaxed);
            let key = crate::Key::new(key).expect("a key");
            return Err(StoreError::Refused { key, source: io::Error::other("locked") });
        }
        Ok(())
    }
}

#[tokio::test]
async fn where_nothing_may_be_removed_everybody_publishes_all_the_same() {
    let watched = Watched::new(Arc::new(MemoryStore::new()), Locked(AtomicU32::new(0)));
    let repository = new_store(Arc::clone(&watched) as _).await;
    let (project, counts) = grow(&repository, 20).await;
    assert!(watched.by.0.load(Ordering::Relaxed) > 0 && counts.last() > Some(&20), "all stay: {counts:?}");
    assert_eq!(pull(&repository).await, project.content());
    let report = verify(&reopened(&repository).await, &VerifyOptions::default()).await.expect("looks");
    assert_eq!(report.damaged, []);
}

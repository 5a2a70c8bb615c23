//! Packs that the two stores have under different names, since one of them gave its own up.

use std::sync::atomic::{AtomicBool, Ordering};

use cyclorama_time::{UtcTime, VirtualClock};

use super::*;
use crate::store::watched::Request;

/// A production of which an archive was made before each of its packs was lost and condemned.
async fn lost() -> (Arc<MemoryStore>, Repository, Repository, Project) {
    let (store, production, [_, second]) = production().await;
    let (archive, _) = copy(&production, Arc::new(MemoryStore::new()), &options()).await.expect("copies");
    for (key, _) in archive.store().list(PackId::PREFIX, None, 1000).await.expect("lists").objects {
        store.delete(&key, Condition::Always).await.expect("removes");
    }
    give_up(&production).await;
    (store, production, archive, second)
}

/// Condemns what is damaged or lost. Says how many packs that were.
async fn give_up(production: &Repository) -> u64 {
    let look = VerifyOptions { read_data: true, ..VerifyOptions::default() };
    let report = verify(&reopened(production).await, &look).await.expect("verifies");
    condemn(&reopened(production).await, &report, "ada", &VerifyOptions::default())
        .await
        .expect("condemns")
        .packs
}

fn healed() -> ArchiveOptions {
    ArchiveOptions { name: RefName::new("healed").expect("a name"), ..options() }
}

/// Refuses index objects, as if the command was killed just before the first.
struct NoIndex(AtomicBool);

#[async_trait]
impl Between for NoIndex {
    async fn asked(&self, request: Request, key: &str) -> Result<(), StoreError> {
        if request == Request::Put && key.starts_with("index/") {
            self.0.store(true, Ordering::SeqCst);
            let key = Key::new(key).expect("a key");
            return Err(StoreError::Refused { key, source: std::io::Error::other("killed") });
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_a_killed_run_brought_under_another_name_is_not_sent_again() {
    let (store, production, archive, second) = lost().await;
    let frail = Watched::new(Arc::clone(&store) as _, NoIndex(AtomicBool::new(false)));
    copy(&archive, Arc::clone(&frail) as _, &healed()).await.expect_err("it is killed");
    assert!(frail.by.0.load(Ordering::SeqCst), "after all packs");
    let count = async || store.list(PackId::PREFIX, None, 1000).await.expect("lists").objects.len();
    let before = count().await;

    // The next day.
    let source = reopened(&archive).await;
    let later = VirtualClock::new(UtcTime::from_seconds(1.7e9 + 86_400.0));
    let later = RepositoryOptions { proven: true, ..RepositoryOptions::new(Arc::new(later)) };
    let target = open_target(&source, Arc::clone(&store) as _, false, later).await.expect("opens");
    let restored = copy_version(&source, &RefName::main().into(), &target, &healed()).await.expect("ends it");
    assert_eq!((restored.packs_copied, restored.bytes_copied), (0, 0), "{restored:?}");
    assert_eq!(count().await, before);
    is_sound(&production).await;
    assert_eq!(pull(&production).await, second.content());
}

#[tokio::test]
async fn damage_in_what_the_archive_has_under_another_name_is_told_and_mended_once_it_is_given_up() {
    let (store, production, archive, second) = lost().await;
    push(&reopened(&production).await, &second, &mut Base::default(), &Options::new()).await.expect("heals");
    for (key, _) in store.list(PackId::PREFIX, None, 1000).await.expect("lists").objects {
        let bytes = store.get(&key).await.expect("reads").bytes;
        store.put(&key, one_bit_flipped(&bytes), Condition::Always).await.expect("writes");
    }
    let error =
        copy(&archive, Arc::clone(&store) as _, &healed()).await.expect_err("the archive has no such pack");
    assert!(matches!(&error, ArchiveError::OtherName { .. }), "{error:?}");
    assert_eq!(error.kind(), Kind::Integrity);
    assert!(error.hint().is_some_and(|hint| hint.contains("--condemn")));
    assert!(give_up(&production).await > 0);
    copy(&archive, Arc::clone(&store) as _, &healed()).await.expect("comes back");
    assert_eq!(pull(&production).await, second.content());
}

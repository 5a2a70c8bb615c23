//! Index objects that are lost or damaged are written anew from what the packs say, and everything goes on.

use std::sync::Mutex;

use async_trait::async_trait;
use cyclorama_progress::Cancel;

use super::*;
use crate::RepositoryOptions;
use crate::publish::tests::clock;
use crate::store::watched::{Between, Request, Watched};

/// What may happen to an object.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Lost,
    BitFlipped,
    Cut,
    Empty,
}

const HARMS: [Harm; 4] = [Harm::Lost, Harm::BitFlipped, Harm::Cut, Harm::Empty];

async fn harm(store: &MemoryStore, key: &Key, harm: Harm) {
    let bytes = store.get(key).await.expect("reads").bytes;
    match harm {
        Harm::Lost => store.delete(key, Condition::Always).await.expect("removes"),
        Harm::BitFlipped => overwrite(store, key, one_bit_flipped(&bytes).to_vec()).await,
        Harm::Cut => overwrite(store, key, bytes[..bytes.len() / 2].to_vec()).await,
        Harm::Empty => overwrite(store, key, Vec::new()).await,
    }
}

async fn indexes(store: &MemoryStore) -> Vec<Key> {
    objects(store).await.into_keys().filter(|key| key.as_str().starts_with(IndexId::PREFIX)).collect()
}

/// Reads everything of a version, by the index objects that it names.
async fn read_version(repository: &Repository, name: &str) -> usize {
    let reader = reopened(repository).await;
    let (_, snapshot) = reader.resolve(&name.parse().expect("a name")).await.expect("a version");
    reader.load_indexes(&snapshot.indexes).await.expect("indexes");
    let mut chunks = 0;
    for (path, entry) in reader.walk(snapshot.root, |_| true).await.expect("folders") {
        let crate::tree::Entry::File(file) = entry else { continue };
        for chunk in &file.chunks {
            reader.chunk(chunk).await.unwrap_or_else(|error| panic!("{path} of {name}: {error}"));
            chunks += 1;
        }
    }
    chunks
}

async fn mended(repository: &Repository) -> Condemned {
    let report = look(repository, true).await;
    let named = report.damaged.iter().any(|damage| damage.object.starts_with(IndexId::PREFIX));
    assert!(named && report.bad_packs.is_empty(), "{report:?}");
    condemn(&reopened(repository).await, &report, "ann", &VerifyOptions::default()).await.expect("mends")
}

#[tokio::test]
async fn one_that_is_lost_or_damaged_is_written_anew_and_every_version_is_whole() {
    for (number, what) in (0..2).flat_map(|number| HARMS.map(|what| (number, what))) {
        let (store, repository, mut project, mut base) = store_and_folder().await;
        let before = [read_version(&repository, "main").await, read_version(&repository, "main~1").await];
        harm(&store, &indexes(&store).await[number], what).await;
        let told = mended(&repository).await;
        assert_eq!((told.packs, told.indexes), (0, 1), "{number}, {what:?}");
        assert_eq!(look(&repository, true).await.damaged, [], "{number}, {what:?}");
        assert_eq!(pull(&repository).await, project.content(), "{number}, {what:?}");
        let after = [read_version(&repository, "main").await, read_version(&repository, "main~1").await];
        assert_eq!(after, before);

        let writer = reopened(&repository).await;
        let same = push(&writer, &project, &mut base, &Options::new()).await.expect("publishes");
        assert!(same.unchanged && same.bytes_uploaded == 0, "nothing was lost: {same:?}");
        project.write("Content/Later.uasset", noise(20_000, 9));
        let writer = reopened(&repository).await;
        let later = push(&writer, &project, &mut base, &Options::new()).await.expect("publishes");
        assert_eq!(later.bytes_new, 20_000, "{later:?}");
        gc(&reopened(&repository).await, &GcOptions::new()).await.expect("collects");
        assert_eq!(look(&repository, true).await.damaged, [], "{number}, {what:?}");
        assert_eq!(pull(&repository).await, project.content());
    }
}

#[tokio::test]
async fn all_of_them_may_be_lost_or_damaged() {
    for what in HARMS {
        let (store, repository, project, _) = store_and_folder().await;
        for key in indexes(&store).await {
            harm(&store, &key, what).await;
        }
        assert!(mended(&repository).await.indexes >= 1, "{what:?}");
        assert_eq!(look(&repository, true).await.damaged, [], "{what:?}");
        assert_eq!(pull(&repository).await, project.content());
        assert_eq!(
            indexes(&store).await.len(),
            1,
            "one says it all, and none that is damaged is left: {what:?}"
        );
        assert!(read_version(&repository, "main~1").await > 0);
    }
}

#[tokio::test]
async fn a_condemned_place_of_a_chunk_does_not_stand_for_a_sound_one() {
    let (store, repository, project, mut base) = store_and_folder().await;
    let key = packs_of_both(&repository).await[0].clone();
    harm(&store, &key, Harm::BitFlipped).await;
    let report = look(&repository, true).await;
    condemn(&reopened(&repository).await, &report, "ann", &VerifyOptions::default()).await.expect("condemns");
    push(&reopened(&repository).await, &project, &mut base, &Options::new()).await.expect("sends it again");
    for key in indexes(&store).await {
        harm(&store, &key, Harm::Lost).await;
    }
    let report = look(&repository, true).await;
    condemn(&reopened(&repository).await, &report, "ann", &VerifyOptions::default()).await.expect("mends");
    assert_eq!(look(&repository, true).await.damaged, []);
    assert_eq!(pull(&repository).await, project.content());
    let writer = reopened(&repository).await;
    let same = push(&writer, &project, &mut base, &Options::new()).await.expect("publishes");
    assert!(same.unchanged && same.bytes_uploaded == 0, "{same:?}");
}

#[tokio::test]
async fn an_index_and_a_pack_that_are_lost_together_heal_with_the_next_publish() {
    let (store, repository, project, mut base) = store_and_folder().await;
    let pack = packs_of_both(&repository).await[0].clone();
    for key in indexes(&store).await {
        harm(&store, &key, Harm::Cut).await;
    }
    harm(&store, &pack, Harm::Lost).await;
    let report = look(&repository, true).await;
    assert!(
        condemn(&reopened(&repository).await, &report, "ann", &VerifyOptions::default())
            .await
            .expect("mends")
            .indexes
            > 0
    );
    let writer = reopened(&repository).await;
    let healed = push(&writer, &project, &mut base, &Options::new()).await.expect("publishes");
    assert!(!healed.unchanged && healed.bytes_uploaded > 0, "{healed:?}");
    assert_eq!(look(&repository, true).await.damaged, []);
    assert_eq!(pull(&repository).await, project.content());
}

#[tokio::test]
async fn an_index_object_of_a_later_version_is_left_alone() {
    let (store, repository) = store().await;
    let mut later = b"CYINDX\n".to_vec();
    later.push(9);
    let id = IndexId::of(&later, repository.now());
    overwrite(&store, &id.key(), later.clone()).await;
    let report = look(&repository, false).await;
    let error = condemn(&reopened(&repository).await, &report, "ann", &VerifyOptions::default())
        .await
        .expect_err("it is not understood");
    assert_eq!(error.kind(), Kind::Refused);
    assert_eq!(store.get(&id.key()).await.expect("there").bytes[..], later[..]);
}

#[tokio::test]
async fn every_place_of_a_chunk_is_known_again_though_one_index_object_holds_one_of_them() {
    let (store, repository, project, mut base) = store_and_folder().await;
    let key = packs_of_both(&repository).await[0].clone();
    let bytes = store.get(&key).await.expect("reads").bytes;
    store.delete(&key, Condition::Always).await.expect("removes");
    let report = look(&repository, true).await;
    condemn(&reopened(&repository).await, &report, "ann", &VerifyOptions::default()).await.expect("condemns");
    push(&reopened(&repository).await, &project, &mut base, &Options::new()).await.expect("sends it again");
    // It was only away: now its chunks lie in two packs.
    overwrite(&store, &key, bytes.to_vec()).await;
    let pack = PackId::from_key(&key).expect("a pack");
    for key in indexes(&store).await {
        harm(&store, &key, Harm::Cut).await;
    }
    let report = look(&repository, true).await;
    condemn(&reopened(&repository).await, &report, "ann", &VerifyOptions::default()).await.expect("mends");
    let reader = reopened(&repository).await;
    reader.load_all_indexes().await.expect("indexes");
    let twice = reader.loaded_indexes();
    assert!(
        twice.len() > 1
            && twice.iter().any(|(_, index)| index.packs().iter().any(|(there, _)| *there == pack))
    );
    assert_eq!(pull(&repository).await, project.content());
}

/// Asks to stop when so many packs were asked for their ends.
struct Stopping(Mutex<Option<usize>>, Cancel);

#[async_trait]
impl Between for Stopping {
    async fn asked(&self, request: Request, key: &str) -> Result<(), StoreError> {
        let mut left = self.0.lock().expect("nobody panicked");
        if let Some(more) =
            left.as_mut().filter(|_| request == Request::GetRange && key.starts_with("packs/"))
        {
            *more = more.saturating_sub(1);
            if *more == 0 {
                self.1.cancel();
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn reading_what_packs_hold_tells_how_far_it_is_and_can_be_stopped() {
    let (store, repository, project, _) = store_and_folder().await;
    for key in indexes(&store).await {
        harm(&store, &key, Harm::Cut).await;
    }
    let report = look(&repository, true).await;
    for after in [Some(1), Some(2), None] {
        let cancel = Cancel::new();
        let watched = Watched::new(Arc::clone(&store) as _, Stopping(Mutex::new(after), cancel.clone()));
        let options = RepositoryOptions { proven: true, ..RepositoryOptions::new(clock()) };
        let mender = Repository::open(watched, options).await.expect("opens");
        let options = VerifyOptions { cancel, ..VerifyOptions::default() };
        let told = condemn(&mender, &report, "ann", &options).await;
        let progress = options.progress.snapshot(std::time::Duration::ZERO);
        if after.is_some() {
            let stopped = told.expect_err("it was to stop");
            assert_eq!(stopped.kind(), Kind::Cancelled, "{stopped:?}");
            assert_eq!(indexes(&store).await.len(), 2, "nothing was written, and nothing taken away");
        } else {
            assert_eq!(told.expect("mends").indexes, 2);
            assert!(progress.total > 1 && progress.done == progress.total, "{progress:?}");
        }
    }
    assert_eq!(pull(&repository).await, project.content());
}

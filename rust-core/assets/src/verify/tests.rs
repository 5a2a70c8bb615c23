//! Each kind of damage is found, and named with the files it hurts.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::gc::{GcOptions, gc};
use crate::publish::tests::{Project, new_store, noise, pull, push, reopened};
use crate::publish::{Base, Options};
use crate::store::watched::one_bit_flipped;
use crate::{Condition, MemoryStore, Store};

mod indexes;
mod raced;

/// Two versions in a store, of which the files are named after what becomes of them.
async fn store() -> (Arc<MemoryStore>, Repository) {
    let (store, repository, ..) = store_and_folder().await;
    (store, repository)
}

/// The same, and the folder that they were published from, as it is known to be.
async fn store_and_folder() -> (Arc<MemoryStore>, Repository, Project, Base) {
    let store = Arc::new(MemoryStore::new());
    let repository = new_store(Arc::clone(&store) as _).await;
    let (mut project, mut base) = (Project::default(), Base::default());
    let options = Options { threads: 1, ..Options::new() };
    project
        .write("Content/Stays.uasset", noise(1_500_000, 1))
        .write("Content/Changes.uasset", noise(400_000, 2))
        .write("Config/Default.ini", "words ".repeat(2000));
    push(&repository, &project, &mut base, &options).await.expect("publishes");
    project
        .write("Content/Changes.uasset", noise(400_000, 3))
        .write("Content/New/Comes.uasset", noise(5000, 4));
    push(&repository, &project, &mut base, &options).await.expect("publishes");
    (store, repository, project, base)
}

async fn look(repository: &Repository, read_data: bool) -> VerifyReport {
    let fresh = reopened(repository).await;
    let options = VerifyOptions { read_data, ..VerifyOptions::default() };
    verify(&fresh, &options).await.expect("the store answers")
}

async fn objects(store: &MemoryStore) -> BTreeMap<Key, Bytes> {
    let mut objects = BTreeMap::new();
    for (key, _) in store.list("", None, 1000).await.expect("lists").objects {
        let bytes = store.get(&key).await.expect("reads").bytes;
        objects.insert(key, bytes);
    }
    objects
}

async fn overwrite(store: &MemoryStore, key: &Key, bytes: Vec<u8>) {
    store.put(key, bytes.into(), Condition::Always).await.expect("writes");
}

fn paths(damage: &Damage) -> Vec<&str> {
    damage.files.iter().map(|file| file.path.as_str()).collect()
}

#[tokio::test]
async fn a_sound_store_is_sound() {
    let (_, repository) = store().await;
    for read_data in [false, true] {
        let report = look(&repository, read_data).await;
        assert_eq!(report.damaged, []);
        assert_eq!((report.refs, report.snapshots, report.unindexed_packs), (1, 2, 0));
        assert!(report.packs >= 4 && report.chunks > 10);
        assert_eq!(report.bytes_read > 2_000_000, read_data);
    }
}

#[tokio::test]
async fn a_missing_or_cut_pack_is_named_with_every_file_in_it() {
    let (store, repository) = store().await;
    let sound = objects(&store).await;
    for (key, bytes) in sound.iter().filter(|(key, _)| key.as_str().starts_with("packs/")) {
        let mut hurt = BTreeMap::new();
        for cut in [true, false] {
            if cut {
                overwrite(&store, key, bytes[..bytes.len() - 1].to_vec()).await;
            } else {
                store.delete(key, Condition::Always).await.expect("removes");
            }
            let report = look(&repository, false).await;
            let damage =
                report.damaged.iter().find(|damage| damage.object == key.as_str()).expect("it is named");
            assert!(!damage.files.is_empty(), "{key} hurts something");
            assert_eq!(report.damaged.len(), 1, "{:?}", report.damaged);
            hurt.insert(cut, damage.files.clone());
        }
        assert_eq!(hurt[&true], hurt[&false]);
        overwrite(&store, key, bytes.to_vec()).await;
    }
    assert_eq!(look(&repository, true).await.damaged, []);
}

#[tokio::test]
async fn any_flipped_bit_anywhere_is_found_by_reading_and_its_object_named() {
    let (store, repository) = store().await;
    for (key, bytes) in objects(&store).await {
        if key == crate::Format::key() {
            continue; // The store does not open then.
        }
        for part in 0..24 {
            let at = part * (bytes.len() - 1) / 23;
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 1 << (part % 8);
            overwrite(&store, &key, damaged).await;
            let report = look(&repository, true).await;
            let named = report.damaged.iter().any(|damage| damage.object == key.as_str());
            assert!(named, "byte {at} of {key}: {:?}", report.damaged);
        }
        overwrite(&store, &key, bytes.to_vec()).await;
    }
}

#[tokio::test]
async fn a_flipped_bit_in_a_chunk_hurts_the_files_that_have_it_and_no_others() {
    let (store, repository) = store().await;
    let (_, snapshot) = repository.resolve(&RefName::main().into()).await.expect("a version");
    let found = repository.walk(snapshot.root, |_| true).await.expect("folders");
    let file = found.iter().find_map(|(path, entry)| match entry {
        crate::tree::Entry::File(file) if path == "Content/Stays.uasset" => Some(file.clone()),
        _ => None,
    });
    let place = repository.locate(&file.expect("it is there").chunks[1]).expect("known");
    let key = place.pack.key();
    let mut bytes = store.get(&key).await.expect("reads").bytes.to_vec();
    bytes[place.offset as usize + 9] ^= 4;
    overwrite(&store, &key, bytes).await;
    assert_eq!(look(&repository, false).await.damaged, [], "only reading finds it");
    let report = look(&repository, true).await;
    let [damage] = &report.damaged[..] else { panic!("{:?}", report.damaged) };
    assert_eq!((damage.object.as_str(), paths(damage)), (key.as_str(), vec!["Content/Stays.uasset"]));
}

#[tokio::test]
async fn a_missing_index_snapshot_or_ref_target_is_named() {
    for prefix in ["index/", "snap/"] {
        let (store, repository) = store().await;
        for key in objects(&store).await.into_keys().filter(|key| key.as_str().starts_with(prefix)) {
            let bytes = store.get(&key).await.expect("reads").bytes;
            store.delete(&key, Condition::Always).await.expect("removes");
            let report = look(&repository, false).await;
            let latest = prefix == "snap/" && report.damaged.is_empty();
            let named = report.damaged.iter().any(|damage| damage.object == key.as_str());
            // An old snapshot may be removed on purpose; the one a ref points to may not.
            assert!(named || latest, "{key}: {:?}", report.damaged);
            overwrite(&store, &key, bytes.to_vec()).await;
        }
    }
}

#[tokio::test]
async fn damage_of_old_versions_names_the_version() {
    let (store, repository) = store().await;
    let first = repository.resolve(&"main~1".parse().expect("a name")).await.expect("the first version");
    let found = repository.walk(first.1.root, |_| true).await.expect("folders");
    let chunk = found.iter().find_map(|(path, entry)| match entry {
        crate::tree::Entry::File(file) if path == "Content/Changes.uasset" => Some(file.chunks[0]),
        _ => None,
    });
    let place = repository.locate(&chunk.expect("it is there")).expect("known");
    let mut bytes = store.get(&place.pack.key()).await.expect("reads").bytes.to_vec();
    bytes[place.offset as usize] ^= 1;
    overwrite(&store, &place.pack.key(), bytes).await;
    let report = look(&repository, true).await;
    let [damage] = &report.damaged[..] else { panic!("{:?}", report.damaged) };
    assert_eq!(paths(damage), ["Content/Changes.uasset"]);
    assert_eq!(damage.files[0].snapshot, first.0);
}

#[tokio::test]
async fn a_pack_nobody_knows_is_no_damage() {
    let (store, repository) = store().await;
    let pack = objects(&store).await.into_iter().find(|(key, _)| key.as_str().starts_with("packs/"));
    let bytes = pack.expect("a pack").1;
    let left = PackId::of(&bytes, repository.now().plus_nanos(9_000_000));
    overwrite(&store, &left.key(), bytes.to_vec()).await;
    let report = look(&repository, true).await;
    assert_eq!((report.unindexed_packs, report.damaged.len()), (1, 0));
}

/// A pack that holds nothing but what both versions have, and the one with the top folder of the newest.
async fn packs_of_both(repository: &Repository) -> [Key; 2] {
    let reader = reopened(repository).await;
    reader.load_all_indexes().await.expect("indexes");
    let packs_of = async |version: &str, wanted: &str| -> Vec<Key> {
        let (_, snapshot) = reader.resolve(&version.parse().expect("a name")).await.expect("a version");
        let found = reader.walk(snapshot.root, |_| true).await.expect("folders");
        let chunks = found.into_iter().find_map(|(path, entry)| match entry {
            crate::tree::Entry::File(file) if path == wanted => Some(file.chunks),
            _ => None,
        });
        let pack = |chunk: &ChunkId| reader.locate(chunk).expect("known").pack.key();
        chunks.expect("it is there").iter().map(pack).collect()
    };
    let gone = packs_of("main~1", "Content/Changes.uasset").await;
    let stays = packs_of("main", "Content/Stays.uasset").await;
    let both = stays.into_iter().find(|pack| !gone.contains(pack)).expect("a pack of its own");
    let (_, snapshot) = reader.resolve(&RefName::main().into()).await.expect("a version");
    [both, reader.locate(&snapshot.root).expect("known").pack.key()]
}

#[tokio::test]
async fn a_condemned_pack_heals_when_somebody_who_has_the_files_publishes_though_nothing_changed() {
    for (number, is_lost) in [(0, true), (0, false), (1, true), (1, false)] {
        let (store, repository, project, mut base) = store_and_folder().await;
        let key = packs_of_both(&repository).await[number].clone();
        if is_lost {
            store.delete(&key, Condition::Always).await.expect("removes");
        } else {
            let bytes = store.get(&key).await.expect("reads").bytes;
            overwrite(&store, &key, one_bit_flipped(&bytes).to_vec()).await;
        }
        let report = look(&repository, true).await;
        let named: Vec<_> = report.bad_packs.iter().map(PackId::key).collect();
        assert_eq!(named, std::slice::from_ref(&key), "{:?}", report.damaged);
        let told = condemn(&reopened(&repository).await, &report, "ann", &VerifyOptions::default())
            .await
            .expect("condemns");
        assert_eq!((told.packs, told.epoch), (1, 1));
        let still = look(&repository, true).await;
        assert!(still.bad_packs.is_empty() && still.damaged.is_empty() <= !is_lost, "{key}: {still:?}");

        let writer = reopened(&repository).await;
        let healed = push(&writer, &project, &mut base, &Options::new()).await.expect("publishes");
        assert!(!healed.unchanged && healed.bytes_uploaded > 0, "{key}: {healed:?}");
        assert_eq!(look(&repository, true).await.damaged, [], "{key}: both versions are whole");
        assert_eq!(pull(&repository).await, project.content());
        gc(&reopened(&repository).await, &GcOptions::new()).await.expect("collects");
        let writer = reopened(&repository).await;
        let again = push(&writer, &project, &mut base, &Options::new()).await.expect("publishes");
        assert!(again.unchanged && again.bytes_uploaded == 0, "{key}: {again:?}");
    }
}

#[tokio::test]
async fn an_older_version_is_read_from_what_was_sent_again_after_it() {
    let (store, repository, project, mut base) = store_and_folder().await;
    let (_, old) = repository.resolve(&"main~1".parse().expect("a name")).await.expect("the first version");
    let key = packs_of_both(&repository).await[0].clone();
    let bytes = store.get(&key).await.expect("reads").bytes;
    overwrite(&store, &key, one_bit_flipped(&bytes).to_vec()).await;
    let report = look(&repository, true).await;
    condemn(&reopened(&repository).await, &report, "ann", &VerifyOptions::default()).await.expect("condemns");
    push(&reopened(&repository).await, &project, &mut base, &Options::new()).await.expect("publishes");
    let reader = reopened(&repository).await;
    reader.load_indexes(&old.indexes).await.expect("those of the old version alone");
    for (path, entry) in reader.walk(old.root, |_| true).await.expect("folders") {
        let crate::tree::Entry::File(file) = entry else { continue };
        for chunk in &file.chunks {
            reader.chunk(chunk).await.unwrap_or_else(|error| panic!("{path}: {error}"));
        }
    }
}

#[tokio::test]
async fn nothing_is_condemned_where_nothing_is_damaged() {
    let (store, repository) = store().await;
    let report = look(&repository, true).await;
    let told = condemn(&repository, &report, "ann", &VerifyOptions::default()).await.expect("nothing to do");
    assert_eq!(told, Condemned::default());
    assert_eq!(store.list("gc/", None, 10).await.expect("lists").objects, []);
}

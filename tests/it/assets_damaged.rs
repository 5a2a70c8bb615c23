//! Bits that flip, objects that are cut or gone: verification names what is hurt, and hydrate refuses it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cyclorama_tests::{Ended, setting, text};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use tempfile::tempdir;

use crate::project::{self, Seen, contents, hydrate, published};

const INTEGRITY: i32 = 5;

/// What is done to an object.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Flip,
    Cut,
    Lose,
}

impl Harm {
    fn to(self, path: &Path, random: &mut SmallRng) {
        let mut bytes = fs::read(path).expect("readable");
        match self {
            Self::Flip => {
                let at = random.random_range(0..bytes.len());
                bytes[at] ^= 1 << random.random_range(0..8);
            }
            Self::Cut => bytes.truncate(random.random_range(0..bytes.len())),
            Self::Lose => return fs::remove_file(path).expect("it is there"),
        }
        fs::write(path, bytes).expect("writable");
    }
}

/// Everything that is kept in the store for its content; what the folder store keeps for itself is not.
fn objects(store: &Path) -> Vec<String> {
    project::objects(store).into_iter().filter(|path| !path.starts_with('.')).collect()
}

#[test]
fn whatever_is_damaged_is_named_and_not_one_wrong_byte_arrives() {
    let rounds = if setting("TEST_CHAOS").as_deref() == Some("long") { 400 } else { 24 };
    let folder = tempdir().expect("a temporary folder");
    let (here, store) = (folder.path().join("p"), folder.path().join("store"));
    let mut random = SmallRng::seed_from_u64(0xbad);
    project::make(&here, &mut random);
    project::init(&store);
    let _ = project::publish(&here, &store);
    let wanted = published(&here);
    let objects = objects(&store);
    let _ = project::verify(&store).done();
    for round in 0..rounds {
        let object = &objects[round % objects.len()];
        let harm = [Harm::Flip, Harm::Cut, Harm::Lose][round / objects.len() % 3];
        let what = format!("round {round}, {harm:?} of {object}");
        let path = store.join(object);
        let sound = fs::read(&path).expect("readable");
        harm.to(&path, &mut random);
        // A lost ref looks like one that was removed on purpose, or not written yet: only who asks for it can tell.
        let untold = matches!(harm, Harm::Lose) && object.starts_with("refs/");
        if !untold {
            names_it(&project::verify(&store), object, &what);
        }
        let there = folder.path().join("q");
        let ended = hydrate(text(&store), &there);
        assert!(!untold || ended.code != Some(0), "{what}: hydrated without its ref");
        // What reading does not need (a pack's footer, a chunk of another version) may be hurt and nobody harmed.
        if ended.code != Some(0) {
            refuses(&ended, &what);
        }
        no_wrong_byte(&there, &wanted, &what);
        if there.exists() {
            fs::remove_dir_all(&there).expect("it is there");
        }
        fs::write(&path, sound).expect("writable");
    }
    let _ = project::verify(&store).done();
}

/// The store as a whole may be what is damaged or missing; anything else is named.
fn names_it(ended: &Ended, object: &str, what: &str) {
    let foundation = object == "format.json" || object.starts_with("refs/");
    assert!(
        matches!(ended.code, Some(INTEGRITY)) || (foundation && ended.code != Some(0)),
        "{what}: {ended:?}"
    );
    let name = object.rsplit('/').next().expect("a name");
    let named = ended.stdout.contains(name) || ended.stderr.contains(name);
    assert!(named || foundation, "{what} is not named: {ended:?}");
}

fn refuses(ended: &Ended, what: &str) {
    // A store without its format or ref is not there; all else is damage, also a lost version that a ref points to.
    let not_there = ["format.json", "refs/"].iter().any(|part| what.contains(part));
    let allowed = if not_there { &[3, 5][..] } else { &[5] };
    assert!(ended.code.is_some_and(|code| allowed.contains(&code)), "{what}: {ended:?}");
    assert_eq!(ended.error()["exit_code"].as_i64(), ended.code.map(i64::from), "{what}");
}

fn no_wrong_byte(there: &Path, wanted: &BTreeMap<String, Seen>, what: &str) {
    if !there.exists() {
        return;
    }
    for (path, seen) in contents(there) {
        if let Seen::File { bytes, .. } = &seen {
            let right =
                matches!(wanted.get(&path), Some(Seen::File { bytes: wanted, .. }) if wanted == bytes);
            assert!(right, "{what}: {path} arrived wrong");
        }
    }
}

#[test]
fn the_files_that_a_damaged_pack_hurts_are_named() {
    let folder = tempdir().expect("a temporary folder");
    let (here, store) = (folder.path().join("p"), folder.path().join("store"));
    let mut random = SmallRng::seed_from_u64(0xbad2);
    project::write(&here, "Content/Hurt.uasset", &project::noise(&mut random, 50_000), 1_700_000_000);
    project::init(&store);
    let _ = project::publish(&here, &store);
    let first = objects(&store);
    project::write(&here, "Content/Fine.uasset", &project::noise(&mut random, 50_000), 1_700_000_000);
    let _ = project::publish(&here, &store);
    let packs = first.iter().filter(|object| object.starts_with("packs/"));
    let largest = packs.max_by_key(|object| fs::metadata(store.join(object)).expect("there").len());
    let path = store.join(largest.expect("a pack of content"));
    let mut bytes = fs::read(&path).expect("readable");
    bytes[20_000] ^= 4;
    fs::write(&path, bytes).expect("writable");
    let ended = project::verify(&store).with_code(INTEGRITY);
    assert!(ended.stdout.contains("Content/Hurt.uasset"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("Content/Fine.uasset"), "{}", ended.stdout);
    // What is not hurt still arrives, if it is asked for by itself.
    let there = folder.path().join("q");
    let arguments = ["assets", "hydrate", text(&store), text(&there), "--only", "Content/Fine.uasset"];
    let _ = project::run(&arguments).done();
    assert_eq!(contents(&there).get("Content/Fine.uasset"), published(&here).get("Content/Fine.uasset"));
}

//! Publish and hydrate are killed at random moments: the store stays sound, no file is half there, work goes on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use cyclorama_tests::{Stopwatch, setting, text};
use rand::{SeedableRng as _, rngs::SmallRng};
use tempfile::tempdir;

use crate::project::{self, Seen, assert_same, contents, hydrate, killed_within, published};

fn rounds() -> u32 {
    if setting("TEST_CHAOS").as_deref() == Some("long") { 500 } else { 20 }
}

/// How long an undisturbed run takes here, today.
fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let watch = Stopwatch::start();
    work();
    watch.elapsed()
}

/// A project large enough to be killed in the middle of.
fn make(root: &Path, random: &mut SmallRng) {
    project::make(root, random);
    for number in 0..6 {
        let bytes = project::noise(random, 5_000_000);
        project::write(root, &format!("Content/Big/{number}.ubulk"), &bytes, 1_700_003_000);
    }
}

#[test]
fn a_killed_publish_shows_nothing_or_all_and_the_next_one_goes_on() {
    let folder = tempdir().expect("a temporary folder");
    let here = folder.path().join("p");
    let mut random = SmallRng::seed_from_u64(0x9f0b);
    make(&here, &mut random);
    let practice = folder.path().join("practice");
    project::init(&practice);
    let mut window = time(|| project::publish(&here, &practice));
    fs::remove_dir_all(here.join(".cyclorama")).expect("it is there");
    let store = folder.path().join("store");
    project::init(&store);
    let (mut killed, mut version, mut dirty) = (0, None, true);
    for round in 0..rounds() {
        if !dirty {
            let bytes = project::noise(&mut random, 3_000_000);
            project::write(&here, "Content/Big/0.ubulk", &bytes, 1_700_004_000 + u64::from(round));
        }
        let was_killed =
            killed_within(&mut window, &["assets", "publish", text(&here), text(&store)], &mut random);
        killed += u32::from(was_killed);
        dirty = was_killed;
        let there = folder.path().join("q");
        let ended = hydrate(text(&store), &there);
        match ended.code {
            Some(0) => {
                let snapshot = ended.object("cyclorama.hydrate/1")["snapshot"].clone();
                if !was_killed || version.as_ref().is_some_and(|version| *version != snapshot) {
                    assert_same(&contents(&there), &published(&here), "what appeared appeared whole");
                }
                version = Some(snapshot);
                fs::remove_dir_all(&there).expect("it is there");
            }
            // Nobody has published anything yet.
            Some(3) => assert!(version.is_none(), "round {round}: a version is gone: {ended:?}"),
            _ => panic!("round {round}: {ended:?}"),
        }
    }
    assert!(killed >= rounds() / 4, "only {killed} were killed at work");
    let _ = project::publish(&here, &store);
    let there = folder.path().join("at last");
    let _ = hydrate(text(&store), &there).done();
    assert_same(&contents(&there), &published(&here), "at last");
}

#[test]
fn a_killed_hydrate_leaves_no_half_written_file_and_the_next_one_goes_on() {
    let folder = tempdir().expect("a temporary folder");
    let (here, store) = (folder.path().join("p"), folder.path().join("store"));
    let mut random = SmallRng::seed_from_u64(0x4d1e);
    make(&here, &mut random);
    project::init(&store);
    let _ = project::publish(&here, &store);
    let first = published(&here);
    for number in 0..3 {
        let bytes = project::noise(&mut random, 4_000_000);
        project::write(&here, &format!("Content/Big/{number}.ubulk"), &bytes, 1_700_005_000);
    }
    fs::remove_dir_all(here.join("Content/Props/Group3")).expect("it is there");
    let _ = project::publish(&here, &store);
    let second = published(&here);
    let versions = [(&first, format!("{}@main~1", text(&store))), (&second, text(&store).to_owned())];
    let mut window = time(|| hydrate(&versions[0].1, &folder.path().join("practice")).done());
    let (there, mut killed) = (folder.path().join("q"), 0);
    for round in 0..rounds() {
        // From one version to the other and back, from where the last kill left it; sometimes from nothing.
        let (wanted, from) = &versions[round as usize % 2];
        if round % 7 == 0 && there.exists() {
            fs::remove_dir_all(&there).expect("it is there");
        }
        let was_killed = killed_within(&mut window, &["assets", "hydrate", from, text(&there)], &mut random);
        killed += u32::from(was_killed);
        if there.exists() {
            each_is_whole(&contents(&there), [&first, &second], round);
        }
        if round % 3 == 0 || !was_killed {
            let _ = hydrate(from, &there).done();
            assert_same(&contents(&there), wanted, "gone on with");
        }
    }
    assert!(killed >= rounds() / 4, "only {killed} were killed at work");
    let _ = hydrate(text(&store), &there).done();
    assert_same(&contents(&there), &second, "at last");
    let left = project::objects(&there.join(".cyclorama"));
    assert!(left.iter().all(|path| !path.starts_with("parts/")), "nothing half done is left: {left:?}");
}

/// Under each file's own name are the bytes of one of the two versions, all of them.
fn each_is_whole(found: &BTreeMap<String, Seen>, versions: [&BTreeMap<String, Seen>; 2], round: u32) {
    for (path, seen) in found {
        let Seen::File { bytes, .. } = seen else { continue };
        let is_one = versions.iter().any(
            |version| matches!(version.get(path), Some(Seen::File { bytes: wanted, .. }) if wanted == bytes),
        );
        assert!(is_one, "round {round}: {path} is in neither version: {seen:?}");
    }
}

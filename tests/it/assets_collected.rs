//! Garbage is collected and the collector killed at random moments: what anybody needs stays, and in the end the rest is gone.

use std::fs;
use std::path::Path;
use std::time::Duration;

use cyclorama_tests::{setting, text};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use tempfile::tempdir;

use crate::project::{self, assert_same, contents, hydrate, killed_within, published};

fn rounds() -> u32 {
    if setting("TEST_CHAOS").as_deref() == Some("long") { 500 } else { 20 }
}

/// Collects at once what the last two versions do not need.
fn collection(store: &Path) -> [&str; 8] {
    ["assets", "gc", text(store), "--keep", "2", "--grace", "0h", "--json"]
}

fn bytes_of(store: &Path) -> u64 {
    let objects = project::objects(store);
    objects.iter().map(|path| fs::metadata(store.join(path)).expect("it is there").len()).sum()
}

fn brings(from: &str, there: &Path, wanted: &std::collections::BTreeMap<String, project::Seen>, what: &str) {
    let _ = hydrate(from, there).done();
    assert_same(&contents(there), wanted, what);
    fs::remove_dir_all(there).expect("it is there");
}

#[test]
fn a_collection_killed_at_any_moment_harms_nothing_and_the_next_one_ends_it() {
    let folder = tempdir().expect("a temporary folder");
    let (here, store) = (folder.path().join("p"), folder.path().join("store"));
    let there = folder.path().join("q");
    let mut random = SmallRng::seed_from_u64(0x6c);
    project::make(&here, &mut random);
    project::init(&store);
    let _ = project::publish(&here, &store);
    let one = bytes_of(&store);
    let (mut before, mut killed) = (published(&here), 0);
    // How long a collection may take before it is killed: about as long as it takes, on whatever machine this is.
    let mut window = Duration::from_millis(400);
    for round in 0..rounds() {
        for number in 0..12 {
            let path = format!("Content/Props/Group{}/Prop{number:02}.uasset", number % 7);
            let length = random.random_range(10_000..200_000);
            project::write(
                &here,
                &path,
                &project::noise(&mut random, length),
                1_700_010_000 + u64::from(round),
            );
        }
        let _ = project::publish(&here, &store);
        killed += u32::from(killed_within(&mut window, &collection(&store), &mut random));
        let now = published(&here);
        brings(text(&store), &there, &now, "after a killed collection");
        brings(&format!("{}@main~1", text(&store)), &there, &before, "the version before");
        if round % 5 == 0 {
            let _ = project::verify(&store).done();
        }
        before = now;
    }
    assert!(killed >= rounds() / 4, "only {killed} were killed at work");
    let report = project::run(&collection(&store)).done().object("cyclorama.gc/1");
    assert_eq!(report["versions_kept"], 2, "{report}");
    let _ = project::verify(&store).done();
    let left = bytes_of(&store);
    assert!(left < 2 * one, "{left} bytes are left of versions of {one}");
    brings(text(&store), &there, &before, "at last");
}

#[test]
fn a_version_that_was_collected_is_not_found_and_one_that_is_lost_is_damage() {
    let folder = tempdir().expect("a temporary folder");
    let (here, store, there) =
        (folder.path().join("p"), folder.path().join("store"), folder.path().join("q"));
    project::init(&store);
    for version in 0..4_u64 {
        project::write(
            &here,
            "Content/Wall.uasset",
            format!("version {version}").as_bytes(),
            1_700_000_000 + version,
        );
        let _ = project::publish(&here, &store);
    }
    let told =
        project::run(&["assets", "gc", text(&store), "--keep", "3", "--grace", "0h", "--dry-run"]).done();
    assert!(told.stdout.contains("would be condemned: 1 version"), "{}", told.stdout);
    let _ = project::run(&["assets", "gc", text(&store), "--keep", "3", "--grace", "0h"]).done();
    let gone = hydrate(&format!("{}@main~3", text(&store)), &there);
    assert_eq!(gone.code, Some(3), "{gone:?}");
    assert!(gone.stderr.contains("was collected"), "{}", gone.stderr);
    let _ = project::verify(&store).done();
    // A version in the middle of the history is lost.
    let snapshots: Vec<_> =
        project::objects(&store).into_iter().filter(|path| path.starts_with("snap/")).collect();
    fs::remove_file(store.join(&snapshots[1])).expect("it is there");
    let lost = hydrate(&format!("{}@main~1", text(&store)), &there);
    assert_eq!(lost.code, Some(5), "{lost:?}");
    let found = project::verify(&store).with_code(5);
    assert!(found.stdout.contains(&snapshots[1]), "{}", found.stdout);
    let refused = project::run(&["assets", "gc", text(&store), "--grace", "0h"]).with_code(5);
    assert!(refused.stderr.contains("verify"), "{}", refused.stderr);
    // A person who names it by its id is told that it is not there.
    let id = snapshots[1].trim_start_matches("snap/");
    let by_id = hydrate(&format!("{}@{id}", text(&store)), &there);
    assert_eq!(by_id.code, Some(3), "{by_id:?}");
    // The version that the ref points to is lost.
    fs::remove_file(store.join(&snapshots[2])).expect("it is there");
    let lost = hydrate(text(&store), &there);
    assert_eq!(lost.code, Some(5), "{lost:?}");
    let publish = project::run(&["assets", "publish", text(&here), text(&store), "--replace"]);
    assert_eq!(publish.code, Some(5), "{publish:?}");
}

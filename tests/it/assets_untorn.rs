//! Files that are written while they are published, and edits that try to hide: no mix, and none missed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use cyclorama_tests::{setting, text};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use tempfile::tempdir;

use crate::project::{self, Seen, contents, hydrate, run};

/// Each file is one letter throughout in every version of it.
const LENGTH: usize = 400_000;
const FILES: usize = 100;

#[test]
fn a_hundred_files_rewritten_while_they_are_read_are_never_published_torn() {
    let rounds = if setting("TEST_CHAOS").as_deref() == Some("long") { 40 } else { 4 };
    let folder = tempdir().expect("a temporary folder");
    let (here, store) = (folder.path().join("p"), folder.path().join("store"));
    fs::create_dir(&here).expect("a folder");
    let files: Vec<_> = (0..FILES).map(|number| here.join(format!("{number:03}.uasset"))).collect();
    files.iter().for_each(|path| fs::write(path, vec![b'A'; LENGTH]).expect("writes"));
    project::init(&store);
    let _ = project::publish(&here, &store);
    let (stop, written) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| rewrite(&files, &stop, &written));
        for round in 0..rounds {
            let before = written.load(Ordering::Relaxed);
            let ended = run(&["assets", "publish", text(&here), text(&store), "--json"]);
            assert!(matches!(ended.code, Some(0 | 8)), "round {round}: {ended:?}");
            assert!(written.load(Ordering::Relaxed) > before, "somebody wrote meanwhile");
            let there = folder.path().join(format!("q{round}"));
            let _ = hydrate(text(&store), &there).done();
            whole_versions(&contents(&there), round);
            fs::remove_dir_all(&there).expect("it is there");
        }
        stop.store(true, Ordering::Relaxed);
    });
    let ended = project::publish(&here, &store);
    assert_eq!(ended["files"], FILES);
    let there = folder.path().join("at rest");
    let _ = hydrate(text(&store), &there).done();
    project::assert_same(&contents(&there), &contents(&here), "once nobody writes");
}

/// Rewrites one file after another, in place and in small steps, as a slow editor does.
fn rewrite(files: &[PathBuf], stop: &AtomicBool, written: &AtomicU64) {
    let mut random = SmallRng::seed_from_u64(3);
    let mut letter = b'A';
    while !stop.load(Ordering::Relaxed) {
        letter = if letter == b'Z' { b'A' } else { letter + 1 };
        let path = &files[random.random_range(0..files.len())];
        let file = fs::File::options().write(true).open(path).expect("opens");
        let step = vec![letter; LENGTH / 8];
        for part in 0..8 {
            file.write_all_at(&step, (part * step.len()) as u64).expect("writes");
            thread::yield_now();
        }
        written.fetch_add(1, Ordering::Relaxed);
    }
}

fn whole_versions(found: &BTreeMap<String, Seen>, round: u32) {
    assert_eq!(found.len(), FILES, "round {round}");
    for (path, seen) in found {
        let Seen::File { bytes, .. } = seen else { panic!("{path} is no file") };
        assert_eq!(bytes.len(), LENGTH, "round {round}: {path}");
        let torn = bytes.iter().position(|byte| *byte != bytes[0]);
        assert_eq!(torn, None, "round {round}: {path} is a mix");
    }
}

#[test]
fn of_a_thousand_edits_of_the_same_size_with_an_older_time_none_is_missed() {
    const EDITS: u64 = 1_000;
    let folder = tempdir().expect("a temporary folder");
    let (here, store, there) =
        (folder.path().join("p"), folder.path().join("store"), folder.path().join("q"));
    let path = |number: u64| format!("Content/{:02}/{number:04}.uasset", number % 40);
    for number in 0..EDITS {
        let bytes = format!("version one of {number:04}");
        project::write(&here, &path(number), bytes.as_bytes(), 1_700_000_000 + number);
    }
    project::init(&store);
    let _ = project::publish(&here, &store);
    let _ = hydrate(text(&store), &there).done();
    for number in 0..EDITS {
        let bytes = format!("version two of {number:04}");
        edit(&here.join(path(number)), number, bytes.as_bytes());
    }
    let _ = project::publish(&here, &store);
    let _ = hydrate(text(&store), &there).done();
    let missed = contents(&there)
        .values()
        .filter(|seen| matches!(seen, Seen::File { bytes, .. } if !bytes.starts_with(b"version two")))
        .count();
    assert_eq!(missed, 0, "of {EDITS}");
    project::assert_same(&contents(&there), &contents(&here), "the edits");
}

/// Writes the same number of bytes in one of the ways that hide it: in place or as another file, with an older time or
/// with the very time it had.
fn edit(path: &Path, number: u64, bytes: &[u8]) {
    if number.is_multiple_of(2) {
        fs::write(path, bytes).expect("writes in place");
    } else {
        let beside = path.with_extension("new");
        let mut file = fs::File::create(&beside).expect("creates");
        file.write_all(bytes).expect("writes");
        fs::rename(&beside, path).expect("takes its place");
    }
    let same = 1_700_000_000 + number;
    project::set_time(path, if number.is_multiple_of(3) { same } else { same - 86_400 });
}

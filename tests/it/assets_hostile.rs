//! Versions that somebody made with other software, to do harm: refused before anything is written, with the reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use cyclorama_assets::publish::{
    self, Base, BaseEntry, Options, ReadProblem, Scanned, ScannedKind, Source, Stamp, Take,
};
use cyclorama_assets::tree::{Entry, FileEntry};
use cyclorama_assets::{FolderStore, FormatOptions, Repository, RepositoryOptions};
use cyclorama_content::FileDigests;
use cyclorama_testkit::RuntimeClock;
use cyclorama_tests::{Ended, text};
use tempfile::tempdir;

use crate::project::hydrate;

const INTEGRITY: i32 = 5;
const HARMLESS: &str = "Content/harmless.uasset";

/// Files by path, whatever the paths are.
struct Given(BTreeMap<String, Vec<u8>>);

const STAMP: Stamp = Stamp { size: 0, mtime_ns: 1_700_000_000_000_000_000, ctime_ns: 1, file_id: 1 };

impl Source for Given {
    fn read(&self, path: &str, take: &mut Take<'_>) -> Result<Stamp, ReadProblem> {
        let bytes = self.0.get(path).ok_or(ReadProblem::Gone)?;
        let stamp = Stamp { size: bytes.len() as u64, ..STAMP };
        take(&mut bytes.as_slice(), &stamp)?;
        Ok(stamp)
    }
}

/// Publishes files and links under names that no publish of ours would take, and a harmless file.
async fn plant(repository: &Repository, files: &[&str], links: &[(&str, &str)], base: Base) {
    let mut given = BTreeMap::from([(HARMLESS.to_owned(), b"harmless".to_vec())]);
    given.extend(files.iter().map(|path| ((*path).to_owned(), b"harmful".to_vec())));
    let file = |(path, bytes): (&String, &Vec<u8>)| {
        let stamp = Stamp { size: bytes.len() as u64, ..STAMP };
        Scanned { path: path.clone(), kind: ScannedKind::File { stamp, mode: Some(0o644) } }
    };
    let mut scan: Vec<_> = given.iter().map(file).collect();
    let link = |(path, target): &(&str, &str)| Scanned {
        path: (*path).to_owned(),
        kind: ScannedKind::Symlink((*target).to_owned()),
    };
    scan.extend(links.iter().map(link));
    let known = base.entries.iter().map(|known| Scanned {
        path: known.path().to_owned(),
        kind: ScannedKind::File { stamp: known.stamp().expect("as if read"), mode: Some(0o644) },
    });
    scan.extend(known);
    let options = Options { replace: true, ..Options::new() };
    let published = publish::publish(repository, Arc::new(Given(given)), scan, base, &options).await;
    let _ = published.expect("other people's software publishes anything");
}

async fn store(folder: &Path) -> Repository {
    let store = Arc::new(FolderStore::new(folder));
    let options = RepositoryOptions::new(Arc::new(RuntimeClock::new()));
    Repository::init(store, FormatOptions::default(), options).await.expect("a store")
}

/// Runs the real command on what was planted, in a folder whose neighbours are watched.
fn is_refused(house: &Path, store: &Path, what: &str) -> Ended {
    let target = house.join("inside").join("project");
    fs::create_dir_all(&target).expect("a folder");
    fs::write(house.join("inside/neighbour"), b"mine").expect("writes");
    let ended = hydrate(text(store), &target).with_code(INTEGRITY);
    assert_eq!(ended.error()["exit_code"], INTEGRITY, "{what}");
    assert!(!ended.stderr.contains("panicked"), "{what}: {}", ended.stderr);
    let left: Vec<_> = crate::project::contents(&target).into_keys().collect();
    assert!(left.is_empty(), "{what}: {left:?} was written");
    let around: Vec<_> = crate::project::contents(&house.join("inside")).into_keys().collect();
    assert_eq!(around, ["neighbour", "project"], "{what}");
    fs::remove_dir_all(house.join("inside")).expect("it is there");
    ended
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[test]
fn names_that_lead_out_or_mean_something_else_somewhere_are_refused() {
    let long = "n".repeat(300);
    let deep = vec!["d"; 3_000].join("/");
    let names = [
        "../x",
        "Content/../../x",
        "C:\\x",
        "\\\\srv\\x",
        "a:b",
        "CON",
        "Content/aux.txt",
        "x.",
        "x ",
        "bell\u{7}",
        "line\nfeed",
        &long,
        &deep,
        "Content//x",
        "./x",
        ".cyclorama/lock",
        ".CYCLORAMA/parts/x",
    ];
    for name in names {
        let house = tempdir().expect("a temporary folder");
        let place = house.path().join("store");
        runtime().block_on(async { plant(&store(&place).await, &[name], &[], Base::default()).await });
        let _ = is_refused(house.path(), &place, name);
    }
}

#[test]
fn names_that_are_one_on_some_systems_are_refused() {
    for twins in [["Content/A.uasset", "Content/a.uasset"], ["\u{e9}.uasset", "e\u{301}.uasset"]] {
        let house = tempdir().expect("a temporary folder");
        let place = house.path().join("store");
        runtime().block_on(async { plant(&store(&place).await, &twins, &[], Base::default()).await });
        let ended = is_refused(house.path(), &place, twins[0]);
        assert!(ended.stderr.contains(".uasset"), "they are named: {}", ended.stderr);
    }
}

#[test]
fn links_that_lead_out_are_refused() {
    for target in ["/etc/passwd", "../../outside", "a/../../../x", "C:\\Windows", ""] {
        let house = tempdir().expect("a temporary folder");
        let place = house.path().join("store");
        let link = [("Content/link", target)];
        runtime().block_on(async { plant(&store(&place).await, &[], &link, Base::default()).await });
        let _ = is_refused(house.path(), &place, target);
    }
}

#[test]
fn files_whose_chunks_do_not_make_them_are_refused_before_their_room_is_taken() {
    let digests = FileDigests::of(b"harmless");
    for (size, times) in [(1 << 63, 1), (9, 1), (7, 1), (u64::MAX, 1_000), (1 << 40, 1_000_000), (8, 2)] {
        let house = tempdir().expect("a temporary folder");
        let place = house.path().join("store");
        runtime().block_on(async {
            let repository = store(&place).await;
            plant(&repository, &[], &[], Base::default()).await;
            let chunk = repository.ids().of_digest(&digests.content);
            let entry = FileEntry {
                name: "bomb.uasset".to_owned(),
                size,
                mtime_ns: STAMP.mtime_ns,
                mode: 0o644,
                content: digests.content,
                xxh128: digests.xxh128,
                chunks: vec![chunk; times],
            };
            let stamp = Some(Stamp { size, ..STAMP });
            let bomb = BaseEntry { path: "Content/bomb.uasset".to_owned(), entry: Entry::File(entry), stamp };
            let base = Base { entries: [bomb].into_iter().collect(), ..Base::default() };
            plant(&repository, &[], &[], base).await;
        });
        let _ = is_refused(house.path(), &place, &format!("{size} bytes of {times} chunks"));
    }
}

#[cfg(unix)]
#[test]
fn links_planted_in_the_folder_lead_nowhere() {
    let house = tempdir().expect("a temporary folder");
    let (place, target) = (house.path().join("store"), house.path().join("project"));
    runtime().block_on(async { plant(&store(&place).await, &[], &[], Base::default()).await });
    let outside = house.path().join("outside");
    fs::create_dir_all(&outside).expect("a folder");
    fs::create_dir_all(&target).expect("a folder");
    std::os::unix::fs::symlink(&outside, target.join("Content")).expect("plants");
    let ended = hydrate(text(&place), &target);
    assert_ne!(ended.code, Some(0), "{ended:?}");
    assert!(fs::read_dir(&outside).expect("there").next().is_none(), "nothing was written through the link");
}

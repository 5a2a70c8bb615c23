//! What the stories about content need: a small project folder, what is in a folder, and the commands.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use cyclorama_tests::{Ended, Service, command, text, until};
use rand::{Rng as _, RngCore as _, rngs::SmallRng};
use serde_json::Value;
use tempfile::tempdir;

/// The records that each working folder keeps for itself.
const OWN_FOLDER: &str = ".cyclorama";

/// One thing in a folder, as everybody else sees it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    File { bytes: Vec<u8>, mtime_ns: i128, mode: u32 },
    Folder,
    Link(String),
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { bytes, mtime_ns, mode } => {
                let start = &bytes[..bytes.len().min(8)];
                write!(f, "{} bytes {start:?} of {mtime_ns} with {mode:o}", bytes.len())
            }
            Self::Folder => f.write_str("folder"),
            Self::Link(target) => write!(f, "link to {target}"),
        }
    }
}

/// Everything in a folder by its path, but for our own records.
pub(crate) fn contents(root: &Path) -> BTreeMap<String, Seen> {
    let mut found = BTreeMap::new();
    look(root, "", &mut found);
    found
}

fn look(root: &Path, folder: &str, found: &mut BTreeMap<String, Seen>) {
    for entry in fs::read_dir(root.join(folder)).expect("a readable folder") {
        let entry = entry.expect("a readable entry");
        let name = entry.file_name().into_string().expect("test names are UTF-8");
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let metadata = entry.metadata().expect("it is there");
        let seen = if metadata.is_dir() {
            if name == OWN_FOLDER {
                continue;
            }
            look(root, &path, found);
            Seen::Folder
        } else if metadata.is_symlink() {
            Seen::Link(text(&fs::read_link(entry.path()).expect("a link")).to_owned())
        } else {
            let mtime_ns = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
            let bytes = fs::read(entry.path()).expect("a readable file");
            Seen::File { bytes, mtime_ns, mode: metadata.mode() & 0o777 }
        };
        found.insert(path, seen);
    }
}

/// Says the first differences, which two whole listings would hide.
pub(crate) fn assert_same(there: &BTreeMap<String, Seen>, here: &BTreeMap<String, Seen>, what: &str) {
    let lost = here.iter().filter(|(path, seen)| there.get(*path) != Some(seen));
    let lost: Vec<_> = lost.map(|(path, seen)| (path, seen, there.get(path))).take(5).collect();
    assert!(lost.is_empty(), "{what}: (path, wanted, found) {lost:?}");
    let more: Vec<_> = there.keys().filter(|path| !here.contains_key(*path)).take(5).collect();
    assert!(more.is_empty(), "{what}: nobody published {more:?}");
}

/// Bytes that do not shrink.
pub(crate) fn noise(random: &mut SmallRng, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    random.fill_bytes(&mut bytes);
    bytes
}

/// Writes a file, and the folders above it, with a time of its own.
pub(crate) fn write(root: &Path, path: &str, bytes: &[u8], seconds: u64) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("below the root")).expect("folders can be made");
    fs::write(&path, bytes).expect("a writable folder");
    set_time(&path, seconds);
}

/// Gives a file a time, with a fraction that only nanoseconds hold.
pub(crate) fn set_time(path: &Path, seconds: u64) {
    let file = fs::File::options().write(true).open(path).expect("opens");
    file.set_modified(UNIX_EPOCH + Duration::new(seconds, 123_456_789)).expect("a file's time can be set");
}

/// A project of some eighty files, about six megabytes, with everything that a folder can hold.
pub(crate) fn make(root: &Path, random: &mut SmallRng) {
    write(root, "Stage.uproject", b"{ \"FileVersion\": 3 }\n", 1_700_000_000);
    for number in 0..64 {
        let length = random.random_range(0..60_000);
        let path = format!("Content/Props/Group{}/Prop{number:02}.uasset", number % 7);
        write(root, &path, &noise(random, length), 1_700_000_000 + number);
    }
    write(root, "Content/Maps/Stage.umap", &noise(random, 300_000), 1_700_000_500);
    write(root, "Content/Textures/Wall.ubulk", &noise(random, 3_000_000), 1_700_000_600);
    write(root, "Content/Straße/日本 (2).uasset", b"names in any language", 1_700_000_700);
    write(root, "Content/Empty.uasset", b"", 1_700_000_800);
    write(root, "Content/Holes.bin", &vec![0; 700_000], 1_700_000_900);
    write(root, "Content/Old.uasset", b"from before computers had clocks", 1);
    write(root, "Scripts/build.sh", b"#!/bin/sh\n", 1_700_001_000);
    fs::set_permissions(root.join("Scripts/build.sh"), fs::Permissions::from_mode(0o755)).expect("its own");
    fs::create_dir_all(root.join("Content/Nothing/In/Here")).expect("folders can be made");
    fs::hard_link(root.join("Content/Maps/Stage.umap"), root.join("Content/Maps/Twin.umap")).expect("a link");
    std::os::unix::fs::symlink("../Content", root.join("Scripts/content")).expect("a link");
    // What Unreal makes again by itself.
    write(root, "Saved/Logs/Stage.log", b"not content", 1_700_002_000);
    write(root, "Intermediate/Build/x.obj", b"not content", 1_700_002_000);
    write(root, "DerivedDataCache/a.ddp", b"not content", 1_700_002_000);
}

/// What of a made project is content.
pub(crate) fn published(root: &Path) -> BTreeMap<String, Seen> {
    let derived = ["Saved", "Intermediate", "DerivedDataCache"];
    let mut found = contents(root);
    found.retain(|path, _| !derived.contains(&path.split('/').next().expect("a first segment")));
    found
}

/// Runs the command on a machine that has seen no store before.
pub(crate) fn run(arguments: &[&str]) -> Ended {
    let cache = tempdir().expect("a temporary folder");
    start(arguments, cache.path()).end_within(Duration::from_secs(120))
}

/// Starts the command with a cache of its own.
pub(crate) fn start(arguments: &[&str], cache: &Path) -> Service {
    let mut command = command();
    command.args(arguments).env("XDG_CACHE_HOME", cache);
    Service::start(command)
}

/// Publishes with `--json` and gives what it said.
pub(crate) fn publish(project: &Path, store: &Path) -> Value {
    run(&["assets", "publish", text(project), text(store), "--json"]).done().object("cyclorama.publish/1")
}

/// Makes a store.
pub(crate) fn init(store: &Path) {
    let _ = run(&["assets", "init", text(store)]).done();
}

/// Hydrates with `--json`: the store, perhaps with a version, into a folder.
pub(crate) fn hydrate(from: &str, folder: &Path) -> Ended {
    run(&["assets", "hydrate", from, text(folder), "--json"])
}

/// Looks through a store.
pub(crate) fn verify(store: &Path) -> Ended {
    run(&["assets", "verify", text(store), "--read-data", "--json"])
}

/// Every object of a store in a folder, by its path.
pub(crate) fn objects(store: &Path) -> Vec<String> {
    let mut found = BTreeMap::new();
    look(store, "", &mut found);
    found.into_iter().filter(|(_, seen)| matches!(seen, Seen::File { .. })).map(|(path, _)| path).collect()
}

/// Starts a command and kills it within `window`; gives whether it was still at work. The window follows what it finds, because
/// a machine that others use too is not as fast the whole time, and not every run has as much to do.
pub(crate) fn killed_within(window: &mut Duration, arguments: &[&str], random: &mut SmallRng) -> bool {
    let cache = tempdir().expect("a temporary folder");
    let mut service = start(arguments, cache.path());
    let ended = until(window.mul_f64(random.random_range(0.0..1.0)), || !service.runs());
    if ended {
        let _ = service.end_within(Duration::from_secs(1)).done();
    } else {
        let _ = service.kill();
    }
    *window = window.mul_f64(if ended { 0.5 } else { 1.25 }).max(Duration::from_millis(1));
    !ended
}

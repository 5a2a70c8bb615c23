use std::io::Read as _;

use super::*;

/// In whole units of 100 ns, which NTFS counts in.
const MTIME_NS: i64 = 1_000_000_000_123_456_700;

fn path(text: &str) -> RelPath {
    RelPath::new(text).expect("a path")
}

fn write(workspace: &Workspace, name: &str, bytes: &[u8]) -> Result<Stamp, WriteError> {
    let mut part = workspace.part(bytes.len() as u64)?;
    part.write_at(0, bytes).expect("the disk takes it");
    workspace.place(part, &path(name), 0o640, MTIME_NS, look(workspace, name))
}

/// How what lies there looks.
fn look(workspace: &Workspace, name: &str) -> Option<Stamp> {
    let place = path(name).below(workspace.path());
    fs::symlink_metadata(&place).ok().map(|found| Stamp::at(&place, &found))
}

#[test]
fn a_file_appears_whole_with_its_time_and_permissions() {
    let root = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::open(root.path()).expect("opens");
    let mut part = workspace.part(7).expect("a part");
    part.write_at(3, b"tent").expect("writes");
    assert!(!root.path().join("Content/a.uasset").exists(), "not before it is complete");
    part.write_at(0, b"con").expect("writes");
    let to = path("Content/a.uasset");
    let stamp = workspace.place(part, &to, 0o640, MTIME_NS, None).expect("placed");
    let placed = root.path().join("Content/a.uasset");
    assert_eq!(fs::read(&placed).expect("reads"), b"content");
    assert_eq!(Stamp::at(&placed, &fs::metadata(&placed).expect("there")), stamp);
    assert_eq!(stamp.mtime_ns, MTIME_NS);
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&placed).expect("there").permissions()) & 0o777,
        0o640
    );
}

#[test]
fn what_a_killed_run_left_is_thrown_away_and_nothing_else() {
    let root = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::open(root.path()).expect("opens");
    write(&workspace, "a", b"a").expect("writes");
    let mut part = workspace.part(5).expect("a part");
    // A process that dies closes its files.
    part.rest();
    std::mem::forget(part);
    drop(workspace);
    let parts = root.path().join(OWN_FOLDER).join(PARTS);
    assert_eq!(fs::read_dir(&parts).expect("there").count(), 1);
    let _again = Workspace::open(root.path()).expect("opens");
    assert_eq!(fs::read_dir(&parts).expect("there").count(), 0);
    assert!(root.path().join("a").exists());
}

#[test]
fn one_at_a_time() {
    let root = tempfile::tempdir().expect("a folder");
    let _first = Workspace::open(root.path()).expect("opens");
    assert!(matches!(Workspace::open(root.path()), Err(WriteError::Busy(_))));
}

#[cfg(unix)]
#[test]
fn links_planted_in_the_folder_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let (root, outside) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    fs::write(outside.path().join("secret"), "secret").expect("writes");
    symlink(outside.path(), root.path().join("Content")).expect("links");
    symlink(outside.path().join("secret"), root.path().join("file")).expect("links");
    fs::create_dir(root.path().join("Real")).expect("a folder");
    symlink("Real", root.path().join("Alias")).expect("links");
    let workspace = Workspace::open(root.path()).expect("opens");
    assert!(write(&workspace, "Content/a", b"x").is_err());
    assert!(write(&workspace, "Alias/a", b"x").is_err(), "not even inside");
    assert!(workspace.remove(&path("Content/secret")).is_err());
    assert!(workspace.copy_of(&path("file")).is_err());
    assert!(workspace.touch(&path("file"), 0o600, 0, look(&workspace, "file")).is_err());
    write(&workspace, "file", b"new").expect("the link itself is replaced");
    assert_eq!(fs::read(outside.path().join("secret")).expect("reads"), b"secret");
    assert_eq!(fs::read_dir(outside.path()).expect("there").count(), 1);
    let out = workspace.make_link(&path("out"), "../x", false, None);
    assert!(matches!(out, Err(WriteError::LinkOutside { .. })));
    workspace.make_link(&path("Real/in"), "../file", false, None).expect("inside");
    assert_eq!(fs::read(root.path().join("Real/in")).expect("reads"), b"new");
}

#[test]
fn copies_have_the_same_bytes_and_folders_go_only_when_empty() {
    let root = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::open(root.path()).expect("opens");
    write(&workspace, "a/b/c", &[7; 10_000]).expect("writes");
    let copy = workspace.copy_of(&path("a/b/c")).expect("copies");
    let mut bytes = Vec::new();
    copy.reader().expect("opens").read_to_end(&mut bytes).expect("reads");
    assert_eq!(bytes, [7; 10_000]);
    assert!(!workspace.remove_empty_folder(&path("a/b")));
    workspace.remove(&path("a/b/c")).expect("removes");
    workspace.remove(&path("a/b/c")).expect("fine when it is gone");
    assert!(workspace.remove_empty_folder(&path("a/b")));
    workspace.make_folder("a/b").expect("made again");
    assert!(root.path().join("a/b").is_dir());
}

#[test]
fn long_runs_of_zeros_are_read_back_as_zeros() {
    let root = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::open(root.path()).expect("opens");
    let mut part = workspace.part(1 << 20).expect("a part");
    part.write_at(0, &vec![0; 1 << 19]).expect("nothing to write");
    part.write_at((1 << 20) - 1, b"x").expect("writes");
    workspace.place(part, &path("sparse"), 0o644, 0, None).expect("placed");
    let bytes = fs::read(root.path().join("sparse")).expect("reads");
    assert_eq!((bytes.len(), bytes.iter().filter(|byte| **byte != 0).count()), (1 << 20, 1));
}

#[test]
fn what_is_saved_after_the_look_stays_and_what_stayed_as_it_was_goes() {
    let root = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::open(root.path()).expect("opens");
    let place = |name: &str, there| {
        let mut part = workspace.part(3).expect("a part");
        part.write_at(0, b"new").expect("writes");
        workspace.place(part, &path(name), 0o644, 0, there)
    };
    let bytes = |name: &str| fs::read(root.path().join(name)).expect("reads");
    let touched = |placed| matches!(placed, Err(WriteError::Touched { .. }));
    fs::write(root.path().join("a"), b"came meanwhile").expect("writes");
    assert!(touched(place("a", None)));
    let before = look(&workspace, "a");
    fs::write(root.path().join("a"), b"saved once more").expect("writes");
    assert!(touched(place("a", before)));
    assert!(matches!(
        workspace.touch(&path("a"), 0o644, 0, before),
        Err(WriteError::Touched { path }) if path == "a"
    ));
    let link = workspace.make_link(&path("a"), "b", false, before);
    assert!(cfg!(windows) || matches!(link, Err(WriteError::Touched { .. })));
    assert_eq!(bytes("a"), b"saved once more");
    let now = look(&workspace, "a");
    place("a", now).expect("nobody touched it");
    assert_eq!(bytes("a"), b"new");
    let now = look(&workspace, "a");
    fs::remove_file(root.path().join("a")).expect("removes");
    place("a", now).expect("nothing is lost where it went");
    let parts = root.path().join(OWN_FOLDER).join(PARTS);
    assert_eq!(fs::read_dir(parts).expect("there").count(), 0);
}

#[test]
fn a_folder_among_the_parts_is_in_nobodys_way() {
    let root = tempfile::tempdir().expect("a folder");
    drop(Workspace::open(root.path()).expect("opens"));
    let folder = root.path().join(OWN_FOLDER).join(PARTS).join("somebody's");
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("file"), b"theirs").expect("writes");
    let workspace = Workspace::open(root.path()).expect("opens all the same");
    write(&workspace, "a", b"a").expect("writes");
    assert_eq!(fs::read(folder.join("file")).expect("still there"), b"theirs");
}

#[cfg_attr(windows, ignore = "the Wine that tests run on gives no name other capital letters")]
#[test]
fn a_name_gets_other_capital_letters_and_keeps_its_bytes() {
    let root = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::open(root.path()).expect("opens");
    write(&workspace, "Props/Rock", b"rock").expect("writes");
    workspace.respell(&path("Props/Rock"), &path("Props/rock")).expect("renames");
    workspace.respell(&path("Props/Gone"), &path("Props/gone")).expect("fine when it is not there");
    workspace.respell(&path("Props"), &path("props")).expect("renames");
    let names = |folder: &str| -> Vec<_> {
        let listed = fs::read_dir(root.path().join(folder)).expect("lists");
        listed.map(|entry| entry.expect("an entry").file_name()).collect()
    };
    assert_eq!(names("props"), ["rock"]);
    assert!(names("").contains(&"props".into()));
    assert_eq!(fs::read(root.path().join("props/rock")).expect("reads"), b"rock");
}

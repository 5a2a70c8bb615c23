use super::*;

fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for folder in ["Content/Maps", "Content/Empty", "Saved/Logs", ".git", ".cyclorama/x"] {
        fs::create_dir_all(root.path().join(folder)).expect("a folder");
    }
    for (file, bytes) in [
        ("Wall.uproject", "{}"),
        ("Content/Maps/Stage.umap", "map"),
        ("Content/rock.uasset", "rock"),
        ("Saved/Logs/a.log", "log"),
        (".git/HEAD", "x"),
        (".cyclorama/x/state", "x"),
    ] {
        fs::write(root.path().join(file), bytes).expect("writes");
    }
    root
}

fn paths(scan: &Scan) -> Vec<String> {
    let mut paths = Vec::new();
    scan.root.walk(&mut |path, _| paths.push(path.to_owned()));
    paths
}

#[test]
fn content_is_found_with_empty_folders_and_without_what_tools_derive() {
    let root = tree();
    let scan = scan(root.path()).expect("scans");
    let wanted = [
        "Content",
        "Content/Empty",
        "Content/Maps",
        "Content/Maps/Stage.umap",
        "Content/rock.uasset",
        "Wall.uproject",
    ];
    assert_eq!(paths(&scan), wanted);
    assert_eq!(scan.root.totals(), (3, 9));
    assert!(scan.troubles.is_empty(), "{:?}", scan.troubles);
}

#[test]
fn a_store_in_the_project_is_named_and_nothing_of_it_is_taken_for_content() {
    let root = tree();
    let store = root.path().join("Content/store");
    fs::create_dir_all(store.join("packs")).expect("a folder");
    fs::write(store.join("format.json"), "{}").expect("writes");
    fs::write(store.join("packs/one"), "bytes").expect("writes");
    assert!(scan(root.path()).expect("scans").troubles.is_empty(), "a file of that name is no store");
    let format = Format::new(crate::FormatOptions::default(), 0, Format::new_id(), None);
    fs::write(store.join("format.json"), format.encode()).expect("writes");
    let found = scan(root.path()).expect("scans");
    assert_eq!(found.troubles, [Trouble { path: "Content/store".to_owned(), why: TroubleKind::Store }]);
    assert!(!paths(&found).iter().any(|path| path.starts_with("Content/store/")));
    assert_eq!(scan(&store).expect("scans").troubles[0].path, ".", "and the store itself is no project");
    fs::write(root.path().join(".cycignore"), "/Content/store").expect("writes");
    assert!(scan(root.path()).expect("scans").troubles.is_empty());
    let into =
        super::super::Workspace::open(&store).map(|_| ()).expect_err("nothing is hydrated into a store");
    assert_eq!(into.kind(), Kind::User);
}

#[test]
fn a_folder_that_is_not_there_is_told_as_that() {
    let root = tree();
    assert_eq!(scan(&root.path().join("nowhere")).expect_err("not there").kind(), Kind::NotFound);
    assert_eq!(scan(&root.path().join("Wall.uproject")).expect_err("a file").kind(), Kind::User);
}

#[cfg(unix)]
#[test]
fn what_cannot_travel_is_named_with_its_reason_and_the_rest_is_found() {
    use std::os::unix::{ffi::OsStrExt as _, fs::symlink, net::UnixListener};
    let root = tree();
    let at = |name: &str| root.path().join(name);
    fs::write(at("Content/con.uasset"), "x").expect("writes");
    fs::write(at("Content/Rock.uasset"), "x").expect("writes");
    fs::write(root.path().join(std::ffi::OsStr::from_bytes(b"bad\xff")), "x").expect("writes");
    symlink("/etc", at("Content/etc")).expect("links");
    symlink("../../up", at("Content/up")).expect("links");
    symlink("Maps/Stage.umap", at("Content/inside")).expect("links");
    let _socket = UnixListener::bind(at("socket")).expect("binds");
    let scan = scan(root.path()).expect("scans");
    let told: Vec<_> =
        scan.troubles.iter().map(|trouble| (trouble.path.as_str(), trouble.why.to_string())).collect();
    let reason = |path: &str| told.iter().find(|(told, _)| *told == path).map_or("", |(_, why)| why.as_str());
    assert!(reason("Content/con.uasset").contains("device"), "{told:?}");
    assert!(reason("Content/rock.uasset").contains("Rock.uasset"), "{told:?}");
    assert!(reason("bad\u{fffd}").contains("text"), "{told:?}");
    assert!(reason("Content/etc").contains("/etc"), "{told:?}");
    assert!(reason("Content/up").contains("outside"), "{told:?}");
    assert!(reason("socket").contains("neither"), "{told:?}");
    assert_eq!(told.len(), 6, "{told:?}");
    assert!(paths(&scan).contains(&"Content/inside".to_owned()));
    assert!(!paths(&scan).iter().any(|path| path.starts_with("Content/etc")), "links are never followed");
}

#[test]
fn links_are_judged_by_where_they_lead() {
    for (folder, target, inside) in [
        ("", "a/b", true),
        ("", "../a", false),
        ("x/y", "../../a", true),
        ("x/y", "../../../a", false),
        ("x", "a/../../b", true),
        ("x", "a/../../../b", false),
        ("", "/a", false),
        ("", "C:/a", false),
        ("", "", false),
    ] {
        assert_eq!(stays_inside(folder, target), inside, "{target} in {folder:?}");
    }
}

#[test]
fn a_folder_that_goes_while_it_is_looked_through_is_no_trouble() {
    let root = tree();
    let rules = Rules::none();
    let listed = list(root.path()).expect("lists");
    fs::remove_dir_all(root.path().join("Content")).expect("goes");
    let (found, troubles) =
        inside(root.path(), "", String::new(), listed, &rules, 0).expect("the rest is looked through");
    assert!(troubles.is_empty(), "{troubles:?}");
    assert_eq!(paths(&Scan { root: found, troubles }), ["Wall.uproject"]);
    // One that goes with its own rules after it was listed.
    fs::create_dir_all(root.path().join("Raw")).expect("a folder");
    fs::write(root.path().join("Raw/.cycignore"), "*.psd").expect("writes");
    let listed = list(&root.path().join("Raw")).expect("lists");
    fs::remove_dir_all(root.path().join("Raw")).expect("goes");
    let gone = root.path().join("Raw");
    assert!(matches!(inside(&gone, "Raw", "Raw".to_owned(), listed, &rules, 1), Err(ScanError::Rules(_))));
    assert_eq!(descend(root.path(), "", "Raw".to_owned(), &rules, 1).expect("it is gone"), None);
}

#[cfg(unix)]
#[test]
fn a_write_protected_file_is_found_as_it_arrives_elsewhere() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = tempfile::tempdir().expect("a folder");
    for (name, mode, found) in
        [("a", 0o444, 0o644), ("b", 0o555, 0o755), ("c", 0o664, 0o664), ("d", 0, 0o600)]
    {
        let path = root.path().join(name);
        fs::write(&path, name).expect("writes");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
        let scan = scan(root.path()).expect("scans");
        let Some(Item::File(file)) = scan.root.items.last() else { panic!("a file") };
        assert_eq!((file.name.as_str(), file.mode), (name, Some(found)));
    }
}

#[test]
fn a_path_of_many_bytes_and_few_characters_is_found() {
    let root = tempfile::tempdir().expect("a folder");
    let path = vec!["あ".repeat(80); 9].join("/");
    fs::create_dir_all(root.path().join(&path)).expect("folders");
    let scan = scan(root.path()).expect("scans");
    assert!(scan.troubles.is_empty(), "{:?}", scan.troubles);
    assert_eq!(paths(&scan).last(), Some(&path));
}

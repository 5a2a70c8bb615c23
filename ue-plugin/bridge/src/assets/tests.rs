use std::fs;
use std::path::Path;

use super::*;
use crate::work::{Keep, WorkSnapshot};

const MINUTE: u32 = 60_000_000;

fn text(path: &Path) -> String {
    path.to_str().expect("Unicode").to_owned()
}

fn publishing(folder: &Path, store: &Path) -> PublishConfig {
    PublishConfig {
        folder: text(folder),
        store: text(store),
        message: "the wall moved".to_owned(),
        author: "ada".to_owned(),
        engine_version: "5.4".to_owned(),
        key_file: String::new(),
        accept_rollback: false,
        keep: Keep::Ask,
        make_store: true,
        replace: false,
        refuse_locked: false,
        dry_run: false,
    }
}

fn hydrating(store: &Path, folder: &Path) -> HydrateConfig {
    HydrateConfig {
        store: text(store),
        folder: text(folder),
        key_file: String::new(),
        accept_rollback: false,
        only: Vec::new(),
        maps: Vec::new(),
        files: Vec::new(),
        keep: Keep::Ask,
        dry_run: false,
    }
}

/// A project, and a place for a content store beside it.
fn project(top: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let (folder, store) = (top.join("project"), top.join("store"));
    fs::create_dir_all(folder.join("Content/Maps")).expect("folders");
    fs::write(folder.join("Stage.uproject"), "{}").expect("writes");
    fs::write(folder.join("Content/Maps/Stage.umap"), [7; 3_000]).expect("writes");
    fs::write(folder.join("Content/Rock.uasset"), [9; 500]).expect("writes");
    (folder, store)
}

#[test]
fn a_project_is_published_brought_elsewhere_and_compared() {
    let top = tempfile::tempdir().expect("a folder");
    let (folder, store) = project(top.path());
    let work = assets_publish(&publishing(&folder, &store));
    assert_eq!(work.assets_wait(MINUTE), Status::Ok, "{}", work.assets_text());
    assert!(work.assets_text().starts_with("published 3 files, 3.5 kB as main"), "{}", work.assets_text());
    let again = assets_publish(&publishing(&folder, &store));
    assert_eq!(again.assets_wait(MINUTE), Status::Ok);
    assert!(again.assets_text().starts_with("nothing changed"), "{}", again.assets_text());

    let other = top.path().join("stage");
    let work = assets_hydrate(&hydrating(&store, &other));
    assert_eq!(work.assets_wait(MINUTE), Status::Ok, "{}", work.assets_text());
    assert_eq!(fs::read(other.join("Content/Rock.uasset")).expect("there"), [9; 500]);
    let mut snapshot = WorkSnapshot::default();
    assert_eq!(work.assets_poll(&mut snapshot), Status::Ok);
    assert_eq!((snapshot.running, snapshot.fraction), (0, 1.0));

    fs::write(other.join("Content/Rock.uasset"), [1; 400]).expect("writes");
    let config = StatusConfig { folder: text(&other), store: text(&store), ..StatusConfig::default() };
    let work = assets_status(&config);
    assert_eq!(work.assets_wait(MINUTE), Status::Ok, "{}", work.assets_text());
    assert_eq!(work.assets_text(), "1 change here; nobody published meanwhile");
    assert_eq!(work.assets_lines(), ["Content/Rock.uasset was changed"]);
    // What an artist changed is never lost, and it is named.
    let work = assets_hydrate(&hydrating(&store, &other));
    assert_eq!(work.assets_wait(MINUTE), Status::Conflict);
    assert_eq!(work.assets_lines(), ["Content/Rock.uasset was changed here"]);
}

#[test]
fn what_others_have_locked_is_named_and_stops_who_wants_that() {
    let top = tempfile::tempdir().expect("a folder");
    let (folder, store) = project(top.path());
    let work = assets_publish(&publishing(&folder, &store));
    assert_eq!(work.assets_wait(MINUTE), Status::Ok, "{}", work.assets_text());
    lock(&store, "Content/Rock.uasset");
    fs::write(folder.join("Content/Rock.uasset"), [1; 400]).expect("writes");
    let careful = PublishConfig { refuse_locked: true, ..publishing(&folder, &store) };
    let named = |lines: Vec<String>| {
        assert!(
            lines.len() == 1 && lines[0].starts_with("`Content/Rock.uasset` is locked by eve"),
            "{lines:?}"
        );
    };
    let work = assets_publish(&careful);
    assert_eq!(work.assets_wait(MINUTE), Status::Refused, "{}", work.assets_text());
    named(work.assets_lines());
    let work = assets_publish(&publishing(&folder, &store));
    assert_eq!(work.assets_wait(MINUTE), Status::Ok, "{}", work.assets_text());
    assert!(work.assets_text().starts_with("published"), "nothing was sent before: {}", work.assets_text());
    named(work.assets_lines());
}

/// Eve locks a path in a store.
fn lock(store: &Path, path: &str) {
    use cyclorama_assets::{
        lease::LeaseWatch,
        locks::{Locks, Look, Owner, Wanted},
    };
    use cyclorama_time::{StageTime, UtcTime};

    let house = crate::house::house().expect("a house");
    let owner = Owner { person: "eve".to_owned(), machine: "there".to_owned(), tool: "test".to_owned() };
    let lease = std::time::Duration::from_secs(3600);
    let pattern = path.parse().expect("a pattern");
    let wanted = Wanted { pattern, owner, note: String::new(), lease, force: false };
    let (store, (done, waits)) = (text(store), std::sync::mpsc::channel());
    house.spawn(async move {
        let settings = house.settings().expect("settings");
        let locks = Locks::new(house.store(&store, &settings).await.expect("opens"));
        let (now, utc) = (StageTime::from_nanos(0), UtcTime::from_seconds(1.7e9));
        let mut look = Look { watch: &mut LeaseWatch::new(), now, utc };
        let _ = locks.acquire(&wanted, &mut look).await.expect("a lock");
        done.send(()).expect("it is waited for");
    });
    waits.recv().expect("locked");
}

#[test]
fn what_cannot_be_is_told_in_a_sentence() {
    let top = tempfile::tempdir().expect("a folder");
    let (folder, _) = project(top.path());
    let careful = PublishConfig { make_store: false, ..publishing(&folder, &top.path().join("nowhere")) };
    let nothing = assets_publish(&careful);
    assert_eq!(nothing.assets_wait(MINUTE), Status::NotFound);
    assert!(nothing.assets_text().contains("nowhere"), "{}", nothing.assets_text());
    let nothing = assets_publish(&publishing(&top.path().join("none"), &top.path().join("nowhere")));
    assert_eq!(nothing.assets_wait(MINUTE), Status::NotFound);
    let closure = closure_start(&text(&folder), &vec!["/Game/Maps/Gone".to_owned()], false);
    assert_eq!(closure.closure_state(), Status::NotFound);
    assert!(closure.closure_text().contains("/Game/Maps/Gone"), "{}", closure.closure_text());
}

#[test]
fn a_closure_asks_package_by_package_and_names_what_is_missing() {
    let top = tempfile::tempdir().expect("a folder");
    let (folder, _) = project(top.path());
    let mut closure = closure_start(&text(&folder), &vec!["/Game/Maps/Stage".to_owned()], false);
    assert_eq!(closure.closure_ask(), ["/Game/Maps/Stage"]);
    // Asked again before it was answered, it asks the same.
    assert_eq!(closure.closure_ask(), ["/Game/Maps/Stage"]);
    assert_eq!(closure.closure_state(), Status::Timeout);
    let hard = ["/Game/Rock", "/Game/Gone", "/Engine/Basic", "/Script/Engine"].map(str::to_owned).to_vec();
    assert_eq!(closure.closure_answer("/Game/Maps/Stage", &hard, &Vec::new()), Status::Ok);
    assert_eq!(closure.closure_answer("/Game/Maps/Stage", &hard, &Vec::new()), Status::User);
    assert_eq!(closure.closure_ask(), ["/Game/Rock"]);
    assert_eq!(closure.closure_answer("/Game/Rock", &Vec::new(), &Vec::new()), Status::Ok);
    assert!(closure.closure_ask().is_empty());
    assert_eq!(closure.closure_state(), Status::Partial);
    assert_eq!(closure.closure_files(), ["Content/Maps/Stage.umap", "Content/Rock.uasset"]);
    assert_eq!(closure.closure_missing(), ["/Game/Gone is missing, needed by /Game/Maps/Stage"]);
    assert_eq!(closure.closure_text(), "2 packages, 2 files; 1 package missing or not known");
}

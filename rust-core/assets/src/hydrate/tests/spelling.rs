//! Names that differ in capital letters alone, where the disk takes them for one.

use super::*;
use crate::hydrate::decide::{Decision, Plan, Todo};
use crate::local::workspace::is_case_blind;

/// The first version of a project, hydrated, and another one whose folder and file are spelt otherwise.
async fn respelt(stage: &Stage) -> SnapshotId {
    stage.write("Props/Rock.uasset", b"rock");
    stage.write("Props/same.uasset", b"same");
    stage.hydrate(stage.publish().await).await;
    let at = |path: &str| stage.artist.path().join(path);
    fs::rename(at("Props"), at("props")).expect("renames");
    fs::rename(at("props/Rock.uasset"), at("props/rock.uasset")).expect("renames");
    stage.write("props/rock.uasset", b"another rock");
    stage.publish().await
}

/// Judges a version with the wall's folder, on a disk that is said to be blind or not.
async fn judged(stage: &Stage, id: SnapshotId, is_case_blind: bool) -> Plan {
    let snapshot = stage.repository.snapshot(id).await.expect("there");
    stage.repository.load_indexes(&snapshot.indexes).await.expect("loads");
    let tree = stage.repository.records_below(snapshot.root).await.expect("reads");
    let wanted = Select::all().wanted(&tree).expect("everything");
    let root = stage.wall.path();
    let state = State::load(root, &stage.repository.format().id);
    let on_edit = OnEdit::Keep;
    let decision = Decision { root, clock: &Machine, state, on_edit, is_case_blind };
    decision.decide(tree, &wanted).expect("decides")
}

#[cfg_attr(windows, ignore = "the Wine that tests run on gives no name other capital letters")]
#[tokio::test]
async fn what_is_only_spelt_otherwise_is_what_is_wanted_and_does_not_go() {
    let stage = Stage::new().await;
    let id = respelt(&stage).await;
    // A disk that takes both for one shows the old file under the new name.
    let at = |path: &str| stage.wall.path().join(path);
    fs::rename(at("Props"), at("props")).expect("renames");
    fs::rename(at("props/Rock.uasset"), at("props/rock.uasset")).expect("renames");
    let plan = judged(&stage, id, true).await;
    assert_eq!((plan.removals.len(), plan.empty_folders.len(), plan.respelt.len()), (0, 0, 3));
    let todo = |path: &str| plan.todo[plan.tree.find(path).expect("wanted")];
    assert!(
        matches!(todo("props/rock.uasset"), Todo::Write { over: Some(_), .. }),
        "no edit, and its chunks help"
    );
    assert_eq!(todo("props/same.uasset"), Todo::Touch);
    let plan = judged(&stage, id, false).await;
    assert_eq!(
        (plan.removals.len(), plan.empty_folders.len(), plan.respelt.len()),
        (2, 1, 0),
        "elsewhere they are two"
    );
}

#[tokio::test]
async fn where_capital_letters_count_the_old_spelling_goes() {
    let stage = Stage::new().await;
    let id = respelt(&stage).await;
    assert!(!cfg!(target_os = "linux") || !is_case_blind(stage.wall.path()));
    stage.hydrate(id).await;
    stage.same();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_on_a_disk_that_ignores_capital_letters_keeps_its_files() {
    let stage = Stage::new().await;
    // A folder of some Linux file systems can be told to; elsewhere there is nothing to see.
    let told = std::process::Command::new("chattr").arg("+F").arg(stage.wall.path()).output();
    if !told.is_ok_and(|told| told.status.success()) {
        println!("SKIPPED, no folder ignores capital letters: this file system has no `chattr +F`");
        return;
    }
    let id = respelt(&stage).await;
    assert!(is_case_blind(stage.wall.path()));
    for _ in 0..2 {
        stage.hydrate(id).await;
        assert_eq!(fs::read(stage.wall.path().join("props/rock.uasset")).expect("reads"), b"another rock");
        assert_eq!(fs::read(stage.wall.path().join("props/same.uasset")).expect("reads"), b"same");
        let names = fs::read_dir(stage.wall.path().join("props")).expect("lists");
        assert_eq!(names.count(), 2);
    }
}

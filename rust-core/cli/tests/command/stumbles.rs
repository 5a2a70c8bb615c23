//! What somebody new does wrong with a store, and what they are told.

use std::{fs, net::TcpListener, path::Path};

use super::{RECORDING, code, cyclorama, folder, refused, text};

/// A project of one file that was published to `store`, in a folder whose name is no plain one.
fn published(here: &Path) {
    fs::create_dir_all(here.join("Bühne 1/Content")).unwrap();
    fs::write(here.join("Bühne 1/Content/Wall.txt"), "wall").unwrap();
    for arguments in [&["init", "store"][..], &["publish", "Bühne 1", "store"]] {
        done(here, arguments);
    }
}

/// Both streams of an `assets` command that went well.
#[track_caller]
fn done(here: &Path, arguments: &[&str]) -> String {
    let output = assets(here, arguments);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(code(&output), 0, "{arguments:?}: {said}");
    said
}

fn assets(here: &Path, arguments: &[&str]) -> std::process::Output {
    cyclorama(here, &[&["assets"], arguments].concat())
}

#[test]
fn the_hint_of_a_conflict_names_what_publish_really_takes() {
    let folder = folder();
    let here = folder.path();
    published(here);
    done(here, &["hydrate", "store", "other"]);
    fs::write(here.join("Bühne 1/Content/Wall.txt"), "mine").unwrap();
    fs::write(here.join("other/Content/Wall.txt"), "another's").unwrap();
    done(here, &["publish", "Bühne 1", "store"]);
    let said = refused(&assets(here, &["publish", "other", "store"]), 4);
    assert!(said.contains("`Content/Wall.txt` was changed here and in `main`"), "{said}");
    let hint = said.lines().find(|line| line.starts_with("hint: ")).unwrap();
    let words = hint.split_whitespace().collect::<Vec<_>>();
    let whose = words.iter().skip_while(|word| **word != "--keep").nth(1).unwrap();
    done(here, &["publish", "other", "store", "--keep", whose]);
}

#[test]
fn a_store_is_never_content_of_a_project_and_no_project_is_brought_into_one() {
    let folder = folder();
    let here = folder.path();
    published(here);
    fs::rename(here.join("store"), here.join("Bühne 1/store")).unwrap();
    let said = refused(&assets(here, &["publish", "Bühne 1", "Bühne 1/store"]), 2);
    assert!(said.contains("`store` (is a content store itself") && said.contains(".cycignore"), "{said}");
    refused(&assets(here, &["hydrate", "Bühne 1/store", "Bühne 1/store"]), 2);
    fs::write(here.join("Bühne 1/.cycignore"), "/store\n").unwrap();
    assert!(done(here, &["publish", "Bühne 1", "Bühne 1/store"]).contains("published 2 files"));
}

#[test]
fn a_version_is_not_said_to_be_put_away_where_it_lies_already() {
    let folder = folder();
    let here = folder.path();
    published(here);
    refused(&assets(here, &["archive", "store", "store"]), 2);
    let said = refused(&assets(here, &["archive", "store", "Bühne 1"]), 2);
    assert!(said.contains("not empty") && !here.join("Bühne 1/format.json").exists(), "{said}");
    done(here, &["archive", "store", "vault"]);
}

#[test]
fn an_edge_of_no_store_and_one_on_a_taken_port_are_refused() {
    let folder = folder();
    let here = folder.path();
    published(here);
    let said = refused(&assets(here, &["edge", "stroe", "--cache", "cache", "--listen", "127.0.0.1:0"]), 3);
    assert!(said.contains("there is no content store"), "{said}");
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap();
    let taken = assets(here, &["edge", "store", "--cache", "cache", "--listen", &address.to_string()]);
    assert!(refused(&taken, 4).contains(&format!("port {}", address.port())));
}

#[test]
fn a_lock_names_somebody_where_the_machine_names_nobody_and_says_its_hours() {
    let folder = folder();
    let here = folder.path();
    published(here);
    assert!(done(here, &["locks", "store"]).contains("nothing is locked"));
    let taken = done(here, &["locks", "store", "take", "Content/"]);
    assert!(taken.contains("somebody at ") && taken.contains("lasts 10 h 00 min"), "{taken}");
    let said = refused(&assets(here, &["locks", "store", "--person", "mia", "take", "Content/Wall.txt"]), 4);
    assert!(said.contains("is locked by somebody at "), "{said}");
}

#[test]
fn a_publish_names_what_somebody_else_has_locked_and_can_be_told_to_stop_there() {
    let folder = folder();
    let here = folder.path();
    published(here);
    done(here, &["locks", "store", "--person", "ben", "take", "Content/", "--note", "relighting"]);
    assert!(
        !done(here, &["publish", "Bühne 1", "store", "--author", "ann"]).contains("ben"),
        "nothing changed"
    );
    fs::write(here.join("Bühne 1/Content/Wall.txt"), "moved").unwrap();
    let publish = ["publish", "Bühne 1", "store", "--author", "ann"];
    let said = refused(&assets(here, &[&publish[..], &["--refuse-locked"]].concat()), 4);
    assert!(
        said.contains("`Content/Wall.txt` is locked by ben at ") && said.contains("relighting"),
        "{said}"
    );
    let said = done(here, &publish);
    assert!(said.contains("warning: `Content/Wall.txt` is locked by ben at "), "{said}");
    assert!(said.contains("published 1 file"), "{said}");
}

#[test]
fn following_once_says_when_there_is_nothing_new() {
    let folder = folder();
    let here = folder.path();
    published(here);
    assert!(done(here, &["follow", "store", "stage", "--once"]).contains(" is here"));
    assert!(done(here, &["follow", "store", "stage", "--once"]).contains("nothing new: stage"));
}

/// A job of one small frame, and its ledger `ledger`.
fn rendered(here: &Path) {
    for arguments in [
        &["take", "import", "--protocol", "f4", RECORDING, "shot.take"][..],
        &[
            "render",
            "submit",
            "shot",
            "--frames",
            "5-5",
            "--size",
            "16x16",
            "--workers",
            "1",
            "--ledger",
            "ledger",
        ],
    ] {
        let output = cyclorama(here, arguments);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    }
}

#[test]
fn a_job_that_is_through_is_late_for_no_deadline_and_said_to_be_through_once() {
    let folder = folder();
    let here = folder.path();
    rendered(here);
    let deadline = ["render", "cost", "--ledger", "ledger", "--deadline", "2020-01-01T00:00:00Z"];
    let told = cyclorama(here, &deadline);
    assert_eq!(code(&told), 0, "{}", text(&told.stderr));
    assert!(text(&told.stdout).starts_with("nothing is left to draw of job "), "{}", text(&told.stdout));
    let told = text(&cyclorama(here, &[&deadline[..], &["--json", "--workers", "3"]].concat()).stdout);
    assert!(
        told.contains(r#""frames":0,"workers":3"#) && told.contains(r#""meets_deadline":true"#),
        "{told}"
    );
    let watched = cyclorama(here, &["render", "watch", "--ledger", "ledger"]);
    let said = text(&watched.stdout) + &text(&watched.stderr);
    assert_eq!(said.matches("1 of 1 frames committed").count(), 1, "{said}");
    let watched = text(&cyclorama(here, &["render", "watch", "--ledger", "ledger", "--json"]).stdout);
    assert_eq!(watched.lines().count(), 1, "{watched}");
}

#[test]
fn one_name_that_is_no_take_keeps_no_other_from_being_verified() {
    let folder = folder();
    let here = folder.path();
    rendered(here);
    fs::write(here.join("words.txt"), "words").unwrap();
    let output = cyclorama(here, &["take", "verify", "words.txt", "nowhere.take", "shot.take"]);
    let said = text(&output.stderr);
    assert_eq!((code(&output), said.matches("error: ").count()), (3, 2), "{said}");
    assert!(text(&output.stdout).contains("shot.take: intact"), "{}", text(&output.stdout));
    let bytes = fs::read(here.join("shot.take")).unwrap();
    fs::write(here.join("cut.take"), &bytes[..bytes.len() - 100]).unwrap();
    let cut = text(&cyclorama(here, &["take", "verify", "cut.take"]).stdout);
    assert!(cut.contains("not closed") && cut.contains("torn off at its end"), "{cut}");
}

#[test]
fn a_host_or_engine_that_nobody_has_is_wrong_usage() {
    let folder = folder();
    let here = folder.path();
    rendered(here);
    for flag in ["--host", "--engine"] {
        let said = refused(&cyclorama(here, &["render", "submit", "shot", flag, "houdini"]), 2);
        assert!(said.contains("this version has"), "{said}");
    }
}

#[test]
fn a_price_table_with_a_slip_is_told_by_line_and_reason_alone() {
    let folder = folder();
    let here = folder.path();
    rendered(here);
    fs::write(here.join("prices.toml"), "currency = \"EUR\"\n[machine.gpu]\nhour 1.2\n").unwrap();
    let said =
        refused(&cyclorama(here, &["render", "cost", "--ledger", "ledger", "--prices", "prices.toml"]), 2);
    assert!(said.contains("at line 3, column 6: ") && !said.contains('|'), "{said}");
}

#[test]
fn what_is_meant_for_takes_is_not_swallowed_where_none_is_recorded() {
    let folder = folder();
    let listen = ["track", "listen", "--protocol", "f4", "--bind", "127.0.0.1:0", "--seconds", "0.1"];
    for flags in [["--store", "takes"], ["--slate", "A101"], ["--camera", "A"]] {
        let said = refused(&cyclorama(folder.path(), &[&listen[..], &flags].concat()), 2);
        assert!(said.contains(flags[0]) && said.contains("--record-dir"), "{said}");
    }
    let silent = cyclorama(folder.path(), &listen);
    assert_eq!(code(&silent), 0);
    assert!(
        text(&silent.stderr).contains("nothing arrived; `cyclorama track probe`"),
        "{}",
        text(&silent.stderr)
    );
}

#[test]
fn an_edge_may_be_named_by_its_machine() {
    let folder = folder();
    let here = folder.path();
    published(here);
    // Nobody listens there, so the store is read.
    done(here, &["hydrate", "store", "stage", "--edge", "localhost:1"]);
    assert!(
        refused(&assets(here, &["hydrate", "store", "stage", "--edge", "edge"]), 2).contains("HOST:PORT")
    );
}

#[test]
fn a_job_that_is_through_is_not_cancelled() {
    let folder = folder();
    let here = folder.path();
    rendered(here);
    let cancelled = cyclorama(here, &["render", "cancel", "--ledger", "ledger"]);
    assert!(text(&cancelled.stderr).contains("nothing is left to cancel"), "{}", text(&cancelled.stderr));
    let status = text(&cyclorama(here, &["render", "status", "--ledger", "ledger"]).stdout);
    assert!(!status.contains("cancelled"), "{status}");
}

#[test]
fn a_movie_in_a_folder_that_is_not_there_is_refused_before_anything_is_drawn() {
    let folder = folder();
    let here = folder.path();
    rendered(here);
    let movie = ["render", "movie", "--ledger", "ledger", "--out", "looks/look.mp4"];
    assert!(refused(&cyclorama(here, &movie), 3).contains("there is no folder looks"));
}

#[test]
fn a_ref_that_is_not_there_is_no_sign_that_nobody_published() {
    let folder = folder();
    let here = folder.path();
    published(here);
    assert!(done(here, &["status", "Bühne 1", "store@night"]).contains("there is no such ref yet"));
    assert!(
        done(here, &["publish", "Bühne 1", "store"])
            .contains("nothing changed in this folder (1 file, 4 B): main is")
    );
}

//! A project of two maps: a job of one of them brings what that needs and nothing of the other, and draws its frames.

use std::fs;
use std::path::{Path, PathBuf};

use cyclorama_tests::{Ended, data, text};
use serde_json::Value;

use crate::{project, stage::Machines};

/// Machines, and a project in a store.
struct Story(Machines);

impl Story {
    fn begin() -> Self {
        let story = Self(Machines::with_a_take());
        let made = story.at("project");
        for (path, name) in [
            ("Content/Maps/Stage.umap", "Stage.umap"),
            ("Content/Maps/Other.umap", "Other.umap"),
            ("Content/Rock.uasset", "Rock.uasset"),
            ("Content/Tree.uasset", "Tree.uasset"),
        ] {
            project::write(&made, path, &fs::read(data(&format!("unreal/{name}"))).expect("reads"), 1);
        }
        project::write(&made, "Content/Tree.ubulk", &[7; 200_000], 1);
        project::write(&made, "Show.uproject", b"{}", 1);
        project::write(&made, "Config/DefaultEngine.ini", b"[a]", 1);
        project::init(&story.at("store"));
        let _ = project::publish(&made, &story.at("store"));
        story
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.at(name)
    }

    /// A job of the project, from the machine `stage`.
    fn job(&self, verb: &str, words: &[&str]) -> Ended {
        let (take, store) = (self.0.take(), self.at("store"));
        let wanted = ["--frames", "300-301", "--size", "64x36", "--samples", "1", "--project", text(&store)];
        self.0.run("stage", &[&["render", verb, text(&take)], &wanted[..], words].concat())
    }

    fn plan(&self, words: &[&str]) -> Value {
        self.job("plan", &[words, &["--json"]].concat()).done().object("cyclorama.plan/1")
    }
}

/// Every file of the one version that a machine brought.
fn brought(machine: &Path) -> Vec<String> {
    let content = machine.join("cyclorama/content");
    let folders = |path: &Path| {
        let found = fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path());
        found.filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let [store] = &folders(&content)[..] else { panic!("one store") };
    let [version] = &folders(store)[..] else { panic!("one version") };
    let found = project::contents(version);
    found.into_iter().filter(|(_, seen)| *seen != project::Seen::Folder).map(|(path, _)| path).collect()
}

/// The folder of the only job in a ledger.
fn only_job(ledger: &Path) -> PathBuf {
    fs::read_dir(ledger.join("jobs")).expect("jobs").next().expect("a job").expect("an entry").path()
}

/// The ledger as it was when the job was submitted.
fn forget_what_was_drawn(ledger: &Path) {
    for entry in fs::read_dir(only_job(ledger)).expect("a job").map(|entry| entry.expect("an entry")) {
        if entry.file_name() != "inputs" && entry.path().is_dir() {
            fs::remove_dir_all(entry.path()).expect("removes");
        }
    }
}

const STAGE: [&str; 4] =
    ["Config/DefaultEngine.ini", "Content/Maps/Stage.umap", "Content/Rock.uasset", "Show.uproject"];

#[test]
fn a_job_of_one_map_brings_nothing_of_the_other_and_its_frames_are_there() {
    let story = Story::begin();
    let (ledger, map) = (story.at("ledger"), ["--map", "/Game/Maps/Stage"]);
    let drawn =
        story.job("submit", &[&map[..], &["--workers", "1", "--ledger", text(&ledger)]].concat()).done();
    assert!(drawn.stdout.contains("2 of 2 frames"), "{}", drawn.stdout);
    let missing = "missing: /Game/Gone, needed by /Game/Maps/Stage";
    assert!(drawn.stderr.contains(missing), "told before anything is sent to machines: {}", drawn.stderr);
    assert_eq!(brought(&story.at("stage")), STAGE);
    // Another machine hears of the maps by the plan alone.
    forget_what_was_drawn(&ledger);
    let worked = story.0.run("farm", &["render", "worker", "--ledger", text(&ledger)]).done();
    assert!(worked.stderr.contains("2 frames committed"), "{}", worked.stderr);
    assert_eq!(brought(&story.at("farm")), STAGE);
}

#[test]
fn the_maps_are_a_part_of_the_plan_and_it_says_when_there_are_none() {
    let story = Story::begin();
    let map = |name| story.plan(&["--map", name]);
    let (stage, other, all) = (map("/Game/Maps/Stage"), map("/Game/Maps/Other"), story.plan(&[]));
    assert_eq!(
        (&stage["content"][0]["packages"], &stage["content"][0]["files"]),
        (&serde_json::json!(["/Game/Maps/Stage"]), &4.into())
    );
    assert_eq!((&all["content"][0].get("packages"), &all["content"][0]["files"]), (&None, &7.into()));
    assert!(stage["job"] != other["job"] && stage["job"] != all["job"], "other maps are another job");
    let said = story.job("plan", &[]).done().stdout;
    assert!(said.contains("all of it, since no map says what is needed"), "{said}");
    let said = story.job("plan", &["--map", "/Game/Maps/Stage", "--map", "/Game/Maps/Other"]).done().stdout;
    assert!(
        said.contains("what /Game/Maps/Stage and /Game/Maps/Other need and all that is no package"),
        "{said}"
    );
}

#[test]
fn a_map_that_nobody_published_is_refused_before_there_is_a_job() {
    let story = Story::begin();
    let ledger = story.at("ledger");
    let refused = story.job("submit", &["--map", "/Game/Maps/Stag", "--ledger", text(&ledger)]).with_code(3);
    assert!(refused.stderr.contains("there is no package `/Game/Maps/Stag`"), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint: write it as in the editor"), "{}", refused.stderr);
    assert!(!ledger.exists());
    let take = story.0.take();
    let refused =
        story.0.run("stage", &["render", "plan", text(&take), "--map", "/Game/Maps/Stage"]).with_code(2);
    assert!(refused.stderr.contains("no --project was given"), "{}", refused.stderr);
}

#[test]
fn a_machine_that_comes_when_a_job_of_unreal_is_settled_needs_no_project_and_no_unreal() {
    let story = Story::begin();
    let ledger = story.at("ledger");
    let scene = ["--map", "/Game/Maps/Stage", "--sequence", "/Game/Rock", "--preset", "/Game/Tree"];
    let job = ["--host", "unreal", "--detach", "--workers", "1", "--ledger", text(&ledger)];
    let _ = story.job("submit", &[&scene[..], &job].concat()).done();
    // Every frame was given up, as the names in the ledger say.
    fs::create_dir_all(only_job(&ledger).join("failed")).expect("a folder");
    for frame in [300, 301] {
        fs::write(only_job(&ledger).join(format!("failed/{frame:06}.json")), "{}").expect("writes");
    }
    let worked = story.0.run("farm", &["render", "worker", "--ledger", text(&ledger), "--json"]).done();
    assert_eq!(worked.object("cyclorama.worker/1")["host_starts"], 0, "{}", worked.stdout);
    assert!(!story.at("farm").exists(), "nothing was brought there");
}

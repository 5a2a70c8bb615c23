//! A pack of derived data: named with a job, brought to the machine once, read by the host, and refused when it is damaged.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use cyclorama_tests::{Ended, text};
use serde_json::Value;

use crate::project;
use crate::stage::{Machines, to_its_end};

/// Speaks as our glue in Blender does; draws nothing, and says what it found in the pack.
const STUB: &str = r#"#!/bin/sh
echo '{"glue":1,"blender":"0.0-stub"}'
while read -r line; do
    case "$line" in
        *'"open"'*) echo '{"done":true}' ;;
        *) echo "{\"error\":\"the pack says $(cat "$CYCLORAMA_PACK_DDC/shaders/warm.txt")\"}" ;;
    esac
done
"#;

/// Machines, a published pack, and a renderer that reads it.
struct Story(Machines);

impl Story {
    fn begin() -> Self {
        let story = Self(Machines::with_a_take());
        project::init(&story.at("store"));
        story.publish("hot");
        fs::write(story.at("stub"), STUB).expect("writes");
        fs::set_permissions(story.at("stub"), fs::Permissions::from_mode(0o755)).expect("ours");
        story
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.at(name)
    }

    fn publish(&self, words: &str) {
        let pack = self.at("pack");
        fs::create_dir_all(pack.join("shaders")).expect("a folder");
        fs::write(pack.join("shaders/warm.txt"), words).expect("writes");
        let _ = project::publish(&pack, &self.at("store"));
    }

    /// Runs a command on the machine whose cache is `machine`.
    fn run(&self, machine: &str, words: &[&str]) -> Ended {
        let mut command = self.0.command(machine, words);
        command.env("CYCLORAMA_RENDER_BLENDER", self.at("stub"));
        to_its_end(command)
    }

    fn job(&self, machine: &str, frames: &str, words: &[&str]) -> Ended {
        let (take, pack) = (self.0.take(), format!("ddc={}", self.at("store").display()));
        let wanted =
            [text(&take), "--host", "blender", "--size", "64x36", "--frames", frames, "--pack", &pack];
        self.run(machine, &[&["render"], &words[..1], &wanted[..], &words[1..]].concat())
    }

    fn submit(&self, machine: &str, frames: &str) -> Ended {
        let ledger = self.at("ledger");
        self.job(machine, frames, &["submit", "--workers", "1", "--ledger", text(&ledger)])
    }

    fn plan(&self) -> Value {
        self.job("stage-1", "300-301", &["plan", "--json"]).done().object("cyclorama.plan/1")
    }
}

#[test]
fn a_pack_is_brought_once_read_by_hosts_and_pinned_by_the_plan() {
    let story = Story::begin();
    let drawn = story.submit("stage-1", "300-301").with_code(8);
    assert!(
        drawn.stderr.contains("ddc: version ") && drawn.stderr.contains(", fetched "),
        "{}",
        drawn.stderr
    );
    let ledger = story.at("ledger");
    let told = story.run("stage-1", &["render", "logs", "--ledger", text(&ledger)]).done().stdout;
    assert!(told.contains("Blender reports: the pack says hot"), "{told}");
    let again = story.submit("stage-1", "302-303").with_code(8);
    assert!(again.stderr.contains(" is here") && !again.stderr.contains("fetched"), "{}", again.stderr);
    let first = story.plan();
    assert_eq!((&first["content"][0]["name"], &first["content"][0]["files"]), (&"ddc".into(), &1.into()));
    story.publish("hotter");
    let later = story.plan();
    assert_ne!(first["content"][0]["snapshot"], later["content"][0]["snapshot"]);
    assert_ne!(first["job"], later["job"], "another pack is another job");
    let said = story.job("stage-1", "300-301", &["plan"]).done().stdout;
    assert!(said.lines().any(|line| line.starts_with("pack ddc: version ")), "{said}");
}

#[test]
fn what_jobs_left_on_a_machine_is_listed_and_removed_by_hand() {
    let story = Story::begin();
    let cache = |words: &[&str]| story.run("stage-1", &[&["render", "cache"], words].concat()).done();
    assert_eq!(cache(&["--json"]).object("cyclorama.content/1")["versions"], serde_json::json!([]));
    let _ = story.submit("stage-1", "300-301").with_code(8);
    let listed = cache(&["--json"]).object("cyclorama.content/1");
    let pinned = &story.plan()["content"][0]["snapshot"];
    let [version] = &listed["versions"].as_array().expect("a list")[..] else { panic!("one: {listed}") };
    assert_eq!((&version["snapshot"], &version["in_use"]), (pinned, &false.into()));
    assert_eq!(listed["limit"], 200_000_000_000_u64);
    let said = cache(&[]).stdout;
    assert!(pinned.as_str().is_some_and(|id| said.starts_with(&id[..16])), "{said}");
    let removed = cache(&["--keep", "nothing", "--json"]).object("cyclorama.content/1");
    assert_eq!((&removed["removed"], &removed["bytes"]), (&1.into(), &0.into()));
    let again = story.submit("stage-1", "302-303").with_code(8);
    assert!(again.stderr.contains(", fetched "), "{}", again.stderr);
}

#[test]
fn a_damaged_pack_ends_the_job_before_a_host_is_started() {
    let story = Story::begin();
    let store = story.at("store");
    for object in project::objects(&store).iter().filter(|path| path.starts_with("packs/")) {
        damage(&store.join(object));
    }
    let refused = story.submit("stage-1", "300-301").with_code(5);
    assert!(refused.stderr.contains("failed to bring ddc from "), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint: look through the store"), "{}", refused.stderr);
    let ledger = story.at("ledger");
    let worked = story.run("stage-1", &["render", "worker", "--ledger", text(&ledger)]).with_code(5);
    assert!(worked.stderr.contains("failed to bring ddc from "), "{}", worked.stderr);
    assert_eq!(
        story.run("stage-1", &["render", "logs", "--ledger", text(&ledger), "--json"]).done().stdout,
        ""
    );
    let ghost = format!("ddc={}@no-such-version", store.display());
    let take = story.0.take();
    let missing = story.run("stage-1", &["render", "plan", text(&take), "--pack", &ghost]).with_code(3);
    assert!(missing.stderr.contains("no-such-version"), "{}", missing.stderr);
}

fn damage(file: &Path) {
    let mut bytes = fs::read(file).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).expect("writable");
}

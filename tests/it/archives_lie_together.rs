//! The plugin's archives for Linux and for Windows, in one plugin's folder: building one leaves the other there.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::tempdir;

/// A staged folder of this bridge, with an archive for each of these systems.
fn staged(folder: &Path, bridge: &str, systems: &[&str]) {
    for system in systems {
        fs::create_dir_all(folder.join("lib").join(system)).expect("folders");
        fs::write(folder.join("lib").join(system).join("archive"), bridge).expect("writes");
    }
    fs::write(folder.join("abi.txt"), bridge).expect("writes");
}

/// What `scripts/build_core` does with what is there, before it puts the fresh folder in its place.
fn keep(old: &Path, fresh: &Path, system: &str) {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let line = "set -euo pipefail; source scripts/lib.sh; keep_beside \"$1\" \"$2\" \"$3\"";
    let mut bash = Command::new("bash");
    bash.current_dir(root).args(["-c", line, "keep"]).args([old, fresh]).arg(system);
    assert!(bash.status().expect("bash starts").success());
}

#[test]
fn an_archive_for_another_system_stays_where_it_is_of_the_same_bridge() {
    let folder = tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    staged(&at("old"), "0x1", &["Linux", "Win64"]);
    staged(&at("fresh"), "0x1", &["Linux"]);
    fs::write(at("fresh/lib/Linux/archive"), "new").expect("writes");
    keep(&at("old"), &at("fresh"), "Linux");
    assert_eq!(fs::read_to_string(at("fresh/lib/Win64/archive")).expect("it stays"), "0x1");
    assert_eq!(fs::read_to_string(at("fresh/lib/Linux/archive")).expect("there"), "new");
    // One of another bridge would be linked and refused at start-up.
    staged(&at("next"), "0x2", &["Linux"]);
    keep(&at("old"), &at("next"), "Linux");
    assert!(!at("next/lib/Win64").exists());
    keep(&at("nothing"), &at("next"), "Linux");
}

//! Does each crate use only what stands below it?
//!
//! Reads every `Cargo.toml` of the workspace and, for the pure crates, their source. Development
//! dependencies are free: a test may use anything.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::source::{self, File, without_comment, without_tests};

/// The house from the ground up. A crate may use crates of lower floors.
const FLOORS: &[(&str, u8)] = &[
    ("cyclorama-outcome", 0),
    ("cyclorama-time", 1),
    ("cyclorama-space", 1),
    ("cyclorama-content", 1),
    ("cyclorama-progress", 1),
    ("cyclorama-tracking", 10),
    ("cyclorama-assets", 10),
    ("cyclorama-render", 10),
    ("cyclorama-s3", 12),
    ("cyclorama-app", 20),
    ("cyclorama-cli", 40),
    ("cyclorama-bridge", 40),
    ("cyclorama-testkit", 50),
    ("cyclorama-tests", 60),
    ("xtask", 60),
];

/// Doors on the same floor, one way.
const SIDEWAYS: &[(&str, &str)] =
    &[("cyclorama-render", "cyclorama-assets"), ("cyclorama-render", "cyclorama-tracking")];

/// Below this floor a crate is pure vocabulary: no files, sockets, clock, environment or runtime.
const PURE_BELOW: u8 = 10;

/// What pure crates may take from outside.
const PURE_MAY_USE: &[&str] =
    &["thiserror", "serde", "glam", "bevy_math", "libm", "blake3", "fastcdc", "twox-hash"];

/// What the source of a pure crate may not name.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process::Command",
    "process::exit",
    "process::abort",
    "std::thread",
    "Instant::now",
    "SystemTime::now",
    "tokio::",
];

/// Reserved for the edge: libraries give typed errors.
const EDGE_ONLY: &[(&str, u8)] = &[("anyhow", 40), ("clap", 40), ("indicatif", 40)];

/// One crate as its manifest tells it.
struct Crate {
    name: String,
    folder: String,
    uses: Vec<String>,
}

/// All findings, one line each.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let crates = read(root)?;
    let mut findings = check_crates(&crates);
    let files = source::files(root)?;
    for member in crates.iter().filter(|member| floor(&member.name).is_some_and(|floor| floor < PURE_BELOW)) {
        let prefix = format!("{}/src/", member.folder);
        let of_crate = files.iter().filter(|file| file.path.starts_with(&prefix) && file.is_rust());
        findings.extend(of_crate.flat_map(check_pure_source));
    }
    Ok(findings)
}

fn read(root: &Path) -> Result<Vec<Crate>> {
    let workspace: toml::Table = toml::from_str(&fs::read_to_string(root.join("Cargo.toml"))?)?;
    let members = workspace["workspace"]["members"].as_array().context("workspace.members is a list")?;
    let mut crates = Vec::new();
    for folder in members.iter().filter_map(toml::Value::as_str) {
        let path = root.join(folder).join("Cargo.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        crates.push(parse(folder, &text).with_context(|| format!("in {folder}/Cargo.toml"))?);
    }
    Ok(crates)
}

fn parse(folder: &str, manifest: &str) -> Result<Crate> {
    let manifest: toml::Table = toml::from_str(manifest)?;
    let name = manifest["package"]["name"].as_str().context("package.name is text")?.to_owned();
    let mut uses = Vec::new();
    collect(&manifest, &mut uses);
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        for target in targets.values().filter_map(toml::Value::as_table) {
            collect(target, &mut uses);
        }
    }
    Ok(Crate { name, folder: folder.to_owned(), uses })
}

fn collect(table: &toml::Table, uses: &mut Vec<String>) {
    for section in ["dependencies", "build-dependencies"] {
        if let Some(names) = table.get(section).and_then(toml::Value::as_table) {
            uses.extend(names.keys().cloned());
        }
    }
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor)
}

fn check_crates(crates: &[Crate]) -> Vec<String> {
    let names: BTreeMap<&str, ()> = crates.iter().map(|member| (member.name.as_str(), ())).collect();
    let mut findings = Vec::new();
    for member in crates {
        let Some(own) = floor(&member.name) else {
            findings.push(format!(
                "{}: on no floor: add it to the table in scripts/xtask/src/layers.rs",
                member.name
            ));
            continue;
        };
        for used in &member.uses {
            if names.contains_key(used.as_str()) {
                findings.extend(check_door(&member.name, own, used));
            } else {
                findings.extend(check_outside(&member.name, own, used));
            }
        }
    }
    findings
}

fn check_door(user: &str, own: u8, used: &str) -> Option<String> {
    let below = floor(used).is_some_and(|floor| floor < own);
    let sideways = SIDEWAYS.contains(&(user, used));
    (!below && !sideways).then(|| format!("{user} uses {used}, which does not stand below it"))
}

fn check_outside(user: &str, own: u8, used: &str) -> Option<String> {
    if own < PURE_BELOW && !PURE_MAY_USE.contains(&used) {
        return Some(format!("{user} is pure vocabulary and may not use {used}"));
    }
    let edge = EDGE_ONLY.iter().find(|(name, floor)| *name == used && own < *floor);
    edge.map(|_| format!("{user} is a library and may not use {used}"))
}

fn check_pure_source(file: &File) -> Vec<String> {
    let Some(text) = file.text.as_deref() else { return Vec::new() };
    if file.is_test() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in without_tests(text).lines().enumerate() {
        let code = without_comment(line);
        for word in IMPURE.iter().filter(|word| code.contains(**word)) {
            findings.push(format!("{}:{}: a pure crate may not use {word}", file.path, number + 1));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{Crate, check_crates, check_pure_source, parse};
    use crate::source::File;

    fn member(name: &str, uses: &[&str]) -> Crate {
        Crate {
            name: name.into(),
            folder: String::new(),
            uses: uses.iter().map(|&name| name.into()).collect(),
        }
    }

    #[test]
    fn a_crate_may_use_what_stands_below_it() {
        let crates =
            [member("cyclorama-time", &["serde"]), member("cyclorama-tracking", &["cyclorama-time", "zstd"])];
        assert_eq!(check_crates(&crates), Vec::<String>::new());
    }

    #[test]
    fn a_crate_may_not_use_what_stands_above_or_beside_it() {
        let crates = [
            member("cyclorama-time", &["cyclorama-tracking"]),
            member("cyclorama-tracking", &["cyclorama-assets"]),
            member("cyclorama-assets", &[]),
        ];
        assert_eq!(check_crates(&crates).len(), 2);
    }

    #[test]
    fn render_may_look_at_assets_but_not_assets_at_render() {
        let crates = [member("cyclorama-render", &["cyclorama-assets"]), member("cyclorama-assets", &[])];
        assert!(check_crates(&crates).is_empty());
        let crates = [member("cyclorama-render", &[]), member("cyclorama-assets", &["cyclorama-render"])];
        assert_eq!(check_crates(&crates).len(), 1);
    }

    #[test]
    fn pure_crates_take_little_from_outside_and_libraries_no_anyhow() {
        assert_eq!(check_crates(&[member("cyclorama-space", &["tokio"])]).len(), 1);
        assert_eq!(check_crates(&[member("cyclorama-render", &["anyhow"])]).len(), 1);
        assert!(check_crates(&[member("cyclorama-cli", &["anyhow", "clap"])]).is_empty());
    }

    #[test]
    fn an_unknown_crate_is_a_finding() {
        assert_eq!(check_crates(&[member("cyclorama-attic", &[])]).len(), 1);
    }

    #[test]
    fn target_sections_count_and_development_sections_do_not() {
        let manifest = "[package]\nname = \"a\"\n[dependencies]\nb = \"1\"\n[dev-dependencies]\nc = \"1\"\n\
                        [target.'cfg(unix)'.dependencies]\nd = \"1\"\n";
        assert_eq!(parse("a", manifest).expect("valid").uses, ["b", "d"]);
    }

    #[test]
    fn a_pure_crate_may_mention_files_in_comments_and_tests_only() {
        let text = "//! never std::fs\nuse std::fs::File;\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        let file = File { path: "rust-core/time/src/a.rs".into(), bytes: 0, text: Some(text.into()) };
        assert_eq!(check_pure_source(&file), ["rust-core/time/src/a.rs:2: a pure crate may not use std::fs"]);
    }
}

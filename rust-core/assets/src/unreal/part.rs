//! The part of a project's version that a machine needs to render some maps.
//!
//! That is what the packages' headers say, and everything that is no package: the `.uproject`, `Config`, plugins' own files,
//! and whatever else headers cannot tell of. Reads headers only, and nothing of what it names.

use std::collections::HashSet;

use super::packages::belongs_to_package;
use super::snapshot::{files_of, packages_of, walked};
use super::{Closure, ClosureError, DependencyTable, Follow, UnknownPackage, Walk};
use crate::tree::Entry;
use crate::{Repository, Snapshot};

/// The part of a version that some packages need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// What the packages' headers say.
    pub closure: Closure,
    /// Those of the packages asked for that are not the project's: the engine's, or of a plugin that is not in the project.
    pub elsewhere: Vec<String>,
    /// Paths of all files and links of the part.
    pub paths: HashSet<String>,
    /// How many of these are files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The part of a snapshot whose indexes are loaded that `packages` need: maps, level sequences and what renders them. What is
/// loaded with them belongs to it, as [`closure_of_snapshot`](super::closure_of_snapshot) finds it, which `known` is for.
///
/// # Errors
/// [`ClosureError`] when the store fails, when a package is not where the project has content, or when none is the project's.
pub async fn part_of_snapshot(
    repository: &Repository,
    snapshot: &Snapshot,
    packages: &[String],
    known: &mut DependencyTable,
) -> Result<Part, ClosureError> {
    let found = repository.walk(snapshot.root, |_| true).await?;
    let files = files_of(&found);
    let there = packages_of(&files);
    let is_here = |name: &&String| there.mounts(name) || there.named(name).is_some();
    let (here, elsewhere): (Vec<&String>, Vec<&String>) = packages.iter().partition(is_here);
    if let (true, Some(first)) = (here.is_empty(), elsewhere.first()) {
        return Err(UnknownPackage((*first).clone()).into());
    }
    let walk = Walk::new(&there, &here, Follow::Loaded)?;
    let closure = walked(repository, snapshot, &files, walk, known).await?;
    let mut part = Part { elsewhere: elsewhere.into_iter().cloned().collect(), ..Part::default() };
    let needed: HashSet<&str> = closure.files.iter().map(String::as_str).collect();
    for (path, entry) in &found {
        let is_needed = needed.contains(path.as_str()) || !belongs_to_package(path);
        match entry {
            Entry::File(file) if is_needed => {
                part.files += 1;
                part.bytes = part.bytes.saturating_add(file.size);
            }
            Entry::Symlink(_) => {}
            _ => continue,
        }
        part.paths.insert(path.clone());
    }
    part.closure = closure;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::publish::tests::{Project, new_store, push, reopened};
    use crate::publish::{Base, Options};
    use crate::unreal::sample::Sample;
    use crate::{MemoryStore, RefName};
    use cyclorama_outcome::{Classify as _, Kind};

    fn package(name: &str, needs: &[&str]) -> Vec<u8> {
        Sample { body: 40, ..Sample::new(name).needs(needs) }.bytes()
    }

    /// Two maps, of which each has a rock of its own.
    fn project() -> Project {
        let mut project = Project::default();
        for (path, name, needs) in PACKAGES {
            project.write(path, package(name, needs));
        }
        project
            .write("Show.uproject", "{}")
            .write("Config/DefaultEngine.ini", "[a]\n")
            .write("Plugins/Tools/Tools.uplugin", "{}")
            .write("Content/Rock.ubulk", "bulk of the rock")
            .write("Content/Tree.ubulk", "bulk of the tree");
        project
    }

    const PACKAGES: [(&str, &str, &[&str]); 5] = [
        ("Content/Maps/Stage.umap", "/Game/Maps/Stage", &["/Game/Rock", "/Game/Gone"]),
        ("Content/Maps/Other.umap", "/Game/Maps/Other", &["/Game/Tree"]),
        ("Content/Rock.uasset", "/Game/Rock", &[]),
        ("Content/Tree.uasset", "/Game/Tree", &[]),
        ("Plugins/Tools/Content/Lamp.uasset", "/Tools/Lamp", &[]),
    ];

    async fn part(packages: &[&str]) -> Result<Part, ClosureError> {
        let repository = new_store(Arc::new(MemoryStore::new())).await;
        push(&repository, &project(), &mut Base::default(), &Options::new()).await.expect("publishes");
        let repository = reopened(&repository).await;
        let (_, snapshot) = repository.resolve(&RefName::main().into()).await.expect("a version");
        repository.load_indexes(&snapshot.indexes).await.expect("indexes");
        let packages: Vec<String> = packages.iter().map(|name| (*name).to_owned()).collect();
        part_of_snapshot(&repository, &snapshot, &packages, &mut DependencyTable::default()).await
    }

    #[tokio::test]
    async fn a_part_is_what_maps_need_and_everything_that_is_no_package() {
        let found = part(&["/Game/Maps/Stage", "/MovieRenderPipeline/Preset"]).await.expect("there");
        let mut paths: Vec<&str> = found.paths.iter().map(String::as_str).collect();
        paths.sort_unstable();
        let always = ["Config/DefaultEngine.ini", "Plugins/Tools/Tools.uplugin", "Show.uproject"];
        let needed = ["Content/Maps/Stage.umap", "Content/Rock.uasset", "Content/Rock.ubulk"];
        assert_eq!(paths, [&always[..1], &needed, &always[1..]].concat());
        assert_eq!(found.elsewhere, ["/MovieRenderPipeline/Preset"]);
        assert_eq!(found.closure.missing[0].package, "/Game/Gone");
        let content = project().content();
        let bytes: usize = paths.iter().map(|path| content[*path].len()).sum();
        assert_eq!((found.files, found.bytes), (6, bytes as u64));
    }

    #[tokio::test]
    async fn a_map_that_is_not_there_is_no_part() {
        for packages in [&["/Game/Maps/Stage", "/Game/Maps/Stag"][..], &["/Gme/Maps/Stage"], &["/Tools/X"]] {
            let refused = part(packages).await.expect_err("not there");
            assert_eq!(refused.kind(), Kind::NotFound);
            assert_eq!(
                refused.to_string(),
                format!("there is no package `{}`", packages[packages.len() - 1])
            );
        }
    }

    #[test]
    fn the_packages_that_stories_publish_are_what_is_tested_here() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/unreal");
        for (path, name, needs) in &PACKAGES[..4] {
            let file = path.rsplit('/').next().expect("a name");
            let bytes = std::fs::read(format!("{folder}/{file}")).expect("a package in tests/data");
            assert!(bytes == package(name, needs), "{file}");
        }
    }
}

//! What lies around a folder that shall become a store: another store, or a project.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cyclorama_assets::local::{OWN_FOLDER, scan::holds_a_store};
use cyclorama_outcome::Kind;

use crate::failure::Failure;

/// The project that `store`, as it describes itself, would lie within; none where it is no folder.
///
/// Refuses a place within another store, whose folders these would be, and a project's own folder, into which nothing could
/// be published or brought any more.
pub(super) fn look(store: &str) -> Result<Option<PathBuf>, Failure> {
    if store.contains("://") || store == "memory:" {
        return Ok(None);
    }
    let folder = as_it_lies(Path::new(store));
    if let Some(other) = folder.ancestors().skip(1).find(|around| holds_a_store(around)) {
        let message =
            format!("failed to make a store in {store}: it would lie within the store {}", other.display());
        return Err(Failure::new(Kind::User, message).hint("choose a place beside that store"));
    }
    if is_project(&folder) {
        let message = format!(
            "failed to make a store in {store}: that is a project itself, and a store lies beside it"
        );
        return Err(Failure::new(Kind::User, message)
            .hint("name another folder or s3://bucket/prefix; `assets publish DIR STORE` then fills it from the project"));
    }
    Ok(folder.ancestors().skip(1).find(|around| is_project(around)).map(Path::to_owned))
}

/// The path without links and steps back, as far as it is there: `../store` is not within the folder it is typed in.
fn as_it_lies(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = path.ancestors().find_map(|around| Some((around, fs::canonicalize(around).ok()?)));
    let Some((around, real)) = there else { return path };
    match path.strip_prefix(around) {
        Ok(rest) if !rest.as_os_str().is_empty() => real.join(rest),
        _ => real,
    }
}

/// Whether content was published from it or brought into it, or Unreal calls it a project.
fn is_project(folder: &Path) -> bool {
    let is_unreal = |entry: fs::DirEntry| entry.path().extension().is_some_and(|end| end == "uproject");
    folder.join(OWN_FOLDER).is_dir() || fs::read_dir(folder).is_ok_and(|all| all.flatten().any(is_unreal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(folder: &Path) -> Result<Option<PathBuf>, Failure> {
        look(&folder.display().to_string())
    }

    #[test]
    fn a_project_is_no_store_and_one_within_it_is_told() {
        let home = tempfile::tempdir().unwrap();
        let project = fs::canonicalize(home.path()).unwrap().join("project");
        fs::create_dir_all(project.join("Content")).unwrap();
        fs::write(project.join("Wall.uproject"), "{}").unwrap();
        let refused = looked(&project).unwrap_err();
        assert!(refused.lines()[0].contains("is a project itself"), "{:?}", refused.lines());
        assert_eq!(looked(&project.join("Content/new/store")).unwrap(), Some(project.clone()));
        assert_eq!(looked(&project.join("../store")).unwrap(), None, "that is beside it");
        assert_eq!(look("s3://bucket/prefix").unwrap(), None);
    }
}

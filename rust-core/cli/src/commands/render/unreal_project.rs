//! Which `.uproject` a worker's Unreal opens: named by a flag or setting, or found at the top of the production's files.

use std::path::{Path, PathBuf};

use cyclorama_outcome::Kind;

use crate::failure::Failure;

/// The project's file. `named` is a path within `folder`, the production's files on this machine, or a path of this machine where
/// there are none.
pub(super) fn project(named: Option<&Path>, folder: Option<&Path>) -> Result<PathBuf, Failure> {
    match (named, folder) {
        (Some(named), Some(folder)) => within(named, folder),
        (Some(named), None) => Ok(from_here(named)),
        (None, Some(folder)) => at_the_top(folder),
        (None, None) => {
            let message = "failed to start Unreal: nobody said where the project is";
            Err(Failure::new(Kind::User, message)
                .hint("give --unreal-project, or the setting render.unreal-project"))
        }
    }
}

/// An absolute path leads wherever it says.
fn within(named: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let file = folder.join(named);
    if file.is_file() {
        return Ok(file);
    }
    let message = format!("failed to start Unreal: there is no project {}", file.display());
    let folder = folder.display();
    let hint = format!(
        "--unreal-project, or render.unreal-project, is a path within the production's files, {folder}"
    );
    Err(Failure::new(Kind::NotFound, message).hint(hint))
}

/// Hosts run in a folder of their own: a file's path means ours. A name that is no file's stays: the editor may know it.
fn from_here(named: &Path) -> PathBuf {
    let here = is_project(named).then(|| std::path::absolute(named).ok()).flatten();
    here.unwrap_or_else(|| named.to_owned())
}

fn at_the_top(folder: &Path) -> Result<PathBuf, Failure> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut projects: Vec<PathBuf> = entries.filter(|path| is_project(path)).collect();
    if let (Some(project), true) = (projects.pop(), projects.is_empty()) {
        return Ok(project);
    }
    let (many, folder) = (if projects.is_empty() { "no" } else { "more than one" }, folder.display());
    let message = format!("failed to start Unreal: there is {many} .uproject at the top of {folder}");
    Err(Failure::new(Kind::NotFound, message)
        .hint("say by --unreal-project which, as a path within that folder"))
}

fn is_project(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("uproject"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cyclorama_outcome::ExitCode;
    use std::fs;

    fn refused(named: Option<&str>, folder: Option<&Path>) -> Vec<String> {
        let failure = project(named.map(Path::new), folder).expect_err("refused");
        assert!(matches!(failure.exit_code(), ExitCode::NotFound | ExitCode::Usage));
        failure.lines()
    }

    #[test]
    fn a_path_is_meant_within_the_productions_files_and_must_be_there() {
        let show = tempfile::tempdir().expect("a folder");
        fs::create_dir(show.path().join("Wall")).expect("a folder");
        let file = show.path().join("Wall/Wall.uproject");
        fs::write(&file, "{}").expect("writes");
        let found = |named: &Path| project(Some(named), Some(show.path())).expect("there");
        assert_eq!(found(Path::new("Wall/Wall.uproject")), file);
        assert_eq!(found(&file), file, "an absolute path is itself");
        let lines = refused(Some("./show/Wall/Wall.uproject"), Some(show.path()));
        assert!(lines[0].contains("there is no project ") && lines[0].contains("show/Wall/Wall.uproject"));
        assert!(lines[1].contains("a path within the production's files"), "{lines:?}");
    }

    #[test]
    fn without_a_name_the_one_project_at_the_top_is_meant() {
        let show = tempfile::tempdir().expect("a folder");
        assert!(refused(None, Some(show.path()))[0].contains("there is no .uproject at the top of"));
        fs::write(show.path().join("A.uproject"), "{}").expect("writes");
        assert_eq!(project(None, Some(show.path())).expect("one"), show.path().join("A.uproject"));
        fs::write(show.path().join("B.UPROJECT"), "{}").expect("writes");
        assert!(refused(None, Some(show.path()))[0].contains("there is more than one .uproject"));
        assert!(refused(None, None)[0].contains("nobody said where the project is"));
    }

    #[test]
    fn without_the_productions_files_a_path_is_one_of_this_machine() {
        let here = std::env::current_dir().expect("a folder");
        let found = |named: &str| project(Some(Path::new(named)), None).expect("a path");
        assert_eq!(found("Wall/Wall.uproject"), here.join("Wall/Wall.uproject"));
        assert_eq!(found("Wall"), Path::new("Wall"), "a name by which the editor may know it");
    }
}

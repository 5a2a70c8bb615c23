//! What is not content: what Unreal and other tools make again by themselves, and what `.cycignore` files name.
//!
//! `.cycignore` reads as `.gitignore` does: globs, `/` to anchor, `!` to take back, a file in any folder for that
//! folder and below. It is content itself, so that everybody ignores the same.

use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::OWN_FOLDER;

/// The name of files with rules.
pub const RULES_FILE: &str = ".cycignore";

/// The rules that hold in one folder.
#[derive(Clone, Debug)]
pub struct Rules {
    files: Vec<Gitignore>,
    /// The folder holds a `.uproject` or `.uplugin`: Unreal puts what it derives beside it.
    beside_project: bool,
}

/// A rules file that cannot be read as one.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is not understood", path.display())]
pub struct RulesError {
    /// Which file.
    pub path: PathBuf,
    /// What is wrong.
    #[source]
    pub source: ignore::Error,
}

impl cyclorama_outcome::Classify for RulesError {
    fn kind(&self) -> cyclorama_outcome::Kind {
        cyclorama_outcome::Kind::User
    }
}

impl Rules {
    /// The rules above all folders: none.
    pub fn none() -> Self {
        Self { files: Vec::new(), beside_project: false }
    }

    /// The rules in a folder that contains these names: those of the folder above, and its own file.
    ///
    /// # Errors
    /// [`RulesError`] when its `.cycignore` cannot be read or has a pattern that means nothing.
    pub fn inside<'a>(
        &self,
        folder: &Path,
        names: impl IntoIterator<Item = &'a str> + Clone,
    ) -> Result<Self, RulesError> {
        let is_project = |name: &str| {
            let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
            extension.eq_ignore_ascii_case("uproject") || extension.eq_ignore_ascii_case("uplugin")
        };
        let mut rules =
            Self { files: self.files.clone(), beside_project: names.clone().into_iter().any(is_project) };
        if names.into_iter().any(|name| name == RULES_FILE) {
            rules.files.push(read(folder)?);
        }
        Ok(rules)
    }

    /// Whether what is called `name` in `folder` is no content.
    pub fn ignores(&self, folder: &Path, name: &str, is_folder: bool) -> bool {
        if name == OWN_FOLDER {
            return true;
        }
        if !self.files.is_empty() {
            let path = folder.join(name);
            // The rules nearest to the file have the last word.
            for file in self.files.iter().rev() {
                match file.matched(&path, is_folder) {
                    Match::None => {}
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                }
            }
        }
        let among = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is_folder {
            among(FOREIGN_FOLDERS) || (self.beside_project && among(DERIVED_FOLDERS))
        } else {
            among(FOREIGN_FILES) || name.starts_with("~$") || name.starts_with(TEMPORARY)
        }
    }
}

fn read(folder: &Path) -> Result<Gitignore, RulesError> {
    let path = folder.join(RULES_FILE);
    let mut builder = GitignoreBuilder::new(folder);
    let failed = |source| RulesError { path: path.clone(), source };
    match builder.add(&path) {
        None => {}
        Some(source) => return Err(failed(source)),
    }
    builder.build().map_err(failed)
}

/// What hydrate calls files that are not whole yet, wherever they have to lie beside their place.
pub(crate) const TEMPORARY: &str = ".cyclorama-part-";

/// Unreal makes these again, beside a project or plugin file.
const DERIVED_FOLDERS: &[&str] = &["Binaries", "DerivedDataCache", "Intermediate", "Saved"];
/// Other tools' own records, anywhere.
const FOREIGN_FOLDERS: &[&str] = &[
    ".git",
    ".svn",
    ".hg",
    ".plastic",
    ".vs",
    ".vscode",
    ".idea",
    "__pycache__",
    "$RECYCLE.BIN",
    ".Trashes",
];
const FOREIGN_FILES: &[&str] = &[".DS_Store", "Thumbs.db", "desktop.ini"];

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn unreals_derived_folders_are_ignored_beside_a_project_and_content_elsewhere() {
        let here = Path::new("/p");
        let project = Rules::none().inside(here, ["Stage.uproject", "Saved"]).expect("no rules file");
        assert!(project.ignores(here, "Saved", true));
        assert!(project.ignores(here, "binaries", true));
        assert!(!project.ignores(here, "Saved", false), "a file of that name is content");
        let content = project.inside(here, ["a.uasset"]).expect("no rules file");
        assert!(!content.ignores(here, "Saved", true), "an artist's folder of that name is content");
        assert!(content.ignores(here, ".git", true));
        assert!(content.ignores(here, "Thumbs.db", false));
    }

    #[test]
    fn rules_files_name_more_and_take_back_and_the_nearest_wins() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        fs::create_dir(root.join("Raw")).expect("a folder");
        fs::write(root.join(RULES_FILE), "*.psd\n/Notes\n!Binaries/\n# words\n").expect("writes");
        fs::write(root.join("Raw").join(RULES_FILE), "!keep.psd\n").expect("writes");
        let top = Rules::none().inside(root, [RULES_FILE, "X.uproject"]).expect("reads");
        assert!(top.ignores(root, "a.psd", false));
        assert!(top.ignores(root, "Notes", true));
        assert!(!top.ignores(root, "Binaries", true), "taken back: this project ships its plugins built");
        let raw = top.inside(&root.join("Raw"), [RULES_FILE]).expect("reads");
        assert!(raw.ignores(&root.join("Raw"), "b.psd", false));
        assert!(!raw.ignores(&root.join("Raw"), "keep.psd", false));
        assert!(!raw.ignores(&root.join("Raw"), "Notes", true), "anchored at the top");
    }

    #[test]
    fn a_pattern_that_means_nothing_is_told() {
        let root = tempfile::tempdir().expect("a folder");
        fs::write(root.path().join(RULES_FILE), "[z-a]\n").expect("writes");
        let error = Rules::none().inside(root.path(), [RULES_FILE]).expect_err("no glob");
        assert!(error.to_string().contains(RULES_FILE));
    }
}

//! Names of files inside a project: the same on every system, or refused with the reason.
//!
//! A name is kept byte for byte as it was published. What Windows, macOS or Linux would refuse, change or confuse with
//! another name is found at publish, and again at hydrate, since a store may hold what somebody else's software wrote.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use cyclorama_outcome::{Classify, Kind};
use unicode_normalization::UnicodeNormalization as _;

/// A path inside a project: segments between `/`, each of which every system takes as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelPath(String);

/// Why a name cannot travel between systems.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` {why}")]
pub struct NameProblem {
    /// The path, as well as it can be shown.
    pub name: String,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// A segment is empty, `.` or `..`, or the path is absolute.
    #[error("does not stay inside the project")]
    Outside,
    /// Not UTF-8 (or not UTF-16 on Windows).
    #[error("is not valid text")]
    NotText,
    /// A character that some system gives a meaning.
    #[error("has the character {0:?}, which not every system takes in a name")]
    Character(char),
    /// Windows drops these.
    #[error("ends with a dot or a space, which Windows drops")]
    Ending,
    /// Windows opens a device.
    #[error("is the name of a device on Windows")]
    Device,
    /// Longer than file systems take.
    #[error("is too long: at most {LONGEST_NAME_BYTES} bytes a name, and {LONGEST_PATH} characters in all")]
    Long,
    /// Another name looks the same to Windows or macOS.
    #[error("is the same as `{0}` on systems that do not tell capital letters or accents apart")]
    Twin(String),
}

impl Classify for NameProblem {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some("rename it, or list it in .cycignore".to_owned())
    }
}

impl RelPath {
    /// Checks and keeps a path with `/` between its segments.
    ///
    /// # Errors
    /// [`NameProblem`] when some system would refuse or change it, or when it leads out of the project.
    pub fn new(text: impl Into<String>) -> Result<Self, NameProblem> {
        let text = text.into();
        let why = if is_too_long(&text) { Some(Why::Long) } else { text.split('/').find_map(problem_of) };
        match why {
            None => Ok(Self(text)),
            Some(why) => Err(NameProblem { name: text, why }),
        }
    }

    /// A path that was found to be one before.
    pub(crate) fn known(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text, `/` between segments.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// The folder it is in; `None` for what lies at the top.
    pub fn folder(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(folder, _)| folder)
    }

    /// Where it lies below `root`, with the separators of this system.
    pub fn below(&self, root: &Path) -> PathBuf {
        let mut path = root.to_owned();
        path.extend(self.0.split('/'));
        path
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for RelPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Whether a path inside a project has more characters than any has, counted as Windows counts them: in UTF-16 units, of
/// which a rare character has two.
pub(crate) fn is_too_long(path: &str) -> bool {
    // Never more units than bytes.
    path.len() > LONGEST_PATH && path.encode_utf16().count() > LONGEST_PATH
}

/// What is wrong with one segment of a path.
pub fn problem_of(segment: &str) -> Option<Why> {
    if matches!(segment, "" | "." | "..") {
        return Some(Why::Outside);
    }
    if segment.len() > LONGEST_NAME_BYTES {
        return Some(Why::Long);
    }
    let reserved =
        |c: &char| c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\' | '\0');
    if let Some(character) = segment.chars().find(reserved) {
        return Some(Why::Character(character));
    }
    if segment.ends_with(['.', ' ']) {
        return Some(Why::Ending);
    }
    is_device(segment).then_some(Why::Device)
}

/// Whether Windows opens a device under this name, with any extension.
fn is_device(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or(segment).trim_end();
    let upper = stem.to_ascii_uppercase();
    if matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    let numbered = upper.strip_prefix("COM").or_else(|| upper.strip_prefix("LPT"));
    numbered.is_some_and(|number| {
        let mut digits = number.chars();
        matches!((digits.next(), digits.next()), (Some('1'..='9' | '¹' | '²' | '³'), None))
    })
}

/// How a name looks to a system that does not tell capital letters or forms of accents apart.
pub fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// Two of these names, in one folder, that some systems take for one.
pub fn twins<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<(&'a str, &'a str)> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut twins = Vec::new();
    for name in names {
        if let Some(first) = seen.insert(folded(name), name) {
            twins.push((first, name));
        }
    }
    twins
}

/// Bytes of one name on Linux. What fits there has no more than the 255 UTF-16 units of NTFS either.
const LONGEST_NAME_BYTES: usize = 255;
/// UTF-16 units of a whole path inside a project.
const LONGEST_PATH: usize = 2048;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_every_system_takes_are_paths() {
        for name in [
            "a",
            "Content/Maps/Stage.umap",
            "Ünïcode/日本.uasset",
            ".cycignore",
            "a b/c (2).png",
            "console",
            "com0",
        ] {
            assert!(RelPath::new(name).is_ok(), "{name}");
        }
        let path = RelPath::new("Content/Maps/Stage.umap").expect("a path");
        assert_eq!((path.name(), path.folder()), ("Stage.umap", Some("Content/Maps")));
        assert_eq!(path.below(Path::new("/x")), Path::new("/x/Content/Maps/Stage.umap"));
    }

    #[test]
    fn names_with_surprises_are_refused_with_the_reason() {
        let why = |name: &str| RelPath::new(name).expect_err(name).why;
        for name in ["", "/a", "a/", "a//b", "..", "a/../b", "./a"] {
            assert_eq!(why(name), Why::Outside, "{name}");
        }
        for (name, character) in
            [("a\\b", '\\'), ("C:x", ':'), ("a\u{7}", '\u{7}'), ("what?", '?'), ("a\0", '\0')]
        {
            assert_eq!(why(name), Why::Character(character), "{name}");
        }
        for name in ["con", "NUL.txt", "x/Lpt1.uasset", "COM²", "aux .x", "CONIN$"] {
            assert_eq!(why(name), Why::Device, "{name}");
        }
        assert_eq!(why("a."), Why::Ending);
        assert_eq!(why("dir /x"), Why::Ending);
        assert_eq!(why(&"a".repeat(256)), Why::Long);
        assert_eq!(why(&vec!["abcdefg"; 300].join("/")), Why::Long);
        assert_eq!(why(&"あ".repeat(86)), Why::Long, "258 bytes");
    }

    #[test]
    fn a_path_is_as_long_as_its_characters_and_not_as_its_bytes() {
        let path = |segments| vec!["あ".repeat(80); segments].join("/");
        assert!(path(9).len() > LONGEST_PATH && RelPath::new(path(9)).is_ok());
        assert!(!is_too_long(&path(25)) && is_too_long(&path(26)));
        assert_eq!(
            Why::Long.to_string(),
            "is too long: at most 255 bytes a name, and 2048 characters in all"
        );
    }

    #[test]
    fn names_that_differ_by_case_or_form_of_accent_are_twins() {
        assert_eq!(twins(["Rock.uasset", "rock.uasset", "b"]), [("Rock.uasset", "rock.uasset")]);
        assert_eq!(twins(["é", "e\u{301}"]), [("é", "e\u{301}")]);
        assert!(twins(["a", "b", "ab"]).is_empty());
    }

    proptest! {
        #[test]
        fn no_path_ever_leads_out(text in "\\PC{0,40}") {
            if let Ok(path) = RelPath::new(text) {
                let below = path.below(Path::new("/root"));
                prop_assert!(below.starts_with("/root"));
                prop_assert!(below.components().all(|part| part != std::path::Component::ParentDir));
            }
        }
    }
}

//! What a lock is on: one path, everything in a folder, or a glob.
//!
//! Two spellings that differ in case are the same lock, since they are the same file on a stage's Windows machines.
//! Whether two globs can meet is judged by the text before their first wildcard, so it may say yes too often and never
//! no wrongly.

use std::{fmt, str::FromStr};

use cyclorama_content::Digest;
use cyclorama_outcome::{Classify, Kind};
use globset::{Glob, GlobBuilder, GlobMatcher};
use serde::{Deserialize, Serialize};

use crate::Key;
use crate::local::names::folded;

/// A path in the project, a folder (ends with `/`), or a glob (`*` stays in a folder, `**` does not).
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    folded: String,
    kind: PatternKind,
}

#[derive(Clone, Debug)]
enum PatternKind {
    Path,
    Folder,
    Glob(Box<GlobMatcher>),
}

/// The text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no path, folder or glob of a project: {problem}")]
pub struct PatternError {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl Classify for PatternError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(
            "write it relative to the project's folder, like Content/Maps/Stage.umap or Content/Props/"
                .to_owned(),
        )
    }
}

impl Pattern {
    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is one path, so that its lock is found without reading other locks.
    pub fn is_path(&self) -> bool {
        matches!(self.kind, PatternKind::Path)
    }

    /// Whether `path` is locked by it.
    pub fn covers(&self, path: &str) -> bool {
        let path = folded(path);
        match &self.kind {
            PatternKind::Path => path == self.folded,
            PatternKind::Folder => path.starts_with(&self.folded),
            PatternKind::Glob(glob) => glob.is_match(&path),
        }
    }

    /// Whether some path may be locked by both.
    pub fn may_meet(&self, other: &Self) -> bool {
        if self.is_path() {
            return other.covers(&self.text);
        }
        if other.is_path() {
            return self.covers(&other.text);
        }
        let (ours, theirs) = (self.stem(), other.stem());
        ours.starts_with(theirs) || theirs.starts_with(ours)
    }

    /// Where its lock lies. Locks on single paths have keys that the path alone gives.
    pub(super) fn key(&self) -> Key {
        let digest = Digest::of(self.folded.as_bytes());
        let wide = if self.is_path() { "" } else { WIDE };
        Key::new(format!("{PREFIX}{wide}{digest}"))
            .unwrap_or_else(|_| unreachable!("hex digits are portable"))
    }

    /// The text that every path it covers begins with.
    fn stem(&self) -> &str {
        let end = self.folded.find(WILDCARDS).unwrap_or(self.folded.len());
        &self.folded[..end]
    }
}

/// Where the lock on the single path `path` would lie.
pub(super) fn key_of_path(path: &str) -> Key {
    Key::new(format!("{PREFIX}{}", Digest::of(folded(path).as_bytes())))
        .unwrap_or_else(|_| unreachable!("hex digits are portable"))
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let wrong = |problem| PatternError { text: text.chars().take(200).collect(), problem };
        let body = text.strip_suffix('/').unwrap_or(text);
        if body.is_empty() || text.len() > LONGEST {
            return Err(wrong("it is empty or longer than 4096 bytes"));
        }
        if text.contains('\\') || text.chars().any(char::is_control) {
            return Err(wrong("its parts are separated by `/`, and nothing in it is invisible"));
        }
        if body.split('/').any(|part| matches!(part, "" | "." | "..")) || body.contains(':') {
            return Err(wrong("it is relative, without empty parts, `.` and `..`"));
        }
        let folded = folded(text);
        let kind = match (body.contains(WILDCARDS), text.ends_with('/')) {
            (false, false) => PatternKind::Path,
            (false, true) => PatternKind::Folder,
            (true, true) => return Err(wrong("a glob of folders ends with `/**`")),
            (true, false) => PatternKind::Glob(Box::new(
                compile(&folded).map_err(|_| wrong("the glob does not make sense"))?.compile_matcher(),
            )),
        };
        Ok(Self { text: text.to_owned(), folded, kind })
    }
}

fn compile(folded: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(folded).literal_separator(true).build()
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Pattern {}

impl Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The folder of all locks, as the prefix of a listing.
pub(super) const PREFIX: &str = "locks/";
/// What the names of locks on more than one path begin with.
pub(super) const WIDE: &str = "wide-";
const WILDCARDS: [char; 4] = ['*', '?', '[', '{'];
const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().expect("a pattern")
    }

    #[test]
    fn a_path_a_folder_and_a_glob_cover_what_a_person_expects() {
        let cases = [
            ("Content/A.uasset", "content/a.UASSET", true),
            ("Content/A.uasset", "Content/A.uasset2", false),
            ("Content/Maps/", "Content/Maps/Deep/Stage.umap", true),
            ("Content/Maps/", "Content/MapsOld/Stage.umap", false),
            ("Content/Maps/", "Content/Maps", false),
            ("Content/*.uasset", "Content/B.uasset", true),
            ("Content/*.uasset", "Content/Deep/B.uasset", false),
            ("Content/**", "Content/Deep/B.uasset", true),
            ("Content/{A,B}.umap", "Content/b.umap", true),
        ];
        for (text, path, covered) in cases {
            assert_eq!(pattern(text).covers(path), covered, "{text} and {path}");
        }
    }

    #[test]
    fn patterns_meet_when_a_path_may_be_in_both() {
        let cases = [
            ("Content/A.uasset", "Content/a.uasset", true),
            ("Content/A.uasset", "Content/", true),
            ("Content/Maps/", "Content/Maps/Stage/", true),
            ("Content/Maps/", "Content/Props/", false),
            ("Content/Maps/*.umap", "Content/Maps/Stage.umap", true),
            ("Content/Maps/*.umap", "Content/Props/**", false),
            ("**/*.umap", "Content/Props/", true),
        ];
        for (one, other, meets) in cases {
            assert_eq!(pattern(one).may_meet(&pattern(other)), meets, "{one} and {other}");
            assert_eq!(pattern(other).may_meet(&pattern(one)), meets, "{other} and {one}");
        }
    }

    #[test]
    fn what_leads_out_of_a_project_is_no_pattern() {
        for text in ["", "/", "/a", "a//b", "../a", "a/./b", "C:/a", "a\\b", "a\nb", "a[", "Maps*/", "a/.."] {
            assert!(text.parse::<Pattern>().is_err(), "{text:?}");
        }
        assert!("x".repeat(5000).parse::<Pattern>().is_err());
    }

    proptest! {
        #[test]
        fn any_text_never_panics_and_a_path_is_covered_by_its_folders(text in "\\PC{0,40}", path in "[a-c]{1,3}(/[a-c]{1,3}){1,4}") {
            if let Ok(pattern) = text.parse::<Pattern>() {
                prop_assert_eq!(pattern.to_string().parse::<Pattern>(), Ok(pattern.clone()));
                pattern.covers(&path);
                pattern.may_meet(&self::pattern(&path));
            }
            for (at, _) in path.match_indices('/') {
                prop_assert!(pattern(&path[..=at]).covers(&path));
            }
        }
    }
}

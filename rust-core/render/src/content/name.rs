//! What hosts know content by.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name of content: 1 to 32 lower-case letters, digits and dashes, a letter first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentName(String);

/// The text is no name of content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no name of content; wanted are 1 to 32 lower-case letters, digits and dashes, a letter first"
)]
pub struct NotAName(pub String);

impl ContentName {
    /// The production's own files.
    pub fn project() -> Self {
        Self(PROJECT.to_owned())
    }

    /// Whether it is the production's own files, and not a pack.
    pub fn is_project(&self) -> bool {
        self.0 == PROJECT
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The environment variable by which a host finds its folder: `CYCLORAMA_PROJECT`, or `CYCLORAMA_PACK_WARM_CACHE` for the
    /// pack `warm-cache`.
    pub fn variable(&self) -> String {
        let upper = self.0.to_ascii_uppercase().replace('-', "_");
        if self.is_project() { format!("CYCLORAMA_{upper}") } else { format!("CYCLORAMA_PACK_{upper}") }
    }

    /// The variables of all of these folders.
    pub(crate) fn variables(folders: &BTreeMap<Self, PathBuf>) -> Vec<(OsString, OsString)> {
        let variable =
            |(name, folder): (&Self, &PathBuf)| (name.variable().into(), folder.clone().into_os_string());
        folders.iter().map(variable).collect()
    }
}

const PROJECT: &str = "project";
const LONGEST: usize = 32;

impl FromStr for ContentName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let is_name = begins && text.len() <= LONGEST && text.bytes().all(fits);
        if is_name { Ok(Self(text.to_owned())) } else { Err(NotAName(text.chars().take(80).collect())) }
    }
}

impl TryFrom<String> for ContentName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        text.parse()
    }
}

impl From<ContentName> for String {
    fn from(name: ContentName) -> Self {
        name.0
    }
}

impl fmt::Display for ContentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_a_variable_and_nothing_else_is_one() {
        let variable = |text: &str| text.parse::<ContentName>().map(|name| name.variable());
        assert_eq!(variable("warm-cache").as_deref(), Ok("CYCLORAMA_PACK_WARM_CACHE"));
        assert_eq!(ContentName::project().variable(), "CYCLORAMA_PROJECT");
        for text in ["", "DDC", "../x", "a/b", "1st", "-a", "a b", "ü", &"a".repeat(33)] {
            assert!(variable(text).is_err(), "{text:?}");
        }
        assert!(serde_json::from_str::<ContentName>("\"../../etc\"").is_err(), "nor in a plan");
    }
}

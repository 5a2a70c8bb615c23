//! Names of objects: portable, relative, without surprises on any file system or S3.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A slash-separated object name of at most 512 bytes. Each segment has 1 to 240 bytes of `a-z A-Z 0-9 . _ -`,
/// starts with no dot (stores keep those for themselves), ends with no dot, and is no device name of Windows
/// (`con`, `nul.txt`, `LPT1`...).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key(String);

/// The text is no portable key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a portable object name")]
pub struct KeyError(pub String);

impl Key {
    /// Checks and keeps a name.
    ///
    /// # Errors
    /// [`KeyError`] when a segment is empty, too long, starts or ends with a dot, has another character than
    /// listed above, or is a device name.
    pub fn new(text: impl Into<String>) -> Result<Self, KeyError> {
        let text = text.into();
        if text.len() <= 512 && text.split('/').all(is_portable_segment) {
            Ok(Self(text))
        } else {
            Err(KeyError(text))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This name with `/child` behind it.
    ///
    /// # Errors
    /// [`KeyError`] when the child is not portable.
    pub fn join(&self, child: &str) -> Result<Self, KeyError> {
        Self::new(format!("{}/{child}", self.0))
    }
}

fn is_portable_segment(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or(segment);
    let is_device = ["con", "prn", "aux", "nul"].iter().any(|device| stem.eq_ignore_ascii_case(device))
        || (stem.len() == 4
            && matches!(stem.as_bytes()[3], b'1'..=b'9')
            && ["com", "lpt"].iter().any(|device| stem[..3].eq_ignore_ascii_case(device)));
    (1..=240).contains(&segment.len())
        && segment.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-'))
        && !segment.starts_with('.')
        && !segment.ends_with('.')
        && !is_device
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Key {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Key {
    type Error = KeyError;
    fn try_from(text: String) -> Result<Self, KeyError> {
        Self::new(text)
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_the_same_everywhere_are_keys() {
        for name in ["a", "jobs/7f/plan.json", "A-b_c.d/0", "console", "com10", "nulls.txt", "x/lpt"] {
            assert!(Key::new(name).is_ok(), "{name}");
        }
        assert!(Key::new(format!("{}/{}", "a".repeat(240), "b".repeat(240))).is_ok());
    }

    #[test]
    fn names_with_surprises_are_refused() {
        for name in [
            "", "/", "a/", "/a", "a//b", ".", "..", "a/../b", ".hidden", "a/.tmp", "a b", "a\\b", "C:x",
            "a.", "con", "CON", "nul.txt", "a/LPT1.x", "é", "a\n",
        ] {
            assert!(Key::new(name).is_err(), "{name:?}");
        }
        assert!(Key::new("a".repeat(241)).is_err());
        assert!(Key::new(vec!["abcdefgh"; 60].join("/")).is_err());
    }
}

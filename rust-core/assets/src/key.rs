//! Names of objects: portable, relative, without surprises on any file system or S3.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A slash-separated object name: 1 to 512 bytes of `a-z A-Z 0-9 . _ -` per segment, no `.` or `..` segments,
/// no empty segments, no segment that starts with a dot (stores keep those for themselves).
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
    /// [`KeyError`] when a segment is empty, starts with a dot, or has another character than listed above.
    pub fn new(text: impl Into<String>) -> Result<Self, KeyError> {
        let text = text.into();
        let segment_is_fine = |segment: &str| {
            !segment.is_empty()
                && !segment.starts_with('.')
                && segment.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-'))
        };
        if text.len() <= 512 && text.split('/').all(segment_is_fine) {
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

//! What a person writes to mean a version: `main`, `main~2`, or the beginning of a snapshot's id.

use std::{fmt, str::FromStr};

use cyclorama_outcome::{Classify, Kind};

use super::{Repository, RepositoryError};
use crate::{RefName, Snapshot, SnapshotId};

/// The name of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// A ref's name, or the beginning of an id.
    name: String,
    /// How many versions before it.
    back: u32,
}

/// Why a text means no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevisionError {
    /// It is no name of one.
    #[error("`{0}` is no version: write a ref, a ref~2, or the beginning of a snapshot's id")]
    Malformed(String),
    /// Nothing has this name.
    #[error("there is no version `{0}`")]
    Unknown(String),
    /// Several ids begin like this.
    #[error("several snapshots begin with `{0}`")]
    Ambiguous(String),
    /// The history ends before.
    #[error("`{0}` goes back beyond the first version")]
    TooFar(String),
}

impl Classify for RevisionError {
    fn kind(&self) -> Kind {
        match self {
            Self::Malformed(_) | Self::Ambiguous(_) => Kind::User,
            Self::Unknown(_) | Self::TooFar(_) => Kind::NotFound,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown(_) => Some("see which there are with: cyclorama assets refs STORE".to_owned()),
            Self::Ambiguous(_) => Some("write more of its digits".to_owned()),
            _ => None,
        }
    }
}

impl From<RefName> for Revision {
    fn from(name: RefName) -> Self {
        Self { name: name.into(), back: 0 }
    }
}

impl From<SnapshotId> for Revision {
    fn from(id: SnapshotId) -> Self {
        Self { name: id.to_string(), back: 0 }
    }
}

impl FromStr for Revision {
    type Err = RevisionError;

    fn from_str(text: &str) -> Result<Self, RevisionError> {
        let malformed = || RevisionError::Malformed(text.to_owned());
        let (name, back) = match text.split_once('~') {
            None => (text, 0),
            Some((name, "")) => (name, 1),
            Some((name, count)) => (name, count.parse().map_err(|_| malformed())?),
        };
        RefName::new(name).map_err(|_| malformed())?;
        Ok(Self { name: name.to_owned(), back })
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.back > 0 { write!(f, "~{}", self.back) } else { Ok(()) }
    }
}

impl Repository {
    /// The snapshot that a name means now.
    ///
    /// # Errors
    /// [`RepositoryError::Revision`] when it means none.
    pub async fn resolve(&self, revision: &Revision) -> Result<(SnapshotId, Snapshot), RepositoryError> {
        let mut id = self.find(&revision.name).await?;
        let mut snapshot = self.snapshot(id).await?;
        for _ in 0..revision.back {
            id = *snapshot.parents.first().ok_or_else(|| RevisionError::TooFar(revision.to_string()))?;
            snapshot = self.snapshot(id).await?;
        }
        Ok((id, snapshot))
    }

    async fn find(&self, name: &str) -> Result<SnapshotId, RepositoryError> {
        if let Ok(id) = name.parse::<SnapshotId>() {
            return Ok(id);
        }
        if let Ok(name) = RefName::new(name)
            && let Some(pointer) = self.read_ref(&name).await?
        {
            return Ok(pointer.value.snapshot);
        }
        let unknown = || RevisionError::Unknown(name.to_owned()).into();
        if name.len() < SHORTEST_PREFIX || !name.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(unknown());
        }
        let page = self.store().list(&format!("{}{name}", SnapshotId::PREFIX), None, 2).await?;
        let found: Vec<_> = page.objects.iter().filter_map(|(key, _)| SnapshotId::from_key(key)).collect();
        match found[..] {
            [id] => Ok(id),
            [] => Err(unknown()),
            _ => Err(RevisionError::Ambiguous(name.to_owned()).into()),
        }
    }
}

/// Fewer digits of an id mean nothing.
const SHORTEST_PREFIX: usize = 4;

//! What a person writes to mean a version: `main`, `main~2`, or the beginning of a snapshot's id.

use std::{fmt, str::FromStr};

use cyclorama_outcome::{Classify, Kind};

use super::{Pointer, Repository, RepositoryError};
use crate::{Ref, RefName, Snapshot, SnapshotId, StoreError};

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
    /// It was there, and nothing kept it.
    #[error("version `{0}` was collected")]
    Collected(String),
    /// The history ends before.
    #[error("`{0}` goes back beyond the first version")]
    TooFar(String),
}

impl Classify for RevisionError {
    fn kind(&self) -> Kind {
        match self {
            Self::Malformed(_) | Self::Ambiguous(_) => Kind::User,
            Self::Unknown(_) | Self::Collected(_) | Self::TooFar(_) => Kind::NotFound,
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
        let (mut id, mut snapshot) = self.named(&revision.name).await?;
        for _ in 0..revision.back {
            let parent =
                *snapshot.parents.first().ok_or_else(|| RevisionError::TooFar(revision.to_string()))?;
            snapshot = match self.snapshot(parent).await {
                Err(error) if is_gone(&error) && self.all_collected().await?.snapshots.contains(&parent) => {
                    return Err(RevisionError::Collected(revision.to_string()).into());
                }
                Err(error) if is_gone(&error) => {
                    let needed_by = format!("version {}", id.short());
                    return Err(RepositoryError::LostSnapshot { snapshot: parent, needed_by });
                }
                read => read?,
            };
            id = parent;
        }
        Ok((id, snapshot))
    }

    /// The snapshot that a ref points to.
    ///
    /// # Errors
    /// [`RepositoryError::LostSnapshot`] when it is not there: a ref keeps what it points to.
    pub async fn pointed(&self, pointer: &Pointer) -> Result<Snapshot, RepositoryError> {
        let Ref { name, snapshot, .. } = &pointer.value;
        match self.snapshot(*snapshot).await {
            Err(error) if is_gone(&error) => {
                let needed_by = format!("ref `{name}`");
                Err(RepositoryError::LostSnapshot { snapshot: *snapshot, needed_by })
            }
            read => read,
        }
    }

    /// What a ref points to, or the snapshot whose id begins like this. One that a person names is not found when it
    /// is not there; one that a ref names is lost.
    async fn named(&self, name: &str) -> Result<(SnapshotId, Snapshot), RepositoryError> {
        if name.parse::<SnapshotId>().is_err()
            && let Ok(name) = RefName::new(name)
            && let Some(mut pointer) = self.read_ref(&name).await?
        {
            loop {
                let read = self.pointed(&pointer).await;
                if let Err(RepositoryError::LostSnapshot { .. }) = read
                    && let Some(now) = self.read_ref(&name).await?
                    && now.value.snapshot != pointer.value.snapshot
                {
                    // It moved on, and what it pointed to before was collected.
                    pointer = now;
                    continue;
                }
                return Ok((pointer.value.snapshot, read?));
            }
        }
        let id = self.find(name).await?;
        Ok((id, self.snapshot(id).await?))
    }

    async fn find(&self, name: &str) -> Result<SnapshotId, RepositoryError> {
        if let Ok(id) = name.parse::<SnapshotId>() {
            return Ok(id);
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

fn is_gone(error: &RepositoryError) -> bool {
    matches!(error, RepositoryError::Store(StoreError::NotFound { .. }))
}

/// Fewer digits of an id mean nothing.
const SHORTEST_PREFIX: usize = 4;

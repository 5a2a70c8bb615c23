//! One take into a store.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use cyclorama_assets::{
    Key, KeyError,
    store::{Condition, Store, StoreError},
};
use cyclorama_content::Digest;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_tracking::{
    slate::notes,
    take::{Reader, State, TakeError, verify},
};
use serde::Serialize;

use crate::commands::take::description::Description;

/// Where entries of the listing stand.
pub(crate) const LISTING: &str = "takes/list/";
/// Where notes stand, each take's below its digest.
pub(super) const NOTES: &str = "takes/notes/";
/// So many figures of a digest stand in names.
pub(super) const SHORT: usize = 16;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Handed {
    pub(crate) name: String,
    pub(crate) digest: String,
    pub(crate) key: String,
    pub(crate) bytes: u64,
    /// The store had it already.
    pub(crate) known: bool,
    /// Notes that were new to the store.
    pub(crate) notes: u64,
}

/// Why a take was not handed over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum HandError {
    /// It cannot be read.
    #[error(transparent)]
    Take(#[from] TakeError),
    /// It is still being recorded, or its recorder was killed.
    #[error("{} was never closed", .0.display())]
    Open(PathBuf),
    /// It does not hold what it says.
    #[error("{} is damaged", .0.display())]
    Damaged(PathBuf),
    /// Its file cannot be read.
    #[error("{} cannot be read", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// The store did not take it.
    #[error("the store did not take {name}")]
    Store {
        /// The take.
        name: String,
        /// What the store said.
        #[source]
        source: StoreError,
    },
    /// Something else lies under its name.
    #[error("the store holds something else as {0}")]
    Other(Key),
    /// Its name makes no key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Classify for HandError {
    fn kind(&self) -> Kind {
        match self {
            Self::Take(error) => error.kind(),
            Self::Store { source, .. } => source.kind(),
            Self::Open(_) => Kind::User,
            Self::Damaged(_) | Self::Other(_) => Kind::Integrity,
            Self::Read(..) | Self::Key(_) => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Open(path) => {
                Some(format!("`take recover {}` makes a closed take of what it holds", path.display()))
            }
            Self::Store { source, .. } => source.hint(),
            _ => None,
        }
    }
}

/// Hands the take at `path` to `store`: its bytes, its entry in the listing, its notes. The bytes are checked first,
/// and again by size where the store has them already.
pub(crate) async fn hand_over(store: &dyn Store, path: &Path) -> Result<Handed, HandError> {
    let reader = Reader::open(path)?;
    if !reader.summary().closed {
        return Err(HandError::Open(path.to_owned()));
    }
    let name = reader.info().name.clone();
    let failed = |source| HandError::Store { name: name.clone(), source };
    let digest = reader.digest();
    let key = take_key(&digest.to_string())?;
    // The same content may be compressed otherwise there; an object of no size is somebody's accident.
    let (known, size) = match store.head(&key).await {
        Ok((0, _)) => return Err(HandError::Other(key)),
        Ok((size, _)) => (true, size),
        Err(StoreError::NotFound { .. }) => {
            if verify(path)?.state != State::Intact {
                return Err(HandError::Damaged(path.to_owned()));
            }
            let bytes = fs::read(path).map_err(|source| HandError::Read(path.to_owned(), source))?;
            let size = bytes.len() as u64;
            (!once(store, &key, bytes).await.map_err(failed)?, size)
        }
        Err(source) => return Err(failed(source)),
    };
    // The listing names only what is there: the entry comes after the bytes.
    let entry = entry_key(&reader, digest)?;
    let description = Description::of(key.to_string(), &reader);
    let text = crate::printer::object_line("cyclorama.take/1", &description);
    once(store, &entry, text.into_bytes()).await.map_err(failed)?;
    let mut added = 0;
    for note in notes::read(path)? {
        let text = serde_json::to_string(&note).unwrap_or_default();
        let short = Digest::of(text.as_bytes()).to_string();
        let place = Key::new(format!("{NOTES}{digest}/{}-{}.json", note.at.file_stamp(), &short[..SHORT]))?;
        added += u64::from(once(store, &place, text.into_bytes()).await.map_err(failed)?);
    }
    let (key, digest) = (key.to_string(), digest.to_string());
    Ok(Handed { name, digest, key, bytes: size, known, notes: added })
}

/// Where the bytes of the take with this digest lie.
pub(super) fn take_key(digest: &str) -> Result<Key, KeyError> {
    Key::new(format!("takes/{digest}.take"))
}

/// Sorted by time, then by name.
fn entry_key(reader: &Reader, digest: Digest) -> Result<Key, KeyError> {
    let info = reader.info();
    let (name, short) = (portable(&info.name), digest.to_string());
    Key::new(format!("{LISTING}{}-{name}-{}.json", info.recorded_at.file_stamp(), &short[..SHORT]))
}

/// A take's name as it stands in that of its entry.
pub(super) fn portable(name: &str) -> String {
    let portable =
        |letter: char| if letter.is_ascii_alphanumeric() || "-_".contains(letter) { letter } else { '-' };
    name.chars().take(60).map(portable).collect()
}

/// Writes what is not there yet; whether it was not.
async fn once(store: &dyn Store, key: &Key, bytes: Vec<u8>) -> Result<bool, StoreError> {
    match store.put(key, Bytes::from(bytes), Condition::Absent).await {
        Ok(_) => Ok(true),
        Err(StoreError::Precondition { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

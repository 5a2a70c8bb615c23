//! One take out of a store again, by what people call it or by its digest.

use bytes::Bytes;
use cyclorama_assets::{
    Key, KeyError,
    store::{Store, StoreError, list_pages},
};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_tracking::slate::notes::Note;

use super::hand::{LISTING, NOTES, SHORT, portable, take_key};
use crate::commands::take::description::Description;

/// A digest may be named by so many of its first figures.
const LEAST_FIGURES: usize = 6;

/// A take as a store has it.
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    /// What its entry in the listing says.
    pub(crate) description: Description,
    /// The whole take.
    pub(crate) bytes: Bytes,
}

/// Why a take does not come out of a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FetchError {
    /// No entry of the listing is about it.
    #[error("no take `{0}` was handed to this store")]
    NotThere(String),
    /// Several have the name.
    #[error("{} takes there are called `{asked}`", digests.len())]
    Several {
        /// The name.
        asked: String,
        /// How they are told apart.
        digests: Vec<String>,
    },
    /// An entry that cannot be read.
    #[error("`{0}` is no entry of a take")]
    Entry(Key),
    /// The store does not give it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its digest makes no key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Classify for FetchError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotThere(_) => Kind::NotFound,
            Self::Several { .. } => Kind::User,
            Self::Entry(_) | Self::Key(_) => Kind::Integrity,
            Self::Store(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotThere(_) => Some("`cyclorama take list STORE` names those that were".to_owned()),
            Self::Several { digests, .. } => {
                Some(format!("name one by its digest, as STORE@DIGEST: {}", digests.join(", ")))
            }
            Self::Store(source) => source.hint(),
            Self::Entry(_) | Self::Key(_) => None,
        }
    }
}

/// The take that is called `asked`, or whose digest begins so. Whether its bytes are what they shall be is for who reads
/// them to say.
pub(crate) async fn fetch(store: &dyn Store, asked: &str) -> Result<Fetched, FetchError> {
    let mut found: Vec<Description> = Vec::new();
    for key in entries(store).await?.into_iter().filter(|key| may_be(key, asked)) {
        let entry = store.get(&key).await?;
        let Ok(description) = serde_json::from_slice::<Description>(&entry.bytes) else {
            return Err(FetchError::Entry(key));
        };
        let is_it = description.name == asked || is_begin_of(asked, &description.digest);
        // Copies of one take are one take, whatever they are called there.
        if is_it && found.iter().all(|other| other.digest != description.digest) {
            found.push(description);
        }
    }
    let description = match found.len() {
        0 => return Err(FetchError::NotThere(asked.to_owned())),
        1 => found.remove(0),
        _ => {
            // What an entry says is somebody else's text: it is cut by letters.
            let digests = found.into_iter().map(|take| take.digest.chars().take(SHORT).collect());
            return Err(FetchError::Several { asked: asked.to_owned(), digests: digests.collect() });
        }
    };
    let bytes = store.get(&take_key(&description.digest)?).await?.bytes;
    Ok(Fetched { description, bytes })
}

/// What was noted of the take with this digest, oldest first.
pub(crate) async fn notes(store: &dyn Store, digest: &str) -> Result<Vec<Note>, FetchError> {
    let mut found = Vec::new();
    for key in listed(store, &format!("{NOTES}{digest}/")).await? {
        let note = store.get(&key).await?;
        found.push(serde_json::from_slice(&note.bytes).map_err(|_| FetchError::Entry(key))?);
    }
    Ok(found)
}

/// Whether takes were ever handed to this store.
pub(crate) async fn has_takes(store: &dyn Store) -> Result<bool, StoreError> {
    Ok(!store.list(LISTING, None, 1).await?.objects.is_empty())
}

/// The entries of all takes in this store, oldest first.
pub(crate) async fn entries(store: &dyn Store) -> Result<Vec<Key>, StoreError> {
    listed(store, LISTING).await
}

async fn listed(store: &dyn Store, prefix: &str) -> Result<Vec<Key>, StoreError> {
    let mut keys = Vec::new();
    let page = |page: Vec<(Key, u64)>| {
        keys.extend(page.into_iter().map(|(key, _)| key));
        Ok::<_, StoreError>(())
    };
    list_pages(store, prefix, None, page).await?;
    Ok(keys)
}

/// Whether an entry can be about what was asked for, as far as its own name tells: not each has to be read.
fn may_be(key: &Key, asked: &str) -> bool {
    let Some((rest, digest)) = key.as_str().trim_end_matches(".json").rsplit_once('-') else { return false };
    rest.ends_with(&format!("-{}", portable(asked)))
        || is_begin_of(asked, digest)
        || (!digest.is_empty() && is_begin_of(digest, asked))
}

fn is_begin_of(short: &str, digest: &str) -> bool {
    short.len() >= LEAST_FIGURES && digest.starts_with(short)
}

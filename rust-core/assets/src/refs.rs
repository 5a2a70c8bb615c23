//! A ref: a name that points to a snapshot. The only thing in a store that changes, and only by compare-and-swap.

use std::{fmt, str::FromStr};

use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Serialize};

use crate::{
    Key, SnapshotId,
    snapshot::{decode_json, with_check},
    store::nonce,
    wire::FormatError,
};

/// A ref's name: 1 to 100 bytes of `a-z A-Z 0-9 . _ -`, as portable as an object's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RefName(String);

/// The text is no ref's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name of a ref: letters, digits, `.`, `_` and `-`, at most 100")]
pub struct RefNameError(pub String);

impl Classify for RefNameError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

impl RefName {
    /// The ref that is meant where none is named.
    pub fn main() -> Self {
        Self("main".to_owned())
    }

    /// # Errors
    /// [`RefNameError`] for any text that is not as described above.
    pub fn new(text: impl Into<String>) -> Result<Self, RefNameError> {
        let text = text.into();
        if text.len() <= 100 && !text.contains('/') && Key::new(text.as_str()).is_ok() {
            Ok(Self(text))
        } else {
            Err(RefNameError(text))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the ref lies in a store.
    pub fn key(&self) -> Key {
        Key::new(format!("{}{}", Self::PREFIX, self.0))
            .unwrap_or_else(|_| unreachable!("a checked name is portable"))
    }

    /// The folder of refs in a store, as the prefix of a listing.
    pub const PREFIX: &'static str = "refs/";
}

impl fmt::Display for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RefName {
    type Err = RefNameError;
    fn from_str(text: &str) -> Result<Self, RefNameError> {
        Self::new(text)
    }
}

impl TryFrom<String> for RefName {
    type Error = RefNameError;
    fn try_from(text: String) -> Result<Self, RefNameError> {
        Self::new(text)
    }
}

impl From<RefName> for String {
    fn from(name: RefName) -> Self {
        name.0
    }
}

/// What a ref says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ref {
    schema: String,
    /// Its own name, so that one ref cannot be put in another's place.
    pub name: RefName,
    /// The version it points to.
    pub snapshot: SnapshotId,
    /// Counts up by one with every move, also when it moves to an older snapshot.
    pub sequence: u64,
    /// The garbage collection that was known when it moved.
    pub gc_epoch: u64,
    /// Who moved it.
    pub by: String,
    /// When, in milliseconds since 1970, by that machine's clock. Decides nothing.
    pub moved_ms: u64,
    /// Whether it is being made and may still come to nothing: nobody sees it yet, and a collection already keeps what
    /// it points to.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) tentative: bool,
    /// Whether it may be set or removed by hand only with force. Publishing is not hindered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
    /// Random: no two versions of a ref ever have the same bytes.
    pub nonce: String,
}

impl Ref {
    /// A ref's first version. Its sequence number is 1.
    pub fn first(name: RefName, snapshot: SnapshotId, by: String, moved_ms: u64) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            name,
            snapshot,
            sequence: 1,
            gc_epoch: 0,
            by,
            moved_ms,
            tentative: false,
            protected: false,
            nonce: nonce(),
        }
    }

    /// This ref moved to another snapshot.
    #[must_use]
    pub fn moved(&self, snapshot: SnapshotId, by: String, moved_ms: u64) -> Self {
        let sequence = self.sequence.saturating_add(1);
        Self { snapshot, sequence, by, moved_ms, nonce: nonce(), ..self.clone() }
    }

    /// The first step of making this ref: not seen yet.
    pub(crate) fn tentatively(&self) -> Self {
        Self { tentative: true, nonce: nonce(), ..self.clone() }
    }

    /// This ref where it is, known to be from after a collection.
    pub(crate) fn fenced(&self, epoch: u64) -> Self {
        Self { gc_epoch: epoch, nonce: nonce(), ..self.clone() }
    }

    /// The bytes before they are sealed.
    pub fn encode(&self) -> Vec<u8> {
        with_check(serde_json::to_vec(self).unwrap_or_else(|_| unreachable!("plain data becomes JSON")))
    }

    /// Reads the ref that lies under `name`.
    ///
    /// # Errors
    /// [`FormatError`] when it is damaged, from a later version, or another ref's.
    pub fn decode(bytes: &[u8], name: &RefName) -> Result<Self, FormatError> {
        let read: Self = decode_json(bytes, OBJECT, SCHEMA)?;
        let damaged = |problem| Err(FormatError::Damaged { object: OBJECT, problem });
        if read.name != *name {
            return damaged("it is another ref's");
        }
        if read.sequence == 0 {
            return damaged("its sequence number is 0");
        }
        Ok(read)
    }
}

const OBJECT: &str = "ref";
const SCHEMA: &str = "cyclorama.ref/1";

#[cfg(test)]
mod tests {
    use cyclorama_time::UtcTime;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn snapshot(text: &[u8]) -> SnapshotId {
        SnapshotId::of(text, UtcTime::from_seconds(1.7e9))
    }

    #[test]
    fn moving_counts_up_and_never_repeats_bytes() {
        let first = Ref::first(RefName::main(), snapshot(b"one"), "ann".to_owned(), 5);
        let there = first.moved(snapshot(b"two"), "ben".to_owned(), 6);
        let back = there.moved(snapshot(b"one"), "ann".to_owned(), 5);
        assert_eq!((first.sequence, there.sequence, back.sequence), (1, 2, 3));
        assert_ne!(first.encode(), back.encode());
        assert_ne!(
            first.moved(first.snapshot, String::new(), 5),
            first.moved(first.snapshot, String::new(), 5)
        );
        assert_eq!(Ref::decode(&back.encode(), &RefName::main()), Ok(back));
    }

    #[test]
    fn a_ref_in_anothers_place_is_refused() {
        let stage = RefName::new("stage").expect("a name");
        let other = Ref::first(stage, snapshot(b"one"), String::new(), 0);
        assert!(Ref::decode(&other.encode(), &RefName::main()).is_err());
    }

    #[test]
    fn names_are_plain() {
        for name in ["main", "stage-7", "v1.2_final"] {
            assert_eq!(RefName::new(name).expect("a name").key().as_str(), format!("refs/{name}"));
        }
        for name in ["", "a/b", "..", ".x", "a b", "con", "a~1", "a@b", &"x".repeat(101)] {
            assert!(RefName::new(name).is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_damaged_byte_is_refused(at in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut bytes = Ref::first(RefName::main(), snapshot(b"one"), "ann".to_owned(), 5).encode();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert!(Ref::decode(&bytes, &RefName::main()).is_err());
        }

        #[test]
        fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
            let _ = Ref::decode(&bytes, &RefName::main());
        }
    }
}

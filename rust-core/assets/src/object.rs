//! Names of the store's immutable objects: when they were made, and what they hold.
//!
//! An id is 6 bytes of milliseconds since 1970 and the first 26 bytes of the BLAKE3 digest of the object as it is
//! stored. So a listing is in the order of time, and whoever reads an object can tell whether it is the one that was
//! named. The time only sorts; nothing is decided by comparing two machines' clocks.

use std::{fmt, str::FromStr};

use cyclorama_content::{Digest, ParseDigestError};
use cyclorama_time::UtcTime;
use serde::{Deserialize, Serialize};

use crate::Key;

/// Time and digest, 32 bytes, written as 64 lower-case hex digits.
fn stamp(bytes: &[u8], made: UtcTime) -> Digest {
    let millis = u64::try_from(made.nanos() / 1_000_000).unwrap_or(0);
    let mut id = [0; 32];
    id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    id[6..].copy_from_slice(&Digest::of(bytes).as_bytes()[..26]);
    Digest::from_bytes(id)
}

macro_rules! object_id {
    ($(#[$doc:meta])* $name:ident, $folder:literal, $key:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Digest);

        impl $name {
            /// The folder of these objects in a store, as the prefix of a listing.
            pub const PREFIX: &'static str = concat!($folder, "/");

            /// The id of an object that is stored as `bytes`, made at `made`.
            pub fn of(bytes: &[u8], made: UtcTime) -> Self {
                Self(stamp(bytes, made))
            }

            /// Whether `bytes` are the object that was given this id.
            pub fn names(&self, bytes: &[u8]) -> bool {
                self.0.as_bytes()[6..] == Digest::of(bytes).as_bytes()[..26]
            }

            /// When the object was made, by its writer's clock, to the millisecond.
            pub fn made(&self) -> UtcTime {
                let mut millis = [0; 8];
                millis[2..].copy_from_slice(&self.0.as_bytes()[..6]);
                UtcTime::from_nanos(i64::try_from(u64::from_be_bytes(millis)).unwrap_or(0).saturating_mul(1_000_000))
            }

            /// An id from its 32 bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(Digest::from_bytes(bytes))
            }

            /// The 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                self.0.as_bytes()
            }

            /// The first 16 hex digits, for people: the time and a little more.
            pub fn short(&self) -> String {
                self.to_string()[..16].to_owned()
            }

            /// Where the object lies.
            pub fn key(&self) -> Key {
                let name: fn(&str) -> String = $key;
                Key::new(name(&self.to_string())).unwrap_or_else(|_| unreachable!("hex digits are portable"))
            }

            /// The id in a key of a listing; `None` when the key names something else.
            pub fn from_key(key: &Key) -> Option<Self> {
                let text = key.as_str().rsplit('/').next()?;
                let id: Self = text.parse().ok()?;
                // An id is written in one way alone, so its text says which key it has.
                let name: fn(&str) -> String = $key;
                (name(text) == key.as_str()).then_some(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.short())
            }
        }

        impl FromStr for $name {
            type Err = ParseDigestError;

            fn from_str(text: &str) -> Result<Self, ParseDigestError> {
                text.parse().map(Self)
            }
        }
    };
}

object_id!(
    /// Names a pack.
    PackId,
    "packs",
    // Six digits are four and a half hours: a folder of them stays of a size that file systems like.
    |id| format!("packs/{}/{id}", &id[..6])
);
object_id!(
    /// Names an index object.
    IndexId,
    "index",
    |id| format!("index/{id}")
);
object_id!(
    /// Names a snapshot.
    SnapshotId,
    "snap",
    |id| format!("snap/{id}")
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_say_what_and_when_and_sort_by_time() {
        let at = |seconds| UtcTime::from_seconds(seconds);
        let (early, late) = (PackId::of(b"one", at(1.7e9)), PackId::of(b"two", at(1.7e9 + 0.001)));
        assert!(early < late && early.key() < late.key());
        assert!(early.names(b"one") && !early.names(b"two"));
        assert_eq!(early.made(), at(1.7e9));
        assert_eq!(early.to_string().parse(), Ok(early));
    }

    #[test]
    fn keys_lead_back_to_ids_and_other_keys_do_not() {
        let id = PackId::of(b"one", UtcTime::from_seconds(1.7e9));
        assert_eq!(PackId::from_key(&id.key()), Some(id));
        assert!(id.key().as_str().starts_with(PackId::PREFIX));
        for other in [format!("packs/{id}"), format!("index/{id}"), "packs/x".to_owned()] {
            assert_eq!(PackId::from_key(&Key::new(other).expect("a key")), None);
        }
    }

    #[test]
    fn times_before_1970_are_kept_as_its_start() {
        assert_eq!(PackId::of(b"x", UtcTime::from_nanos(-5)).made(), UtcTime::from_nanos(0));
    }
}

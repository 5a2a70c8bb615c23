//! Client-side encryption: what the store's owner cannot read, and cannot change without being noticed.
//!
//! One master key per production, from a file ([`KeySource`]) or wrapped by a key service ([`KeyService`]). Everything
//! used is derived from it: the sealing key, the key of chunk ids, and the seed of chunk boundaries. Each sealed thing is XChaCha20-Poly1305 under a random nonce, bound
//! to what it is and to its name, so that one thing cannot be put in another's place.
//!
//! The keys are never shown, logged, or written into the store.

mod key;
pub(crate) mod service;

use chacha20poly1305::{
    Tag, XChaCha20Poly1305, XNonce,
    aead::{AeadInOut, KeyInit},
};
use cyclorama_content::ChunkIds;
use rand::RngCore;

pub use key::{KeyFile, KeyProblem, KeySource, MasterKey};
pub use service::{KeyService, WrappedKey};

use crate::wire::FormatError;

/// What is sealed. Part of what the seal binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Sealed {
    Chunk = 1,
    Footer = 2,
    Index = 3,
    Snapshot = 4,
    Ref = 5,
    Check = 6,
    Collection = 7,
}

impl Sealed {
    fn object(self) -> &'static str {
        match self {
            Self::Chunk => "chunk",
            Self::Footer => "pack",
            Self::Index => "index",
            Self::Snapshot => "snapshot",
            Self::Ref => "ref",
            Self::Check => "key check",
            Self::Collection => "garbage collection",
        }
    }
}

/// Seals and opens, or leaves bytes as they are in a store without encryption.
#[derive(Clone)]
pub(crate) struct Sealer(Option<XChaCha20Poly1305>);

impl Sealer {
    /// Leaves bytes as they are.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    pub(crate) fn new(master: &MasterKey) -> Self {
        Self(Some(XChaCha20Poly1305::new(&master.derive(CONTEXT_SEAL).into())))
    }

    /// Bytes that a seal adds.
    pub(crate) fn overhead(&self) -> usize {
        if self.0.is_some() { NONCE + TAG } else { 0 }
    }

    /// Appends the sealed form of `plain` to `out`: nonce, ciphertext, tag.
    pub(crate) fn seal_into(&self, kind: Sealed, name: &[u8], plain: &[u8], out: &mut Vec<u8>) {
        let Some(cipher) = &self.0 else {
            out.extend_from_slice(plain);
            return;
        };
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        out.extend_from_slice(&nonce);
        let start = out.len();
        out.extend_from_slice(plain);
        let tag = cipher
            .encrypt_inout_detached(&XNonce::from(nonce), &bound(kind, name), (&mut out[start..]).into())
            .unwrap_or_else(|_| unreachable!("no object is as long as the cipher's limit of 256 GiB"));
        out.extend_from_slice(&tag);
    }

    pub(crate) fn seal(&self, kind: Sealed, name: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(plain.len() + self.overhead());
        self.seal_into(kind, name, plain, &mut out);
        out
    }

    /// What was sealed, in `buffer` when something had to be done for it.
    pub(crate) fn open<'a>(
        &self,
        kind: Sealed,
        name: &[u8],
        sealed: &'a [u8],
        buffer: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], FormatError> {
        let Some(cipher) = &self.0 else { return Ok(sealed) };
        let refused = FormatError::Seal { object: kind.object() };
        let (nonce, rest) = sealed.split_first_chunk::<NONCE>().ok_or(refused)?;
        let (body, tag) = rest.split_last_chunk::<TAG>().ok_or(refused)?;
        buffer.clear();
        buffer.extend_from_slice(body);
        cipher
            .decrypt_inout_detached(
                &XNonce::from(*nonce),
                &bound(kind, name),
                buffer.as_mut_slice().into(),
                &Tag::from(*tag),
            )
            .map_err(|_| refused)?;
        Ok(buffer)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Sealer(on)" } else { "Sealer(off)" })
    }
}

/// What a seal is bound to.
fn bound(kind: Sealed, name: &[u8]) -> Vec<u8> {
    let mut bound = Vec::with_capacity(1 + name.len());
    bound.push(kind as u8);
    bound.extend_from_slice(name);
    bound
}

/// The chunk ids and the boundaries' seed that go with a master key.
pub(crate) fn derived_ids(master: &MasterKey) -> (ChunkIds, u64) {
    (ChunkIds::keyed(master.derive(CONTEXT_IDS)), seed(&master.derive(CONTEXT_BOUNDARIES)))
}

/// The boundaries' seed that goes with a key.
pub(crate) fn seed(key: &[u8; 32]) -> u64 {
    let mut seed = [0; 8];
    seed.copy_from_slice(&key[..8]);
    u64::from_le_bytes(seed)
}

/// Bytes in lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The inverse of [`hex`]; `None` when it is none.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<_>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
}

const NONCE: usize = 24;
const TAG: usize = 16;
const CONTEXT_SEAL: &str = "cyclorama store 1: seal of objects";
const CONTEXT_IDS: &str = "cyclorama store 1: chunk ids";
const CONTEXT_BOUNDARIES: &str = "cyclorama store 1: chunk boundaries";

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn sealer(key: u8) -> Sealer {
        Sealer::new(&MasterKey::from_bytes([key; 32]))
    }

    #[test]
    fn a_seal_opens_only_for_its_key_kind_and_name() {
        let sealed = sealer(1).seal(Sealed::Ref, b"main", b"words");
        assert!(!sealed.windows(5).any(|window| window == b"words"));
        let open = |sealer: Sealer, kind, name: &[u8]| {
            sealer.open(kind, name, &sealed, &mut Vec::new()).map(<[u8]>::to_vec)
        };
        assert_eq!(open(sealer(1), Sealed::Ref, b"main"), Ok(b"words".to_vec()));
        assert!(open(sealer(2), Sealed::Ref, b"main").is_err());
        assert!(open(sealer(1), Sealed::Snapshot, b"main").is_err());
        assert!(open(sealer(1), Sealed::Ref, b"stage").is_err());
    }

    #[test]
    fn the_same_words_are_sealed_differently_each_time() {
        let sealer = sealer(1);
        assert_ne!(sealer.seal(Sealed::Chunk, b"", b"words"), sealer.seal(Sealed::Chunk, b"", b"words"));
    }

    #[test]
    fn without_a_key_bytes_stay_as_they_are() {
        assert_eq!(Sealer::none().seal(Sealed::Chunk, b"", b"words"), b"words");
        assert_eq!(Sealer::none().overhead(), 0);
    }

    #[test]
    fn keys_for_different_ends_differ_and_none_is_shown() {
        let master = MasterKey::from_bytes([0x5a; 32]);
        let (ids, boundaries) = derived_ids(&master);
        assert_ne!(ids, derived_ids(&MasterKey::from_bytes([0x5b; 32])).0);
        assert_ne!(boundaries, 0);
        let shown = format!("{master:?} {:?} {ids:?}", Sealer::new(&master));
        assert!(!shown.contains("5a") && !shown.contains("90"), "{shown}");
    }

    proptest! {
        #[test]
        fn opening_inverts_sealing_and_any_damage_is_refused(
            plain in vec(any::<u8>(), 0..99), at in any::<prop::sample::Index>(), flip in 1u8..,
        ) {
            let sealer = sealer(9);
            let mut sealed = sealer.seal(Sealed::Chunk, b"id", &plain);
            prop_assert_eq!(sealed.len(), plain.len() + sealer.overhead());
            let mut buffer = Vec::new();
            prop_assert_eq!(sealer.open(Sealed::Chunk, b"id", &sealed, &mut buffer), Ok(&plain[..]));
            let at = at.index(sealed.len());
            sealed[at] ^= flip;
            prop_assert!(sealer.open(Sealed::Chunk, b"id", &sealed, &mut Vec::new()).is_err());
            prop_assert!(sealer.open(Sealed::Chunk, b"id", &sealed[..at], &mut Vec::new()).is_err());
        }
    }
}

//! The format file: what every reader and writer of a store must agree on. Written once, never changed.

use cyclorama_content::{ChunkIds, Chunker, Chunking, ChunkingError, Digest};
use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Serialize};

use crate::{
    Key,
    seal::{KeyProblem, MasterKey, Sealed, Sealer, WrappedKey, derived_ids, hex, seed, unhex},
    snapshot::{has_right_check, with_check},
    wire::FormatError,
};

/// How many may write, by what the store was found to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writers {
    /// The store keeps its conditions: any number.
    Many,
    /// It does not: one at a time, and people have to see to that.
    Single,
}

/// What the format file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    schema: String,
    /// Random, so that a cache never mistakes one store for another: 32 hex digits.
    pub id: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
    /// What the probe found.
    pub writers: Writers,
    /// Where files are cut.
    pub chunking: Chunking,
    /// Packs are closed at about this many bytes.
    pub pack_target: u32,
    /// The key of chunk ids, in a store without encryption. Absent: ids are plain digests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_key: Option<Digest>,
    /// Present in an encrypted store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<SealFormat>,
}

/// How a store is encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealFormat {
    /// `xchacha20-poly1305`.
    pub cipher: String,
    /// A sealed nothing in hex digits: tells the right key from a wrong one.
    pub check: String,
    /// The master key as a key service wrapped it; absent when it is in a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<WrappedKey>,
}

/// What a new store shall be.
#[derive(Clone, Debug)]
pub struct FormatOptions {
    /// What the probe found.
    pub writers: Writers,
    /// Where files are cut.
    pub chunking: Chunking,
    /// Packs are closed at about this many bytes, 1 to 256 MiB.
    pub pack_target: u32,
    /// Whether chunk ids are keyed. Without a master key the id key is random and stands in the format file.
    pub keyed_ids: bool,
}

impl Default for FormatOptions {
    fn default() -> Self {
        Self {
            writers: Writers::Many,
            chunking: Chunking::default(),
            pack_target: PACK_TARGET,
            keyed_ids: true,
        }
    }
}

/// Why a place is no store that can be worked with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFormatError {
    /// The format file is damaged, or from a later version.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The format file is not its JSON.
    #[error("the store's format file is damaged")]
    Json(#[from] serde_json::Error),
    /// The chunk sizes are impossible.
    #[error("the store's format file is damaged")]
    Chunking(#[from] ChunkingError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyProblem),
}

impl Classify for OpenFormatError {
    fn kind(&self) -> Kind {
        match self {
            Self::Format(source) => source.kind(),
            Self::Json(_) => Kind::Integrity,
            Self::Chunking(source) => source.kind(),
            Self::Key(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Format(source) => source.hint(),
            Self::Key(source) => source.hint(),
            _ => None,
        }
    }
}

/// What follows from the format and the key: how this store cuts, names and seals.
#[derive(Clone, Debug)]
pub(crate) struct Coding {
    pub(crate) ids: ChunkIds,
    pub(crate) sealer: Sealer,
    pub(crate) small: Chunker,
    pub(crate) large: Chunker,
}

impl Format {
    /// The key of the format file in a store.
    pub fn key() -> Key {
        Key::new("format.json").unwrap_or_else(|_| unreachable!("the name is portable"))
    }

    /// A name for a new store, by which its key is asked for.
    pub(crate) fn new_id() -> String {
        format!("{:032x}", rand::random::<u128>())
    }

    /// The format of the new store called `id`, encrypted when there is a key.
    pub(crate) fn new(
        options: FormatOptions,
        created_ms: u64,
        id: String,
        key: Option<(MasterKey, Option<WrappedKey>)>,
    ) -> Self {
        let id_key: [u8; 32] = rand::random();
        Self {
            schema: SCHEMA.to_owned(),
            id,
            created_ms,
            writers: options.writers,
            chunking: options.chunking,
            pack_target: options.pack_target.clamp(SMALLEST_PACK, LARGEST_PACK),
            id_key: (options.keyed_ids && key.is_none()).then(|| Digest::from_bytes(id_key)),
            seal: key.map(|(master, wrapped)| SealFormat {
                cipher: CIPHER.to_owned(),
                check: hex(&Sealer::new(&master).seal(Sealed::Check, b"", b"")),
                key: wrapped,
            }),
        }
    }

    /// The format of another store that names, cuts and seals as this one.
    pub(crate) fn of_a_copy(&self, created_ms: u64) -> Self {
        Self { id: Self::new_id(), created_ms, writers: Writers::Many, ..self.clone() }
    }

    /// Whether what lies in the other store could lie in this one as it is.
    pub(crate) fn codes_as(&self, other: &Self) -> bool {
        (&self.chunking, &self.id_key, &self.seal) == (&other.chunking, &other.id_key, &other.seal)
    }

    /// The file's bytes.
    pub fn encode(&self) -> Vec<u8> {
        with_check(serde_json::to_vec(self).unwrap_or_else(|_| unreachable!("plain data becomes JSON")))
    }

    /// Reads the file's bytes.
    ///
    /// # Errors
    /// [`OpenFormatError`] when the file is damaged or from a later version.
    pub fn decode(bytes: &[u8]) -> Result<Self, OpenFormatError> {
        let damaged = |problem| FormatError::Damaged { object: OBJECT, problem };
        if bytes.len() > LONGEST {
            return Err(damaged("it is too long").into());
        }
        #[derive(Deserialize)]
        struct Header {
            schema: String,
        }
        let header: Header = serde_json::from_slice(bytes)?;
        match header.schema.strip_prefix(SCHEMA_NAME).map(str::parse::<u32>) {
            Some(Ok(1)) if has_right_check(bytes) => {}
            Some(Ok(1)) => return Err(damaged("it does not match its check").into()),
            Some(Ok(found)) if found > 1 => {
                return Err(FormatError::Version { object: OBJECT, found, known: 1 }.into());
            }
            _ => return Err(damaged("its schema is another one").into()),
        }
        let format: Self = serde_json::from_slice(bytes)?;
        format.chunking.check()?;
        let is_id = format.id.len() == 32 && format.id.bytes().all(|c| c.is_ascii_hexdigit());
        if !is_id || !(SMALLEST_PACK..=LARGEST_PACK).contains(&format.pack_target) {
            return Err(damaged("a value is out of range").into());
        }
        if let Some(seal) = &format.seal {
            if seal.cipher != CIPHER {
                return Err(FormatError::Version { object: OBJECT, found: 2, known: 1 }.into());
            }
            if seal.key.as_ref().is_some_and(|key| !key.is_plausible()) {
                return Err(damaged("its wrapped key is none").into());
            }
        }
        Ok(format)
    }

    /// How this store cuts, names and seals.
    pub(crate) fn coding(&self, master: Option<&MasterKey>) -> Result<Coding, OpenFormatError> {
        let (ids, seed, sealer) = match (&self.seal, master) {
            (None, None) => match &self.id_key {
                Some(key) => (ChunkIds::keyed(*key.as_bytes()), seed(key.as_bytes()), Sealer::none()),
                None => (ChunkIds::plain(), 0, Sealer::none()),
            },
            (None, Some(_)) => return Err(KeyProblem::NotNeeded.into()),
            (Some(_), None) => return Err(KeyProblem::Missing.into()),
            (Some(seal), Some(master)) => {
                let sealer = Sealer::new(master);
                let check = unhex(&seal.check).ok_or(KeyProblem::Wrong)?;
                sealer.open(Sealed::Check, b"", &check, &mut Vec::new()).map_err(|_| KeyProblem::Wrong)?;
                let (ids, seed) = derived_ids(master);
                (ids, seed, sealer)
            }
        };
        let small = Chunker::new(self.chunking.small, seed)?;
        let large = Chunker::new(self.chunking.large, seed)?;
        Ok(Coding { ids, sealer, small, large })
    }
}

const OBJECT: &str = "format file";
const SCHEMA_NAME: &str = "cyclorama.store/";
const SCHEMA: &str = "cyclorama.store/1";
const CIPHER: &str = "xchacha20-poly1305";
pub(crate) const LONGEST: usize = 1 << 18;
/// Reaches the ceiling of a connection, and a killed upload loses little.
const PACK_TARGET: u32 = 16 << 20;
const SMALLEST_PACK: u32 = 1 << 20;
const LARGEST_PACK: u32 = 256 << 20;

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn made(master: Option<MasterKey>) -> Format {
        let key = master.map(|master| (master, None));
        Format::new(FormatOptions::default(), 7, Format::new_id(), key)
    }

    #[test]
    fn the_file_comes_back() {
        let wrapped = WrappedKey::new("aws-kms", "arn:aws:kms:eu-west-1:1:key/2", "0a", &[7; 184]);
        let sealed = |wrapped| Some((MasterKey::random(), wrapped));
        for (keyed_ids, key) in
            [(true, None), (false, None), (true, sealed(None)), (true, sealed(Some(wrapped)))]
        {
            let options = FormatOptions { keyed_ids, ..Default::default() };
            let format = Format::new(options, 7, Format::new_id(), key.clone());
            let read = Format::decode(&format.encode()).expect("reads");
            assert_eq!(read, format);
            let coding = read.coding(key.as_ref().map(|(master, _)| master)).expect("opens");
            assert_eq!(coding.ids == ChunkIds::plain(), !keyed_ids);
        }
    }

    #[test]
    fn a_wrong_or_missing_key_is_told_before_anything_is_read() {
        let right = MasterKey::random();
        let sealed = made(Some(right.clone()));
        let open = made(None);
        let problem = |format: &Format, key: Option<&MasterKey>| match format.coding(key) {
            Err(OpenFormatError::Key(problem)) => problem,
            other => panic!("{other:?}"),
        };
        assert!(matches!(problem(&sealed, None), KeyProblem::Missing));
        assert!(matches!(problem(&sealed, Some(&MasterKey::random())), KeyProblem::Wrong));
        assert!(matches!(problem(&open, Some(&right)), KeyProblem::NotNeeded));
        assert!(!String::from_utf8_lossy(&sealed.encode()).contains(&right.to_text()));
    }

    #[test]
    fn later_versions_and_impossible_values_are_refused() {
        let text = String::from_utf8(made(None).encode()).expect("text");
        let refused = |from: &str, to: &str| {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from} is there");
            let open = changed.rfind(",\"check\"").expect("a check");
            let rechecked = with_check(format!("{}}}", &changed[..open]).into_bytes());
            Format::decode(&rechecked).expect_err("refused").kind()
        };
        assert_eq!(refused("store/1", "store/2"), Kind::Refused);
        assert_eq!(refused("store/1", "ledger/1"), Kind::Integrity);
        assert_eq!(refused("\"min\":16384", "\"min\":16385"), Kind::Integrity);
        assert_eq!(refused("\"pack_target\":16777216", "\"pack_target\":4000000000"), Kind::Integrity);
        assert_eq!(refused("\"many\"", "\"everybody\""), Kind::Integrity);
        assert!(Format::decode(&vec![b' '; LONGEST + 1]).is_err());
    }

    proptest! {
        #[test]
        fn any_damaged_byte_is_refused(at in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut bytes = made(None).encode();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert!(Format::decode(&bytes).is_err());
        }

        #[test]
        fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
            let _ = Format::decode(&bytes);
        }
    }
}

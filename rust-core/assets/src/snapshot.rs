//! A snapshot: one published version, immutable, named by time and content.

use cyclorama_content::{ChunkId, Digest};
use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Serialize};

use crate::{IndexId, SnapshotId, unreal::KeptTable, wire::FormatError};

/// A published version of the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    schema: String,
    /// When it was made, in milliseconds since 1970, by the publisher's clock.
    pub created_ms: u64,
    /// The node of its top folder.
    pub root: ChunkId,
    /// What it was made from: none for the first, the version replaced, and more after a merge.
    pub parents: Vec<SnapshotId>,
    /// Who made it.
    pub author: String,
    /// What they said about it.
    pub message: String,
    /// The version of the engine the content is for, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// The software that wrote it.
    pub tool: String,
    /// How much it is, and how much was new.
    pub stats: SnapshotStats,
    /// The index objects that between them know every chunk of it.
    pub indexes: Vec<IndexId>,
    /// What its packages refer to, as far as publishers learnt it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<KeptTable>,
}

/// How much a snapshot is. Bytes of content are before compression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotStats {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of chunks that the store did not have.
    pub bytes_new: u64,
    /// Bytes sent for it, packs and index.
    pub bytes_uploaded: u64,
}

/// A version that no reader would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotTooLong {
    /// What people say about it.
    #[error(
        "author, message and engine have {bytes} bytes together, and a version has room for {LONGEST_WORDS}"
    )]
    Words {
        /// As they are written down.
        bytes: usize,
    },
    /// What it is made of.
    #[error("a version of so many parents, index objects and tables cannot be written down")]
    Lists,
}

impl Classify for SnapshotTooLong {
    fn kind(&self) -> Kind {
        match self {
            Self::Words { .. } => Kind::User,
            Self::Lists => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        matches!(self, Self::Words { .. }).then(|| "say it in fewer words".to_owned())
    }
}

impl Snapshot {
    /// A snapshot of a folder, made from nothing, by nobody; fill in the rest.
    pub fn new(root: ChunkId, created_ms: u64) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            created_ms,
            root,
            parents: Vec::new(),
            author: String::new(),
            message: String::new(),
            engine: None,
            tool: concat!("cyclorama ", env!("CARGO_PKG_VERSION")).to_owned(),
            stats: SnapshotStats::default(),
            indexes: Vec::new(),
            dependencies: Vec::new(),
        }
    }

    /// The bytes before they are sealed.
    ///
    /// # Errors
    /// [`SnapshotTooLong`] where [`Self::decode`] would refuse them.
    pub fn encode(&self) -> Result<Vec<u8>, SnapshotTooLong> {
        check_words(&self.author, &self.message, self.engine.as_deref())?;
        if self.has_long_lists() {
            return Err(SnapshotTooLong::Lists);
        }
        Ok(with_check(serde_json::to_vec(self).unwrap_or_else(|_| unreachable!("plain data becomes JSON"))))
    }

    /// Reads what [`Self::encode`] wrote. Fields it does not know are passed over.
    ///
    /// # Errors
    /// [`FormatError`] when it is damaged or from a later version.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let snapshot: Self = decode_json(bytes, OBJECT, SCHEMA)?;
        if snapshot.has_long_lists() {
            return Err(FormatError::Damaged { object: OBJECT, problem: "a list in it is too long" });
        }
        Ok(snapshot)
    }

    fn has_long_lists(&self) -> bool {
        let Self { parents, indexes, dependencies, .. } = self;
        parents.len() > MOST_PARENTS || indexes.len() > MOST_INDEXES || dependencies.len() > MOST_TABLES
    }
}

/// Whether what people say about a version has room in it, beside the longest lists there are.
///
/// # Errors
/// [`SnapshotTooLong::Words`] when it has not.
pub(crate) fn check_words(author: &str, message: &str, engine: Option<&str>) -> Result<(), SnapshotTooLong> {
    let written = |text: &str| serde_json::to_string(text).map_or(usize::MAX, |text| text.len());
    let texts = [author, message, engine.unwrap_or_default()];
    match texts.into_iter().map(written).fold(0, usize::saturating_add) {
        bytes if bytes > LONGEST_WORDS => Err(SnapshotTooLong::Words { bytes }),
        _ => Ok(()),
    }
}

/// A JSON object with a last field that proves the others: `"check"`, the first 16 bytes of the BLAKE3 digest of
/// everything before it, in hex digits.
pub(crate) fn with_check(mut json: Vec<u8>) -> Vec<u8> {
    if json.last() == Some(&b'}') {
        json.pop();
        let check = Digest::of(&json).to_string();
        json.extend_from_slice(CHECK.as_bytes());
        json.extend_from_slice(&check.as_bytes()[..CHECK_DIGITS]);
        json.extend_from_slice(b"\"}");
    }
    json
}

/// Whether the last field proves the others.
pub(crate) fn has_right_check(json: &[u8]) -> bool {
    let Some(at) = json.len().checked_sub(CHECK.len() + CHECK_DIGITS + 2) else { return false };
    let (before, check) = json.split_at(at);
    let digits = &Digest::of(before).to_string()[..CHECK_DIGITS];
    check == format!("{CHECK}{digits}\"}}").as_bytes()
}

/// A JSON record of known schema and bounded length, `NAME/1`.
pub(crate) fn decode_json<T: serde::de::DeserializeOwned>(
    bytes: &[u8],
    object: &'static str,
    schema: &'static str,
) -> Result<T, FormatError> {
    #[derive(Deserialize)]
    struct Header {
        schema: String,
    }
    let damaged = |problem| FormatError::Damaged { object, problem };
    if bytes.len() as u64 > LONGEST_JSON {
        return Err(damaged("it is too long"));
    }
    let header: Header = serde_json::from_slice(bytes).map_err(|_| damaged("it is not its JSON"))?;
    let name = &schema[..schema.len() - 1];
    match header.schema.strip_prefix(name).map(str::parse::<u32>) {
        Some(Ok(1)) if !has_right_check(bytes) => Err(damaged("it does not match its check")),
        Some(Ok(1)) => serde_json::from_slice(bytes).map_err(|_| damaged("a field is missing or wrong")),
        Some(Ok(found)) if found > 1 => Err(FormatError::Version { object, found, known: 1 }),
        _ => Err(damaged("its schema is another one")),
    }
}

const CHECK: &str = ",\"check\":\"";
const CHECK_DIGITS: usize = 32;
const OBJECT: &str = "snapshot";
const SCHEMA: &str = "cyclorama.snapshot/1";
/// A ref or a snapshot has at most so many bytes before it is sealed.
pub(crate) const LONGEST_JSON: u64 = 1 << 20;
const MOST_PARENTS: usize = 64;
/// A snapshot never needs more index objects than this; publishers merge small ones long before.
pub(crate) const MOST_INDEXES: usize = 4096;
/// Nor more tables: each knows thousands of packages.
const MOST_TABLES: usize = 4096;
/// Bytes of author, message and engine together as JSON: the longest lists leave room for that.
const LONGEST_WORDS: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use cyclorama_content::ChunkIds;
    use cyclorama_time::UtcTime;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn snapshot() -> Snapshot {
        let mut snapshot = Snapshot::new(ChunkIds::plain().of(b"root"), 1_700_000_000_000);
        snapshot.parents.push(SnapshotId::of(b"before", UtcTime::from_seconds(1.6e9)));
        snapshot.author = "ann".to_owned();
        snapshot.message = "Wall moved \"left\"\nby 2 m".to_owned();
        snapshot.engine = Some("5.6".to_owned());
        snapshot.dependencies = vec![KeptTable { chunk: ChunkIds::plain().of(b"table"), files: 7 }];
        snapshot
    }

    fn encoded() -> Vec<u8> {
        snapshot().encode().expect("it is short")
    }

    #[test]
    fn a_snapshot_comes_back() {
        assert_eq!(Snapshot::decode(&encoded()), Ok(snapshot()));
    }

    #[test]
    fn what_no_reader_would_take_is_not_written_and_the_longest_that_is_written_is_read() {
        let mut long = snapshot();
        long.parents = vec![long.parents[0]; MOST_PARENTS];
        long.indexes = vec![IndexId::of(b"index", UtcTime::from_seconds(1.7e9)); MOST_INDEXES];
        let table = KeptTable { chunk: ChunkIds::plain().of(b"table"), files: u32::MAX };
        long.dependencies = vec![table; MOST_TABLES];
        let (author, engine) = (long.author.len() + 2, long.engine.as_ref().map_or(0, String::len) + 2);
        // Each of these is written as six.
        let room = LONGEST_WORDS - author - engine - 2;
        long.message = "\u{1}".repeat(room / 6) + &"a".repeat(room % 6);
        let bytes = long.encode().expect("it is written");
        assert_eq!(Snapshot::decode(&bytes), Ok(long.clone()), "{} bytes", bytes.len());
        let more = Snapshot { message: format!("{}a", long.message), ..long.clone() };
        let refused = more.encode().expect_err("one byte more");
        assert_eq!(
            (refused, refused.kind()),
            (SnapshotTooLong::Words { bytes: LONGEST_WORDS + 1 }, Kind::User)
        );
        long.parents.push(long.parents[0]);
        assert_eq!(long.encode(), Err(SnapshotTooLong::Lists));
    }

    #[test]
    fn fields_of_later_writers_are_passed_over_and_later_versions_refused() {
        let text = String::from_utf8(encoded()).expect("text");
        let open = &text[..text.len() - CHECK.len() - CHECK_DIGITS - 2];
        let more = with_check(format!("{open},\"signature\":\"later\"}}").into_bytes());
        assert_eq!(Snapshot::decode(&more), Ok(snapshot()));
        let later = text.replacen("snapshot/1", "snapshot/2", 1);
        assert_eq!(Snapshot::decode(later.as_bytes()).expect_err("later").kind(), Kind::Refused);
        let other = text.replacen("snapshot/1", "ref/1", 1);
        assert_eq!(Snapshot::decode(other.as_bytes()).expect_err("other").kind(), Kind::Integrity);
    }

    proptest! {
        #[test]
        fn a_cut_snapshot_is_refused(cut in any::<prop::sample::Index>()) {
            let bytes = encoded();
            prop_assert!(Snapshot::decode(&bytes[..cut.index(bytes.len())]).is_err());
        }

        #[test]
        fn any_damaged_byte_is_refused(at in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut bytes = encoded();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert!(Snapshot::decode(&bytes).is_err());
        }

        #[test]
        fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
            let _ = Snapshot::decode(&bytes);
        }
    }
}

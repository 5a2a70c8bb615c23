//! What this machine knows of the files in a working folder, so that nothing is read or fetched twice.
//!
//! One file for each content store, written whole and checked when it is read. It may be lost or damaged at any time:
//! then everything is read once more. It decides nothing about what is true, only what has to be looked at again.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use cyclorama_content::{ChunkId, Digest, Xxh128};

use super::OWN_FOLDER;
use super::stamp::Stamp;
use crate::SnapshotId;
use crate::wire::{FormatError, WireReader, WireWrite};

/// What is known of a file, as long as its stamp is what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// How it looked when it was read or written.
    pub stamp: Stamp,
    /// BLAKE3 of the whole file.
    pub content: Digest,
    /// XXH3-128 of the whole file.
    pub xxh128: Xxh128,
    /// Its chunks in this store, in order.
    pub chunks: Vec<ChunkId>,
    /// It is as the base version has it: hydrate may replace or remove it without asking.
    pub is_base: bool,
}

/// The version that a working folder was last brought to, or published as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The ref it came by.
    pub reference: String,
    /// The version.
    pub snapshot: SnapshotId,
}

/// All that is known of a working folder with one store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Where the folder stands; `None` before the first publish or hydrate.
    pub base: Option<Base>,
    files: HashMap<String, Known>,
}

impl State {
    /// Where the state of `root` with the store of this id lies.
    pub fn path(root: &Path, store: &str) -> PathBuf {
        root.join(OWN_FOLDER).join(store).join("state")
    }

    /// What is known; nothing when the file is missing, damaged or from a later version.
    pub fn load(root: &Path, store: &str) -> Self {
        let path = Self::path(root, store);
        match fs::read(&path).map(|bytes| Self::decode(&bytes)) {
            Ok(Ok(state)) => state,
            Ok(Err(error)) => {
                tracing::warn!(%error, "what was known of the files is lost; they are read again");
                Self::default()
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => {
                tracing::warn!(%error, "what was known of the files cannot be read; they are read again");
                Self::default()
            }
        }
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written. What was there stays.
    pub fn save(&self, root: &Path, store: &str) -> io::Result<()> {
        let path = Self::path(root, store);
        let folder = path.parent().unwrap_or(root);
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix("state-").tempfile_in(folder)?;
        file.write_all(&self.encode())?;
        file.as_file().sync_data()?;
        file.persist(&path).map_err(|failed| failed.error)?;
        Ok(())
    }

    /// What is known of the file at `path`, if it still looks as it did.
    pub fn known(&self, path: &str, stamp: &Stamp) -> Option<&Known> {
        self.files.get(path).filter(|known| known.stamp == *stamp)
    }

    /// What was known of the file at `path`, however it looks now.
    pub fn remembered(&self, path: &str) -> Option<&Known> {
        self.files.get(path)
    }

    /// Remembers a file.
    pub fn insert(&mut self, path: String, known: Known) {
        self.files.insert(path, known);
    }

    /// Forgets a file.
    pub fn remove(&mut self, path: &str) -> Option<Known> {
        self.files.remove(path)
    }

    /// Keeps what `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Known) -> bool) {
        self.files.retain(|path, known| keep(path, known));
    }

    /// Every file that is remembered, in no order.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Known)> {
        self.files.iter().map(|(path, known)| (path.as_str(), known))
    }

    /// How many files are remembered.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + self.files.len() * 200);
        bytes.extend_from_slice(MAGIC);
        bytes.push(VERSION);
        match &self.base {
            None => bytes.push(0),
            Some(base) => {
                bytes.push(1);
                bytes.put_text(&base.reference);
                bytes.extend_from_slice(base.snapshot.as_bytes());
            }
        }
        let mut paths: Vec<_> = self.files.iter().collect();
        paths.sort_unstable_by(|a, b| a.0.cmp(b.0));
        bytes.put_varint(paths.len() as u64);
        for (path, known) in paths {
            bytes.put_text(path);
            bytes.put_varint(known.stamp.size);
            bytes.put_signed(known.stamp.mtime_ns);
            bytes.put_signed(known.stamp.ctime_ns);
            bytes.extend_from_slice(&known.stamp.file_id.to_le_bytes());
            bytes.push(u8::from(known.is_base));
            bytes.extend_from_slice(known.content.as_bytes());
            bytes.extend_from_slice(&known.xxh128.to_bytes());
            bytes.put_varint(known.chunks.len() as u64);
            bytes.extend(known.chunks.iter().flat_map(ChunkId::as_bytes));
        }
        let digest = Digest::of(&bytes);
        bytes.extend_from_slice(digest.as_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let damaged = FormatError::Damaged { object: OBJECT, problem: "its digest does not match" };
        let (body, digest) =
            bytes.len().checked_sub(32).and_then(|at| bytes.split_at_checked(at)).ok_or(damaged)?;
        if Digest::of(body).as_bytes() != digest {
            return Err(damaged);
        }
        let mut reader = WireReader::new(body, OBJECT);
        reader.magic(MAGIC, VERSION)?;
        let base = match reader.u8()? {
            0 => None,
            _ => Some(Base {
                reference: reader.text(LONGEST_TEXT)?.to_owned(),
                snapshot: SnapshotId::from_bytes(reader.array()?),
            }),
        };
        let count = reader.count(SMALLEST_FILE)?;
        let mut files = HashMap::with_capacity(count);
        for _ in 0..count {
            let path = reader.text(LONGEST_TEXT)?.to_owned();
            files.insert(path, known(&mut reader)?);
        }
        reader.end()?;
        Ok(Self { base, files })
    }
}

fn known(reader: &mut WireReader<'_>) -> Result<Known, FormatError> {
    let stamp = Stamp {
        size: reader.varint()?,
        mtime_ns: reader.signed()?,
        ctime_ns: reader.signed()?,
        file_id: u128::from_le_bytes(reader.array()?),
    };
    let is_base = reader.u8()? != 0;
    let content = Digest::from_bytes(reader.array()?);
    let xxh128 = Xxh128::from_bytes(reader.array()?);
    let mut chunks = Vec::with_capacity(reader.count(32)?);
    for _ in 0..chunks.capacity() {
        chunks.push(ChunkId::from_bytes(reader.array()?));
    }
    Ok(Known { stamp, content, xxh128, chunks, is_base })
}

const OBJECT: &str = "record of a working folder";
const MAGIC: &[u8; 7] = b"CYCFILE";
const VERSION: u8 = 1;
const LONGEST_TEXT: usize = 8192;
const SMALLEST_FILE: usize = 16 + 32 + 16 + 6;

#[cfg(test)]
mod tests {
    use proptest::collection::{hash_map, vec};
    use proptest::prelude::*;

    use super::*;

    fn known() -> impl Strategy<Value = Known> {
        let stamp = (any::<u64>(), any::<i64>(), any::<i64>(), any::<u128>())
            .prop_map(|(size, mtime_ns, ctime_ns, file_id)| Stamp { size, mtime_ns, ctime_ns, file_id });
        (stamp, any::<[u8; 32]>(), any::<[u8; 16]>(), vec(any::<[u8; 32]>(), 0..4), any::<bool>()).prop_map(
            |(stamp, content, xxh128, chunks, is_base)| Known {
                stamp,
                content: Digest::from_bytes(content),
                xxh128: Xxh128::from_bytes(xxh128),
                chunks: chunks.into_iter().map(ChunkId::from_bytes).collect(),
                is_base,
            },
        )
    }

    prop_compose! {
        fn state()(files in hash_map("[a-zé/]{1,12}", known(), 0..6), base in any::<Option<[u8; 32]>>()) -> State {
            let base = base.map(|id| Base { reference: "main".to_owned(), snapshot: SnapshotId::from_bytes(id) });
            State { base, files }
        }
    }

    #[test]
    fn a_damaged_or_missing_state_is_an_empty_one_and_saving_mends_it() {
        let root = tempfile::tempdir().expect("a folder");
        assert_eq!(State::load(root.path(), "store"), State::default());
        let mut state = State::default();
        let known = Known {
            stamp: Stamp { size: 3, ..Stamp::default() },
            content: Digest::of(b"abc"),
            xxh128: Xxh128::of(b"abc"),
            chunks: Vec::new(),
            is_base: true,
        };
        state.insert("a".to_owned(), known.clone());
        state.save(root.path(), "store").expect("saves");
        assert_eq!(State::load(root.path(), "store").known("a", &known.stamp), Some(&known));
        assert_eq!(State::load(root.path(), "store").known("a", &Stamp::default()), None);
        fs::write(State::path(root.path(), "store"), b"damaged").expect("writes");
        assert!(State::load(root.path(), "store").is_empty());
        state.save(root.path(), "store").expect("saves");
        assert_eq!(State::load(root.path(), "store"), state);
    }

    proptest! {
        #[test]
        fn a_state_comes_back(state in state()) {
            prop_assert_eq!(State::decode(&state.encode()), Ok(state));
        }

        #[test]
        fn any_damaged_byte_is_refused(state in state(), at in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut bytes = state.encode();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert!(State::decode(&bytes).is_err());
        }

        #[test]
        fn any_bytes_never_panic(mut bytes in vec(any::<u8>(), 0..200), valid in any::<bool>()) {
            if valid {
                let digest = Digest::of(&bytes);
                bytes.extend_from_slice(digest.as_bytes());
            }
            let _ = State::decode(&bytes);
        }
    }
}

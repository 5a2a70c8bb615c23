//! The journal of a publish: which packs are in the store already, and what is known of the files in them.
//!
//! It lies beside the folder's state, is appended to and brought to the disk once per pack, and removed when the
//! publish is done. After a kill the next publish reads it and goes on. A record that is damaged ends it: what
//! follows is done again. It is a shortcut, not a truth: without it, packs are found in the store.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cyclorama_content::{ChunkId, Digest, Xxh128};

use super::source::Stamp;
use crate::{
    PackId,
    codec::Codec,
    pack::PackEntry,
    tree::FileEntry,
    unreal::{Dependencies, DependencyTable},
    wire::{FormatError, WireReader, WireWrite},
};

/// A pack that is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredPack {
    pub(crate) id: PackId,
    pub(crate) size: u64,
    pub(crate) entries: Vec<PackEntry>,
}

/// A file that was read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadFile {
    pub(super) path: String,
    pub(super) stamp: Stamp,
    pub(super) entry: FileEntry,
}

/// What a journal said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recovered {
    pub(super) packs: Vec<StoredPack>,
    pub(super) files: Vec<ReadFile>,
    /// What packages among them refer to.
    pub(super) learnt: DependencyTable,
}

/// A journal being written, by several threads, or none where there is no place for one.
#[derive(Debug, Default)]
pub(super) struct Journal {
    place: Option<(PathBuf, Mutex<File>)>,
    /// What is noted and not written yet.
    pending: Mutex<Vec<u8>>,
}

impl Journal {
    /// The journal at `path` for the store called `store`, and what it said so far. A journal of another store, or
    /// one that cannot be read, begins anew.
    pub(super) fn open(path: Option<&Path>, store: &str) -> io::Result<(Self, Recovered)> {
        let Some(path) = path else { return Ok(Default::default()) };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let bytes = match fs::metadata(path) {
            Ok(meta) if meta.len() <= LONGEST => fs::read(path)?,
            Ok(_) => Vec::new(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let (recovered, sound) = read(&bytes, store);
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        file.set_len(sound as u64)?;
        file.seek(SeekFrom::End(0))?;
        let journal = Self { place: Some((path.to_owned(), Mutex::new(file))), pending: Mutex::default() };
        if sound == 0 {
            let mut start = Vec::new();
            start.put_text(store);
            journal.record(START, &start);
            journal.flush(false)?;
        }
        Ok((journal, recovered))
    }

    /// Notes a file. It reaches the disk with the next pack.
    pub(super) fn file(&self, path: &str, stamp: &Stamp, entry: &FileEntry) {
        if self.place.is_none() {
            return;
        }
        let mut bytes = Vec::with_capacity(path.len() + 100 + entry.chunks.len() * 32);
        bytes.put_text(path);
        bytes.put_varint(stamp.size);
        bytes.put_signed(stamp.mtime_ns);
        bytes.put_signed(stamp.ctime_ns);
        bytes.put_varint(stamp.file_id);
        bytes.put_varint(entry.mode.into());
        bytes.extend_from_slice(entry.content.as_bytes());
        bytes.extend_from_slice(&entry.xxh128.to_bytes());
        bytes.put_varint(entry.chunks.len() as u64);
        bytes.extend(entry.chunks.iter().flat_map(ChunkId::as_bytes));
        self.record(FILE, &bytes);
    }

    /// Notes what a package refers to. As [`Self::file`].
    pub(super) fn learnt(&self, content: Digest, dependencies: &Dependencies) {
        if self.place.is_some() {
            let mut table = DependencyTable::default();
            table.learn(content, dependencies);
            self.record(LEARNT, &table.encode());
        }
    }

    /// Notes a pack that is in the store now, and brings everything noted to the disk.
    pub(super) fn pack(&self, pack: &StoredPack) -> io::Result<()> {
        if self.place.is_none() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(50 + pack.entries.len() * 38);
        bytes.extend_from_slice(pack.id.as_bytes());
        bytes.put_varint(pack.size);
        bytes.put_varint(pack.entries.len() as u64);
        for entry in &pack.entries {
            bytes.extend_from_slice(entry.id.as_bytes());
            bytes.put_varint(entry.stored.into());
            bytes.put_varint(u64::from(entry.raw) << 1 | entry.codec as u64);
        }
        self.record(PACK, &bytes);
        self.flush(true)
    }

    /// The publish is done.
    pub(super) fn remove(&self) {
        if let Some((path, _)) = &self.place
            && let Err(error) = fs::remove_file(path)
        {
            tracing::debug!(%error, "the journal stays; it is read again and changes nothing");
        }
    }

    fn record(&self, kind: u8, bytes: &[u8]) {
        let mut pending = lock(&self.pending);
        pending.push(kind);
        pending.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        pending.extend_from_slice(&check(kind, bytes));
        pending.extend_from_slice(bytes);
    }

    fn flush(&self, to_disk: bool) -> io::Result<()> {
        if let Some((_, file)) = &self.place {
            let mut file = lock(file);
            let pending = std::mem::take(&mut *lock(&self.pending));
            file.write_all(&pending)?;
            if to_disk {
                file.sync_data()?;
            }
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many packs and files a journal with these records is understood to have, for fuzzing.
pub(crate) fn understood(records: &[(u8, Vec<u8>)]) -> (usize, usize) {
    let journal = Journal::default();
    let mut start = Vec::new();
    start.put_text("store");
    journal.record(START, &start);
    records.iter().for_each(|(kind, body)| journal.record(*kind, body));
    let (recovered, sound) = read(&lock(&journal.pending), "store");
    assert!(sound >= HEADER + start.len(), "its begin is sound");
    (recovered.packs.len(), recovered.files.len())
}

/// What the sound part of a journal says, and how long that part is.
fn read(bytes: &[u8], store: &str) -> (Recovered, usize) {
    let mut recovered = Recovered::default();
    let mut sound = 0;
    while let Some((kind, body)) = record_at(bytes, sound) {
        let mut reader = WireReader::new(body, "journal");
        let understood = match kind {
            START => reader.text(100).is_ok_and(|named| named == store) && sound == 0,
            PACK if sound > 0 => read_pack(&mut reader).map(|pack| recovered.packs.push(pack)).is_ok(),
            FILE if sound > 0 => read_file(&mut reader).map(|file| recovered.files.push(file)).is_ok(),
            LEARNT if sound > 0 => {
                let table = reader.bytes(body.len()).and_then(DependencyTable::decode);
                table.map(|table| recovered.learnt.absorb(&table)).is_ok()
            }
            _ => false,
        };
        if !understood || reader.end().is_err() {
            break;
        }
        sound += HEADER + body.len();
    }
    (recovered, sound)
}

fn record_at(bytes: &[u8], at: usize) -> Option<(u8, &[u8])> {
    let rest = bytes.get(at..)?;
    let header = rest.get(..HEADER)?;
    let length = u32::from_le_bytes([header[1], header[2], header[3], header[4]]) as usize;
    let body = rest[HEADER..].get(..length)?;
    (check(header[0], body) == header[5..HEADER]).then_some((header[0], body))
}

fn read_pack(reader: &mut WireReader<'_>) -> Result<StoredPack, FormatError> {
    let id = PackId::from_bytes(reader.array()?);
    let size = reader.varint()?;
    let count = reader.count(34)?;
    let mut entries = Vec::with_capacity(count);
    let mut offset = 0u32;
    for _ in 0..count {
        let id = ChunkId::from_bytes(reader.array()?);
        let (stored, raw) = (reader.varint()? as u32, reader.varint()?);
        let codec = if raw & 1 == 0 { Codec::Raw } else { Codec::Zstd };
        entries.push(PackEntry { id, offset, stored, raw: (raw >> 1) as u32, codec });
        offset = offset.saturating_add(stored);
    }
    Ok(StoredPack { id, size, entries })
}

fn read_file(reader: &mut WireReader<'_>) -> Result<ReadFile, FormatError> {
    let path = reader.text(1 << 16)?.to_owned();
    let stamp = Stamp {
        size: reader.varint()?,
        mtime_ns: reader.signed()?,
        ctime_ns: reader.signed()?,
        file_id: reader.varint()?,
    };
    let mode = reader.varint()? as u32 & 0o777;
    let content = Digest::from_bytes(reader.array()?);
    let xxh128 = Xxh128::from_bytes(reader.array()?);
    let count = reader.count(32)?;
    let chunks = (0..count).map(|_| reader.array().map(ChunkId::from_bytes)).collect::<Result<_, _>>()?;
    let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
    let entry = FileEntry { name, size: stamp.size, mtime_ns: stamp.mtime_ns, mode, content, xxh128, chunks };
    Ok(ReadFile { path, stamp, entry })
}

fn check(kind: u8, bytes: &[u8]) -> [u8; 8] {
    let mut hasher = cyclorama_content::Hasher::new();
    let digest = hasher.update(&[kind]).update(bytes).finish();
    let mut check = [0; 8];
    check.copy_from_slice(&digest.as_bytes()[..8]);
    check
}

const START: u8 = 1;
const PACK: u8 = 2;
const FILE: u8 = 3;
const LEARNT: u8 = 4;
/// Kind, length, check.
const HEADER: usize = 1 + 4 + 8;
/// A longer journal is not read; its packs are found in the store.
const LONGEST: u64 = 1 << 30;

#[cfg(test)]
mod tests {
    use cyclorama_content::FileDigests;
    use cyclorama_time::UtcTime;
    use proptest::prelude::*;

    use super::*;

    fn pack(number: u8) -> StoredPack {
        let id = PackId::of(&[number], UtcTime::from_seconds(1.7e9));
        let chunk = ChunkId::from_bytes([number; 32]);
        let entries = vec![
            PackEntry { id: chunk, offset: 0, stored: 70, raw: 100, codec: Codec::Zstd },
            PackEntry { id: chunk, offset: 70, stored: 9, raw: 9, codec: Codec::Raw },
        ];
        StoredPack { id, size: 200, entries }
    }

    fn file(path: &str) -> ReadFile {
        let FileDigests { size, content, xxh128 } = FileDigests::of(path.as_bytes());
        let stamp = Stamp { size, mtime_ns: -5, ctime_ns: 6, file_id: 7 };
        let name = path.rsplit('/').next().expect("a name").to_owned();
        let chunks = vec![ChunkId::from_bytes([3; 32])];
        let entry = FileEntry { name, size, mtime_ns: -5, mode: 0o755, content, xxh128, chunks };
        ReadFile { path: path.to_owned(), stamp, entry }
    }

    fn needs() -> Dependencies {
        Dependencies { hard: vec!["/Game/A".to_owned()], soft: Vec::new() }
    }

    fn written(home: &Path) -> PathBuf {
        let path = home.join("state/journal");
        let (journal, recovered) = Journal::open(Some(&path), "store").expect("opens");
        assert_eq!(recovered, Recovered::default());
        let note = |file: ReadFile| journal.file(&file.path, &file.stamp, &file.entry);
        note(file("a/b"));
        journal.learnt(file("a/b").entry.content, &needs());
        journal.pack(&pack(1)).expect("writes");
        journal.pack(&pack(2)).expect("writes");
        note(file("lost with the process"));
        path
    }

    #[test]
    fn what_reached_the_disk_is_recovered_and_gone_on_with() {
        let home = tempfile::tempdir().expect("a folder");
        let path = written(home.path());
        let (journal, recovered) = Journal::open(Some(&path), "store").expect("opens");
        assert_eq!((recovered.packs, &recovered.files[..]), (vec![pack(1), pack(2)], &[file("a/b")][..]));
        assert_eq!(recovered.learnt.find(&file("a/b").entry.content), Some(needs()));
        journal.pack(&pack(3)).expect("writes");
        drop(journal);
        let (journal, recovered) = Journal::open(Some(&path), "store").expect("opens");
        assert_eq!(recovered.packs.len(), 3);
        journal.remove();
        drop(journal);
        assert!(!path.exists());
    }

    #[test]
    fn another_stores_journal_begins_anew() {
        let home = tempfile::tempdir().expect("a folder");
        let path = written(home.path());
        let (_, recovered) = Journal::open(Some(&path), "other").expect("opens");
        assert_eq!(recovered, Recovered::default());
        let (_, recovered) = Journal::open(Some(&path), "other").expect("opens");
        assert_eq!(recovered, Recovered::default());
    }

    #[test]
    fn without_a_place_nothing_is_written() {
        let (journal, _) = Journal::open(None, "store").expect("opens");
        let ReadFile { path, stamp, entry } = file("a");
        journal.file(&path, &stamp, &entry);
        journal.pack(&pack(1)).expect("does nothing");
        assert!(lock(&journal.pending).is_empty());
        journal.remove();
    }

    proptest! {
        #[test]
        fn damage_ends_the_journal_and_leaves_what_stands_before(cut in any::<prop::sample::Index>(), flip in 1u8..) {
            let home = tempfile::tempdir().expect("a folder");
            let path = written(home.path());
            let mut bytes = fs::read(&path).expect("reads");
            let at = cut.index(bytes.len());
            bytes[at] ^= flip;
            let (recovered, sound) = read(&bytes, "store");
            prop_assert!(sound <= at);
            prop_assert!(recovered.packs.len() <= 2);
            prop_assert!(recovered.packs.iter().zip([pack(1), pack(2)]).all(|(found, kept)| *found == kept));
        }
    }
}

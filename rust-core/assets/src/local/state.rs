//! What this machine knows of a working folder: the version it was brought to, and how each file looked then.
//!
//! One file for each content store, written whole and checked when it is read. It may be lost or damaged at any time:
//! then everything is read once more. It decides nothing about what is true, only what has to be looked at again.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use cyclorama_content::{ChunkId, Digest, Hasher};
use tempfile::NamedTempFile;

use super::boot::Boot;
use super::records::{LONGEST_TEXT, Record, Records, SHORTEST};
use super::stamp::Stamp;
use super::{OWN_FOLDER, patiently};
use crate::publish::{Base, BaseEntry};
use crate::tree::FileEntry;
use crate::wire::{FormatError, WireReader, WireWrite};
use crate::{RefName, SnapshotId};

/// What is known of a working folder with one store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The version it was last published as or brought to.
    pub snapshot: Option<SnapshotId>,
    /// The ref it came by.
    pub reference: Option<RefName>,
    /// Its top folder as this machine has it; other than the version's own where only a part of that was wanted.
    pub root: Option<ChunkId>,
    /// Files that were written and may not have reached the disk.
    pub unsettled: Option<Unsettled>,
    records: Records,
}

/// Which files may not have reached the disk: what is known of them holds as long as this machine runs, since then it
/// sees what was written. After a power cut it does not, and they are read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// The run of this machine in which they were written.
    pub boot: Boot,
    /// The earliest `ctime` among them, nanoseconds since 1970.
    pub since_ns: i64,
}

/// A state that is being written, record by record; nothing of it is there before it is whole.
#[derive(Debug)]
pub(crate) struct Saving {
    path: PathBuf,
    file: NamedTempFile,
    hasher: Hasher,
    bytes: Vec<u8>,
}

impl State {
    /// Where the state of `root` with the store of this id lies.
    pub fn path(root: &Path, store: &str) -> PathBuf {
        root.join(OWN_FOLDER).join(store).join("state")
    }

    /// What is known; nothing when the file is missing, damaged or from a later version.
    pub fn load(root: &Path, store: &str) -> Self {
        let mut state = Self::load_from(&Self::path(root, store));
        state.distrust(Boot::current());
        state
    }

    /// What a hydrate was about to write when it was killed; nothing when none was.
    pub fn load_intended(root: &Path, store: &str) -> Self {
        Self::load_from(&Self::intended_path(root, store))
    }

    /// Writes down what a hydrate is about to write: begins with these many records.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn save_intended(root: &Path, store: &str, count: usize) -> io::Result<Saving> {
        Saving::begin(Self::intended_path(root, store), &Self::default(), count)
    }

    /// The hydrate has ended, and what it wrote is in the state. Fine when none was written down.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn forget_intended(root: &Path, store: &str) -> io::Result<()> {
        match patiently(|| fs::remove_file(Self::intended_path(root, store))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn intended_path(root: &Path, store: &str) -> PathBuf {
        Self::path(root, store).with_file_name("hydrating")
    }

    /// Forgets how files looked that may not have reached the disk before this machine was started again.
    fn distrust(&mut self, now: Option<Boot>) {
        let Some(Unsettled { boot, since_ns }) = self.unsettled else { return };
        if Some(boot) == now {
            return;
        }
        self.unsettled = None;
        let records = self.records.iter().map(|known| BaseEntry {
            path: known.path().to_owned(),
            entry: known.entry(),
            // Where the system tells no `ctime`, nothing says when a file was written.
            stamp: known.stamp().filter(|stamp| stamp.ctime_ns != 0 && stamp.ctime_ns < since_ns),
        });
        self.records = records.collect();
    }

    fn load_from(path: &Path) -> Self {
        match fs::read(path).map(Self::decode) {
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
        let mut saving = self.save_with(root, store, self.records.len())?;
        for known in self.records.iter() {
            saving.put(known, known.stamp())?;
        }
        saving.end()
    }

    /// Writes it with other records than its own, which are `count`.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn save_with(&self, root: &Path, store: &str, count: usize) -> io::Result<Saving> {
        Saving::begin(Self::path(root, store), self, count)
    }

    /// Nothing known yet of a folder that is at this version.
    pub fn of(snapshot: SnapshotId, reference: Option<RefName>) -> Self {
        Self { snapshot: Some(snapshot), reference, ..Self::default() }
    }

    /// The state of a folder that was just published.
    pub fn published(base: Base, snapshot: SnapshotId) -> Self {
        let reference = base.origin.map(|(_, name)| name);
        Self { snapshot: Some(snapshot), reference, root: base.root, unsettled: None, records: base.entries }
    }

    /// What publishing compares with.
    pub fn into_base(self, store: &str) -> Base {
        let origin = self.reference.map(|name| (store.to_owned(), name));
        Base { origin, root: self.root, entries: self.records }
    }

    /// What is known of the file at `path`, if it still looks as it did.
    pub fn unchanged(&self, path: &str, stamp: &Stamp) -> Option<FileEntry> {
        self.records.get(path).filter(|known| known.stamp() == Some(*stamp)).and_then(|known| known.file())
    }

    /// What was at `path`, however it looks now.
    pub fn get(&self, path: &str) -> Option<Record<'_>> {
        self.records.get(path)
    }

    /// Everything that is remembered.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// Remembers these; what was known of their paths is forgotten.
    pub fn remember(&mut self, entries: impl IntoIterator<Item = BaseEntry>) {
        self.records = std::mem::take(&mut self.records).with(entries);
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Everything before the records.
    fn heading(&self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(MAGIC);
        bytes.push(VERSION);
        put_option(&mut bytes, self.snapshot.as_ref().map(SnapshotId::as_bytes));
        bytes.put_text(self.reference.as_ref().map_or("", RefName::as_str));
        put_option(&mut bytes, self.root.as_ref().map(ChunkId::as_bytes));
        bytes.push(u8::from(self.unsettled.is_some()));
        if let Some(Unsettled { boot, since_ns }) = &self.unsettled {
            bytes.extend_from_slice(boot.as_bytes());
            bytes.put_signed(*since_ns);
        }
        bytes.put_varint(count as u64);
        bytes
    }

    pub(crate) fn decode(bytes: Vec<u8>) -> Result<Self, FormatError> {
        let damaged = FormatError::Damaged { object: OBJECT, problem: "its digest does not match" };
        let (body, digest) =
            bytes.len().checked_sub(32).and_then(|at| bytes.split_at_checked(at)).ok_or(damaged)?;
        if Digest::of(body).as_bytes() != digest {
            return Err(damaged);
        }
        let mut reader = WireReader::new(body, OBJECT);
        reader.magic(MAGIC, VERSION)?;
        let snapshot = option(&mut reader)?.map(SnapshotId::from_bytes);
        let reference = match reader.text(LONGEST_TEXT)? {
            "" => None,
            name => match RefName::new(name) {
                Ok(name) => Some(name),
                Err(_) => return reader.damaged("a ref's name is none"),
            },
        };
        let root = option(&mut reader)?.map(ChunkId::from_bytes);
        let unsettled = match reader.u8()? {
            0 => None,
            _ => Some(Unsettled { boot: Boot::from_bytes(reader.array()?), since_ns: reader.signed()? }),
        };
        let count = reader.count(SHORTEST)?;
        let (end, begin) = (body.len(), body.len() - reader.left());
        let records = Records::decode(bytes, begin, end, count)?;
        Ok(Self { snapshot, reference, root, unsettled, records })
    }
}

impl Saving {
    fn begin(path: PathBuf, state: &State, count: usize) -> io::Result<Self> {
        let folder = path.parent().unwrap_or(&path);
        fs::create_dir_all(folder)?;
        let file = tempfile::Builder::new().prefix("state-").tempfile_in(folder)?;
        let mut saving = Self { file, hasher: Hasher::new(), bytes: state.heading(count), path };
        saving.flush()?;
        Ok(saving)
    }

    /// Adds a record, looking so.
    pub(crate) fn put(&mut self, record: Record<'_>, stamp: Option<Stamp>) -> io::Result<()> {
        record.put(&mut self.bytes, stamp);
        if self.bytes.len() >= WRITTEN_AT_ONCE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hasher.update(&self.bytes);
        self.file.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }

    /// It takes the place of what was there.
    pub(crate) fn end(mut self) -> io::Result<()> {
        self.flush()?;
        self.file.write_all(self.hasher.finish().as_bytes())?;
        self.file.as_file().sync_data()?;
        let mut held = Some(self.file);
        patiently(|| {
            let file = held.take().ok_or(io::ErrorKind::NotFound)?;
            file.persist(&self.path).map(drop).map_err(|failed| {
                held = Some(failed.file);
                failed.error
            })
        })
    }
}

fn put_option(bytes: &mut Vec<u8>, value: Option<&[u8; 32]>) {
    bytes.push(u8::from(value.is_some()));
    bytes.extend(value.into_iter().flatten());
}

fn option(reader: &mut WireReader<'_>) -> Result<Option<[u8; 32]>, FormatError> {
    Ok(if reader.u8()? == 0 { None } else { Some(reader.array()?) })
}

const OBJECT: &str = "record of a working folder";
const MAGIC: &[u8; 7] = b"CYCFILE";
const VERSION: u8 = 2;
const WRITTEN_AT_ONCE: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use proptest::collection::{hash_map, vec};
    use proptest::prelude::*;

    use super::*;
    use crate::tree::{Entry, FolderEntry, SymlinkEntry};
    use cyclorama_content::Xxh128;

    fn stamp() -> impl Strategy<Value = Stamp> {
        (any::<u64>(), any::<i64>(), any::<i64>(), any::<u64>())
            .prop_map(|(size, mtime_ns, ctime_ns, file_id)| Stamp { size, mtime_ns, ctime_ns, file_id })
    }

    fn any_entry() -> impl Strategy<Value = Entry> {
        let file =
            (any::<u64>(), any::<i64>(), 0u32..0o1000, any::<[u8; 32]>(), vec(any::<[u8; 32]>(), 0..4));
        prop_oneof![
            file.prop_map(|(size, mtime_ns, mode, content, chunks)| {
                let chunks = chunks.into_iter().map(ChunkId::from_bytes).collect();
                let (content, xxh128) = (Digest::from_bytes(content), Xxh128::of(&content));
                Entry::File(FileEntry { name: String::new(), size, mtime_ns, mode, content, xxh128, chunks })
            }),
            (any::<[u8; 32]>(), any::<u64>()).prop_map(|(node, files)| {
                let node = ChunkId::from_bytes(node);
                Entry::Folder(FolderEntry { name: String::new(), node, files, bytes: 1 })
            }),
            "[a-z/]{0,9}".prop_map(|target| Entry::Symlink(SymlinkEntry { name: String::new(), target })),
        ]
    }

    fn named(mut entry: Entry, path: &str) -> Entry {
        let (Entry::File(FileEntry { name, .. })
        | Entry::Folder(FolderEntry { name, .. })
        | Entry::Symlink(SymlinkEntry { name, .. })) = &mut entry;
        path.rsplit('/').next().unwrap_or(path).clone_into(name);
        entry
    }

    prop_compose! {
        fn state()(
            found in hash_map("[a-zé/]{0,11}[a-z]", (any_entry(), proptest::option::of(stamp())), 0..6),
            id in any::<Option<[u8; 32]>>(),
            unsettled in any::<Option<([u8; 16], i64)>>(),
        ) -> State {
            let remembered = |(path, (entry, stamp)): (String, (Entry, Option<Stamp>))| {
                BaseEntry { entry: named(entry, &path), path, stamp }
            };
            State {
                snapshot: id.map(SnapshotId::from_bytes),
                reference: id.map(|_| RefName::main()),
                root: id.map(ChunkId::from_bytes),
                unsettled: unsettled.map(|(boot, since_ns)| Unsettled { boot: Boot::from_bytes(boot), since_ns }),
                records: found.into_iter().map(remembered).collect(),
            }
        }
    }

    fn saved(state: &State) -> Vec<u8> {
        let root = tempfile::tempdir().expect("a folder");
        state.save(root.path(), "store").expect("saves");
        fs::read(State::path(root.path(), "store")).expect("reads")
    }

    #[test]
    fn a_damaged_or_missing_state_is_an_empty_one_and_saving_mends_it() {
        let root = tempfile::tempdir().expect("a folder");
        assert_eq!(State::load(root.path(), "store"), State::default());
        let mut state = State::default();
        let file = FileEntry {
            name: "a".to_owned(),
            size: 3,
            mtime_ns: 5,
            mode: 0o644,
            content: Digest::of(b"abc"),
            xxh128: Xxh128::of(b"abc"),
            chunks: Vec::new(),
        };
        let stamp = Stamp { size: 3, ..Stamp::default() };
        let entry = Entry::File(file.clone());
        state.remember([BaseEntry { path: "a".to_owned(), entry, stamp: Some(stamp) }]);
        state.save(root.path(), "store").expect("saves");
        assert_eq!(State::load(root.path(), "store").unchanged("a", &stamp), Some(file));
        assert_eq!(State::load(root.path(), "store").unchanged("a", &Stamp::default()), None);
        fs::write(State::path(root.path(), "store"), b"damaged").expect("writes");
        assert!(State::load(root.path(), "store").is_empty());
        state.save(root.path(), "store").expect("saves");
        assert_eq!(State::load(root.path(), "store"), state);
    }

    #[test]
    fn after_a_power_cut_only_files_written_shortly_before_are_read_again() {
        let boot = |number| Boot::from_bytes([number; 16]);
        let mut state = State::default();
        let link = || Entry::Symlink(SymlinkEntry { name: "x".to_owned(), target: String::new() });
        for (path, ctime_ns) in [("old", 5), ("new", 10)] {
            let stamp = Some(Stamp { ctime_ns, ..Stamp::default() });
            state.remember([BaseEntry { path: path.to_owned(), entry: link(), stamp }]);
        }
        state.unsettled = Some(Unsettled { boot: boot(1), since_ns: 10 });
        let stamps =
            |state: &State| ["old", "new"].map(|path| state.get(path).expect("there").stamp().is_some());
        state.distrust(Some(boot(1)));
        assert_eq!(stamps(&state), [true, true], "the same run of the machine");
        state.distrust(Some(boot(2)));
        assert_eq!(stamps(&state), [true, false]);
        assert_eq!(state.unsettled, None);
    }

    #[test]
    fn after_a_power_cut_no_file_is_trusted_of_which_the_system_does_not_tell_when_it_was_written() {
        let link = Entry::Symlink(SymlinkEntry { name: "x".to_owned(), target: String::new() });
        let stamp = Some(Stamp { mtime_ns: 5, ..Stamp::default() });
        let mut state = State::default();
        state.remember([BaseEntry { path: "x".to_owned(), entry: link, stamp }]);
        state.unsettled = Some(Unsettled { boot: Boot::from_bytes([1; 16]), since_ns: 10 });
        state.distrust(Some(Boot::from_bytes([1; 16])));
        assert_eq!(state.get("x").expect("there").stamp(), stamp);
        state.distrust(None);
        assert_eq!(state.get("x").expect("there").stamp(), None);
    }

    proptest! {
        #[test]
        fn a_state_comes_back(state in state()) {
            prop_assert_eq!(State::decode(saved(&state)), Ok(state.clone()));
            if state.reference.is_some() {
                let base = state.clone().into_base("store");
                let published = State::published(base, state.snapshot.expect("named with it"));
                prop_assert_eq!(State { unsettled: state.unsettled, ..published }, state);
            }
        }

        #[test]
        fn any_damaged_byte_is_refused(state in state(), at in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut bytes = saved(&state);
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert!(State::decode(bytes).is_err());
        }

        #[test]
        fn any_bytes_never_panic(mut bytes in vec(any::<u8>(), 0..200), valid in any::<bool>()) {
            if valid {
                let digest = Digest::of(&bytes);
                bytes.extend_from_slice(digest.as_bytes());
            }
            let _ = State::decode(bytes);
        }
    }
}

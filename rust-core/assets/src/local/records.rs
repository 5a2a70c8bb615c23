//! What is known of many things by their paths, in the form it has on disk: a fifth of what it takes as values, and kept
//! and copied in one piece.
//!
//! A record is a path, what lies there, and how it looked. Records are checked when they come in, and read one at a time.

use std::cmp::Ordering;

use cyclorama_content::{ChunkId, Digest, Xxh128};

use super::stamp::Stamp;
use crate::publish::BaseEntry;
use crate::tree::{Entry, FileEntry, FolderEntry, SymlinkEntry, path_order};
use crate::wire::{FormatError, WireReader, WireWrite};

/// Records sorted by path, each folder before what is in it; each path once.
#[derive(Clone, Default)]
pub struct Records(Arena);

/// Records as they come, in any order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arena {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    path: &'a str,
    /// Everything behind the path.
    kept: &'a [u8],
}

/// Looks paths up that come nearly in the order of the records: most lie just behind the one before.
#[derive(Debug)]
pub(crate) struct Seeker<'a> {
    records: &'a Records,
    next: usize,
}

impl Arena {
    /// Adds a record, and says its number.
    pub(crate) fn push(&mut self, path: &str, entry: &Entry, stamp: Option<Stamp>) -> usize {
        self.begin(path);
        put_entry(&mut self.bytes, entry);
        put_stamp(&mut self.bytes, stamp);
        self.starts.len() - 1
    }

    /// Adds what is known of something as it lies elsewhere, under this path.
    pub(crate) fn push_record(&mut self, path: &str, record: Record<'_>) {
        self.begin(path);
        self.bytes.extend_from_slice(record.kept);
    }

    fn begin(&mut self, path: &str) {
        self.starts.push(self.bytes.len());
        self.bytes.put_text(path);
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn at(&self, number: usize) -> Record<'_> {
        let start = self.starts[number];
        let mut reader = WireReader::new(&self.bytes[start..], OBJECT);
        let path = reader.text(usize::MAX).unwrap_or_default();
        let kept = &self.bytes[self.bytes.len() - reader.left()..];
        Record { path, kept: &kept[..kept_length(kept).unwrap_or(kept.len())] }
    }

    /// The records in their order. Of two with one path the later one stays.
    pub(crate) fn into_records(mut self) -> Records {
        let in_order = (1..self.len()).all(|at| self.compare(at - 1, at) == Ordering::Less);
        if !in_order {
            let mut order: Vec<u32> = (0..self.len() as u32).collect();
            order.sort_by(|a, b| self.compare(*a as usize, *b as usize));
            order.reverse();
            order.dedup_by(|a, b| self.compare(*a as usize, *b as usize) == Ordering::Equal);
            self.starts = order.into_iter().rev().map(|at| self.starts[at as usize]).collect();
        }
        self.starts.shrink_to_fit();
        Records(self)
    }

    fn compare(&self, a: usize, b: usize) -> Ordering {
        path_order(self.path(a), self.path(b))
    }

    fn path(&self, number: usize) -> &str {
        let mut reader = WireReader::new(&self.bytes[self.starts[number]..], OBJECT);
        reader.text(usize::MAX).unwrap_or_default()
    }
}

impl Records {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The record of this number, counted from 0.
    ///
    /// # Panics
    /// When there are not as many.
    pub fn at(&self, number: usize) -> Record<'_> {
        self.0.at(number)
    }

    /// The number of the record at `path`.
    pub fn find(&self, path: &str) -> Option<usize> {
        self.position(path).ok()
    }

    /// The record at `path`.
    pub fn get(&self, path: &str) -> Option<Record<'_>> {
        self.find(path).map(|at| self.at(at))
    }

    /// All of them, sorted by path.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Record<'_>> {
        (0..self.len()).map(|at| self.at(at))
    }

    pub(crate) fn seeker(&self) -> Seeker<'_> {
        Seeker { records: self, next: 0 }
    }

    /// The same, and these: what was at their paths before goes.
    pub(crate) fn with(self, more: impl IntoIterator<Item = BaseEntry>) -> Self {
        let mut arena = self.0;
        for BaseEntry { path, entry, stamp } in more {
            arena.push(&path, &entry, stamp);
        }
        arena.into_records()
    }

    /// Reads `count` records off the front of `reader`, which reads the end of `bytes`.
    pub(super) fn decode(
        bytes: Vec<u8>,
        begin: usize,
        end: usize,
        count: usize,
    ) -> Result<Self, FormatError> {
        let mut starts = Vec::with_capacity(count);
        let mut reader = WireReader::new(&bytes[begin..end], OBJECT);
        for _ in 0..count {
            starts.push(end - reader.left());
            reader.text(LONGEST_TEXT)?;
            check_entry(&mut reader)?;
            read_stamp(&mut reader)?;
        }
        reader.end()?;
        Ok(Arena { bytes, starts }.into_records())
    }

    fn position(&self, path: &str) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match path_order(self.0.path(middle), path) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }
}

impl Seeker<'_> {
    /// The number of the record at `path`.
    pub(crate) fn find(&mut self, path: &str) -> Option<usize> {
        if self.next < self.records.len() && self.records.0.path(self.next) == path {
            self.next += 1;
            return Some(self.next - 1);
        }
        match self.records.position(path) {
            Ok(at) => {
                self.next = at + 1;
                Some(at)
            }
            Err(at) => {
                self.next = at;
                None
            }
        }
    }
}

impl FromIterator<BaseEntry> for Records {
    fn from_iter<T: IntoIterator<Item = BaseEntry>>(entries: T) -> Self {
        Self::default().with(entries)
    }
}

impl PartialEq for Records {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().zip(other.iter()).all(|(a, b)| (a.path, a.kept) == (b.path, b.kept))
    }
}

impl Eq for Records {}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|record| (record.path, record.entry(), record.stamp())))
            .finish()
    }
}

impl<'a> Record<'a> {
    /// From the folder, names joined by `/`.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// What it was.
    pub fn entry(&self) -> Entry {
        let mut reader = WireReader::new(self.kept, OBJECT);
        read_entry(&mut reader, self.path).unwrap_or_else(|_| unreachable!("it was checked when it came in"))
    }

    /// What it was, if it was a file.
    pub fn file(&self) -> Option<FileEntry> {
        match self.is_file().then(|| self.entry()) {
            Some(Entry::File(file)) => Some(file),
            _ => None,
        }
    }

    /// Whether it was a file.
    pub fn is_file(&self) -> bool {
        self.kept.first() == Some(&FILE)
    }

    /// Whether it was a folder.
    pub fn is_folder(&self) -> bool {
        self.kept.first() == Some(&FOLDER)
    }

    /// How the file looked when it held just that; none when it has to be read.
    pub fn stamp(&self) -> Option<Stamp> {
        let mut reader = WireReader::new(&self.kept[self.entry_bytes().len()..], OBJECT);
        read_stamp(&mut reader).unwrap_or_default()
    }

    /// A file's size, permission bits and content.
    pub(crate) fn look(&self) -> Option<(u64, u32, Digest)> {
        let mut reader = WireReader::new(self.kept, OBJECT);
        let head = read_head(&mut reader).ok()??;
        Some((head.size, head.mode, head.content))
    }

    /// A file's chunks in order; none of anything else.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = ChunkId> + Clone + use<'a> {
        self.chunk_ids().chunks_exact(32).map(chunk_id)
    }

    /// How many chunks a file has.
    pub(crate) fn chunk_count(&self) -> usize {
        self.chunk_ids().len() / 32
    }

    /// A file's chunk of this number, counted from 0.
    pub(crate) fn chunk(&self, number: usize) -> Option<ChunkId> {
        self.chunk_ids().chunks_exact(32).nth(number).map(chunk_id)
    }

    fn chunk_ids(&self) -> &'a [u8] {
        let mut reader = WireReader::new(self.kept, OBJECT);
        match read_head(&mut reader) {
            Ok(Some(_)) => reader.count(32).and_then(|count| reader.bytes(count * 32)).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The same at another path.
    pub(crate) fn moved_to<'b>(&self, path: &'b str) -> Record<'b>
    where
        'a: 'b,
    {
        Record { path, kept: self.kept }
    }

    /// What it was, in the form it is kept in.
    fn entry_bytes(&self) -> &'a [u8] {
        let mut reader = WireReader::new(self.kept, OBJECT);
        let read = check_entry(&mut reader);
        &self.kept[..self.kept.len() - read.map_or(0, |()| reader.left())]
    }

    /// Appends the record, as it looks now.
    pub(super) fn put(&self, bytes: &mut Vec<u8>, stamp: Option<Stamp>) {
        bytes.put_text(self.path);
        bytes.extend_from_slice(self.entry_bytes());
        put_stamp(bytes, stamp);
    }
}

fn chunk_id(bytes: &[u8]) -> ChunkId {
    let mut id = [0; 32];
    id.copy_from_slice(bytes);
    ChunkId::from_bytes(id)
}

/// What is known of a file beside its name and chunks.
struct Head {
    size: u64,
    mtime_ns: i64,
    mode: u32,
    content: Digest,
    xxh128: Xxh128,
}

fn kept_length(bytes: &[u8]) -> Result<usize, FormatError> {
    let mut reader = WireReader::new(bytes, OBJECT);
    check_entry(&mut reader)?;
    read_stamp(&mut reader)?;
    Ok(bytes.len() - reader.left())
}

fn put_stamp(bytes: &mut Vec<u8>, stamp: Option<Stamp>) {
    let Some(stamp) = stamp else { return bytes.push(0) };
    bytes.push(1);
    bytes.put_varint(stamp.size);
    bytes.put_signed(stamp.mtime_ns);
    bytes.put_signed(stamp.ctime_ns);
    bytes.put_varint(stamp.file_id);
}

fn read_stamp(reader: &mut WireReader<'_>) -> Result<Option<Stamp>, FormatError> {
    Ok(match reader.u8()? {
        0 => None,
        _ => Some(Stamp {
            size: reader.varint()?,
            mtime_ns: reader.signed()?,
            ctime_ns: reader.signed()?,
            file_id: reader.varint()?,
        }),
    })
}

fn put_entry(bytes: &mut Vec<u8>, entry: &Entry) {
    match entry {
        Entry::File(file) => {
            bytes.push(FILE);
            bytes.put_varint(file.size);
            bytes.put_signed(file.mtime_ns);
            bytes.put_varint(file.mode.into());
            bytes.extend_from_slice(file.content.as_bytes());
            bytes.extend_from_slice(&file.xxh128.to_bytes());
            bytes.put_varint(file.chunks.len() as u64);
            bytes.extend(file.chunks.iter().flat_map(ChunkId::as_bytes));
        }
        Entry::Folder(folder) => {
            bytes.push(FOLDER);
            bytes.extend_from_slice(folder.node.as_bytes());
            bytes.put_varint(folder.files);
            bytes.put_varint(folder.bytes);
        }
        Entry::Symlink(link) => {
            bytes.push(LINK);
            bytes.put_text(&link.target);
        }
    }
}

/// What is known of a file up to its chunks; none of what is no file, of which nothing is read.
fn read_head(reader: &mut WireReader<'_>) -> Result<Option<Head>, FormatError> {
    let mut ahead = *reader;
    if ahead.u8()? != FILE {
        return Ok(None);
    }
    *reader = ahead;
    let (size, mtime_ns, mode) = (reader.varint()?, reader.signed()?, reader.varint()?);
    let content = Digest::from_bytes(reader.array()?);
    let xxh128 = Xxh128::from_bytes(reader.array()?);
    Ok(Some(Head { size, mtime_ns, mode: mode as u32 & 0o777, content, xxh128 }))
}

fn read_entry(reader: &mut WireReader<'_>, path: &str) -> Result<Entry, FormatError> {
    let name = path.rsplit('/').next().unwrap_or(path).to_owned();
    if let Some(Head { size, mtime_ns, mode, content, xxh128 }) = read_head(reader)? {
        let count = reader.count(32)?;
        let mut chunks = Vec::with_capacity(count);
        for _ in 0..count {
            chunks.push(ChunkId::from_bytes(reader.array()?));
        }
        return Ok(Entry::File(FileEntry { name, size, mtime_ns, mode, content, xxh128, chunks }));
    }
    Ok(match reader.u8()? {
        FOLDER => Entry::Folder(FolderEntry {
            name,
            node: ChunkId::from_bytes(reader.array()?),
            files: reader.varint()?,
            bytes: reader.varint()?,
        }),
        LINK => Entry::Symlink(SymlinkEntry { name, target: reader.text(usize::MAX)?.to_owned() }),
        _ => return reader.damaged("an entry is of no known kind"),
    })
}

/// As [`read_entry`], without making anything of it.
fn check_entry(reader: &mut WireReader<'_>) -> Result<(), FormatError> {
    if read_head(reader)?.is_some() {
        let count = reader.count(32)?;
        return reader.bytes(count * 32).map(drop);
    }
    match reader.u8()? {
        FOLDER => reader.bytes(32).and_then(|_| reader.varint()).and_then(|_| reader.varint()).map(drop),
        LINK => reader.text(usize::MAX).map(drop),
        _ => reader.damaged("an entry is of no known kind"),
    }
}

const OBJECT: &str = "record of a working folder";
pub(super) const LONGEST_TEXT: usize = 8192;
/// Bytes of the shortest record: one letter of path, and a link to nothing.
pub(super) const SHORTEST: usize = 5;
const FILE: u8 = 0;
const FOLDER: u8 = 1;
const LINK: u8 = 2;

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn file(path: &str, size: u64, chunks: usize) -> BaseEntry {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let (content, xxh128) = (Digest::of(path.as_bytes()), Xxh128::of(path.as_bytes()));
        let chunks = (0..chunks).map(|number| ChunkId::from_bytes([number as u8; 32])).collect();
        let file = FileEntry { name, size, mtime_ns: 7, mode: 0o644, content, xxh128, chunks };
        let stamp = Some(Stamp { size, mtime_ns: 7, ctime_ns: 1_800_000_000_000_000_000, file_id: 1 << 40 });
        BaseEntry { path: path.to_owned(), entry: Entry::File(file), stamp }
    }

    #[test]
    fn of_two_with_one_path_the_later_stays_and_each_folder_stands_before_what_is_in_it() {
        let folder =
            FolderEntry { name: "a".to_owned(), node: ChunkId::from_bytes([1; 32]), files: 1, bytes: 2 };
        let folder = BaseEntry { path: "a".to_owned(), entry: Entry::Folder(folder), stamp: None };
        let records: Records =
            [file("a-b", 1, 0), file("a/c", 2, 1), folder, file("a/b", 3, 1), file("a/c", 4, 2)]
                .into_iter()
                .collect();
        let paths: Vec<_> = records.iter().map(|record| record.path().to_owned()).collect();
        assert_eq!(paths, ["a", "a/b", "a/c", "a-b"]);
        assert_eq!(records.get("a/c").and_then(|record| record.look()).map(|(size, ..)| size), Some(4));
        let records = records.with([file("a/b", 9, 1)]);
        assert_eq!((records.len(), records.at(1).file().map(|file| file.size)), (4, Some(9)));
    }

    #[test]
    fn a_file_of_one_chunk_takes_little_more_than_its_path_and_digests() {
        let paths =
            (0..1000).map(|number| format!("Content/Area07/Set0042/Props/SM_Asset_{number:06}.uasset"));
        let path = "Content/Area07/Set0042/Props/SM_Asset_000000.uasset".len();
        let records: Records = paths.map(|path| file(&path, 2000, 1)).collect();
        let digests = 32 + 16 + 32;
        assert!(records.0.bytes.len() / records.len() <= path + digests + 50);
    }

    proptest! {
        #[test]
        fn what_is_put_in_is_found_however_it_is_looked_for(
            paths in vec("[ab/]{0,5}[ab]", 0..20),
            asked in vec("[ab/]{0,5}[ab]", 0..20),
        ) {
            let files: Vec<_> =
                paths.iter().enumerate().map(|(at, path)| file(path, at as u64, at % 3)).collect();
            let records: Records = files.clone().into_iter().collect();
            for asked in paths.iter().chain(&asked) {
                let wanted = files.iter().rev().find(|file| file.path == *asked);
                let found = records.get(asked);
                prop_assert_eq!(found.map(|found| found.entry()), wanted.map(|file| file.entry.clone()));
                prop_assert_eq!(found.and_then(|found| found.stamp()), wanted.and_then(|file| file.stamp));
                let Some(Entry::File(file)) = wanted.map(|file| &file.entry) else { continue };
                let found = found.expect("was found");
                prop_assert_eq!(&found.chunks().collect::<Vec<_>>(), &file.chunks);
                prop_assert_eq!(found.chunk(1), file.chunks.get(1).copied());
                prop_assert_eq!(found.look(), Some((file.size, file.mode, file.content)));
            }
            let mut seeker = records.seeker();
            for asked in asked.iter().chain(&paths) {
                prop_assert_eq!(seeker.find(asked), records.find(asked));
            }
        }
    }
}

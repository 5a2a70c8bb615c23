//! Folders: one node each, named by what it holds, so that a change costs the path to it and nothing else.
//!
//! A node's entries are sorted by the bytes of their names. What is kept: files with their size, time, permission
//! bits, digests and chunks; folders, also empty ones; symbolic links as their target's text. What is not: folders'
//! own times and modes, owners, access lists, extended attributes. Hard links are files of their own with the same
//! chunks; holes in sparse files are zeros, which all are one chunk. A large folder is stored in parts (see
//! `encode`).

mod encode;
mod order;

use cyclorama_content::{ChunkId, Digest, Xxh128};

pub use encode::{EncodedNode, Listed, NodePart};
pub(crate) use order::path_order;

/// The content of one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    entries: Vec<Entry>,
}

/// One thing in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File(FileEntry),
    /// A folder in the folder.
    Folder(FolderEntry),
    /// A symbolic link.
    Symlink(SymlinkEntry),
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Its name in the folder.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// When it was changed last, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Unix permission bits (0 to 0o777). Files from Windows have 0o644.
    pub mode: u32,
    /// BLAKE3 of the whole file.
    pub content: Digest,
    /// XXH3-128 of the whole file, for Deadline's manifests and ASC MHL.
    pub xxh128: Xxh128,
    /// Its chunks in order. None for an empty file.
    pub chunks: Vec<ChunkId>,
}

/// A folder in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderEntry {
    /// Its name.
    pub name: String,
    /// Its node.
    pub node: ChunkId,
    /// Files in it and below.
    pub files: u64,
    /// Bytes of those files.
    pub bytes: u64,
}

/// A symbolic link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymlinkEntry {
    /// Its name.
    pub name: String,
    /// What it points to, as it was read. Whoever makes links checks where it leads.
    pub target: String,
}

impl Entry {
    /// The name in the folder.
    pub fn name(&self) -> &str {
        match self {
            Self::File(file) => &file.name,
            Self::Folder(folder) => &folder.name,
            Self::Symlink(link) => &link.name,
        }
    }
}

impl Node {
    /// A folder of these entries, in any order. Of two with one name the later one stays.
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| a.name().cmp(b.name()));
        entries.reverse();
        entries.dedup_by(|a, b| a.name() == b.name());
        entries.reverse();
        Self { entries }
    }

    /// The entries, sorted by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries, sorted by name.
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// The entry of this name.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.name().cmp(name)).ok()?;
        self.entries.get(at)
    }

    /// Files and bytes in this folder and below.
    pub fn totals(&self) -> (u64, u64) {
        self.entries.iter().fold((0u64, 0u64), |(files, bytes), entry| match entry {
            Entry::File(file) => (files.saturating_add(1), bytes.saturating_add(file.size)),
            Entry::Folder(folder) => (files.saturating_add(folder.files), bytes.saturating_add(folder.bytes)),
            Entry::Symlink(_) => (files, bytes),
        })
    }
}

/// Whether a name can stand in a folder at all. Whether it is portable is another question, asked at publish.
fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len()) && name != "." && name != ".." && !name.contains(['/', '\0'])
}

/// Bytes of the longest name in a folder.
pub const LONGEST_NAME: usize = 1024;
/// Bytes of the longest target of a symbolic link.
pub const LONGEST_TARGET: usize = 4096;

#[cfg(test)]
mod tests;

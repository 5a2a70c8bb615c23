//! A folder's node as chunks: one, or a list of parts when the folder is large.
//!
//! Parts are cut behind names whose hash says so, never by position. So one change in a folder of ten thousand files
//! rewrites one part of some dozens of entries and the list of parts, and every machine cuts alike.

use cyclorama_content::{ChunkId, ChunkIds, Digest, Xxh128};

use super::{Entry, FileEntry, FolderEntry, LONGEST_NAME, LONGEST_TARGET, Node, SymlinkEntry, is_name};
use crate::wire::{FormatError, WireReader, WireWrite};

/// A node in the form it is stored in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedNode {
    /// The id under which the folder is known: that of the last chunk.
    pub id: ChunkId,
    /// Every chunk with its raw bytes, parts before the list of them.
    pub chunks: Vec<(ChunkId, Vec<u8>)>,
}

/// What one chunk of a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodePart {
    /// Entries, sorted.
    Entries(Vec<Entry>),
    /// The chunks that hold the entries, in order.
    Parts(Vec<ChunkId>),
}

impl Node {
    /// The chunks of this folder. The same entries give the same chunks on every machine.
    pub fn encode(&self, ids: &ChunkIds) -> EncodedNode {
        let mut chunks = Vec::new();
        let mut keep = |bytes: Vec<u8>| {
            let id = ids.of(&bytes);
            chunks.push((id, bytes));
            id
        };
        let id = if self.entries.len() <= WHOLE {
            keep(encode_entries(&self.entries))
        } else {
            let parts: Vec<_> = parts(&self.entries).map(|part| keep(encode_entries(part))).collect();
            let mut list = vec![VERSION, PARTS];
            list.put_varint(parts.len() as u64);
            list.extend(parts.iter().flat_map(ChunkId::as_bytes));
            keep(list)
        };
        EncodedNode { id, chunks }
    }

    /// The folder whose parts hold these entries, in their order.
    ///
    /// # Errors
    /// [`FormatError`] when the entries are not sorted by name.
    pub fn from_parts(parts: Vec<Vec<Entry>>) -> Result<Self, FormatError> {
        let entries = parts.into_iter().flatten().collect::<Vec<_>>();
        if entries.windows(2).all(|pair| pair[0].name() < pair[1].name()) {
            Ok(Self { entries })
        } else {
            Err(FormatError::Damaged { object: OBJECT, problem: "its entries are not sorted" })
        }
    }
}

impl NodePart {
    /// Reads one chunk of a node. `ids` makes the chunk ids that are not written out.
    ///
    /// # Errors
    /// [`FormatError`] for anything that [`Node::encode`] cannot have written.
    pub fn decode(bytes: &[u8], ids: &ChunkIds) -> Result<Self, FormatError> {
        let mut reader = WireReader::new(bytes, OBJECT);
        match reader.u8()? {
            0 => return reader.damaged("its version is 0"),
            VERSION => {}
            found => {
                return Err(FormatError::Version {
                    object: OBJECT,
                    found: found.into(),
                    known: VERSION.into(),
                });
            }
        }
        let part = match reader.u8()? {
            ENTRIES => Self::Entries(decode_entries(&mut reader, ids)?),
            PARTS => {
                let count = reader.count(32)?;
                let parts =
                    (0..count).map(|_| reader.array().map(ChunkId::from_bytes)).collect::<Result<_, _>>()?;
                Self::Parts(parts)
            }
            _ => return reader.damaged("its kind is unknown"),
        };
        reader.end()?;
        Ok(part)
    }
}

/// The entries cut into parts of about [`PART`].
fn parts(entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    let mut rest = entries;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let ends_part = |entry: &Entry| {
            let hash = Xxh128::of(entry.name().as_bytes()).to_bytes();
            usize::from(hash[15]) % PART == 0
        };
        let most = rest.len().min(4 * PART);
        let length = (PART / 4..most).find(|&at| ends_part(&rest[at])).map_or(most, |at| at + 1);
        let (part, after) = rest.split_at(length);
        rest = after;
        Some(part)
    })
}

fn encode_entries(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 + entries.len() * 96);
    bytes.extend([VERSION, ENTRIES]);
    bytes.put_varint(entries.len() as u64);
    let mut time = 0i64;
    for entry in entries {
        match entry {
            Entry::File(file) => {
                bytes.push(FILE);
                bytes.put_text(&file.name);
                bytes.put_varint(file.size);
                bytes.put_signed(file.mtime_ns.wrapping_sub(time));
                time = file.mtime_ns;
                bytes.put_varint(file.mode.into());
                bytes.extend(file.content.as_bytes());
                bytes.extend(file.xxh128.to_bytes());
                bytes.put_varint(file.chunks.len() as u64);
                if file.chunks.len() > 1 {
                    bytes.extend(file.chunks.iter().flat_map(ChunkId::as_bytes));
                }
            }
            Entry::Folder(folder) => {
                bytes.push(FOLDER);
                bytes.put_text(&folder.name);
                bytes.extend(folder.node.as_bytes());
                bytes.put_varint(folder.files);
                bytes.put_varint(folder.bytes);
            }
            Entry::Symlink(link) => {
                bytes.push(SYMLINK);
                bytes.put_text(&link.name);
                bytes.put_text(&link.target);
            }
        }
    }
    bytes
}

fn decode_entries(reader: &mut WireReader<'_>, ids: &ChunkIds) -> Result<Vec<Entry>, FormatError> {
    let count = reader.count(SHORTEST_ENTRY)?;
    let mut entries: Vec<Entry> = Vec::with_capacity(count);
    let mut time = 0i64;
    for _ in 0..count {
        let tag = reader.u8()?;
        let name = reader.text(LONGEST_NAME)?.to_owned();
        if !is_name(&name) {
            return reader.damaged("a name cannot stand in a folder");
        }
        if entries.last().is_some_and(|last| last.name() >= name.as_str()) {
            return reader.damaged("its entries are not sorted");
        }
        entries.push(match tag {
            FILE => Entry::File(decode_file(reader, ids, name, &mut time)?),
            FOLDER => Entry::Folder(FolderEntry {
                name,
                node: ChunkId::from_bytes(reader.array()?),
                files: reader.varint()?,
                bytes: reader.varint()?,
            }),
            SYMLINK => Entry::Symlink(SymlinkEntry { name, target: reader.text(LONGEST_TARGET)?.to_owned() }),
            _ => return reader.damaged("an entry's kind is unknown"),
        });
    }
    Ok(entries)
}

fn decode_file(
    reader: &mut WireReader<'_>,
    ids: &ChunkIds,
    name: String,
    time: &mut i64,
) -> Result<FileEntry, FormatError> {
    let size = reader.varint()?;
    *time = time.wrapping_add(reader.signed()?);
    let mode = match u32::try_from(reader.varint()?) {
        Ok(mode) if mode <= 0o777 => mode,
        _ => return reader.damaged("a file's mode is out of range"),
    };
    let content = Digest::from_bytes(reader.array()?);
    let xxh128 = Xxh128::from_bytes(reader.array()?);
    let chunks = match reader.varint()? {
        0 => Vec::new(),
        1 => vec![ids.of_digest(&content)],
        count if count <= (reader.left() / 32) as u64 => {
            (0..count).map(|_| reader.array().map(ChunkId::from_bytes)).collect::<Result<_, _>>()?
        }
        _ => return reader.damaged("it announces more than it holds"),
    };
    if chunks.is_empty() != (size == 0) || chunks.len() as u64 > size {
        return reader.damaged("a file's chunks cannot make up its size");
    }
    Ok(FileEntry { name, size, mtime_ns: *time, mode, content, xxh128, chunks })
}

const OBJECT: &str = "folder";
const VERSION: u8 = 1;
const ENTRIES: u8 = 0;
const PARTS: u8 = 1;
const FILE: u8 = 0;
const FOLDER: u8 = 1;
const SYMLINK: u8 = 2;
/// A folder of up to this many entries is one chunk.
const WHOLE: usize = 128;
/// Entries of a part, about; a divisor of 256.
const PART: usize = 32;
/// A symbolic link with a name of one byte and no target.
const SHORTEST_ENTRY: usize = 4;
